"""Atom and XML that clients send: entries with links, links alone, properties, and what refers to them in batches."""

import pytest

from tests.unit.v2.shop import Shop
from tests.unit.v2.test_client_habits import batch, change_set, statuses

DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
METADATA = f"{DATA}/metadata"
ATOM = "application/atom+xml;type=entry"


def entry(properties: str, links: str = "") -> str:
    return (
        f'<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="{DATA}" xmlns:m="{METADATA}">{links}'
        f'<content type="application/xml"><m:properties>{properties}</m:properties></content></entry>'
    )


def link(name: str, href: str) -> str:
    return f'<link rel="{DATA}/related/{name}" href="{href}"/>'


def uri(href: str, namespace: str = DATA) -> str:
    return f'<uri xmlns="{namespace}">{href}</uri>'


def change(method: str, url: str, body: str, content_id: int, media_type: str = ATOM) -> str:
    return (
        "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"{method} {url} HTTP/1.1\r\nContent-ID: {content_id}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}\r\n"
    )


def articles(shop: Shop, group: str) -> list[int]:
    return [found["number"] for found in shop.get(f"Groups('{group}')/articles?$orderby=number")["results"]]


def test_an_entry_is_linked_to_each_entity_that_a_link_leads_to(shop: Shop) -> None:
    body = entry("<d:code>c</d:code>", link("articles", "Articles(1)") + link("articles", "Articles(3)"))
    assert shop.ask("POST", "Groups", body.encode(), content_type=ATOM).status == 201
    assert articles(shop, "c") == [1, 3]


def test_two_links_to_one_entity_are_refused(shop: Shop) -> None:
    body = entry("<d:number>9</d:number>", link("group", "Groups('a')") + link("group", "Groups('b')"))
    answer = shop.ask("POST", "Articles", body.encode(), content_type=ATOM)
    assert (answer.status, answer.error["message"]["value"]) == (400, "Two links say where 'group' leads. Write one.")


def test_a_property_is_changed_by_its_own_element(shop: Shop) -> None:
    wrong = shop.ask("PUT", "Articles(1)/name", f'<nme xmlns="{DATA}">x</nme>'.encode(), content_type="application/xml")
    assert (wrong.status, wrong.error["innererror"]["errordetails"][0]["target"]) == (400, "name")
    right = f'<name xmlns="{DATA}">x</name>'.encode()
    assert shop.ask("PUT", "Articles(1)/name", right, content_type="application/xml").status == 204
    assert shop.get("Articles(1)/name") == {"name": "x"}


@pytest.mark.parametrize("namespace", [DATA, METADATA])
def test_a_link_is_a_uri_in_either_namespace(shop: Shop, namespace: str) -> None:
    body = uri("http://host/v2/Articles(1)", namespace).encode()
    assert shop.ask("POST", "Groups('b')/$links/articles", body, content_type="application/xml").status == 204
    assert articles(shop, "b") == [1, 3]


def test_the_content_id_of_a_request_is_told_in_its_answer(shop: Shop) -> None:
    answer = batch(shop, change_set(change("POST", "Groups", entry("<d:code>c</d:code>"), 7)))
    assert statuses(answer) == [201]
    assert answer.body.count(b"Content-ID: 7\r\n") == 2  # beside the answer, and in it


def test_links_in_xml_lead_to_what_the_same_change_set_has_made(shop: Shop) -> None:
    text = change_set(
        change("POST", "http://host/v2/Groups", entry("<d:code>c</d:code>"), 1),
        change("POST", "Articles", entry("<d:number>60</d:number>"), 2),
        change("POST", "$1/$links/articles", uri("$2", METADATA), 3, "application/xml"),
        change("POST", "Articles", entry("<d:number>61</d:number>", link("group", "$1")), 4),
    )
    assert statuses(batch(shop, text)) == [201, 201, 204, 201]
    assert articles(shop, "c") == [60, 61]


def test_xml_that_is_none_is_refused_where_it_is_read(shop: Shop) -> None:
    answer = batch(shop, change_set(change("POST", "Groups", "<entry>$1", 1)))
    assert (statuses(answer), b"The body is no XML" in answer.body) == ([400], True)


def test_other_xml_stays_as_it_is(shop: Shop) -> None:
    body = f'<name xmlns="{DATA}">$1</name>'
    assert statuses(batch(shop, change_set(change("PUT", "Articles(1)/name", body, 2, "application/xml")))) == [204]
    assert shop.get("Articles(1)/name") == {"name": "$1"}
