"""Every kind of expression on real servers: they find what SQLite finds."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.expressions import (
    BEYOND,
    OF_COLLECTIONS,
    OF_MANIES,
    OF_OPEN_THINGS,
    OF_PEOPLE,
    OF_SCALARS,
    OF_THINGS,
    STRUCTURES,
    fill_everything,
    fill_open,
    fill_people,
)
from tests.models import company_schema, every_schema
from tests.standing import standing_service
from tests.unit.service.test_expressions import found

SERVERS = ("postgresql", "mariadb")


@pytest.fixture(scope="module", params=SERVERS)
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, company_schema) as made:
        fill_people(made)
        yield made


@pytest.fixture(scope="module", params=SERVERS)
def everything(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as made:
        fill_everything(made)
        yield made


@pytest.mark.parametrize(("text", "expected"), OF_PEOPLE)
def test_filters_of_related_entities(company: Service, text: str, expected: list[object]) -> None:
    assert found(company, "People", text) == expected


@pytest.mark.parametrize(("text", "expected"), [*OF_THINGS, *STRUCTURES])
def test_filters_of_complex_values_in_json(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Things", text) == expected


@pytest.mark.parametrize(("text", "expected"), [*OF_MANIES, *OF_COLLECTIONS])
def test_filters_of_collections_of_values(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Manies", text) == expected


@pytest.fixture(scope="module", params=SERVERS)
def openness(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as made:
        fill_open(made)
        yield made


@pytest.mark.parametrize(("text", "expected"), OF_SCALARS)
def test_filters_by_pattern_and_by_place(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Scalars", text) == expected


@pytest.mark.parametrize("option", BEYOND)
def test_what_is_beyond_64_bits_is_refused(everything: Service, option: str) -> None:
    answer = ask(everything, "GET", f"Scalars?{quote(option, safe='$=')}")
    assert (answer.status, answer.error["code"]) == (400, "ArithmeticFailure")


@pytest.mark.parametrize("operator", ["mul", "div", "divby"])
def test_a_duration_by_nan_is_none(operator: str) -> None:
    with standing_service("postgresql", every_schema) as service:
        assert ask(service, "POST", "Scalars", {"id": 1, "double": "NaN", "duration": "PT1S"}).status == 201
        answer = ask(service, "GET", f"Scalars?$compute=duration {operator} double as x&$select=x")
        assert answer.column("x") == [None]
        endless = ask(service, "GET", "Scalars?$compute=duration mul INF as x")
        assert (endless.status, endless.error["code"]) == (400, "ArithmeticFailure")


@pytest.mark.parametrize("order", ["1", "-(1)", "-(-1)", "-(2.5)", "-(duration'PT1H')", "-(-(duration'PT1H'))", "'a'"])
def test_an_order_by_what_is_the_same_everywhere_leaves_that_of_keys(everything: Service, order: str) -> None:
    answer = ask(everything, "GET", f"Scalars?$select=id&$orderby={quote(order)}")
    assert answer.column("id") == [1, 2, 3]


@pytest.mark.parametrize(("text", "expected"), OF_OPEN_THINGS)
def test_filters_by_dynamic_properties_and_types(openness: Service, text: str, expected: list[object]) -> None:
    assert found(openness, "Things", text) == expected


@pytest.mark.parametrize(("order", "expected"), [("free", ["d", "a", "b", "c"]), ("free desc", ["c", "b", "a", "d"])])
def test_dynamic_properties_are_ordered(openness: Service, order: str, expected: list[str]) -> None:
    answer = ask(openness, "GET", f"Things?$select=id&$orderby={quote(order)}", prefer="odata.maxpagesize=2")
    link = answer.json["@odata.nextLink"].removeprefix("http://host/")
    assert [*answer.column("id"), *ask(openness, "GET", link).column("id")] == expected
