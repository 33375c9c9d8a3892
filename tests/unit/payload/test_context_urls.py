"""The context URL of every kind of answer (Protocol 10), told by what stands behind `$metadata#`."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests import company
from tests.asking import ROOT, ask, service_of
from tests.models import company_schema, shop_schema


@pytest.fixture(scope="module")
def shop() -> Iterator[Service]:
    """A customer with an order, managed by nobody, and a VIP managed by that one."""
    with service_of(shop_schema()) as made:
        first = {"id": "a", "address": {"city": "Bonn"}, "tags": ["x"], "orders": [{"number": 1}]}
        assert ask(made, "POST", "Customers", first).status == 201
        vip = {"@odata.type": "#shop.VipCustomer", "id": "v", "managerId": "a", "discount": 3}
        assert ask(made, "POST", "Customers", vip).status == 201
        yield made


@pytest.fixture(scope="module")
def firm() -> Iterator[Service]:
    with service_of(company_schema()) as made:
        company.fill(made)
        yield made


def context(service: Service, target: str, version: str) -> str:
    answer = ask(service, "GET", target, odata_maxversion=version)
    assert answer.status == 200, answer.body
    found: str = answer.json["@odata.context"]
    return found.removeprefix(f"{ROOT}$metadata#")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Customers", "Customers"),
        ("Customers('a')", "Customers/$entity"),
        ("Customers/a", "Customers/$entity"),
        ("$entity?$id=Customers('a')", "Customers/$entity"),
        ("Customers/shop.VipCustomer", "Customers/shop.VipCustomer"),
        ("Customers('v')/shop.VipCustomer", "Customers/shop.VipCustomer/$entity"),
        ("Customers/$filter(id eq 'a')", "Customers"),
        ("Customers('a')/orders", "Orders"),
        ("Customers('a')/orders(1)", "Orders/$entity"),
        ("Orders(1)/customer", "Customers/$entity"),
        ("Customers?$select=id,address/city", "Customers(id,address/city)"),
        ("Customers?$select=*", "Customers(*)"),
        ("Customers('a')?$select=id", "Customers(id)/$entity"),
        ("Customers?$select=id,shop.VipCustomer/discount", "Customers(id,shop.VipCustomer/discount)"),
        ("Customers?$expand=orders($select=number)", "Customers(orders(number))"),
        ("Customers?$expand=orders/$ref", "Customers"),
        ("Customers?$expand=orders/$count", "Customers"),
        ("Customers?$expand=manager($levels=max;$select=id)", "Customers(manager+(id))"),
        ("Customers('a')/orders/$ref", "Collection($ref)"),
        ("Orders(1)/customer/$ref", "$ref"),
        ("Customers('a')/id", "Customers('a')/id"),
        ("Customers('a')/address", "Customers('a')/address"),
        ("Customers('a')/address?$select=city", "Customers('a')/address(city)"),
        ("Customers('a')/address/city", "Customers('a')/address/city"),
        ("Customers('a')/tags", "Customers('a')/tags"),
        ("Customers('a')/tags/0", "Edm.String"),
        ("Customers('v')/shop.VipCustomer/discount", "Customers('v')/shop.VipCustomer/discount"),
        ("Customers?$compute=length(id) as l", "Customers(*,l)"),
        ("Customers?$compute=length(id) as l&$select=id,l", "Customers(id,l)"),
        ("Orders?$apply=groupby((customer/displayName),aggregate($count as n))", "Orders(customer(displayName),n)"),
        ("$crossjoin(Customers,Orders)", "Collection(Edm.ComplexType)"),
        ("$all", "Collection(Edm.EntityType)"),
        ("$all/shop.Order", "Collection(shop.Order)"),
    ],
)
@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_each_answer_says_what_it_is(shop: Service, target: str, expected: str, version: str) -> None:
    assert context(shop, target, version) == expected


@pytest.mark.parametrize(
    ("target", "older", "newer"),
    [
        ("Customers?$expand=orders", "Customers", "Customers(orders())"),
        ("Customers?$select=id&$expand=orders", "Customers(id)", "Customers(id,orders())"),
        ("Customers?$expand=manager($levels=2)", "Customers(manager+)", "Customers(manager+())"),
        ("Customers?$expand=shop.VipCustomer/gifts", "Customers", "Customers(shop.VipCustomer/gifts())"),
        ("Customers('a')?$expand=*", "Customers/$entity", "Customers(orders(),manager())/$entity"),
    ],
)
def test_4_01_names_all_that_is_expanded(shop: Service, target: str, older: str, newer: str) -> None:
    assert (context(shop, target, "4.0"), context(shop, target, "4.01")) == (older, newer)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Settings", "Settings"),
        ("Settings?$select=theme", "Settings(theme)"),
        ("Settings/theme", "Settings/theme"),
        ("Settings/pinned", "Settings/pinned"),
        ("People('ann')/notes", "People('ann')/notes"),
        ("People('ann')/notes(1)", "People('ann')/notes/$entity"),
        ("People('ann')/notes?$select=text", "People('ann')/notes(text)"),
        ("People('bob')/notes(1)/replies", "People('bob')/notes(1)/replies"),
        ("People('bob')/notes(1)/replies(1)/text", "People('bob')/notes(1)/replies(1)/text"),
        ("People('bob')/notes(1)/author", "People/$entity"),
    ],
)
def test_singletons_and_what_is_contained_have_paths(firm: Service, target: str, expected: str) -> None:
    assert context(firm, target, "4.0") == expected
