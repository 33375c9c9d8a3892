"""Indexes of texts in a database: made, filled, kept true, made anew with their table, and ended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from odata_service.definition import load_schema
from odata_service.edm.annotations import SEARCH_INDEX, Annotation
from odata_service.edm.model import Property, Schema
from odata_service.errors import StorageMismatch
from odata_service.service import Service
from odata_service.service.explain import explain
from odata_service.settings import Limits, Settings
from odata_service.sql import mapping_of
from odata_service.sql.families import SQLITE
from odata_service.sql.migration import DatabaseState, plan_migration
from odata_service.sql.migration.differences import lacking
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.sqlite import SqliteDriver
from tests.asking import ask, service_of
from tests.migrating import Kind, a, entities, filled, items, migrated, opened, place, schema_of
from tests.servers import FAMILIES

ROWS = {"Items": [{"id": "a", "name": "Blue Grass", "size": "1"}, {"id": "b", "name": "Häuser", "size": "2"}]}


def indexed(name: str, *, former: str = "") -> Property:
    """A text property with an index."""
    found = a(name, former=former)
    return replace(found, annotations=(*found.annotations, Annotation(SEARCH_INDEX, value=True)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as made:
        yield made


def names(url: str, schema: Schema) -> dict[str, str]:
    """The indexes of texts that there are, without what is made of their parts, and their tables."""
    with opened(url, schema) as store:
        found = store.driver.text_indexes(store.connection()).found
    return {name.rpartition("-")[0]: table for name, table in found.items()}


def write(url: str, schema: Schema, statement: str) -> None:
    """A write of somebody else."""
    with opened(url, schema) as store:
        store.connection().execute(statement)


def test_a_start_makes_one_for_the_rows_that_are_there(url: str) -> None:
    filled(url, items(a("name"), a("size")), ROWS)
    after = items(indexed("name"), a("size"))
    assert entities(url, after, "Items", "?$filter=contains(name,'Gra')&$select=id") == [{"id": "a"}]
    assert names(url, after) == {"Items-search": "Items"}
    with opened(url, after) as store:
        explained = explain("Items?$filter=contains(name,'Gra')", store, Settings())
    assert " MATCH " in explained or " LIKE " in explained


def test_it_stays_true_whoever_writes(url: str) -> None:
    schema = items(indexed("name"), a("size"))
    filled(url, schema, ROWS)
    write(url, schema, "INSERT INTO \"Items\" (id, name) VALUES ('c', 'Grassland')")
    write(url, schema, "UPDATE \"Items\" SET name = 'Glass' WHERE id = 'a'")
    write(url, schema, "UPDATE \"Items\" SET id = 'd' WHERE id = 'b'")
    for text, found in (("Grass", ["c"]), ("Glas", ["a"]), ("äus", ["d"])):
        rows = entities(url, schema, "Items", f"?$filter=contains(name,'{text}')&$select=id")
        assert [row["id"] for row in rows] == found
    write(url, schema, "DELETE FROM \"Items\" WHERE id = 'c'")
    assert entities(url, schema, "Items", "?$filter=contains(name,'Grass')") == []


def test_a_migration_makes_it_and_ends_it(url: str) -> None:
    plain, marked = items(a("name"), a("size")), items(indexed("name"), a("size"))
    filled(url, plain, ROWS)
    said, _ = migrated(url, marked)
    assert said and all(sentence.startswith("make index of texts 'Items-search-") for sentence in said)
    assert names(url, marked) == {"Items-search": "Items"}
    said, _ = migrated(url, plain)
    assert said and all(sentence.startswith("drop index of texts 'Items-search-") for sentence in said)
    assert names(url, plain) == {}


def test_it_lives_through_a_table_that_changes(url: str) -> None:
    filled(url, items(indexed("name"), a("size")), ROWS)
    after = items(indexed("name"), a("size", "Int32"), a("more"))
    migrated(url, after)
    write(url, after, "INSERT INTO \"Items\" (id, name) VALUES ('c', 'Grassland')")
    found = entities(url, after, "Items", "?$filter=contains(name,'Grass')&$select=id")
    assert found == [{"id": "a"}, {"id": "c"}]
    assert names(url, after) == {"Items-search": "Items"}


def test_it_follows_new_names(url: str) -> None:
    filled(url, items(indexed("name"), a("size")), ROWS)
    after = schema_of(Kind("Things", (a("id!"), indexed("title", former="name"), a("size")), former="Items"))
    migrated(url, after)
    assert entities(url, after, "Things", "?$filter=contains(title,'Gra')&$select=id") == [{"id": "a"}]
    assert names(url, after) == {"Things-search": "Things"}


def test_it_ends_with_its_table_and_its_column(url: str) -> None:
    others = Kind("Others", (a("id!"),))
    before = schema_of(Kind("Items", (a("id!"), indexed("name"))), Kind("Tags", (a("id!"), indexed("name"))), others)
    filled(url, before, {})
    after = schema_of(Kind("Items", (a("id!"),)), others)
    migrated(url, after, allow_drop=True)
    assert names(url, after) == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_with_the_option_every_set_is_searched_as_without(family: str, tmp_path: Path) -> None:
    schema = items(a("name"), a("size"))
    with place(family, tmp_path) as url, service_of(schema, Settings(search_index=True), url) as service:
        for row in ROWS["Items"]:
            assert ask(service, "POST", "Items", row).status == 201
        for search, found in (
            ("grass", ["a"]),
            ("HÄU", ["b"]),
            ("gr", ["a"]),
            ("NOT grass", ["b"]),
            ("1 OR 2 OR x", ["a", "b"]),
        ):
            assert ask(service, "GET", f"Items?$search={search}").column("id") == found


def test_the_text_decides_whether_the_index_is_asked() -> None:
    with service_of(items(a("name")), Settings(search_index=True)) as service:
        store = service.store
        assert isinstance(store, DatabaseStore)
        asked: list[str] = []
        connection = store.connection()
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(asked.append)
        for word in ("grass", "gr", "grassland"):
            assert ask(service, "GET", f"Items?$search={word}").status == 200
    assert ["MATCH" in text for text in asked if text.startswith("SELECT")] == [True, False, True]


def test_making_one_may_take_longer_than_a_statement_may(tmp_path: Path) -> None:
    limits = replace(Limits(), statement_seconds=0.001)
    schema, place = items(indexed("name")), f"sqlite:///{tmp_path / 'x.db'}"
    filled(place, items(a("name")), {})
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)"
    write(place, schema, f"INSERT INTO \"Items\" (id, name) {numbers} SELECT x, 'Lemongrass ' || x FROM n")
    with closing(open_store(place, schema, Settings(limits=limits))) as store:
        store.create()
        service = Service(schema, store)
        assert ask(service, "GET", "Items?$filter=contains(name,'ss 777')&$top=1").column("id") == ["777"]
        unindexed = " or ".join(f"contains(name,'{letter}q')" for letter in "abcdefghij")
        assert ask(service, "GET", f"Items?$filter={unindexed}").status == 503


def test_what_a_database_lacks_is_said_before_anything_changes() -> None:
    mapping = mapping_of(items(indexed("name")), SQLITE)
    state = DatabaseState({}, lacking="There is no FTS5.")
    assert lacking(mapping, state) == ["There is no FTS5."]
    assert plan_migration(state, mapping).refusals == ("There is no FTS5.",)
    assert lacking(mapping_of(items(a("name")), SQLITE), state) == []


def test_a_start_without_what_it_needs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odata_service.storage.sqlite._TRIGRAMS_SINCE", (99, 0))
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}", items(indexed("name")))
    assert isinstance(store.driver, SqliteDriver)
    with pytest.raises(StorageMismatch, match="An index of texts needs SQLite"):
        store.create()
    store.close()


def test_a_database_that_is_a_source_shows_none_of_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    filled(f"sqlite:///{path}", items(indexed("name"), a("size")), ROWS)
    schema = load_schema(str(path))
    assert list(schema.container.entity_sets) == ["Items"]
    with closing(open_store(f"sqlite:///{path}", schema)) as store:
        store.create()
        service = Service(schema, store)
        assert ask(service, "PATCH", "Items('a')", {"name": "Glass"}).status == 200
    assert entities(
        f"sqlite:///{path}", items(indexed("name"), a("size")), "Items", "?$filter=contains(name,'Glass')&$select=id"
    ) == [{"id": "a"}]
