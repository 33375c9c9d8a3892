"""Aliases through `Service.handle`: paths into what they stand for, and aliases among nested options."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import stationery_schema
from tests.servers import FAMILIES, database_url
from tests.stationery import fill


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(stationery_schema(), url=url) as service:
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("filter_text", "alias", "numbers"),
    [
        ("size/width eq @a/width", '{"width":2,"height":9}', [2]),
        ("size/width eq @a/width", '{"width":3}', []),
        ("size/width eq @a/depth and number eq 1", '{"width":2}', [1]),
        ("@a/price gt 5", "$it", [2, 3]),
        ("@a/code eq 'a'", "group", [1, 2]),
        ("@a/articles/$count eq 2", "group", [1, 2]),
        ("@a/group/code eq 'b'", "$root/Articles(3)", [1, 2, 3]),
        ("group/articles/any(x:x/price gt @a/price)", "$it", [1]),
    ],
)
def test_a_path_goes_on_behind_an_alias(shop: Service, filter_text: str, alias: str, numbers: list[int]) -> None:
    target = f"Articles?$filter={quote(filter_text)}&@a={quote(alias)}"
    assert ask(shop, "GET", target).column("number") == numbers


def test_what_an_alias_stands_for_must_have_members(shop: Service) -> None:
    answer = ask(shop, "GET", "Articles?$filter=@a/price gt 5&@a=7")
    assert (answer.status, answer.error["message"]) == (
        400,
        "Nothing can follow '@a' here (at position 4 of $filter). Give it an object, or the path of an entity.",
    )


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=price gt @p;@p=5", [2]),
        ("$filter=price gt @p;@p=1", [1, 2]),
        ('$filter=size eq @s;@s={"width":2,"height":3}', [2]),
        ("$filter=price gt @q", [2]),
        ("$expand=group($expand=articles($filter=price gt @p));$filter=price gt @p;@p=5", [2]),
    ],
)
def test_aliases_stand_among_nested_options(shop: Service, options: str, numbers: list[int]) -> None:
    answer = ask(shop, "GET", f"Groups('a')?$expand=articles({quote(options)};$select=number)&@p=1000&@q=3")
    assert [article["number"] for article in answer.json["articles"]] == numbers


def test_the_alias_outside_keeps_its_value(shop: Service) -> None:
    target = "Groups?$filter=code eq @p&@p='b'&$expand=articles($filter=price gt @p;@p=5;$select=number)"
    assert [[found["number"] for found in group["articles"]] for group in ask(shop, "GET", target).values] == [[3]]
