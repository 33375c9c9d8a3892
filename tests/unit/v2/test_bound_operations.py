"""Operations that are bound to an entity, called in V2 as function imports with its key among the parameters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from odata_service.csdl.v2 import write_v2
from odata_service.csdl.v2_model import V2Model
from odata_service.definition import load_schema
from odata_service.service import Call, Entity
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.stationery import register
from tests.unit.v2.shop import ROOT, Shop

PEN = f"{ROOT}Articles(1)"
PARTS = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n{post}\r\n--c--\r\n--b\r\n{get}\r\n--b--"
PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {id}\r\n\r\n{text}\r\n\r\n"


@pytest.fixture
def calling(shop: Shop) -> Shop:
    register(shop.service)
    return Shop(shop.service, V2Service(shop.service))


def test_a_bound_function_is_called_with_the_key_as_a_parameter(calling: Shop) -> None:
    assert calling.get("With?number=1&tax=0.2M") == {"With": "3.00"}
    assert calling.get("Family?number=3")["code"] == "b"
    assert calling.get("Family/articles?number=3&$select=name")["results"][0]["name"] == "desk"


def test_a_bound_action_is_called_by_post_and_says_where_its_entity_is(calling: Shop) -> None:
    answer = calling.ask("POST", "Reduce?number=1&by=1M&reason='cheaper'")
    assert (answer.status, answer.headers["Location"], answer.json["d"]["name"]) == (200, PEN, "cheaper")
    assert calling.get("Articles(1)")["price"] == "1.5"
    atom = calling.ask("POST", "Reduce?number=1&by=1M&reason=null&$format=atom")
    assert (atom.headers["Location"], calling.get("Articles(1)")["name"]) == (PEN, "cheaper")


def test_an_etag_guards_the_entity_that_an_action_is_bound_to(calling: Shop) -> None:
    etag = calling.ask("GET", "Articles(1)").headers["ETag"]
    assert calling.ask("POST", "Reduce?number=1&by=1M", if_match='W/"1"').status == 412
    assert calling.ask("POST", "Reduce?number=1&by=1M", if_match=etag).status == 200


@pytest.mark.parametrize(
    ("method", "target", "status", "message"),
    [
        ("POST", "Reduce?by=1M", 400, "'Reduce' lacks parameters. Write ?by=…&number=…&reason=…."),
        ("GET", "Reduce?number=1&by=1M", 405, "'Reduce' is called by POST."),
        ("POST", "Reduce?number=99&by=1M", 404, None),
        ("POST", "Reduce?number=1&by=10M", 409, "The price is too low for that. Reduce it by less."),
    ],
)
def test_what_is_wrong_with_a_call_is_told(
    calling: Shop, method: str, target: str, status: int, message: str | None
) -> None:
    answer = calling.ask(method, target)
    assert (answer.status, message or answer.error["message"]["value"]) == (status, answer.error["message"]["value"])


def test_a_batch_reads_around_what_an_action_has_given(calling: Shop) -> None:
    post = PART.format(id="id-1", text="POST Reduce?number=1&by=1M HTTP/1.1\r\nAccept: application/json")
    get = PART.format(id="id-2", text="GET $id-1?$expand=group&$select=group HTTP/1.1\r\nAccept: application/json")
    answer = calling.ask(
        "POST", "$batch", PARTS.format(post=post, get=get).encode(), content_type="multipart/mixed;boundary=b"
    )
    assert answer.status == 202
    assert answer.body.count(b"HTTP/1.1 200") == 2
    assert b'"code":"a"' in answer.body


MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<EntityType Name="A"><Key><PropertyRef Name="x"/><PropertyRef Name="y"/></Key>
  <Property Name="x" Type="Edm.String" Nullable="false"/><Property Name="y" Type="Edm.Date" Nullable="false"/>
  <Property Name="open" Type="Edm.Boolean"/></EntityType>
<EntityType Name="B" BaseType="n.A"/>
<Action Name="Close" IsBound="true"><Parameter Name="it" Type="n.A" Nullable="false"/>
  <Parameter Name="day" Type="Edm.Date"/><ReturnType Type="n.A"/>
  <Annotation Term="Org.OData.Core.V1.OperationAvailable" Path="it/open"/></Action>
<Action Name="Close" IsBound="true"><Parameter Name="it" Type="n.B" Nullable="false"/></Action>
<Action Name="Twice" IsBound="true"><Parameter Name="it" Type="n.A" Nullable="false"/>
  <Parameter Name="x" Type="Edm.String"/></Action>
<Action Name="All" IsBound="true"><Parameter Name="them" Type="Collection(n.A)" Nullable="false"/></Action>
<Function Name="As" IsBound="true"><Parameter Name="it" Type="n.B" Nullable="false"/>
  <ReturnType Type="Edm.String"/></Function>
<EntityContainer Name="C"><EntitySet Name="As" EntityType="n.A"/></EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "bound.xml"
    path.write_text(MODEL, "utf-8")
    return path


@pytest.fixture
def bound(source: Path) -> Iterator[Shop]:
    with service_of(load_schema(str(source))) as service:

        @service.action("n.Close")
        def close(call: Call, it: Entity, day: str | None) -> Entity | None:
            return None if day is None else call.update(it, open=False)

        @service.action("n.Close")
        def end(call: Call, it: Entity) -> None:
            call.delete(it)

        yield Shop(service, V2Service(service))


def test_names_that_mean_several_stand_behind_those_of_the_types(source: Path) -> None:
    schema = load_schema(str(source))
    assert list(V2Model(schema).imports) == ["A_Close", "B_Close", "B_As"]
    attributes = {
        str(each.get("Name")): {str(name).rpartition("}")[2]: str(text) for name, text in each.items()}
        for each in etree.fromstring(write_v2(schema)).iter("{*}FunctionImport")
    }
    assert attributes["A_Close"] == {
        "Name": "A_Close", "ReturnType": "n.A", "EntitySet": "As", "HttpMethod": "POST", "action-for": "n.A",
        "applicable-path": "open",
    }  # fmt: skip


def test_an_entity_with_a_key_of_several_parts_or_of_a_derived_type_is_called(bound: Shop) -> None:
    body = {"x": "o'k", "y": "/Date(1704067200000)/", "open": True, "__metadata": {"type": "n.B"}}
    assert bound.ask("POST", "As", body).status == 201
    key = "x='o''k'&y=datetime'2024-01-01T00:00:00'"
    assert bound.ask("POST", f"A_Close?{key}&day=datetime'2024-02-02T00:00:00'").json["d"]["open"] is False
    nothing = bound.ask("POST", f"A_Close?{key}")
    assert (nothing.status, nothing.body) == (204, b"")
    assert bound.ask("POST", f"B_Close?{key}").status == 204
    assert bound.get("As")["results"] == []


def test_parameters_that_are_dates_say_so(source: Path) -> None:
    document = etree.fromstring(write_v2(load_schema(str(source))))
    parameters = [each for each in document.iter("{*}Parameter") if each.get("Type") == "Edm.DateTime"]
    told = [each.get("{http://www.sap.com/Protocols/SAPData}display-format") for each in parameters]
    assert [each.get("Name") for each in parameters] == ["y", "day", "y", "y"]
    assert told == ["Date"] * 4
