"""What instances are put in order by: values that have one (URL Conventions 5.1.6, Data Aggregation 3.2.4)."""

from odata_service.edm.types import Kind, kind_of
from odata_service.errors import Span, TypeMismatch
from odata_service.semantics import expression
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Expression
from odata_service.url import print_expression, syntax

WITHOUT_ORDER = frozenset({None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})
"""The kinds of which no value stands before another. Binary values do so, though no operator compares them."""


def order_item(item: syntax.OrderItem, scope: Scope) -> OrderItem:
    """One item of an order."""
    return OrderItem(ordered(item.expression, item.span, scope), item.descending)


def ordered(node: syntax.Expression, span: Span, scope: Scope) -> Expression:
    """A value that instances may be put in order by; `TypeMismatch` for others."""
    value = expression.resolve_expression(node, scope)
    if kind_of(value.type) in WITHOUT_ORDER:
        raise TypeMismatch(
            f"{print_expression(node)} is a {value.type}, which has no order{scope.place(span)}.",
            target=scope.target,
            hint="Order by one of its properties.",
        )
    return value
