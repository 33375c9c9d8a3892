"""Computed properties through `Service.handle`: what an expression or a function says stands for what is kept."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.errors import Conflict, DefinitionError, StorageMismatch
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from tests.asking import ask, service_of
from tests.models import MODELS, computed_invoices_schema, invoices_schema
from tests.servers import FAMILIES, database_url

CUSTOMERS: list[dict[str, Any]] = [
    {"id": "a", "given": "Ann", "family": "Lee"},
    {"id": "b", "given": "Bob"},
]
ORDERS: list[dict[str, Any]] = [
    {"number": 1, "price": 2.5, "quantity": 4, "customerId": "a", "placed": "2024-01-30"},
    {"number": 2, "price": 3, "quantity": 1, "customerId": "a"},
    {"@odata.type": "#inv.Rebated", "number": 3, "price": 5, "quantity": 7, "rebate": 1, "customerId": "b"},
    {"number": 4, "quantity": 7},
]


def register(service: Service) -> None:
    service.computed("inv.Order", "total", expression="price mul quantity")
    service.computed("inv.Rebated", "net", expression="total sub rebate")
    service.computed("inv.Customer", "revenue", expression="orders/aggregate(total with sum)")
    service.computed("inv.Customer", "fullName", expression="concat(concat(given,' '),family)")
    register_code(service)


def register_code(service: Service) -> None:
    @service.computed("inv.Order", "label")
    def label(number: int, total: object) -> str:
        return f"No. {number}: {total}"

    @service.computed("inv.Order", "due")
    def due(placed: str | None) -> date | None:
        return None if placed is None else date.fromisoformat(placed) + timedelta(days=30)

    @service.computed("inv.Rebated", "remark")
    def remark(rebate: object, quantity: int) -> str:
        return f"{rebate} off {quantity}"


FORMS = {"registered": (invoices_schema, register), "defined": (computed_invoices_schema, register_code)}


@pytest.fixture(
    scope="module", params=[*((family, "registered") for family in FAMILIES), ("sqlite", "defined")], ids="-".join
)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    family, form = request.param
    schema, registered = FORMS[form]
    with database_url(family) as url, service_of(schema(), Settings(search_index=True), url) as service:
        registered(service)
        for target, entities in (("Customers", CUSTOMERS), ("Orders", ORDERS)):
            for entity in entities:
                assert ask(service, "POST", target, entity).status == 201
        yield service


@pytest.fixture
def empty() -> Iterator[Service]:
    with service_of(invoices_schema()) as service:
        yield service


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=total gt 5", [1, 3]),
        ("$filter=total eq null", [4]),
        ("$filter=total in (3,35)", [2, 3]),
        ("$orderby=total desc", [3, 1, 2, 4]),
        ("$orderby=total", [4, 2, 1, 3]),
        ("$filter=inv.Rebated/net eq 34", [3]),
        ("$filter=inv.Rebated/net eq null", [1, 2, 4]),
        ("$filter=customer/revenue gt 13", [3]),
        ("$filter=customer/orders/any(o:o/total gt $it/total)", [2]),
        ("$filter=customer/orders/all(o:o/customer/revenue eq 13)", [1, 2, 4]),
        ("$filter=customer/fullName eq 'Ann Lee'", [1, 2]),
        ("$filter=$root/Orders(1)/total eq total", [1]),
        ("$compute=total add 1 as more&$filter=more gt 30", [3]),
        ("$orderby=customer/revenue desc,total desc", [3, 1, 2, 4]),
    ],
)
def test_an_expression_stands_for_the_property(shop: Service, options: str, numbers: list[int]) -> None:
    assert ask(shop, "GET", f"Orders?{options}").column("number") == numbers


def test_entities_show_what_is_computed(shop: Service) -> None:
    shown = ask(shop, "GET", "Orders(3)?$select=number,total,inv.Rebated/net,inv.Rebated/remark,label").json
    assert (shown["total"], shown["net"], shown["label"][:8]) == (35, 34, "No. 3: 3")
    assert shown["remark"].endswith("off 7")
    expanded = ask(shop, "GET", "Customers('a')?$expand=orders($filter=total gt 5;$select=total,due)").json
    assert (expanded["fullName"], expanded["revenue"]) == ("Ann Lee", 13)
    assert [(order["total"], order["due"]) for order in expanded["orders"]] == [(10, "2024-02-29")]


def test_a_function_is_asked_for_entities_of_its_type_alone(shop: Service) -> None:
    orders = ask(shop, "GET", "Orders?$select=*").values
    assert [("remark" in order, order["due"]) for order in orders] == [
        (False, "2024-02-29"), (False, None), (True, None), (False, None)
    ]  # fmt: skip
    customers = ask(shop, "GET", "Orders?$expand=customer($select=fullName)&$select=number").values
    assert [order["customer"] and order["customer"]["fullName"] for order in customers] == [
        "Ann Lee", "Ann Lee", None, None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("Orders(1)/total/$value", "10"),
        ("Orders(1)/due/$value", "2024-02-29"),
        ("Orders(3)/inv.Rebated/net/$value", "34"),
        ("Customers('a')/fullName/$value", "Ann Lee"),
        ("Orders/$count?$filter=total gt 5", "2"),
    ],
)
def test_what_is_computed_is_read_by_its_own_path(shop: Service, target: str, text: str) -> None:
    answer = ask(shop, "GET", target)
    assert (answer.status, answer.body.decode().removesuffix(".00").removesuffix(".0")) == (200, text)


def test_transformations_take_what_is_computed(shop: Service) -> None:
    options = "$apply=groupby((total),aggregate($count as n))&$orderby=total"
    assert [(row["total"], row["n"]) for row in ask(shop, "GET", f"Orders?{options}").values] == [
        (None, 1), (3, 1), (10, 1), (35, 1)
    ]  # fmt: skip
    (row,) = ask(shop, "GET", "Orders?$apply=filter(total gt 5)/aggregate(total with sum as all)").values
    assert row["all"] == 45
    ranked = ask(shop, "GET", "Orders?$apply=topcount(2,total)/orderby(total)")
    assert [(row["number"], row["total"], row["label"][:5]) for row in ranked.values] == [
        (1, 10, "No. 1"), (3, 35, "No. 3")
    ]  # fmt: skip
    groups = ask(shop, "GET", "Customers?$apply=groupby((fullName),aggregate(orders/total with max as most))").values
    assert [(row["fullName"], row["most"]) for row in groups] == [(None, 35), ("Ann Lee", 10)]


def test_pages_go_on_in_the_order_of_what_is_computed(shop: Service) -> None:
    found, target = [], "Orders?$orderby=total desc&$select=number,label"
    while target:
        page = ask(shop, "GET", target, prefer="odata.maxpagesize=1").json
        found += [order["number"] for order in page["value"]]
        target = page.get("@odata.nextLink", "").removeprefix("http://host/")
    assert found == [3, 1, 2, 4]


def test_a_search_finds_what_is_computed(shop: Service) -> None:
    assert ask(shop, "GET", 'Customers?$search="Ann Lee"').column("id") == ["a"]
    assert ask(shop, "GET", "Customers?$filter=contains(fullName,'n L')").column("id") == ["a"]


def test_what_a_client_writes_of_it_is_ignored(shop: Service) -> None:
    changed = ask(shop, "PATCH", "Orders(2)", {"total": 99, "quantity": 2, "label": "mine"})
    assert (changed.status, changed.json["total"], changed.json["label"][:6]) == (200, 6, "No. 2:")
    assert ask(shop, "PUT", "Orders(2)/total", {"value": 5}).status == 405
    assert ask(shop, "PUT", "Orders(2)", {"price": 3, "quantity": 2, "customerId": "a"}).json["total"] == 6
    assert ask(shop, "PATCH", "Orders(2)", {"quantity": 1}).json["total"] == 3


def test_the_metadata_says_what_is_computed(shop: Service) -> None:
    text = ask(shop, "GET", "$metadata?$format=json").json["inv"]
    assert text["Order"]["total"]["@Org.OData.Core.V1.Computed"] is True
    assert text["Order"]["due"]["@Org.OData.Core.V1.Computed"] is True


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=startswith(label,'No. 1')", [1]),
        ("$orderby=due,number desc", [4, 3, 2, 1]),
        ("$filter=due eq 2024-02-29 or label eq null", [1]),
        ("$filter=inv.Rebated/remark eq '1 off 7'", [3]),
        ("$filter=inv.Rebated/remark eq null", [1, 2, 4]),
        ("$filter=customer/orders/any(o:contains(o/label,'No. 2'))", [1, 2]),
        ("$compute=length(label) as n&$orderby=n desc,number&$top=2", [4, 1]),
    ],
)
def test_expressions_ask_code_what_it_works_out(shop: Service, options: str, numbers: list[int]) -> None:
    assert ask(shop, "GET", f"Orders?{options}").column("number") == numbers


def test_what_code_works_out_makes_groups(shop: Service) -> None:
    groups = ask(shop, "GET", "Orders?$apply=groupby((due),aggregate($count as n))&$orderby=n")
    assert [(group["due"], group["n"]) for group in groups.values] == [("2024-02-29", 1), (None, 3)]


def test_what_is_related_to_nothing_has_nothing_that_code_works_out(shop: Service) -> None:
    assert ask(shop, "GET", "Customers?$filter=best/label eq null").column("id") == ["a", "b"]


def test_a_delta_tells_what_is_computed() -> None:
    with service_of(invoices_schema(), Settings()) as service:
        register(service)
        ask(service, "POST", "Orders", ORDERS[0])
        link = ask(service, "GET", "Orders?$deltatoken=latest&$filter=total gt 5").json["@odata.deltaLink"]
        ask(service, "PATCH", "Orders(1)", {"quantity": 3})
        assert ask(service, "GET", link.removeprefix("http://host/")).column("total") == [7.5]


def test_a_rule_may_ask_what_is_computed(empty: Service) -> None:
    register(empty)
    for order in ORDERS:
        ask(empty, "POST", "Orders", {**order, "customerId": None})
    empty.rows("Orders")(lambda principal: "total gt 5")
    assert ask(empty, "GET", "Orders").column("number") == [1, 3]


def test_hooks_see_what_is_computed(empty: Service) -> None:
    register(empty)

    @empty.before_update("Orders")
    def keep(call: object, order: Any, values: dict[str, Any]) -> None:
        if order["label"] == "No. 1: 10.0" or order["total"] == 10:
            raise Conflict("Ten is enough.")

    ask(empty, "POST", "Orders", {**ORDERS[0], "customerId": None})
    assert ask(empty, "PATCH", "Orders(1)", {"quantity": 3}).status == 409


def nothing(given: str) -> str:
    return given


@pytest.mark.parametrize(
    ("register_one", "message"),
    [
        (lambda s: s.computed("inv.Ordr", "total", expression="1"), "'inv.Ordr' is no entity type."),
        (lambda s: s.computed("inv.Order", "totl", expression="1"), "'inv.Order' declares no property 'totl'."),
        (lambda s: s.computed("inv.Rebated", "total", expression="1"), "Name 'inv.Order', which declares it."),
        (lambda s: s.computed("inv.Order", "number", expression="1"), "tells entities apart"),
        (lambda s: s.computed("inv.Order", "customerId", expression="'a'"), "tells entities apart"),
        (
            lambda s: s.computed("inv.Order", "total", expression="price mul"),
            "The expression of 'inv.Order/total' does not fit: ",
        ),
        (lambda s: s.computed("inv.Order", "total", expression="'a'"), "gives an Edm.String, and an Edm.Decimal"),
        (lambda s: s.computed("inv.Order", "total", expression="total add 1"), "asks for 'total' itself"),
        (lambda s: s.computed("inv.Order", "total")(nothing), "'given' is no property of 'inv.Order'."),
        (lambda s: s.computed("inv.Order", "total", expression="1")(nothing), "asks no function"),
    ],
)
def test_what_does_not_fit_is_refused(empty: Service, register_one: Callable[[Service], object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(".", r"\.")):
        register_one(empty)


def test_expressions_that_ask_for_each_other_are_refused(empty: Service) -> None:
    empty.computed("inv.Customer", "revenue", expression="orders/aggregate(total with sum)")
    with pytest.raises(ValueError, match="asks for 'total' itself"):
        empty.computed("inv.Order", "total", expression="customer/revenue")


def test_what_a_definition_computes_has_no_column() -> None:
    with service_of(computed_invoices_schema()) as service:
        assert isinstance(service.store, DatabaseStore)
        names = [name for _, name, *_ in service.store.connection().execute('PRAGMA table_info("Orders")').fetchall()]
    assert [name for name in names if name in {"total", "net", "label", "quantity"}] == ["quantity", "label"]


def overlaid(tmp_path: Path, target: str, value: str) -> Schema:
    overlay = tmp_path / "overlay.xml"
    text = (MODELS / "overlays" / "invoices-computed.xml").read_text("utf-8")
    overlay.write_text(text.replace("inv.Order/total", target).replace('String="price mul quantity"', value), "utf-8")
    return load_schema(MODELS / "invoices.xml", overlay)


@pytest.mark.parametrize(
    ("target", "value", "message"),
    [
        ("inv.Order/number", 'String="1"', "'number' tells entities apart, or refers to others"),
        ("inv.Order/customerId", 'String="x"', "'customerId' tells entities apart, or refers to others"),
        ("inv.Order/total", 'Bool="true"', "is no text: write an expression."),
    ],
)
def test_a_definition_computes_what_it_can(tmp_path: Path, target: str, value: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message.replace("(", r"\(")):
        overlaid(tmp_path, target, value)


def test_an_expression_that_does_not_fit_stops_a_service(tmp_path: Path) -> None:
    schema = overlaid(tmp_path, "inv.Order/total", 'String="price mull quantity"')
    with pytest.raises(StorageMismatch, match=r"inv\.Order/total"), service_of(schema):
        pass
