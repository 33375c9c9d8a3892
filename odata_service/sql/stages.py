"""What code makes of rows in the middle of a statement: they are read before it, and what is made of them is sent.

A stage is a SELECT of its own, run first. What code makes of its rows comes back as one parameter, an array of JSON
objects, whose members the statement has as rows again: so databases that know no Python go on with what it gave.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from peewee import SQL, Node, Select
from peewee import Expression as SqlExpression

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.leaves import UNTYPED
from odata_service.edm.types import INT64, Kind, TypeRef, kind_of
from odata_service.semantics.access import key_of_type
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import Aggregate, Calling
from odata_service.sql.code import asking
from odata_service.sql.expression import value
from odata_service.sql.families import Decode, Family
from odata_service.sql.related import follow
from odata_service.sql.rows import Closing, Keys, Rows, named
from odata_service.sql.slots import Filled, filled
from odata_service.sql.source import select
from odata_service.sql.statement import Statement


class Stage(Struct, frozen=True):
    """What `work` makes of the rows of a statement, and the placeholder `name` under which that is sent.

    The first `keys` columns are those of a group. `types` are those of what is sent, the keys first. `decoders` decode
    what is read. There is no statement where the work asks for what it needs by itself.
    """

    name: str
    work: AggregationMethod | Calling
    keys: int
    types: tuple[TypeRef, ...]
    statement: Statement | None = None
    decoders: tuple[tuple[int, Decode], ...] = ()


def is_coded(item: Aggregate, family: Family) -> bool:
    """Whether code works an aggregate out, and no SQL of the family."""
    return item.custom is not None and item.custom.statement(family.name) is None


def values_of(item: Aggregate, rows: Rows, keys: Keys, closing: Closing) -> Select:
    """What code makes of the values of an aggregate in each group: the keys, then the result.

    A group without values has no row; where there are no groups there is one row, with null.
    """
    tables = rows.tables
    assert item.custom is not None and item.operand is not None, "a method is one of values"
    grouped = [value(key, tables) for key in keys]
    for step in item.path:
        follow(tables, step)
    operand = value(item.operand, tables)
    tables.conditions.append(SqlExpression(operand, "IS NOT", SQL("NULL")))
    query = select(tables, named([], [*grouped, operand])).limit(filled("most"))
    known = tuple(key.type for key in keys)
    stage = Stage(_name(closing), item.custom, len(keys), (*known, item.alias.type))
    source, columns = _staged(_reading(stage, query, (*known, item.operand.type), closing), closing)
    return Select([source], named([], columns))


def called(step: Calling, rows: Rows, keys: Keys, closing: Closing) -> Rows:
    """What a function of the service makes of the rows of each group, in the order that it gives."""
    tables, schema = rows.tables, closing.mapping.schema
    known = tuple(key.type for key in keys)
    source = step.source
    own = step.members
    if source is not None:
        own = key_of_type(source.entity_type, schema)
    stage = Stage(_name(closing), step, len(keys), (*known, *(access.type for access in own), INT64))
    if step.call.binding is None:
        inputs = closing.key(rows) if step.inputs is None else step.inputs
        columns = named([], [value(access, tables) for access in (*keys, *inputs)])
        query = select(tables, columns).order_by(*closing.sorted(rows)).limit(filled("most"))
        stage = _reading(stage, query, (*known, *(access.type for access in inputs)), closing)
    sent, (*nodes, place) = _staged(stage, closing)
    grouped, given = nodes[: len(keys)], nodes[len(keys) :]
    if source is None:
        query = Select([sent], named([], [*grouped, *given, place]))
        members = (*keys, *step.members, step.place)
    else:
        query = Select([sent], named(given, [*grouped, place]))
        members = (*keys, step.place)
        tables = replace(tables, entity_set=source)
    entity_type = rows.entity_type if source is None or source == step.given else source.entity_type
    made = Rows(tables, entity_type, members, whole=source is not None, order=(OrderItem(step.place),))
    return closing.over(query, made)


def _name(closing: Closing) -> str:
    return f"stage{len(closing.stages)}"


def _reading(stage: Stage, query: Select, types: Sequence[TypeRef], closing: Closing) -> Stage:
    """A stage with the statement that reads its rows, whose columns have these types."""
    family = closing.mapping.family
    decoders = ((place, _decode(type_ref, family)) for place, type_ref in enumerate(types))
    found = tuple((place, decode) for place, decode in decoders if decode is not None)
    return replace(stage, statement=asking(query, closing.mapping), decoders=found)


def _decode(type_ref: TypeRef, family: Family) -> Decode | None:
    """How code gets what is read; SQLite and MariaDB have numbers for what is true and false."""
    return bool if kind_of(type_ref) is Kind.BOOLEAN else family.value_codec(type_ref).decode


def _staged(stage: Stage, closing: Closing) -> tuple[Node, list[Node]]:
    """The rows that are sent by a stage, and their values."""
    closing.stages.append(stage)
    family = closing.mapping.family
    document = family.value_codec(UNTYPED).hold(Filled(stage.name))
    rows = family.documents.elements(document, "s")
    columns = [
        family.documents.value(rows.value, (f"c{place}",), type_ref) for place, type_ref in enumerate(stage.types)
    ]
    return rows.source, columns
