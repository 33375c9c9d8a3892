"""A database's state and a mapping in, the whole migration out: refusals, what to ask of the rows, steps in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from odata_service.sql.ddl import create_index, create_table
from odata_service.sql.families import Dialect
from odata_service.sql.families.family import IndexedTexts, LoggedTable
from odata_service.sql.logs import logged_tables, logs_of_others
from odata_service.sql.mapping import Mapping as SchemaMapping
from odata_service.sql.migration.changes import Changes, KeptColumn, TableChange, changes_between, tables_of_others
from odata_service.sql.migration.checks import Check, Rows, checks, losses, refusals
from odata_service.sql.migration.mariadb import MariadbSteps
from odata_service.sql.migration.moved import moved_columns, moves
from odata_service.sql.migration.postgresql import PostgresqlSteps
from odata_service.sql.migration.rebuild import SqliteSteps
from odata_service.sql.migration.record import Described, describe, keeps_alike, shown_type
from odata_service.sql.migration.state import DatabaseState
from odata_service.sql.migration.steps import Step, in_order
from odata_service.sql.searches import search_indexes
from odata_service.sql.wanted import STATE_TABLE, WantedIndex, WantedTable, wanted_tables

Hanging = TypeVar("Hanging", IndexedTexts, LoggedTable)

Record = Mapping[str, Mapping[str, Described]]
"""What the columns of each table keep, by name."""


class FamilySteps(Protocol):
    """How the tables of a family change."""

    def refusals(self, change: TableChange) -> Iterator[str]:
        """What of others would be lost."""

    def remakes(self, change: TableChange) -> bool:
        """Whether a table is made anew, so that what keeps its index of texts true goes with it."""

    def alter(self, change: TableChange) -> Iterator[Step]:
        """Everything but renames and new indexes, under the present names."""

    def indexes(self, change: TableChange) -> Sequence[WantedIndex]:
        """The indexes that are to be made once the table is as it should be."""

    def rename_columns(self, change: TableChange) -> Iterator[Step]:
        """The renames of a table's columns, where `alter` has not done them."""


class Migration(Struct, frozen=True):
    """What is to be done. `conversions` are the columns whose values become others, `left` sentences on what stays."""

    refusals: tuple[str, ...]
    checks: tuple[Check, ...]
    losses: tuple[Rows, ...]
    steps: tuple[Step, ...]
    conversions: tuple[KeptColumn, ...]
    left: tuple[str, ...]
    record: Record


def plan_migration(state: DatabaseState, mapping: SchemaMapping, *, allow_drop: bool = False) -> Migration:
    """The migration that makes a database's tables those of a mapping; nothing to do where it has no steps."""
    changes = changes_between(state, mapping, allow_drop=allow_drop)
    conversions = tuple(column for change in changes.tables for column in change.rewritten)
    family = steps_of(mapping, state, conversions)
    found = (*refusals(changes), *(said for change in changes.tables for said in family.refusals(change)))
    ended, made = _text_indexes(state, mapping, changes, family)
    unlogged, logged = _change_logs(state, mapping, changes, family)
    if made and state.lacking is not None:
        found = (*found, state.lacking)
    return Migration(
        found,
        tuple(checks(changes, mapping)),
        tuple(losses(changes, mapping)),
        () if found else (*ended, *unlogged, *_steps(changes, family, mapping), *made, *logged),
        conversions,
        tuple(_left(changes, mapping)),
        record_of(mapping, changes),
    )


def steps_of(mapping: SchemaMapping, state: DatabaseState, conversions: tuple[KeptColumn, ...]) -> FamilySteps:
    """The family's way to change tables."""
    match mapping.family.name:
        case "postgresql":
            return PostgresqlSteps(mapping.family)
        case "mariadb":
            return MariadbSteps(mapping.family)
        case _:
            own = tuple(f"{name}-" for name in (*state.text_indexes, *state.change_logs))
            others = tuple(known for known in state.objects if not known.name.startswith(own))
            return SqliteSteps(replace(state, objects=others), mapping.family.dialect, conversions)


def record_of(mapping: SchemaMapping, changes: Changes) -> Record:
    """What is to be written down once all is done: also of columns and tables that are left over."""
    made = {
        table.name: {column.name: describe(column.type) for column in table.columns} for table in wanted_tables(mapping)
    }
    moved = moved_columns(changes, mapping)
    for change in changes.tables:
        left = (column.name for column in change.left if (change.after.name, column.name) not in moved)
        kept = {name: change.before.kept.get(name) for name in left}
        made[change.after.name] |= {name: describe(found) for name, found in kept.items() if found is not None}
    for table in changes.left:
        made[table.name] = {name: describe(found) for name, found in table.kept.items()}
    return made


def _steps(changes: Changes, family: FamilySteps, mapping: SchemaMapping) -> Iterator[Step]:
    dialect = mapping.family.dialect
    for table in changes.created:
        if table.name == STATE_TABLE:
            yield _creation(table, dialect)
    for change in changes.tables:
        yield from _notes(change)
        yield from family.alter(change)
        yield from _marks(change, dialect)
        yield from family.rename_columns(change)
    renames = [(change.before.name, change.after.name) for change in changes.tables if change.renamed]
    for old, new in in_order(renames):
        yield Step(
            f"rename table '{old}' to '{new}'", f"ALTER TABLE {dialect.quoted(old)} RENAME TO {dialect.quoted(new)}"
        )
    for table in changes.created:
        if table.name != STATE_TABLE:
            yield _creation(table, dialect)
    for gone in changes.dropped:
        yield Step(f"drop table '{gone.name}'", f"DROP TABLE {dialect.quoted(gone.name)}")
    yield from moves(changes, mapping)
    yield from _indexes(changes, family, dialect)


def _text_indexes(
    state: DatabaseState, mapping: SchemaMapping, changes: Changes, family: FamilySteps
) -> tuple[list[Step], list[Step]]:
    """The steps that end indexes of texts before all others, and those that make some behind them."""
    index = mapping.family.text_index
    if index is None:
        return [], []
    gone, new = _hanging(state.text_indexes, search_indexes(mapping), changes, family)
    ended = [_numbered(f"drop index of texts '{name}'", index.drop(name)) for name in gone]
    made = [_numbered(f"make index of texts '{known.name}'", index.make(known)) for known in new]
    return [step for steps in ended for step in steps], [step for steps in made for step in steps]


def _change_logs(
    state: DatabaseState, mapping: SchemaMapping, changes: Changes, family: FamilySteps
) -> tuple[list[Step], list[Step]]:
    """The steps that end logs of changes before all others, and those that make some behind them."""
    log = mapping.family.change_log
    wanted, others = logged_tables(mapping), tables_of_others(mapping)
    gone, new = _hanging(state.change_logs, wanted, changes, family)
    names = {known.name for known in wanted.values()}
    known = logs_of_others(state.change_logs)
    gone += [name for name, table in known.items() if table in others and name not in names]
    ended = [_numbered(f"drop log of changes '{name}'", log.drop(name)) for name in gone]
    made = [_numbered(f"make log of changes '{known.name}'", log.make(known)) for known in new]
    return [step for steps in ended for step in steps], [step for steps in made for step in steps]


def _hanging(
    state: Mapping[str, str], wanted: Mapping[str, Hanging], changes: Changes, family: FamilySteps
) -> tuple[list[str], list[Hanging]]:
    """Of what triggers keep beside tables: the names of what ends, and what is to be made."""
    kept = {known.name for known in wanted.values()} & set(state)
    kept -= {known.name for change in changes.tables if family.remakes(change) for known in _of(change, wanted)}
    tables = {change.before.name for change in changes.tables} | {table.name for table in changes.dropped}
    gone = [name for name, table in state.items() if table in tables and name not in kept]
    return gone, [known for known in wanted.values() if known.name not in kept]


def _numbered(comment: str, statements: Sequence[str]) -> list[Step]:
    """Statements that make one thing together."""
    if len(statements) == 1:
        return [Step(comment, statements[0])]
    return [Step(f"{comment} ({n} of {len(statements)})", found) for n, found in enumerate(statements, 1)]


def _of(change: TableChange, wanted: Mapping[str, Hanging]) -> tuple[Hanging, ...]:
    return (wanted[change.after.name],) if change.after.name in wanted else ()


def _marks(change: TableChange, dialect: Dialect) -> Iterator[Step]:
    """Complex values that are there say so in the column that is new for it."""
    quoted = dialect.quoted
    for marking in change.marked:
        where = "" if marking.present is None else f" WHERE {quoted(marking.present)}"
        statement = f"UPDATE {quoted(change.before.name)} SET {quoted(marking.column.name)} = {marking.value}{where}"
        yield Step(f"mark the values of '{change.before.name}.{marking.column.name}' that are there", statement)


def _creation(table: WantedTable, dialect: Dialect) -> Step:
    return Step(f"make table '{table.name}'", create_table(table, dialect))


def _notes(change: TableChange) -> Iterator[Step]:
    """Columns whose values stay, but are those of another type from now on."""
    for column in change.columns:
        if column.kept is not None and not column.rewritten and not keeps_alike(column.kept, column.after.type):
            name = f"{change.before.name}.{column.before.name}"
            yield Step(f"let column '{name}' keep {shown_type(column.after.type)}: its values stay", "")


def _indexes(changes: Changes, family: FamilySteps, dialect: Dialect) -> Iterator[Step]:
    for table in changes.created:
        for index in table.indexes:
            yield Step(f"make index '{index.name}'", create_index(table.name, index, dialect))
    for change in changes.tables:
        for index in family.indexes(change):
            yield Step(f"make index '{index.name}'", create_index(change.after.name, index, dialect))


def _left(changes: Changes, mapping: SchemaMapping) -> Iterator[str]:
    moved = moved_columns(changes, mapping)
    for change in changes.tables:
        for column in change.left:
            if column.name in change.before.kept and (change.after.name, column.name) not in moved:
                yield f"Column '{change.after.name}.{column.name}' is left over; --allow-drop drops it."
    for table in changes.left:
        yield f"Table '{table.name}' is left over; --allow-drop drops it."
