"""$search: words in the texts of entities, wherever entities are read."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask


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
