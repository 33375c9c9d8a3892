"""Databases of PostgreSQL and MariaDB that others made, served as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from peewee import MySQLDatabase, PostgresqlDatabase

from odata_service.csdl import write_xml
from odata_service.database.catalogue import Catalogue
from odata_service.database.mariadb_catalogue import read_mariadb
from odata_service.database.postgresql_catalogue import read_postgresql
from odata_service.definition import check, load_schema
from odata_service.definition.database import add_catalogue
from odata_service.edm.annotations import (
    ALLOWED_VALUES,
    COMPUTED,
    COMPUTED_DEFAULT_VALUE,
    DESCRIPTION,
    FORMAT,
    Record,
    annotation_value,
    is_tagged,
)
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import Property, Schema
from odata_service.errors import Origin
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.databases.build import HERE
from tests.databases.servers import RUN
from tests.servers import database_url

BOTH = pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True, scope="module")
POSTGRESQL = pytest.mark.parametrize("url", ["postgresql"], indirect=True, scope="module")
MARIADB = pytest.mark.parametrize("url", ["mariadb"], indirect=True, scope="module")
CHANGED = pytest.mark.parametrize("own", ["postgresql", "mariadb"], indirect=True)


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that the family's script has filled, to be read."""
    with filled(request.param) as made:
        yield made


@contextmanager
def filled(family: str) -> Iterator[str]:
    with database_url(family) as made:
        RUN[family](made, (HERE / f"{family}.sql").read_text("utf-8"))
        yield made


@pytest.fixture
def builder(url: str) -> SchemaBuilder:
    """What the database defines, read through a connection of the test's own."""
    made = SchemaBuilder()
    add_catalogue(catalogue_of(url), made, Origin("server"))
    return made


@pytest.fixture
def schema(builder: SchemaBuilder) -> Schema:
    return builder.freeze()


def catalogue_of(url: str) -> Catalogue:
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        postgresql = PostgresqlDatabase(parts.path[1:], host=parts.hostname, port=parts.port, user=parts.username)
        with postgresql.connection_context():
            return read_postgresql(postgresql)
    mariadb = MySQLDatabase(parts.path[1:], host=parts.hostname, port=parts.port, user=parts.username)
    with mariadb.connection_context():
        return read_mariadb(mariadb)


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """The service over the database."""
    with service_of(load_schema(url), Settings(), url) as service:
        yield service


@pytest.fixture
def own(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A service over a database that is the test's own, and may be changed."""
    with filled(request.param) as url, service_of(load_schema(url), Settings(), url) as service:
        yield service


def properties_of(schema: Schema, name: str) -> dict[str, Property]:
    found = next(known for known in schema.types if known.endswith(f".{name}"))
    return dict(schema.properties(found))


def described(schema: Schema, name: str) -> dict[str, tuple[str, Any]]:
    found = properties_of(schema, name)
    return {key: (part.type.name, annotation_value(part.annotations, FORMAT)) for key, part in found.items()}


@POSTGRESQL
def test_types_of_postgresql(schema: Schema) -> None:
    assert described(schema, "person") == {
        "person_id": ("Edm.Int32", None),
        "name": ("Edm.String", None),
        "born": ("Edm.Date", "date"),
        "active": ("Edm.Boolean", None),
        "feels": ("Edm.String", "enum"),
        "vip": ("Edm.String", None),
        "code": ("Edm.String", None),
        "balance": ("Edm.Decimal", None),
        "token": ("Edm.Guid", None),
        "since": ("Edm.DateTimeOffset", "timestamptz"),
        "local": ("Edm.DateTimeOffset", "timestamp"),
        "wakes": ("Edm.TimeOfDay", "time"),
        "patience": ("Edm.Duration", "interval"),
        "photo": ("Edm.Binary", None),
        "home": ("Edm.String", "enum"),
        "notes": ("Edm.String", "enum"),
        "tags": ("Edm.String", "enum"),
        "shout": ("Edm.String", None),
        "parent_id": ("Edm.Int32", None),
    }
    found = properties_of(schema, "person")
    assert (found["balance"].type.facets.precision, found["balance"].type.facets.scale) == (12, 3)
    assert (found["local"].type.facets.precision, found["name"].type.facets.max_length) == (3, 40)
    assert annotation_value(found["code"].annotations, ALLOWED_VALUES) == (
        Record({"Value": "D-1"}),
        Record({"Value": "D-2"}),
    )
    assert [name for name, part in found.items() if is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE)] == [
        "person_id",
        "token",
        "since",
    ]


@MARIADB
def test_types_of_mariadb(schema: Schema) -> None:
    assert described(schema, "person") == {
        "person_id": ("Edm.Int32", None),
        "name": ("Edm.String", "text"),
        "born": ("Edm.Date", "date"),
        "active": ("Edm.Boolean", "number"),
        "feels": ("Edm.String", "enum"),
        "vip": ("Edm.String", "text"),
        "balance": ("Edm.Decimal", "number"),
        "token": ("Edm.Guid", "uuid"),
        "since": ("Edm.DateTimeOffset", "timestamptz"),
        "seen": ("Edm.DateTimeOffset", "timestamp"),
        "patience": ("Edm.Duration", "interval"),
        "photo": ("Edm.Binary", None),
        "steps": ("Edm.Decimal", "number"),
        "shout": ("Edm.String", "text"),
        "parent_id": ("Edm.Int32", None),
    }
    found = properties_of(schema, "person")
    assert [name for name, part in found.items() if is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE)] == [
        "person_id",
        "token",
        "since",
    ]


@BOTH
def test_comments_checks_and_defaults_are_read(schema: Schema) -> None:
    found = properties_of(schema, "person")
    assert annotation_value(found["name"].annotations, DESCRIPTION) == "as on the passport"
    allowed = annotation_value(found["vip"].annotations, ALLOWED_VALUES)
    assert allowed == (Record({"Value": "yes"}), Record({"Value": "no"}))
    assert (found["active"].default, found["feels"].default) == (True, "ok")
    assert is_tagged(found["shout"].annotations, COMPUTED)
    owner = next(declared for name, declared in schema.types.items() if name.endswith(".person"))
    assert annotation_value(owner.annotations, DESCRIPTION) == "Everybody"


@BOTH
def test_foreign_keys_lead_both_ways(schema: Schema) -> None:
    person, hobby, detail = (
        dict(schema.navigation_properties(next(name for name in schema.types if name.endswith(ending))))
        for ending in (".person", ".hobby", ".Order_Detail")
    )
    assert {name: (part.collection, part.partner, part.on_delete) for name, part in person.items()} == {
        "parent": (False, "children", None),
        "children": (True, "parent", "SetNull"),
        "hobbies": (True, "people", None),
    }
    assert list(hobby) == ["people"]
    assert {name: (part.collection, part.on_delete) for name, part in detail.items()} == {"returns": (True, "Cascade")}


@BOTH
def test_entities_are_read_with_what_they_lead_to(service: Service) -> None:
    answer = ask(service, "GET", "people(1)?$expand=children($select=name),hobbies($select=title;$orderby=hobby_id)")
    assert answer.status == 200
    person = answer.json
    assert (person["name"], person["born"], person["since"], person["photo"]) == (
        "Ada",
        "1970-05-06",
        "2020-01-01T00:00:00Z",
        "AQI",
    )
    assert [child["name"] for child in person["children"]] == ["Bo"]
    assert [hobby["title"].strip() for hobby in person["hobbies"]] == ["chess", "rowing"]
    assert ask(service, "GET", "people(2)/parent").json["shout"] == "ADA"
    assert ask(service, "GET", "hobbies(2)/people?$orderby=person_id").column("name") == ["Ada", "Bo"]


@BOTH
@pytest.mark.parametrize(
    "condition",
    [
        "since lt 2020-01-01T12:00:00Z",
        "born eq 1970-05-06",
        "year(born) eq 1970",
        "feels eq 'ok' and name eq 'Ada'",
        "name eq 'Ada' and not (name eq 'ADA')",
        "patience gt duration'P1D'",
        "active and person_id le 1",
        "balance eq 0 and parent_id eq null",
    ],
)
def test_entities_are_filtered(service: Service, condition: str) -> None:
    answer = ask(service, "GET", f"people?$filter={condition}&$orderby=since desc")
    assert answer.column("person_id") == [1]


@CHANGED
def test_an_entity_is_created_changed_and_deleted(own: Service) -> None:
    body = {"name": "Cy", "since": "2024-02-29T12:00:00Z", "balance": 12.5, "parent_id": 1}
    made = ask(own, "POST", "people", body)
    assert (made.status, made.headers["Location"]) == (201, "http://host/people(3)")
    assert (made.json["shout"], made.json["feels"], made.json["balance"]) == ("CY", "ok", 12.5)
    assert made.json["token"] is not None
    changed = ask(own, "PATCH", "people(3)", {"feels": "sad", "born": "2000-01-01"}, if_match=made.headers["ETag"])
    assert (changed.status, changed.json["feels"], changed.json["born"]) == (200, "sad", "2000-01-01")
    assert changed.json["since"] == "2024-02-29T12:00:00Z"
    assert ask(own, "PATCH", "people(3)", {"name": "Di"}, if_match=made.headers["ETag"]).status == 412
    assert ask(own, "PATCH", "people(3)", {"vip": "maybe"}).status == 400
    assert ask(own, "DELETE", "people(3)", if_match=changed.headers["ETag"]).status == 204
    assert ask(own, "GET", "people(3)").status == 404


@CHANGED
def test_keys_of_several_parts_and_names_with_blanks(own: Service) -> None:
    assert ask(own, "GET", "Order_Details(order_no=1,line_no=1)").json["qty"] == 2.5
    assert ask(own, "GET", "returns(7)/Order_Detail").json["line_no"] == 2
    assert ask(own, "DELETE", "Order_Details(order_no=1,line_no=2)").status == 204
    assert ask(own, "GET", "returns").values == []


@BOTH
def test_what_has_no_key_is_read_only_and_each_row_has_an_address(service: Service) -> None:
    lines = ask(service, "GET", "log?$filter=at ne null").values
    assert [(line["at"], line["line"]) for line in lines] == [("2024-01-02T03:04:05Z", "one")]
    assert ask(service, "GET", f"log({lines[0]['row_hash']})").json["line"] == "one"
    assert ask(service, "POST", "log", {"line": "three"}).status == 405
    assert ask(service, "GET", "adults").column("name") == ["Ada"]


@BOTH
def test_pages_follow_each_other(service: Service) -> None:
    first = ask(service, "GET", "people?$orderby=since desc", prefer="odata.maxpagesize=1").json
    rest = ask(service, "GET", first["@odata.nextLink"].removeprefix("http://host/")).column("name")
    assert [person["name"] for person in first["value"]] + rest == ["Bo", "Ada"]


@pytest.mark.parametrize("own", ["postgresql"], indirect=True)
def test_values_of_postgresql_are_served(own: Service) -> None:
    person = ask(own, "GET", "people(1)").json
    assert {name: person[name] for name in ("local", "wakes", "patience", "home", "notes", "tags")} == {
        "local": "2020-01-01T12:00:00.5Z",
        "wakes": "06:30:00",
        "patience": "P1DT2H",
        "home": "10.0.0.1/32",
        "notes": '{"a": 1}',
        "tags": "{x,y}",
    }
    body = {
        "wakes": "05:00:00",
        "patience": "PT90S",
        "home": "10.0.0.2",
        "notes": "[]",
        "local": "2021-01-01T00:00:00Z",
    }
    changed = ask(own, "PATCH", "people(1)", body)
    assert (changed.status, {name: changed.json[name] for name in body}) == (
        200,
        {**body, "patience": "PT1M30S", "home": "10.0.0.2/32"},
    )
    assert ask(own, "GET", "counted").column("number") == [2]


@pytest.mark.parametrize("own", ["mariadb"], indirect=True)
def test_values_of_mariadb_are_served(own: Service) -> None:
    person = ask(own, "GET", "people(1)").json
    assert {name: person[name] for name in ("seen", "patience", "steps")} == {
        "seen": "2020-01-01T12:00:00.5Z",
        "patience": "P1DT2H",
        "steps": 18446744073709551615,
    }
    body = {"seen": "2021-01-01T00:00:00.25Z", "patience": "PT90S", "steps": 5}
    changed = ask(own, "PATCH", "people(1)", body)
    assert (changed.status, {name: changed.json[name] for name in body}) == (200, {**body, "patience": "PT1M30S"})


@BOTH
def test_the_exported_document_defines_the_same_types(schema: Schema, tmp_path: Path) -> None:
    document = tmp_path / "model.xml"
    document.write_bytes(write_xml(schema, "4.01", storage=True))
    assert dict(load_schema(document).types) == dict(schema.types)


@BOTH
def test_what_has_no_key_is_said(builder: SchemaBuilder) -> None:
    messages = [problem.message for problem in builder.problems]
    hashed = "a hash of each row stands for one, and it is read-only."
    assert f"Table 'log': it has no key: {hashed}" in messages
    assert f"Table 'adults': the view has no key: {hashed}" in messages


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "mariadb://nobody@127.0.0.1:9/none"])
def test_a_server_that_is_not_there_is_one_clear_line(url: str) -> None:
    (problem,) = check(url)
    assert str(problem).startswith(f"{url.replace('nobody@', '')}:1: error: The database ")
    assert "\n" not in str(problem)


@POSTGRESQL
def test_types_without_a_like_are_warned_of(builder: SchemaBuilder) -> None:
    warnings = [problem.message for problem in builder.problems if problem.severity == "warning"]
    assert warnings == [
        "Table 'people': column 'tags': its type 'text[]' has no like in OData: it is read as Edm.String."
    ]
