"""What an existing database says of its tables: columns, keys, references, checks and comments, as frozen objects.

One file a family fills these objects from its catalogue. Names and types are those of the database; what they become in
the entity data model is said in `definition.database`.
"""

import re

from msgspec import Struct

from odata_service.database.functions import Stored

HIDDEN_TABLE = "odata-state"
"""The one table that this package always makes in a database of others."""

JOB_TABLE = "odata-jobs"
ANSWER_TABLE = "odata-answers"
REMEMBERED_TABLE = "odata-requests"
"""Those that it makes where requests are answered later, or can be repeated."""

_HIDDEN = frozenset({HIDDEN_TABLE, JOB_TABLE, ANSWER_TABLE, REMEMBERED_TABLE})

CHANGE_LOG = re.compile(r".+-changes-[0-9a-f]{8}(?:-writers)?")
"""The names of its logs of changes, and in MariaDB of what tells their writers."""

TEXT_INDEX = re.compile(r".+-search-[0-9a-f]{8}(?:-rows)?")
"""The names of its indexes of texts, and in SQLite of the tables that these are made of."""


def is_hidden(table: str) -> bool:
    """Whether a table is none that people made: secrets, requests, logs of changes, what indexes are made of."""
    return table in _HIDDEN or TEXT_INDEX.match(table) is not None or CHANGE_LOG.fullmatch(table) is not None


class CatalogueError(Exception):
    """A database that cannot be read; the message is a sentence that says why and what to do."""


class Column(Struct, frozen=True):
    """A column: its type as declared, in lower case and without its numbers (`nvarchar`), and what limits it.

    `default` is SQL text. `generated`: the database computes each value; `automatic`: it makes one where none is given.
    `labels` are the values of an enumeration type. `sample` has values of the first rows where types say too little.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    generated: bool = False
    automatic: bool = False
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    comment: str | None = None
    collation: str | None = None
    sample: tuple[Stored, ...] = ()


class Reference(Struct, frozen=True):
    """A foreign key: the columns here, the table there, its columns in the same order; `on_delete` as SQL has it."""

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    on_delete: str = "NO ACTION"


class Table(Struct, frozen=True):
    """A table or view. `row_number` names the hidden column that numbers its rows, where it has one."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[str, ...] = ()
    comment: str | None = None
    is_view: bool = False
    row_number: str | None = None

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


class Catalogue(Struct, frozen=True):
    """The tables of a database in the order of their names; `left_out` has a sentence for each that is not read."""

    name: str
    family: str
    tables: tuple[Table, ...]
    writable: bool = True
    left_out: tuple[tuple[str, str], ...] = ()
