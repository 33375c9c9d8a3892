import subprocess
import sys

import pytest
from peewee import MySQLDatabase, PostgresqlDatabase, SqliteDatabase

from odata_service.database import connect
from odata_service.database.urls import DatabaseUrlError, ServerUrl, server_url
from odata_service.settings import Limits, Settings


def test_a_url_is_taken_apart() -> None:
    assert server_url("postgresql://me%40home:p%2Fw@db.example:5433/shop%20a?sslmode=require") == ServerUrl(
        "postgresql", "shop a", "db.example", 5433, "me@home", "p/w", {"sslmode": "require"}
    )


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("sqlite://", SqliteDatabase),
        ("postgresql://u@h/d", PostgresqlDatabase),
        ("postgres://u@h/d", PostgresqlDatabase),
        ("mariadb://u@h/d", MySQLDatabase),
        ("mysql://u@h/d", MySQLDatabase),
    ],
)
def test_the_scheme_tells_the_family(url: str, family: type) -> None:
    assert isinstance(connect(url, Settings()), family)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://u@h/d", "'oracle:…' is not understood. Write sqlite:///file.db, postgresql://user@host/database,"),
        ("postgresql://u@h", "names no database. Write postgresql://user@host:port/database."),
        ("mariadb://u@h:x/d", "is no port number."),
        ("mariadb://u@h/d?sslmode=require", "'sslmode' is no option of a mariadb URL. It takes unix_socket,"),
    ],
)
def test_what_is_no_database_url_is_said_without_its_password(url: str, said: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        connect(url, Settings())
    assert said in str(caught.value)
    assert "u@h" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "package", "extra"), [("postgresql://h/d", "psycopg", "postgresql"), ("mariadb://h/d", "pymysql", "mysql")]
)
def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    url: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DatabaseUrlError, match=rf"needs the package '{package}'. Run: pip install .*\[{extra}\]'"):
        connect(url, Settings())


def test_sessions_of_postgresql_keep_the_options_of_the_url() -> None:
    settings = Settings(limits=Limits(statement_seconds=1.5), durability="normal")
    parameters = connect("postgresql://u@h/d?options=-c%20search_path%3Dx", settings).connect_params
    stated = parameters["options"].split(" -c ")
    assert stated[0] == "-c search_path=x"
    assert {"TimeZone=UTC", "statement_timeout=1500", "lock_timeout=5000", "synchronous_commit=off"} <= set(stated)


def test_what_a_server_needs_is_not_imported_for_sqlite() -> None:
    program = (
        "import sys; from odata_service.storage import open_store; from odata_service.edm.build import SchemaBuilder;"
        "open_store('sqlite://', SchemaBuilder().freeze()); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = [
        f"odata_service.{room}.{family}"
        for room in ("database", "sql.families", "storage")
        for family in ("sqlite", "postgresql", "mariadb")
    ]
    imported = set(done.stdout.split())
    assert [name for name in modules if name in imported] == [
        "odata_service.sql.families.sqlite",
        "odata_service.storage.sqlite",
    ]
