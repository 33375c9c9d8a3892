"""Deltas of tables that others made: triggers are added where they are asked for, and told of whoever writes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.sql.logs import logged_tables
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.migrate import migrate
from tests.asking import ROOT, Answer, ask, service_of
from tests.databases.build import from_script
from tests.databases.servers import RUN
from tests.servers import FAMILIES, database_url

_SCRIPT = """
CREATE TABLE customers (code VARCHAR(20) PRIMARY KEY, name VARCHAR(40) NOT NULL);
CREATE TABLE orders (
  customer VARCHAR(20) NOT NULL, number INTEGER NOT NULL, amount DECIMAL(9,2),
  PRIMARY KEY (customer, number), FOREIGN KEY (customer) REFERENCES customers (code)
);
CREATE TABLE tags (id INTEGER PRIMARY KEY, label VARCHAR(20));
CREATE TABLE tagged (
  customer VARCHAR(20) NOT NULL, tag INTEGER NOT NULL,
  PRIMARY KEY (customer, tag),
  FOREIGN KEY (customer) REFERENCES customers (code), FOREIGN KEY (tag) REFERENCES tags (id)
);
CREATE VIEW named AS SELECT code, name FROM customers;
INSERT INTO customers VALUES ('A', 'Ada'), ('b', 'Bob'), ('c', 'Cy');
INSERT INTO orders VALUES ('A', 1, 5), ('b', 1, 7);
INSERT INTO tags VALUES (1, 'one');
"""
PLAIN = Settings()
TRACKED = Settings(track_existing=True)

Run = Callable[[str], object]


@contextmanager
def place(family: str, directory: Path) -> Iterator[tuple[str, Run]]:
    """The URL of a database that others made, and how they write to it."""
    if family == "sqlite":
        path = from_script(_SCRIPT, directory / "others.db")
        yield f"sqlite:///{path}", partial(from_script, path=path)
        return
    with database_url(family) as url:
        RUN[family](url, _SCRIPT)
        yield url, partial(RUN[family], url)


@pytest.fixture(params=FAMILIES)
def others(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Run]]:
    with place(request.param, tmp_path) as found:
        yield found


def tracked(service: Service, target: str) -> Answer:
    answer = ask(service, "GET", target, prefer="track-changes", odata_maxversion="4.01")
    assert answer.headers.get("Preference-Applied") == "track-changes", answer.body
    return answer


def told(service: Service, before: Answer) -> Answer:
    """What has changed since an answer."""
    link: str = before.json["@odata.deltaLink"]
    return ask(service, "GET", link.removeprefix(ROOT), odata_maxversion="4.01")


def name(item: dict[str, Any]) -> str:
    return f"{item['@id']} is gone" if "@removed" in item else str(item["code"])


def test_changes_of_others_and_of_the_service_are_told(others: tuple[str, Run]) -> None:
    url, run = others
    with service_of(load_schema(url), TRACKED, url) as service:
        first = tracked(service, "customers")
        run("UPDATE customers SET name = 'Ben' WHERE code = 'b'; DELETE FROM customers WHERE code = 'c';")
        assert ask(service, "POST", "customers", {"code": "d", "name": "Di"}).status == 201
        changed = told(service, first)
        assert [item.get("code") or item.get("@odata.id", item.get("@id", item)) for item in changed.values] == [
            "b",
            "customers('c')",
            "d",
        ]
        assert told(service, changed).values == []


def test_orders_and_pairs_are_followed(others: tuple[str, Run]) -> None:
    url, run = others
    with service_of(load_schema(url), TRACKED, url) as service:
        names = service.schema.navigation_properties(service.schema.container.entity_sets["customers"].entity_type)
        assert {"orders", "tags"} <= names.keys()
        orders, tags = tracked(service, "customers?$expand=orders"), tracked(service, "customers?$expand=tags")
        single = tracked(service, "orders(customer='A',number=1)")
        run("UPDATE orders SET amount = 6 WHERE customer = 'A'; INSERT INTO tagged VALUES ('c', 1);")
        assert told(service, orders).column("code") == ["A"]
        assert [(item["code"], len(item["tags"])) for item in told(service, tags).values] == [("c", 1)]
        assert told(service, single).json["amount"] == 6


def test_nothing_is_added_unless_it_is_asked_for(others: tuple[str, Run]) -> None:
    url, run = others
    schema = load_schema(url)
    with service_of(schema, PLAIN, url) as service:
        assert "Preference-Applied" not in ask(service, "GET", "customers", prefer="track-changes").headers
        assert ask(service, "GET", "customers?$deltatoken=latest").status == 501
    with service_of(schema, TRACKED, url) as service:
        first = tracked(service, "customers")
        assert "Preference-Applied" not in ask(service, "GET", "named", prefer="track-changes").headers, "it is a view"
    assert load_schema(url).container.entity_sets.keys() == schema.container.entity_sets.keys()
    run("DELETE FROM customers WHERE code = 'c';")
    with service_of(schema, PLAIN, url) as service:
        assert [item.get("@odata.id", item.get("@id", item)) for item in told(service, first).values] == [
            "customers('c')"
        ], "they are there"


def test_migrate_adds_and_drops_them(others: tuple[str, Run]) -> None:
    url, _ = others
    schema = load_schema(url)

    def steps(settings: Settings) -> list[str]:
        said: list[str] = []
        with closing(open_store(url, schema, settings)) as store:
            migrate(store, said.append)
        return sorted({sentence.partition(" '")[0] for sentence in said})

    assert steps(PLAIN) == []
    assert steps(TRACKED) == ["make log of changes"]
    assert steps(TRACKED) == steps(PLAIN) == []
    with service_of(schema, PLAIN, url) as service:
        tracked(service, "tags")
    assert steps(Settings(track_changes=False)) == ["drop log of changes"]
    with service_of(schema, PLAIN, url) as service:
        assert ask(service, "GET", "tags?$deltatoken=latest").status == 501


def test_who_may_only_read_a_log_leaves_it_to_others_to_shorten_it() -> None:
    with database_url("postgresql") as url:
        RUN["postgresql"](url, _SCRIPT)
        schema, reader = load_schema(url), f"reader_{url.rpartition('/')[2]}"
        with service_of(schema, TRACKED, url) as service:
            tracked(service, "customers")
            (log,) = [name for name in logged_tables(store_of(service).mapping).values() if "customers" in name.name]
        rows = [f"INSERT INTO customers VALUES ('{code}', 'x');" for code in "ef"]
        old = f'{rows[0]} UPDATE "{log.name}" SET "odata-at" = 1; {rows[1]}'
        rights = f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};"
        RUN["postgresql"](url, f"{old} CREATE ROLE {reader} LOGIN; {rights}")
        try:
            with service_of(schema, PLAIN, url.replace("//postgres@", f"//{reader}@")) as service:
                tracked(service, "customers")
        finally:
            RUN["postgresql"](url, f"DROP OWNED BY {reader}; DROP ROLE {reader}")


def store_of(service: Service) -> DatabaseStore:
    assert isinstance(service.store, DatabaseStore)
    return service.store
