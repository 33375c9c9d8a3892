"""The type of a column becomes a type of the model, and the form in which the column keeps its values.

PostgreSQL and MariaDB mean what they declare: a table of names tells the type. SQLite's declared types are mere words:
each has candidates, and the first one that a sample of the values fits is taken; where none fits, or nothing is
declared, the values alone decide.
"""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from odata_service.database import Form, Stored
from odata_service.database.catalogue import Column
from odata_service.database.conversions import CONVERSIONS
from odata_service.edm.types import Facets, Kind, TypeRef, kind_of

_BY_FORM = {known.form: known for known in CONVERSIONS}


class ColumnType(Struct, frozen=True):
    """A column's type, its form, and what is to be said about it."""

    type: TypeRef
    form: Form = Form.CANONICAL
    remark: str | None = None


class Candidate(Struct, frozen=True):
    """A type and form that a declared type may stand for, and the test that each of its values passes."""

    type: str
    form: Form
    fits: Callable[[Stored], bool]


def column_type(column: Column, family: str) -> ColumnType:
    """What a column of a family's database is in the model."""
    if family == "sqlite":
        return _sampled_type(column)
    declared = _declared(column, family)
    if declared is None:
        remark = f"its type '{column.type}' has no like in OData: it is read as Edm.String"
        return ColumnType(TypeRef("Edm.String", nullable=column.nullable), _OTHER[family], remark)
    name, form = declared
    if form is Form.TEXT and (column.collation or "").endswith(_EXACT_COLLATION):
        form = Form.CANONICAL
    return ColumnType(_type_ref(name, column), form)


def _declared(column: Column, family: str) -> tuple[str, Form] | None:
    """The type and form of what a server declares; of several bits MariaDB makes a number, PostgreSQL a text."""
    width = column.precision or column.max_length or 1
    if column.type == "bit" and width > 1:
        return ("Edm.Int64", Form.BIT) if family == "mariadb" and width < _BITS_OF_INT64 else None
    return _DECLARED[family].get(column.type)


def is_spelled_one_way(column: Column, form: Form) -> bool:
    """Whether equal values of a column are the same in the database, as those of a key must be to be found."""
    conversion = _BY_FORM.get(form)
    if conversion is None or conversion.compares:
        return True
    return all(conversion.write(conversion.read(value)) == value for value in column.sample if value is not None)


def _type_ref(name: str, column: Column) -> TypeRef:
    facets = Facets()
    kind = kind_of(TypeRef(name))
    if kind in {Kind.STRING, Kind.BINARY}:
        too_long = any(
            isinstance(value, str | bytes) and len(value) > (column.max_length or 0) for value in column.sample
        )
        facets = Facets(max_length=None if too_long else column.max_length)
    elif kind is Kind.DECIMAL:
        facets = Facets(precision=column.precision, scale="variable" if column.scale is None else column.scale)
    elif kind in {Kind.INSTANT, Kind.TIME_OF_DAY, Kind.DURATION}:
        facets = Facets(precision=7 if column.precision is None else column.precision)
    return TypeRef(name, nullable=column.nullable, facets=facets)


def _integers(minimum: int, maximum: int) -> Callable[[Stored], bool]:
    return lambda value: isinstance(value, int) and minimum <= value <= maximum


def _text(pattern: str, form: Form | None = None) -> Callable[[Stored], bool]:
    """That a value is text of this pattern, and of the form."""
    compiled = re.compile(pattern, re.ASCII)

    def fits(value: Stored) -> bool:
        return (
            isinstance(value, str) and compiled.fullmatch(value) is not None and (form is None or _reads(form, value))
        )

    return fits


def _reads(form: Form, value: Stored) -> bool:
    """Whether a value is one of a form."""
    assert value is not None, "samples have no nulls"
    try:
        _BY_FORM[form].read(value)
    except ValueError:
        return False
    return True


def _numbers(minimum: float, maximum: float) -> Callable[[Stored], bool]:
    return lambda value: isinstance(value, int | float) and minimum <= value <= maximum


def _is_text(value: Stored) -> bool:
    return isinstance(value, str)


_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(:\d\d(\.\d{1,7}0*)?)?"
_OFFSET = r" ?([Zz]|[+-]\d\d(:?\d\d)?)"
_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_BOOLEANS = (
    Candidate("Edm.Boolean", Form.CANONICAL, _integers(0, 1)),
    Candidate("Edm.Boolean", Form.WORDS, _text(r"(?i:true|false|t|f)")),
    Candidate("Edm.Boolean", Form.YES_NO, _text(r"(?i:yes|no|y|n)")),
)
_INT64 = Candidate("Edm.Int64", Form.CANONICAL, _integers(-(2**63), 2**63 - 1))
_INT32 = Candidate("Edm.Int32", Form.CANONICAL, _integers(-(2**31), 2**31 - 1))
_INT16 = Candidate("Edm.Int16", Form.CANONICAL, _integers(-(2**15), 2**15 - 1))
_DECIMAL = Candidate(
    "Edm.Decimal", Form.NUMBER, lambda value: not isinstance(value, bytes) and _reads(Form.NUMBER, value)
)
_DOUBLE = Candidate("Edm.Double", Form.CANONICAL, lambda value: isinstance(value, int | float))
_STRING = Candidate("Edm.String", Form.CANONICAL, _is_text)
_FOLDED = Candidate("Edm.String", Form.TEXT, _is_text)
_BINARY = Candidate("Edm.Binary", Form.CANONICAL, lambda value: isinstance(value, bytes))
_ANYTHING = Candidate("Edm.String", Form.ANYTHING, lambda value: True)
_INSTANTS = (
    Candidate("Edm.DateTimeOffset", Form.TIMESTAMP, _text(rf"{_DATE}( {_TIME})?", Form.TIMESTAMP)),
    Candidate("Edm.DateTimeOffset", Form.ISO, _text(rf"{_DATE}(T{_TIME})?", Form.ISO)),
    Candidate("Edm.DateTimeOffset", Form.TIMESTAMPTZ, _text(rf"{_DATE}[T ]{_TIME}{_OFFSET}", Form.TIMESTAMPTZ)),
    Candidate("Edm.DateTimeOffset", Form.TIMESTAMPTZ, _text(rf"{_DATE}([T ]{_TIME}({_OFFSET})?)?", Form.TIMESTAMPTZ)),
    Candidate("Edm.DateTimeOffset", Form.JULIAN_DAY, lambda value: isinstance(value, float) and 1e6 < value < 6e6),
    Candidate("Edm.DateTimeOffset", Form.EPOCH, _numbers(-6e10, 1e11)),
    Candidate("Edm.DateTimeOffset", Form.EPOCH_MILLISECONDS, _numbers(-6e13, 2.5e14)),
)
_DATES = (
    Candidate("Edm.Date", Form.CANONICAL, _text(_DATE, Form.TIMESTAMP)),
    Candidate("Edm.Date", Form.DATE, _text(rf"{_DATE}([ T]00:00(:00(\.0+)?)?)?", Form.DATE)),
    *_INSTANTS,
)
_TIMES = (
    Candidate("Edm.TimeOfDay", Form.CANONICAL, _text(r"\d\d:\d\d:\d\d", Form.TIME)),
    Candidate("Edm.TimeOfDay", Form.TIME, _text(_TIME, Form.TIME)),
)
_GUIDS = (
    Candidate("Edm.Guid", Form.CANONICAL, _text(_GUID)),
    Candidate("Edm.Guid", Form.UPPER, _text(_GUID.replace("a-f", "A-F"))),
    Candidate("Edm.Guid", Form.HEX, _text("[0-9a-f]{32}")),
    Candidate("Edm.Guid", Form.BYTES, lambda value: isinstance(value, bytes) and len(value) == 16),
    Candidate("Edm.Guid", Form.UUID, _text(".*", Form.UUID)),
)
_UNDECLARED = (_INT64, _DOUBLE, _STRING, _BINARY, _ANYTHING)

_SQLITE: tuple[tuple[str, tuple[Candidate, ...]], ...] = (
    (r".*bool.*|bit", _BOOLEANS),
    (r"tinyint", (_INT16, _INT64)),
    (r"smallint|int2", (_INT16, _INT64)),
    (r"int|mediumint|int4", (_INT32, _INT64)),
    (r".*int(?!er).*|.*serial", (_INT64,)),
    (r"date", _DATES),
    (r".*(?:datetime|timestamp|smalldatetime).*", _INSTANTS),
    (r"time.*", _TIMES),
    (r".*(?:uuid|guid|uniqueidentifier).*", _GUIDS),
    (r".*(?:dec|num|money|currency).*", (_DECIMAL,)),
    (r".*(?:real|floa|doub).*", (_DOUBLE,)),
    (r".*(?:char|clob|text|string|json|xml|enum|url|mail).*", (_STRING,)),
    (r".*(?:blob|binary|image|bytea).*", (_BINARY,)),
)
"""Candidates by declared type, in SQLite: the first row whose pattern takes the type counts."""


def _sampled_type(column: Column) -> ColumnType:
    candidates = next((found for pattern, found in _SQLITE if re.fullmatch(pattern, column.type)), ())
    if column.type == "tinyint" and column.max_length == 1:
        candidates = (*_BOOLEANS, *candidates)
    if (column.collation or "binary").lower() != "binary":
        candidates = (*(_FOLDED if known is _STRING else known for known in candidates),)
    fitting = _first(candidates, column.sample)
    if fitting is not None:
        return ColumnType(_type_ref(fitting.type, column), fitting.form)
    found = _first(_UNDECLARED, column.sample) if column.sample else _ANYTHING
    assert found is not None, "the last candidate takes everything"
    remark = _remark(column, candidates)
    return ColumnType(_type_ref(found.type, column), found.form, remark and f"{remark}: it is read as {found.type}")


def _remark(column: Column, candidates: Sequence[Candidate]) -> str | None:
    """What a reader of the definition should know where the declared type did not tell."""
    if candidates:
        return f"it is declared {column.type.upper()}, but holds {_odd_value(column.sample, candidates)}"
    if column.type:
        return f"its type '{column.type}' is not known"
    return None if column.sample else "it has no type, and no value tells one"


def _odd_value(sample: Sequence[Stored], candidates: Sequence[Candidate]) -> str:
    """The first value that the candidate does not fit which fits the most."""
    likely = max(candidates, key=lambda known: sum(map(known.fits, sample)))
    odd = next(value for value in sample if not likely.fits(value))
    return f"bytes ({odd.hex()[:_SHOWN]})" if isinstance(odd, bytes) else repr(odd)[:_SHOWN]


def _first(candidates: Sequence[Candidate], sample: Sequence[Stored]) -> Candidate | None:
    return next((known for known in candidates if all(known.fits(value) for value in sample)), None)


_BITS_OF_INT64 = 64
_SHOWN = 40
"""How much of a value a message shows."""
_SAME = Form.CANONICAL
_OTHER = {"postgresql": Form.ENUM, "mariadb": Form.TEXT}
"""The form of columns whose type is not listed: those of enumerations come and go as texts too."""
_EXACT_COLLATION = "_nopad_bin"

_DECLARED: dict[str, dict[str, tuple[str, Form]]] = {
    "postgresql": {
        "boolean": ("Edm.Boolean", _SAME),
        "smallint": ("Edm.Int16", _SAME),
        "integer": ("Edm.Int32", _SAME),
        "bigint": ("Edm.Int64", _SAME),
        "numeric": ("Edm.Decimal", _SAME),
        "real": ("Edm.Single", _SAME),
        "double precision": ("Edm.Double", _SAME),
        "text": ("Edm.String", _SAME),
        "character varying": ("Edm.String", _SAME),
        "character": ("Edm.String", Form.TEXT),
        "citext": ("Edm.String", Form.TEXT),
        "name": ("Edm.String", Form.TEXT),
        **dict.fromkeys(("enum", "json", "jsonb", "xml", "inet", "cidr", "macaddr"), ("Edm.String", Form.ENUM)),
        "uuid": ("Edm.Guid", _SAME),
        "bytea": ("Edm.Binary", _SAME),
        "date": ("Edm.Date", Form.DATE),
        "time without time zone": ("Edm.TimeOfDay", Form.TIME),
        "timestamp without time zone": ("Edm.DateTimeOffset", Form.TIMESTAMP),
        "timestamp with time zone": ("Edm.DateTimeOffset", Form.TIMESTAMPTZ),
        "interval": ("Edm.Duration", Form.INTERVAL),
        "bit": ("Edm.Boolean", Form.BIT),
    },
    "mariadb": {
        "boolean": ("Edm.Boolean", Form.NUMBER),
        "tinyint": ("Edm.SByte", _SAME),
        "tinyint unsigned": ("Edm.Byte", _SAME),
        "smallint": ("Edm.Int16", _SAME),
        "smallint unsigned": ("Edm.Int32", _SAME),
        "mediumint": ("Edm.Int32", _SAME),
        "mediumint unsigned": ("Edm.Int32", _SAME),
        "int": ("Edm.Int32", _SAME),
        "int unsigned": ("Edm.Int64", _SAME),
        "bigint": ("Edm.Int64", _SAME),
        "bigint unsigned": ("Edm.Decimal", Form.NUMBER),
        "year": ("Edm.Int16", _SAME),
        "decimal": ("Edm.Decimal", Form.NUMBER),
        "float": ("Edm.Single", _SAME),
        "double": ("Edm.Double", _SAME),
        **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), ("Edm.String", Form.TEXT)),
        "json": ("Edm.String", Form.TEXT),
        "enum": ("Edm.String", Form.ENUM),
        "set": ("Edm.String", Form.ENUM),
        **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), ("Edm.Binary", _SAME)),
        "date": ("Edm.Date", Form.DATE),
        "datetime": ("Edm.DateTimeOffset", Form.TIMESTAMP),
        "timestamp": ("Edm.DateTimeOffset", Form.TIMESTAMPTZ),
        "time": ("Edm.Duration", Form.INTERVAL),
        "uuid": ("Edm.Guid", Form.UUID),
        "bit": ("Edm.Boolean", Form.BIT),
    },
}
"""Types by the names of the databases that mean what they declare."""
