"""`$it` inside $expand is the entity of the resource path that it is expanded from (URL Conventions 5.1.1.14.4)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import shop_schema, stationery_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.stationery import fill


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, stationery_schema) as service:
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=$it/code eq 'a'", [[1, 2], []]),
        ("$filter=groupCode eq $it/code and price gt 5", [[2], [3]]),
        ("$filter=$it/articles/$count gt 1", [[1, 2], []]),
        ("$filter=$it/articles/any(x:x/price gt $this/price)", [[1], []]),
        ("$filter=tags/any(t:$it/code eq 'a')", [[1], []]),
        ("$orderby=$it/code,number desc", [[2, 1], [3]]),
    ],
)
def test_it_is_the_entity_that_is_expanded_from(shop: Service, options: str, numbers: list[list[int]]) -> None:
    answer = ask(shop, "GET", f"Groups?$expand=articles({options};$select=number)")
    assert [[found["number"] for found in group["articles"]] for group in answer.values] == numbers


def test_it_is_a_value_of_compute(shop: Service) -> None:
    answer = ask(shop, "GET", "Groups('b')?$expand=articles($compute=concat($it/code,name) as full;$select=full)")
    assert [found["full"] for found in answer.json["articles"]] == ["bdesk"]


def test_it_is_out_of_reach_where_no_way_leads_back_to_one(shop: Service) -> None:
    assert ask(shop, "GET", "Articles?$expand=group($expand=articles($filter=$it/price gt 1))").refusal == (
        501,
        "No navigation property leads back from here to the one entity that $it is (at position 32 of "
        "$expand/group/$expand/articles/$filter). Declare it as the Partner in the definition, or write $this for the "
        "expanded entity.",
    )


def test_it_leads_on() -> None:
    with service_of(shop_schema()) as service:
        for customer in ({"id": "a"}, {"id": "b", "managerId": "a"}):
            assert ask(service, "POST", "Customers", customer).status == 201
        assert ask(service, "POST", "Orders", {"number": 1, "customerId": "b"}).status == 201
        answer = ask(service, "GET", "Customers('b')?$expand=orders($filter=$it/manager/id eq 'a')")
        assert [order["number"] for order in answer.json["orders"]] == [1]
