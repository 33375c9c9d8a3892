"""Whether a node of a tree is below another one in SQL, by a query that refers to itself (Data Aggregation 6.2).

The query begins at the node that the request names, and goes down or up from there; where rows name both, it finds all
pairs once. No part of it refers to a row around it, so that it is run once a statement.
"""

from msgspec import Struct
from peewee import CTE, JOIN, SQL, CompoundSelectQuery, EnclosedNodeList, Entity, Node, Select, Table
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.semantics.tree import Constant, Descends, Expression, Parameter
from odata_service.sql import expression

_NODE, _PARENT = "n", "p"


def descends(node: Descends, scope: "expression.Scope") -> Node:
    """That a node, whose name is not null, is below another one."""
    search = _Search(node, scope, f"d{scope.number()}")
    if _is_given(node.ancestor):
        return SqlExpression(expression.value(node.node, scope), "IN", search.from_one(node.ancestor, _PARENT, _NODE))
    if _is_given(node.node):
        return SqlExpression(expression.value(node.ancestor, scope), "IN", search.from_one(node.node, _NODE, _PARENT))
    both = EnclosedNodeList([expression.value(part, scope) for part in (node.ancestor, node.node)])
    return SqlExpression(both, "IN", search.pairs())


def _is_given(node: Expression) -> bool:
    """Whether a name is the request's own, and the same for all rows."""
    return isinstance(node, Constant | Parameter)


class _Search(Struct, frozen=True):
    """One query that refers to itself, over the names of nodes and of their parents."""

    node: Descends
    scope: "expression.Scope"
    name: str

    def from_one(self, start: Expression, beside: str, found: str) -> Select:
        """The names in the column `found` that a node leads to by the column `beside`."""
        begin = _NODE if self.node.itself else found
        at = _NODE if self.node.itself else beside
        first = Select([self._known("b")], [Entity("b", begin), *self._level(first=True)]).where(
            SqlExpression(Entity("b", at), "=", expression.value(start, self.scope)), _is_there(Entity("b", begin))
        )
        further = self._further([Entity("b", found)], beside).where(_is_there(Entity("b", found)))
        return self._result(first, further, [_NODE])

    def pairs(self) -> Select:
        """The names of nodes with those of all that are below them."""
        upper = _NODE if self.node.itself else _PARENT
        columns = [Entity("b", upper), Entity("b", _NODE), *self._level(first=True)]
        first = Select([self._known("b")], columns).where(_is_there(Entity("b", upper)))
        return self._result(first, self._further([Entity("h", "x"), Entity("b", _NODE)], _PARENT), ["x", _NODE])

    def _further(self, columns: list[Node], beside: str) -> Select:
        """One level more, while there are levels left."""
        on = SqlExpression(Entity("b", beside), "=", Entity("h", _NODE))
        joined = SqlJoin(Table(f"{self.name}t").alias("h"), self._known("b"), JOIN.INNER, on)
        query = Select([joined], [*columns, *self._level(first=False)])
        if self.node.distance is None:
            return query
        return query.where(SqlExpression(Entity("h", "d"), "<", expression.number(self.node.distance, self.scope)))

    def _level(self, *, first: bool) -> list[Node]:
        """The number of a level, where it matters."""
        if self.node.distance is None:
            return []
        if first:
            return [SQL("0" if self.node.itself else "1")]
        return [SqlExpression(Entity("h", "d"), "+", SQL("1"))]

    def _known(self, alias: str) -> Table:
        return Table(f"{self.name}b").alias(alias)

    def _result(self, first: Select, further: Select, columns: list[str]) -> Select:
        inner = self.scope.inside(self.node.nodes)
        names = [
            Named(expression.value(part, inner), name)
            for part, name in ((self.node.name, _NODE), (self.node.parent, _PARENT))
        ]
        base = inner.select(names, [])
        counted = columns if self.node.distance is None else [*columns, "d"]
        found = Select([Table(f"{self.name}t").alias("h")], [Entity("h", column) for column in columns])
        return found.with_cte(
            CTE(f"{self.name}b", base, columns=[_NODE, _PARENT]),
            CTE(f"{self.name}t", CompoundSelectQuery(first, "UNION", further), recursive=True, columns=counted),
        )


def _is_there(name: Node) -> Node:
    return SqlExpression(name, "IS NOT", SQL("NULL"))
