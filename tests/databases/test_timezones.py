"""Timestamps without a zone are those of `--timezone`, in each database alike."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.edm.temporal import TICKS_PER_HOUR, instant_of_ticks, ticks_of_instant
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.transfer import load_files, row_files
from tests.asking import ROOT, ask, store_of
from tests.databases.servers import RUN
from tests.servers import FAMILIES, database_url

_TYPES = {
    "sqlite": ("TIMESTAMP", "TIMESTAMP"),
    "postgresql": ("timestamp", "timestamptz"),
    "mariadb": ("DATETIME(6)", "TIMESTAMP(6) NULL"),
}
_ROWS = """
INSERT INTO visits VALUES (1, '2024-07-01 12:00:00', '2024-07-01 12:00:00'),
    (2, '2024-01-01 00:30:00.5', NULL), (3, '2024-10-27 02:30:00', NULL), (4, '2024-03-31 02:30:00', NULL),
    (5, '2024-03-31 03:15:00', NULL), (6, NULL, NULL),
    (7, '1871-05-10 12:00:00', NULL), (8, '2150-07-01 12:00:00', NULL);
"""
INSTANTS = {
    1: "2024-07-01T10:00:00Z",
    2: "2023-12-31T23:30:00.5Z",
    3: "2024-10-27T01:30:00Z",
    4: "2024-03-31T01:30:00Z",
    5: "2024-03-31T01:15:00Z",
    6: None,
    7: "1871-05-10T11:06:32Z",
    8: "2150-07-01T11:00:00Z",
}


def _script(family: str) -> str:
    local, zoned = _TYPES[family]
    rows = _ROWS if family != "sqlite" else _ROWS.replace("'2024-07-01 12:00:00'),", "'2024-07-01 12:00:00Z'),")
    return f"""
        CREATE TABLE visits (id INTEGER PRIMARY KEY, at {local}, seen {zoned});
        CREATE TABLE moments (at {local} NOT NULL PRIMARY KEY, note VARCHAR(20));
        INSERT INTO moments VALUES ('2024-01-01 00:00:00', 'winter'), ('2024-07-01 00:00:00', 'summer');
        {rows}
    """


def _run_sqlite(url: str, script: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(script)
    connection.close()


@pytest.fixture(params=FAMILIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param) as made:
        url = made if request.param != "sqlite" else f"sqlite:///{tmp_path / 'visits.db'}"
        run = RUN.get(request.param, _run_sqlite)
        run(url, _script(request.param))
        yield url


@pytest.fixture
def store(url: str) -> Iterator[DatabaseStore]:
    with store_of(load_schema(url), Settings(timezone="Europe/Berlin"), url=url) as opened:
        yield opened


@pytest.fixture
def service(store: DatabaseStore) -> Service:
    return Service(store.schema, store, Settings(timezone="Europe/Berlin"))


def _ids(service: Service, query: str) -> list[int]:
    found = ask(service, "GET", f"visits?$select=id&{query}")
    assert found.status == 200, found.body
    return found.column("id")


def test_local_times_are_read_as_instants(service: Service) -> None:
    found = ask(service, "GET", "visits?$select=id,at").values
    assert {row["id"]: row["at"] for row in found} == INSTANTS


def test_a_time_with_a_zone_is_no_local_time(service: Service) -> None:
    assert ask(service, "GET", "visits(1)/seen").json["value"] == "2024-07-01T12:00:00Z"


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("at eq 2024-07-01T10:00:00Z", [1]),
        ("at eq 2024-07-01T12:00:00%2B02:00", [1]),
        ("at eq 2024-07-01T12:00:00Z", []),
        ("at eq 2024-03-31T01:30:00Z", [4]),
        ("at gt 2024-10-27T01:00:00Z", [3, 8]),
        ("at in (2024-10-27T00:30:00Z,2024-10-27T01:30:00Z)", [3]),
        ("year(at) eq 2023", [2]),
        ("hour(at) eq 11", [7, 8]),
        ("at add duration'PT1H' eq 2024-07-01T11:00:00Z", [1]),
        ("seen sub at eq duration'PT2H'", [1]),
        ("at eq null", [6]),
    ],
)
def test_local_times_are_filtered_as_instants(service: Service, condition: str, ids: list[int]) -> None:
    assert _ids(service, f"$filter={condition}") == ids


def _all(service: Service, target: str) -> list[dict[str, Any]]:
    """The entities of all pages of three."""
    page = ask(service, "GET", target, prefer="maxpagesize=3").json
    found: list[dict[str, Any]] = page["value"]
    while "@odata.nextLink" in page:
        page = ask(service, "GET", page["@odata.nextLink"].removeprefix(ROOT), prefer="maxpagesize=3").json
        found += page["value"]
    return found


@pytest.mark.parametrize("start", ["2024-03-30T18:10:00", "2024-10-26T18:10:00"])
def test_around_a_change_each_entity_is_found_and_ordered_by_the_instant_that_it_tells(
    service: Service, start: str
) -> None:
    first = ticks_of_instant(start)
    for hours in range(12):
        at = instant_of_ticks(first + hours * TICKS_PER_HOUR)
        assert ask(service, "POST", "visits", {"id": 100 + hours, "at": f"{at}Z"}).status == 201
    told = [(row["at"], row["id"]) for row in _all(service, "visits?$filter=id ge 100&$orderby=at,id")]
    assert (len(told), told) == (12, sorted(told))
    assert [_ids(service, f"$filter=at eq {at} and id eq {key}") for at, key in told] == [[key] for _, key in told]


def test_local_times_are_ordered_as_instants_on_every_page(service: Service) -> None:
    assert [row["id"] for row in _all(service, "visits?$orderby=at&$select=id")] == [6, 7, 2, 5, 4, 1, 3, 8]


def test_an_instant_is_written_as_what_the_clock_shows(store: DatabaseStore, service: Service) -> None:
    found = ask(service, "POST", "visits", {"id": 9, "at": "2025-08-01T22:30:00.25Z"})
    assert (found.status, found.json["at"]) == (201, "2025-08-01T22:30:00.25Z")
    ((kept,),) = store.connection().execute("SELECT at FROM visits WHERE id = 9", ()).fetchall()
    assert str(kept).rstrip("0") == "2025-08-02 00:30:00.25"


def test_an_instant_of_an_hour_that_comes_twice_is_read_as_the_second_one(service: Service) -> None:
    found = ask(service, "PATCH", "visits(1)", {"at": "2024-10-27T00:30:00Z"})
    assert (found.status, found.json["at"]) == (200, "2024-10-27T01:30:00Z")


def test_a_key_is_an_instant_too(service: Service) -> None:
    assert ask(service, "GET", "moments(2024-06-30T22:00:00Z)").json["note"] == "summer"
    assert ask(service, "PATCH", "moments(2023-12-31T23:00:00Z)", {"note": "cold"}).json["note"] == "cold"
    assert ask(service, "DELETE", "moments(2023-12-31T23:00:00Z)").status == 204
    assert ask(service, "GET", "moments(2024-07-01T00:00:00Z)").status == 404


def test_loaded_rows_state_instants(store: DatabaseStore, service: Service, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("id,at\n1,2024-12-24T17:00:00Z\n20,2024-06-24T17:00:00+02:00\n", "utf-8")
    assert load_files(store, row_files([tmp_path / "visits.csv"])).rejected == []
    assert ask(service, "GET", "visits?$filter=id in (1,20)&$select=at").column("at") == [
        "2024-12-24T17:00:00Z",
        "2024-06-24T15:00:00Z",
    ]
    rows = store.connection().execute("SELECT at FROM visits WHERE id IN (1, 20) ORDER BY id", ()).fetchall()
    assert [str(at)[:16] for (at,) in rows] == ["2024-12-24 18:00", "2024-06-24 17:00"]


def test_without_a_zone_they_are_utc(url: str) -> None:
    schema = load_schema(url)
    store = open_store(url, schema, Settings())
    store.create()
    found = ask(Service(schema, store, Settings()), "GET", "visits(3)/at").json
    store.close()
    assert found["value"] == "2024-10-27T02:30:00Z"
