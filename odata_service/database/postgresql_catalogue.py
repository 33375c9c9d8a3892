"""The catalogue of a PostgreSQL schema: tables, partitioned and foreign ones too, views and materialized views.

The schema is the first on the search path, `public` where nothing else is set. Domains are resolved to what they are
made of; their checks count for the columns that have them.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from peewee import Database

from odata_service.database.catalogue import Catalogue, Column, Reference, Table, is_hidden
from odata_service.database.checks import listed_values

_TABLES = """
SELECT c.oid, c.relname, c.relkind IN ('v', 'm'), obj_description(c.oid, 'pg_class')
FROM pg_class c
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
ORDER BY c.relname COLLATE "C"
"""
_COLUMNS = """
SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
       a.attidentity <> '', a.attgenerated <> '', col_description(a.attrelid, a.attnum), a.attnum
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY(%s)
ORDER BY a.attrelid, a.attnum
"""
_TYPES = "SELECT oid, format_type(oid, NULL), typtype = 'd', typbasetype, typtypmod, typnotnull FROM pg_type"
_LABELS = "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder"
_CONSTRAINTS = """
SELECT c.conrelid, c.contypid, c.contype, c.conkey, c.confrelid, c.confkey, c.confdeltype,
       CASE c.contype WHEN 'c' THEN pg_get_expr(c.conbin, c.conrelid) END
FROM pg_constraint c WHERE c.conrelid = ANY(%s) OR c.contypid <> 0
ORDER BY c.conrelid, c.conname COLLATE "C"
"""
_UNIQUE_INDEXES = """
SELECT indrelid, indkey::int2[] FROM pg_index
WHERE indisunique AND NOT indisprimary AND indpred IS NULL AND indexprs IS NULL AND indrelid = ANY(%s)
ORDER BY indrelid, indexrelid
"""
_DATABASE = """
SELECT current_database(), current_setting('default_transaction_read_only') = 'off' AND NOT pg_is_in_recovery()
"""

_ON_DELETE = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT", "a": "NO ACTION"}
_WITH_LENGTH = frozenset({"character varying", "character", "bit", "bit varying"})
_HEADER = 4
"""What PostgreSQL adds to a length, and to a number's digits, in a type's modifier."""

Row = Sequence[object]


class _Type(Struct, frozen=True):
    """A type: its name, what a domain is made of, and what is known of its values."""

    name: str
    base: int
    modifier: int
    required: bool
    labels: tuple[str, ...]


class _Found(Struct, frozen=True):
    """What the catalogue's queries gave, by the number of the table; names of columns by table and place."""

    types: Mapping[int, _Type]
    tables: Mapping[int, str]
    columns: Mapping[int, Sequence[Row]]
    names: Mapping[tuple[int, int], str]
    constraints: Mapping[int, Sequence[Row]]
    unique: Mapping[int, Sequence[Row]]

    def named(self, table: int, numbers: object) -> tuple[str, ...]:
        """The columns of a constraint."""
        assert isinstance(numbers, list), "the columns of a constraint are an array"
        return tuple(self.names[table, number] for number in numbers)


def read_postgresql(database: Database) -> Catalogue:
    """The catalogue of the schema that unqualified names mean."""
    listed = [row for row in _rows(database, _TABLES) if not is_hidden(str(row[1]))]
    identifiers = [_number(row[0]) for row in listed]
    columns = _grouped(_rows(database, _COLUMNS, identifiers))
    constraints = _rows(database, _CONSTRAINTS, identifiers)
    found = _Found(
        _types(database, constraints),
        {_number(row[0]): str(row[1]) for row in listed},
        columns,
        {(table, _number(row[9])): str(row[1]) for table, described in columns.items() for row in described},
        _grouped(constraints),
        _grouped(_rows(database, _UNIQUE_INDEXES, identifiers)),
    )
    name, is_writable = _rows(database, _DATABASE)[0]
    return Catalogue(str(name), "postgresql", tuple(_table(row, found) for row in listed), writable=bool(is_writable))


def _table(row: Row, found: _Found) -> Table:
    identifier = _number(row[0])
    constraints = found.constraints.get(identifier, ())
    return Table(
        str(row[1]),
        tuple(_column(described, found.types) for described in found.columns.get(identifier, ())),
        next((found.named(identifier, stated[3]) for stated in constraints if stated[2] == "p"), ()),
        tuple(found.named(identifier, index[1]) for index in found.unique.get(identifier, ())),
        tuple(_references(identifier, constraints, found)),
        tuple(str(stated[7]) for stated in constraints if stated[2] == "c"),
        comment=None if row[3] is None else str(row[3]),
        is_view=bool(row[2]),
    )


def _rows(database: Database, statement: str, identifiers: Sequence[int] | None = None) -> list[Row]:
    parameters = None if identifiers is None else (list(identifiers),)
    rows: list[Row] = database.execute_sql(statement, parameters).fetchall()  # type: ignore[no-untyped-call]  # no stub
    return rows


def _number(value: object) -> int:
    assert isinstance(value, int), "catalogues number what they describe"
    return value


def _grouped(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """Rows by their first value."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(_number(row[0]), []).append(row)
    return found


def _types(database: Database, constraints: Sequence[Row]) -> Mapping[int, _Type]:
    labels: dict[int, list[str]] = {}
    for row in _rows(database, _LABELS):
        labels.setdefault(_number(row[0]), []).append(str(row[1]))
    for row in constraints:
        allowed = listed_values(str(row[7])) if row[1] else None
        if allowed is not None and all(isinstance(value, str) for value in allowed[1]):
            labels.setdefault(_number(row[1]), [str(value) for value in allowed[1]])
    return {
        _number(identifier): _Type(
            str(name),
            _number(base) if is_domain else 0,
            _number(modifier),
            bool(required),
            tuple(labels.get(_number(identifier), ())),
        )
        for identifier, name, is_domain, base, modifier, required in _rows(database, _TYPES)
    }


def _column(row: Row, types: Mapping[int, _Type]) -> Column:
    found = types[_number(row[2])]
    modifier, required, labels = _number(row[3]), bool(row[4]), found.labels
    while found.base:
        modifier, required = found.modifier if modifier < 0 else modifier, required or found.required
        found = types[found.base]
        labels = labels or found.labels
    length, precision, scale = _facets(found.name, modifier)
    return Column(
        str(row[1]),
        "enum" if found.labels else found.name,
        nullable=not required,
        default=None if row[5] is None or row[7] else str(row[5]),
        generated=bool(row[7]),
        automatic=bool(row[6]),
        max_length=length,
        precision=precision,
        scale=scale,
        labels=labels,
        comment=None if row[8] is None else str(row[8]),
    )


def _facets(name: str, modifier: int) -> tuple[int | None, int | None, int | None]:
    """Length, precision and scale from a type's modifier; PostgreSQL keeps microseconds where nothing else is said."""
    if name in _WITH_LENGTH:
        return (modifier - _HEADER if name.startswith("character") else modifier) if modifier >= 0 else None, None, None
    if name == "numeric" and modifier >= _HEADER:
        return None, (modifier - _HEADER) >> 16, (modifier - _HEADER) & 0x7FF
    if name.startswith(("time", "interval")):
        digits = modifier & 0xFFFF
        return None, digits if modifier >= 0 and digits <= 6 else 6, None
    return None, None, None


def _references(table: int, constraints: Sequence[Row], found: _Found) -> Iterator[Reference]:
    """The foreign keys to tables of the same schema."""
    for row in constraints:
        target = found.tables.get(_number(row[4]))
        if row[2] == "f" and target is not None:
            own, referenced = found.named(table, row[3]), found.named(_number(row[4]), row[5])
            yield Reference(own, target, referenced, _ON_DELETE[str(row[6])])
