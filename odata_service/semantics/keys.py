"""Keys in paths: the parts of a predicate become values of the types that the key has (URL Conventions 4.3.1)."""

from collections.abc import Collection, Mapping, Sequence

from odata_service.edm.alternate_keys import AlternateKey, alternate_keys
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import Schema
from odata_service.edm.types import BOOLEAN, Kind, kind_of
from odata_service.errors import SemanticError
from odata_service.semantics import expression
from odata_service.semantics.access import access_along
from odata_service.semantics.conditions import all_of
from odata_service.semantics.promotion import common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Binary, Expression, KeyValue, Parameter, Variable
from odata_service.url import syntax
from odata_service.url.syntax import KeyPredicate, Literal, LiteralKind

_FORMS: Mapping[Kind | None, str] = {
    Kind.STRING: "'…'",
    Kind.INTEGER: "1",
    Kind.DECIMAL: "1.5",
    Kind.BOOLEAN: "true",
    Kind.GUID: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    Kind.DATE: "2024-01-31",
    Kind.TIME_OF_DAY: "12:30:00",
    Kind.INSTANT: "2024-01-31T12:00:00Z",
    Kind.DURATION: "duration'P1D'",
    Kind.ENUMERATION: "'…'",
}
"""A key of each kind, as advice."""


def key_parts(scope: Scope) -> tuple[tuple[str, Leaf], ...]:
    """The names and leaves of the key of the type at hand."""
    return scope.request.schema.key_leaves(scope.entity_type)


def resolve_key(
    predicate: KeyPredicate, scope: Scope, implied: Mapping[str, KeyValue] | None = None
) -> tuple[KeyValue, ...]:
    """The parts of a key predicate behind a collection of entities, whose type is that of the scope.

    Those that are implied by what is before may be left out.
    """
    parts, implied = key_parts(scope), implied or {}
    left = [part for part in parts if part[0] not in implied] if len(parts) > 1 else parts
    if predicate.positional is None and not predicate.named:
        raise SemanticError(
            f"The key is empty{scope.place(predicate.span)}.", target=scope.target, hint=f"Write {_key_form(scope)}."
        )
    if predicate.positional is not None:
        if len(left) != 1:
            raise SemanticError(
                f"The key has several parts, each of which is named{scope.place(predicate.span)}.",
                target=scope.target,
                hint=f"Write {_key_form(scope)}.",
            )
        stated = {left[0][0]: predicate.positional}
        return tuple(_stated_or_implied(part, stated, implied, scope) for part in parts)
    stated = {named.name: named.value for named in predicate.named}
    names = [name for name, _ in parts]
    other = _alternate(stated, scope) if len(stated) == len(predicate.named) else None
    if other is not None:
        return tuple(_key_value(stated[part[0]], part, scope) for part in other)
    is_whole = {name for name, _ in left} <= set(stated) <= set(names)
    if not is_whole or len(stated) != len(predicate.named):
        raise SemanticError(
            f"The key of '{scope.entity_type}' is {', '.join(names)}, and not "
            f"{', '.join(named.name for named in predicate.named)}{scope.place(predicate.span)}.",
            target=scope.target,
            hint=f"Write {_key_form(scope)}.",
        )
    return tuple(_stated_or_implied(part, stated, implied, scope) for part in parts)


def _stated_or_implied(
    part: tuple[str, Leaf], stated: Mapping[str, syntax.Expression], implied: Mapping[str, KeyValue], scope: Scope
) -> KeyValue:
    return _key_value(stated[part[0]], part, scope) if part[0] in stated else implied[part[0]]


def _alternate(stated: Collection[str], scope: Scope) -> AlternateKey | None:
    """The alternate key whose parts have these names, unless those of the key itself have them."""
    if scope.entity_set is None or set(stated) == {name for name, _ in key_parts(scope)}:
        return None
    known = alternate_keys(scope.entity_set, scope.request.schema)
    return next((parts for parts in known if {name for name, _ in parts} == set(stated)), None)


def _key_value(node: syntax.Expression, part: tuple[str, Leaf], scope: Scope) -> KeyValue:
    name, leaf = part
    if isinstance(node, syntax.Alias):
        with scope.alias(node.name) as (aliased, there):
            if aliased is None:
                raise SemanticError(
                    f"The alias '@{node.name}' has no value{scope.place(node.span)}.",
                    target=scope.target,
                    hint=f"Add @{node.name}=… to the query.",
                )
            return _key_value(aliased, part, there)
    value = expression.resolve_expression(node, scope, leaf.type) if isinstance(node, Literal) else None
    fits = value is not None and (common(value.type, leaf.type) is not None) and not _is_null(node)
    if value is None or not fits or kind_of(value.type) is not kind_of(leaf.type):
        raise SemanticError(
            f"The key '{name}' is an {leaf.type.name}, and this value is none{scope.place(node.span)}.",
            target=scope.target,
            hint=f"Write {_key_form(scope)}.",
        )
    return KeyValue(name, leaf, Parameter(value.slot, leaf.type) if isinstance(value, Parameter) else value)


def _is_null(node: syntax.Expression) -> bool:
    return isinstance(node, Literal) and node.kind is LiteralKind.NULL


def _key_form(scope: Scope) -> str:
    """How a key of this type is written, as in `Orders(1)` or `(id='…')`."""
    parts = [(name, _FORMS.get(kind_of(leaf.type), "…")) for name, leaf in key_parts(scope)]
    source = scope.entity_set
    name = source.name if source is not None and not source.is_contained else ""
    if len(parts) == 1:
        return f"{name}({parts[0][1]})"
    return f"{name}({','.join(f'{part}={form}' for part, form in parts)})"


def has_key(key: Sequence[KeyValue], variable: Variable, schema: Schema) -> Expression:
    """That the entity which a variable stands for has a key."""
    parts = ((access_along(part.leaf.path, variable.type.name, schema, variable), part.value) for part in key)
    return all_of(Binary("eq", access, value, BOOLEAN) for access, value in parts)
