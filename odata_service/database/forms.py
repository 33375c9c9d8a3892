"""How a column keeps its values: the forms that tables made by others have beside the canonical one.

A column of a table that this package makes has the form `canonical`: docs/storage.md says what that is in each
database. A column of an existing table keeps values in a type of the database's own; its form says which, and the
family's table of codecs (`sql.families`) how values get out of it and into it. `Storage.Format` states a form's name.
"""

from enum import Enum


class Form(Enum):
    """A form by the name that `Storage.Format` gives it. Times without a zone are read by `Settings.timezone`."""

    CANONICAL = "canonical"
    """As the tables that we make keep it. So are integers of any width, PostgreSQL's boolean, uuid, numeric, text and
    varchar, double and real, bytea, MariaDB's BLOB, SQLite's 0/1, REAL for a Double, and BLOB."""

    TEXT = "text"
    """String, Guid: text whose collation folds case, accents or trailing blanks (MariaDB, SQLite's NOCASE), char(n)."""

    ENUM = "enum"
    """String: PostgreSQL's enumeration types, which compare with no text; MariaDB's ENUM and SET."""

    NUMBER = "number"
    """Decimal: DECIMAL and NUMERIC of MariaDB; INTEGER, REAL and NUMERIC of SQLite. Boolean: MariaDB's TINYINT(1), all
    numbers but 0 being true."""

    TIMESTAMP = "timestamp"
    """DateTimeOffset without a zone: timestamp, DATETIME; in SQLite `2009-01-01 00:00:00`, the time optional."""

    ISO = "iso"
    """DateTimeOffset without a zone: text `2009-01-01T00:00:00`, of SQLite; the fraction may end with zeros."""

    TIMESTAMPTZ = "timestamptz"
    """DateTimeOffset: timestamp with time zone, MariaDB's TIMESTAMP; in SQLite text with `Z` or an offset behind it."""

    EPOCH = "epoch"
    """DateTimeOffset: seconds since 1970, whole or with a fraction."""

    EPOCH_MILLISECONDS = "epoch-milliseconds"
    """DateTimeOffset: milliseconds since 1970."""

    JULIAN_DAY = "julian-day"
    """DateTimeOffset: days since noon of -4713-11-24, as SQLite's julianday() gives them."""

    DATE = "date"
    """Date: DATE of servers, with days that OData does not know; in SQLite text, maybe with a time of midnight."""

    TIME = "time"
    """TimeOfDay: time, TIME; in SQLite `hh:mm` or `hh:mm:ss`."""

    INTERVAL = "interval"
    """Duration: interval, a month being 30 days; TIME of MariaDB."""

    UUID = "uuid"
    """Guid: MariaDB's UUID; in SQLite text in any letter case, with or without braces."""

    UPPER = "upper"
    """Guid: text in upper case, of SQLite."""

    HEX = "hex"
    """Guid: 32 hexadecimal digits, of SQLite."""

    BYTES = "bytes"
    """Guid: its 16 bytes, in BINARY(16), bytea or a BLOB."""

    BIT = "bit"
    """Boolean: BIT(1)."""

    WORDS = "words"
    """Boolean: `true` and `false`, of SQLite; other words of that sense are read."""

    YES_NO = "yes-no"
    """Boolean: `Y` and `N`, of SQLite; other words of that sense are read."""

    ROW_HASH = "row-hash"
    """Int64: no column at all, but a hash of the row's columns, which tells the rows of a view apart."""

    ANYTHING = "anything"
    """String: values of several types in one column of SQLite, each as its text."""
