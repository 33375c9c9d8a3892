"""$search: words in the texts of entities, wherever entities are read."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.models import every_schema


@pytest.fixture
def named(partners: Service) -> Service:
    """Partners whose customers have names to search for."""
    for number, name in enumerate(("Blue Grass", "Red GRASS house", "Blaue Häuser", "NOT a colour"), 1):
        assert ask(partners, "PATCH", f"Customers('c{number}')", {"name": name}).status in {200, 204}
    return partners


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("grass", ["c1", "c2"]),
        ("blue grass", ["c1"]),
        ("grass AND red", ["c2"]),
        ("blue OR red", ["c1", "c2"]),
        ("NOT grass", ["c3", "c4"]),
        ("grass NOT blue", ["c2"]),
        ('"grass house"', ["c2"]),
        ('NOT ("blue grass" OR red) HÄUSER', ["c3"]),
        ("(blue OR red) house OR colour", ["c2", "c4"]),
        ('"NOT"', ["c4"]),
        ("'\"red gra'", ["c2"]),
        ("p1", ["c1", "c2", "c3"]),
        ("100%25", []),
        ("nothing", []),
    ],
)
def test_entities_are_found_by_their_words(named: Service, search: str, found: list[str]) -> None:
    assert ask(named, "GET", f"Customers?$search={search}").column("id") == found


def test_a_search_goes_with_the_other_options(named: Service) -> None:
    target = "Customers?$search=a OR e&$filter=employees ge 2&$orderby=name desc&$count=true&$select=id"
    first = ask(named, "GET", target, prefer="maxpagesize=2").json
    assert (first["@odata.count"], [one["id"] for one in first["value"]]) == (3, ["c2", "c4"])
    assert ask(named, "GET", first["@odata.nextLink"].removeprefix(ROOT)).column("id") == ["c3"]


def test_counts_and_related_entities_are_searched(named: Service) -> None:
    assert ask(named, "GET", "Customers/$count?$search=grass").body == b"2"
    assert ask(named, "GET", "Partners('p1')/customers?$search=grass NOT red").column("id") == ["c1"]
    found = ask(named, "GET", "Partners?$expand=customers($search=grass;$select=id)").column("customers")
    assert [[one["id"] for one in customers] for customers in found] == [["c1", "c2"], []]
    counts = ask(named, "GET", "Partners?$expand=customers/$count($search=house)")
    assert counts.column("customers@odata.count") == [1, 0]


def test_a_search_of_too_many_words_is_refused(named: Service) -> None:
    words = " ".join(["word"] * 900)
    answer = ask(named, "GET", f"Customers?$search={words}")
    assert (answer.status, answer.error["code"]) == (400, "LimitExceeded")


def test_a_type_without_texts_is_not_searched(company: Service) -> None:
    answer = ask(company, "GET", "Scans?$search=x")
    assert (answer.status, answer.error["target"]) == (400, "$search")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("Partners?$filter=customers/$count($search=grass) eq 2", ["p1"]),
        ("Partners?$filter=customers/$count($filter=employees gt 1;$search=NOT house) eq 1", ["p1"]),
        ("Partners?$orderby=customers/$count($search=grass)", ["p2", "p1"]),
        ("Customers?$apply=search(grass NOT red)", ["c1"]),
        ("Customers?$apply=filter(employees gt 1)/search(grass OR colour)&$search=p1", ["c2"]),
    ],
)
def test_collections_are_searched_inside_expressions_and_transformations(
    named: Service, target: str, found: list[str]
) -> None:
    assert ask(named, "GET", target).column("id") == found


def test_behind_transformations_the_texts_that_are_left_are_searched(named: Service) -> None:
    grouped = "Customers?$apply=groupby((name,employees))"
    assert ask(named, "GET", f"{grouped}/search(p1)").values == []
    assert ask(named, "GET", f"{grouped}&$search=house").column("name") == ["Red GRASS house"]
    assert ask(named, "GET", "Customers?$apply=groupby((employees))/search(1)").refusal == (
        400,
        "What the transformations leave has no texts to search in. Use $filter.",
    )


def test_collections_of_values_are_searched_where_they_are_texts() -> None:
    with service_of(every_schema()) as made:
        for number, texts in enumerate((["Blue", None], ["red"], []), 1):
            assert ask(made, "POST", "Manies", {"id": number, "strings": texts}).status == 201
        assert ask(made, "GET", "Manies?$filter=strings/$count($search=BLU) eq 1").column("id") == [1]
        answer = ask(made, "GET", "Manies?$filter=int64s/$count($search=1) ge 1")
    assert (answer.status, answer.error["message"]) == (400, "'Edm.Int64' has no texts to search in. Use $filter.")


@pytest.mark.parametrize("target", ["Customers('c1')?$search=x", "Customers('c1')/partner?$search=x"])
def test_one_entity_is_not_searched(named: Service, target: str) -> None:
    answer = ask(named, "GET", target)
    assert (answer.status, answer.error["code"], answer.error["target"]) == (400, "OptionNotAllowed", "$search")


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("Customers?$search=grass", "Customers?$search=house", ["c2"]),
        ('Customers?$search="blue grass" OR x', 'Customers?$search="not a" OR house', ["c2", "c4"]),
        ("Customers?$apply=search(grass)", "Customers?$apply=search(house)", ["c2"]),
        ("Partners?$expand=customers($search=x)", "Partners?$expand=customers($search=y)", ["p1", "p2"]),
        (
            "Partners?$filter=customers/$count($search=x) gt 0",
            "Partners?$filter=customers/$count($search=red) gt 0",
            ["p1"],
        ),
    ],
)
def test_searches_for_other_words_are_compiled_once(named: Service, first: str, second: str, found: list[str]) -> None:
    assert ask(named, "GET", first).status == 200
    before = len(named._workshop.reads)
    assert ask(named, "GET", second).column("id") == found
    assert len(named._workshop.reads) == before
