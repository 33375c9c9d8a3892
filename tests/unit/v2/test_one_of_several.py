"""Links with keys, counts of one entity, and what stands behind function imports (V2 URI Conventions 3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.stationery import register
from tests.unit.v2.shop import ROOT, Shop


@pytest.fixture
def calling(shop: Shop) -> Shop:
    register(shop.service)
    return shop


def test_one_link_of_several_is_read_by_its_key(shop: Shop) -> None:
    assert shop.get("Groups('a')/$links/articles(2)") == {"uri": f"{ROOT}Articles(2)"}
    assert shop.ask("GET", "Groups('b')/$links/articles(2)").status == 404
    assert shop.ask("GET", "Groups('a')/$links/articles(2)", accept="application/xml").body.endswith(b"(2)</uri>")


def test_empty_parentheses_are_no_key(shop: Shop) -> None:
    assert shop.get("Groups('b')/$links/articles()") == shop.get("Groups('b')/$links/articles")
    answer = shop.ask("DELETE", "Groups('b')/$links/articles()")
    assert (answer.status, "It is not said which link" in answer.error["message"]["value"]) == (400, True)


@pytest.mark.parametrize("method", ["PUT", "MERGE", "PATCH", "POST"])
def test_one_link_of_several_does_not_change(shop: Shop, method: str) -> None:
    answer = shop.ask(method, "Groups('a')/$links/articles(1)", {"uri": "Articles(3)"})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, DELETE")
    assert shop.get("Articles(1)/group")["code"] == "a"


def test_a_link_that_leads_to_one_entity_has_no_key(shop: Shop) -> None:
    assert shop.ask("DELETE", "Articles(1)/$links/group('b')").status == 404
    assert shop.get("Articles(1)/group")["code"] == "a"


def test_links_that_a_client_has_are_told_by_304(shop: Shop) -> None:
    assert shop.ask("GET", "Articles(1)/$links/group", if_none_match="*").status == 304


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("Articles(1)/$count", 200, b"1"),
        ("Articles(1)/group/$count", 200, b"1"),
        ("Groups('a')/articles(2)/$count", 200, b"1"),
        ("Groups('a')/$links/articles(2)/$count", 200, b"1"),
        ("Groups('a')/$links/articles/$count", 200, b"2"),
        ("Articles(1)/$links/group/$count", 200, b"1"),
        ("Articles(77)/$count", 404, None),
        ("Groups('b')/articles(2)/$count", 404, None),
        ("Groups('b')/$links/articles(2)/$count", 404, None),
        ("Articles(1)/name/$count", 404, None),
        ("Articles/$count/name", 404, None),
        ("Articles(1)/$count/name", 404, None),
    ],
)
def test_what_is_counted_is_what_the_path_leads_to(shop: Shop, target: str, status: int, body: bytes | None) -> None:
    answer = shop.ask("GET", target)
    assert answer.status == status
    assert body is None or answer.body == body


def test_the_count_of_no_entity_is_none(shop: Shop) -> None:
    assert shop.ask("DELETE", "Articles(1)/$links/group").status == 204
    assert shop.ask("GET", "Articles(1)/group/$count").status == 404


def test_the_count_of_an_entity_that_a_client_has_is_told_by_304(shop: Shop) -> None:
    assert shop.ask("GET", "Articles(1)/$count", if_none_match="*").status == 304


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("Dearest/$count", b"3"),
        ("Dearest/$count?count=2", b"2"),
        ("Dearest()/$count?count=1&below=3M", b"1"),
    ],
)
def test_what_a_function_gives_is_counted(calling: Shop, target: str, body: bytes) -> None:
    answer = calling.ask("GET", target)
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("Dearest(1)", 400),
        ("Dearest/name", 404),
        ("Sizes/$value", 404),
        ("Best/name", 404),
        ("Nobody/nothing", 404),
        ("Stock/$value", 404),
    ],
)
def test_what_is_not_there_behind_a_function_is_not_answered(calling: Shop, target: str, status: int) -> None:
    assert calling.ask("GET", target).status == status


def test_what_the_entity_of_a_function_leads_to_is_read(calling: Shop) -> None:
    assert calling.ask("MERGE", "Articles(3)", {"price": "20000"}).status == 204
    assert calling.get("Best/name") == {"name": "desk"}
    assert calling.ask("GET", "Best/name/$value").body == b"desk"
    assert calling.get("Best/group")["code"] == "b"
    assert calling.get("Best/$links/group") == {"uri": f"{ROOT}Groups('b')"}
    assert calling.ask("GET", "Best/$count").body == b"1"
    assert calling.get("Best/group/articles?$select=name")["results"][0]["name"] == "desk"


def test_what_a_function_gives_is_not_changed(calling: Shop) -> None:
    answer = calling.ask("PUT", "Best/name", {"name": "x"})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


ECHO = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<EntityType Name="E"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
<Function Name="Echo"><Parameter Name="at" Type="Edm.Date"/><Parameter Name="number" Type="Edm.Int32" Nullable="false"/>
<ReturnType Type="Edm.String"/></Function>
<EntityContainer Name="C"><EntitySet Name="Es" EntityType="n.E"/><FunctionImport Name="Echo" Function="n.Echo"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Shop]:
    source = tmp_path / "echo.xml"
    source.write_text(ECHO, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        service.function("n.Echo")(lambda call, at, number: f"{at} {number}")
        yield Shop(service, V2Service(service))


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("Echo/$value?number=1", b"None 1"),
        ("Echo/$value?number=1&at=null", b"None 1"),
        ("Echo/$value?at=datetime'2024-02-29T00:00:00'&number=1&sap-client=100", b"2024-02-29 1"),
    ],
)
def test_a_parameter_that_may_be_null_may_be_left_out(echo: Shop, target: str, body: bytes) -> None:
    assert echo.ask("GET", target).body == body


def test_a_parameter_that_may_not_be_null_is_missed(echo: Shop) -> None:
    answer = echo.ask("GET", "Echo")
    assert (answer.status, "'Echo' lacks parameters" in answer.error["message"]["value"]) == (400, True)
