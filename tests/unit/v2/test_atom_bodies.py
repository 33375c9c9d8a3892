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


INLINE = (
    f'<entry xmlns:d="{DATA}" xmlns:m="{METADATA}"><content type="application/xml"><m:properties/></content></entry>'
)


@pytest.mark.parametrize(
    ("properties", "links", "target", "message"),
    [
        ("<d:name>a</d:name><d:name>b</d:name>", "", "name", "'name' is stated twice. Write it once."),
        ("<d:name>a<b/>c</d:name>", "", "name", "'name' holds a value of Edm.String, and no element. Write its text."),
        ("", link("group", ""), "group", "A link along 'group' names no entity. Write href=\"…\"."),
        ("", link("group", "Nothing(1)"), "group", "'Nothing(1)' names no entity: "),
        (
            "",
            f'<link rel="{DATA}/related/group"><m:inline>{INLINE}{INLINE}</m:inline></link>',
            "group",
            "'group' leads to one entity, and not to several. Write one.",
        ),
    ],
)
def test_an_entry_that_says_what_cannot_be_is_refused(
    shop: Shop, properties: str, links: str, target: str, message: str
) -> None:
    body = entry(f"<d:number>7</d:number><d:price>1</d:price>{properties}", links)
    answer = shop.ask("POST", "Articles", body.encode(), content_type=ATOM)
    details = answer.error["innererror"]["errordetails"]
    assert (answer.status, details[0]["target"]) == (400, target)
    assert answer.error["message"]["value"].startswith(message)


def test_what_stands_in_other_namespaces_means_nothing(shop: Shop) -> None:
    body = entry(
        '<d:name>new</d:name><x:name xmlns:x="urn:x">other</x:name><d:price>1</d:price>',
        '<category scheme="urn:blog" term="pens"/>',
    )
    assert shop.ask("MERGE", "Articles(1)", body.encode(), content_type=ATOM).status == 204
    assert shop.get("Articles(1)/name") == {"name": "new"}


@pytest.mark.parametrize("null", ["true", "1", " true "])
def test_null_is_said_as_xml_says_what_is_so(shop: Shop, null: str) -> None:
    body = entry(f'<d:groupCode m:null="{null}"/>')
    assert shop.ask("MERGE", "Articles(1)", body.encode(), content_type=ATOM).status == 204
    assert shop.get("Articles(1)/groupCode") == {"groupCode": None}


@pytest.mark.parametrize("uri", ["Nothing(1)", "Groups", "Groups('a')/articles", "", "http://other/Groups('a')"])
def test_a_uri_that_names_no_entity_is_a_fault_of_the_body(shop: Shop, uri: str) -> None:
    body: dict[str, object] = {"uri": uri}
    for target, sent in (("Articles(1)/$links/group", body), ("Articles(1)", {"group": {"__metadata": body}})):
        answer = shop.ask("PUT" if sent is body else "MERGE", target, sent)
        assert (answer.status, answer.error["code"]) == (400, "PayloadError")
