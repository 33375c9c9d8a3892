"""Columns as they are kept: how their values are read, as values of the model, and written as those of another type."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from peewee import SQL, Column, Select, Table

from odata_service.database import Stored
from odata_service.edm.types import STRING, Kind, kind_of
from odata_service.edm.values import PrimitiveValue, print_value
from odata_service.sql.existing import decoder_of, selected_column
from odata_service.sql.families import Decode
from odata_service.sql.mapping import ColumnMapping, Mapping
from odata_service.sql.migration.changes import KeptColumn, TableChange
from odata_service.sql.statement import statement_of

Change = Callable[[Any], Stored]
"""From what a column gives to what it is to keep; `ValueError` where a value does not fit."""


class Selection(Struct, frozen=True):
    """A statement over columns of a table, and what turns each value that it gives into one of the model."""

    text: str
    parameters: tuple[Stored, ...]
    decoders: tuple[Decode | None, ...]

    def values(self, row: Sequence[Any]) -> tuple[PrimitiveValue | None, ...]:
        """A row as values of the model."""
        return tuple(
            value if decode is None or value is None else decode(value)
            for value, decode in zip(row, self.decoders, strict=True)
        )


def selection(
    table: str, columns: Sequence[ColumnMapping], mapping: Mapping, where: str = "", limit: int | None = None
) -> Selection:
    """The statement that reads columns of a table, in their order, of the rows for which a condition holds."""
    source = Table(table).alias(table)  # under LOCK TABLES an alias would be another table
    read = [selected_column(source, column, mapping) for column in columns]
    query = Select([source], read or [SQL("1")]).order_by(*(Column(source, column.name) for column in columns))
    statement = statement_of((query.where(SQL(where)) if where else query).limit(limit), mapping.family)
    decoders = tuple(decoder_of(column, mapping) for column in columns)
    return Selection(statement.text, tuple(statement.fill((), {})), decoders)


def column_of(kept: KeptColumn) -> ColumnMapping:
    """A column as it is kept now."""
    return ColumnMapping(kept.before.name, kept.kept or STRING, nullable=not kept.before.not_null)


def key_of(change: TableChange) -> tuple[ColumnMapping, ...]:
    """The columns that tell the rows of a table apart, as they are kept now."""
    known = {column.before.name: column_of(column) for column in change.columns}
    types = change.before.kept
    return tuple(known.get(name) or ColumnMapping(name, types.get(name, STRING), False) for name in change.before.key)


def changed_values(kept: KeptColumn, mapping: Mapping) -> Change:
    """What turns each value that a column keeps into one of its new type."""
    decode = decoder_of(column_of(kept), mapping)
    codec = mapping.family.column_codec(kept.after.type)
    assert kept.conversion is not None and codec is not None, "what cannot be converted is refused before"
    convert, encode = kept.conversion.convert, codec.encode

    def change(value: Any) -> Stored:
        if value is None:
            return None
        converted = convert(value if decode is None else decode(value))
        return converted if encode is None else encode(converted)  # type: ignore[return-value]  # without a codec values are kept as they are

    return change


def shown_key(key: Sequence[ColumnMapping], values: Sequence[PrimitiveValue | None]) -> str:
    """A key as people know it from URLs.

    >>> from odata_service.edm.types import INT64
    >>> shown_key([ColumnMapping("id", STRING, False), ColumnMapping("n", INT64, False)], ["a", 3])
    "('a', 3)"
    """
    return f"({', '.join(_shown(column, value) for column, value in zip(key, values, strict=True))})"


def _shown(column: ColumnMapping, value: PrimitiveValue | None) -> str:
    text = "null" if value is None else print_value(value, column.type)
    return f"'{text}'" if kind_of(column.type) is Kind.STRING and value is not None else text
