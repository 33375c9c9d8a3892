"""One aggregate in SQL: of the rows of a SELECT, or of a collection in an expression (Data Aggregation 3.2.1)."""

from peewee import SQL, Function, Node, NodeList, fn

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.semantics.tree import Aggregated, Expression
from odata_service.sql import expression
from odata_service.sql.families import Family


def aggregate_column(method: str, operand: Expression, scope: "expression.Scope") -> Node:
    """What a method makes of the values of an expression, null left out; an average is a sum and a count."""
    family, kind = scope.family, kind_of(operand.type) or Kind.STRING
    node = expression.value(operand, scope)
    match method:
        case "count":
            return fn.count(node)
        case "countdistinct":
            return fn.count(NodeList([SQL("DISTINCT"), node]))
        case "sum":
            return _sum(node, kind, family)
        case _:
            return _extreme(method, node, operand.type, family)


def aggregated_members(node: Aggregated, scope: "expression.Scope") -> Node:
    """The aggregate of a collection, as a subquery of the row that has it."""
    inner = scope.inside(node.members)
    tests = [] if node.members.where is None else [expression.condition(node.members.where, inner)]
    return inner.select([aggregate_column(node.method, node.operand, inner)], tests)


def _sum(node: Node, kind: Kind, family: Family) -> Node:
    aggregates = family.operations.aggregates
    if kind is Kind.DECIMAL:
        return Function(aggregates.decimal_sum, (node,))
    total = fn.sum(node)
    return aggregates.whole(total) if kind is Kind.INTEGER and aggregates.whole is not None else total


def _extreme(function: str, node: Node, type_ref: TypeRef, family: Family) -> Node:
    aggregates = family.operations.aggregates
    known = (aggregates.least if function == "min" else aggregates.greatest).get(kind_of(type_ref) or Kind.STRING)
    ordered = family.value_codec(type_ref).in_order(node)
    return known(node) if known is not None else Function(function, (ordered,))
