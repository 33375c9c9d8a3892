"""Single-valued partners without referential constraints: one key stands for both ends, which always agree."""

from collections.abc import Iterator

import pytest

from odata_service.edm.model import NavigationProperty, Schema
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.migrating import Kind, a, schema_of
from tests.servers import FAMILIES, database_url


def married(*, nullable: bool = True, partners: bool = True) -> Schema:
    """Desks and people, each of which has one of the other; and people with mentors, who have one pupil."""
    person = NavigationProperty("person", "shop.People", partner="desk" if partners else None, nullable=nullable)
    desk = NavigationProperty("desk", "shop.Desks", partner="person" if partners else None)
    mentor = NavigationProperty("mentor", "shop.People", partner="pupil")
    pupil = NavigationProperty("pupil", "shop.People", partner="mentor")
    return schema_of(
        Kind("Desks", (a("id!", max_length=20),), navigation=(person,)),
        Kind("People", (a("id!", max_length=20),), navigation=(desk, mentor, pupil)),
    )


@pytest.fixture(params=FAMILIES)
def office(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(married(), url=url) as service:
        for name in ("d1", "d2"):
            assert ask(service, "POST", "Desks", {"id": name}).status == 201
        for name in ("ann", "bob", "cy"):
            assert ask(service, "POST", "People", {"id": name}).status == 201
        yield service


def pairs(service: Service, target: str, navigation: str) -> list[tuple[str, str | None]]:
    found = ask(service, "GET", f"{target}?$expand={navigation}").values
    return [(entity["id"], entity[navigation] and entity[navigation]["id"]) for entity in found]


def desks(service: Service) -> list[tuple[str, str | None]]:
    """Who sits where, as desks have it; people say the same."""
    found = pairs(service, "Desks", "person")
    assert {(there, here) for here, there in found if there} == {
        pair for pair in pairs(service, "People", "desk") if pair[1]
    }
    return found


def test_both_ends_agree_whichever_is_written(office: Service) -> None:
    assert ask(office, "PUT", "Desks('d1')/person/$ref", {"@odata.id": "People('ann')"}).status == 204
    assert desks(office) == [("d1", "ann"), ("d2", None)]
    assert ask(office, "PATCH", "People('bob')", {"desk@odata.bind": "Desks('d2')"}).status == 200
    assert desks(office) == [("d1", "ann"), ("d2", "bob")]
    assert ask(office, "PATCH", "People('ann')", {"desk@odata.bind": "Desks('d2')"}).status == 200
    assert desks(office) == [("d1", None), ("d2", "ann")]
    assert ask(office, "PUT", "Desks('d1')/person/$ref", {"@odata.id": "People('ann')"}).status == 204
    assert desks(office) == [("d1", "ann"), ("d2", None)]
    assert ask(office, "DELETE", "People('ann')/desk/$ref").status == 204
    assert desks(office) == [("d1", None), ("d2", None)]


def test_new_entities_take_the_place_of_others(office: Service) -> None:
    assert ask(office, "POST", "Desks", {"id": "d3", "person": {"id": "di"}}).status == 201
    assert ask(office, "POST", "People", {"id": "ed", "desk@odata.bind": "Desks('d3')"}).status == 201
    assert desks(office)[2] == ("d3", "ed")
    found = ask(office, "GET", "People?$filter=desk/person/id eq id&$select=id").column("id")
    assert "ed" in found
    assert ask(office, "DELETE", "People('ed')").status == 204
    assert desks(office)[2] == ("d3", None)


def test_partners_of_one_set_agree(office: Service) -> None:
    assert ask(office, "PATCH", "People('ann')", {"pupil@odata.bind": "People('bob')"}).status == 200
    assert ask(office, "PATCH", "People('cy')", {"mentor@odata.bind": "People('ann')"}).status == 200
    assert pairs(office, "People", "pupil") == [("ann", "cy"), ("bob", None), ("cy", None)]
    assert pairs(office, "People", "mentor") == [("ann", None), ("bob", None), ("cy", "ann")]


def test_who_needs_another_is_not_left_alone() -> None:
    with service_of(married(nullable=False)) as service:
        assert ask(service, "POST", "Desks", {"id": "d1", "person": {"id": "ann"}}).status == 201
        assert ask(service, "POST", "Desks", {"id": "d2", "person": {"id": "bob"}}).status == 201
        refused = ask(service, "PATCH", "People('ann')", {"desk@odata.bind": "Desks('d2')"})
        assert (refused.status, "cannot be without it" in refused.error["message"]) == (400, True)
        assert desks(service) == [("d1", "ann"), ("d2", "bob")]
