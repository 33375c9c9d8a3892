"""What a database has: tables with their columns and indexes, and what this package wrote down about them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from odata_service.edm.types import TypeRef


class ExistingColumn(Struct, frozen=True):
    """A column as the database has it; `key` is its place in the primary key from 1, or 0."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int


class ExistingIndex(Struct, frozen=True):
    """An index and its columns in order; one over expressions or of a constraint is none of ours and not listed."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


class ExistingTable(Struct, frozen=True):
    """A table as the database has it.

    `kept` is what its columns keep, as far as it was written down: that tells a text that is a Decimal from one that is
    a String. `key_name` is the constraint behind the primary key, where the family names it.
    """

    name: str
    columns: tuple[ExistingColumn, ...]
    indexes: tuple[ExistingIndex, ...] = ()
    kept: Mapping[str, TypeRef] = field(default_factory=dict)
    key_name: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key in order."""
        parts = sorted((column for column in self.columns if column.key), key=lambda column: column.key)
        return tuple(column.name for column in parts)

    def column(self, name: str) -> ExistingColumn:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


class ExistingObject(Struct, frozen=True):
    """What else a SQLite database has that may name a table: a view, a trigger, an index, with its statement."""

    kind: str
    name: str
    table: str
    statement: str


class DatabaseState(Struct, frozen=True):
    """The tables of a database by name, what was written down of any, and `objects` of SQLite.

    `guarded` has the tables that hold what a copy would lose, such as a check that somebody added, with its name.
    `text_indexes` are those that there are with their tables, `lacking` says why there can be none;
    `change_logs` are the logs of changes, likewise; `loggable` the tables of others that can have one.
    """

    tables: Mapping[str, ExistingTable]
    record: Mapping[str, Mapping[str, TypeRef]] = field(default_factory=dict)
    objects: tuple[ExistingObject, ...] = ()
    guarded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    text_indexes: Mapping[str, str] = field(default_factory=dict)
    change_logs: Mapping[str, str] = field(default_factory=dict)
    loggable: frozenset[str] = frozenset()
    lacking: str | None = None
