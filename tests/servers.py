"""Databases on real servers, empty for each test and dropped behind the last; PostgreSQL does not wait for the disk.

PostgreSQL takes long to make a database, and next to nothing to empty one: those go from test to test.

`ODATA_TEST_POSTGRESQL` and `ODATA_TEST_MARIADB` name the servers; without them those of a usual installation on this
machine are tried. Where none answers, the test is skipped and says so.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest

FAMILIES = ("sqlite", "postgresql", "mariadb")

_SERVERS = {
    "postgresql": ("ODATA_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432"),
    "mariadb": ("ODATA_TEST_MARIADB", "mariadb://root@127.0.0.1:3306"),
}


@contextmanager
def database_url(family: str) -> Iterator[str]:
    """The URL of an empty database of a family: `sqlite`, `postgresql` or `mariadb`."""
    if family == "sqlite":
        yield "sqlite://"
        return
    variable, usual = _SERVERS[family]
    server = os.environ.get(variable, usual).rstrip("/")
    url = _emptied.pop() if family == "postgresql" and _emptied else _made(family, server)
    try:
        yield url
    finally:
        if family == "postgresql":
            _empty(url)
            _emptied.append(url)
        else:
            _drop(url)


def drop_databases() -> None:
    """Drops what is kept for further tests: when a run ends."""
    while _emptied:
        _drop(_emptied.pop())


_emptied: list[str] = []
"""The URLs of databases of PostgreSQL that nobody uses."""


def _made(family: str, server: str) -> str:
    name = f"odata_test_{uuid4().hex[:12]}"
    for statement in _CREATE[family]:
        _run(family, server, statement.format(name=name))
    return f"{server}/{name}"


def _drop(url: str) -> None:
    server, _, name = url.rpartition("/")
    family = urlsplit(url).scheme
    _run(family, server, _DROP[family].format(name=name))


def _empty(url: str) -> None:
    """Ends what is connected, and takes everything out of a database of PostgreSQL."""
    server, _, name = url.rpartition("/")
    _run("postgresql", server, _DISCONNECT.format(name=name))
    with closing(_postgresql(server, name)) as connection:
        for (schema,) in connection.execute(_SCHEMAS).fetchall():
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def end_connections(url: str) -> None:
    """Ends all connections with a server's database, as its administrator may."""
    family, server = url.partition(":")[0], url.rpartition("/")
    connection = _postgresql(server[0]) if family == "postgresql" else _mariadb(server[0])
    try:
        cursor = connection.cursor()
        cursor.execute(_CONNECTIONS[family], (server[2],))
        for (number,) in cursor.fetchall():
            cursor.execute(_END[family].format(number))
    finally:
        connection.close()


_CONNECTIONS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = %s",
    "mariadb": "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s",
}
_END = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL CONNECTION {}"}
_CREATE = {
    "postgresql": (
        "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0",
        "ALTER DATABASE {name} SET synchronous_commit TO off",
    ),
    "mariadb": ("CREATE DATABASE {name} CHARACTER SET utf8mb4",),
}
_DISCONNECT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
_SCHEMAS = r"SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'"
_DROP = {"postgresql": "DROP DATABASE {name} WITH (FORCE)", "mariadb": "DROP DATABASE {name}"}


def _run(family: str, server: str, statement: str) -> None:
    """Runs one statement on a server; the test is skipped where none answers."""
    with closing(_postgresql(server) if family == "postgresql" else _mariadb(server)) as connection:
        connection.cursor().execute(statement)


def _postgresql(server: str, name: str = "postgres") -> Any:
    psycopg = pytest.importorskip("psycopg")
    try:
        return psycopg.connect(f"{server}/{name}", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers: {error}")


def _mariadb(server: str) -> Any:
    pymysql = pytest.importorskip("pymysql")
    parts = urlsplit(server)
    try:
        return pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            connect_timeout=3,
            autocommit=True,
        )
    except pymysql.err.OperationalError as error:
        pytest.skip(f"no MariaDB server answers: {error}")
