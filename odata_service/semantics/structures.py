"""Comparisons of instances: entities by their key, complex values member by member (URL Conventions 5.1.1.1.1)."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import Property, Schema
from odata_service.edm.types import BOOLEAN, NULL, Kind, kind_of
from odata_service.errors import SemanticError, TypeMismatch, UnknownProperty, did_you_mean
from odata_service.semantics import collections, expression
from odata_service.semantics.access import access_along, access_of, declared_type
from odata_service.semantics.conditions import all_of
from odata_service.semantics.operands import article, converted
from odata_service.semantics.promotion import common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Constant,
    Expression,
    Itself,
    NavigationAccess,
    PropertyAccess,
    RootEntity,
    TypeTest,
    Unary,
    Variable,
)
from odata_service.url import parse_expression, syntax

Structure = PropertyAccess | Variable
"""What a complex value may be: that of a property, or a member of a collection."""

_TYPE_MEMBERS = ("@odata.type", "@type")
_ID_MEMBERS = ("@odata.id", "@id")


def resolve_structural(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression | None:
    """`eq` or `ne` of two entities or of two complex values; None for all else."""
    same = _same_entity(left, right, scope) if _is_entity(left) and _is_entity(right) else None
    if same is None and _is_complex(left, scope) and _is_complex(right, scope):
        assert isinstance(left, Structure) and isinstance(right, Structure), "complex values stand in properties"
        same = _same_value(left, right, scope)
    if same is None or node.operator not in {"eq", "ne"}:
        return None
    return same if node.operator == "eq" else Unary("not", same, BOOLEAN)


def object_of(node: syntax.Expression, scope: Scope) -> syntax.JsonObject | None:
    """The object that is written out, itself or behind an alias, or None."""
    if isinstance(node, syntax.Alias):
        found = scope.aliased(node.name)
        return found if isinstance(found, syntax.JsonObject) else None
    return node if isinstance(node, syntax.JsonObject) else None


def reference_of(node: syntax.JsonObject, scope: Scope) -> syntax.Path | None:
    """The path of the entity whose id an object is, `{"@odata.id": "Customers('a')"}`; None for other objects.

    What stands before the name of a source in an absolute id is the root of the service.
    """
    members = dict(node.members)
    stated = next((members[name] for name in _ID_MEMBERS if name in members), None)
    if not isinstance(stated, syntax.Literal) or len(members) > 1:
        return None
    segments = unquote(stated.text).split("/")
    first = next((place for place, part in enumerate(segments) if _is_source(part.partition("(")[0], scope)), None)
    path = None if first is None else parse_expression("/".join(("$root", *segments[first:])))
    if isinstance(path, syntax.Path):
        return path
    raise SemanticError(
        f"'{stated.text}' is the id of no entity here{scope.place(node.span)}.",
        target=scope.target,
        hint="""Write {"@odata.id":"Set('key')"}.""",
    )


def _is_source(name: str, scope: Scope) -> bool:
    source = scope.request.schema.source(name)
    return source is not None and not source.is_contained


def resolve_with_object(node: syntax.Binary, written: syntax.JsonObject, other: Expression, scope: Scope) -> Expression:
    """`eq` or `ne` of a complex value and one that is written out: what is not written is null."""
    if node.operator not in {"eq", "ne"} or not _is_complex(other, scope) or not isinstance(other, Structure):
        raise TypeMismatch(
            f"'{node.operator}' cannot compare {article(other.type)} with a structured value{scope.place(node.span)}.",
            target=scope.target,
            hint="Compare a complex property by eq or ne.",
        )
    same = all_of(_as_written(other, written, scope))
    return same if node.operator == "eq" else Unary("not", same, BOOLEAN)


def _is_entity(node: Expression) -> bool:
    if isinstance(node, NavigationAccess | RootEntity | Itself):
        return True
    return isinstance(node, Variable) and node.source is not None


def _is_complex(node: Expression, scope: Scope) -> bool:
    is_structured = scope.request.schema.structured_type(node.type.name) is not None
    return isinstance(node, Structure) and not node.type.collection and is_structured and not _is_entity(node)


def _same_entity(left: Expression, right: Expression, scope: Scope) -> Expression | None:
    """Entities are the same that have equal keys; entities of types without a key in common are not compared."""
    assert isinstance(left, NavigationAccess | RootEntity | Itself | Variable), "see _is_entity"
    assert isinstance(right, NavigationAccess | RootEntity | Itself | Variable), "see _is_entity"
    schema = scope.request.schema
    related = schema.is_derived(left.type.name, right.type.name) or schema.is_derived(right.type.name, left.type.name)
    parts = schema.key_leaves(left.type.name)
    if not related or not parts:
        return None
    one, other = ([_key_part(side, leaf, schema) for _, leaf in parts] for side in (left, right))
    return all_of(Binary("eq", *pair, BOOLEAN) for pair in zip(one, other, strict=True))


def _key_part(node: NavigationAccess | RootEntity | Itself | Variable, leaf: Leaf, schema: Schema) -> Expression:
    """A part of an entity's key: one that is written need not be looked up."""
    stated = node.key if isinstance(node, RootEntity) else ()
    written = next((part.value for part in stated if part.leaf.path == leaf.path), None)
    owner = None if isinstance(node, Itself) else node
    return written or access_along(leaf.path, node.type.name, schema, owner)


def _null(node: Expression) -> Expression:
    return Binary("eq", node, Constant(None, NULL), BOOLEAN)


def _same_value(left: Structure, right: Structure, scope: Scope) -> Expression:
    """Values are the same that are both null, or of one type and with equal members."""
    schema = scope.request.schema
    types = (left.type.name, *schema.derived_from(left.type.name))
    presence = Binary("eq", _presence(left, scope), _presence(right, scope), BOOLEAN)
    tests = [Binary("eq", TypeTest((name,), left), TypeTest((name,), right), BOOLEAN) for name in types[1:]]
    members = (_same_member(left, right, name, part, scope) for name in types for part in _own(name, types, scope))
    return all_of((presence, *tests, *members))


def _presence(node: Structure, scope: Scope) -> Expression:
    declared = node.property.type if isinstance(node, PropertyAccess) else node.type
    return _null(node) if declared.nullable else Constant(False, BOOLEAN)


def _own(name: str, types: tuple[str, ...], scope: Scope) -> Iterator[Property]:
    """What a type declares that the first of some types does not."""
    schema = scope.request.schema
    known = schema.properties(types[0]) if name != types[0] else {}
    inherited = {
        part for other in types if other != name and schema.is_derived(name, other) for part in schema.properties(other)
    }
    yield from (part for key, part in schema.properties(name).items() if key not in known and key not in inherited)


def _same_member(left: Structure, right: Structure, holder: str, part: Property, scope: Scope) -> Expression:
    one, other = (access_of(part, holder, declared_type(side), side, scope.request.schema) for side in (left, right))
    if part.type.collection:
        return collections.same_members(one, other)
    if kind_of(part.type) is None:
        return _same_value(one, other, scope)
    return Binary("eq", one, other, BOOLEAN)


def _as_written(node: Structure, written: syntax.JsonObject, scope: Scope) -> Iterator[Expression]:
    schema, members = scope.request.schema, dict(written.members)
    stated = next((members.pop(name) for name in _TYPE_MEMBERS if name in members), None)
    declared = node.type.name
    holder = stated.text.rpartition("#")[2] if isinstance(stated, syntax.Literal) else declared
    properties = schema.properties(scope.narrowed_from(declared, holder, written.span))
    unknown = next((name for name in members if name not in properties), None)
    if unknown is not None:
        raise UnknownProperty(
            f"Property '{unknown}' is not declared in '{holder}'{scope.place(written.span)}.",
            target=scope.target,
            hint=did_you_mean(unknown, list(properties)),
        )
    if _presence(node, scope) != Constant(False, BOOLEAN):
        yield Unary("not", _null(node), BOOLEAN)
    if schema.derived_from(declared):
        yield TypeTest((holder,), node)
    for part in properties.values():
        if kind_of(part.type) is not Kind.STREAM:
            access = access_of(part, holder, declared_type(node), node, schema)
            yield _member_as_written(access, members, scope)


def _member_as_written(access: PropertyAccess, members: Mapping[str, syntax.Expression], scope: Scope) -> Expression:
    written = members.get(access.property.name)
    if isinstance(written, syntax.JsonObject):
        return all_of(_as_written(access, written, scope))
    if written is None:
        empty = collections.same_members(access, collections.EMPTY) if access.type.collection else None
        return empty or _nothing(access, scope)
    value = expression.resolve_expression(written, scope, access.type)
    if access.type.collection:
        pair = collections.alike(access, value)
        if pair is not None:
            return collections.same_members(*pair)
    shared = common(access.type, value.type)
    if shared is None or access.type.collection:
        raise TypeMismatch(
            f"'{access.property.name}' is {article(access.type)}, and not {article(value.type)}"
            f"{scope.place(written.span)}.",
            target=scope.target,
        )
    return Binary("eq", converted(access, shared), converted(value, shared), BOOLEAN)


def _nothing(access: PropertyAccess, scope: Scope) -> Expression:
    """That a member has no value."""
    if kind_of(access.type) is not None:
        return Binary("eq", access, Constant(None, access.type), BOOLEAN)
    return _presence(access, scope)
