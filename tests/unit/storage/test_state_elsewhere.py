"""`--state`: secrets and asynchronous requests are kept in another database than entities."""

import sqlite3
from contextlib import closing
from pathlib import Path

from odata_service.definition import load_schema
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, State, open_store
from tests.migrating import a, items


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def opened(path: Path, state: Path) -> DatabaseStore:
    settings = Settings(state=f"sqlite:///{state}")
    schema = load_schema(str(path)) if path.exists() else items(a("name"))
    store = open_store(f"sqlite:///{path}", schema, settings)
    store.create()
    return store


def test_a_database_of_others_gets_no_table_and_secrets_outlive_the_process(tmp_path: Path) -> None:
    path, state = tmp_path / "shop.db", tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    with closing(opened(path, state)) as store:
        secret = store.secret("skiptoken")
        jobs = store.jobs()
        assert jobs is not None
        assert jobs.add("name", "owner", State.WAITING, seconds=60, most=10)
        assert store.ready() is None
        store.settle()
    assert tables(path) == {"customers"}
    assert tables(state) == {"odata-state", "odata-jobs", "odata-answers"}
    with closing(opened(path, state)) as store:
        assert store.secret("skiptoken") == secret


def test_tables_of_our_own_are_made_beside_their_record(tmp_path: Path) -> None:
    path, state = tmp_path / "own.db", tmp_path / "state.db"
    with closing(opened(path, state)) as store:
        secret = store.secret("skiptoken")
    assert "Items" in tables(path)
    with closing(open_store(f"sqlite:///{path}", items(a("name")), Settings())) as without:
        assert without.secret("skiptoken") != secret


def test_what_can_be_repeated_is_remembered_beside_entities_alone(tmp_path: Path) -> None:
    path, state = tmp_path / "shop.db", tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    with closing(opened(path, state)) as store:
        assert store.remembered() is None
    with closing(opened(tmp_path / "own.db", state)) as store:
        remembered = store.remembered()
        assert remembered is not None
        remembered.prepare()
    assert "odata-requests" in tables(tmp_path / "own.db")
    assert "odata-requests" not in tables(state) | tables(path)


def test_what_is_kept_of_requests_is_no_entity_set_of_a_database_of_others(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    store = open_store(f"sqlite:///{path}", load_schema(str(path)), Settings())
    store.create()
    with closing(store):
        jobs, remembered = store.jobs(), store.remembered()
        assert jobs is not None
        assert remembered is not None
        assert jobs.add("name", "owner", State.WAITING, seconds=60, most=10)
        remembered.prepare()
    assert {"odata-jobs", "odata-requests"} < tables(path)
    assert list(load_schema(str(path)).container.entity_sets) == ["customers"]
