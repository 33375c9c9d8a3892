"""`traverse` and `rolluprecursive` in SQL: nodes in the order of a tree, and nodes with all that is below them.

Both are queries that refer to themselves, beside which the rows stand by the names of their nodes. A place in a tree
is a text: the numbers of the nodes on the way from where it begins, each of as many digits, so that texts sort as the
tree does. MariaDB sorts by the first 1024 bytes, which a hundred levels have. (Data Aggregation 6.2.2, 6.3.)
"""

from collections.abc import Sequence

from msgspec.structs import replace
from peewee import (
    CTE,
    JOIN,
    SQL,
    Case,
    CompoundSelectQuery,
    Entity,
    Function,
    Node,
    NodeList,
    Select,
    Source,
    Table,
    fn,
)
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.edm.types import STRING, Kind, kind_of
from odata_service.semantics.nodes import own_place
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import Hierarchy, Related, Spread, Traversing
from odata_service.sql.expression import value
from odata_service.sql.hierarchy import node_tables
from odata_service.sql.mapping import Mapping
from odata_service.sql.rows import Closing, Rows, forked, named
from odata_service.sql.source import select
from odata_service.sql.subqueries import Subquery

FIRST_NUMBER = "10000000"
"""What is added to the number of a node: numbers of eight digits, up to ninety million nodes."""


def node_source(hierarchy: Hierarchy, mapping: Mapping) -> Rows:
    """The rows of all nodes."""
    return Rows(node_tables(hierarchy, mapping), hierarchy.nodes.entity_type)


def traversed(step: Traversing, rows: Rows, begin: Rows | None, closing: Closing) -> Rows:
    """The rows that belong to nodes, in the order of these; `begin` are those that come first, None for the roots."""
    name = f"h{closing.number()}"
    ways = _ways(name, step, begin, closing)
    place: Node = Entity(name, "k")
    if not step.preorder:
        concat = rows.tables.family.operations.functions["concat"]
        place = concat([place, SQL("'z'")], ())
    found = beside(rows, Subquery(ways, name), value(step.member, rows.tables), Entity(name, "n"))
    found.tables.results[step.place] = place
    members = (step.place, *step.way[1:])
    found.tables.results.update(dict.fromkeys(step.way[1:], Entity(name, "u")))
    found = replace(found, members=(*rows.members, *members), replaced=(*rows.replaced, *step.way), open=True)
    return replace(found, order=(OrderItem(step.place), *rows.order))


def spread_out(spread: Spread, rows: Rows, groups: Rows, closing: Closing) -> Rows:
    """Every row as often as there are nodes that its own is at or below, each time with one of them."""
    name = f"h{closing.number()}"
    closure = _closure(name, spread, groups, closing)
    found = beside(rows, Subquery(closure, name), value(spread.member, rows.tables), Entity(name, "n"))
    columns = ("x", *(f"w{place}" for place in range(len(spread.way))))
    found.tables.results.update({key: Entity(name, column) for key, column in zip(spread.keys, columns, strict=True)})
    return replace(
        found, members=(*rows.members, *spread.keys), replaced=(*rows.replaced, *spread.keys), restricted=True
    )


def node_rows(spread: Spread, rows: Rows, groups: Rows, closing: Closing, within: Rows | None) -> Rows:
    """A row for each node; in groups one for each of the rows that these are made of."""
    name = f"q{closing.number()}"
    keys = {key: Entity(name, f"c{place}") for place, key in enumerate(spread.keys)}
    query = select(groups.tables, named([], _group_values(spread, groups)))
    if within is not None:
        copy = forked(within)
        copy.tables.joined = SqlJoin(copy.tables.joined, Subquery(query, name), JOIN.INNER, SQL("1 = 1"))
        copy.tables.results.update(keys)
        return replace(copy, members=(*within.members, *keys))
    tables = closing.tables(rows, Subquery(query, name), dict(keys))
    return Rows(tables, rows.entity_type, tuple(keys), whole=False)


def _group_values(spread: Spread, groups: Rows) -> list[Node]:
    """What tells of each group: the name of its node, and the way there."""
    return [value(part, groups.tables) for part in (spread.hierarchy.node, *spread.way)]


def landed(spreads: Sequence[Spread], rows: Rows, closing: Closing) -> Rows:
    """The rows told of their nodes: by the node's name, by its entity beside, or as what the node itself is."""
    nodes = next((spread for spread in spreads if spread.whole), None)
    rows = closing.closed(_with_place(rows, nodes, closing) if nodes is not None and rows.whole else rows)
    tables, related = rows.tables, list[Related]()
    members = list(rows.members)
    for spread in spreads:
        mark = tables.results.pop(spread.mark)
        place = members.index(spread.mark)
        members[place : place + 1] = [] if spread.whole else [spread.member]
        if spread.whole:
            on = SqlExpression(value(spread.hierarchy.node, tables), "=", mark)
            tables.joined = SqlJoin(tables.joined, tables.root, JOIN.INNER, on)
            rows = replace(rows, whole=True)
        else:
            tables.results[spread.member] = mark
        related += [spread.related] if spread.related is not None else []
    every = (*rows.related, *related)
    told = {spread.mark: spread.member for spread in spreads}
    replaced = tuple(told.get(member, member) for member in rows.replaced)
    ways = tuple(key for spread in spreads for key in spread.way)
    tables = closing.with_related(tables, every)
    order = (*(OrderItem(spread.way[0]) for spread in spreads if spread.way), *rows.order)
    rows = replace(rows, tables=tables, members=tuple(members), related=every, order=order)
    return replace(rows, replaced=(*replaced, *ways))


def _with_place(rows: Rows, nodes: Spread, closing: Closing) -> Rows:
    """Entities that become the nodes of their groups: what is left of them are members, their place among these."""
    own, copy = own_place(nodes), forked(rows)
    copy.tables.results[own] = fn.row_number().over(order_by=closing.sorted(rows))
    members, replaced = (*rows.members, own), (*rows.replaced, own)
    return replace(copy, members=members, replaced=replaced, whole=False, open=True, order=(OrderItem(own),))


def beside(rows: Rows, query: Node, member: Node, name: Node) -> Rows:
    """The rows beside those of a query that have the same node."""
    copy = forked(rows)
    copy.tables.joined = SqlJoin(copy.tables.joined, query, JOIN.INNER, SqlExpression(member, "=", name))
    return copy


def _base(hierarchy: Hierarchy, nodes: Rows, further: Sequence[Node]) -> Select:
    """The names of nodes and of their parents."""
    node, parent = (value(access, nodes.tables) for access in (hierarchy.node, hierarchy.above))
    return select(nodes.tables, [Named(node, "n"), Named(parent, "p"), *further])


def _ways(name: str, step: Traversing, begin: Rows | None, closing: Closing) -> Select:
    """The places of each node: one for each way that leads to it from where it begins, and goes through no node twice.

    Where there are several ways, the nodes above are told too, the nearest first.
    """
    mapping, hierarchy = closing.mapping, step.hierarchy
    nodes = node_source(hierarchy, mapping)
    number = fn.row_number() if hierarchy.is_tree else fn.dense_rank()
    base = _base(hierarchy, nodes, [_number(number, replace(nodes, order=step.siblings), closing)])
    long_text = SQL(f"AS {mapping.family.dialect.long_text}")
    concat = mapping.family.operations.functions["concat"]
    segment: Node = fn.CAST(NodeList((Entity("b", "r"), long_text)))
    if not step.is_plain:
        segment = concat([SQL("'.'"), segment], ())
    first, ctes = _first(name, step, begin, closing)
    place = segment if begin is None else concat([fn.CAST(NodeList((Entity("s", "r"), long_text))), segment], ())
    columns: list[Node] = [Entity("b", "n"), fn.CAST(NodeList((place, long_text)))]
    known, paths = Table(f"{name}b").alias("b"), Table(f"{name}t").alias("h")
    joined = SqlJoin(paths, known, JOIN.INNER, SqlExpression(Entity("b", "p"), "=", Entity("h", "n")))
    further: list[Node] = [Entity("b", "n"), concat([Entity("h", "k"), segment], ())]
    if step.way:
        columns.append(fn.CAST(NodeList((SQL("''"), long_text))))
        further.append(_longer(hierarchy, mapping))
    following = Select([joined], further)
    if step.way:
        apart = SqlExpression(fn.replace(Entity("h", "k"), segment, SQL("''")), "=", Entity("h", "k"))
        following = following.where(apart)
    query = CompoundSelectQuery(first.select(*columns), "UNION" if step.way else "UNION ALL", following)
    found: list[Node] = [Entity("h", "n"), Entity("h", "k")]
    if step.way:
        found.append(Named(concat([concat([SQL("'['"), Entity("h", "u")], ()), SQL("']'")], ()), "u"))
    return Select([paths], found).with_cte(
        CTE(f"{name}b", base, columns=["n", "p", "r"]),
        *ctes,
        CTE(f"{name}t", query, recursive=True, columns=["n", "k", *(["u"] if step.way else [])]),
    )


def _first(name: str, step: Traversing, begin: Rows | None, closing: Closing) -> tuple[Select, list[CTE]]:
    """The nodes `b` that ways begin with, and beside those that a sequence leaves their places `s` among these."""
    known = Table(f"{name}b")
    own = known.alias("b")
    if begin is not None:
        order = replace(begin, order=(*step.siblings, *begin.order))
        named_nodes: list[Node] = [
            Named(value(step.hierarchy.node, begin.tables), "n"),
            _number(fn.row_number(), order, closing),
        ]
        starts = CTE(f"{name}s", select(begin.tables, named_nodes), columns=["n", "r"])
        listed = Table(f"{name}s").alias("s")
        joined = SqlJoin(own, listed, JOIN.INNER, SqlExpression(Entity("b", "n"), "=", Entity("s", "n")))
        return Select([joined]), [starts]
    parents: Source = known.alias("o")
    on = SqlExpression(Entity("o", "n"), "=", Entity("b", "p"))
    if not step.hierarchy.is_tree:
        there = SqlExpression(Entity("a", "n"), "=", Entity("o", "p"))
        parents = SqlJoin(parents, known.alias("a"), JOIN.INNER, there)
        on = SqlExpression(Entity("o", "n"), "=", Entity("b", "n"))
    above = Select([parents], [SQL("1")]).where(on)
    return Select([own]).where(NodeList((SQL("NOT"), fn.EXISTS(above)))), []


def _number(function: Function, rows: Rows, closing: Closing) -> Node:
    """The number of a node in an order."""
    return Named(SqlExpression(function.over(order_by=closing.sorted(rows)), "+", SQL(FIRST_NUMBER)), "r")


def _longer(hierarchy: Hierarchy, mapping: Mapping) -> Node:
    """The names of the nodes above a child of the node `h`, as members of an array."""
    family = mapping.family
    concat, kind = family.operations.functions["concat"], hierarchy.node.type
    text: Node = Entity("h", "n")
    if kind_of(kind) is not Kind.STRING:
        text = family.operations.cast(text, kind, STRING)
    name = family.documents.quoted(text)
    known: Node = Entity("h", "u")
    rest = Case(None, [(SqlExpression(known, "=", SQL("''")), SQL("''"))], concat([SQL("','"), known], ()))
    return concat([name, rest], ())


def _closure(name: str, spread: Spread, groups: Rows, closing: Closing) -> Select:
    """Each node that is a group with itself and with all that are below it."""
    hierarchy = spread.hierarchy
    base = _base(hierarchy, node_source(hierarchy, closing.mapping), [])
    known, pairs = Table(f"{name}b"), Table(f"{name}t")
    further = [f"w{place}" for place in range(len(spread.way))]
    node, *way = _group_values(spread, groups)
    columns = zip((node, node, *way), ("x", "n", *further), strict=True)
    first = select(groups.tables, [Named(*column) for column in columns])
    on = SqlExpression(Entity("b", "p"), "=", Entity("h", "n"))
    joined = SqlJoin(pairs.alias("h"), known.alias("b"), JOIN.INNER, on)
    carried = [Entity("h", column) for column in further]
    query = CompoundSelectQuery(first, "UNION", Select([joined], [Entity("h", "x"), Entity("b", "n"), *carried]))
    found = [Entity("h", column) for column in ("x", "n", *further)]
    return Select([pairs.alias("h")], found).with_cte(
        CTE(f"{name}b", base, columns=["n", "p"]),
        CTE(f"{name}t", query, recursive=True, columns=["x", "n", *further]),
    )
