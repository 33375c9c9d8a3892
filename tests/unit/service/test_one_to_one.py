"""Single-valued partners: one key stands for both ends, which always agree, and leads from one entity alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.edm.model import NavigationProperty, ReferentialConstraint, Schema
from odata_service.errors import StorageMismatch
from odata_service.service import Service
from odata_service.storage.migrate import migrate, planned
from tests.asking import ask, service_of
from tests.migrating import Kind, a, opened, place, schema_of
from tests.servers import FAMILIES
from tests.standing import standing_service


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
    with standing_service(request.param, married) as service:
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


def badges(*, nullable: bool = True) -> Schema:
    """People, and badges that name the person they belong to by a property."""
    tie = (ReferentialConstraint("personId", "id"),)
    person = NavigationProperty("person", "shop.People", partner="badge", referential_constraints=tie)
    badge = NavigationProperty("badge", "shop.Badges", partner="person")
    owner = a("personId", max_length=20) if nullable else a("personId!", max_length=20)
    return schema_of(
        Kind("People", (a("id!", max_length=20),), navigation=(badge,)),
        Kind("Badges", (a("id!", max_length=20), owner), navigation=(person,)),
    )


@pytest.fixture(params=FAMILIES)
def gate(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Ann has badge 1, Bob and badge 2 nobody."""
    with standing_service(request.param, badges) as service:
        for body in ({"id": "ann", "badge": {"id": "1"}}, {"id": "bob"}):
            assert ask(service, "POST", "People", body).status == 201
        assert ask(service, "POST", "Badges", {"id": "2"}).status == 201
        yield service


def owners(service: Service) -> list[str | None]:
    """Whose badges 1, 2 and so on are, as badges have it; people say the same."""
    found: list[str | None] = ask(service, "GET", "Badges").column("personId")
    held = {person: badge for person, badge in pairs(service, "People", "badge") if badge}
    assert held == {person: str(number) for number, person in enumerate(found, 1) if person}
    return found


def test_a_property_leads_from_one_entity_alone_to_another(gate: Service) -> None:
    refused = ask(gate, "PATCH", "Badges('2')", {"personId": "ann"})
    assert refused.status == 409
    assert ask(gate, "POST", "Badges", {"id": "3", "personId": "ann"}).status == 409
    assert owners(gate) == ["ann", None]
    assert ask(gate, "PATCH", "Badges('2')", {"personId": "bob"}).status == 200
    assert owners(gate) == ["ann", "bob"]


def test_relating_takes_the_place_of_others_where_properties_hold_it(gate: Service) -> None:
    assert ask(gate, "PATCH", "Badges('2')", {"person@odata.bind": "People('ann')"}).status == 200
    assert owners(gate) == [None, "ann"]
    assert ask(gate, "PATCH", "Badges('2')", {"person@odata.bind": "People('ann')"}).status == 200
    assert ask(gate, "POST", "Badges", {"id": "3", "person@odata.bind": "People('ann')"}).status == 201
    assert owners(gate) == [None, None, "ann"]
    assert ask(gate, "PUT", "People('ann')/badge/$ref", {"@odata.id": "Badges('1')"}).status == 204
    assert ask(gate, "PUT", "Badges('3')/person/$ref", {"@odata.id": "People('bob')"}).status == 204
    assert owners(gate) == ["ann", None, "bob"]
    assert ask(gate, "PATCH", "People('bob')", {"badge@odata.bind": "Badges('1')"}).status == 200
    assert owners(gate) == ["bob", None, None]


def test_what_must_refer_to_an_entity_is_not_left_without() -> None:
    with service_of(badges(nullable=False)) as service:
        for body in ({"id": "1", "person": {"id": "ann"}}, {"id": "2", "person": {"id": "bob"}}):
            assert ask(service, "POST", "Badges", body).status == 201
        refused = ask(service, "PATCH", "Badges('1')", {"person@odata.bind": "People('bob')"})
        assert (refused.status, "cannot be without it" in refused.error["message"]) == (400, True)
        assert owners(service) == ["ann", "bob"]


@pytest.mark.parametrize("family", FAMILIES)
def test_tables_in_which_several_lead_to_one_are_not_brought_to_it(family: str, tmp_path: Path) -> None:
    people, owned = Kind("People", (a("id!", max_length=20),)), a("personId", max_length=20)
    before = schema_of(people, Kind("Badges", (a("id!", max_length=20), owned)))
    with place(family, tmp_path) as url:
        with service_of(before, url=url) as service:
            for name in ("1", "2"):
                assert ask(service, "POST", "Badges", {"id": name, "personId": "ann"}).status == 201
        with opened(url, badges()) as store:
            with pytest.raises(StorageMismatch, match="What is to be distinct is not"):
                store.create()
            with pytest.raises(StorageMismatch, match=r"1 row .* leads by \(personId\) where another row leads"):
                planned(store)
        with service_of(before, url=url) as service:
            assert ask(service, "DELETE", "Badges('2')").status == 204
        with opened(url, badges()) as store:
            said: list[str] = []
            migrate(store, said.append)
            assert said == ["make index 'Badges-personId-key'"]
