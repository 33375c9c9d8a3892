"""SQLite: what it lacks are functions registered with each connection (`database.functions`), exact decimals are text.

Instants are kept as `YYYY-MM-DDThh:mm:ss[.f]` in UTC, so that their parts are parts of the text.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec.structs import replace
from peewee import SQL, Entity, Function, Node, NodeList, Select, SqliteDatabase, fn

from odata_service.database import Form, Stored, decode_decimal, encode_decimal
from odata_service.database.clocks import Clock
from odata_service.database.conversions import CONVERSIONS, Conversion, conversions_in, unreadable
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import ArithmeticFailure, PayloadError
from odata_service.semantics.functions import REPLACE
from odata_service.sql.families.family import Aggregates, Build, Codec, Dialect, Family, Operations, Parents
from odata_service.sql.families.sqlite_changes import CHANGE_LOG
from odata_service.sql.families.sqlite_documents import DOCUMENTS
from odata_service.sql.families.sqlite_found import fits_of
from odata_service.sql.families.sqlite_texts import TEXT_INDEX
from odata_service.sql.families.upserts import on_conflict
from odata_service.sql.families.written import by_kind, derived_table, substring, wrapped
from odata_service.sql.families.written import written as written_with
from odata_service.sql.slots import filled

_MOST_ARGUMENTS = 100
"""How many arguments SQLite gives a function."""

_REMEMBERED = 4_096
"""How many values of a form are remembered as read: dates and prices repeat."""

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


def written(text: str) -> Build:
    """A builder of SQL text."""
    return written_with(text, derived_table())


def _part(of_instant: tuple[int, int], of_other: tuple[int, int]) -> Build:
    """A whole number cut out of a temporal text; the places differ between an instant and a date or time."""
    instant, other = (
        written(f"CAST(substr({{0}}, {start}, {length}) AS INTEGER)") for start, length in (of_instant, of_other)
    )
    return by_kind({Kind.INSTANT: instant}, other)


def _measured(text: str) -> Build:
    """A measure on a sphere for geographies, in a plane for geometries."""
    return by_kind({Kind.GEOGRAPHY: written(text.format("sphere"))}, written(text.format("plane")))


FUNCTIONS: Mapping[str, Build] = {
    "concat": written("{0} || {1}"),
    "contains": written("instr({0}, {1}) > 0"),
    "startswith": written("substr({0}, 1, length({1})) = {1}"),
    "endswith": written("substr({0}, -length({1}), length({1})) = {1}"),
    "indexof": written("instr({0}, {1}) - 1"),
    "length": written("length({0})"),
    "substring": substring(
        written("substr({0}, CASE WHEN {1} < 0 THEN {1} ELSE {1} + 1 END)"), written("substr({0}, 1, max({1}, 0))")
    ),
    REPLACE: written("replace({0}, {1}, {2})"),
    "tolower": written("odata_tolower({0})"),
    "toupper": written("odata_toupper({0})"),
    "trim": written("odata_trim({0})"),
    "date": written("substr({0}, 1, 10)"),
    "time": written("substr({0}, 12)"),
    "year": _part((1, 4), (1, 4)),
    "month": _part((6, 2), (6, 2)),
    "day": _part((9, 2), (9, 2)),
    "hour": _part((12, 2), (1, 2)),
    "minute": _part((15, 2), (4, 2)),
    "second": _part((18, 2), (7, 2)),
    "fractionalseconds": written("odata_fraction({0})"),
    "totaloffsetminutes": written("length({0}) * 0"),
    "totalseconds": written("odata_seconds({0})"),
    "now": lambda _, __: filled("now"),
    "mindatetime": written("'0001-01-01T00:00:00'"),
    "maxdatetime": written("'9999-12-31T23:59:59.9999999'"),
    "round": written("odata_round({0})"),
    "floor": written("odata_floor({0})"),
    "ceiling": written("odata_ceiling({0})"),
    "matchespattern": written("odata_matches({0}, {1})"),
    "geo.distance": _measured("odata_{}_distance({{0}}, {{1}})"),
    "geo.length": _measured("odata_{}_length({{0}})"),
    "geo.intersects": written("odata_intersects({0}, {1})"),
}

_INSTANT, _DATE, _DURATION = Kind.INSTANT, Kind.DATE, Kind.DURATION
_ARITHMETIC: Mapping[tuple[str, Kind, Kind], Build] = {
    **{
        (operator, kind, kind): written(f"{{0}} {sign} {{1}}")
        for operator, sign in (("add", "+"), ("sub", "-"), ("mul", "*"))
        for kind in (Kind.INTEGER, Kind.FLOAT)
    },
    ("has", Kind.ENUMERATION, Kind.ENUMERATION): written("({0} & {1}) = {1}"),
    ("div", Kind.INTEGER, Kind.INTEGER): written("odata_div({0}, {1})"),
    ("mod", Kind.INTEGER, Kind.INTEGER): written("odata_mod({0}, {1})"),
    ("div", Kind.FLOAT, Kind.FLOAT): written("odata_float_div({0}, {1})"),
    ("divby", Kind.FLOAT, Kind.FLOAT): written("odata_float_div({0}, {1})"),
    ("mod", Kind.FLOAT, Kind.FLOAT): written("odata_float_mod({0}, {1})"),
    **{
        (operator, Kind.DECIMAL, Kind.DECIMAL): written(f"odata_decimal_{name}({{0}}, {{1}})")
        for operator, name in (
            ("add", "add"),
            ("sub", "sub"),
            ("mul", "mul"),
            ("div", "div"),
            ("divby", "div"),
            ("mod", "mod"),
        )
    },
    ("add", _INSTANT, _DURATION): written("odata_instant_add({0}, {1})"),
    ("sub", _INSTANT, _DURATION): written("odata_instant_add({0}, -({1}))"),
    ("sub", _INSTANT, _INSTANT): written("odata_instant_sub({0}, {1})"),
    ("add", _DATE, _DURATION): written("odata_date_add({0}, {1})"),
    ("sub", _DATE, _DURATION): written("odata_date_add({0}, -({1}))"),
    ("sub", _DATE, _DATE): written("odata_date_sub({0}, {1})"),
    ("add", _DURATION, _DURATION): written("{0} + {1}"),
    ("sub", _DURATION, _DURATION): written("{0} - {1}"),
    **{("mul", _DURATION, kind): written("odata_duration_scale({0}, {1}, 0)") for kind in _NUMBERS},
    **{("mul", kind, _DURATION): written("odata_duration_scale({1}, {0}, 0)") for kind in _NUMBERS},
    **{
        (operator, _DURATION, kind): written("odata_duration_scale({0}, {1}, 1)")
        for operator in ("div", "divby")
        for kind in _NUMBERS
    },
}


def _convert(node: Node, source: TypeRef, target: TypeRef) -> Node:
    match kind_of(source), kind_of(target):
        case _, Kind.DECIMAL:
            return fn.odata_decimal(node)
        case Kind.DECIMAL, Kind.FLOAT:
            return fn.odata_decimal_float(node)
        case Kind.INTEGER, Kind.FLOAT:
            return written("CAST({0} AS REAL)")([node], ())
        case _:
            return node


def _cast(node: Node, source: TypeRef, target: TypeRef) -> Node:
    return written(f"odata_cast({{0}}, '{source.name}', '{target.name}')")([node], ())


def _encode_float(value: float) -> float:
    """SQLite would turn NaN into null without a word."""
    if math.isnan(value):
        raise PayloadError("NaN cannot be kept in this database.", hint="Leave the value out or write null.")
    return value


def _whole(value: Stored) -> PrimitiveValue:
    """SQLite goes on with a float where whole numbers leave 64 bits."""
    if isinstance(value, float):
        raise ArithmeticFailure("A number is beyond 64 bits.", hint="Filter such rows out first.")
    assert isinstance(value, int), "whole numbers are computed"
    return value


VALUES: Mapping[Kind, Codec] = {
    Kind.BOOLEAN: Codec("INTEGER", encode=int),
    Kind.INTEGER: Codec("INTEGER", decode=_whole),
    Kind.DECIMAL: Codec("TEXT", encode=encode_decimal, decode=decode_decimal),
    Kind.FLOAT: Codec("REAL", encode=_encode_float),
    Kind.STRING: Codec("TEXT", key_type="TEXT"),
    Kind.GUID: Codec("TEXT"),
    Kind.BINARY: Codec("BLOB"),
    Kind.DATE: Codec("TEXT"),
    Kind.TIME_OF_DAY: Codec("TEXT"),
    Kind.INSTANT: Codec("TEXT"),
    Kind.DURATION: Codec("INTEGER", decode=_whole),
    Kind.ENUMERATION: Codec("INTEGER"),
    Kind.GEOGRAPHY: Codec("TEXT"),
    Kind.GEOMETRY: Codec("TEXT"),
    Kind.UNTYPED: Codec("TEXT"),
}


_USUAL = {
    Form.TIMESTAMP: ("????-??-?? ??:??:??", "replace({0}, ' ', 'T')"),
    Form.ISO: ("????-??-??T??:??:??", "{0}"),
    Form.TIMESTAMPTZ: ("????-??-??[T ]??:??:??Z", "replace(substr({0}, 1, 19), ' ', 'T')"),
}
"""The usual spelling in a form, and its value as SQL has it: ten times as fast as a function of ours, row by row."""


def _converted(conversion: Conversion) -> Codec:
    """A form that a column of somebody else's has."""
    inner = VALUES[conversion.kind]

    def encode(value: PrimitiveValue) -> Stored:
        stored = inner.encode(value) if inner.encode is not None else value
        assert isinstance(stored, int | float | str | bytes), "values that are not null are encoded"
        return conversion.write(stored)

    @lru_cache(_REMEMBERED)
    def decode(value: Stored) -> PrimitiveValue:
        try:
            read = conversion.read(value)  # type: ignore[arg-type]  # nulls are not decoded
        except ValueError as error:
            raise unreadable(conversion, error) from error
        return inner.decode(read) if inner.decode is not None else bool(read) if is_boolean else read

    is_boolean = conversion.kind is Kind.BOOLEAN
    name = conversion.form.name.lower()
    read = f"odata_from_{name}({{0}})"
    if conversion in CONVERSIONS and conversion.form in _USUAL:
        usual, text = _USUAL[conversion.form]
        read = f"CASE WHEN {{0}} GLOB '{usual}' THEN {text} ELSE {read} END"
    return Codec(
        encode=encode,
        decode=decode,
        plain=wrapped(written(read)),
        kept=wrapped(written(f"odata_to_{name}({{0}})")),
        compares=conversion.compares,
    )


_by_character = wrapped(written("{0} COLLATE BINARY"))
"""A text whose column folds case, or ignores trailing blanks, as its characters are."""


COLUMNS: Mapping[tuple[Form, Kind], Codec] = {
    **{(Form.CANONICAL, kind): codec for kind, codec in VALUES.items()},
    **dict.fromkeys(((Form.CANONICAL, Kind.INTEGER), (Form.CANONICAL, Kind.DURATION)), Codec("INTEGER")),
    (Form.TEXT, Kind.STRING): Codec("TEXT", plain=_by_character, compares=False),
    **{(known.form, known.kind): _converted(known) for known in CONVERSIONS},
}


def _parents(codecs: Sequence[Codec], name: str = "parents") -> Parents:
    """A JSON array, each member a value or an array of values."""
    value = Entity("p", "value")
    members = [value] if len(codecs) == 1 else [fn.json_extract(value, SQL(f"'$[{n}]'")) for n in range(len(codecs))]
    key = tuple(
        member if codec.kept is None else codec.kept(member) for member, codec in zip(members, codecs, strict=True)
    )
    source = NodeList((fn.json_each(filled(name)), SQL("AS"), Entity("p")))
    return Parents(source, Entity("p", "key"), key, (_member,) * len(codecs))


def _member(value: PrimitiveValue) -> Stored:
    return encode_decimal(value) if isinstance(value, Decimal) else value


def _versions() -> Node:
    return Select([fn.json_each(filled("versions"))], [Entity("value")])


def _hashed(parts: Sequence[Node]) -> Node:
    if len(parts) > _MOST_ARGUMENTS:
        first, rest = parts[:_MOST_ARGUMENTS], parts[_MOST_ARGUMENTS:]
        return _hashed([_hashed(first), *rest])
    return Function("odata_version", tuple(parts))


@lru_cache
def _affinity(declared: str) -> str:
    """The affinity that SQLite gives a declared type."""
    upper = declared.upper()
    if "INT" in upper or "BOOL" in upper:
        return "INTEGER"
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in upper or not upper:
        return "BLOB"
    return "REAL" if any(part in upper for part in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


_NEW_GUID = (
    "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || "
    "substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))"
)


def _beside(comparison: Node) -> Node:
    """A comparison that is true of nearly each row.

    SQLite takes one of a left join for a filter where an index has all of it, and then reads the whole table through
    that index, row by row: four times as long as the table itself.
    """
    return Function("likely", (comparison,))


SQLITE = Family(
    name="sqlite",
    dialect=Dialect(
        SqliteDatabase(None),
        placeholder="?",
        quote='"',
        same="IS",
        false="0",
        insert_missing="INSERT OR IGNORE {}",
        type_name=_affinity,
        table_options=" WITHOUT ROWID",
        new_guid=_NEW_GUID,
        most_subqueries=4,
        limits_each=True,
    ),
    values=VALUES,
    columns=COLUMNS,
    operations=Operations(
        FUNCTIONS,
        _ARITHMETIC,
        {
            Kind.INTEGER: written("-({0})"),
            Kind.FLOAT: written("-({0})"),
            Kind.DURATION: written("-({0})"),
            Kind.DECIMAL: written("odata_decimal_sub('o', {0})"),
        },
        _convert,
        _cast,
        aggregates=Aggregates(decimal_sum="odata_sum"),
    ),
    documents=DOCUMENTS,
    parents=_parents,
    versions=_versions,
    hashed=_hashed,
    beside=_beside,
    upsert=on_conflict,
    change_log=CHANGE_LOG,
    text_index=TEXT_INDEX,
    fits=fits_of,
)


def sqlite_in(clock: Clock | None) -> Family:
    """SQLite where times without a zone are those of a clock."""
    if clock is None:
        return SQLITE
    local = {(known.form, known.kind): _converted(known) for known in conversions_in(clock)}
    return replace(SQLITE, columns={**COLUMNS, **local})
