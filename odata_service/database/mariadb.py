"""A MariaDB URL becomes a peewee database over PyMySQL, whose sessions all speak one way.

Times are UTC, wrong values are refused, texts are Unicode and compared character by character; a changed row counts
although nothing in it is new. Options in the URL: `unix_socket`, and `ssl_ca`, `ssl_cert`, `ssl_key`,
`ssl_verify_cert`, `ssl_verify_identity`.
"""

from decimal import Decimal
from typing import Any

from peewee import MySQLDatabase
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import conversions

from odata_service.database.urls import DatabaseUrlError, ServerUrl
from odata_service.edm.values import print_decimal
from odata_service.settings import Settings

COLLATION = "utf8mb4_nopad_bin"
LOCK_SECONDS = 5
CONNECT_SECONDS = 10

_OPTIONS = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity")
_MODES = (
    "STRICT_ALL_TABLES",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
)
_AS_TEXT = frozenset({FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME})
"""The types whose values come as the server prints them: Python's own have fewer years and digits."""


def connect(server: ServerUrl, settings: Settings) -> MySQLDatabase:
    """The database behind a URL; nothing is opened yet."""
    unknown = [name for name in server.options if name not in _OPTIONS]
    if unknown:
        raise DatabaseUrlError(f"'{unknown[0]}' is no option of a {server.scheme} URL. It takes {', '.join(_OPTIONS)}.")
    parameters: dict[str, Any] = {
        "host": server.host or "127.0.0.1",
        "port": server.port or 3306,
        "user": server.user,
        "password": server.password or "",
        "connect_timeout": CONNECT_SECONDS,
        "collation": COLLATION,
        "client_flag": CLIENT.FOUND_ROWS,
        "conv": _conversions(),
        "init_command": _session(settings),
        **{name: _value(value) for name, value in server.options.items()},
    }
    return MySQLDatabase(server.database, mariadb=True, **parameters)


def _value(text: str) -> str | bool:
    return text == "true" if text in {"true", "false"} else text


def _session(settings: Settings) -> str:
    """The statement that begins each session."""
    values = {
        "time_zone": "'+00:00'",
        "sql_mode": f"'{','.join(_MODES)}'",
        "max_statement_time": str(settings.limits.statement_seconds),
        "innodb_lock_wait_timeout": str(LOCK_SECONDS),
        "lock_wait_timeout": str(LOCK_SECONDS),
        "div_precision_increment": "30",
        "group_concat_max_len": str(2**30),  # arrays are put together by it, and would be cut without a word
    }
    return "SET " + ", ".join(f"SESSION {name} = {value}" for name, value in values.items())


def _conversions() -> dict[Any, Any]:
    """How values go in and come out: decimals without an exponent, which would make floats of them; times as texts."""
    known = {key: convert for key, convert in conversions.items() if key not in _AS_TEXT}
    return {**known, Decimal: lambda value, _: print_decimal(value)}
