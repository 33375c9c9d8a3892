"""Values that a database has in columns of others, though they are none of the property's type.

SQLite takes any value in any column. What is none of its property's type is never shown as one: the read fails, and the
error says which entity has it, in which property. Other databases keep to what they declare, and have no checks.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from odata_service.database.conversions import UNFIT_ADVICE
from odata_service.edm.types import TypeRef
from odata_service.errors import UnfitValue
from odata_service.plan.model import ApplySource, Column, LeafColumn, PathSource, ReadPlan, ValueColumn
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.tree import EntityOwner, PropertyAccess
from odata_service.sql.families import Decode, Fits
from odata_service.sql.mapping import ColumnMapping, Mapping, TableMapping
from odata_service.sql.source import Tables

_SHOWN = 40
"""How much of a value a message shows."""


class Check(Struct, frozen=True):
    """A place of a row that holds a property of an entity in a table of others.

    `fits` tests all values of the place; None where its decoder does. `key` are the places of the entity's key,
    nothing where the row has it not.
    """

    place: int
    source: str
    path: str
    type: TypeRef
    fits: Fits | None
    decode: Decode | None
    key: tuple[int, ...] = ()


def checks_of(plan: ReadPlan, tables: Tables) -> tuple[Check, ...]:
    """What is to be looked at in the rows of a plan."""
    if tables.family.fits is None or all(not table.existing for table in tables.mapping.tables.values()):
        return ()
    named = {place: found for place, column in enumerate(plan.columns) if (found := _property(column)) is not None}
    places = {found: place for place, found in reversed(named.items())}
    checks = (_check(place, found, plan, tables, places) for place, found in named.items())
    return tuple(check for check in checks if check is not None)


_Named = tuple[EntityOwner, str]
"""A property: the entity that holds it, and its path there."""


def _property(column: Column) -> _Named | None:
    match column:
        case LeafColumn():
            return column.owner, column.path
        case ValueColumn(PropertyAccess() as access):
            return entity_of(access), path_of(access)
        case _:
            return None


def _check(place: int, named: _Named, plan: ReadPlan, tables: Tables, places: dict[_Named, int]) -> Check | None:
    owner, path = named
    if not isinstance(plan.source, ApplySource):
        entity_set = tables.owner(owner)[1]
    elif owner is None and isinstance(plan.source.path, PathSource):
        entity_set = plan.source.path.target
    else:
        return None
    table = tables.mapping.tables[entity_set.name]
    column = table.columns.get(path)
    is_computed = (entity_set.name, path) in tables.mapping.computed
    if column is None or not table.existing or column.hashed or is_computed:
        return None
    fits, decode = _test(column, tables.mapping)
    key = _key_places(owner, table, places)
    return Check(place, entity_set.name, path, column.type, fits, decode, key)


def _key_places(owner: EntityOwner, table: TableMapping, places: dict[_Named, int]) -> tuple[int, ...]:
    """Where the key of a property's entity stands in a row; nothing where a part of it does not."""
    paths = {column.name: path for path, column in table.columns.items()}
    found = [places.get((owner, paths[name])) for name in table.key if name in paths]
    return tuple(place for place in found if place is not None) if None not in found else ()


def _test(column: ColumnMapping, mapping: Mapping) -> tuple[Fits | None, Decode | None]:
    codec, fits = mapping.codec(column), mapping.family.fits
    assert fits is not None, "families without tests have no checks"
    if codec.plain is not None and codec.decode is not None:
        return None, codec.decode
    return fits(column.type), None


def refuse_unfit(rows: Sequence[tuple[Any, ...]], checks: Sequence[Check]) -> None:
    """Fails where a value in rows as they were read is none of its property's type, with the first such value."""
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    for check in checks:
        if check.fits is not None and not check.fits(columns[check.place]):
            raise _unfit(next(row for row in rows if not check.fits((row[check.place],))), check)


def unfit_among(rows: Sequence[tuple[Any, ...]], checks: Sequence[Check]) -> UnfitValue | None:
    """The error for the first value that its decoder does not take; None where that is none of a check's."""
    for check in checks:
        for row in rows:
            if not _is_read(check.decode, row[check.place]):
                return _unfit(row, check)
    return None


def _is_read(decode: Decode | None, value: object) -> bool:
    if decode is None or value is None:
        return True
    try:
        decode(value)
    except UnfitValue:
        return False
    return True


def _unfit(row: tuple[Any, ...], check: Check) -> UnfitValue:
    key = f"({', '.join(shown(row[place]) for place in check.key)})" if check.key else ""
    value = shown(row[check.place])
    return UnfitValue(
        f"{check.source}{key}/{check.path} is {value} in the database, which is no {check.type.name}.",
        target=check.path,
        hint=UNFIT_ADVICE,
    )


def shown(value: object) -> str:
    """A value of the database as a message has it.

    >>> shown("it's"), shown(7), shown(bytes(2))
    ("'it''s'", '7', "X'0000'")
    """
    match value:
        case bytes():
            return f"X'{value.hex()[:_SHOWN]}'"
        case str():
            text = value[:_SHOWN].replace("'", "''")
            return f"'{text}'"
        case _:
            return "null" if value is None else str(value)[:_SHOWN]
