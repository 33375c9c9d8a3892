"""$search wherever it may stand, the same on every database, with an index of texts and without."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.conformance.rows import fill
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url


@pytest.fixture(scope="module", params=[False, True], ids=["scan", "index"])
def indexed(request: pytest.FixtureRequest) -> bool:
    """Whether there is an index of texts."""
    return bool(request.param)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest, indexed: bool) -> Iterator[Service]:
    """The customers and orders of the shop."""
    settings = Settings(search_index=indexed)
    with database_url(request.param) as url, service_of(shop_schema(), settings, url) as made:
        fill(made)
        yield made


def found(service: Service, target: str) -> list[object]:
    """The keys of the entities at a target, in order."""
    answer = ask(service, "GET", target)
    assert answer.status == 200, answer.body
    return [next(value for name, value in one.items() if not name.startswith("@")) for one in answer.values]


def test_search_finds_texts_whatever_their_case(service: Service) -> None:
    assert found(service, "Customers?$search=ALPHA&$select=id") == ["a"]
    assert found(service, "Customers?$search=high bonn&$select=id") == ["a"]
    assert found(service, "Customers?$search=GÄMMA&$select=id") == ["c"]
    assert found(service, "Customers?$search=gamma&$select=id") == []
    assert found(service, "Customers?$search=o'brien&$select=id") == ["e's/x"]
    assert found(service, 'Orders?$search="blue b"&$select=number') == [2]


def test_expanded_collections_are_searched(service: Service) -> None:
    def orders(search: str) -> list[int]:
        expanded = ask(service, "GET", f"Customers('a')?$expand=orders($search={search})").json["orders"]
        return [order["number"] for order in expanded]

    assert orders("bike") == [1, 2]
    assert orders("BIKE NOT red") == [2]
    assert orders('"blue car"') == []


def test_search_has_words_phrases_and_operators(service: Service) -> None:
    assert found(service, "Orders?$search=bike AND NOT red&$select=number") == [2]
    assert found(service, 'Orders?$search="blue bike" OR wheel&$select=number') == [2, 5]
    assert found(service, "Orders?$search=blue (car OR bike)&$select=number") == [2, 4]
    assert found(service, "Orders?$search=b&$select=number") == [1, 2, 3, 4]
    assert ask(service, "GET", "Orders/$count?$search=bike").body == b"2"
    assert found(service, "Customers('a')/orders?$search=blue&$select=number") == [2]


def test_filtered_and_searched_collections_are_counted(service: Service) -> None:
    assert found(service, "Customers?$filter=orders/$count($filter=amount gt 5;$search=b) gt 1&$select=id") == ["a"]
    assert found(service, "Customers?$filter=orders/$count($search=car) eq 1&$select=id") == ["b"]
    assert found(service, "Customers?$filter=tags/$count($search=BLUE) eq 1&$select=id") == ["a", "b"]


def test_instances_are_searched(service: Service) -> None:
    assert found(service, "Orders?$apply=search(bike NOT red)&$select=number") == [2]
    assert found(service, "Orders?$apply=groupby((title))/search(BIKE)") == ["blue bike", "red bike"]


def test_special_characters_are_no_wildcards(service: Service) -> None:
    assert found(service, "Customers?$filter=contains(displayName,'ta%25')&$select=id") == ["b"]
    assert found(service, "Customers?$filter=contains(displayName,'a_x')&$select=id") == ["c"]
    assert found(service, "Customers?$filter=contains(displayName,'a%25x')&$select=id") == []
    assert found(service, 'Customers?$search="mma_x"&$select=id') == ["c"]
