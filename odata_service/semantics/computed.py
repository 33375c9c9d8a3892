"""$compute: values worked out for each instance, and known by name in the other options (Protocol 11.2.5.3)."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.types import NULL
from odata_service.errors import SemanticError
from odata_service.semantics.expression import resolve_expression
from odata_service.semantics.operands import article
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Expression
from odata_service.url.syntax import ComputeItem


def computed_of(items: Sequence[ComputeItem] | None, scope: Scope) -> tuple[tuple[str, Expression], ...]:
    """The values of a $compute in their order; each may use those before it."""
    for item in items or ():
        value = resolve_expression(item.expression, scope)
        _check_name(item, scope)
        if value.type == NULL or not value.type.is_primitive or value.type.collection:
            raise SemanticError(
                f"$compute works out values, and '{item.name}' would be {article(value.type)}{scope.place(item.span)}.",
                target=scope.target,
                hint="Compute a number, a text, a date or true or false.",
            )
        scope = replace(scope, computed=(*scope.computed, (item.name, value)), computed_for=scope.instance)
    return scope.computed


def _check_name(item: ComputeItem, scope: Scope) -> None:
    name = item.name
    is_declared = scope.property(name) is not None or scope.navigation(name) is not None
    if is_declared or scope.computed_value(name) is not None:
        raise SemanticError(
            f"'{name}' is the name of {'a property' if is_declared else 'another value'} already"
            f"{scope.place(item.span)}.",
            target=scope.target,
            hint=f"Give what is computed another name, as in … as {name}2.",
        )
