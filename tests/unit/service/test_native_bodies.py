"""Entities with others around them, as the code of hooks and operations states them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from odata_service import Call, Entity
from odata_service.payload import native_members
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.company import fill as fill_company
from tests.models import company_schema, every_schema, shop_schema

Values = Callable[[Call], dict[str, object]]


@pytest.fixture
def shop() -> Iterator[Service]:
    """Customers a and b, and order 1, which belongs to nobody."""
    with service_of(shop_schema()) as service:
        for key in ("a", "b"):
            assert ask(service, "POST", "Customers", {"id": key}).status == 201
        assert ask(service, "POST", "Orders", {"number": 1}).status == 201
        yield service


def making(shop: Service, values: Values) -> Any:
    """The customer that a hook makes of values, with its manager and orders."""

    @shop.after_update("Customers")
    def make(call: Call, customer: Entity) -> None:
        call.create("Customers", {"id": "new", **values(call)})

    answer = ask(shop, "PATCH", "Customers('b')", {})
    assert answer.status == 200, answer.body
    return ask(shop, "GET", "Customers('new')?$expand=manager($select=id),orders($select=number,title)").json


@pytest.mark.parametrize(
    "manager",
    [
        {"manager@odata.bind": "Customers('a')"},
        {"manager": "Customers('a')"},
        {"manager": {"@odata.id": "http://host/Customers('a')"}},
        {"managerId": "a"},
    ],
)
def test_an_entity_is_related_to_one_that_is_named(shop: Service, manager: dict[str, object]) -> None:
    assert making(shop, lambda call: manager)["manager"]["id"] == "a"


def test_entities_that_were_read_and_new_ones_are_related(shop: Service) -> None:
    made = making(
        shop,
        lambda call: {
            "manager": call.entities("Customers").first("$filter=id eq 'a'"),
            "orders": [*call.read("Orders"), {"number": 2, "title": "second"}],
        },
    )
    assert (made["manager"]["id"], [order["number"] for order in made["orders"]]) == ("a", [1, 2])
    assert made["orders"][1]["title"] == "second"


def test_an_update_relates_adds_and_ends(shop: Service) -> None:
    steps: list[dict[str, object]] = [
        {"manager": "Customers('a')", "orders@odata.bind": ["Orders(1)"], "displayName": "Bea"},
        {"manager": None, "orders": [{"number": 3}]},
    ]

    @shop.after_create("Orders")
    def relate(call: Call, order: Entity) -> None:
        if order["number"] == 7:
            for step in steps:
                found = call.entities("Customers").first("$filter=id eq 'b'")
                assert found is not None
                call.update(found, **step)
                seen.append(call.read("Orders", "$filter=customer/id eq 'b'"))

    seen: list[list[Entity]] = []
    assert ask(shop, "POST", "Orders", {"number": 7}).status == 201
    assert [[order["number"] for order in orders] for orders in seen] == [[1], [3]]
    found = ask(shop, "GET", "Customers('b')").json
    assert (found["displayName"], found["managerId"]) == ("Bea", None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"manager": 5}, "5 is no entity for 'manager'."),
        ({"orders": "Orders(1)"}, "'orders' leads to many entities: 'Orders\\(1\\)' is no sequence of them."),
        ({"orders@odata.bind": [{"number": 2}]}, "'orders@odata.bind' takes entities that are there, or their ids."),
        ({"nothing@odata.bind": "Orders(1)"}, "'shop.Customer' has no property 'nothing@odata.bind'."),
    ],
)
def test_what_fits_no_navigation_property_is_said(shop: Service, values: dict[str, object], said: str) -> None:
    @shop.after_update("Customers")
    def make(call: Call, customer: Entity) -> None:
        with pytest.raises(ValueError, match=said):
            call.create("Customers", {"id": "new", **values})

    assert ask(shop, "PATCH", "Customers('b')", {}).status == 200


def test_what_is_named_and_is_not_there_is_an_error_of_the_request(shop: Service) -> None:
    @shop.after_update("Customers")
    def make(call: Call, customer: Entity) -> None:
        call.create("Customers", {"id": "new", "manager": "Customers('z')"})

    answer = ask(shop, "PATCH", "Customers('b')", {"displayName": "x"})
    assert (answer.status, answer.error["target"]) == (400, "manager")
    assert ask(shop, "GET", "Customers('b')").json["displayName"] is None


def test_contained_entities_come_with_their_container() -> None:
    with service_of(company_schema()) as firm:
        fill_company(firm)

        @firm.after_update("Projects")
        def make(call: Call, project: Entity) -> None:
            notes = [{"number": 1, "text": "hello", "about": project, "replies": [{"number": 4}]}]
            call.create("People", {"@odata.type": "#firm.Guest", "id": "zoe", "notes": notes})

        code = "p1"
        assert ask(firm, "POST", "Projects", {"code": code}).status == 201
        assert ask(firm, "PATCH", f"Projects('{code}')", {}).status == 200
        (note,) = ask(firm, "GET", "People('zoe')/notes?$expand=about,replies").values
        assert (note["about"]["code"], [reply["number"] for reply in note["replies"]]) == (code, [4])


@pytest.mark.parametrize("name", ["", "a b", "other@odata.type", "1st"])
def test_a_dynamic_property_has_a_name_that_a_body_may_have(name: str) -> None:
    with pytest.raises(ValueError, match=f"'every.Thing' has no property '{name}'"):
        native_members({"id": "a", name: 1}, "every.Thing", every_schema())
