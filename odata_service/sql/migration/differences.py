"""How the tables of a database fail to fit a mapping: a sentence each. What can simply be made is no difference."""

from collections.abc import Iterator

from odata_service.edm.leaves import MOST_LEAVES
from odata_service.sql.logs import logged_alone, logged_tables, logs_of_others
from odata_service.sql.mapping import Mapping, TableMapping
from odata_service.sql.migration.changes import Changes, KeptColumn, TableChange, tables_of_others
from odata_service.sql.migration.former import former_names
from odata_service.sql.migration.record import shown_type
from odata_service.sql.migration.state import DatabaseState
from odata_service.sql.searches import search_indexes
from odata_service.sql.wanted import wanted_tables

ROW_NUMBERS = frozenset({"rowid", "oid", "_rowid_"})
"""The names under which SQLite numbers the rows of a table that has no key of its own."""


def compared_tables(mapping: Mapping) -> list[str]:
    """The names of the tables that matter to a mapping: those that it needs, what they were called, those of others."""
    others = [table.name for table in mapping.tables.values() if table.existing]
    former = [name for names in former_names(mapping).tables.values() for name in names]
    return list(dict.fromkeys([*(table.name for table in wanted_tables(mapping)), *former, *others]))


def differences(changes: Changes) -> list[str]:
    """How existing tables of this package's own fail to fit; `migrate` brings them to it."""
    return [difference for change in changes.tables for difference in _differences(change)]


def missing_parts(mapping: Mapping, state: DatabaseState) -> list[str]:
    """What the definition wants of tables that others made, and is not there."""
    return [missing for table in mapping.tables.values() if table.existing for missing in _missing(table, state)]


def lacking(mapping: Mapping, state: DatabaseState) -> list[str]:
    """What a database lacks for the indexes of texts that are to be made."""
    is_wanted = any(index.name not in state.text_indexes for index in search_indexes(mapping).values())
    return [state.lacking] if is_wanted and state.lacking is not None else []


def too_wide(mapping: Mapping) -> list[str]:
    """The tables with more columns than the database takes."""
    most = mapping.family.dialect.most_columns
    wide = [table for table in wanted_tables(mapping) if len(table.columns) > most]
    advice = f"Put some into a complex type of more than {MOST_LEAVES} properties: its values take one column."
    return [
        f"The table '{table.name}' needs {len(table.columns):,} columns, and the database takes {most:,}. {advice}"
        for table in wide
    ]


def missing_indexes(mapping: Mapping, state: DatabaseState) -> list[str]:
    """The statements that make and fill the indexes of texts that are not there, or come to be there meanwhile."""
    family = mapping.family.text_index
    if family is None:
        return []
    wanted = [index for index in search_indexes(mapping).values() if index.name not in state.text_indexes]
    return [statement for index in wanted for statement in (*family.drop(index.name), *family.make(index))]


def missing_logs(mapping: Mapping, state: DatabaseState) -> list[str]:
    """The statements that make the logs of changes that are not there, or come to be there meanwhile."""
    family = mapping.family.change_log
    wanted = [log for log in logged_tables(mapping).values() if log.name not in state.change_logs]
    return [statement for log in wanted for statement in (*family.drop(log.name), *family.make(log))]


def with_known_logs(mapping: Mapping, state: DatabaseState, *, everywhere: bool, renews: bool = False) -> Mapping:
    """The mapping with logs of those tables of others alone that have one, or with `everywhere` can have one.

    One that was made for another model is none, unless it is to be made anew (`renews`).
    """
    if not tables_of_others(mapping):
        return mapping
    wanted = logged_tables(mapping)
    known = {table for table, log in wanted.items() if log.name in state.change_logs}
    known |= set(logs_of_others(state.change_logs).values()) if renews else set()
    return logged_alone(mapping, state.loggable if everywhere else known & state.loggable)


def _missing(table: TableMapping, state: DatabaseState) -> Iterator[str]:
    existing = state.tables.get(table.name)
    if existing is None:
        yield f"There is no table or view '{table.name}', which the definition says exists."
        return
    found = {column.name.lower() for column in existing.columns} | ROW_NUMBERS
    for column in table.all_columns():
        if column.name.lower() not in found:
            yield f"Table '{table.name}' has no column '{column.name}'. Correct its name in the definition."


def _differences(change: TableChange) -> Iterator[str]:
    table = change.before.name
    if change.renamed:
        yield f"Table '{table}' is to be called '{change.after.name}'."
    for added in change.added:
        yield f"Table '{table}' has no column '{added.name}'."
    for column in change.columns:
        yield from _column_differences(f"{table}.{column.before.name}", column)
    if change.rekeyed:
        key, wanted = ", ".join(change.before.key), ", ".join(change.after.key)
        yield f"The primary key of table '{table}' is ({key}), and the model's key is ({wanted})."
    for left in change.freed:
        yield (
            f"Column '{table}.{left.name}' is NOT NULL, has no default, and no property stands for it: "
            "no row could be created."
        )


def _column_differences(name: str, column: KeptColumn) -> Iterator[str]:
    if column.renamed:
        yield f"Column '{name}' is to be called '{column.after.name}'."
    if column.retyped:
        had, needed = column.before.type or "untyped", column.after.sql_type
        yield f"Column '{name}' is {had}, and {column.after.type} needs {needed}."
    elif column.kept is not None and (column.conversion is None or column.rewritten or column.conversion.may_fail):
        yield f"Column '{name}' keeps {shown_type(column.kept)}, and is to keep {shown_type(column.after.type)}."
    if column.tightened:
        yield f"Column '{name}' may be null, and its property may not."
    if column.loosened:
        yield f"Column '{name}' is NOT NULL, and its property may be null."
