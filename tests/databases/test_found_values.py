"""Values in SQLite columns that are none of their property's type, written after the columns were looked at."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.databases.asking import service_over

_TABLES = """
CREATE TABLE plants (
    id INTEGER PRIMARY KEY, name TEXT, height SMALLINT, weight REAL, price DECIMAL(8, 2), code GUID, is_green BOOLEAN,
    is_tall BOOL, sown DATE, watered DATETIME, opens TIME, seed BLOB
);
INSERT INTO plants VALUES (1, 'fern', 3, 1.5, 2.5, '00000000-0000-4000-8000-000000000001', 1, 'yes', '2024-01-31',
    '2024-01-31 10:00:00', '10:00:00', x'01');
CREATE TABLE leaves (id INTEGER PRIMARY KEY, plant_id INTEGER REFERENCES plants, size INTEGER);
INSERT INTO leaves VALUES (7, 1, 2);
"""
_ADVICE = "Correct it there, or make the property an Edm.String with the Storage.Format 'anything'."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "garden.db"
    change(made, _TABLES)
    return made


@pytest.fixture
def garden(path: Path) -> Iterator[Service]:
    with service_over(path) as made:
        yield made


def change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("name", "x'ff'", "X'ff' in the database, which is no Edm.String."),
        ("height", "'tall'", "'tall' in the database, which is no Edm.Int16."),
        ("height", "70000", "70000 in the database, which is no Edm.Int16."),
        ("height", "1.5", "1.5 in the database, which is no Edm.Int16."),
        ("weight", "'heavy'", "'heavy' in the database, which is no Edm.Double."),
        ("price", "'12,50'", "'12,50' in the database, which is no Edm.Decimal."),
        ("code", "'none'", "'none' in the database, which is no Edm.Guid."),
        ("code", "x'0102'", "X'0102' in the database, which is no Edm.Guid."),
        ("is_green", "7", "7 in the database, which is no Edm.Boolean."),
        ("is_green", "'maybe'", "'maybe' in the database, which is no Edm.Boolean."),
        ("is_tall", "'perhaps'", "'perhaps' in the database, which is no Edm.Boolean."),
        ("sown", "'2024-02-30'", "'2024-02-30' in the database, which is no Edm.Date."),
        ("watered", "'soon'", "'soon' in the database, which is no Edm.DateTimeOffset."),
        ("opens", "'25:00:00'", "'25:00:00' in the database, which is no Edm.TimeOfDay."),
        ("seed", "'text'", "'text' in the database, which is no Edm.Binary."),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused_where_it_stands(
    garden: Service, path: Path, column: str, value: str, said: str
) -> None:
    change(path, f"INSERT INTO plants (id, {column}) VALUES (2, {value})")
    answer = ask(garden, "GET", "plants")
    assert (answer.status, answer.error["code"], answer.error["target"]) == (500, "UnfitValue", column)
    assert answer.error["message"] == f"plants(2)/{column} is {said} {_ADVICE}"


def test_what_is_not_shown_is_not_looked_at(garden: Service, path: Path) -> None:
    change(path, "INSERT INTO plants (id, name, height) VALUES (2, 'ivy', 'tall')")
    assert ask(garden, "GET", "plants?$select=name&$filter=id eq 2").values[0]["name"] == "ivy"


def test_values_in_expanded_entities_are_looked_at(garden: Service, path: Path) -> None:
    change(path, "INSERT INTO leaves VALUES (8, 1, 'large')")
    answer = ask(garden, "GET", "plants(1)?$expand=leaves")
    assert (answer.status, answer.error["target"]) == (500, "size")
    assert answer.error["message"].startswith("leaves(8)/size is 'large' in the database, which is no Edm.Int64.")


def test_values_of_an_entity_that_leads_along_are_looked_at(garden: Service, path: Path) -> None:
    change(path, "UPDATE plants SET height = 'tall'")
    answer = ask(garden, "GET", "leaves?$expand=plant")
    assert answer.error["message"].startswith("plants(1)/height is 'tall' in the database")


def test_groups_are_looked_at(garden: Service, path: Path) -> None:
    change(path, "UPDATE plants SET height = 'tall'")
    answer = ask(garden, "GET", "plants?$apply=groupby((height),aggregate($count as n))")
    assert answer.error["message"].startswith("plants/height is 'tall' in the database, which is no Edm.Int16.")


def test_text_that_is_none_is_refused(garden: Service, path: Path) -> None:
    change(path, "UPDATE plants SET name = CAST(x'ff41' AS TEXT)")
    answer = ask(garden, "GET", "plants")
    assert (answer.status, answer.error["code"]) == (500, "UnfitValue")
    assert answer.error["message"].startswith("A value in the database is none of its column's type: a text that is ")


def test_a_filter_that_works_with_what_is_no_number_is_refused(garden: Service, path: Path) -> None:
    change(path, "UPDATE plants SET height = 'tall'")
    answer = ask(garden, "GET", "plants/$count?$filter=height mod 2 eq 1")
    assert (answer.status, answer.error["code"]) == (500, "UnfitValue")


def test_a_value_that_does_not_fit_can_be_corrected(garden: Service, path: Path) -> None:
    change(path, "UPDATE plants SET height = 'tall'")
    answer = ask(garden, "PATCH", "plants(1)", {"height": 4})
    assert (answer.status, ask(garden, "GET", "plants(1)/height").json["value"]) == (200, 4)
