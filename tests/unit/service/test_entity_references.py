"""`Prefer: allow-entityreferences`: what a payload has already is told by its id (Protocol 8.2.8.1)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of
from tests.models import shop_schema

ALLOWED = "odata.allow-entityreferences"


@pytest.fixture
def shop() -> Iterator[Service]:
    """Three orders, two of one customer; the third is of a customer of a derived type."""
    with service_of(shop_schema(), Settings(track_changes=False)) as made:
        assert ask(made, "POST", "Customers", {"id": "a", "displayName": "A"}).status == 201
        vip = {"@odata.type": "#shop.VipCustomer", "id": "v", "managerId": "a"}
        assert ask(made, "POST", "Customers", vip).status == 201
        for number, customer in enumerate("aav"):
            assert ask(made, "POST", "Orders", {"number": number, "customerId": customer}).status == 201
        yield made


def test_an_entity_that_comes_again_is_a_reference(shop: Service) -> None:
    answer = ask(shop, "GET", "Orders?$select=number&$expand=customer($select=id)", prefer=ALLOWED)
    assert answer.headers["Preference-Applied"] == ALLOWED
    assert [{name: part[name] for name in part if name != "@odata.etag"} for part in answer.column("customer")] == [
        {"id": "a"},
        {"@odata.id": f"{ROOT}Customers('a')"},
        {"@odata.type": "#shop.VipCustomer", "id": "v"},
    ]


def test_collections_hold_references_too(shop: Service) -> None:
    target = "Orders?$select=number&$expand=customer($expand=orders($select=number))"
    orders = [entity["customer"].get("orders") for entity in ask(shop, "GET", target, prefer=ALLOWED).values]
    assert [len(part) if part else part for part in orders] == [2, None, 1]


def test_what_is_shown_otherwise_is_shown_again(shop: Service) -> None:
    target = "Customers?$select=id&$expand=manager($select=id,displayName)"
    assert ask(shop, "GET", target, prefer=ALLOWED).values[1]["manager"]["displayName"] == "A"
    equal = "Customers?$select=id&$expand=manager($select=id;$levels=1)&$filter=id ne 'x'"
    assert "id" in ask(shop, "GET", equal, prefer=ALLOWED).values[1]["manager"]


def test_without_the_preference_there_are_no_references(shop: Service) -> None:
    answer = ask(shop, "GET", "Orders?$expand=customer", prefer="maxpagesize=9")
    assert [part["id"] for part in answer.column("customer")] == ["a", "a", "v"]
