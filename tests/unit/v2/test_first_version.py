"""Clients whose MaxDataServiceVersion is 1.0: collections are arrays, and what version 2 has added is refused."""

from pathlib import Path
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.settings import Limits, Settings
from odata_service.v2 import V2Service
from tests.asking import Answer, service_of
from tests.models import stationery_schema
from tests.stationery import fill
from tests.unit.v2.shop import ROOT, Shop
from tests.unit.v2.test_media_entries import MODEL as PHOTOS

OLD = {"maxdataserviceversion": "1.0;NetFx"}


def ask(shop: Shop, target: str, method: str = "GET", body: object = None, **headers: str) -> Answer:
    answer = shop.ask(method, target, body, **OLD, **headers)
    assert answer.headers["DataServiceVersion"] == ("1.0" if answer.status < 400 else "2.0")
    return answer


def d(shop: Shop, target: str) -> Any:
    answer = ask(shop, target)
    assert answer.status == 200, answer.body
    return answer.json["d"]


def test_collections_are_arrays(shop: Shop) -> None:
    articles = d(shop, "Articles?$orderby=number desc&$filter=number gt 1")
    assert [(each["number"], each["__metadata"]["uri"]) for each in articles] == [
        (3, f"{ROOT}Articles(3)"), (2, f"{ROOT}Articles(2)"),
    ]  # fmt: skip
    assert [each["code"] for each in d(shop, "Groups?$inlinecount=none")] == ["a", "b"]
    assert d(shop, "Groups('a')/$links/articles") == [{"uri": f"{ROOT}Articles({key})"} for key in (1, 2)]


def test_expanded_collections_are_arrays_too(shop: Shop) -> None:
    group = d(shop, "Groups('a')?$expand=articles/group")
    assert [(each["name"], each["group"]["code"]) for each in group["articles"]] == [("pen", "a"), ("ink", "a")]


def test_single_things_are_as_ever(shop: Shop) -> None:
    assert d(shop, "Articles(1)")["price"] == "2.5"
    assert d(shop, "Articles(1)/name") == {"name": "pen"}
    assert d(shop, "") == {"EntitySets": ["Articles", "Groups"]}
    assert ask(shop, "Articles(1)/name/$value").body == b"pen"
    assert b"<title" in ask(shop, "Articles(1)", accept="application/atom+xml").body
    made = ask(shop, "Articles", "POST", {"number": 9, "name": "new", "price": "1"})
    assert (made.status, made.json["d"]["name"]) == (201, "new")
    assert ask(shop, "Articles(9)", "MERGE", {"name": "newer"}).status == 204


def test_pages_are_as_long_as_they_may_be(shop: Shop) -> None:
    for number in range(4, 8):
        assert shop.ask("POST", "Articles", {"number": number, "name": "n", "price": "1"}).status == 201
    assert len(d(shop, "Articles")) == 7
    atom = ask(shop, "Articles", accept="application/atom+xml")
    assert atom.body.count(b"<entry") == 7


def test_a_head_tells_the_length_of_the_same_answer(shop: Shop) -> None:
    assert ask(shop, "Articles", "HEAD").headers["Content-Length"] == str(len(ask(shop, "Articles").body))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/json", b'{"results":[ 1 ]}'),
        ("application/json", b"{no JSON"),
        ("application/atom+xml", b'<link rel="next"/>'),
        ("image/png", b"png"),
    ],
)
def test_streams_are_given_as_they_are(tmp_path: Path, media_type: str, content: bytes) -> None:
    source = tmp_path / "photos.xml"
    source.write_text(PHOTOS, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        shop = Shop(service, V2Service(service))
        stream = shop.ask("POST", "Photos", b"x", content_type="text/plain").json["d"]["__metadata"]["media_src"]
        target = stream.removeprefix(ROOT)
        assert shop.ask("PUT", target, content, content_type=media_type, if_match="*").status == 204
        answer = ask(shop, target)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, media_type, content)


@pytest.mark.parametrize(
    "target",
    [
        *("Articles?$select=name", "Articles?$inlinecount=allpages", "Articles?$skiptoken=x"),
        *("Articles/$count", "Articles/%24count?$top=1", "$metadata"),
    ],
)
def test_what_version_2_has_added_is_refused(shop: Shop, target: str) -> None:
    answer = ask(shop, target)
    assert answer.status == 400
    told = "1.0 is the greatest that the client reads. Write MaxDataServiceVersion: 2.0."
    assert answer.error["message"]["value"].endswith(told)


@pytest.mark.parametrize("accept", ["application/json", "application/atom+xml"])
@pytest.mark.parametrize("target", ["Articles", "Groups?$expand=articles&$format=json"])
def test_more_than_one_answer_has_is_refused(accept: str, target: str) -> None:
    with service_of(stationery_schema(), Settings(limits=Limits(page_size=2, max_page_size=2))) as service:
        fill(service)
        shop = Shop(service, V2Service(service))
        assert shop.ask("POST", "Articles", {"number": 4, "name": "n", "price": "1", "groupCode": "a"}).status == 201
        refused = ask(shop, target, accept=accept)
        assert (refused.status, b"Write $top" in refused.body) == (400, True)
        assert ask(shop, "Articles?$top=2", accept=accept).status == 200
