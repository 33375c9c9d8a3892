"""What changes say of other entities, and how what is wrong in bodies is told in words of V2."""

import pytest

from tests.unit.v2.shop import ROOT, Shop
from tests.unit.v2.test_atom_bodies import ATOM, DATA, METADATA, entry

INLINE = f'<link rel="{DATA}/related/group"><m:inline xmlns:m="{METADATA}"/></link>'


def refusal(shop: Shop, method: str, target: str, body: object) -> tuple[int, str, str]:
    answer = shop.ask(method, target, body)
    return answer.status, answer.error["innererror"]["errordetails"][0]["target"], answer.error["message"]["value"]


@pytest.mark.parametrize("method", ["MERGE", "PATCH", "PUT"])
def test_a_change_leads_to_none_where_it_says_null(shop: Shop, method: str) -> None:
    assert shop.ask(method, "Articles(1)", {"name": "pen", "group": None}).status == 204
    assert (shop.get("Articles(1)")["groupCode"], shop.ask("GET", "Articles(1)/group").status) == (None, 404)


def test_a_change_in_atom_leads_to_none_where_nothing_is_inline(shop: Shop) -> None:
    assert shop.ask("MERGE", "Articles(1)", entry("", INLINE).encode(), content_type=ATOM).status == 204
    assert shop.get("Articles(1)")["groupCode"] is None


def test_a_change_links_to_what_its_uri_names(shop: Shop) -> None:
    body = {"group": {"__metadata": {"uri": "http://host/v2/Groups('b')"}}}
    assert shop.ask("MERGE", "Articles(1)", body).status == 204
    assert shop.get("Articles(1)")["groupCode"] == "b"


@pytest.mark.parametrize(
    ("target", "name", "stated"),
    [
        ("Articles(1)", "group", {"code": "b"}),
        ("Groups('a')", "articles", {"results": []}),
        ("Groups('a')", "articles", None),
        ("Groups('a')", "articles", [{"number": 9}]),
    ],
)
def test_a_change_does_not_state_other_entities(shop: Shop, target: str, name: str, stated: object) -> None:
    hint = 'Link to it by {"__metadata":{"uri":"…"}}, or change it at its own URI.'
    message = f"A change does not state what '{name}' leads to. {hint}"
    assert refusal(shop, "MERGE", target, {name: stated}) == (400, name, message)


@pytest.mark.parametrize(
    ("method", "target", "body", "about"),
    [
        ("POST", "Groups('a')/$links/articles", {"uri": "Articles(99)"}, "uri"),
        ("PUT", "Articles(1)/$links/group", {"uri": "Articles(1)"}, "uri"),
        ("POST", "Articles", {"number": 9, "group": {"__metadata": {"uri": "Groups('x')"}}}, "group"),
    ],
)
def test_what_an_error_is_about_is_told_in_words_of_v2(
    shop: Shop, method: str, target: str, body: object, about: str
) -> None:
    status, found, _ = refusal(shop, method, target, body)
    assert (status, found) == (400, about)


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("$format=xml", "application/json", "application/xml"),
        ("$format=atom&$filter=x", "*/*", "application/xml"),
        ("$filter=x&$format=json", "application/atom+xml", "application/json"),
        ("$format=csv", "application/atom+xml", "application/xml"),
        ("$filter=x&$format=application/atom+xml;type=entry", "*/*", "application/xml"),
        ("$filter=x&$format=text/xml", "*/*", "application/xml"),
        ("$filter=%ZZ&$format=xml", "*/*", "application/xml"),
    ],
)
def test_an_error_has_the_format_that_was_asked_for(shop: Shop, query: str, accept: str, media_type: str) -> None:
    answer = shop.ask("GET", f"Articles(77)?{query}", accept=accept)
    assert (answer.status >= 400, answer.headers["Content-Type"]) == (True, f"{media_type};charset=utf-8")


def test_a_property_of_a_collection_lacks_a_key(shop: Shop) -> None:
    message = shop.ask("GET", "Articles/name").error["message"]["value"]
    assert message == "There is no 'name' behind 'Articles'. Write a key before it: …(key)/name."


def test_what_an_error_is_about_is_told_in_xml(shop: Shop) -> None:
    answer = shop.ask("POST", "Groups('a')/$links/articles", {"uri": "Articles(99)"}, accept="application/xml")
    assert b"<target>uri</target>" in answer.body


@pytest.mark.parametrize(
    "stated", [{"results": None}, [{"__metadata": {"uri": f"{ROOT}Groups('b')"}}], {"results": []}]
)
def test_what_leads_to_one_entity_is_no_list(shop: Shop, stated: object) -> None:
    before = shop.get("Articles(1)")
    for method, target in (("MERGE", "Articles(1)"), ("POST", "Articles")):
        answer = shop.ask(method, target, {"number": 77, "name": "n", "price": "1", "group": stated})
        assert (answer.status, answer.error["code"]) == (400, "PayloadError")
        assert "@odata" not in answer.error["message"]["value"]
    assert shop.get("Articles(1)") == before


@pytest.mark.parametrize("root", ["https://host/v2/", "http://HOST:80/v2/", "//host/v2/", "/v2/", "./", "/"])
def test_a_uri_may_say_the_service_as_a_proxy_has_it(shop: Shop, root: str) -> None:
    body = {"group": {"__metadata": {"uri": f"{root}Groups('b')"}}}
    assert shop.ask("MERGE", "Articles(1)", body).status == 204
    assert shop.get("Articles(1)")["groupCode"] == "b"
