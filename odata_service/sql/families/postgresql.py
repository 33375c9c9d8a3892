"""PostgreSQL: values have its own types where these hold all of them; instants and times of day are text, to 100 ns.

Text is compared by character, whatever the collation of a column. What each operation is stands in
`postgresql_operations`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from uuid import UUID

from peewee import SQL, Cast, Entity, Node, NodeList, PostgresqlDatabase, Select, fn

from odata_service.database import Form
from odata_service.database.clocks import Clock
from odata_service.database.conversions import CONVERSIONS, EPOCH
from odata_service.edm.temporal import TICKS_PER_SECOND
from odata_service.edm.types import Kind
from odata_service.edm.values import print_decimal
from odata_service.errors import PayloadError
from odata_service.sql.families.family import Codec, Dialect, Encode, Family, Parents, literal
from odata_service.sql.families.local_times import in_zone
from odata_service.sql.families.nearest import nearest_time, read_date, read_instant, trimmed
from odata_service.sql.families.postgresql_changes import CHANGE_LOG
from odata_service.sql.families.postgresql_documents import ANSWERS, DOCUMENTS
from odata_service.sql.families.postgresql_instants import INSTANT_OF_TICKS, written
from odata_service.sql.families.postgresql_operations import OPERATIONS
from odata_service.sql.families.postgresql_texts import TEXT_INDEX
from odata_service.sql.families.upserts import on_conflict
from odata_service.sql.families.written import wrapped
from odata_service.sql.slots import filled

_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_ALL_DIGITS = Context(prec=1_000)


def _without_nul(value: str) -> str:
    """PostgreSQL has no place for U+0000 in a text."""
    if "\0" in value:
        raise PayloadError("A text with the character U+0000 cannot be kept in this database.", hint="Leave it out.")
    return value


def _json_without_nul(value: str) -> str:
    """JSON writes U+0000 as an escape; a backslash that is itself escaped begins none."""
    if _ESCAPED_NUL.search(value):
        _without_nul("\0")
    return value


def _shortest(value: Decimal) -> str:
    """A number without the zeros behind it: the same, however it was written."""
    return print_decimal(value.normalize(_ALL_DIGITS))


def _decode_decimal(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if exponent == 0 or not isinstance(exponent, int):
        return value
    shortest = value.normalize(_ALL_DIGITS)
    return shortest if int(shortest.as_tuple().exponent) <= 0 else shortest.quantize(Decimal(1), context=_ALL_DIGITS)


_by_character = wrapped(written('{0} COLLATE "C"'))


_TEXT = Codec('TEXT COLLATE "C"', parameter="text", ordered=_by_character)
VALUES: Mapping[Kind, Codec] = {
    Kind.BOOLEAN: Codec("BOOLEAN", parameter="boolean"),
    Kind.INTEGER: Codec("BIGINT", parameter="bigint"),
    Kind.DECIMAL: Codec("NUMERIC", parameter="numeric", encode=_shortest, decode=_decode_decimal),
    Kind.FLOAT: Codec("DOUBLE PRECISION", parameter="double precision"),
    Kind.STRING: Codec(
        'TEXT COLLATE "C"', 'TEXT COLLATE "C"', parameter="text", encode=_without_nul, ordered=_by_character
    ),
    Kind.GUID: Codec("UUID", parameter="uuid"),
    Kind.BINARY: Codec("BYTEA", parameter="bytea"),
    Kind.DATE: Codec("DATE", parameter="date"),
    Kind.TIME_OF_DAY: _TEXT,
    Kind.INSTANT: _TEXT,
    Kind.DURATION: Codec("BIGINT", parameter="bigint"),
    Kind.ENUMERATION: Codec("BIGINT", parameter="bigint"),
    Kind.GEOGRAPHY: Codec("TEXT", parameter="text", encode=_without_nul),
    Kind.GEOMETRY: Codec("TEXT", parameter="text", encode=_without_nul),
    Kind.UNTYPED: Codec("JSONB", parameter="jsonb", encode=_json_without_nul),
}


def _encode_interval(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    return f"{'-' if ticks < 0 else ''}{seconds}.{fraction // 10:06} seconds"


_INSTANT_TEXT = "rtrim(rtrim(to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') COLLATE \"C\""
_LARGEST_TICKS = 2**63 - 1
_SECONDS_BEYOND_MONTHS = 453_600
"""PostgreSQL counts twelve months as 365.25 days, and a month as thirty."""


def _counted(form: Form, ticks_per_unit: int) -> Codec:
    """Instants counted from 1970 on, in a column of numbers."""
    conversion = next(known for known in CONVERSIONS if known.form is form)
    ticks = written(f"CAST(floor({{0}} * CAST({ticks_per_unit} AS numeric)) AS bigint) + {EPOCH}")
    return Codec(
        encode=conversion.write,
        decode=conversion.read,
        plain=lambda node: INSTANT_OF_TICKS([ticks([node], ())], (Kind.DURATION,)),
    )


COLUMNS: Mapping[tuple[Form, Kind], Codec] = {
    **{(Form.CANONICAL, kind): codec for kind, codec in VALUES.items()},
    (Form.TEXT, Kind.STRING): Codec(
        parameter="text", encode=_without_nul, plain=wrapped(written('CAST({0} AS text) COLLATE "C"')), compares=False
    ),
    (Form.ENUM, Kind.STRING): Codec(
        encode=_without_nul, plain=wrapped(written('CAST({0} AS text) COLLATE "C"')), compares=False
    ),
    (Form.TIMESTAMP, Kind.INSTANT): Codec(
        parameter="timestamp", encode=trimmed, decode=read_instant, plain=wrapped(written(_INSTANT_TEXT))
    ),
    (Form.TIMESTAMPTZ, Kind.INSTANT): Codec(
        parameter="timestamptz", encode=trimmed, decode=read_instant, plain=wrapped(written(_INSTANT_TEXT))
    ),
    (Form.DATE, Kind.DATE): Codec("DATE", parameter="date", decode=read_date),
    (Form.EPOCH, Kind.INSTANT): _counted(Form.EPOCH, TICKS_PER_SECOND),
    (Form.EPOCH_MILLISECONDS, Kind.INSTANT): _counted(Form.EPOCH_MILLISECONDS, TICKS_PER_SECOND // 1_000),
    (Form.TIME, Kind.TIME_OF_DAY): Codec(
        parameter="time", encode=trimmed, decode=nearest_time, plain=wrapped(written('CAST({0} AS text) COLLATE "C"'))
    ),
    (Form.INTERVAL, Kind.DURATION): Codec(
        parameter="interval",
        encode=_encode_interval,
        plain=wrapped(
            written(
                "CASE WHEN {0} IS NULL THEN NULL ELSE "
                "CAST(least(greatest((extract(epoch FROM {0}) - extract(year FROM {0}) * "
                f"{_SECONDS_BEYOND_MONTHS}) * {TICKS_PER_SECOND}, {-_LARGEST_TICKS}), {_LARGEST_TICKS}) AS bigint) END"
            )
        ),
    ),
    (Form.BIT, Kind.BOOLEAN): Codec(
        parameter="bit(1)", encode=lambda value: "1" if value else "0", plain=wrapped(written("{0} = B'1'"))
    ),
    (Form.BYTES, Kind.GUID): Codec(
        parameter="bytea",
        encode=lambda value: UUID(value).bytes,
        decode=lambda value: str(UUID(bytes=value)),
        plain=wrapped(written("CAST(encode({0}, 'hex') AS uuid)")),
    ),
}


def _parents(codecs: Sequence[Codec], name: str = "parents") -> Parents:
    """A JSON array, each member a value or an array of values.

    Its length stands there as a limit: without it the planner takes any array for one of a hundred members, and reads
    a whole table for a single parent.
    """
    is_single = len(codecs) == 1
    value = Entity("p", "value")
    each = fn.json_array_elements_text if is_single else fn.json_array_elements
    members = [value] if is_single else [NodeList((value, SQL(f"->> {place}"))) for place in range(len(codecs))]
    key = tuple(Cast(part, codec.parameter or "text") for part, codec in zip(members, codecs, strict=True))
    members_of = each(Cast(filled(name), "json"))
    length = fn.json_array_length(Cast(filled(name), "json"))
    numbered = SQL('WITH ORDINALITY AS "e" ("value", "number") LIMIT')
    source = NodeList((SQL("(SELECT * FROM"), members_of, numbered, length, SQL(') AS "p"')))
    return Parents(source, written("{0} - 1")([Entity("p", "number")], ()), key, tuple(map(_member_encoder, codecs)))


def _member_encoder(codec: Codec) -> Encode | None:
    """What makes a part of a key a value of JSON; decimals have no place there."""
    if codec.parameter == "numeric":
        return str
    if codec.parameter == "bytea":
        return lambda value: f"\\x{UUID(value).hex}"
    return codec.encode


def _versions() -> Node:
    source = fn.json_array_elements_text(Cast(filled("versions"), "json"))
    return Select([NodeList((source, SQL('AS "v" ("value")')))], [Cast(Entity("v", "value"), "bigint")])


def _hashed(parts: Sequence[Node]) -> Node:
    """59 bits, which are at most 18 digits, of the row's text."""
    row = fn.row(*parts)
    return written("CAST(CAST('x' || left(md5(CAST({0} AS text)), 15) AS bit(60)) AS bigint) >> 1")([row], ())


_ALIKE = {"character varying": "text", "character": "text", "numeric": "numeric", "double precision": "float8"}


def _type_name(declared: str) -> str:
    """A type's name without lengths and collation."""
    name = declared.lower().partition(" collate")[0].partition("(")[0].strip()
    return _ALIKE.get(name, name)


def _literal(value: object) -> str:
    """A value as SQL text: truth values and bytes have their own."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case bytes():
            return rf"'\x{value.hex()}'"
        case float() if not math.isfinite(value):
            return f"'{value}'"
        case _:
            return literal(value)


POSTGRESQL = Family(
    name="postgresql",
    dialect=Dialect(
        PostgresqlDatabase(None, prefer_psycopg3=True),
        placeholder="%s",
        quote='"',
        same="IS NOT DISTINCT FROM",
        false="FALSE",
        insert_missing="INSERT {} ON CONFLICT DO NOTHING",
        type_name=_type_name,
        states_nulls=True,
        name_length=63,
        most_columns=1_600,
        literal=_literal,
        new_guid="gen_random_uuid()",
        folds_case=False,
        looks_up=False,
    ),
    values=VALUES,
    columns=COLUMNS,
    operations=OPERATIONS,
    documents=DOCUMENTS,
    parents=_parents,
    versions=_versions,
    hashed=_hashed,
    upsert=on_conflict,
    change_log=CHANGE_LOG,
    text_index=TEXT_INDEX,
    answers=ANSWERS,
)


def postgresql_in(clock: Clock | None) -> Family:
    """PostgreSQL where timestamps without a zone are those of a clock."""
    return in_zone(
        POSTGRESQL,
        clock,
        lambda instant: wrapped(written(_INSTANT_TEXT.replace("{0}", instant))),
        "{0} - ({1}) * INTERVAL '1 second'",
    )
