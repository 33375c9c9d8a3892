"""Changes of MariaDB's tables: every statement stands for itself there, so each table changes in one.

What comes before, the converted values beside a column, a run that fails leaves and the next one drops. Tables are
locked meanwhile, so that nothing is written that would be lost.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from odata_service.sql.ddl import column_definition
from odata_service.sql.families import Family
from odata_service.sql.migration.changes import KeptColumn, TableChange
from odata_service.sql.migration.shadow import Joined, converted, debris, defaults, shadow_of
from odata_service.sql.migration.state import ExistingColumn
from odata_service.sql.migration.steps import Step, listed
from odata_service.sql.wanted import STATE_TABLE, WantedIndex

_JOINED = Joined(
    "CREATE OR REPLACE TEMPORARY TABLE",
    "UPDATE {table} JOIN {rows} ON {same} SET {table}.{column} = {value}",
    "DROP TEMPORARY TABLE {rows}",
    " (PRIMARY KEY ({key}))",
)


class MariadbSteps(Struct, frozen=True):
    """How tables of a MariaDB database change."""

    family: Family

    def refusals(self, change: TableChange) -> Iterator[str]:
        """Indexes of others over a column that another takes the place of: the server would take it out of them."""
        own = {*change.unmade, *(index.name for index in change.after.indexes)}
        gone = {column.before.name for column in change.rewritten} | {column.name for column in change.dropped}
        for index in change.before.indexes:
            lost = sorted(gone & set(index.columns))
            if lost and index.name not in own:
                yield (
                    f"Index '{index.name}' of table '{change.before.name}', which somebody made, would lose "
                    f"{', '.join(lost)}. Drop it first."
                )

    def remakes(self, change: TableChange) -> bool:
        """Never: tables are changed in place."""
        return False

    def alter(self, change: TableChange) -> Iterator[Step]:
        """Everything but the table's name and new indexes, columns under their new names."""
        quoted = self.family.dialect.quoted
        table = quoted(change.before.name)
        actions = list(self._actions(change))
        is_locked = bool(change.rewritten) or any(column.tightened for column in change.columns)
        if is_locked:
            tables = f"{table} WRITE, {quoted(STATE_TABLE)} WRITE"
            yield Step(f"keep others from table '{change.before.name}'", f"LOCK TABLES {tables}")
        yield from debris(change, self.family)
        for column in change.rewritten:
            yield from converted(column, change, self.family, _JOINED)
        yield from defaults(change, self.family)
        if actions:
            comment = "; ".join(said for said, _ in actions)
            statement = f"ALTER TABLE {table} {', '.join(action for _, action in actions)}"
            settles = (change.before.name, change.rewritten) if change.rewritten else None
            yield Step(comment, statement, settles=settles)
        if is_locked:
            yield Step(f"let others to table '{change.before.name}' again", "UNLOCK TABLES")

    def indexes(self, change: TableChange) -> Sequence[WantedIndex]:
        """The indexes that are to be made."""
        return change.made

    def rename_columns(self, change: TableChange) -> Iterator[Step]:
        """Nothing: columns are renamed as they change."""
        yield from ()

    def _actions(self, change: TableChange) -> Iterator[tuple[str, str]]:
        dialect, table = self.family.dialect, change.before.name
        quoted = dialect.quoted
        rewritten_key = {column.before.name for column in change.rewritten} & set(change.before.key)
        is_rekeyed = change.rekeyed or bool(rewritten_key)
        for index in change.unmade:
            yield f"drop index '{index}'", f"DROP INDEX {quoted(index)}"
        if change.before.key and is_rekeyed:
            yield f"drop the key of table '{table}'", "DROP PRIMARY KEY"
        for column in change.columns:
            yield from self._column_actions(column, change)
        for freed in change.freed:
            said = f"let column '{table}.{freed.name}', which is left over, be null"
            yield said, f"MODIFY COLUMN {self._nullable(freed)}"
        for gone in change.dropped:
            yield f"drop column '{gone.name}' of table '{table}'", f"DROP COLUMN {quoted(gone.name)}"
        for added in change.added:
            yield f"add column '{added.name}' to table '{table}'", f"ADD COLUMN {column_definition(added, dialect)}"
        if is_rekeyed:
            key = listed(change.after.key, dialect)
            yield f"make ({key}) the key of table '{table}'", f"ADD PRIMARY KEY ({key})"

    def _column_actions(self, column: KeptColumn, change: TableChange) -> Iterator[tuple[str, str]]:
        quoted = self.family.dialect.quoted
        name, definition = column.before.name, column_definition(column.after, self.family.dialect)
        table = change.before.name
        renamed = f"rename column '{name}' of table '{table}' to '{column.after.name}'"
        if column.rewritten:
            shadow = quoted(shadow_of(column, change))
            yield f"drop column '{table}.{name}' as it was", f"DROP COLUMN {quoted(name)}"
            yield f"let the column beside it be '{table}.{column.after.name}'", f"CHANGE COLUMN {shadow} {definition}"
        elif column.renamed or column.retyped or column.tightened or column.loosened or _resized(column, change):
            said = renamed if column.renamed else f"let column '{table}.{name}' be {_described(column)}"
            yield said, f"CHANGE COLUMN {quoted(name)} {definition}"

    def _nullable(self, column: ExistingColumn) -> str:
        """A column of somebody's, its type as the catalogue has it: the collation stands at the end."""
        declared, _, collation = column.type.rpartition(" ")
        sql_type = f"{declared} COLLATE {collation}" if declared and "_" in collation else column.type
        return f"{self.family.dialect.quoted(column.name)} {sql_type} NULL"


def _resized(column: KeptColumn, change: TableChange) -> bool:
    """Whether a column goes into a key or out of it, where texts have a length."""
    return change.rekeyed and (bool(column.before.key) or column.after.name in change.after.key)


def _described(column: KeptColumn) -> str:
    return f"{column.after.type}{' and null' if column.after.nullable else ''}"
