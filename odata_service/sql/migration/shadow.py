"""New values for a column on a server: gathered by key in a table of this session, joined into a column beside it.

The values are converted here and not in SQL, so that they are the same in every database, and the same that were seen
to fit.
"""

from collections.abc import Iterator

from msgspec import Struct

from odata_service.sql.families import Family
from odata_service.sql.mapping import ColumnMapping
from odata_service.sql.migration.changes import SHADOW, KeptColumn, TableChange
from odata_service.sql.migration.steps import Filling, Step, listed
from odata_service.sql.migration.stored import key_of

CONVERTED_ROWS = "odata-converted"
_VALUE = "odata-value"


class Joined(Struct, frozen=True):
    """How a family changes rows of a table by those of another, and drops a table of this session's.

    `make` begins the statement that makes it, `keyed` gives it a key; `casts` tells that a placeholder must say its
    type.
    """

    make: str
    update: str
    drop: str
    keyed: str = ""
    casts: bool = False


def shadow_of(column: KeptColumn, change: TableChange) -> str:
    """The name of the column beside one."""
    return f"{SHADOW}{change.columns.index(column)}"


def debris(change: TableChange, family: Family) -> Iterator[Step]:
    """Drops what a failed run left."""
    quoted = family.dialect.quoted
    for name in change.debris:
        comment = f"drop column '{name}' of table '{change.before.name}', which a failed run left"
        yield Step(comment, f"ALTER TABLE {quoted(change.before.name)} DROP COLUMN {quoted(name)}")


def converted(column: KeptColumn, change: TableChange, family: Family, joined: Joined) -> Iterator[Step]:
    """The steps that put the new values of a column into the one beside it."""
    quoted = family.dialect.quoted
    table, key, shadow = change.before.name, change.before.key, shadow_of(column, change)
    name = f"'{table}.{column.before.name}'"
    rows = quoted(CONVERTED_ROWS)
    yield Step(
        f"add a column beside {name}",
        f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(shadow)} {column.after.sql_type} NULL",
    )
    parts = f"{listed(key, family.dialect)}, {quoted(shadow)} AS {quoted(_VALUE)}"
    keyed = joined.keyed.format(key=listed(key, family.dialect))
    yield Step(
        f"make room for the values of {name}",
        f"{joined.make} {rows}{keyed} AS SELECT {parts} FROM {quoted(table)} WHERE 1 = 0",
    )
    yield Step(
        f"convert the values of {name} to {column.after.type}",
        f"INSERT INTO {rows} VALUES ({_places(key_of(change), column, family, casts=joined.casts)})",
        Filling(change, column),
    )
    same = " AND ".join(f"{quoted(table)}.{quoted(part)} = {rows}.{quoted(part)}" for part in key)
    value = f"{rows}.{quoted(_VALUE)}"
    update = joined.update.format(table=quoted(table), rows=rows, same=same, column=quoted(shadow), value=value)
    yield Step(f"put the converted values of {name} beside it", update)
    yield Step(f"clear the room for the values of {name}", joined.drop.format(rows=rows))


def _places(key: tuple[ColumnMapping, ...], column: KeptColumn, family: Family, *, casts: bool) -> str:
    """A placeholder for each part of the key, and one for the value, of the types that they have."""
    codecs = [*(family.column_codec(part.type) for part in key), family.column_codec(column.after.type)]
    place = family.dialect.placeholder
    return ", ".join(
        f"CAST({place} AS {codec.parameter})" if casts and codec is not None and codec.parameter else place
        for codec in codecs
    )


def defaults(change: TableChange, family: Family) -> Iterator[Step]:
    """Fills with their default what may not be null any longer."""
    quoted = family.dialect.quoted
    for column in change.columns:
        if column.tightened and column.after.default is not None:
            name = quoted(shadow_of(column, change) if column.rewritten else column.before.name)
            comment = f"fill the nulls of '{change.before.name}.{column.before.name}' with the default"
            statement = f"UPDATE {quoted(change.before.name)} SET {name} = {column.after.default} WHERE {name} IS NULL"
            yield Step(comment, statement)
