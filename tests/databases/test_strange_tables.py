"""SQLite tables that no other database would take: values of any kind anywhere, keys and references of any form."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from odata_service.definition import check
from odata_service.service import Service
from tests.asking import ask
from tests.databases.asking import service_over

_TABLES = """
CREATE TABLE readings (id INTEGER PRIMARY KEY, level INTEGER, taken DATETIME, is_good BOOLEAN);
CREATE TABLE moments (at DATETIME PRIMARY KEY, what TEXT);
INSERT INTO moments VALUES ('2024-01-01 00:00:00', 'a'), ('2024-01-01T01:00:00Z', 'b'), ('2024-01-01 02:00:00.50', 'c');
CREATE TABLE nameless (id INTEGER PRIMARY KEY, "" TEXT, other TEXT);
INSERT INTO nameless VALUES (1, 'hidden', 'shown');
CREATE TABLE places (a INTEGER, b INTEGER, name TEXT, PRIMARY KEY (a, b));
INSERT INTO places VALUES (1, 2, 'here');
CREATE TABLE visits (id INTEGER PRIMARY KEY, place INTEGER REFERENCES places);
INSERT INTO visits VALUES (1, 1);
CREATE TABLE seats (id INTEGER PRIMARY KEY, row INTEGER, number INTEGER CHECK (number < 40), UNIQUE (row, number));
INSERT INTO seats VALUES (1, 1, 1);
CREATE TRIGGER no_thirteen BEFORE INSERT ON seats WHEN NEW.number = 13
    BEGIN SELECT RAISE(ABORT, 'nobody sits on 13'); END;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "strange.db"
    with closing(sqlite3.connect(made)) as writing, writing:
        writing.executescript(_TABLES)
        rows = [(number, 1, "2024-01-01 10:00:00", 1) for number in range(1_200)]
        writing.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", [*rows, (2_000, b"\xff", "soon", 2)])
    return made


@pytest.fixture
def strange(path: Path) -> Iterator[Service]:
    with service_over(path) as made:
        yield made


def test_a_column_is_read_as_what_it_holds_far_behind_too(strange: Service) -> None:
    assert ask(strange, "GET", "readings(2000)?$select=level,taken,is_good").json == {
        "@odata.context": "http://host/$metadata#readings(level,taken,is_good)/$entity",
        "@odata.id": "http://host/readings(2000)",
        "@odata.etag": ask(strange, "GET", "readings(2000)").json["@odata.etag"],
        "level": "�",
        "taken": "soon",
        "is_good": 2,
    }


def test_times_spelled_in_several_ways_are_instants(strange: Service) -> None:
    found = ask(strange, "GET", "moments?$filter=at ge 2024-01-01T01:00:00Z&$orderby=at desc&$select=at").values
    assert [entity["at"] for entity in found] == ["2024-01-01T02:00:00.5Z", "2024-01-01T01:00:00Z"]


def test_a_key_spelled_in_several_ways_gives_place_to_the_number_of_the_row(strange: Service) -> None:
    assert ask(strange, "GET", "moments(1)").json["at"] == "2024-01-01T00:00:00Z"


def test_a_column_without_a_name_is_left_out(strange: Service) -> None:
    (entity,) = ask(strange, "GET", "nameless").values
    assert {name for name in entity if not name.startswith("@")} == {"id", "other"}


def test_rows_that_sqlite_refuses_to_change_are_read_only(strange: Service) -> None:
    assert ask(strange, "POST", "visits", {"id": 2}).status == 405
    assert ask(strange, "DELETE", "visits(1)").status == 405
    assert ask(strange, "DELETE", "places(a=1,b=2)").status == 405
    assert ask(strange, "PATCH", "places(a=1,b=2)", {"name": "there"}).json["name"] == "there"


@pytest.mark.parametrize(
    ("seat", "status", "message"),
    [
        ({"id": 1}, 409, "An entity with this key exists already. Change it with PATCH, or use another key."),
        (
            {"id": 2, "row": 1, "number": 1},
            409,
            "Another entity has this value of 'row, number' already. Use another value.",
        ),
        (
            {"id": 2, "number": 40},
            400,
            "The entity breaks the rule 'number < 40' of the database. Check its values.",
        ),
        ({"id": 2, "number": 13}, 400, "The database refuses the change: nobody sits on 13."),
    ],
    ids=["key", "unique columns", "check", "trigger"],
)
def test_what_the_database_refuses_is_said_in_its_words(
    strange: Service, seat: dict[str, int], status: int, message: str
) -> None:
    assert ask(strange, "POST", "seats", seat).refusal == (status, message)


def test_check_says_what_is_strange(path: Path) -> None:
    assert [f"{problem.severity}: {problem.message}" for problem in check(path)] == [
        "warning: Table 'nameless': it has a column without a name, which is left out.",
        "warning: Table 'readings': column 'level': it is declared INTEGER, but holds bytes (ff): it is read as "
        "Edm.String.",
        "warning: Table 'readings': column 'taken': it is declared DATETIME, but holds 'soon': it is read as "
        "Edm.String.",
        "warning: Table 'readings': column 'is_good': it is declared BOOLEAN, but holds 2: it is read as Edm.Int64.",
        "info: Table 'moments': the values of its key column 'at' are spelled in several ways: 'rowid', the number of "
        "the row, stands for one.",
        "warning: Table 'visits': the foreign key (place) leads to 'places' (a, b), which is no key that fits; "
        "SQLite refuses changes of such rows, so they are read-only.",
    ]


@pytest.mark.parametrize(
    ("declared", "usual", "other"),
    [
        ("'2024-02-01 10:00:00'", "2024-02-01T10:00:00Z", "'2024-02-01 10:00'"),
        ("'2024-02-01T10:00:00'", "2024-02-01T10:00:00Z", "'2024-02-01T10:00:00.000'"),
        ("'2024-02-01T10:00:00Z'", "2024-02-01T10:00:00Z", "'2024-02-01 11:00:00+01:00'"),
    ],
    ids=["blank", "T", "Z"],
)
def test_usual_and_other_spellings_of_an_instant_are_equal(
    tmp_path: Path, declared: str, usual: str, other: str
) -> None:
    file = tmp_path / "times.db"
    with closing(sqlite3.connect(file)) as writing, writing:
        writing.executescript(
            "CREATE TABLE times (id INTEGER PRIMARY KEY, at DATETIME);"
            f"INSERT INTO times (at) VALUES ({declared}), ({other}), ({declared}), (NULL);"
        )
    with service_over(file) as service:
        assert ask(service, "GET", f"times?$filter=at eq {usual}").column("id") == [1, 2, 3]
        assert ask(service, "GET", "times?$orderby=at,id desc").column("id") == [4, 3, 2, 1]
