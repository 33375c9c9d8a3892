"""`traverse` and `rolluprecursive` in SQL: nodes in the order of a tree, and nodes with all that is below them.

Both are queries that refer to themselves, beside which the rows stand by the names of their nodes. A place in a tree
is a text: the numbers of the nodes on the way from the root, each of as many digits, so that texts sort as the tree
does. MariaDB sorts by the first 1024 bytes, which 128 levels have. (Data Aggregation 6.2.2, 6.3.)
"""

from collections.abc import Sequence

from msgspec.structs import replace
from peewee import CTE, JOIN, SQL, CompoundSelectQuery, Entity, Node, NodeList, Select, Table, fn
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import Hierarchy, Related, Spread, Traversing
from odata_service.sql.expression import value
from odata_service.sql.rows import Closing, Rows, forked
from odata_service.sql.source import select

_FIRST_NUMBER = "10000000"
"""What is added to the number of a node: numbers of eight digits, up to ninety million nodes."""


def traversed(step: Traversing, rows: Rows, nodes: Rows, closing: Closing) -> Rows:
    """The rows that belong to nodes, in the order of these."""
    places = f"h{closing.number()}"
    order = [*step.siblings, *nodes.order]
    hierarchy = step.hierarchy
    function = fn.row_number() if hierarchy.is_tree else fn.dense_rank()
    number = function.over(order_by=closing.sorted(replace(nodes, order=tuple(order))))
    base = _base(hierarchy, nodes, [Named(SqlExpression(number, "+", SQL(_FIRST_NUMBER)), "r")])
    tree = _tree(places, base, closing) if hierarchy.is_tree else _paths(places, base, closing)
    place: Node = Entity(places, "k")
    if not step.preorder:
        concat = rows.tables.family.operations.functions["concat"]
        place = concat([place, SQL("'z'")], ())
    tables = _beside(rows, tree.alias(places), value(step.member, rows.tables), Entity(places, "n"))
    tables.tables.results[step.place] = place
    replaced = rows.replaced if hierarchy.is_tree else (*rows.replaced, step.place)
    found = replace(tables, members=(*rows.members, step.place), replaced=replaced, open=True)
    return replace(found, order=(OrderItem(step.place), *rows.order))


def spread_out(spread: Spread, rows: Rows, nodes: Rows, closing: Closing) -> Rows:
    """Every row as often as there are nodes that its own is at or below, each time with one of them."""
    pairs = f"h{closing.number()}"
    closure = _closure(pairs, _base(spread.hierarchy, nodes, []))
    found = _beside(rows, closure.alias(pairs), value(spread.member, rows.tables), Entity(pairs, "n"))
    found.tables.results[spread.mark] = Entity(pairs, "x")
    return replace(found, members=(*rows.members, spread.mark), replaced=(*rows.replaced, spread.mark))


def node_rows(spread: Spread, rows: Rows, nodes: Rows, closing: Closing, within: Rows | None) -> Rows:
    """A row for each node; in groups one for each of the rows that these are made of."""
    name = f"q{closing.number()}"
    query = select(nodes.tables, [Named(value(spread.hierarchy.node, nodes.tables), "c0")])
    if within is not None:
        copy = forked(within)
        copy.tables.joined = SqlJoin(copy.tables.joined, query.alias(name), JOIN.INNER, SQL("1 = 1"))
        copy.tables.results[spread.mark] = Entity(name, "c0")
        return replace(copy, members=(*within.members, spread.mark))
    tables = closing.tables(rows, query.alias(name), {spread.mark: Entity(name, "c0")})
    return Rows(tables, rows.entity_type, (spread.mark,), whole=False)


def landed(spreads: Sequence[Spread], rows: Rows, closing: Closing) -> Rows:
    """The rows told of their nodes: by the node's name, by its entity beside, or as what the node itself is."""
    rows = closing.closed(rows)
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
    tables = closing.with_related(tables, every)
    return replace(rows, tables=tables, members=tuple(members), related=every, replaced=replaced)


def _beside(rows: Rows, query: Node, member: Node, name: Node) -> Rows:
    """The rows beside those of a query that have the same node."""
    copy = forked(rows)
    copy.tables.joined = SqlJoin(copy.tables.joined, query, JOIN.INNER, SqlExpression(member, "=", name))
    return copy


def _base(hierarchy: Hierarchy, nodes: Rows, further: Sequence[Node]) -> Select:
    """The names of nodes and of their parents."""
    node, parent = (value(access, nodes.tables) for access in (hierarchy.node, hierarchy.parent))
    return select(nodes.tables, [Named(node, "n"), Named(parent, "p"), *further])


def _tree(name: str, base: Select, closing: Closing) -> Select:
    """The place of each node that a root leads to."""
    family = closing.mapping.family
    known, tree = Table(f"{name}b"), Table(f"{name}t")
    own, above = known.alias("b"), tree.alias("h")
    number = fn.CAST(NodeList((Entity("b", "r"), SQL(f"AS {family.dialect.long_text}"))))
    parents = Select([known.alias("o")], [SQL("1")]).where(SqlExpression(Entity("o", "n"), "=", Entity("b", "p")))
    roots = Select([own], [Entity("b", "n"), number]).where(NodeList((SQL("NOT"), fn.EXISTS(parents))))
    path = family.operations.functions["concat"]([Entity("h", "k"), number], ())
    joined = SqlJoin(above, own, JOIN.INNER, SqlExpression(Entity("b", "p"), "=", Entity("h", "n")))
    query = CompoundSelectQuery(roots, "UNION ALL", Select([joined], [Entity("b", "n"), path]))
    return Select([tree.alias("h")], [Entity("h", "n"), Entity("h", "k")]).with_cte(
        CTE(f"{name}b", base, columns=["n", "p", "r"]), CTE(f"{name}t", query, recursive=True, columns=["n", "k"])
    )


def _paths(name: str, base: Select, closing: Closing) -> Select:
    """The places of each node: one for each way that leads to it from a root, and goes through no node twice."""
    family = closing.mapping.family
    known, paths = Table(f"{name}b"), Table(f"{name}t")
    own, above = known.alias("b"), paths.alias("h")
    concat = family.operations.functions["concat"]
    text = fn.CAST(NodeList((Entity("b", "r"), SQL(f"AS {family.dialect.long_text}"))))
    number = concat([SQL("'.'"), text], ())
    other, parent = known.alias("o"), known.alias("a")
    led = SqlJoin(other, parent, JOIN.INNER, SqlExpression(Entity("a", "n"), "=", Entity("o", "p")))
    parents = Select([led], [SQL("1")]).where(SqlExpression(Entity("o", "n"), "=", Entity("b", "n")))
    begin = fn.CAST(NodeList((number, SQL(f"AS {family.dialect.long_text}"))))
    roots = Select([own], [Entity("b", "n"), begin]).where(NodeList((SQL("NOT"), fn.EXISTS(parents))))
    path = concat([Entity("h", "k"), number], ())
    joined = SqlJoin(above, own, JOIN.INNER, SqlExpression(Entity("b", "p"), "=", Entity("h", "n")))
    apart = SqlExpression(fn.replace(Entity("h", "k"), number, SQL("''")), "=", Entity("h", "k"))
    query = CompoundSelectQuery(roots, "UNION", Select([joined], [Entity("b", "n"), path]).where(apart))
    return Select([paths.alias("h")], [Entity("h", "n"), Entity("h", "k")]).with_cte(
        CTE(f"{name}b", base, columns=["n", "p", "r"]), CTE(f"{name}t", query, recursive=True, columns=["n", "k"])
    )


def _closure(name: str, base: Select) -> Select:
    """Each node with itself and with all that are below it."""
    known, pairs = Table(f"{name}b"), Table(f"{name}t")
    own, above = known.alias("b"), pairs.alias("h")
    first = Select([own], [Entity("b", "n"), Entity("b", "n")])
    joined = SqlJoin(above, own, JOIN.INNER, SqlExpression(Entity("b", "p"), "=", Entity("h", "n")))
    query = CompoundSelectQuery(first, "UNION", Select([joined], [Entity("h", "x"), Entity("b", "n")]))
    return Select([pairs.alias("h")], [Entity("h", "x"), Entity("h", "n")]).with_cte(
        CTE(f"{name}b", base, columns=["n", "p"]), CTE(f"{name}t", query, recursive=True, columns=["x", "n"])
    )
