"""`/$filter(…)` and `/$each` in paths (URL Conventions 4.12, 4.13; Protocol 11.4.14, 11.4.15)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.models import stationery_schema
from tests.stationery import fill, register


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        register(service)
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("target", "numbers"),
    [
        ("Articles/$filter(price gt 5)", [2, 3]),
        ("Articles/$filter(price gt 500)", [3]),
        ("Articles/$filter(@f)?@f=price gt 5&$filter=price lt 100", [2]),
        ("Articles/$filter(group/code eq 'a')/$filter(price gt 5)?$orderby=name", [2]),
        ("Groups('a')/articles/$filter(contains(name,'e'))", [1]),
        ("Dearest()/$filter(price lt 100)", [2, 1]),
        ("Groups('a')/articles/$filter(price gt $these/aggregate(price with average))", [2]),
    ],
)
def test_a_filter_segment_leaves_those_for_which_it_is_true(shop: Service, target: str, numbers: list[int]) -> None:
    answer = ask(shop, "GET", target)
    assert (answer.json["@odata.context"], answer.column("number")) == (f"{ROOT}$metadata#Articles", numbers)


def test_a_path_goes_on_behind_a_filter_segment(shop: Service) -> None:
    assert ask(shop, "GET", "Articles/$filter(price gt 5)/$count").body == b"2"
    assert ask(shop, "GET", "Articles/$filter(price gt 5)(2)/group/code/$value").body == b"a"
    assert ask(shop, "GET", "Articles/$filter(price gt 5)(1)").status == 404
    assert ask(shop, "GET", "Articles/$filter(price gt 5)/Mean").json["value"] == 605
    assert ask(shop, "POST", "Articles/$filter(price gt 5)/Clear").status == 204
    assert ask(shop, "GET", "Articles").column("number") == [1]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("Articles(1)/$filter(true)", 404, "$filter follows a collection of entities, and not shop.Article."),
        ("$filter(true)", 404, "$filter follows a collection of entities. Write Set/$filter(…)."),
        (
            "Articles/$filter(name)",
            400,
            "the path must be true or false, and name is an Edm.String (at position 18 of the path). Compare it with a "
            "value, as in … eq 'text'.",
        ),
    ],
)
def test_a_filter_segment_that_fits_nowhere_is_refused(shop: Service, target: str, status: int, message: str) -> None:
    assert ask(shop, "GET", target).refusal == (status, message)


def test_each_changes_all_and_answers_with_them(shop: Service) -> None:
    answer = ask(shop, "PATCH", "Articles/$filter(price lt 100)/$each?$select=number,name", {"name": "cheap"})
    shown = [(entity["number"], entity["name"]) for entity in answer.values]
    assert (answer.json["@odata.context"], shown) == (
        f"{ROOT}$metadata#Articles(number,name)", [(1, "cheap"), (2, "cheap")],
    )  # fmt: skip
    assert ask(shop, "GET", "Articles").column("name") == ["cheap", "cheap", "desk"]


def test_each_answers_with_nothing_where_that_is_preferred(shop: Service) -> None:
    answer = ask(shop, "PATCH", "Groups('a')/articles/$each", {"size": {"width": 1}}, prefer="return=minimal")
    assert (answer.status, answer.headers["Preference-Applied"]) == (204, "return=minimal")
    assert [size and size["width"] for size in ask(shop, "GET", "Articles").column("size")] == [1, 1, None]


def test_each_deletes_all(shop: Service) -> None:
    assert ask(shop, "DELETE", "Articles/$filter(@f)/$each?@f=price lt 100").status == 204
    assert ask(shop, "GET", "Articles").column("number") == [3]
    assert ask(shop, "DELETE", "Articles/$filter(price gt 1000)/$each").status == 204
    assert ask(shop, "GET", "Articles").column("number") == []


def test_each_is_no_resource_that_is_read(shop: Service) -> None:
    answer = ask(shop, "GET", "Articles/$each")
    assert (answer.status, answer.headers["Allow"]) == (405, "PATCH, DELETE")
    assert ask(shop, "PATCH", "Articles/$each", {"name": 5}).error["target"] == "name"
