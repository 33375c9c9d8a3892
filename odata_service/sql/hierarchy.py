"""Recursive hierarchies in SQL: the nodes above or below some, by a query that refers to itself (Data Aggregation 6.2).

What has been found is not looked at again, so that nodes which lead back to themselves end the search.
"""

from peewee import CTE, JOIN, SQL, CompoundSelectQuery, Entity, Node, Select, Source, Table
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.plan.model import PathSource
from odata_service.semantics.transformations import Hierarchy, Relating
from odata_service.sql.expression import value
from odata_service.sql.mapping import Mapping
from odata_service.sql.source import Tables, path_tables


def related_nodes(step: Relating, start: Select, name: str, mapping: Mapping, limit: Node | None) -> Select:
    """The SELECT of the nodes that are related to those in the first column of `start`.

    The levels are counted where there is a `limit` to them. `name` is that of the query, which nothing else has.
    """
    counted = limit is not None
    seeds = start if step.keep_start else _next(step, start.alias(f"{name}s"), f"{name}s", mapping)
    columns = ["n", "d"] if counted else ["n"]
    first: list[Node] = [Entity(f"{name}f", "n")]
    if counted:
        first.append(SQL("0" if step.keep_start else "1"))
    seed = Select([seeds.alias(f"{name}f")], first)
    known = Table(name).alias("h")
    further = _next(step, known, "h", mapping, counted=counted)
    if limit is not None:
        further = further.where(SqlExpression(Entity("h", "d"), "<", limit))
    query = CompoundSelectQuery(seed, "UNION", further)
    found: list[Node] = [Entity("h", "n")]
    return Select([known], found).with_cte(CTE(name, query, recursive=True, columns=columns))


def _next(step: Relating, known: Source, name: str, mapping: Mapping, *, counted: bool = False) -> Select:
    """The parents or children of known nodes, and their level."""
    tables = _nodes(step.hierarchy, mapping)
    node, parent = (value(access, tables) for access in (step.hierarchy.node, step.hierarchy.parent))
    found, beside = (parent, node) if step.up else (node, parent)
    joined = SqlJoin(tables.joined, known, JOIN.INNER, SqlExpression(beside, "=", Entity(name, "n")))
    columns: list[Node] = [Named(found, "n")]
    if counted:
        columns.append(SqlExpression(Entity(name, "d"), "+", SQL("1")))
    return Select([joined], columns).where(SqlExpression(found, "IS NOT", SQL("NULL")))


def _nodes(hierarchy: Hierarchy, mapping: Mapping) -> Tables:
    nodes = hierarchy.nodes
    return path_tables(PathSource(nodes, (), nodes.entity_type, nodes), mapping)
