"""Databases on real servers, made for one test and dropped behind it; those of PostgreSQL do not wait for the disk.

`ODATA_TEST_POSTGRESQL` and `ODATA_TEST_MARIADB` name the servers; without them those of a usual installation on this
machine are tried. Where none answers, the test is skipped and says so.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    name = f"odata_test_{uuid4().hex[:12]}"
    run = _administration(family, server)
    for statement in _CREATE[family]:
        run(statement.format(name=name))
    try:
        yield f"{server}/{name}"
    finally:
        run(_DROP[family].format(name=name))


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
_DROP = {"postgresql": "DROP DATABASE {name} WITH (FORCE)", "mariadb": "DROP DATABASE {name}"}


def _administration(family: str, server: str) -> Callable[[str], None]:
    """A function that runs one statement on a server; the test is skipped where none answers."""
    connect = _postgresql if family == "postgresql" else _mariadb

    def run(statement: str) -> None:
        connection = connect(server)
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()

    return run


def _postgresql(server: str) -> Any:
    psycopg = pytest.importorskip("psycopg")
    try:
        return psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=3)
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
