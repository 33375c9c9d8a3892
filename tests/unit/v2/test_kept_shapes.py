"""What is kept of a URL answers others that differ in literals as if each were the first."""

import re

import pytest

from odata_service.v2 import V2Service
from tests.unit.v2.shop import ROOT, Shop


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Articles(1)", "Articles(2)", id="keys"),
        pytest.param("Articles(1)", "Articles(99)", id="a-key-that-is-not-there"),
        pytest.param("Articles(1)", "Articles(2.5)", id="a-number-of-another-kind"),
        pytest.param("Articles(1)", "Articles(3000000000)", id="a-number-of-another-size"),
        pytest.param("Groups('a')/articles", "Groups('b')/articles", id="keys-of-text"),
        pytest.param("Articles?$filter=name eq 'pen'", "Articles?$filter=name eq 'i''nk'", id="texts"),
        pytest.param(
            "Articles?$filter=substringof('e',name)", "Articles?$filter=substringof('in',name)", id="swapped-arguments"
        ),
        pytest.param(
            "Articles?$filter=replace(name,'e','i') eq 'pin'",
            "Articles?$filter=replace(name,'in','e') eq 'ek'",
            id="replaced-texts",
        ),
        pytest.param("Articles?$filter=price gt 1.5M", "Articles?$filter=price gt 2", id="decimals-and-whole-numbers"),
        pytest.param("Articles?$filter=price gt 1", "Articles?$filter=price gt 'x'", id="a-text-beside-a-number"),
        pytest.param("Articles?$filter=size eq 'small'", "Articles?$filter=size eq 'huge'", id="enumerations"),
        pytest.param("Articles?$top=1&$skip=0", "Articles?$top=1&$skip=1", id="pages-by-number"),
        pytest.param("Articles?$filter=isof('shop.Article')", "Articles?$filter=isof('shop.Set')", id="types"),
        pytest.param("Articles?$orderby=name", "Articles?$orderby=name desc", id="other-shapes"),
        pytest.param("Articles/$count?$filter=name eq 'a'", "Articles/$count?$filter=name eq 'pen'", id="counts"),
        pytest.param("Groups('a')?$expand=articles", "Groups('b')?$expand=articles", id="expanded-collections"),
    ],
)
def test_a_url_is_answered_alike_whatever_was_asked_before(shop: Shop, first: str, second: str) -> None:
    shop.ask("GET", first)
    shop.ask("GET", first)
    fresh = Shop(shop.service, V2Service(shop.service))
    warm, cold = shop.ask("GET", second), fresh.ask("GET", second)
    assert (warm.status, warm.body) == (cold.status, cold.body)


def test_each_page_of_a_shape_leads_to_the_next(shop: Shop) -> None:
    for number in range(10, 14):
        assert shop.ask("POST", "Articles", {"number": number, "name": f"n{number}", "price": "1"}).status == 201
    found, target = [], "Articles?$orderby=number&$select=number"
    for _ in range(4):
        page = shop.get(target)
        found += [each["number"] for each in page["results"]]
        target = page.get("__next", "").removeprefix(ROOT)
    assert (sorted(found), target) == (sorted(set(found)), "")
    assert {10, 11, 12, 13} <= set(found)


@pytest.mark.parametrize("code", ["a b", "é", "o'b", 'x"y', "a/b", "100%"])
def test_keys_that_urls_encode_are_encoded_beside_plain_ones(shop: Shop, code: str) -> None:
    assert shop.ask("POST", "Groups", {"code": code}).status == 201
    assert shop.ask("POST", "Articles", {"number": 50, "name": "odd", "price": "1", "groupCode": code}).status == 201
    article = shop.get("Articles(50)?$expand=group")
    uri = article["group"]["__metadata"]["uri"]
    assert shop.get(uri.removeprefix(ROOT))["code"] == code
    inner = shop.get(uri.removeprefix(ROOT) + "?$expand=articles")["articles"]["results"]
    assert [each["number"] for each in inner] == [50]


@pytest.mark.parametrize("accept", ["application/json", "application/atom+xml"])
def test_what_follows_expanded_entities_is_read_however_often_it_was_asked_for(shop: Shop, accept: str) -> None:
    for number in (4, 5):
        made = {"number": number, "name": f"n{number}", "price": "1", "groupCode": "a"}
        assert shop.ask("POST", "Articles", made).status == 201
    for _ in range(3):
        text = shop.ask("GET", "Groups('a')?$expand=articles", accept=accept).body.decode()
        (token,) = re.findall(r"articles\?\$skiptoken=([^\"]+)", text)
        behind = shop.get(f"Groups('a')/articles?$skiptoken={token}")["results"]
        assert [found["number"] for found in behind] == [4, 5]
