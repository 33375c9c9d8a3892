"""`$crossjoin`: combinations of entities of several sets (URL Conventions 4.15), on each database."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.conformance.rows import CUSTOMERS, ORDERS, fill
from tests.models import shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

BOTH = "$crossjoin(Customers,Orders)"
CONTEXT = f"{ROOT}$metadata#Collection(Edm.ComplexType)"


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


def pairs(values: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The links of each instance without the service root."""
    return [
        tuple(one[f"{name}@odata.navigationLink"].removeprefix(ROOT) for name in ("Customers", "Orders"))
        for one in values
    ]


def test_an_instance_links_to_an_entity_of_each_set(shop: Service) -> None:
    answer = ask(shop, "GET", f"{BOTH}?$filter=Customers/id eq Orders/customerId and Orders/amount gt 5&$count=true")
    assert (answer.status, answer.json["@odata.context"], answer.json["@odata.count"]) == (200, CONTEXT, 3)
    assert answer.values == [
        {
            "Customers@odata.navigationLink": f"{ROOT}Customers('{customer}')",
            "Orders@odata.navigationLink": f"{ROOT}Orders({number})",
        }
        for customer, number in (("a", 1), ("a", 3), ("b", 4))
    ]


def test_expanded_entities_stand_inside_with_options_of_their_own(shop: Service) -> None:
    inner = "$expand=Customers($select=id;$expand=orders($select=number;$orderby=number desc)),Orders($select=title)"
    target = f"{BOTH}?$filter=Customers/id eq Orders/customerId&$orderby=Orders/amount desc&$top=2&{inner}"
    answer = ask(shop, "GET", target, accept="application/json;odata.metadata=none")
    assert answer.values == [
        {"Customers": {"id": "b", "orders": [{"number": 4}]}, "Orders": {"title": "blue car"}},
        {
            "Customers": {"id": "a", "orders": [{"number": 3}, {"number": 2}, {"number": 1}]},
            "Orders": {"title": "red bike"},
        },
    ]


def test_an_entity_is_expanded_as_a_reference_or_as_one_of_a_derived_type(shop: Service) -> None:
    target = f"{BOTH}?$filter=Orders/number eq 5 and Customers/id ge 'd'"
    target += "&$expand=Customers/shop.VipCustomer($select=discount),Orders/$ref"
    plain, vip = ask(shop, "GET", target).values
    assert (plain["Customers"], vip["Customers"]["discount"]) == (None, 10)
    assert vip["Customers"]["@odata.type"] == "#shop.VipCustomer"
    assert vip["Orders"] == {"@odata.id": f"{ROOT}Orders(5)"}


def test_pages_joined_are_the_whole_in_an_order_of_all_keys(shop: Service) -> None:
    target = f"{BOTH}?$orderby=Customers/countryLetterCode desc"
    whole = pairs(ask(shop, "GET", target).values)
    pages = [ask(shop, "GET", target, prefer="maxpagesize=4").json]
    while "@odata.nextLink" in pages[-1]:
        pages.append(ask(shop, "GET", pages[-1]["@odata.nextLink"].removeprefix(ROOT), prefer="maxpagesize=4").json)
    assert (len(whole), len(set(whole)), len(pages)) == (25, 25, 7)
    assert [pair for page in pages for pair in pairs(page["value"])] == whole
    assert pairs(ask(shop, "GET", f"{target}&$skip=3&$top=2").values) == whole[3:5]


def test_a_cross_join_is_counted(shop: Service) -> None:
    assert ask(shop, "GET", f"{BOTH}/$count").body == b"25"
    assert ask(shop, "GET", f"{BOTH}/$count?$filter=Customers/tags/any(t:t eq 'cyan')").body == b"5"


def test_expressions_follow_what_leads_on_from_each_set(shop: Service) -> None:
    target = f"{BOTH}?$filter=Customers/manager/displayName eq 'Alpha' and Orders/customer/id eq Customers/manager/id"
    target += " and Customers/orders/$count eq 1"
    assert pairs(ask(shop, "GET", target).values) == [("Customers('b')", f"Orders({number})") for number in (1, 2, 3)]


def test_computed_values_and_single_sets_are_selected(shop: Service) -> None:
    target = f"{BOTH}?$compute=Orders/amount mul Customers/contractType as product&$filter=product ge 40"
    answer = ask(shop, "GET", f"{target}&$select=product,Orders&$orderby=product desc,Customers/id")
    assert [sorted(one) for one in answer.values] == [
        ["Orders@odata.navigationLink", "product", "product@odata.type"]
    ] * 4
    assert answer.column("product") == [80, 40, 40, 40]


def test_rows_are_read_by_one_statement(shop: Service) -> None:
    query = resolve(parse_url(BOTH, "$filter=Customers/id eq Orders/customerId&$expand=Customers,Orders"), shop.schema)
    assert isinstance(query, Query) and isinstance(shop.store, DatabaseStore)
    assert len(shop.store.prepare_read(plan_read(query, shop.schema)).statements()) == 1


@pytest.mark.parametrize(
    "condition",
    [
        "Customers/id eq Orders/customerId",
        "Customers/contractType lt Orders/amount or Customers/contractType eq null",
        "not (Customers/tags/any(t:contains(Orders/title,t)) and Orders/number gt 2)",
        "(length(Customers/id) add Orders/number) in (3,4)",
    ],
)
def test_the_evaluator_finds_what_the_databases_find(shop: Service, condition: str) -> None:
    query = resolve(parse_url(BOTH, f"$filter={condition}"), shop.schema)
    assert isinstance(query, Query) and query.options.where is not None
    wanted = [
        (customer["id"], order["number"])
        for customer, order in product(CUSTOMERS, ORDERS)
        if Evaluation().value(query.options.where, {"Customers": customer, "Orders": order}) is True
    ]
    target = f"{BOTH}?$filter={condition}&$expand=Customers($select=id),Orders($select=number)"
    found = [(one["Customers"]["id"], one["Orders"]["number"]) for one in ask(shop, "GET", target).values]
    assert (found, len(found) > 0) == (wanted, True)


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        (
            "$crossjoin(Customers,Customers)",
            400,
            "'Customers' stands twice in $crossjoin: its instances have one member for each set. Join each set once, "
            "and reach further entities by navigation.",
        ),
        (
            "$crossjoin(Customers,Order)",
            404,
            "This service has no entity set 'Order' to join (at position 22 of the path). Did you mean 'Orders'?",
        ),
        (f"{BOTH}/Orders", 404, "Nothing but $count can follow $crossjoin in a path."),
        (f"Customers/{BOTH}", 404, "A path begins with $crossjoin, and nothing stands before it."),
        (
            f"{BOTH}?$filter=id eq 'a'",
            400,
            "Property 'id' is not declared in 'Edm.ComplexType' (at position 1 of $filter). It declares Customers, "
            "Orders.",
        ),
        (f"{BOTH}?$search=a", 400, "$search does not go with a cross join. Use $filter."),
    ],
)
def test_what_is_no_cross_join_is_refused(shop: Service, target: str, status: int, message: str) -> None:
    assert ask(shop, "GET", target).refusal == (status, message)


def test_a_cross_join_is_read_alone(shop: Service) -> None:
    answer = ask(shop, "POST", BOTH, {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert ask(shop, "OPTIONS", BOTH).headers["Allow"] == "GET, HEAD, OPTIONS"
