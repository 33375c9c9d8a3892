"""The music shop: a SQLite file, served as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from odata_service import create_app, load_schema
from odata_service.service import Service
from tests.asking import ask
from tests.databases.asking import service_over
from tests.databases.build import build


@pytest.fixture
def chinook(tmp_path: Path) -> Path:
    return build("chinook", tmp_path)


@pytest.fixture
def shop(chinook: Path) -> Iterator[Service]:
    with service_over(chinook) as made:
        yield made


def rows_of(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_the_service_document_lists_all_but_the_table_of_pairs(shop: Service) -> None:
    listed = [entry["name"] for entry in ask(shop, "GET", "").json["value"]]
    assert listed == [
        "Album",
        "Artist",
        "Customer",
        "Employee",
        "Genre",
        "Invoice",
        "InvoiceLine",
        "MediaType",
        "Playlist",
        "Track",
    ]


def test_an_entity_has_the_values_of_its_row(shop: Service) -> None:
    answer = ask(shop, "GET", "Invoice(2)")
    assert answer.status == 200
    etag = answer.json["@odata.etag"]
    assert answer.json == {
        "@odata.context": "http://host/$metadata#Invoice/$entity",
        "@odata.etag": etag,
        "InvoiceId": 2,
        "CustomerId": 2,
        "InvoiceDate": "2009-02-11T00:00:00Z",
        "BillingCity": "Stuttgart",
        "Total": 3.96,
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$filter=InvoiceDate ge 2009-02-11T00:00:00Z&$orderby=InvoiceDate desc", [3, 2]),
        ("$filter=year(InvoiceDate) eq 2010", [3]),
        ("$filter=Total gt 1.98", [2]),
        ("$filter=Total eq 1.980", [1]),
        ("$filter=Customer/SupportRep/LastName eq 'Cole'", [1, 2, 3]),
        ("$filter=Customer/Country eq 'Brazil' or Total lt 1.5", [1, 3]),
        ("$orderby=Total", [3, 1, 2]),
        ("$top=1&$skip=1", [2]),
    ],
)
def test_dates_decimals_and_related_values_are_compared(shop: Service, options: str, expected: list[int]) -> None:
    assert ask(shop, "GET", f"Invoice?{options}").column("InvoiceId") == expected


def test_navigation_is_expanded_both_ways(shop: Service) -> None:
    target = "Album(1)?$select=Title&$expand=Artist($select=Name),Tracks($select=Name;$orderby=Name)"
    album = ask(shop, "GET", target).json
    assert (album["Title"], album["Artist"]["Name"]) == ("Night Shift", "The Lanterns")
    assert [track["Name"] for track in album["Tracks"]] == ["Last Bus", "Lights On"]


def test_a_table_that_refers_to_itself_is_expanded_both_ways(shop: Service) -> None:
    target = "Employee(2)?$expand=ReportsToEmployee($select=LastName),EmployeesByReportsTo($select=LastName)"
    employee = ask(shop, "GET", target).json
    assert employee["ReportsToEmployee"]["LastName"] == "Adler"
    assert [other["LastName"] for other in employee["EmployeesByReportsTo"]] == ["Cole"]


def test_pairs_are_collections_on_both_sides(shop: Service) -> None:
    assert ask(shop, "GET", "Playlist(2)/Tracks?$orderby=TrackId").column("TrackId") == [3, 4]
    lists = ask(shop, "GET", "Track(3)?$expand=Playlists($orderby=PlaylistId)").json["Playlists"]
    assert [entry["Name"] for entry in lists] == ["Music", "Evening"]


def test_pages_follow_each_other(shop: Service) -> None:
    first = ask(shop, "GET", "Track?$orderby=UnitPrice desc", prefer="odata.maxpagesize=3").json
    rest = ask(shop, "GET", first["@odata.nextLink"].removeprefix("http://host/")).column("TrackId")
    assert [track["TrackId"] for track in first["value"]] + rest == [4, 3, 1, 2]


def test_a_new_entity_gets_the_number_that_the_database_gives_it(shop: Service, chinook: Path) -> None:
    answer = ask(shop, "POST", "Artist", {"Name": "Neue"})
    assert (answer.status, answer.headers["Location"]) == (201, "http://host/Artist(4)")
    assert rows_of(chinook, "SELECT * FROM Artist WHERE ArtistId = 4") == [(4, "Neue")]


def test_a_stated_key_is_kept(shop: Service) -> None:
    assert (
        ask(shop, "POST", "Artist", {"ArtistId": 40, "Name": "Vierzig"}).headers["Location"] == "http://host/Artist(40)"
    )


def test_values_are_written_as_the_table_keeps_them(shop: Service, chinook: Path) -> None:
    body = {"CustomerId": 1, "InvoiceDate": "2011-05-06T07:08:09+02:00", "Total": 12.5}
    assert ask(shop, "POST", "Invoice", body).status == 201
    written = rows_of(chinook, "SELECT InvoiceDate, Total, typeof(Total) FROM Invoice WHERE InvoiceId = 4")
    assert written == [("2011-05-06 05:08:09", 12.5, "real")]


def test_a_change_is_guarded_by_the_hash_of_the_row(shop: Service, chinook: Path) -> None:
    before = ask(shop, "GET", "Artist(1)").headers["ETag"]
    changed = ask(shop, "PATCH", "Artist(1)", {"Name": "Lanterns"}, if_match=before)
    assert (changed.status, changed.json["Name"]) == (200, "Lanterns")
    assert changed.headers["ETag"] != before
    stale = ask(shop, "PATCH", "Artist(1)", {"Name": "Lost"}, if_match=before)
    assert (stale.status, stale.error["code"]) == (412, "PreconditionFailed")
    assert rows_of(chinook, "SELECT Name FROM Artist WHERE ArtistId = 1") == [("Lanterns",)]


def test_another_program_s_change_changes_the_etag(shop: Service, chinook: Path) -> None:
    before = ask(shop, "GET", "Artist(2)").headers["ETag"]
    with closing(sqlite3.connect(chinook)) as connection, connection:
        connection.execute("UPDATE Artist SET Name = 'Other' WHERE ArtistId = 2")
    assert ask(shop, "DELETE", "Artist(2)", if_match=before).status == 412


def test_an_empty_change_is_none(shop: Service) -> None:
    before = ask(shop, "GET", "Artist(1)").headers["ETag"]
    answer = ask(shop, "PATCH", "Artist(1)", {})
    assert (answer.status, answer.headers["ETag"]) == (200, before)


def test_an_entity_is_deleted(shop: Service, chinook: Path) -> None:
    etag = ask(shop, "GET", "Artist(3)").headers["ETag"]
    assert ask(shop, "DELETE", "Artist(3)", if_match=etag).status == 204
    assert rows_of(chinook, "SELECT count(*) FROM Artist") == [(2,)]


def test_what_others_refer_to_is_not_deleted(shop: Service) -> None:
    answer = ask(shop, "DELETE", "Artist(1)")
    assert (answer.status, answer.error["code"]) == (409, "Conflict")
    assert ask(shop, "GET", "Artist(1)").status == 200


def test_the_file_keeps_its_tables_and_its_journal(shop: Service, chinook: Path) -> None:
    ask(shop, "POST", "Artist", {"Name": "Neue"})
    tables = [name for (name,) in rows_of(chinook, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    assert "odata-state" in tables and len(tables) == 12
    assert rows_of(chinook, "PRAGMA journal_mode") == [("delete",)]


def test_the_table_of_state_is_not_part_of_the_model(shop: Service, chinook: Path) -> None:
    assert load_schema(chinook) == shop.schema


def test_flask_serves_the_file(chinook: Path) -> None:
    app = create_app(load_schema(chinook), database=f"sqlite:///{chinook}")
    assert app.test_client().get("/Genre(1)/Name").get_json()["value"] == "Rock"
