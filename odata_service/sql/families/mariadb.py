"""MariaDB: values have its own types where these hold all of them; instants, times of day and GUIDs are text.

Text is compared by character, with the blanks at its end, whatever the collation of a column. What each operation is
stands in `mariadb_operations`.
"""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from uuid import UUID

from peewee import SQL, BaseQuery, Entity, Expression, MySQLDatabase, Node, NodeList, Select, fn

from odata_service.database import Form
from odata_service.database.clocks import Clock
from odata_service.database.conversions import CONVERSIONS, EPOCH
from odata_service.database.mariadb import COLLATION
from odata_service.edm.temporal import TICKS_PER_SECOND
from odata_service.edm.types import Kind
from odata_service.edm.values import print_decimal
from odata_service.errors import PayloadError
from odata_service.sql.families.family import Codec, Dialect, Encode, Family, Parents, Upsert, literal
from odata_service.sql.families.local_times import in_zone
from odata_service.sql.families.mariadb_changes import CHANGE_LOG
from odata_service.sql.families.mariadb_documents import ANSWERS, DOCUMENTS
from odata_service.sql.families.mariadb_instants import DECIMAL, INSTANT_OF_TICKS, TEXT, written
from odata_service.sql.families.mariadb_operations import OPERATIONS
from odata_service.sql.families.nearest import read_date, read_instant, trimmed
from odata_service.sql.families.written import wrapped
from odata_service.sql.slots import filled

_JSON = "longtext collate utf8mb4_bin"
"""What JSON is another name for; a check that it is JSON goes with it."""
_LONGEST_KEY = 768
"""So many characters an index takes."""
_WHOLE_DIGITS, _FRACTION_DIGITS = 35, 30
_ALL_DIGITS = Context(prec=1_000)


def _text(length: str) -> str:
    return f"VARCHAR({length}) CHARACTER SET utf8mb4 COLLATE {COLLATION}"


def _kept_decimal(value: Decimal) -> Decimal:
    """A decimal that a column holds whole; the driver writes it as the number that it is."""
    shortest = value.normalize(_ALL_DIGITS)
    exponent = shortest.as_tuple().exponent
    if value and (shortest.adjusted() >= _WHOLE_DIGITS or (isinstance(exponent, int) and -exponent > _FRACTION_DIGITS)):
        raise PayloadError(
            f"The number {value} cannot be kept in this database.",
            hint=f"It holds {_WHOLE_DIGITS} digits before the point and {_FRACTION_DIGITS} behind it.",
        )
    return shortest


def _decode_decimal(value: Decimal | int) -> Decimal:
    shortest = Decimal(value).normalize(_ALL_DIGITS)
    return shortest if int(shortest.as_tuple().exponent) <= 0 else shortest.quantize(Decimal(1), context=_ALL_DIGITS)


def _kept_float(value: float) -> float:
    if not math.isfinite(value):
        raise PayloadError("NaN and INF cannot be kept in this database.", hint="Leave the value out or write null.")
    return value


def _float(value: float) -> float:
    """The largest number stands for infinity; NaN, which nothing equals, has no like."""
    if math.isnan(value):
        raise PayloadError("NaN has no like in this database.", hint="Leave the comparison out.")
    return value if math.isfinite(value) else math.copysign(sys.float_info.max, value)


VALUES: Mapping[Kind, Codec] = {
    Kind.BOOLEAN: Codec("TINYINT(1)", encode=int),
    Kind.INTEGER: Codec("BIGINT"),
    Kind.DECIMAL: Codec(
        DECIMAL,
        parameter=DECIMAL,
        encode=print_decimal,
        decode=_decode_decimal,
        ordered=wrapped(written(f"CAST({{0}} AS {DECIMAL})")),  # products have more digits than a parameter
    ),
    Kind.FLOAT: Codec("DOUBLE", parameter="DOUBLE", encode=_float),
    Kind.STRING: Codec(TEXT, _text("{length}")),
    Kind.GUID: Codec(_text("36")),
    Kind.BINARY: Codec("LONGBLOB"),
    Kind.DATE: Codec("DATE", parameter="DATE"),
    Kind.TIME_OF_DAY: Codec(_text("16")),
    Kind.INSTANT: Codec(_text("27")),
    Kind.DURATION: Codec("BIGINT"),
    Kind.ENUMERATION: Codec("BIGINT"),
    Kind.GEOGRAPHY: Codec(TEXT),
    Kind.GEOMETRY: Codec(TEXT),
    Kind.UNTYPED: Codec("JSON"),
}


_CLOCK = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")


def _decode_interval(value: str) -> int:
    """The ticks of `-26:00:00.5`."""
    match = _CLOCK.fullmatch(value)
    assert match is not None, "the database prints times so"
    sign, hours, minutes, seconds, fraction = match.groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    ticks = whole * TICKS_PER_SECOND + int((fraction or "").ljust(7, "0"))
    return -ticks if sign else ticks


def _encode_interval(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return f"{'-' if ticks < 0 else ''}{clock}.{fraction // 10:06}"


def _counted(form: Form, ticks_per_unit: int) -> Codec:
    """Instants counted from 1970 on, in a column of numbers."""
    conversion = next(known for known in CONVERSIONS if known.form is form)
    ticks = written(f"CAST(FLOOR({{0}} * {ticks_per_unit}) AS SIGNED) + {EPOCH}")
    return Codec(
        "BIGINT",
        encode=conversion.write,
        decode=conversion.read,
        plain=lambda node: INSTANT_OF_TICKS([ticks([node], ())], (Kind.DURATION,)),
    )


_CHARACTERS = wrapped(written(f"CONVERT({{0}} USING utf8mb4) COLLATE {COLLATION}"))
_HEX = "LOWER(HEX({0}))"

_INSTANT_TEXT = (
    f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM DATE_FORMAT({{0}}, '%Y-%m-%dT%H:%i:%s.%f'))) COLLATE {COLLATION}"
)
_TIMESTAMP = Codec("DATETIME(6)", encode=trimmed, decode=read_instant, plain=wrapped(written(_INSTANT_TEXT)))

COLUMNS: Mapping[tuple[Form, Kind], Codec] = {
    **{(Form.CANONICAL, kind): codec for kind, codec in VALUES.items()},
    (Form.CANONICAL, Kind.DECIMAL): Codec(DECIMAL, encode=_kept_decimal, decode=_decode_decimal, compares=False),
    (Form.CANONICAL, Kind.FLOAT): Codec("DOUBLE", encode=_kept_float, compares=False),
    (Form.CANONICAL, Kind.DATE): Codec("DATE"),
    (Form.NUMBER, Kind.DECIMAL): Codec(DECIMAL, encode=_kept_decimal, decode=_decode_decimal, compares=False),
    (Form.TEXT, Kind.STRING): Codec(_text("255"), plain=_CHARACTERS, compares=False),
    (Form.ENUM, Kind.STRING): Codec(_text("255"), plain=_CHARACTERS, compares=False),
    (Form.TIMESTAMP, Kind.INSTANT): _TIMESTAMP,
    (Form.TIMESTAMPTZ, Kind.INSTANT): _TIMESTAMP,
    (Form.EPOCH, Kind.INSTANT): _counted(Form.EPOCH, TICKS_PER_SECOND),
    (Form.EPOCH_MILLISECONDS, Kind.INSTANT): _counted(Form.EPOCH_MILLISECONDS, TICKS_PER_SECOND // 1_000),
    (Form.DATE, Kind.DATE): Codec("DATE", decode=read_date),
    (Form.INTERVAL, Kind.DURATION): Codec(
        "TIME(6)",
        encode=_encode_interval,
        decode=_decode_interval,
        plain=wrapped(written(f"CAST(TIME_TO_SEC({{0}}) * {TICKS_PER_SECOND} AS SIGNED)")),
    ),
    (Form.UUID, Kind.GUID): Codec(
        _text("36"), plain=wrapped(written("CAST({0} AS CHAR(36))")), ordered=wrapped(written("CAST({0} AS CHAR(36))"))
    ),
    (Form.NUMBER, Kind.BOOLEAN): Codec("TINYINT(1)", encode=int, plain=wrapped(written("{0} <> 0")), compares=False),
    (Form.BIT, Kind.BOOLEAN): Codec("TINYINT(1)", encode=int, plain=wrapped(written("{0} + 0"))),
    (Form.BIT, Kind.INTEGER): Codec("BIGINT", plain=wrapped(written("{0} + 0"))),
    (Form.BYTES, Kind.GUID): Codec(
        _text("36"),
        encode=lambda value: UUID(value).bytes,
        decode=lambda value: str(UUID(bytes=value)),
        plain=wrapped(
            written(f"INSERT(INSERT(INSERT(INSERT({_HEX}, 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')")
        ),
        kept=wrapped(written("UNHEX(REPLACE({0}, '-', ''))")),
    ),
}


def _parents(codecs: Sequence[Codec], name: str = "parents") -> Parents:
    """A JSON array, each member a value or an array of values, as a table."""
    parts = [
        f"k{place} {(codec.key_type or codec.sql_type).format(length=_LONGEST_KEY)} PATH '$[{place}]'"
        for place, codec in enumerate(codecs)
    ]
    if len(codecs) == 1:
        parts = [parts[0].replace("'$[0]'", "'$'")]
    table = SQL(f", '$[*]' COLUMNS (number FOR ORDINALITY, {', '.join(parts)})) AS p")
    source = NodeList((SQL("JSON_TABLE("), filled(name), table), glue="")
    key = tuple(
        Entity("p", f"k{place}") if codec.kept is None else codec.kept(Entity("p", f"k{place}"))
        for place, codec in enumerate(codecs)
    )
    return Parents(source, written("{0} - 1")([Entity("p", "number")], ()), key, tuple(map(_member_encoder, codecs)))


def _member_encoder(codec: Codec) -> Encode | None:
    """What makes a part of a key a value of JSON; decimals have no place there."""
    return str if codec.sql_type == DECIMAL else None if codec.kept is not None else codec.encode


def _versions() -> Node:
    table = SQL(", '$[*]' COLUMNS (value BIGINT PATH '$')) AS v")
    source = NodeList((SQL("JSON_TABLE("), filled("versions"), table), glue="")
    return Select([source], [Entity("v", "value")])


def _hashed(parts: Sequence[Node]) -> Node:
    """59 bits, which are at most 18 digits, of the row's text."""
    row = fn.CONCAT_WS(SQL("','"), *(fn.QUOTE(part) for part in parts))
    return written("CAST(CONV(LEFT(MD5({0}), 15), 16, 10) AS SIGNED) >> 1")([row], ())


def _upsert(wanted: Upsert) -> BaseQuery:
    """INSERT … ON DUPLICATE KEY UPDATE.

    The server takes the row that has any of the keys. One that is not told by the primary key gets null there, which no
    such column can be.
    """
    changed = wanted.changed or wanted.key[:1]
    update: dict[str, Node] = {}
    for name in wanted.key if wanted.other_keys else ():
        same = Expression(Entity(wanted.target.__name__, name), "<=>", fn.VALUES(Entity(name)))
        update[name] = fn.IF(same, Entity(wanted.target.__name__, name), SQL("NULL"))
    update |= {name: fn.VALUES(Entity(name)) for name in changed if name not in update}
    if wanted.version is not None and wanted.changed:
        update[wanted.version] = Expression(Entity(wanted.target.__name__, wanted.version), "+", SQL("1"))
    return wanted.target.insert(wanted.row).on_conflict(update=update)


_INTEGERS = re.compile(r"(?:tiny|small|medium|big)?int")
_TEXTS = re.compile(r"(?:(?:long|medium|tiny)?text|varchar|char)\b")


def _type_name(declared: str) -> str:
    """A type's name without lengths; of a text the collation matters, which tells what counts as the same."""
    text = declared.lower().replace("json", _JSON)
    if _TEXTS.match(text):
        return f"text {text.split()[-1]}"
    name = text.split()[0].partition("(")[0]
    return "integer" if _INTEGERS.fullmatch(name) else text.split()[0] if name == "decimal" else name


_VARCHAR = re.compile(r"varchar\((\d+)\)")


def _text_room(declared: str) -> int | None:
    """The length of a text that has one.

    >>> _text_room("varchar(64) utf8mb4_nopad_bin"), _text_room("longtext")
    (64, None)
    """
    match = _VARCHAR.match(declared.lower())
    return int(match[1]) if match is not None else None


def _literal(value: object) -> str:
    """A value as SQL text: a backslash there begins an escape."""
    return literal(value.replace("\\", "\\\\") if isinstance(value, str) else value)


MARIADB = Family(
    name="mariadb",
    dialect=Dialect(
        MySQLDatabase(None, mariadb=True),
        placeholder="%s",
        quote="`",
        same="<=>",
        false="0",
        insert_missing="INSERT IGNORE {}",
        type_name=_type_name,
        table_options=f" ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE {COLLATION}",
        index_length=255,
        name_length=64,
        most_columns=1_017,
        indexes_in_tables=True,
        literal=_literal,
        new_guid="(UUID())",
        long_text="CHAR(8000)",
        text_room=_text_room,
    ),
    values=VALUES,
    columns=COLUMNS,
    operations=OPERATIONS,
    documents=DOCUMENTS,
    parents=_parents,
    versions=_versions,
    hashed=_hashed,
    upsert=_upsert,
    change_log=CHANGE_LOG,
    answers=ANSWERS,
)


def mariadb_in(clock: Clock | None) -> Family:
    """MariaDB where values of DATETIME are times of a clock; those of TIMESTAMP are instants."""
    return in_zone(
        MARIADB,
        clock,
        lambda instant: wrapped(written(_INSTANT_TEXT.replace("{0}", instant))),
        "{0} - INTERVAL ({1}) SECOND",
    )
