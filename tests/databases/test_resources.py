"""Results of operations, filters in paths, `/$each` and references on each database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.servers import FAMILIES
from tests.stationery import stocked


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with stocked(request.param) as service:
        yield service


def test_results_are_composed_in_their_order_and_paged(shop: Service) -> None:
    assert ask(shop, "GET", "Dearest()?$filter=price lt 100").column("number") == [2, 1]
    first = ask(shop, "GET", "Dearest()", prefer="maxpagesize=2")
    following = first.json["@odata.nextLink"].removeprefix(ROOT)
    assert (first.column("number"), ask(shop, "GET", following).column("number")) == ([3, 2], [1])
    assert ask(shop, "GET", "Dearest()/$count?$filter=price gt 5").body == b"2"
    assert ask(shop, "POST", "Articles(2)/Reduce?$select=price", {"by": 4}).json["price"] == 6


def test_each_entity_of_a_filter_is_changed(shop: Service) -> None:
    assert ask(shop, "PATCH", "Articles/$filter(price lt 100)/$each", {"name": "x"}).column("name") == ["x", "x"]
    assert ask(shop, "DELETE", "Articles/$filter(name eq 'x')/$each").status == 204
    assert ask(shop, "GET", "Articles").column("number") == [3]


def test_references_are_changed(shop: Service) -> None:
    assert ask(shop, "PUT", "Articles(1)/group/$ref", {"@odata.id": "Groups('b')"}).status == 204
    assert ask(shop, "GET", "Groups('b')/articles").column("number") == [1, 3]
    assert ask(shop, "DELETE", "Groups('b')/articles(1)/$ref").status == 204
    assert ask(shop, "GET", "Articles(1)/group").status == 204
