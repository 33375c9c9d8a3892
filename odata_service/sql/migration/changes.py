"""A database as it is and tables as they should be: what is to change, as plain objects.

Tables and columns are matched by name: first what a former name leads to, where the present name is not taken yet, then
the rest. What nothing stands for is left over: it stays, unless dropping is allowed and this package made it.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.types import BINARY, BOOLEAN, DATE, DECIMAL, DOUBLE, GUID, INT64, STRING, TypeRef, kind_of
from odata_service.sql.families import Family
from odata_service.sql.mapping import Mapping as SchemaMapping
from odata_service.sql.migration.conversion import Conversion, conversion_between
from odata_service.sql.migration.former import FormerNames, former_names
from odata_service.sql.migration.state import DatabaseState, ExistingColumn, ExistingIndex, ExistingTable
from odata_service.sql.wanted import (
    STATE_TABLE,
    WantedColumn,
    WantedIndex,
    WantedTable,
    index_name,
    key_index_name,
    wanted_tables,
)

SHADOW = "odata-shadow-"
"""Begins the name of a column that converted values are gathered in; one that is there was left by a failed run."""

_LIKELY = (STRING, INT64, DOUBLE, BOOLEAN, DECIMAL, BINARY, DATE, GUID)
"""What a column of a database's type keeps, where nothing was written down: the first that has this type."""


class KeptColumn(Struct, frozen=True):
    """An existing column and what it becomes.

    `kept` is the type of its values now, None where it has a type that this package never gives; `conversion` is the
    way to the new one, None where there is none. `retyped` tells that the column's own type changes, `renamed` that its
    name does.
    """

    before: ExistingColumn
    after: WantedColumn
    kept: TypeRef | None
    conversion: Conversion | None
    retyped: bool
    renamed: bool

    @property
    def tightened(self) -> bool:
        """Whether it may be null and may not be so any longer."""
        return not self.before.not_null and not self.after.nullable and not self.before.key

    @property
    def loosened(self) -> bool:
        """Whether it may be null from now on."""
        return self.before.not_null and self.after.nullable

    @property
    def rewritten(self) -> bool:
        """Whether its values become others."""
        return self.conversion is None or self.conversion.changes


class Marking(Struct, frozen=True):
    """An added column that tells a complex value from null, and how values that are there already are told.

    `present` is the column that has said so until now, None where all of them are there.
    """

    column: WantedColumn
    value: str
    present: str | None


class TableChange(Struct, frozen=True):
    """An existing table and what it becomes.

    `left` are columns that nothing stands for and that stay, `dropped` those that go, `debris` what a failed run left;
    `unmade` and `made` the indexes that go and come, `marked` those of the added columns that mark values.
    """

    before: ExistingTable
    after: WantedTable
    columns: tuple[KeptColumn, ...]
    added: tuple[WantedColumn, ...]
    left: tuple[ExistingColumn, ...] = ()
    dropped: tuple[ExistingColumn, ...] = ()
    debris: tuple[str, ...] = ()
    unmade: tuple[str, ...] = ()
    made: tuple[WantedIndex, ...] = ()
    renamed: bool = False
    marked: tuple[Marking, ...] = ()

    @property
    def rekeyed(self) -> bool:
        """Whether other columns are the key."""
        names = {column.before.name: column.after.name for column in self.columns}
        return tuple(names.get(name) for name in self.before.key) != self.after.key

    @property
    def freed(self) -> tuple[ExistingColumn, ...]:
        """Columns that stay though nothing stands for them, and without which no row could be created."""
        return tuple(column for column in self.left if column.not_null and column.default is None)

    @property
    def renames(self) -> tuple[tuple[str, str], ...]:
        """The columns that get another name."""
        return tuple((column.before.name, column.after.name) for column in self.columns if column.renamed)

    @property
    def rewritten(self) -> tuple[KeptColumn, ...]:
        """The columns whose values become others."""
        return tuple(column for column in self.columns if column.rewritten)

    def now_called(self, after: str) -> str:
        """What a wanted column is called now; one that is not there, what it will be called."""
        return next((column.before.name for column in self.columns if column.after.name == after), after)


class Changes(Struct, frozen=True):
    """All that is to change: tables to make, to change, to drop, and those that are left over."""

    created: tuple[WantedTable, ...]
    tables: tuple[TableChange, ...]
    dropped: tuple[ExistingTable, ...] = ()
    left: tuple[ExistingTable, ...] = ()


def changes_between(state: DatabaseState, mapping: SchemaMapping, *, allow_drop: bool = False) -> Changes:
    """What makes a database's tables those that a mapping needs; nothing where all belong to others."""
    former = former_names(mapping)
    comparison = _Comparison(state, mapping, former, allow_drop)
    wanted = wanted_tables(mapping)
    if all(table.name == STATE_TABLE for table in wanted):
        return Changes((), ())
    others = {comparison.folded(name) for name in tables_of_others(mapping)}
    existing = {name: table for name, table in state.tables.items() if comparison.folded(name) not in others}
    claimed = comparison.claims([table.name for table in wanted], existing, former.tables)
    used = set(claimed.values())
    left = tuple(table for name, table in existing.items() if name in state.record and name not in used)
    return Changes(
        tuple(table for table in wanted if table.name not in claimed),
        tuple(comparison.change(state.tables[claimed[table.name]], table) for table in wanted if table.name in claimed),
        left if allow_drop else (),
        () if allow_drop else left,
    )


def tables_of_others(mapping: SchemaMapping) -> set[str]:
    """The names of the tables that the definition says belong to others."""
    links = {link.name for link in mapping.all_links() if link.existing}
    return links | {table.name for table in mapping.tables.values() if table.existing}


class _Comparison(Struct, frozen=True):
    state: DatabaseState
    mapping: SchemaMapping
    former: FormerNames
    allow_drop: bool

    @property
    def family(self) -> Family:
        return self.mapping.family

    def folded(self, name: str) -> str:
        """A name as the database compares it."""
        return self.family.dialect.folded(name)

    def claims(
        self, wanted: Iterable[str], existing: Iterable[str], former: Mapping[str, tuple[str, ...]]
    ) -> dict[str, str]:
        """Which existing name each wanted one stands for, if any."""
        free = {self.folded(name): name for name in existing}
        names = list(wanted)
        claimed: dict[str, str] = {}
        while True:
            moved = self._formerly(names, free, former, claimed)
            if moved is None:
                break
            claimed[moved[0]] = free.pop(moved[1])
        for name in names:
            if name not in claimed and self.folded(name) in free:
                claimed[name] = free.pop(self.folded(name))
        return claimed

    def _formerly(
        self,
        names: Iterable[str],
        free: Mapping[str, str],
        former: Mapping[str, tuple[str, ...]],
        claimed: Mapping[str, str],
    ) -> tuple[str, str] | None:
        """A wanted name that is not there, or stands for something else already, and the former one that is."""
        for name in names:
            if name not in claimed and self.folded(name) not in free:
                found = next((was for was in former.get(name, ()) if self.folded(was) in free), None)
                if found is not None:
                    return name, self.folded(found)
        return None

    def change(self, before: ExistingTable, after: WantedTable) -> TableChange:
        """How one table changes."""
        names = self.former.tables.get(after.name, ())
        if not before.kept:
            known = (self.state.record[name] for name in names if name in self.state.record)
            before = replace(before, kept=next(known, before.kept))
        existing = {column.name: column for column in before.columns if not column.name.startswith(SHADOW)}
        former = {
            column.name: self.former.columns[after.name, column.name]
            for column in after.columns
            if (after.name, column.name) in self.former.columns
        }
        claimed = self.claims([column.name for column in after.columns], existing, former)
        kept = tuple(
            self._kept(existing[claimed[column.name]], column, before, former.get(column.name, ()))
            for column in after.columns
            if column.name in claimed
        )
        used = set(claimed.values())
        rest = [column for column in existing.values() if column.name not in used]
        droppable = [column for column in rest if not before.kept or column.name in before.kept]
        added = tuple(column for column in after.columns if column.name not in claimed)
        marked = tuple(_markings(added, set(claimed), {column.name for column in rest}))
        needed = {marking.present for marking in marked if marking.present is not None}
        needed |= self._moved(after.name)
        dropped = tuple(column for column in droppable if column.name not in needed) if self.allow_drop else ()
        unmade, made = self._indexes(before, after, kept, (before.name, *names))
        return TableChange(
            before,
            after,
            kept,
            added,
            tuple(column for column in rest if column not in dropped),
            dropped,
            tuple(column.name for column in before.columns if column.name.startswith(SHADOW)),
            unmade,
            made,
            self.folded(before.name) != self.folded(after.name),
            marked,
        )

    def _moved(self, table: str) -> set[str]:
        """The foreign keys of a table that are copied before they go."""
        tables = self.mapping.tables
        return {name for key in self.mapping.moved if tables[key.source].name == table for name in key.columns}

    def _kept(
        self, before: ExistingColumn, after: WantedColumn, table: ExistingTable, former: tuple[str, ...]
    ) -> KeptColumn:
        kept = self._type_of(before, after, table, former)
        conversion = None if kept is None else conversion_between(kept, after.type, self.mapping.schema)
        renamed = self.folded(before.name) != self.folded(after.name)
        retyped = not self._is_alike(before.type, after.sql_type) or not self._has_room(before.type, after.room)
        return KeptColumn(before, after, kept, conversion, retyped, renamed)

    def _has_room(self, sql_type: str, wanted: int) -> bool:
        """Whether a column is as long as what may be in it; a longer one stays what it is."""
        room = self.family.dialect.text_room(sql_type)
        return room is None or wanted <= room

    def _type_of(
        self, before: ExistingColumn, after: WantedColumn, table: ExistingTable, former: tuple[str, ...]
    ) -> TypeRef | None:
        """What a column keeps: as was written down, if it still has the type for it; else what its type suggests."""
        for name in (before.name, *former):
            recorded = table.kept.get(name)
            if recorded is not None and (kind_of(recorded) is None or self._holds(before.type, recorded)):
                return recorded
        if self._is_alike(before.type, after.sql_type) or self._holds(before.type, after.type):
            return after.type
        return next((likely for likely in _LIKELY if self._holds(before.type, likely)), None)

    def _holds(self, sql_type: str, type_ref: TypeRef) -> bool:
        """Whether a column of a type is what values of a type are kept in, in a key or elsewhere."""
        codec = self.family.column_codec(type_ref)
        made = (codec.sql_type, codec.key_type.format(length=1)) if codec is not None else ()
        dialect = self.family.dialect
        return any(text and dialect.type_name(sql_type) == dialect.type_name(text) for text in made)

    def _is_alike(self, one: str, other: str) -> bool:
        return self.family.dialect.type_name(one) == self.family.dialect.type_name(other)

    def _indexes(
        self, before: ExistingTable, after: WantedTable, kept: tuple[KeptColumn, ...], names: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[WantedIndex, ...]]:
        """The indexes that go and those that come: of a column that changes or whose nulls move all of them."""
        now = {column.before.name: column.after.name for column in kept}
        touched = {
            column.before.name
            for column in kept
            if column.rewritten or column.retyped or column.tightened or column.loosened
        }
        wanted = {index.name: index for index in after.indexes}
        fitting: set[str] = set()
        gone: list[str] = []
        for index in before.indexes:
            if not any(self._is_own(index, name) for name in names):
                continue
            found = wanted.get(index.name)
            same = (
                found is not None
                and found.unique == index.unique
                and tuple(now.get(name, name) for name in index.columns) == found.columns
            )
            if same and not touched & set(index.columns):
                fitting.add(index.name)
            else:
                gone.append(index.name)
        return tuple(gone), tuple(index for index in after.indexes if index.name not in fitting)

    def _is_own(self, index: ExistingIndex, table: str) -> bool:
        """Whether an index has the name that this package gives to one over its columns."""
        dialect = self.family.dialect
        names = {index_name(table, index.columns[:count], dialect) for count in range(1, len(index.columns) + 1)}
        special = {index_name(table, ("back",), dialect), key_index_name(table, index.columns, dialect)}
        return index.name in names | special


def _markings(added: Iterable[WantedColumn], kept: set[str], rest: set[str]) -> Iterator[Marking]:
    """The marks that are new beside members which are there already."""
    for column in added:
        mark = column.mark
        if mark is not None and column.nullable and kept & set(mark.members):
            yield Marking(column, mark.value, mark.present if mark.present in rest else None)
