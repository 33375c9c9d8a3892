"""Changes of PostgreSQL's tables: each a statement of its own, all in one transaction."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from odata_service.sql.ddl import column_definition
from odata_service.sql.families import Family
from odata_service.sql.migration.changes import KeptColumn, TableChange
from odata_service.sql.migration.shadow import Joined, converted, debris, defaults, shadow_of
from odata_service.sql.migration.steps import Step, key_now, listed, provisional, renames_of
from odata_service.sql.wanted import WantedIndex

_JOINED = Joined(
    "CREATE TEMPORARY TABLE",
    "UPDATE {table} SET {column} = {value} FROM {rows} WHERE {same}",
    "DROP TABLE {rows}",
    casts=True,
)


class PostgresqlSteps(Struct, frozen=True):
    """How tables of a PostgreSQL database change."""

    family: Family

    def refusals(self, change: TableChange) -> Iterator[str]:
        """None: columns change in place, and the server refuses what somebody else relies on."""
        yield from ()

    def remakes(self, change: TableChange) -> bool:
        """Never: tables are changed in place."""
        return False

    def alter(self, change: TableChange) -> Iterator[Step]:
        """Everything but renames and new indexes, under the present names."""
        quoted = self.family.dialect.quoted
        actions = list(self._actions(change))
        if change.rewritten or any(column.tightened for column in change.columns):
            comment = f"keep others from table '{change.before.name}'"
            yield Step(comment, f"LOCK TABLE {quoted(change.before.name)} IN ACCESS EXCLUSIVE MODE")
        yield from debris(change, self.family)
        for index in change.unmade:
            yield Step(f"drop index '{index}'", f"DROP INDEX {quoted(index)}")
        for column in change.rewritten:
            yield from converted(column, change, self.family, _JOINED)
        yield from defaults(change, self.family)
        for comment, action in actions:
            yield Step(comment, f"ALTER TABLE {quoted(change.before.name)} {action}")

    def indexes(self, change: TableChange) -> Sequence[WantedIndex]:
        """The indexes that are to be made."""
        return change.made

    def rename_columns(self, change: TableChange) -> Iterator[Step]:
        """The renames of a table's columns."""
        quoted = self.family.dialect.quoted
        for old, new in renames_of(change):
            comment = f"rename column '{old}' of table '{change.before.name}' to '{new}'"
            yield Step(
                comment, f"ALTER TABLE {quoted(change.before.name)} RENAME COLUMN {quoted(old)} TO {quoted(new)}"
            )

    def _actions(self, change: TableChange) -> Iterator[tuple[str, str]]:
        dialect, table = self.family.dialect, change.before.name
        quoted = dialect.quoted
        if change.before.key and change.rekeyed:
            yield f"drop the key of table '{table}'", f"DROP CONSTRAINT {quoted(change.before.key_name)}"
        for column in change.columns:
            yield from self._column_actions(column, change)
        for freed in change.freed:
            name = f"'{table}.{freed.name}'"
            yield f"let column {name}, which is left over, be null", f"ALTER COLUMN {quoted(freed.name)} DROP NOT NULL"
        for gone in change.dropped:
            yield f"drop column '{gone.name}' of table '{table}'", f"DROP COLUMN {quoted(gone.name)}"
        for added in provisional(change).values():
            yield (
                f"add column '{added.name}' to table '{table}'",
                f"ADD COLUMN {column_definition(added, dialect)}",
            )
        if change.rekeyed:
            key = listed(key_now(change), dialect)
            yield f"make ({key}) the key of table '{table}'", f"ADD PRIMARY KEY ({key})"

    def _column_actions(self, column: KeptColumn, change: TableChange) -> Iterator[tuple[str, str]]:
        name = self.family.dialect.quoted(column.before.name)
        said = f"'{change.before.name}.{column.before.name}'"
        if column.rewritten:
            shadow = self.family.dialect.quoted(shadow_of(column, change))
            if column.before.default is not None:
                yield f"take the default from column {said}", f"ALTER COLUMN {name} DROP DEFAULT"
            typed = f"ALTER COLUMN {name} TYPE {column.after.sql_type} USING {shadow}"
            yield f"let column {said} be {column.after.type}", typed
            yield "drop the column beside it", f"DROP COLUMN {shadow}"
        elif column.retyped:
            yield f"let column {said} be {column.after.type}", f"ALTER COLUMN {name} TYPE {column.after.sql_type}"
        if column.after.default is not None and (column.rewritten or column.tightened):
            yield f"give column {said} its default", f"ALTER COLUMN {name} SET DEFAULT {column.after.default}"
        if column.tightened:
            yield f"let column {said} not be null", f"ALTER COLUMN {name} SET NOT NULL"
        if column.loosened:
            yield f"let column {said} be null", f"ALTER COLUMN {name} DROP NOT NULL"
