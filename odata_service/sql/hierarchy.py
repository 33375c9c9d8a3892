"""Recursive hierarchies in SQL: the nodes above or below some, by a query that refers to itself (Data Aggregation 6.2).

What has been found is not looked at again, so that nodes which lead back to themselves end the search.
"""

from msgspec import Struct
from peewee import CTE, JOIN, SQL, CompoundSelectQuery, Entity, Node, Select, Source, Table
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.plan.model import PathSource
from odata_service.semantics.transformations import Hierarchy, Relating
from odata_service.sql.expression import value
from odata_service.sql.mapping import Mapping
from odata_service.sql.paths import path_tables
from odata_service.sql.source import Tables
from odata_service.sql.subqueries import Subquery

_DEPTH = 3
"""How deep the beginning of a search stands in its own query."""


class Search(Struct, frozen=True):
    """A search for the nodes that are related to others, in each of some groups.

    `name` is that of the query, which nothing else has. What the search begins with has the columns of `groups`, which
    tell its group, and `n`, the name of its node. The levels are counted where there is a `limit` to them.
    """

    step: Relating
    name: str
    mapping: Mapping
    limit: Node | None = None
    groups: tuple[str, ...] = ()

    def found(self, begin: Select) -> Select:
        """The SELECT of the nodes that are related to those of `begin`, each with its group."""
        begun = Subquery(begin, f"{self.name}s", _DEPTH)
        seeds = Select([begun], [Entity(f"{self.name}s", column) for column in (*self.groups, "n")])
        if not self.step.keep_start:
            seeds = self._next(begun, f"{self.name}s", counted=False)
        columns, levels = [*self.groups, "n"], [] if self.limit is None else ["d"]
        first: list[Node] = [Entity(f"{self.name}f", column) for column in columns]
        if levels:
            first.append(SQL("0" if self.step.keep_start else "1"))
        seed = Select([seeds.alias(f"{self.name}f")], first)
        known = Table(self.name).alias("h")
        further = self._next(known, "h", counted=bool(levels))
        if self.limit is not None:
            further = further.where(SqlExpression(Entity("h", "d"), "<", self.limit))
        query = CompoundSelectQuery(seed, "UNION", further)
        result = Select([known], [Entity("h", column) for column in columns])
        result = result.distinct() if levels else result
        return result.with_cte(CTE(self.name, query, recursive=True, columns=[*columns, *levels]))

    def _next(self, known: Source, name: str, *, counted: bool) -> Select:
        """The parents or children of known nodes, and their level."""
        tables, step = node_tables(self.step.hierarchy, self.mapping), self.step
        node, parent = (value(access, tables) for access in (step.hierarchy.node, step.hierarchy.above))
        found, beside = (parent, node) if step.up else (node, parent)
        joined = SqlJoin(tables.joined, known, JOIN.INNER, SqlExpression(beside, "=", Entity(name, "n")))
        columns: list[Node] = [*(Entity(name, group) for group in self.groups), Named(found, "n")]
        if counted:
            columns.append(SqlExpression(Entity(name, "d"), "+", SQL("1")))
        return Select([joined], columns).where(SqlExpression(found, "IS NOT", SQL("NULL")))


def node_tables(hierarchy: Hierarchy, mapping: Mapping) -> Tables:
    """The tables of all nodes."""
    nodes = hierarchy.nodes
    return path_tables(PathSource(nodes, (), nodes.entity_type, nodes), mapping)
