"""Values that servers know and OData does not, each on a page that is answered."""

from collections.abc import Iterator

import pytest

from odata_service.definition import check, load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import open_store
from tests.asking import ask, service_of
from tests.databases.servers import RUN
from tests.servers import database_url

_SCRIPTS = {
    "postgresql": """
CREATE TABLE odd (id int PRIMARY KEY, day date, at timestamptz, clock time, amount numeric, span interval);
INSERT INTO odd VALUES (1, 'infinity', '-infinity', '24:00', 'NaN', '-178000000 years'),
    (2, '0044-03-15 BC', '12024-01-01 00:00+00', '12:30', '1.50', '1 day'), (3, '2024-02-29', NULL, NULL, 2, NULL);
CREATE TABLE days (day date PRIMARY KEY);
INSERT INTO days VALUES ('2024-02-29');
CREATE TABLE seats (id int PRIMARY KEY, row int, number int CONSTRAINT few CHECK (number < 40), UNIQUE (row, number));
INSERT INTO seats VALUES (1, 1, 1);
CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'nobody sits on 13'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER no_thirteen BEFORE INSERT ON seats FOR EACH ROW WHEN (NEW.number = 13) EXECUTE FUNCTION refuse();
""",
    "mariadb": """
SET sql_mode = 'ALLOW_INVALID_DATES';
CREATE TABLE odd (id INT PRIMARY KEY, day DATE, at DATETIME(3), flag BOOLEAN, bits BIT(8));
INSERT INTO odd VALUES (1, '0000-00-00', '0000-00-00', 2, 170), (2, '2024-02-00', '2023-02-31 10:00:00.5', 0, 1),
    (3, '2024-02-29', NULL, 1, NULL);
CREATE TABLE seats (id INT PRIMARY KEY, `row` INT, number INT, CONSTRAINT few CHECK (number < 40),
    UNIQUE `row, number` (`row`, number));
INSERT INTO seats VALUES (1, 1, 1);
CREATE TRIGGER no_thirteen BEFORE INSERT ON seats FOR EACH ROW
    IF NEW.number = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'nobody sits on 13'; END IF;
""",
}
POSTGRESQL = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
MARIADB = pytest.mark.parametrize("url", ["mariadb"], indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    family: str = request.param
    with database_url(family) as made:
        RUN[family](made, _SCRIPTS[family])
        yield made


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    schema = load_schema(url)
    with service_of(schema, Settings(), url=url) as service:
        yield service


def _values(service: Service, query: str) -> list[tuple[object, ...]]:
    found = ask(service, "GET", f"odd?{query}").values
    return [tuple(value for name, value in entity.items() if not name.startswith("@")) for entity in found]


@POSTGRESQL
def test_what_is_beyond_the_years_of_odata_is_the_nearest_that_there_is(service: Service) -> None:
    assert _values(service, "$select=day,at,clock,amount,span&$filter=id lt 3") == [
        ("9999-12-31", "0001-01-01T00:00:00Z", "23:59:59.9999999", "NaN", "-P10675199DT2H48M5.4775807S"),
        ("0001-01-01", "9999-12-31T23:59:59.9999999Z", "12:30:00", 1.5, "P1D"),
    ]


@POSTGRESQL
def test_days_beyond_the_years_keep_their_order(service: Service) -> None:
    assert _values(service, "$select=id&$orderby=day") == [(2,), (3,), (1,)]
    assert _values(service, "$select=id&$filter=day gt 2024-02-29") == [(1,)]


@POSTGRESQL
def test_a_day_is_a_key(service: Service) -> None:
    assert ask(service, "GET", "days(2024-02-29)").json["day"] == "2024-02-29"
    assert ask(service, "DELETE", "days(2024-02-29)").status == 204


@MARIADB
def test_days_that_no_calendar_has_are_the_nearest_that_there_is(service: Service) -> None:
    assert _values(service, "$select=day,at&$orderby=id") == [
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("2024-02-01", "2023-02-28T10:00:00.5Z"),
        ("2024-02-29", None),
    ]


@MARIADB
def test_every_number_but_zero_is_true(service: Service) -> None:
    assert _values(service, "$select=id,flag&$filter=flag eq true") == [(1, True), (3, True)]
    assert ask(service, "PATCH", "odd(2)", {"flag": True}).json["flag"] is True


@MARIADB
def test_several_bits_are_a_number(service: Service) -> None:
    assert _values(service, "$select=bits&$filter=bits ge 1&$orderby=bits desc") == [(170,), (1,)]
    assert ask(service, "POST", "odd", {"id": 4, "bits": 255}).json["bits"] == 255


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_what_the_database_refuses_is_said_in_its_words(service: Service) -> None:
    def told(seat: dict[str, int]) -> tuple[int, str]:
        answer = ask(service, "POST", "seats", seat)
        return answer.status, answer.error["message"]

    assert told({"id": 1}) == (409, "An entity with this key exists already. Change it with PATCH, or use another key.")
    assert told({"id": 2, "row": 1, "number": 1}) == (
        409,
        "Another entity has this value of 'row, number' already. Use another value.",
    )
    assert told({"id": 2, "number": 40}) == (
        400,
        "The entity breaks the rule 'few' of the database. Check its values.",
    )
    assert told({"id": 2, "number": 13}) == (400, "The database refuses the change: nobody sits on 13.")


@MARIADB
def test_check_has_nothing_to_say_of_them(url: str) -> None:
    assert check(url) == ()


def test_geometric_columns_of_postgresql_are_left_out_with_a_warning() -> None:
    script = """
        CREATE TABLE places (id INT PRIMARY KEY, name TEXT, spot POINT, area POLYGON);
        INSERT INTO places VALUES (1, 'Here', '(1,2)', NULL);
    """
    with database_url("postgresql") as url:
        RUN["postgresql"](url, script)
        assert [problem.message for problem in check(url)] == [
            "Table 'places': column 'spot': its type 'point' is left out.",
            "Table 'places': column 'area': its type 'polygon' is left out.",
        ]
        store = open_store(url, load_schema(url), Settings())
        store.create()
        service = Service(store.schema, store)
        assert ask(service, "GET", "places?$filter=id eq 1").values[0]["name"] == "Here"
        assert ask(service, "PATCH", "places(1)", {"name": "There"}).status == 200
        store.close()


def test_spatial_columns_are_left_out_with_a_warning() -> None:
    script = """
        CREATE TABLE places (id INT PRIMARY KEY, name VARCHAR(9), spot POINT, area POLYGON);
        INSERT INTO places VALUES (1, 'Here', POINT(1, 2), NULL);
    """
    with database_url("mariadb") as url:
        RUN["mariadb"](url, script)
        assert [problem.message for problem in check(url)] == [
            "Table 'places': column 'spot': its type 'point' is left out.",
            "Table 'places': column 'area': its type 'polygon' is left out.",
        ]
        store = open_store(url, load_schema(url), Settings())
        store.create()
        service = Service(store.schema, store, Settings())
        assert ask(service, "POST", "places", {"id": 2, "name": "There"}).status == 201
        found = ask(service, "GET", "places").values
        store.close()
    assert [{name for name in entity if not name.startswith("@")} for entity in found] == [{"id", "name"}] * 2
