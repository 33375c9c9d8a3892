"""Changes of SQLite's tables: what ALTER TABLE can do, and for all else a copy that takes the table's place.

A copy is made under the present names, so that the views, triggers and indexes of others, dropped before and made again
behind it, hold; SQLite itself renames in them afterwards. (SQLite: ALTER TABLE, 7.)
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.sql.ddl import column_definition
from odata_service.sql.families import Dialect
from odata_service.sql.migration.changes import KeptColumn, TableChange
from odata_service.sql.migration.state import DatabaseState, ExistingColumn, ExistingObject
from odata_service.sql.migration.steps import Step, key_now, listed, provisional, renames_of
from odata_service.sql.wanted import WantedIndex

COPY = "odata-copy"
"""The name of a copy before it takes the place of its table."""
CONVERTED = "odata_converted"
"""The function that gives a value its new form: the number of the conversion, and the value."""


class SqliteSteps(Struct, frozen=True):
    """How tables of a SQLite database change; `conversions` are numbered in the order of this list."""

    state: DatabaseState
    dialect: Dialect
    conversions: Sequence[KeptColumn]

    def refusals(self, change: TableChange) -> Iterator[str]:
        """What somebody gave a table and a copy would not have."""
        guards = self.state.guarded.get(change.before.name, ())
        if guards and needs_copy(change):
            yield (
                f"Table '{change.before.name}' has to be made anew, and somebody gave it what would be lost: "
                f"{', '.join(guards)}. Take that out first."
            )

    def remakes(self, change: TableChange) -> bool:
        """A copy has no triggers of its own."""
        return needs_copy(change)

    def alter(self, change: TableChange) -> Iterator[Step]:
        """Everything but renames and new indexes, under the present names."""
        if needs_copy(change):
            yield from self._rebuild(change)
            return
        quoted = self.dialect.quoted
        for index in change.unmade:
            yield Step(f"drop index '{index}'", f"DROP INDEX {quoted(index)}")
        for column in change.dropped:
            comment = f"drop column '{column.name}' of table '{change.before.name}'"
            yield Step(comment, f"ALTER TABLE {quoted(change.before.name)} DROP COLUMN {quoted(column.name)}")
        for added in provisional(change).values():
            comment = f"add column '{added.name}' to table '{change.before.name}'"
            definition = column_definition(added, self.dialect)
            yield Step(comment, f"ALTER TABLE {quoted(change.before.name)} ADD COLUMN {definition}")

    def indexes(self, change: TableChange) -> Sequence[WantedIndex]:
        """The indexes that are to be made: of a copy all."""
        return change.after.indexes if needs_copy(change) else change.made

    def rename_columns(self, change: TableChange) -> Iterator[Step]:
        """The renames of a table's columns."""
        quoted = self.dialect.quoted
        for old, new in renames_of(change):
            comment = f"rename column '{old}' of table '{change.before.name}' to '{new}'"
            table = quoted(change.before.name)
            yield Step(comment, f"ALTER TABLE {table} RENAME COLUMN {quoted(old)} TO {quoted(new)}")

    def _rebuild(self, change: TableChange) -> Iterator[Step]:
        table, quoted = change.before.name, self.dialect.quoted
        dependents = dependents_of(table, self.state.objects)
        for found in reversed(dependents):
            yield Step(f"set {found.kind} '{found.name}' aside", f"DROP {found.kind.upper()} {quoted(found.name)}")
        yield Step(f"make a copy of table '{table}': {reasons(change)}", self._create(change))
        yield Step(f"copy the rows of table '{table}'", self._copy(change))
        yield Step(f"drop table '{table}' as it was", f"DROP TABLE {quoted(table)}")
        yield Step(f"let the copy be table '{table}'", f"ALTER TABLE {quoted(COPY)} RENAME TO {quoted(table)}")
        own = {index.name for index in change.before.indexes} & ({*change.unmade} | self._own(change))
        for found in self.state.objects:
            if found.kind == "index" and found.table.lower() == table.lower() and found.name not in own:
                yield Step(f"make index '{found.name}' again", found.statement)
        for found in dependents:
            yield Step(f"make {found.kind} '{found.name}' again", found.statement)
        yield from self._proofs(dependents)

    def _own(self, change: TableChange) -> set[str]:
        return {index.name for index in change.after.indexes}

    def _proofs(self, dependents: Sequence[ExistingObject]) -> Iterator[Step]:
        """Statements that fail where a view or trigger does not fit the table any longer."""
        quoted = self.dialect.quoted
        for found in dependents:
            if found.kind == "view":
                yield Step(f"see that view '{found.name}' holds", f"SELECT * FROM {quoted(found.name)} LIMIT 0")
        views = {found.name.lower() for found in self.state.objects if found.kind == "view"}
        owners = {found.table for found in dependents if found.kind == "trigger"}
        for owner in sorted(name for name in owners if name.lower() not in views):
            comment = f"see that the triggers of table '{owner}' hold"
            yield Step(comment, f"EXPLAIN DELETE FROM {quoted(owner)}")
            yield Step(comment, f"EXPLAIN INSERT INTO {quoted(owner)} DEFAULT VALUES")

    def _create(self, change: TableChange) -> str:
        columns = [
            *(replace(column.after, name=column.before.name) for column in change.columns),
            *provisional(change).values(),
        ]
        definitions = [column_definition(column, self.dialect) for column in columns]
        definitions += [self._left(column, change) for column in change.left]
        definitions.append(f"PRIMARY KEY ({listed(key_now(change), self.dialect)})")
        return f"CREATE TABLE {self.dialect.quoted(COPY)} ({', '.join(definitions)}){change.after.options}"

    def _left(self, column: ExistingColumn, change: TableChange) -> str:
        """A column that nothing stands for, as it is; but it may be left out by who does not know it."""
        required = " NOT NULL" if column.not_null and column not in change.freed else ""
        default = "" if column.default is None else f" DEFAULT ({column.default})"
        return f"{self.dialect.quoted(column.name)} {column.type}{required}{default}"

    def _copy(self, change: TableChange) -> str:
        names = [*(column.before.name for column in change.columns), *(column.name for column in change.left)]
        values = [self._value(column) for column in change.columns]
        values += [self.dialect.quoted(column.name) for column in change.left]
        table = self.dialect.quoted(change.before.name)
        target = f"{self.dialect.quoted(COPY)} ({listed(names, self.dialect)})"
        return f"INSERT INTO {target} SELECT {', '.join(values)} FROM {table}"

    def _value(self, column: KeptColumn) -> str:
        value = self.dialect.quoted(column.before.name)
        if column.rewritten:
            value = f"{CONVERTED}({self.conversions.index(column)}, {value})"
        if column.tightened and column.after.default is not None:
            value = f"coalesce({value}, {column.after.default})"
        return value


def needs_copy(change: TableChange) -> bool:
    """Whether SQLite's ALTER TABLE cannot do it: it adds no column without a value, or with one that is computed."""
    beyond = any(
        column.default is None or column.default.startswith("(") for column in change.added if not column.nullable
    )
    return beyond or bool(reasons(change))


def reasons(change: TableChange) -> str:
    """What of a change needs a copy, for people."""
    found = ["its key is another"] if change.rekeyed else []
    for column in change.columns:
        name = column.before.name
        if column.rewritten or column.retyped:
            found.append(f"'{name}' becomes {column.after.type}")
        if column.tightened:
            found.append(f"'{name}' must not be null")
        if column.loosened:
            found.append(f"'{name}' may be null")
    found += [f"'{column.name}' is left over and may be null" for column in change.freed]
    return ", ".join(found)


def dependents_of(table: str, objects: Sequence[ExistingObject]) -> list[ExistingObject]:
    """The views and triggers that name a table, or a view that does, in the order in which they were made."""
    names = {table.lower()}
    found: dict[str, ExistingObject] = {}
    candidates = [known for known in objects if known.kind in {"view", "trigger"}]
    while True:
        more = [
            known
            for known in candidates
            if known.name not in found and any(_mentions(known.statement, name) for name in names)
        ]
        if not more:
            return [known for known in candidates if known.name in found]
        found |= {known.name: known for known in more}
        names |= {known.name.lower() for known in more if known.kind == "view"}


def _mentions(statement: str, name: str) -> bool:
    """Whether a statement has a name in it, alone or between quotes; once too often does no harm."""
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", statement, re.IGNORECASE) is not None
