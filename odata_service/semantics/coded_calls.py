"""What Python code carries out, in expressions: a call says by which values the code is asked.

The body of a function is called with entities too: they are told by their keys. A computed property that code works out
is a call with the values of the properties that it is made of.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.computations import Argument, Code, Coded
from odata_service.edm.model import EntitySet, EntityType, Property, Schema
from odata_service.edm.operations import Function, Parameter
from odata_service.edm.types import BOOLEAN, NULL, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, TypeMismatch
from odata_service.semantics.access import Owner, access_along, access_of, key_of_source
from odata_service.semantics.conditions import all_of
from odata_service.semantics.operands import article
from odata_service.semantics.operations import living_in, source_of_result
from odata_service.semantics.promotion import bare
from odata_service.semantics.property_path import Place
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Case,
    CodeCall,
    Constant,
    DynamicProperty,
    Expression,
    KeyValue,
    Lambda,
    Members,
    NavigationMembers,
    PropertyAccess,
    RootEntity,
    SetMembers,
    TypeTest,
    Variable,
)
from odata_service.semantics.walk import depths_of, parts_of

Given = Place | Expression
"""What an argument is given as: an entity or entities that a path leads to, or a value."""


class _Told(Struct, frozen=True):
    """An argument of a body, and the values that tell it."""

    argument: Argument
    values: tuple[Expression, ...]


def call_of(function: Function, bound: Place | None, given: Sequence[Given], scope: Scope) -> Given:
    """The call of a function's body with what it is bound to, and with its parameters in the order of the model.

    Entities that it gives are those of their set with the keys that it tells.
    """
    wanted = bare(function.return_type.type)
    places: list[Given] = list(given) if bound is None else [bound, *given]
    told = [_told(part, parameter, scope) for part, parameter in zip(places, function.parameters, strict=True)]
    values = tuple(value for part in told for value in part.values)
    arguments = tuple(part.argument for part in told)
    code = Code(
        _name(function, arguments),
        tuple(value.type for value in values),
        wanted,
        function,
        arguments,
        needs=bound is not None and not bound.is_collection and bool(told[0].values),
    )
    tests = () if bound is None else bound.tests
    if isinstance(scope.request.schema.types.get(wanted.name), EntityType):
        return _entities(code, values, (function, bound, tests), scope)
    if kind_of(wanted.element) in {None, Kind.STREAM, Kind.UNTYPED}:
        raise _not_given(function, article(wanted), scope)
    call = CodeCall(code, values, wanted)
    return call if not tests else Case(((all_of(tests), call),), wanted)


def _entities(
    code: Code,
    values: tuple[Expression, ...],
    called: tuple[Function, Place | None, tuple[TypeTest, ...]],
    scope: Scope,
) -> Place:
    """The place of the entity, or of the entities, that a body tells by their keys."""
    function, bound, tests = called
    near = None if bound is None else (bound.scope.entity_type, bound.scope.entity_set)
    source = source_of_result(function, near, scope)
    parts = () if source is None else scope.request.schema.key_leaves(source.entity_type)
    if source is None or source.is_contained or not parts or tests or (code.type.collection and len(parts) > 1):
        raise _not_given(function, "entities that one key in one set does not tell", scope)
    calls = tuple(
        CodeCall(
            replace(code, name=f"{code.name}/{name}", type=_part(leaf.type, code), source=source.name, part=place),
            values,
            _part(leaf.type, code),
        )
        for place, (name, leaf) in enumerate(parts)
    )
    single = living_in(source, TypeRef(code.type.name), scope.request.schema)
    inner = replace(scope, entity_type=single.name, entity_set=source, instance=None)
    if not code.type.collection:
        key = tuple(KeyValue(name, leaf, call) for (name, leaf), call in zip(parts, calls, strict=True))
        return Place(inner, RootEntity(source.name, key, single))
    depth = 1 + max((scope.depth, *depths_of(values)))
    member, known = Variable(depth, single, source.name), Variable(depth + 1, bare(parts[0][1].type))
    own = access_along(parts[0][1].path, source.entity_type, scope.request.schema, member)
    is_given = Lambda("any", Members(calls[0], known), Binary("eq", own, known, BOOLEAN))
    return Place(inner, Members(SetMembers(source.name, TypeRef(single.name, True)), member, is_given))


def _part(type_ref: TypeRef, code: Code) -> TypeRef:
    return replace(bare(type_ref), collection=code.type.collection)


def _not_given(function: Function, what: str, scope: Scope) -> NotSupported:
    return NotSupported(
        f"'{function.name}' gives {what} by code, which expressions do not take.",
        target=scope.target,
        hint="Call it in the resource path, or register an expression for it: "
        f'@service.function("{function.name}", expression="…").',
    )


def call_of_property(part: Property, holder: str, source: EntitySet, schema: Schema) -> Expression:
    """What code makes of other properties of an entity of the type `holder`; null where there is no entity."""
    coded = part.computation
    assert isinstance(coded, Coded), "code works it out"
    known, key = schema.properties(holder), schema.key_leaves(source.entity_type)
    values = tuple(access_of(known[name], holder, source.entity_type, None, schema) for name in coded.inputs)
    declaring = next(known.name for known in schema.ancestry(holder) if known.declares(part.name))
    wanted = bare(part.type)
    code = Code(f"{declaring}/{part.name}", tuple(value.type for value in values), wanted, coded)
    call = CodeCall(code, values, wanted)
    if not key:
        return call
    first = access_along(key[0][1].path, source.entity_type, schema)
    return Case(((Binary("ne", first, Constant(None, first.type), BOOLEAN), call),), wanted)


def functions_in(node: object) -> Iterator[Function]:
    """The functions that code carries out which an expression, or anything around expressions, asks."""
    if isinstance(node, CodeCall) and isinstance(node.code.carried_by, Function):
        yield node.code.carried_by
    for part in parts_of(node):
        yield from functions_in(part)


def _name(function: Function, arguments: Sequence[Argument]) -> str:
    """What tells the calls of a function apart: the overload, and where the entities are that it is called with."""
    parts = (
        f"{parameter.name}:{parameter.type}" + _home(argument)
        for parameter, argument in zip(function.parameters, arguments, strict=True)
    )
    return f"{function.name}({','.join(parts)})"


def _home(argument: Argument) -> str:
    return "".join(f"@{part}" for part in (argument.source, argument.navigation) if part is not None)


def _told(given: Given, parameter: Parameter, scope: Scope) -> _Told:
    """How an argument is told to the body."""
    schema, wanted = scope.request.schema, parameter.type
    if not isinstance(given, Place):
        return _Told(Argument(), (_value(given, wanted, scope),))
    match given.owner:
        case NavigationMembers(navigation, _, _, owner):
            source = _source_before(given, navigation.name, owner, scope)
            key = key_of_source(source, schema, owner)
            return _Told(Argument(source.name, len(key), navigation.name), key)
        case SetMembers(source):
            return _Told(Argument(source, 0, whole=True), ())
        case Members():
            raise NotSupported(
                f"'{parameter.name}' would be a filtered collection, which code is not called with.",
                target=scope.target,
                hint="Leave out the condition behind the collection, and filter in the code.",
            )
        case PropertyAccess() | DynamicProperty() as value:
            return _Told(Argument(), (_value(value, wanted, scope),))
        case None if given.scope.result is not None and not given.scope.result.whole:
            raise TypeMismatch(
                f"Instances are no entities any longer that '{parameter.name}' could be.",
                target=scope.target,
                hint="Call it before they are grouped or aggregated, or with values.",
            )
        case owner if given.scope.entity_set is not None and schema.structured_type(wanted.name) is not None:
            source = _home_of(given.scope.entity_set, parameter.name, scope)
            key = key_of_source(source, schema, owner)
            return _Told(Argument(source.name, len(key)), key)
        case None:
            raise TypeMismatch(
                f"The instance is no entity that '{parameter.name}' could be here.",
                target=scope.target,
                hint="Call it with values.",
            )
        case owner:
            return _Told(Argument(), (_value(owner, wanted, scope),))


def _value(value: Expression, wanted: TypeRef, scope: Scope) -> Expression:
    """A value of a type that statements have as one."""
    is_apart = scope.request.schema.is_taken_apart(wanted) and value.type != NULL
    if is_apart or (kind_of(wanted.element) is None and not isinstance(value, PropertyAccess | Constant)):
        raise NotSupported(
            f"Code is not called with {article(wanted)} in an expression.",
            target=scope.target,
            hint="Give the entity that has it, or single values.",
        )
    return value


def _home_of(source: EntitySet, name: str, scope: Scope) -> EntitySet:
    if source.is_contained:
        raise NotSupported(
            f"'{name}' would be an entity of '{source.name}', which is contained in others and has no key of its own.",
            target=scope.target,
            hint="Call a function that is bound to the entity around it.",
        )
    return source


def _source_before(place: Place, name: str, owner: Owner, scope: Scope) -> EntitySet:
    """The source of the entity from which a collection is reached."""
    schema, around = scope.request.schema, place.around
    if (
        around is None
        or around.entity_set is None
        or schema.navigation_properties(around.entity_type).get(name) is None
    ):
        raise NotSupported(
            f"'{name}' is reached from no entity that code could be called with.",
            target=scope.target,
            hint="Call a function that is bound to the entity before it.",
        )
    return _home_of(around.entity_set, name, scope)
