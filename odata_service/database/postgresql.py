"""A PostgreSQL URL becomes a peewee database over psycopg 3, whose sessions all speak one way.

Times are UTC, dates ISO, numbers have all their digits; every statement outside a transaction stands for itself. The
options in a URL are those of libpq: `?sslmode=verify-full&sslrootcert=…`, `?host=/run/postgresql`.
"""

from math import ceil
from typing import Any

from peewee import PostgresqlDatabase

from odata_service.database.urls import ServerUrl
from odata_service.settings import Settings

LOCK_SECONDS = 5
CONNECT_SECONDS = 10


def connect(server: ServerUrl, settings: Settings) -> PostgresqlDatabase:
    """The database behind a URL; nothing is opened yet."""
    stated = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    known: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
    session = " ".join(f"-c {name}={value}" for name, value in _session(settings).items())
    parameters: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "odata-service",
        "client_encoding": "UTF8",
        **known,
        **server.options,
        "options": f"{server.options.get('options', '')} {session}".strip(),
    }
    return PostgresqlDatabase(server.database, prefer_psycopg3=True, **parameters)


def _session(settings: Settings) -> dict[str, str]:
    """What each session sets; a blank in a value is written behind a backslash."""
    values = {
        "TimeZone": "UTC",
        "DateStyle": "ISO",
        "IntervalStyle": "postgres",
        # What is asked here runs in less time than compiling takes, and new tables are guessed to be large.
        "jit": "off",
        "bytea_output": "hex",
        "extra_float_digits": "1",
        "statement_timeout": str(ceil(settings.limits.statement_seconds * 1_000)),
        "lock_timeout": str(LOCK_SECONDS * 1_000),
        "default_transaction_isolation": r"read\ committed",
    }
    return values if settings.durability == "full" else {**values, "synchronous_commit": "off"}
