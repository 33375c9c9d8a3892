"""Operations in paths: which overload is meant, its arguments, where its result lives (URL Conventions 4.5, 5.3).

An operation is called by its qualified name, by that of its import, or without its namespace where this leaves one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import CORE, Record, annotation_value, is_tagged
from odata_service.edm.json_text import number_of
from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, OperationImport, Schema
from odata_service.edm.operations import Action, Function, Operation, Parameter, ReturnType
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, fit
from odata_service.errors import NotFound, NotSupported, SemanticError, TypeMismatch, did_you_mean
from odata_service.semantics.access import declared_type
from odata_service.semantics.resolved import JsonArgument, Leading, OperationCall, ResourcePath
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Constant, PropertyAccess, Variable
from odata_service.url import parse_value, syntax
from odata_service.url.syntax import KeyPredicate, Literal, LiteralKind, Segment

OPTIONAL_PARAMETER = f"{CORE}.OptionalParameter"
DEFAULT_NAMESPACE = f"{CORE}.DefaultNamespace"
VOID = TypeRef("Edm.Untyped")
"""The type of what an action without a result gives back."""

_QUOTED = frozenset(
    {Kind.STRING, Kind.GUID, Kind.DATE, Kind.TIME_OF_DAY, Kind.INSTANT, Kind.DURATION, Kind.BINARY, Kind.ENUMERATION}
)
_SHOWN_BY_JSON = frozenset(
    {LiteralKind.STRING, LiteralKind.BOOLEAN, LiteralKind.INTEGER, LiteralKind.DECIMAL, LiteralKind.DOUBLE}
)
Arguments = Mapping[str, syntax.Expression]


class Called(Struct, frozen=True):
    """A call, the type of its result, and the source that the entities in it live in, where they do."""

    call: OperationCall
    result: TypeRef
    source: EntitySet | None


def called_unbound(segment: Segment, scope: Scope) -> Called | None:
    """The call of an unbound operation that a path begins with, or None where its first segment names none."""
    schema = scope.request.schema
    container = schema.container
    imported = container.function_imports.get(segment.name) or container.action_imports.get(segment.name)
    if imported is None:
        return None
    candidates = [known for known in schema.operations.get(imported.operation, ()) if not known.bound]
    call = _call([candidates], segment, scope, None)
    return _called(call, _imported_source(imported, call, scope), scope)


def called_bound(segment: Segment, scope: Scope, path: ResourcePath) -> Called | None:
    """The call of an operation that is bound to what a path leads to, or None where the segment names none."""
    names = names_of(segment.name, scope)
    bound = [known for name in names for known in scope.request.schema.operations[name] if known.bound]
    candidates = by_distance(bound, path.type, scope)
    if not candidates:
        if bound and "." in segment.name:
            raise NotFound(f"'{segment.name}' is bound to {bound[0].parameters[0].type}, and not to {path.type}.")
        return None
    named = {known.name for known in candidates[0]}
    if len(named) > 1:
        raise SemanticError(
            f"'{segment.name}' may be {' or '.join(sorted(named))}.",
            target=scope.target,
            hint="Write it with its namespace.",
        )
    call = _call(candidates, segment, scope, path)
    return _called(call, _bound_source(call, path, scope), scope)


def called_for_each(segment: Segment, scope: Scope, path: ResourcePath) -> Called:
    """The call of an operation for each of the entities that a path leads to (Protocol 11.5.2)."""
    called = called_bound(segment, scope, path)
    if called is None:
        raise NotFound(f"'{segment.name}' is no operation bound to a {path.type.name}, and cannot follow '$each'.")
    if called.result.collection:
        raise NotSupported(
            f"'{segment.name}' gives a collection for each entity, and collections of collections are not answered.",
            hint="Call it for one entity at a time, in a batch.",
        )
    return called if called.result == VOID else replace(called, result=replace(called.result, collection=True))


def _called(call: OperationCall, source: EntitySet | None, scope: Scope) -> Called:
    result = _result(call)
    return Called(call, result if source is None else living_in(source, result, scope.request.schema), source)


def living_in(source: EntitySet, result: TypeRef, schema: Schema) -> TypeRef:
    """The type of entities that an operation gives: that of the source they live in, where it says more."""
    return replace(result, name=source.entity_type) if schema.is_derived(source.entity_type, result.name) else result


def is_for_each(call: OperationCall) -> bool:
    """Whether an operation is applied to each of several entities."""
    return call.binding is not None and call.binding.is_each


def given_type(call: OperationCall) -> TypeRef | None:
    """The type of what a call gives, of one for each of several entities a collection; None where it gives nothing."""
    returned = call.operation.return_type
    if returned is None or not is_for_each(call):
        return None if returned is None else returned.type
    return replace(returned.type, collection=True)


def led_from(
    value: PropertyAccess | Variable, holder: str, navigation: NavigationProperty, path: ResourcePath, target: EntitySet
) -> Called:
    """What a navigation property of a value that is kept whole leads to: it is the call of a function to that."""
    result = TypeRef(navigation.target, navigation.collection)
    function = Function(navigation.name, ReturnType(result), bound=True)
    return Called(
        OperationCall(function, (), path, Leading(value, declared_type(value), holder, navigation.name)), result, target
    )


def names_of(name: str, scope: Scope) -> list[str]:
    """The qualified names that the name of an operation may stand for; default namespaces go before all others."""
    schema = scope.request.schema
    if "." in name:
        return [name] if name in schema.operations else []
    found = [known for known in schema.operations if known.rpartition(".")[2] == name]
    default = [known for known in found if _is_default(known.rpartition(".")[0], scope)]
    return default or found


def _is_default(namespace: str, scope: Scope) -> bool:
    declared = scope.request.schema.declared_namespaces.get(namespace)
    return declared is not None and is_tagged(declared.annotations, DEFAULT_NAMESPACE)


def by_distance(operations: Sequence[Operation], type_ref: TypeRef, scope: Scope) -> list[list[Operation]]:
    """Those whose binding parameter takes a type, first those that are bound to it, then to each ancestor in turn.

    Of overloads with equal parameters those of the nearest are meant (CSDL 12.1, 12.3).
    """
    schema = scope.request.schema
    is_structured = schema.structured_type(type_ref.name) is not None
    types = [part.name for part in schema.ancestry(type_ref.name)] if is_structured else [type_ref.name]
    bound = [known for known in operations if known.parameters[0].type.collection == type_ref.collection]
    levels = ([known for known in bound if known.parameters[0].type.name == name] for name in types)
    return [level for level in levels if level]


def _call(
    candidates: Sequence[Sequence[Operation]], segment: Segment, scope: Scope, binding: ResourcePath | None
) -> OperationCall:
    first = candidates[0][0]
    if isinstance(first, Action):
        if segment.arguments is not None:
            raise SemanticError(
                f"'{first.name}' is an action.", target=scope.target, hint="Send its parameters as JSON in the body."
            )
        return OperationCall(first, (), binding)
    stated = _stated(segment.arguments, scope)
    functions = [[known for known in level if isinstance(known, Function)] for level in candidates]
    operation, given = _overload(functions, stated, scope)
    types = {parameter.name: parameter.type for parameter in operation.parameters}
    arguments = tuple((name, _argument(node, name, types[name], scope)) for name, node in given.items())
    return OperationCall(operation, arguments, binding)


def _stated(predicate: KeyPredicate | None, scope: Scope) -> Arguments:
    """The arguments in parentheses by name."""
    if predicate is None:
        return {}
    if predicate.positional is not None:
        raise SemanticError("Parameters are given by name.", target=scope.target, hint="Write (name=value).")
    named = {part.name: part.value for part in predicate.named}
    if len(named) < len(predicate.named):
        raise SemanticError("A parameter is given twice.", target=scope.target, hint="Give each once.")
    return named


def _overload(levels: Sequence[Sequence[Function]], stated: Arguments, scope: Scope) -> tuple[Function, Arguments]:
    """The overload whose parameters are given, in parentheses or as query options, and what is given of them.

    Of several the one that takes most, of those that are bound to the nearest type.
    """
    for overloads in levels:
        fitting = [(overload, _given(overload, stated, scope)) for overload in overloads]
        found = [(overload, given) for overload, given in fitting if takes(overload, given)]
        if found:
            return max(found, key=lambda known: len(known[1]))
    raise no_overload([overload for overloads in levels for overload in overloads], stated, scope.target)


def _given(overload: Function, stated: Arguments, scope: Scope) -> Arguments:
    return {**dict(_implicit(parameters_of(overload), stated, scope)), **stated}


def takes(overload: Function, given: Mapping[str, object]) -> bool:
    """Whether an overload takes all parameters that are given, and needs no others."""
    known = parameters_of(overload)
    needed = {parameter.name for parameter in known if not is_optional(parameter)}
    return needed <= given.keys() <= {parameter.name for parameter in known}


def no_overload(overloads: Sequence[Function], stated: Iterable[str], target: str) -> SemanticError:
    """The error for parameters that no overload takes, with those that there are."""
    stated = list(stated)
    forms = " or ".join(_form(overload) for overload in overloads)
    names = [parameter.name for overload in overloads for parameter in parameters_of(overload)]
    unknown = next((name for name in stated if name not in names), None)
    nearest = did_you_mean(unknown, names) if unknown is not None else None
    return SemanticError(
        f"'{overloads[0].name}' does not take ({', '.join(stated)}).",
        target=target,
        hint=f"Write {forms}.{f' {nearest}' if nearest else ''}",
    )


def parameters_of(operation: Operation) -> tuple[Parameter, ...]:
    """The parameters that a request gives: all but the binding parameter."""
    return operation.parameters[1:] if operation.bound else operation.parameters


def is_optional(parameter: Parameter) -> bool:
    """Whether a parameter may be left out for its default."""
    return any(annotation.term == OPTIONAL_PARAMETER for annotation in parameter.annotations)


def default_of(parameter: Parameter) -> str | None:
    """The literal that stands for an optional parameter which is left out, or None where the model states none."""
    value = annotation_value(parameter.annotations, OPTIONAL_PARAMETER)
    default = value.values.get("DefaultValue") if isinstance(value, Record) else None
    return default if isinstance(default, str) else None


def _implicit(
    parameters: Sequence[Parameter], stated: Arguments, scope: Scope
) -> Iterator[tuple[str, syntax.Expression]]:
    """Parameters that stand among the query options: as `name=value`, or as the alias of their name (4.01)."""
    for parameter in parameters:
        if parameter.name in stated:
            continue
        text = scope.request.custom.get(parameter.name)
        if text is not None:
            yield parameter.name, parse_value(text, parameter.name, scope.request.limits)
        elif parameter.name in scope.request.aliases:
            yield parameter.name, scope.request.aliases[parameter.name]


def _form(overload: Function) -> str:
    """How an overload is called, as in `Top(count=…)`."""
    given = ",".join(f"{parameter.name}=…" for parameter in parameters_of(overload))
    return f"{overload.name.rpartition('.')[2]}({given})"


def _argument(node: syntax.Expression, name: str, wanted: TypeRef, scope: Scope) -> Constant | JsonArgument:
    """The value of a parameter: constants and structures alone, since a path has no row to look at."""
    match node:
        case syntax.Alias():
            with scope.alias(node.name) as (aliased, there):
                found = Literal(LiteralKind.NULL, "null") if aliased is None else aliased
                return _argument(found, name, wanted, there)
        case syntax.JsonArray() | syntax.JsonObject():
            return JsonArgument(_plain(node, name))
        case Literal(LiteralKind.NULL) if wanted.nullable:
            return Constant(None, wanted)
        case Literal(kind) if kind in _SHOWN_BY_JSON and kind_of(wanted) is Kind.UNTYPED:
            return JsonArgument(_plain(node, name))
        case Literal() if _may_be(node, wanted):
            return Constant(_fitting(replace(scope, target=f"'{name}'").convert(node, wanted), name, wanted), wanted)
        case _:
            what = f"a collection of {wanted.name}" if wanted.collection else f"of type {wanted.name}"
            raise TypeMismatch(
                f"The parameter '{name}' is {what}, and this value is not.",
                target=f"'{name}'",
                hint="Write its literal, or JSON in an alias: @a=…",
            )


def _fitting(value: PrimitiveValue | None, name: str, wanted: TypeRef) -> PrimitiveValue | None:
    """An argument as the facets of its parameter admit it."""
    try:
        return None if value is None else fit(value, wanted)
    except ValueError as error:
        raise TypeMismatch(f"The parameter '{name}' does not take this value: {error}", target=f"'{name}'") from error


def _may_be(literal: Literal, wanted: TypeRef) -> bool:
    kind = kind_of(wanted)
    if wanted.collection or kind is None or literal.kind is LiteralKind.NULL:
        return False
    return (literal.kind is LiteralKind.STRING) <= (kind in _QUOTED) and (
        kind is not Kind.STRING or literal.kind is LiteralKind.STRING
    )


def _plain(node: syntax.Expression, name: str) -> object:
    """JSON as Python parses it."""
    match node:
        case syntax.JsonArray(members):
            return [_plain(member, name) for member in members]
        case syntax.JsonObject(pairs):
            return {member: _plain(value, name) for member, value in pairs}
        case Literal(LiteralKind.STRING, text):
            return text
        case Literal(LiteralKind.NULL):
            return None
        case Literal(LiteralKind.BOOLEAN, text):
            return text.lower() == "true"
        case Literal(LiteralKind.INTEGER | LiteralKind.DECIMAL | LiteralKind.DOUBLE, text):
            number = number_of(text)
            if number is not None:
                return number
            what = f"holds {text[:40]}, which no JSON has or is out of every range"
            raise TypeMismatch(f"The parameter '{name}' {what}.", target=f"'{name}'")
        case _:
            raise TypeMismatch(f"The parameter '{name}' is not written in JSON.", target=f"'{name}'")


def source_of_result(function: Function, near: tuple[str, EntitySet | None] | None, scope: Scope) -> EntitySet | None:
    """Where the entities live that a function gives; `near` is the type and the source of what it is bound to."""
    call = OperationCall(function, (), None)
    if near is not None and function.bound:
        return _bound_source(call, ResourcePath((), TypeRef(near[0]), near[1]), scope)
    imports = scope.request.schema.container.function_imports.values()
    imported = next((known for known in imports if known.operation == function.name), None)
    return _only_source(_result(call), None, scope) if imported is None else _imported_source(imported, call, scope)


def _result(call: OperationCall) -> TypeRef:
    returned = call.operation.return_type
    return VOID if returned is None else returned.type


def _imported_source(imported: OperationImport, call: OperationCall, scope: Scope) -> EntitySet | None:
    schema, result = scope.request.schema, _result(call)
    stated = schema.source((imported.entity_set or "").rpartition("/")[2])
    if stated is not None and _are_related(stated.entity_type, result.name, schema):
        return stated
    return _only_source(result, None, scope)


def _are_related(first: str, second: str, schema: Schema) -> bool:
    return schema.is_derived(first, second) or schema.is_derived(second, first)


def _bound_source(call: OperationCall, path: ResourcePath, scope: Scope) -> EntitySet | None:
    """The source that an entity set path leads to from that of the binding parameter (CSDL 12.7)."""
    stated = call.operation.entity_set_path
    if stated is None or path.entity_set is None:
        return _only_source(_result(call), path.entity_set, scope)
    schema, source, owner = scope.request.schema, path.entity_set, path.type.name
    for name in stated.split("/")[1:]:
        navigation = schema.navigation_properties(owner).get(name)
        if navigation is None:
            owner = name
            continue
        target = schema.target(source, owner, navigation)
        if target is None:
            raise scope.leads_nowhere(navigation, syntax.UNPLACED)
        source, owner = target, navigation.target
    return source


def _only_source(result: TypeRef, near: EntitySet | None, scope: Scope) -> EntitySet | None:
    """Where entities live whose place is not stated: with those that the operation is bound to, or in the one set."""
    schema = scope.request.schema
    if not isinstance(schema.types.get(result.name), EntityType):
        return None
    if near is not None and not near.is_contained and schema.is_derived(result.name, near.entity_type):
        return near
    holding = [
        found for found in schema.container.entity_sets.values() if schema.is_derived(result.name, found.entity_type)
    ]
    return holding[0] if len(holding) == 1 else None
