"""A migration that fails at any step: SQLite and PostgreSQL are as before, MariaDB goes on where it stopped."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from odata_service.edm.annotations import INDEX, Annotation
from odata_service.edm.model import NavigationProperty, Property, Schema
from odata_service.errors import MigrationFailed
from odata_service.storage import DatabaseStore
from odata_service.storage.migrate import migrate, planned
from odata_service.storage.state import read_state
from tests.migrating import Kind, a, entities, filled, formerly, migrated, opened, place, schema_of

ROWS: dict[str, list[dict[str, object]]] = {
    "Tags": [{"id": "t"}],
    "Items": [
        {"id": "1", "name": "x", "size": "10", "day": "2024-02-29", "gone": "!", "code": "b"},
        {"id": "2", "name": None, "size": None, "day": None, "gone": None, "code": "a"},
    ],
    "Olds": [{"id": "o"}],
}


def before() -> Schema:
    tags = NavigationProperty("tags", "shop.Tags", collection=True)
    kept = (a("id!"), a("name"), a("size"), a("day", "Date"), a("gone"), a("code!"))
    return schema_of(Kind("Items", kept, navigation=(tags,)), Kind("Tags", (a("id!"),)), Kind("Olds", (a("id!"),)))


def after() -> Schema:
    tags = NavigationProperty("labels", "shop.Tags", collection=True, annotations=formerly("tags"))
    indexed = Property("size", a("size", "Int32").type, annotations=(Annotation(INDEX),))
    kept = (a("id!", "Int32"), a("title!", default="none", former="name"), indexed)
    more = (a("day", "DateTimeOffset"), a("code!"), a("state!", default="new"))
    things = Kind("Things", (*kept, *more), navigation=(tags,), former="Items")
    return schema_of(things, Kind("Tags", (a("id!"),)), Kind("News", (a("id!"),)))


EXPECTED = [
    {
        "id": 1,
        "title": "x",
        "size": 10,
        "day": "2024-02-29T00:00:00Z",
        "code": "b",
        "state": "new",
        "labels": [{"id": "t"}],
    },
    {"id": 2, "title": "none", "size": None, "day": None, "code": "a", "state": "new", "labels": []},
]


class Stopped(Exception):
    """What stops a migration here."""


def stopping_after(steps: int) -> Callable[[str], None]:
    """What hears of each step done, and stops behind so many."""
    heard: list[str] = []

    def hear(step: str) -> None:
        heard.append(step)
        if len(heard) == steps:
            raise Stopped

    return hear


def linked(url: str) -> None:
    """Fills a database as it was before."""
    filled(url, before(), ROWS)
    with opened(url, before()) as store:
        quoted = store.mapping.family.dialect.quoted
        store.connection().execute(f"INSERT INTO {quoted('Items-tags')} VALUES ('1', 't')")


def steps_of(url: str) -> int:
    with opened(url, after()) as store:
        return len(planned(store, allow_drop=True).migration.steps)


def dump(store: DatabaseStore) -> object:
    """Everything that a database says of its tables, and all their rows."""
    state = read_state(store.driver, store.connection(), store.mapping)
    quoted = store.mapping.family.dialect.quoted
    rows = {
        name: sorted(map(repr, store.connection().execute(f"SELECT * FROM {quoted(name)}").fetchall()))
        for name in state.tables
    }
    return state, rows


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as made:
        linked(made)
        yield made


def test_whatever_step_fails_all_is_as_before(url: str) -> None:
    with opened(url, after()) as store:
        known = dump(store)
        for step in range(1, steps_of(url) + 1):
            with pytest.raises(Stopped):
                migrate(store, stopping_after(step), allow_drop=True)
            assert dump(store) == known, step
    migrated(url, after(), allow_drop=True)
    assert entities(url, after(), "Things", "?$expand=labels") == EXPECTED


def test_a_server_that_cannot_undo_goes_on_where_it_stopped(tmp_path: Path) -> None:
    step = last = 1
    while step <= last:
        with place("mariadb", tmp_path) as url:
            linked(url)
            last = steps_of(url)
            with opened(url, after()) as store, pytest.raises(Stopped):
                migrate(store, stopping_after(step), allow_drop=True)
            migrated(url, after(), allow_drop=True)
            assert entities(url, after(), "Things", "?$expand=labels") == EXPECTED, step
        step += 3


KILLED = """
import os, signal, sys
from tests.reliability.test_migrations import after, opened
from odata_service.storage.migrate import migrate

left = int(sys.argv[2])

def hear(step):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

with opened(sys.argv[1], after()) as store:
    migrate(store, hear, allow_drop=True)
"""


@pytest.mark.parametrize("step", [1, 7, 14])
def test_a_killed_process_leaves_a_file_as_before(tmp_path: Path, step: int) -> None:
    with place("sqlite", tmp_path) as url:
        linked(url)
        with opened(url, after()) as store:
            known = dump(store)
        ended = subprocess.run([sys.executable, "-c", KILLED, url, str(step)], check=False)
        assert ended.returncode == -signal.SIGKILL
        with opened(url, after()) as store:
            assert dump(store) == known
        migrated(url, after(), allow_drop=True)
        assert entities(url, after(), "Things", "?$expand=labels") == EXPECTED


@pytest.mark.parametrize("family", ["sqlite", "postgresql", "mariadb"])
def test_two_migrations_never_run_at_once(tmp_path: Path, family: str) -> None:
    with place(family, tmp_path) as url:
        linked(url)
        with opened(url, after()) as first, opened(url, after()) as second:
            if family == "sqlite":
                second.connection().execute("PRAGMA busy_timeout = 50")
            with first.driver.migrating(first.connection()), pytest.raises(MigrationFailed):
                migrate(second, lambda _: None)
        migrated(url, after(), allow_drop=True)


def test_the_version_before_goes_on_with_a_column_that_it_does_not_know(url: str) -> None:
    """Where nothing is renamed or converted, the service need not stop for a migration."""
    grown = schema_of(
        Kind("Items", (*before().entity_type("shop.Items").properties, a("state!", default="new"))),
        Kind("Tags", (a("id!"),)),
    )
    migrated(url, grown)
    filled(url, before(), {"Items": [{"id": "3", "code": "c"}]})
    assert [row["state"] for row in entities(url, grown, "Items")] == ["new", "new", "new"]


def test_a_disk_that_is_full_at_any_step_leaves_all_as_before(tmp_path: Path) -> None:
    with place("sqlite", tmp_path) as url:
        linked(url)
        with opened(url, after()) as store:
            more_items = "WITH n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
            more_items += """ INSERT INTO "Items" ("id", "code", "odata-version") SELECT i, hex(i), 1 FROM n"""
            store.connection().execute(more_items)
            known = dump(store)
            [(pages,)] = store.connection().execute("PRAGMA page_count").fetchall()
            assert isinstance(pages, int)
            steps: set[int] = set()
            for more in range(40):
                done: list[str] = []
                store.connection().execute(f"PRAGMA max_page_count = {pages + more}").fetchall()
                try:
                    migrate(store, done.append, allow_drop=True)
                except MigrationFailed as failed:
                    assert str(failed).endswith("database or disk is full. Nothing was changed.")
                    assert dump(store) == known
                    steps.add(len(done))
                else:
                    break
        assert len(steps) > 1
        assert entities(url, after(), "Things", "?$expand=labels&$top=2") == EXPECTED


KILLED_INSIDE = """
import os, signal, sys
from tests.reliability.test_migrations import after, opened
from odata_service.storage.migrate import migrate
from odata_service.storage.{module} import {name} as Driven

left, run = int(sys.argv[2]), Driven.execute

def execute(self, *given):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    result = run(self, *given)
    if left == 1 and sys.argv[3] == "behind":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

with opened(sys.argv[1], after()) as store:
    store.connection()
    Driven.execute = execute
    migrate(store, lambda _: None, allow_drop=True)
"""
_DRIVEN = {"postgresql": "PostgresqlConnection", "mariadb": "MariadbConnection"}


@pytest.mark.slow
@pytest.mark.parametrize("statement", [20, 38, 51])
@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_a_process_that_is_killed_at_a_statement_leaves_what_another_run_ends(
    tmp_path: Path, family: str, statement: int
) -> None:
    code = KILLED_INSIDE.format(module=family, name=_DRIVEN[family])
    with place(family, tmp_path) as url:
        linked(url)
        with opened(url, after()) as store:
            known = dump(store)
        command = [sys.executable, "-c", code, url, str(statement), "behind" if statement % 2 else "before"]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        if family == "postgresql":
            with opened(url, after()) as store:
                assert dump(store) == known
        migrated(url, after(), allow_drop=True)
        assert entities(url, after(), "Things", "?$expand=labels") == EXPECTED
