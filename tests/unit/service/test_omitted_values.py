"""`Prefer: omit-values`: what is null, or as it is by default, is left out of answers (Protocol 8.2.8.6)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import every_schema

NULLS = "omit-values=nulls"


def test_nulls_are_left_out_of_collections_entities_and_what_is_expanded(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers?$expand=partner($select=id)&$select=id,partnerId", prefer=NULLS)
    assert [{name: found[name] for name in found if "@" not in name} for found in answer.values][2:] == [
        {"id": "c3", "partnerId": "p1", "partner": answer.values[2]["partner"]},
        {"id": "c4"},
    ]
    assert answer.headers["Preference-Applied"] == NULLS


def test_nulls_are_left_out_of_the_answers_to_changes(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n"}, prefer=NULLS)
    assert [name for name in answer.json if "@" not in name] == ["id"]
    assert (answer.status, answer.headers["Preference-Applied"]) == (201, NULLS)


def test_a_null_property_is_still_no_content(service: Service) -> None:
    assert ask(service, "GET", "Customers('d')/displayName", prefer=NULLS).status == 204


def test_what_an_annotation_speaks_of_stays(service: Service) -> None:
    full = "application/json;odata.metadata=full"
    entity = ask(service, "GET", "Customers('c')?$select=contractType", prefer=NULLS, accept=full).json
    assert (entity["contractType@odata.type"], entity["contractType"]) == ("#Int32", None)


DEFAULTS = "omit-values=defaults"


@pytest.fixture
def things() -> Iterator[Service]:
    """One thing whose values are those that they are by default, and one whose are others."""
    with service_of(every_schema()) as made:
        usual = {"street": "a", "city": "Nowhere"}
        body = {"id": "usual", "home": usual, "work": {"city": "Nowhere"}, "addresses": [usual]}
        assert ask(made, "POST", "Things", body).status == 201
        other = {"id": "other", "access": None, "work": {"city": "Here"}, "addresses": [{"city": "There"}]}
        assert ask(made, "POST", "Things", other).status == 201
        yield made


def test_defaults_are_left_out_and_nulls_that_are_none_stay(things: Service) -> None:
    answer = ask(things, "GET", "Things?$select=id,access,color,home,work,addresses", prefer=DEFAULTS)
    assert answer.headers["Preference-Applied"] == DEFAULTS
    empty: dict[str, object] = {"labels": []}
    assert [{name: found[name] for name in found if "@" not in name} for found in answer.values] == [
        {"id": "other", "access": None, "work": {"city": "Here", **empty}, "addresses": [{"city": "There", **empty}]},
        {"id": "usual", "home": {"street": "a", **empty}, "work": empty, "addresses": [{"street": "a", **empty}]},
    ]


def test_a_value_that_is_asked_for_alone_is_told_whatever_it_is(things: Service) -> None:
    answer = ask(things, "GET", "Things('usual')/access", prefer=DEFAULTS)
    assert (answer.status, answer.json["value"]) == (200, "Read")
    assert "Preference-Applied" not in answer.headers
    home = ask(things, "GET", "Things('usual')/home", prefer=DEFAULTS)
    assert {name: home.json[name] for name in home.json if "@" not in name} == {"street": "a", "labels": []}


def test_with_types_beside_them_defaults_stay(things: Service) -> None:
    full = "application/json;odata.metadata=full"
    assert ask(things, "GET", "Things('usual')", prefer=DEFAULTS, accept=full).json["access"] == "Read"
