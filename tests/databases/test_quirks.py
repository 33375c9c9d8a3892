"""Names, types, keys and constraints as SQLite files have them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odata_service.definition import check, load_schema
from odata_service.edm.annotations import (
    ALLOWED_VALUES,
    COLUMN,
    COMPUTED,
    COMPUTED_DEFAULT_VALUE,
    DESCRIPTION,
    FORMAT,
    Record,
    annotation_value,
    is_tagged,
)
from odata_service.edm.model import NavigationProperty, Property, Schema
from odata_service.service import Service
from tests.asking import ask
from tests.databases.asking import service_over
from tests.databases.build import build


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build("quirks", tmp_path)


@pytest.fixture
def schema(path: Path) -> Schema:
    return load_schema(path)


@pytest.fixture
def quirks(path: Path) -> Iterator[Service]:
    with service_over(path) as made:
        yield made


def properties_of(schema: Schema, name: str) -> dict[str, Property]:
    return dict(schema.properties(f"quirks.{name}"))


def navigation_of(schema: Schema, name: str) -> dict[str, NavigationProperty]:
    return dict(schema.navigation_properties(f"quirks.{name}"))


def test_names_become_identifiers(schema: Schema) -> None:
    assert list(schema.container.entity_sets) == [
        "_2nd_try",
        "adults",
        "flights",
        "holes",
        "log",
        "no_ca_se",
        "passports",
        "people",
        "prices",
        "reals",
        "values_seen",
        "vouchers",
    ]
    found = properties_of(schema, "_2nd_try")
    assert {name: annotation_value(part.annotations, COLUMN) for name, part in found.items()} == {
        "a_b": "a-b",
        "a_b_2": "a b",
        "A_B_3": "A_B",
    }


@pytest.mark.parametrize(
    ("name", "type_name", "form"),
    [
        ("unix", "Edm.DateTimeOffset", "epoch"),
        ("millis", "Edm.DateTimeOffset", "epoch-milliseconds"),
        ("julian", "Edm.DateTimeOffset", "julian-day"),
        ("iso", "Edm.DateTimeOffset", "iso"),
        ("zoned", "Edm.DateTimeOffset", "timestamptz"),
        ("day_only", "Edm.Date", "date"),
        ("moment", "Edm.DateTimeOffset", "timestamp"),
        ("clock", "Edm.TimeOfDay", "time"),
        ("guid_bytes", "Edm.Guid", "bytes"),
        ("guid_upper", "Edm.Guid", "upper"),
        ("flag", "Edm.Boolean", None),
        ("word", "Edm.Boolean", "yes-no"),
        ("size", "Edm.Boolean", None),
        ("lying", "Edm.String", "anything"),
        ("untyped", "Edm.String", "anything"),
        ("price", "Edm.Decimal", "number"),
        ("shape", "Edm.String", None),
    ],
)
def test_a_column_s_values_tell_its_type(schema: Schema, name: str, type_name: str, form: str | None) -> None:
    part = properties_of(schema, "values_seen")[name]
    assert (part.type.name, annotation_value(part.annotations, FORMAT)) == (type_name, form)


def test_values_of_every_form_are_read(quirks: Service) -> None:
    entity = ask(quirks, "GET", "values_seen(1)").json
    del entity["@odata.context"], entity["@odata.etag"]
    assert entity == {
        "id": 1,
        "unix": "2009-01-01T00:00:00Z",
        "millis": "2009-01-01T00:00:00.5Z",
        "julian": "2009-01-01T00:00:00Z",
        "iso": "2009-01-01T00:00:00.5Z",
        "zoned": "2009-01-01T00:00:00Z",
        "day_only": "2009-01-01",
        "moment": "2009-01-01T12:30:00Z",
        "clock": "08:05:00",
        "guid_bytes": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "guid_upper": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "flag": False,
        "word": True,
        "size": True,
        "lying": "none",
        "untyped": "3",
        "price": 1.25,
        "shape": "POINT(1 2)",
    }


@pytest.mark.parametrize(
    "condition",
    [
        "unix eq 2009-01-01T00:00:00Z",
        "julian lt 2010-01-01T00:00:00Z",
        "hour(zoned) eq 0 and id eq 1",
        "day_only eq 2009-01-01",
        "clock ge 08:00:00",
        "guid_bytes eq 6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "guid_upper in (6f9619ff-8b86-d011-b42d-00c04fc964ff)",
        "word",
        "size eq true",
        "price mul 2 eq 2.5",
        "lying eq 'none'",
    ],
)
def test_values_of_every_form_are_compared(quirks: Service, condition: str) -> None:
    assert ask(quirks, "GET", f"values_seen?$filter={condition}").column("id") == [1]


def test_values_of_every_form_are_written_back(quirks: Service) -> None:
    entity = ask(quirks, "GET", "values_seen(1)").json
    stated = {name: value for name, value in entity.items() if "@" not in name}
    assert ask(quirks, "POST", "values_seen", {**stated, "id": 3}).status == 201
    copied = ask(quirks, "GET", "values_seen(3)").json
    assert {**stated, "id": 3} == {name: value for name, value in copied.items() if "@" not in name}
    same = ask(quirks, "GET", "values_seen?$filter=unix eq 2009-01-01T00:00:00Z and guid_upper ne null&$orderby=id")
    assert same.column("id") == [1, 3]


def test_a_table_without_a_key_is_served_by_its_row_numbers(quirks: Service) -> None:
    assert ask(quirks, "GET", "log(2)").json["line"] == "two"
    made = ask(quirks, "POST", "log", {"line": "four"})
    assert (made.status, made.headers["Location"]) == (201, "http://host/log(4)")
    assert ask(quirks, "PATCH", "log(4)", {"at": "2024-05-06T00:00:00Z"}).json["at"] == "2024-05-06T00:00:00Z"
    assert ask(quirks, "DELETE", "log(4)").status == 204


def test_a_key_that_is_null_somewhere_is_none(quirks: Service) -> None:
    assert ask(quirks, "GET", "holes(2)").json["code"] is None


def test_keys_of_every_form_are_made_by_the_database(quirks: Service) -> None:
    made = ask(quirks, "POST", "vouchers", {"amount": 7})
    assert made.headers["Location"] == f"http://host/vouchers({made.json['code']})"
    assert ask(quirks, "GET", f"vouchers({made.json['code']})").json["amount"] == 7
    assert ask(quirks, "POST", "prices", {"name": "new"}).headers["Location"] == "http://host/prices(1.5)"
    assert ask(quirks, "GET", "prices(2.25)").json["name"] == "old"
    assert ask(quirks, "DELETE", "prices(1.5)").status == 204


def test_unique_columns_stand_in_for_a_key(quirks: Service) -> None:
    assert ask(quirks, "GET", "flights('OD1')").json["pilot_id"] == 1


def test_quotes_and_percent_signs_in_names_do_no_harm(quirks: Service) -> None:
    assert ask(quirks, "PATCH", "no_ca_se('Aa')", {"_": "2025-01-01T00:00:00Z"}).json["_"] == "2025-01-01T00:00:00Z"
    assert ask(quirks, "GET", "no_ca_se?$filter=_ gt 2024-12-31T00:00:00Z").column("k_1") == ["Aa"]


def test_texts_compare_by_their_characters_whatever_the_column_folds(quirks: Service) -> None:
    assert ask(quirks, "GET", "flights?$filter=plane eq 'PIPER'").column("code") == []
    assert ask(quirks, "GET", "flights?$filter=plane eq 'Piper'").column("code") == ["OD1"]
    assert ask(quirks, "GET", "no_ca_se('aa')").status == 404
    assert ask(quirks, "DELETE", "no_ca_se('AA')").status == 404
    assert ask(quirks, "GET", "no_ca_se('Aa')").status == 200


def test_a_view_is_read_only_and_each_row_has_an_address(quirks: Service) -> None:
    (adult,) = ask(quirks, "GET", "adults").values
    assert adult["name"] == "Ada"
    assert ask(quirks, "GET", f"adults({adult['row_hash']})").json["born"] == "1970-05-06"
    assert ask(quirks, "POST", "adults", {"name": "Cy"}).status == 405
    assert ask(quirks, "DELETE", f"adults({adult['row_hash']})").status == 405


def test_check_says_which_tables_have_no_key_and_which_columns_lie(path: Path) -> None:
    assert [f"{problem.severity}: {problem.message}" for problem in check(path)] == [
        "warning: Table 'broken': it cannot be read: no such table: main.lost; it is left out.",
        "warning: Table 'pages': it is a virtual table; it is left out.",
        "warning: Table 'values_seen': column 'lying': it is declared INTEGER, but holds 'none': it is read as "
        "Edm.String.",
        "warning: Table 'values_seen': column 'shape': its type 'circle' is not known: it is read as Edm.String.",
        "info: Table 'adults': the view has no key: a hash of each row stands for one, and it is read-only.",
        "info: Table 'holes': it has no key: 'rowid', the number of the row, stands for one.",
        "info: Table 'log': it has no key: 'rowid', the number of the row, stands for one.",
        "info: Table 'reals': the type of its key (value) is that of no key: 'rowid', the number of the row, "
        "stands for one.",
        "warning: Table 'flights': the foreign key (ghost_id) leads to 'ghosts', which is not there; SQLite refuses "
        "changes of such rows, so they are read-only.",
    ]


def test_comments_are_descriptions(schema: Schema) -> None:
    found = properties_of(schema, "person")
    described = {name: annotation_value(part.annotations, DESCRIPTION) for name, part in found.items()}
    assert described["person_id"] == "counts up"
    assert described["name"] == "as on the passport"
    assert described["born"] is None


@pytest.mark.parametrize(
    ("name", "values"), [("vip", ("yes", "no", "it's complicated")), ("grade", (1, 2)), ("name", None)]
)
def test_checks_list_allowed_values(schema: Schema, name: str, values: tuple[Any, ...] | None) -> None:
    expected = None if values is None else tuple(Record({"Value": value}) for value in values)
    assert annotation_value(properties_of(schema, "person")[name].annotations, ALLOWED_VALUES) == expected


def test_a_value_that_a_check_forbids_is_refused(quirks: Service) -> None:
    answer = ask(quirks, "PATCH", "people(1)", {"vip": "maybe"})
    assert (answer.status, answer.error["code"]) == (400, "PayloadError")


def test_defaults_are_told_apart(schema: Schema) -> None:
    found = properties_of(schema, "person")
    assert found["active"].default is True
    assert [name for name, part in found.items() if is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE)] == [
        "person_id",
        "token",
        "since",
    ]
    assert [name for name, part in found.items() if is_tagged(part.annotations, COMPUTED)] == ["shown"]


def test_the_database_fills_in_what_a_create_leaves_out(quirks: Service) -> None:
    made = ask(quirks, "POST", "people", {"name": "Cy", "shown": "ignored"})
    assert made.status == 201
    assert (made.json["person_id"], made.json["active"], made.json["shown"]) == (3, True, "CY")
    assert made.json["token"] is not None and made.json["since"] is not None


def test_a_put_leaves_what_only_the_database_can_fill_in(quirks: Service) -> None:
    changed = ask(quirks, "PUT", "people(1)", {"name": "Ada L."})
    assert (changed.status, changed.json["since"], changed.json["vip"]) == (200, "2020-01-01T00:00:00Z", None)


def test_foreign_keys_are_named_for_people(schema: Schema) -> None:
    found = navigation_of(schema, "person")
    shown = {name: (part.target.partition(".")[2], part.collection, part.on_delete) for name, part in found.items()}
    assert shown == {
        "flights_by_pilot": ("flight", True, None),
        "flights_by_copilot": ("flight", True, None),
        "passport": ("passport", False, "Cascade"),
        "parent": ("person", False, None),
        "children": ("person", True, "SetNull"),
        "people": ("person", True, None),
        "friends": ("person", True, None),
    }
    assert list(navigation_of(schema, "flight")) == ["pilot", "copilot"]


def test_of_two_single_partners_the_one_with_the_foreign_key_leads(quirks: Service) -> None:
    assert ask(quirks, "GET", "people(1)/passport").json["number"] == "C01X"
    expanded = ask(quirks, "GET", "people?$expand=passport($select=number)&$orderby=person_id").values
    assert [person["passport"] and person["passport"]["number"] for person in expanded] == ["C01X", None]
    assert ask(quirks, "GET", "passports(1)/person").json["name"] == "Ada"


def test_pairs_within_one_table_have_a_direction(quirks: Service) -> None:
    assert ask(quirks, "GET", "people(1)/friends").column("name") == ["Bo"]
    assert ask(quirks, "GET", "people(2)/friends").column("name") == []
    assert ask(quirks, "GET", "people(2)/people").column("name") == ["Ada"]
