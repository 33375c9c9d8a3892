"""What code makes of rows in the middle of a statement: they are read before it, and what is made of them is sent.

A stage is a SELECT of its own, run first. What code makes of its rows comes back as one parameter, an array of JSON
objects, whose members the statement has as rows again: so databases that know no Python go on with what it gave.
"""

from collections.abc import Sequence

from msgspec import Struct
from peewee import SQL, Node, Select
from peewee import Expression as SqlExpression

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.leaves import UNTYPED
from odata_service.edm.types import TypeRef
from odata_service.semantics.transformations import Aggregate
from odata_service.sql.code import asking
from odata_service.sql.expression import value
from odata_service.sql.families import Decode, Family
from odata_service.sql.rows import Closing, Keys, Rows, named
from odata_service.sql.slots import Filled, filled
from odata_service.sql.source import follow, select
from odata_service.sql.statement import Statement


class Stage(Struct, frozen=True):
    """A statement whose rows `work` makes something of, and the placeholder `name` under which that is sent.

    The first `keys` columns are those of a group, the last is that of the values. `types` are those of what is sent:
    the keys, then the result. `decoders` decode what is read.
    """

    name: str
    statement: Statement
    decoders: tuple[tuple[int, Decode], ...]
    work: AggregationMethod
    keys: int
    types: tuple[TypeRef, ...]


def is_coded(item: Aggregate, family: Family) -> bool:
    """Whether code works an aggregate out, and no SQL of the family."""
    return item.custom is not None and item.custom.statement(family.name) is None


def values_of(item: Aggregate, rows: Rows, keys: Keys, closing: Closing) -> Select:
    """What code makes of the values of an aggregate in each group: the keys, then the result.

    A group without values has no row; where there are no groups there is one row, with null.
    """
    tables, family = rows.tables, closing.mapping.family
    assert item.custom is not None and item.operand is not None, "a method is one of values"
    grouped = [value(key, tables) for key in keys]
    for step in item.path:
        follow(tables, step)
    operand = value(item.operand, tables)
    tables.conditions.append(SqlExpression(operand, "IS NOT", SQL("NULL")))
    query = select(tables, named([], [*grouped, operand])).limit(filled("most"))
    known = [key.type for key in keys]
    read = [*known, item.operand.type]
    decoders = ((place, family.value_codec(type_ref).decode) for place, type_ref in enumerate(read))
    name = f"stage{len(closing.stages)}"
    stage = Stage(
        name,
        asking(query, closing.mapping),
        tuple((place, decode) for place, decode in decoders if decode is not None),
        item.custom,
        len(keys),
        (*known, item.alias.type),
    )
    closing.stages.append(stage)
    return sent(name, stage.types, closing)


def sent(name: str, types: Sequence[TypeRef], closing: Closing) -> Select:
    """The rows that are sent under a name, their values as c0 and so on."""
    family = closing.mapping.family
    document = family.value_codec(UNTYPED).hold(Filled(name))
    rows = family.documents.elements(document, "s")
    columns: list[Node] = [
        family.documents.value(rows.value, (f"c{place}",), type_ref) for place, type_ref in enumerate(types)
    ]
    return Select([rows.source], named([], columns))
