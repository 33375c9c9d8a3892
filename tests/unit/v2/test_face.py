"""Requests of V2 from end to end, against the stationery shop."""

from pathlib import Path

import pytest
from lxml import etree

from tests.unit.v2.shop import ROOT, Shop

MODEL = Path(__file__).parents[2] / "models" / "stationery.xml"
PEN = f"{ROOT}Articles(1)"
NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "d": "http://schemas.microsoft.com/ado/2007/08/dataservices",
    "m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
}


def test_an_entity_has_its_metadata_its_properties_and_its_links(shop: Shop) -> None:
    pen = shop.get("Articles(1)")
    etag = pen["__metadata"].pop("etag")
    assert etag == shop.ask("GET", "Articles(1)").headers["ETag"]
    assert pen == {
        "__metadata": {"id": PEN, "uri": PEN, "type": "shop.Article"},
        "number": 1, "name": "pen", "price": "2.5", "groupCode": "a", "size": None,
        "group": {"__deferred": {"uri": f"{PEN}/group"}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("$filter=substringof('e',name) and price lt 1000M", ["pen"]),
        ("$filter=startswith(name,'d') eq true", ["desk"]),
        ("$filter=replace(name,'e','') eq 'pn'", ["pen"]),
        ("$filter=replace(replace(name,'k','g'),'des','do') eq 'dog' and number gt 1", ["desk"]),
        ("$filter=group/code eq 'b'", ["desk"]),
        ("$filter=number gt 1L&$top=1", ["ink"]),
        ("$skip=2&$select=name", ["desk"]),
    ],
)
def test_options_choose_entities(shop: Shop, options: str, names: list[str]) -> None:
    assert shop.names(options) == names


def test_pages_follow_by_next_and_all_are_counted(shop: Shop) -> None:
    first = shop.get("Articles?$inlinecount=allpages&$select=name&$orderby=name")
    assert (first["__count"], len(first["results"])) == ("3", 2)
    assert first["__next"].startswith(f"{ROOT}Articles?$inlinecount=allpages&$select=name&$orderby=name&$skiptoken=")
    second = shop.get(first["__next"].removeprefix(ROOT))
    assert [found["name"] for found in second["results"]] == ["pen"]
    assert "__next" not in second


def test_expanded_entities_have_pages_too(shop: Shop) -> None:
    for number in (4, 5):
        made = {"number": number, "name": f"n{number}", "price": "1", "groupCode": "a"}
        assert shop.ask("POST", "Articles", made).status == 201
    group = shop.get("Groups('a')?$expand=articles/group&$select=code,articles/name,articles/group/code")
    following = group["articles"]["__next"]
    assert [found["name"] for found in group["articles"]["results"]] == ["pen", "ink"]
    assert following.startswith(f"{ROOT}Groups('a')/articles?$select=group/code,name&$expand=group&$skiptoken=")
    second = shop.get(following.removeprefix(ROOT))
    assert [(found["name"], found["group"]["code"]) for found in second["results"]] == [("n4", "a"), ("n5", "a")]


def test_links_have_pages_and_are_counted(shop: Shop) -> None:
    made = {"number": 4, "name": "n4", "price": "1", "groupCode": "a"}
    assert shop.ask("POST", "Articles", made).status == 201
    first = shop.get("Groups('a')/$links/articles?$inlinecount=allpages")
    assert (first["__count"], first["results"]) == ("3", [{"uri": f"{ROOT}Articles({key})"} for key in (1, 2)])
    assert first["__next"].startswith(f"{ROOT}Groups('a')/$links/articles?$inlinecount=allpages&$skiptoken=")
    second = shop.get(first["__next"].removeprefix(ROOT))
    assert second == {"__count": "3", "results": [{"uri": f"{ROOT}Articles(4)"}]}
    root = etree.fromstring(shop.ask("GET", "Groups('a')/$links/articles?$format=xml&$inlinecount=allpages").body)
    assert root.findtext("m:count", namespaces=NAMESPACES) == "3"
    behind = root.findtext("d:next", "", namespaces=NAMESPACES).removeprefix(ROOT)
    last = etree.fromstring(shop.ask("GET", behind).body)
    assert [found.text for found in last.findall("d:uri", NAMESPACES)] == [f"{ROOT}Articles(4)"]
    assert last.find("d:next", NAMESPACES) is None


def test_what_is_not_selected_is_not_shown(shop: Shop) -> None:
    found = shop.get("Articles(1)?$expand=group&$select=name,group/code")
    del found["__metadata"], found["group"]["__metadata"]
    assert found == {"name": "pen", "group": {"code": "a"}}
    assert set(shop.get("Articles(1)?$select=group")) == {"__metadata", "group"}


@pytest.mark.parametrize(
    ("target", "document"),
    [
        ("Articles(1)/name/", {"name": "pen"}),
        ("Articles(number=1)/price", {"price": "2.5"}),
        ("Articles(1)/size", {"size": None}),
        ("Articles(2)/size", {"size": {"__metadata": {"type": "shop.Size"}, "width": 2, "height": 3}}),
        ("Articles(1)/$links/group", {"uri": f"{ROOT}Groups('a')"}),
        ("Groups('b')/$links/articles", {"results": [{"uri": f"{ROOT}Articles(3)"}]}),
        ("", {"EntitySets": ["Articles", "Groups"]}),
    ],
)
def test_parts_are_read_alone(shop: Shop, target: str, document: object) -> None:
    assert shop.get(target) == document


def test_values_and_counts_are_plain(shop: Shop) -> None:
    assert shop.ask("GET", "Articles(1)/name/$value").body == b"pen"
    assert shop.ask("GET", "Articles/$count?$filter=price gt 5d").body == b"2"
    assert shop.ask("GET", "Groups('a')/articles/$count").body == b"2"


def test_a_new_entity_is_answered_whole_and_changes_with_nothing(shop: Shop) -> None:
    made = shop.ask("POST", "Articles", {"d": {"number": 9, "name": "cap", "price": "1.50", "groupCode": "b"}})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}Articles(9)")
    assert made.json["d"]["__metadata"]["etag"] == made.headers["ETag"]
    for method, headers in (("MERGE", {}), ("PATCH", {}), ("POST", {"x_http_method": "MERGE"})):
        changed = shop.ask(method, "Articles(9)", {"price": f"{len(headers) + 2}"}, **headers)
        assert (changed.status, changed.body) == (204, b"")
    found = shop.get("Articles(9)")
    assert (found["name"], found["price"]) == ("cap", "3")
    assert shop.ask("DELETE", "Articles(9)", b"null").status == 204
    assert shop.ask("GET", "Articles(9)").status == 404


@pytest.mark.parametrize("method", ["PUT", "MERGE", "PATCH"])
def test_a_change_of_nothing_creates_nothing(shop: Shop, method: str) -> None:
    answer = shop.ask(method, "Articles(77)", {"name": "x", "price": "1"})
    assert (answer.status, answer.error["code"]) == (404, "NotFound")
    assert shop.get("Articles?$inlinecount=allpages")["__count"] == "3"


def test_an_old_etag_is_refused_and_a_known_one_saves_the_body(shop: Shop) -> None:
    etag = shop.ask("GET", "Articles(1)").headers["ETag"]
    assert shop.ask("GET", "Articles(1)", if_none_match=etag).status == 304
    assert shop.ask("MERGE", "Articles(1)", {"name": "pencil"}, if_match=etag).status == 204
    assert shop.ask("MERGE", "Articles(1)", {"name": "quill"}, if_match=etag).status == 412
    assert shop.get("Articles(1)/name") == {"name": "pencil"}


def test_properties_are_changed_alone(shop: Shop) -> None:
    assert shop.ask("PUT", "Articles(1)/name", {"name": "a"}).status == 204
    assert shop.ask("PUT", "Articles(1)/price/$value", b"7.25", content_type="text/plain").status == 204
    assert shop.ask("PUT", "Articles(1)/size", {"d": {"size": {"width": 1, "height": 2}}}).status == 204
    assert shop.ask("MERGE", "Articles(1)/size", {"height": 3}).status == 204
    found = shop.get("Articles(1)")
    assert (found["name"], found["price"], found["size"]["width"], found["size"]["height"]) == ("a", "7.25", 1, 3)


def test_links_are_made_and_taken_away(shop: Shop) -> None:
    assert shop.ask("PUT", "Articles(1)/$links/group", {"uri": f"{ROOT}Groups('b')"}).status == 204
    assert shop.get("Articles(1)/groupCode") == {"groupCode": "b"}
    assert shop.ask("POST", "Groups('a')/$links/articles", {"uri": "Articles(3)"}).status == 204
    assert shop.get("Articles(3)/groupCode") == {"groupCode": "a"}
    assert shop.ask("DELETE", "Groups('a')/$links/articles(3)").status == 204
    assert shop.get("Articles(3)/groupCode") == {"groupCode": None}


@pytest.mark.parametrize(
    "link", [{"__metadata": {"uri": "Groups('b')"}}, {"__deferred": {"uri": f"{ROOT}Groups('b')"}}]
)
def test_a_new_entity_is_linked_to_one_that_is_there(shop: Shop, link: object) -> None:
    made = shop.ask("POST", "Articles", {"number": 8, "name": "x", "price": "1", "group": link})
    assert (made.status, made.json["d"]["groupCode"]) == (201, "b")


def test_the_links_of_an_answer_say_nothing_when_they_are_sent_back(shop: Shop) -> None:
    pen = shop.get("Articles(1)")
    assert shop.ask("PUT", "Articles(1)", {"d": pen}).status == 204
    assert shop.get("Articles(1)/groupCode") == {"groupCode": "a"}


def test_entities_are_created_with_those_around_them(shop: Shop) -> None:
    articles = [{"number": 20, "name": "in", "price": "1"}]
    assert shop.ask("POST", "Groups", {"code": "c", "articles": {"results": articles}}).status == 201
    assert shop.get("Articles(20)/groupCode") == {"groupCode": "c"}


def test_an_entry_of_atom_is_read_and_written(shop: Shop) -> None:
    entry = b"""<entry xmlns="http://www.w3.org/2005/Atom"
      xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"
      xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><category term="shop.Article"/>
      <link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/group" href="Groups('b')"/>
      <content type="application/xml"><m:properties><d:number m:type="Edm.Int32">30</d:number>
      <d:name>&lt;cap&gt;</d:name>
      <d:price m:type="Edm.Decimal">1.25</d:price><d:size m:type="shop.Size"><d:width m:type="Edm.Int32">4</d:width>
      <d:height m:null="true"/></d:size></m:properties></content></entry>"""
    xml = "application/atom+xml"
    made = shop.ask("POST", "Articles", entry, content_type=xml, accept=xml)
    assert made.status == 201, made.body
    assert made.headers["Content-Type"] == "application/atom+xml;type=entry;charset=utf-8"
    root = etree.fromstring(made.body)

    def text(path: str) -> str | None:
        return root.findtext(path, namespaces=NAMESPACES)

    properties = "a:content/m:properties"
    assert text("a:id") == f"{ROOT}Articles(30)"
    assert (text(f"{properties}/d:name"), text(f"{properties}/d:price")) == ("<cap>", "1.25")
    assert (text(f"{properties}/d:groupCode"), text(f"{properties}/d:size/d:width")) == ("b", "4")


def test_a_feed_of_atom_has_count_entries_inline_entities_and_the_next_link(shop: Shop) -> None:
    answer = shop.ask("GET", "Articles?$format=atom&$inlinecount=allpages&$expand=group&$orderby=number")
    root = etree.fromstring(answer.body)
    assert root.findtext("m:count", namespaces=NAMESPACES) == "3"
    ids = [found.text for found in root.findall("a:entry/a:id", NAMESPACES)]
    assert ids == [PEN, f"{ROOT}Articles(2)"]
    codes = root.findall("a:entry/a:link/m:inline/a:entry/a:content/m:properties/d:code", NAMESPACES)
    assert [found.text for found in codes] == ["a", "a"]
    following = root.find("a:link[@rel='next']", NAMESPACES)
    assert following is not None
    second = etree.fromstring(shop.ask("GET", following.get("href", "").removeprefix(ROOT)).body)
    assert [found.text for found in second.findall("a:entry/a:id", NAMESPACES)] == [f"{ROOT}Articles(3)"]


def test_documents_properties_links_and_errors_are_xml_where_that_is_asked(shop: Shop) -> None:
    xml = "application/atom+xml,application/xml"
    service = shop.ask("GET", "", accept="application/atomsvc+xml, */*;q=0.1")
    assert service.headers["Content-Type"] == "application/atomsvc+xml;charset=utf-8"
    assert b'<collection href="Articles">' in service.body
    assert shop.ask("GET", "Articles(1)/name", accept=xml).body.endswith(b">pen</name>")
    assert (
        f">{ROOT}Articles(3)</uri></links>".encode() in shop.ask("GET", "Groups('b')/$links/articles", accept=xml).body
    )
    error = shop.ask("GET", "Nothing", accept=xml)
    assert (error.status, error.headers["Content-Type"]) == (404, "application/xml;charset=utf-8")
    assert b"<code>NotFound</code>" in error.body


def test_the_metadata_is_xml_whatever_is_accepted(shop: Shop) -> None:
    answer = shop.ask("GET", "$metadata")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/xml")
    assert answer.headers["DataServiceVersion"] == "2.0"


def test_metadata_that_a_client_has_is_not_sent_again(shop: Shop) -> None:
    first = shop.ask("GET", "$metadata")
    again = shop.ask("GET", "$metadata", if_none_match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert shop.ask("GET", "$metadata", if_none_match='W/"other"').status == 200


@pytest.mark.parametrize("target", ["", "$metadata", "Articles", "Articles(1)/name", "Articles(99)"])
def test_caches_are_told_that_answers_differ_by_what_is_accepted(shop: Shop, target: str) -> None:
    assert shop.ask("GET", target).headers["Vary"] == "Accept, Prefer"


def test_a_token_is_given_to_who_asks_for_one(shop: Shop) -> None:
    answer = shop.ask("HEAD", "", x_csrf_token="Fetch")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["X-CSRF-Token"]
    assert "X-CSRF-Token" not in shop.ask("GET", "").headers


@pytest.mark.parametrize(
    ("method", "target", "status", "message"),
    [
        ("GET", "Article", 404, "'Article' is no entity set or function import. Did you mean 'Articles'?"),
        ("GET", "Articles(1)/nam", 404, "There is no 'nam' behind 'Articles(1)'. Did you mean 'name'?"),
        ("GET", "Articles(1)/tags", 404, "There is no 'tags' behind 'Articles(1)'."),
        ("GET", "Articles(a=1)", 400, "'(a=1)' is not the key of these entities. Write (number=…)."),
        ("GET", "Articles?$callback=x", 400, "'$callback' is no option of OData V2. JSONP is not served: ask for JSON, "
         "and let --cors-origin name the origin of the page."),
        ("GET", "Articles?$filer=1", 400, "'$filer' is no option of OData V2. Did you mean '$filter'?"),
        ("GET", "Articles?$top=1&$top=2", 400, "'$top' is stated twice. Write it once."),
        ("GET", "Articles?$inlinecount=all", 400, "'all' is no value of $inlinecount. Write allpages or none."),
        ("GET", "Articles?$expand=name", 400, "'name' is no navigation property of 'shop.Article'."),
        ("GET", "Articles?$format=csv", 400, "'csv' is no format. Write json, atom or xml."),
        ("POST", "Articles(1)", 405, "'Articles(1)' does not take POST."),
        ("POST", "$metadata", 405, "Documents take GET and HEAD alone."),
        ("DELETE", "Groups('a')/$links/articles", 400,
         "It is not said which link is deleted. Write …/$links/Items(key)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_write(
    shop: Shop, method: str, target: str, status: int, message: str
) -> None:
    answer = shop.ask(method, target)
    assert (answer.status, answer.error["message"]) == (status, {"lang": "en", "value": message})


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b"{", None),
        (b"[]", None),
        (b'{"number": 7, "name": "a", "name": "b", "price": "1"}', "name"),
        (b'{"number": 7, "name": "\\ud800", "price": "1"}', "name"),
        ({"number": "x", "name": "a", "price": "1"}, "number"),
        ({"number": 7, "nam": "a"}, "nam"),
        ({"number": 7, "name": "a", "price": "1", "size": {"depth": 1}}, "size/depth"),
        ({"__metadata": {"type": "shop.Group"}, "number": 7}, "__metadata/type"),
        (
            {"number": 7, "name": "a", "price": "1", "group": {"__metadata": {"uri": "http://else/Groups('a')"}}},
            "group",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused_where_it_does_not(shop: Shop, body: object, target: str | None) -> None:
    answer = shop.ask("POST", "Articles", body)
    assert answer.status == 400
    details = answer.error.get("innererror", {"errordetails": [{"target": None}]})["errordetails"]
    assert details[0]["target"] == target


def test_an_inner_error_has_the_message_of_the_error_too(shop: Shop) -> None:
    error = shop.ask("POST", "Articles", {"number": 7, "nam": "a"}).error
    assert error["innererror"]["message"] == error["message"]["value"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"maxdataserviceversion": "0.9"}, 400),
        ({"maxdataserviceversion": "3.0;Client"}, 200),
        ({"maxdataserviceversion": "2"}, 200),
        ({"maxdataserviceversion": "2; Client"}, 200),
        ({"maxdataserviceversion": "two"}, 400),
        ({"accept": "text/csv"}, 406),
        ({"accept": "application/json;q=0"}, 406),
        ({"accept": "*/*;q=0"}, 406),
        ({"accept": "application/json;odata=verbose,text/plain, */*; q=0.01"}, 200),
    ],
)
def test_headers_are_negotiated(shop: Shop, headers: dict[str, str], status: int) -> None:
    answer = shop.ask("GET", "Articles", **headers)
    assert (answer.status, answer.headers["DataServiceVersion"]) == (status, "2.0")


def test_a_batch_answers_each_request_whatever_the_others_come_to(shop: Shop) -> None:
    part = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding:binary\r\n\r\n"
    sent = f"{part}GET Nothing HTTP/1.1\r\n\r\n\r\n{part}GET /Articles%281%29/name HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    answer = shop.ask("POST", "$batch", sent.encode(), content_type="multipart/mixed;boundary=b", accept="*/*")
    assert (answer.status, answer.headers["DataServiceVersion"]) == (202, "2.0")
    assert b"HTTP/1.1 404 Not Found" in answer.body
    assert b'{"d":{"name":"pen"}}' in answer.body


def test_a_json_batch_is_none_of_v2(shop: Shop) -> None:
    assert shop.ask("POST", "$batch", {"requests": []}).status == 400


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json;q=0,*/*", "application/atom+xml"),
        ("application/json;q=0,application/*;q=0.5", "application/atom+xml"),
        ("application/xml;q=0,*/*", "application/json"),
        ("text/html,*/*;q=0.1", "application/json"),
    ],
)
def test_what_is_not_acceptable_stands_behind_no_wildcard(shop: Shop, accept: str, media_type: str) -> None:
    assert shop.ask("GET", "Articles", accept=accept).headers["Content-Type"].startswith(media_type)
