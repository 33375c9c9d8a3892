"""How the tables of a database differ from those that a mapping needs: a sentence each, with what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from odata_service.sql.ddl import column_definition
from odata_service.sql.families import Dialect
from odata_service.sql.mapping import Mapping as SchemaMapping
from odata_service.sql.mapping import TableMapping
from odata_service.sql.wanted import WantedTable, wanted_tables

ROW_NUMBERS = frozenset({"rowid", "oid", "_rowid_"})
"""The names under which SQLite numbers the rows of a table that has no key of its own."""


@dataclass(frozen=True, slots=True)
class ExistingColumn:
    """A column as the database has it; `key` is its place in the primary key from 1, or 0."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int


def compared_tables(mapping: SchemaMapping) -> list[str]:
    """The names of the tables whose columns `differences` needs to know."""
    others = [table.name for table in mapping.tables.values() if table.existing]
    return [*(table.name for table in wanted_tables(mapping)), *others]


def differences(mapping: SchemaMapping, existing: Mapping[str, Sequence[ExistingColumn]]) -> list[str]:
    """How existing tables fail to fit the mapping; empty where they fit, or can be made."""
    dialect = mapping.family.dialect
    found = [
        difference
        for table in mapping.tables.values()
        if table.existing
        for difference in _missing_parts(table, existing.get(table.name, ()))
    ]
    for table in wanted_tables(mapping):
        if table.name in existing:
            found += _table_differences(table, existing[table.name], dialect)
    return found


def _missing_parts(table: TableMapping, columns: Sequence[ExistingColumn]) -> Iterator[str]:
    """What the definition wants of a table that others made, and is not there."""
    if not columns:
        yield f"There is no table or view '{table.name}', which the definition says exists."
        return
    found = {column.name.lower() for column in columns} | ROW_NUMBERS
    for column in table.all_columns():
        if column.name.lower() not in found:
            yield f"Table '{table.name}' has no column '{column.name}'. Correct its name in the definition."


def _table_differences(table: WantedTable, columns: Sequence[ExistingColumn], dialect: Dialect) -> Iterator[str]:
    found = {column.name.lower(): column for column in columns}
    for column in table.columns:
        existing = found.pop(column.name.lower(), None)
        if existing is None:
            addition = f"ALTER TABLE {dialect.quoted(table.name)} ADD COLUMN {column_definition(column, dialect)}"
            yield f"Table '{table.name}' has no column '{column.name}'. Add it: {addition}."
        elif dialect.type_name(existing.type) != dialect.type_name(column.sql_type):
            yield (
                f"Column '{table.name}.{column.name}' is {existing.type or 'untyped'}, and {column.type.name} needs "
                f"{column.sql_type}. Rebuild the table with that type, or change the property's type."
            )
    yield from _key_difference(table, columns)
    for other in found.values():
        if other.not_null and other.default is None and not other.key:
            yield (
                f"Column '{table.name}.{other.name}' is NOT NULL, has no default, and no property stands for it: "
                "no row could be created. Give it a default, or make it nullable."
            )


def _key_difference(table: WantedTable, columns: Sequence[ExistingColumn]) -> Iterator[str]:
    key = tuple(column.name for column in sorted(columns, key=lambda column: column.key) if column.key)
    if [name.lower() for name in key] != [name.lower() for name in table.key]:
        yield (
            f"The primary key of table '{table.name}' is ({', '.join(key)}), and the model's key is "
            f"({', '.join(table.key)}). Rebuild the table with that key, or change the definition's key."
        )
