"""The first levels of a tree: one query that refers to itself goes down from the roots, as far as nodes are open.

The place of a node is the text of the numbers on the way to it, as those of a traversal are. What stands between the
place of a node and the end of its subtree is counted by sorting both ends together with all places.
"""

from collections.abc import Sequence

from msgspec.structs import replace
from peewee import CTE, JOIN, SQL, Case, CompoundSelectQuery, Entity, Node, NodeList, Select, Source, Table, fn
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import Relating, TopLevels
from odata_service.semantics.tree import PropertyAccess
from odata_service.sql.expression import value
from odata_service.sql.mapping import Mapping
from odata_service.sql.nodes import FIRST_NUMBER, beside
from odata_service.sql.rows import Closing, Rows, forked
from odata_service.sql.source import select
from odata_service.sql.subqueries import Subquery

_ALL_LEVELS = 1_000_000
_DEPTH = 3
"""How deep the query goes: what it refers to has names of its own, so that nothing of it is named before."""
_END = SQL("'z'")
"""What is behind all places below a node, whose numbers are digits."""


def limited(step: TopLevels, rows: Rows, closing: Closing) -> Rows:
    """The rows of the nodes that are shown, in preorder, with what tells where each stands."""
    name = f"h{closing.number()}"
    shown = Subquery(_shown(name, step, rows, closing), name, _DEPTH)
    found = beside(rows, shown, value(step.member, rows.tables), Entity(name, "n"))
    columns = {"DrillState": "g", "DistanceFromRoot": "d", "LimitedDescendantCount": "w", "LimitedRank": "q"}
    told = {member: Entity(name, columns[what]) for what, member in step.derived}
    found.tables.results.update({step.place: Entity(name, "k"), **told})
    members = tuple(dict.fromkeys((*rows.members, step.place, *told)))
    return replace(found, members=members, open=True, order=(OrderItem(step.place), *rows.order))


def drill_state(step: Relating, state: PropertyAccess, rows: Rows, nodes: Select) -> Rows:
    """The rows with what tells whether nodes below theirs are among `nodes`, or there at all."""
    every, shown = forked(rows).tables, forked(rows).tables
    shown.conditions.append(SqlExpression(value(step.hierarchy.node, shown), "IN", nodes))
    own = value(step.member, rows.tables)
    parents = [select(tables, [Named(value(step.hierarchy.above, tables), "p")]) for tables in (shown, every)]
    cases = [
        (SqlExpression(own, "IN", _known(query)), SQL(f"'{text}'"))
        for query, text in zip(parents, ("expanded", "collapsed"), strict=True)
    ]
    rows = forked(rows)
    rows.tables.results[state] = Case(None, cases, SQL("'leaf'"))
    return replace(rows, members=tuple(dict.fromkeys((*rows.members, state))), open=True)


def _known(query: Select) -> Select:
    """The names in a query that are there."""
    return Select([query.alias("u")], [Entity("u", "p")]).where(SqlExpression(Entity("u", "p"), "IS NOT", SQL("NULL")))


def _shown(name: str, step: TopLevels, rows: Rows, closing: Closing) -> Select:
    """The nodes that are shown: name, place, distance from the root, state, descendants and rank."""
    mapping, nodes, tree, ends = closing.mapping, Table(f"{name}b"), Table(f"{name}t"), Table(f"{name}s")
    text = SQL(f"AS {mapping.family.dialect.long_text}")
    concat = mapping.family.operations.functions["concat"]
    place: Node = fn.CAST(NodeList((Entity("b", "r"), text)))
    own = nodes.alias("b")
    above = Select([nodes.alias("o")], [SQL("1")]).where(SqlExpression(Entity("o", "n"), "=", Entity("b", "p")))
    levels = _ALL_LEVELS if step.levels is None else step.levels - 1
    first = Select([own], [Entity("b", "n"), place, SQL("0"), _left(step, SQL(str(levels)), mapping)])
    first = first.where(NodeList((SQL("NOT"), fn.EXISTS(above))))
    joined = SqlJoin(tree.alias("h"), own, JOIN.INNER, SqlExpression(Entity("b", "p"), "=", Entity("h", "n")))
    less = SqlExpression(Entity("h", "l"), "-", SQL("1"))
    further = Select(
        [joined],
        [
            Entity("b", "n"),
            concat([Entity("h", "k"), place], ()),
            SqlExpression(Entity("h", "d"), "+", SQL("1")),
            _left(step, less, mapping),
        ],
    ).where(SqlExpression(Entity("h", "l"), ">", SQL("0")))
    walk = CompoundSelectQuery(first, "UNION ALL", further)
    return _told(name, tree, ends).with_cte(
        CTE(f"{name}b", _nodes(step, rows, closing), columns=["n", "p", "r"]),
        CTE(f"{name}t", walk, recursive=True, columns=["n", "k", "d", "l"]),
        CTE(f"{name}s", _ends(tree, concat([Entity("h", "k"), _END], ())), columns=["k", "y", "z"]),
    )


def _nodes(step: TopLevels, rows: Rows, closing: Closing) -> Select:
    """The names of the nodes that there are, of their parents, and their numbers in their order."""
    copy = forked(rows)
    node, parent = (value(access, copy.tables) for access in (step.hierarchy.node, step.hierarchy.above))
    number = SqlExpression(fn.row_number().over(order_by=closing.sorted(copy)), "+", SQL(FIRST_NUMBER))
    return select(copy.tables, [Named(node, "n"), Named(parent, "p"), Named(number, "r")])


def _left(step: TopLevels, usual: Node, mapping: Mapping) -> Node:
    """How many levels are shown below the node `b`."""
    if not step.open:
        return usual
    codec = mapping.family.value_codec(step.hierarchy.node.type)
    cases: list[tuple[Node, Node]] = [
        (
            SqlExpression(Entity("b", "n"), "=", codec.constant(node.value)),  # type: ignore[arg-type]  # a node has a name
            SQL(str(_ALL_LEVELS if levels is None else levels)),
        )
        for node, levels in step.open
    ]
    return Case(None, cases, usual)


def _ends(tree: Table, end: Node) -> Select:
    """The places `k` with the numbers of places up to theirs (`y` 1) and up to the end of their subtrees (`y` 0)."""
    begin = Select(
        [tree.alias("h")], [Named(Entity("h", "k"), "k"), Named(Entity("h", "k"), "o"), Named(SQL("1"), "y")]
    )
    behind = Select([tree.alias("h")], [Named(Entity("h", "k"), "k"), Named(end, "o"), Named(SQL("0"), "y")])
    both = CompoundSelectQuery(begin, "UNION ALL", behind).alias("m")
    counted = fn.COUNT(Case(None, [(SqlExpression(Entity("m", "y"), "=", SQL("1")), SQL("1"))]))
    return Select([both], [Entity("m", "k"), Entity("m", "y"), counted.over(order_by=[Entity("m", "o")])])


def _told(name: str, tree: Table, ends: Table) -> Select:
    """What is shown, with what is told of it."""
    has_children = SqlExpression(
        Entity("h", "n"), "IN", _known(Select([Table(f"{name}b").alias("c")], [Entity("c", "p")]))
    )
    is_open = SqlExpression(Entity("h", "l"), ">", SQL("0"))
    state = Case(
        None,
        [(has_children, Case(None, [(is_open, SQL("'expanded'"))], SQL("'collapsed'")))],
        SQL("'leaf'"),
    )
    rank = SqlExpression(Entity("a", "z"), "-", SQL("1"))
    below = SqlExpression(Entity("e", "z"), "-", Entity("a", "z"))
    joined: Source = tree.alias("h")
    for alias, kind in (("a", "1"), ("e", "0")):
        pairs: Sequence[Node] = (
            SqlExpression(Entity(alias, "k"), "=", Entity("h", "k")),
            SqlExpression(Entity(alias, "y"), "=", SQL(kind)),
        )
        joined = SqlJoin(joined, ends.alias(alias), JOIN.INNER, SqlExpression(pairs[0], "AND", pairs[1]))
    columns = [
        Entity("h", "n"),
        Entity("h", "k"),
        Entity("h", "d"),
        Named(state, "g"),
        Named(below, "w"),
        Named(rank, "q"),
    ]
    return Select([joined], columns)
