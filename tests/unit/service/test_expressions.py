"""Every kind of expression, from the URL to what it finds."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
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
from tests.models import company_schema, every_schema, partners_schema


@pytest.fixture(scope="module")
def company() -> Iterator[Service]:
    with service_of(company_schema()) as made:
        fill_people(made)
        yield made


@pytest.fixture(scope="module")
def everything() -> Iterator[Service]:
    with service_of(every_schema()) as made:
        fill_everything(made)
        yield made


def found(service: Service, source: str, text: str) -> list[object]:
    answer = ask(service, "GET", f"{source}?$select=id&$filter={quote(text)}")
    assert answer.status == 200, answer.body
    return answer.column("id")


@pytest.mark.parametrize(("text", "expected"), OF_PEOPLE)
def test_filters_of_related_entities(company: Service, text: str, expected: list[object]) -> None:
    assert found(company, "People", text) == expected


@pytest.mark.parametrize(("text", "expected"), [*OF_THINGS, *STRUCTURES])
def test_filters_of_complex_values_in_json(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Things", text) == expected


@pytest.mark.parametrize(("text", "expected"), [*OF_MANIES, *OF_COLLECTIONS, ("doubles/any(x:x eq INF)", [1])])
def test_filters_of_collections_of_values(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Manies", text) == expected


def test_entities_are_ordered_by_how_many_others_they_have(company: Service) -> None:
    answer = ask(company, "GET", "People?$select=id&$orderby=notes/$count,id%20desc", prefer="odata.maxpagesize=3")
    assert answer.column("id") == ["di", "cy", "bob"]
    link = answer.json["@odata.nextLink"].removeprefix("http://host/")
    assert ask(company, "GET", link).column("id") == ["ann"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "notes/text eq 'a'",
            "A collection stands before 'text' (at position 7 of $filter).",
            "Write any(x:x/text …), all(x:x/text …), a key in parentheses or $count behind the collection.",
        ),
        (
            "name/any(x:x eq 'a')",
            "any, all, aggregate, $count and $filter stand behind a collection (at position 6 of $filter).",
            None,
        ),
        (
            "notes/any(n:n/txt eq 'a')",
            "Property 'txt' is not declared in 'firm.Note' (at position 15 of $filter).",
            "Did you mean 'text'?",
        ),
        (
            "friend/friend/nme eq 'a'",
            "Property 'nme' is not declared in 'firm.Person', in 'friend/friend/nme' (at position 15 of $filter).",
            "Did you mean 'name'?",
        ),
        (
            "notes/any(n:n/text)",
            "$filter must be true or false, and n/text is an Edm.String (at position 13 of $filter).",
            None,
        ),
        (
            "name eq []",
            "'eq' cannot compare an Edm.String with a Collection(Edm.Null) (at position 1 of $filter).",
            None,
        ),
        ("[] lt 5", "'lt' cannot compare a Collection(Edm.Null) with an Edm.Int32 (at position 1 of $filter).", None),
        (
            "name in 'Ann'",
            "'in' cannot find an Edm.String in an Edm.String (at position 1 of $filter).",
            "Write in ('a','b'), or a collection of values of this type.",
        ),
        (
            "$root/Peple('a')/name eq 'a'",
            "An entity set or a singleton stands behind $root, and not 'Peple' (at position 1 of $filter).",
            "Did you mean 'People'?",
        ),
    ],
)
def test_refusals_say_what_to_write(company: Service, text: str, message: str, hint: str | None) -> None:
    error = ask(company, "GET", f"People?$filter={quote(text)}").error
    assert error["target"] == "$filter"
    assert error["message"].startswith(message)
    if hint is not None:
        assert hint in error["message"]


@pytest.fixture(scope="module")
def openness() -> Iterator[Service]:
    with service_of(every_schema()) as made:
        fill_open(made)
        yield made


@pytest.mark.parametrize(("text", "expected"), OF_SCALARS)
def test_filters_by_pattern_and_by_place(everything: Service, text: str, expected: list[object]) -> None:
    assert found(everything, "Scalars", text) == expected


@pytest.mark.parametrize("option", BEYOND)
def test_what_is_beyond_64_bits_is_refused(everything: Service, option: str) -> None:
    answer = ask(everything, "GET", f"Scalars?{quote(option, safe='$=')}")
    assert (answer.status, answer.error["code"]) == (400, "ArithmeticFailure")


@pytest.mark.parametrize(("text", "expected"), OF_OPEN_THINGS)
def test_filters_by_dynamic_properties_and_types(openness: Service, text: str, expected: list[object]) -> None:
    assert found(openness, "Things", text) == expected


@pytest.mark.parametrize(("order", "expected"), [("free", ["d", "a", "b", "c"]), ("free desc", ["c", "b", "a", "d"])])
def test_dynamic_properties_are_ordered(openness: Service, order: str, expected: list[str]) -> None:
    answer = ask(openness, "GET", f"Things?$select=id&$orderby={quote(order)}", prefer="odata.maxpagesize=2")
    link = answer.json["@odata.nextLink"].removeprefix("http://host/")
    assert [*answer.column("id"), *ask(openness, "GET", link).column("id")] == expected


@pytest.mark.parametrize(
    ("apply", "expected"),
    [
        ("aggregate(deep/inner/number with sum as n)", [{"n": 5}]),
        ("aggregate(free with max as n)", [{"n": 5}]),
        ("aggregate(free with countdistinct as n)", [{"n": 3}]),
        ("compute(cast(free,Edm.String) as t)/groupby((t))/filter(t ne null)", [{"t": "text"}]),
    ],
)
def test_dynamic_properties_are_aggregated_as_numbers(
    openness: Service, apply: str, expected: list[dict[str, object]]
) -> None:
    answer = ask(openness, "GET", f"Things?$apply={quote(apply)}", accept="application/json;odata.metadata=none")
    assert answer.values == expected


def test_groups_by_a_dynamic_property_need_its_type(openness: Service) -> None:
    answer = ask(openness, "GET", "Things?$apply=groupby((free))")
    assert answer.status == 501
    assert "compute(cast(free,Edm.String) as Name)/groupby((Name))" in answer.error["message"]


@pytest.mark.parametrize("first", ["NaN", "INF", "-INF", "1.5"])
def test_what_is_no_number_shares_no_plan_with_numbers(first: str) -> None:
    expected = {"NaN": ([], [1, 2, 3]), "INF": ([1], [2, 3]), "-INF": ([], [1, 2, 3]), "1.5": ([2], [1, 3])}
    line = {"product": "p", "customerId": "c"}
    with service_of(partners_schema()) as service:
        for number, double in enumerate(("INF", 1.5, -2.5), 1):
            made = ask(service, "POST", "OrderLines", {**line, "orderNumber": number, "double": double})
            assert made.status == 201, made.body
        for literal in (first, *expected):
            asked = [ask(service, "GET", f"OrderLines?$filter=double {word} {literal}") for word in ("eq", "ne")]
            assert tuple(answer.column("orderNumber") for answer in asked) == expected[literal], literal
