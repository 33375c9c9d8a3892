"""`join` and `outerjoin` in SQL: every row beside the members of a collection of its own (Data Aggregation 3.5.1).

Where the collection is transformed before, its members are rows of a subquery: they carry what tells the row that they
belong to from others, and what is done to them is done for each such row by itself.
"""

from collections.abc import Callable

from msgspec.structs import replace
from peewee import JOIN, SQL, Entity, Node, fn
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.edm.types import TypeRef
from odata_service.plan.apply import PLACE, apart
from odata_service.semantics.joins import brought
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.rooted import rooted
from odata_service.semantics.transformations import PART, THERE, Joining, Result, Transformations, added_member
from odata_service.sql.expression import value
from odata_service.sql.related import follow, join_members
from odata_service.sql.rows import Closing, Group, Keys, Rows, forked, joined_on, named
from odata_service.sql.source import select
from odata_service.sql.subqueries import Subquery

Run = Callable[[Transformations, Rows, Group], Rows]
"""Runs a sequence on rows in a group."""


def joined(step: Joining, rows: Rows, closing: Closing, run: Run) -> Rows:
    """Every row with each member of its collection."""
    if step.steps or PART in rows.members:
        return _with_transformed(step, closing.settled(rows), closing, run)
    alias = step.alias
    rows.tables.aliases[alias.access] = join_members(rows.tables, step.step, outer=step.outer)
    return replace(rows, members=(*rows.members, *alias.key), related=(*rows.related, alias))


def _with_transformed(step: Joining, rows: Rows, closing: Closing, run: Run) -> Rows:
    identity = closing.identity(rows)
    marks = tuple(added_member(f"$row{closing.number()}", TypeRef(key.type.name)) for key in identity)
    owners, members = _marked(rows, identity, marks), _marked(rows, identity, marks)
    known = dict(members.tables.results)
    follow(members.tables, step.step)
    members.tables.results.update({mark: known[mark] for mark in marks})
    begun = replace(members, entity_type=step.step.navigation.target, order=(), loose=False)
    made = run(step.steps, begun, Group(marks, owners))
    beside = _beside(step, rows, made, closing, (identity, marks))
    return _numbered(step, beside, rows, closing) if PART in (*rows.members, *made.members) else beside


def _marked(rows: Rows, identity: Keys, marks: Keys) -> Rows:
    """The rows with what tells them apart as members."""
    copy = forked(rows)
    copy.tables.results.update({mark: value(key, rows.tables) for mark, key in zip(marks, identity, strict=True)})
    return replace(copy, members=marks, restricted=True, related=())


def _beside(step: Joining, rows: Rows, made: Rows, closing: Closing, on: tuple[Keys, Keys]) -> Rows:
    """The rows with what has been made of their members, which belong together where marks are the rows' identity."""
    alias, name, inner = step.alias, f"q{closing.number()}", made.tables
    identity, marks = on
    given, parts = brought(alias), tuple(known for known in (PART, PLACE) if known in made.members)
    own_members = given.members[len(alias.key) :] if alias.result is not None else ()
    shown = alias.result.members if alias.result is not None else ()
    hidden = tuple(known for known in made.members if known not in (*shown, *marks, *parts, THERE))
    found = [
        *(closing.found(key, made) for key in closing.key(made) if alias.key),
        *(closing.found(member, made) for member in shown),
        *([SQL("1")] if own_members else []),
        *(value(part, inner) for part in (*parts, *hidden)),
    ]
    query = Subquery(select(inner, named([value(mark, inner) for mark in marks], found)), name)
    tables = forked(rows).tables
    own, same = closing.key(rows), tables.family.dialect.same
    pairs = [
        SqlExpression(value(key, tables), "=" if key in own else same, Entity(name, f"k{place}"))
        for place, key in enumerate(identity)
    ]
    tables.joined = SqlJoin(tables.joined, query, JOIN.LEFT_OUTER if step.outer else JOIN.INNER, joined_on(pairs))
    hidden = tuple(rooted(part, alias.access) for part in hidden)
    columns = (*given.members, *(rooted(part, alias.access) for part in parts), *hidden)
    tables.results.update({member: Entity(name, f"c{place}") for place, member in enumerate(columns)})
    members_order = tuple(replace(item, expression=rooted(item.expression, alias.access)) for item in made.order)
    first = tuple(OrderItem(key) for key in identity) if members_order or parts else ()
    return replace(
        rows,
        tables=closing.with_related(tables, given.related),
        members=(*rows.members, *given.members, *hidden),
        related=(*rows.related, *given.related),
        order=(*rows.order, *first, *members_order),
    )


def _numbered(step: Joining, rows: Rows, before: Rows, closing: Closing) -> Rows:
    """The rows with the numbers of their kinds, one for each of instances with each of members, and their places."""
    tables = rows.tables
    kind: Node = value(PART, tables) if PART in before.members else SQL("0")
    parts = tuple(rooted(part, step.alias.access) for part in (PART, PLACE))
    inner = fn.coalesce(value(parts[0], tables), SQL("0")) if parts[0] in tables.results else SQL("0")
    number = SqlExpression(SqlExpression(kind, "*", SQL(str(len(step.aliases)))), "+", inner)
    first = (*closing.identity(before), *(part for part in parts if part in tables.results))
    order = (*rows.order, *(OrderItem(part) for part in first))
    order = (*order, *apart(Result(tuple(filter(step.alias.holds, rows.members)), whole=False), (), order))
    place = fn.row_number().over(order_by=closing.sorted(replace(rows, order=order)))
    members = tuple(member for member in rows.members if member not in {PART, PLACE})
    keys = [closing.found(key, rows) for key in closing.key(rows)] if rows.whole else []
    query = select(tables, named(keys, [*(value(member, tables) for member in members), number, place]))
    return closing.over(query, replace(rows, members=(*members, PART, PLACE), loose=before.loose))
