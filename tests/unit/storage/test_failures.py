import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.errors import StorageMismatch
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.bulk import upsert_rows
from tests.asking import ask, store_of
from tests.models import customer_schema, partners_schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def store(path: Path) -> Iterator[DatabaseStore]:
    with store_of(customer_schema(), Settings(), url=f"sqlite:///{path}") as made:
        yield made


def test_tables_are_made_once_and_found_again(store: DatabaseStore, path: Path) -> None:
    again = open_store(f"sqlite:///{path}", customer_schema())
    again.create()
    assert again.ready() is None
    again.close()


def test_the_database_is_in_wal_mode_with_full_synchronisation(store: DatabaseStore) -> None:
    connection = store.connection()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_secret_is_the_same_for_every_store_of_a_database(store: DatabaseStore, path: Path) -> None:
    other = open_store(f"sqlite:///{path}", customer_schema())
    assert len(store.secret("x")) == 32
    assert store.secret("x") == other.secret("x") != other.secret("y")
    other.close()


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        ("CREATE TABLE Customers (id INTEGER PRIMARY KEY)", "'Customers.id' is INTEGER, and Edm.String needs TEXT"),
        ("CREATE TABLE Customers (id TEXT)", "The primary key of table 'Customers' is ()"),
        ("CREATE TABLE Customers (id TEXT PRIMARY KEY)", "has no column 'displayName'."),
        ("CREATE TABLE Customers (id TEXT PRIMARY KEY, x TEXT NOT NULL)", "'Customers.x' is NOT NULL"),
        ("CREATE TABLE Customers (id TEXT PRIMARY KEY)", "has no column 'odata-version'"),
        ("CREATE TABLE Customers (id TEXT PRIMARY KEY)", "Run `odata-service migrate` with this definition"),
    ],
)
def test_tables_that_do_not_fit_are_told_with_what_to_do(path: Path, ddl: str, said: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(ddl)
    store = open_store(f"sqlite:///{path}", customer_schema())
    with pytest.raises(StorageMismatch) as caught:
        store.create()
    store.close()
    assert any(said in difference for difference in caught.value.differences)


def test_a_table_of_more_columns_than_the_database_takes_is_refused(path: Path) -> None:
    builder = SchemaBuilder()
    key = Property("id", TypeRef("Edm.Int32", nullable=False))
    parts = tuple(Property(f"p{place}", TypeRef("Edm.Int32")) for place in range(2_000))
    builder.add_type(EntityType("n.Wide", (key, *parts), (KeyProperty("id"),)))
    builder.add_entity_set(EntitySet("Wides", "n.Wide"))
    store = open_store(f"sqlite:///{path}", builder.freeze())
    with pytest.raises(StorageMismatch) as caught:
        store.create()
    store.close()
    assert caught.value.differences == (
        "The table 'Wides' needs 2,002 columns, and the database takes 2,000. "
        "Put some into a complex type of more than 60 properties: its values take one column.",
    )


def test_columns_beyond_the_model_are_fine_where_they_may_be_left_out(store: DatabaseStore, path: Path) -> None:
    store.connection().execute('ALTER TABLE "Customers" ADD COLUMN note TEXT')
    store.connection().execute("ALTER TABLE \"Customers\" ADD COLUMN kind TEXT NOT NULL DEFAULT 'x'")
    store.create()
    assert ask(Service(store.schema, store), "POST", "Customers", {"id": "a"}).status == 201


def test_a_locked_database_answers_503_with_retry_after(store: DatabaseStore, path: Path) -> None:
    store.connection().execute("PRAGMA busy_timeout = 50")
    service = Service(store.schema, store)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = ask(service, "POST", "Customers", {"id": "a"})
        assert (answer.status, answer.error["code"], answer.headers["Retry-After"]) == (503, "Unavailable", "1")
        other.rollback()
    assert ask(service, "POST", "Customers", {"id": "a"}).status == 201


def test_a_statement_beyond_its_time_answers_503(store: DatabaseStore, path: Path) -> None:
    with store.transaction():
        upsert_rows(store, "Customers", ["id", "displayName"], [(f"{n:06}", "x" * 50) for n in range(20_000)])
    settings = Settings(limits=Limits(statement_seconds=0.05))
    hurried = open_store(f"sqlite:///{path}", customer_schema(), settings)
    service = Service(hurried.schema, hurried, settings)
    slow = " and ".join(f"not contains(concat(displayName,'{n}'),concat('y','{n}'))" for n in range(40))
    assert ask(service, "GET", f"Customers/$count?$filter={slow}").status == 503
    assert ask(service, "GET", "Customers/$count").body == b"20000"
    hurried.close()


def test_a_transaction_that_fails_leaves_nothing(store: DatabaseStore) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        upsert_rows(store, "Customers", ["id"], [("a",)])
        raise RuntimeError
    assert ask(Service(store.schema, store), "GET", "Customers/$count").body == b"0"


def test_a_full_database_answers_507_and_reads_go_on(store: DatabaseStore) -> None:
    service = Service(store.schema, store)
    assert ask(service, "POST", "Customers", {"id": "a"}).status == 201
    [(pages,)] = store.connection().execute("PRAGMA page_count").fetchall()
    store.connection().execute(f"PRAGMA max_page_count = {pages}")
    answer = ask(service, "POST", "Customers", {"id": "b", "displayName": "x" * 100_000})
    assert (answer.status, answer.error["code"]) == (507, "InsufficientStorage")
    assert ask(service, "GET", "Customers").column("id") == ["a"]


def test_names_that_differ_in_case_alone_have_columns_of_their_own() -> None:
    store = open_store("sqlite://", partners_schema())
    columns = [column.name for table in store.mapping.tables.values() for column in table.all_columns()]
    assert len(columns) == sum(len(table.columns) + len(table.hidden) for table in store.mapping.tables.values())


def test_a_value_that_would_be_lost_is_refused() -> None:
    store = open_store("sqlite://", partners_schema())
    store.create()
    service = Service(store.schema, store)
    answer = ask(service, "POST", "OrderLines", {"orderNumber": 1, "product": "x", "double": "NaN"})
    assert (answer.status, "NaN" in answer.error["message"]) == (400, True)
    assert (
        ask(service, "POST", "OrderLines", {"orderNumber": 1, "product": "x", "double": "INF"}).json["double"] == "INF"
    )
    store.close()
