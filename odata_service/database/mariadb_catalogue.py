"""The catalogue of a MariaDB database, from its information_schema: tables and views."""

import re
from collections.abc import Sequence

from peewee import Database

from odata_service.database.catalogue import Catalogue, Column, Reference, Table, is_hidden

_TABLES = """
SELECT TABLE_NAME, TABLE_TYPE = 'VIEW', TABLE_COMMENT FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW') ORDER BY BINARY TABLE_NAME
"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE = 'YES', COLUMN_DEFAULT, EXTRA,
       CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLUMN_COMMENT, COLLATION_NAME,
       IS_GENERATED = 'ALWAYS'
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_KEYS = """
SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0 AND SUB_PART IS NULL
ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
"""
_REFERENCES = """
SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE
FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
  ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE()
ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""
_CHECKS = """
SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME
"""
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_LONGEST = 65_535
"""From here on a text's length is that of its type, and nobody's wish."""

Row = Sequence[object]


def read_mariadb(database: Database) -> Catalogue:
    """The catalogue of the database that a connection uses."""
    listed = [row for row in _rows(database, _TABLES) if not is_hidden(str(row[0]))]
    columns, keys, checks = (_grouped(_rows(database, statement)) for statement in (_COLUMNS, _KEYS, _CHECKS))
    references = _grouped(_rows(database, _REFERENCES))
    name, is_read_only = _rows(database, "SELECT DATABASE(), @@read_only")[0]
    return Catalogue(
        str(name),
        "mariadb",
        tuple(_table(row, columns, keys, references, checks) for row in listed),
        writable=not is_read_only,
    )


def _rows(database: Database, statement: str) -> list[Row]:
    rows: list[Row] = database.execute_sql(statement).fetchall()  # type: ignore[no-untyped-call]  # no stub
    return rows


Grouped = dict[str, list[Row]]


def _grouped(rows: Sequence[Row]) -> Grouped:
    """Rows by the table that they speak of."""
    found: Grouped = {}
    for row in rows:
        found.setdefault(str(row[0]), []).append(row)
    return found


def _table(row: Row, columns: Grouped, keys: Grouped, references: Grouped, checks: Grouped) -> Table:
    name, is_view = str(row[0]), bool(row[1])
    unique: dict[str, list[str]] = {}
    for _, index, column in keys.get(name, ()):
        unique.setdefault(str(index), []).append(str(column))
    key = tuple(unique.pop("PRIMARY", ()))
    return Table(
        name,
        tuple(_column(described) for described in columns.get(name, ())),
        key,
        tuple(tuple(parts) for parts in unique.values()),
        _references(references.get(name, ())),
        tuple(str(check[1]) for check in checks.get(name, ())),
        comment=None if is_view or not row[2] else str(row[2]),
        is_view=is_view,
    )


def _column(row: Row) -> Column:
    extra, declared, type_name = str(row[6]).lower(), str(row[3]).lower(), str(row[2]).lower()
    length = row[7] if isinstance(row[7], int) and row[7] < _LONGEST else None
    is_listed = type_name in {"enum", "set"}
    default = None if row[5] is None else str(row[5])
    return Column(
        str(row[1]),
        _type_name(type_name, declared),
        nullable=bool(row[4]),
        default=None if row[13] else default,
        generated=bool(row[13]),
        automatic="auto_increment" in extra,
        max_length=None if is_listed else length,
        precision=_digits(row[8] if row[10] is None else row[10]),
        scale=_digits(row[9]),
        labels=tuple(found.replace("''", "'") for found in _LABEL.findall(str(row[3]))) if type_name == "enum" else (),
        comment=str(row[11]) or None,
        collation=None if row[12] is None else str(row[12]),
    )


def _type_name(type_name: str, declared: str) -> str:
    """The type with what matters of its display: one digit makes a truth value, unsigned another range."""
    if declared.startswith("tinyint(1)"):
        return "boolean"
    return f"{type_name} unsigned" if "unsigned" in declared else type_name


def _digits(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _references(rows: Sequence[Row]) -> tuple[Reference, ...]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(str(row[1]), []).append(row)
    return tuple(
        Reference(
            tuple(str(row[2]) for row in parts),
            str(parts[0][3]),
            tuple(str(row[4]) for row in parts),
            str(parts[0][5]),
        )
        for parts in grouped.values()
    )
