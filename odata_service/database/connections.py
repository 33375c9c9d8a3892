"""A database URL becomes a peewee database, with one connection a thread: a SQLite file or a server.

What a server needs is imported when one is used. SQLite runs with full synchronisation, and the store turns WAL mode on
where the tables are this package's own: what was committed survives a killed process and a power cut. With `durability`
normal the last moments before a power cut may be lost, integrity never.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from peewee import Database, SqliteDatabase

from odata_service.database.aggregates import AGGREGATES
from odata_service.database.clocks import clock_of
from odata_service.database.conversions import conversions_in
from odata_service.database.functions import FUNCTIONS, conversion_functions
from odata_service.database.sqlite_files import opened_as, sqlite_path
from odata_service.database.urls import DatabaseUrlError, ServerUrl, server_url
from odata_service.settings import Settings

BUSY_SECONDS = 5

_POSTGRESQL = ("odata_service.database.postgresql", "psycopg", "postgresql")
_MARIADB = ("odata_service.database.mariadb", "pymysql", "mysql")
_SERVERS = {"postgresql": _POSTGRESQL, "postgres": _POSTGRESQL, "mariadb": _MARIADB, "mysql": _MARIADB}
"""By the scheme of a URL: our module, the driver's package, and the extra that installs it."""


def connect(url: str, settings: Settings) -> Database:
    """The database behind a URL; nothing is opened yet. `DatabaseUrlError` where it cannot be, or `UnknownTimezone`."""
    path = sqlite_path(url)
    return _server(url, settings) if path is None else _sqlite(path, settings)


def _server(url: str, settings: Settings) -> Database:
    scheme = url.partition(":")[0]
    known = _SERVERS.get(scheme) if "://" in url else None
    if known is None:
        raise DatabaseUrlError(
            f"The database URL '{scheme}:…' is not understood. Write sqlite:///file.db, "
            "postgresql://user@host/database, mariadb://user@host/database, or a file name ending in .db."
        )
    module, package, extra = known
    if find_spec(package) is None:
        raise DatabaseUrlError(
            f"A database URL '{scheme}:…' needs the package '{package}'. Run: pip install 'odata-service[{extra}]'."
        )
    open_server: Callable[[ServerUrl, Settings], Database] = import_module(module).connect
    return open_server(server_url(url), settings)


def _sqlite(path: str, settings: Settings) -> SqliteDatabase:
    pragmas = {
        "synchronous": "full" if settings.durability == "full" else "normal",
        "foreign_keys": 1,
        "cache_size": -8_000,
        "mmap_size": 64 * 1024 * 1024,
    }
    file, is_uri = opened_as(path)
    database = SqliteDatabase(file, pragmas=pragmas, timeout=BUSY_SECONDS, uri=is_uri)
    conversions = conversions_in(clock_of(settings.timezone))
    for name, arity, function in (*FUNCTIONS, *conversion_functions(conversions)):
        database.register_function(function, name, arity)
    for name, arity, aggregate in AGGREGATES:
        database.register_window_function(aggregate, name, arity)
    return database
