"""Columns as expressions read them, and the versions of rows.

A column with a form of its own is read through what its codec says, so that all above sees one form alone. A row of a
table without a version column has the hash of all its columns for a version.
"""

from peewee import SQL, Column, Expression, Node, Source

from odata_service.database import Form
from odata_service.sql.families import Decode
from odata_service.sql.mapping import VERSION, ColumnMapping, Mapping, TableMapping

_LARGEST_EXACT = str(2**53 - 1)
"""Clients that know no integers but those of floats, JavaScript's among them, read keys up to here."""


def read_column(table: Source, column: ColumnMapping, mapping: Mapping) -> Node:
    """The value of a column as expressions have it."""
    codec = mapping.codec(column)
    node = kept_column(table, column, mapping)
    return node if codec.plain is None else codec.plain(node)


def decoder_of(column: ColumnMapping, mapping: Mapping) -> Decode | None:
    """What turns a value as `selected_column` gives it into one of the model; None where it is one."""
    codec = mapping.codec(column)
    if codec.plain is None or codec.decode is not None:
        return codec.decode
    return mapping.family.value_codec(column.type).decode


def selected_column(table: Source, column: ColumnMapping, mapping: Mapping) -> Node:
    """The column as a statement gives it out: as it is where that can be decoded."""
    if mapping.codec(column).decode is not None:
        return kept_column(table, column, mapping)
    return read_column(table, column, mapping)


def kept_column(table: Source, column: ColumnMapping, mapping: Mapping) -> Node:
    """The column as it is; or the hash of others that stands for one."""
    if column.hashed:
        hashed = mapping.family.hashed([Column(table, name) for name in column.hashed])
        return Expression(hashed, "&", SQL(_LARGEST_EXACT))
    return Column(table, column.name)


def key_conditions(table: Source, column: ColumnMapping, wanted: tuple[Node, Node], mapping: Mapping) -> list[Node]:
    """That a column of a key has a value, `wanted` in the column's form and in that of expressions.

    The column as it is has an index; where its collation takes other texts for the same, the characters decide.
    """
    kept, plain = wanted
    conditions: list[Node] = [Expression(kept_column(table, column, mapping), "=", kept)]
    if column.form is Form.TEXT:
        conditions.append(Expression(read_column(table, column, mapping), "=", plain))
    return conditions


def version_of(table: Source, table_mapping: TableMapping, mapping: Mapping) -> Node:
    """The version of a table's row: its version column, or a hash of the row where there is none."""
    if not table_mapping.existing:
        return Column(table, VERSION)
    return mapping.family.hashed([Column(table, column.name) for column in table_mapping.all_columns()])
