"""What derived types add, and names that URLs encode: V2 has no casts, and links of answers lead on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.unit.v2.shop import ROOT, Shop

DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<ComplexType Name="Place"><Property Name="town" Type="Edm.String"/></ComplexType>
<ComplexType Name="Address" BaseType="n.Place"><Property Name="street" Type="Edm.String"/></ComplexType>
<EntityType Name="Person"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32" Nullable="false"/><Property Name="home" Type="n.Place"/>
<NavigationProperty Name="nächste" Type="n.Person"/></EntityType>
<EntityType Name="Worker" BaseType="n.Person"><Property Name="wage" Type="Edm.Int32"/>
<Property Name="since" Type="Edm.Int32"/><NavigationProperty Name="boss" Type="n.Person"/>
<NavigationProperty Name="host" Type="n.Person"/></EntityType>
<EntityType Name="Chief" BaseType="n.Worker"><Property Name="car" Type="Edm.String"/></EntityType>
<EntityType Name="Guest" BaseType="n.Person"><Property Name="since" Type="Edm.Int32"/>
<NavigationProperty Name="host" Type="n.Person"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Leute" EntityType="n.Person">
<NavigationPropertyBinding Path="nächste" Target="Leute"/>
<NavigationPropertyBinding Path="n.Worker/boss" Target="Leute"/>
<NavigationPropertyBinding Path="n.Worker/host" Target="Leute"/>
<NavigationPropertyBinding Path="n.Guest/host" Target="Leute"/></EntitySet></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Shop]:
    source = tmp_path / "people.xml"
    source.write_text(MODEL, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        shop = Shop(service, V2Service(service))
        made: list[dict[str, Any]] = [
            {"id": 1, "home": {"__metadata": {"type": "n.Address"}, "street": "Main"}},
            {"__metadata": {"type": "n.Worker"}, "id": 2, "wage": 5, "boss": {"__metadata": {"uri": "Leute(1)"}}},
            {"__metadata": {"type": "n.Chief"}, "id": 3, "wage": 9, "car": "red"},
        ]
        for each in made:
            assert shop.ask("POST", "Leute", each).status == 201
        yield shop


def test_the_links_of_an_answer_lead_to_what_a_derived_type_has(people: Shop) -> None:
    link = people.get("Leute(2)")["boss"]["__deferred"]["uri"].removeprefix(ROOT)
    assert people.get(link)["id"] == 1
    assert people.get("Leute(2)/$links/boss") == {"uri": f"{ROOT}Leute(1)"}
    entry = etree.fromstring(people.ask("GET", "Leute(2)", accept="application/atom+xml").body)
    assert "Leute(2)/boss" in [found.get("href") for found in entry.iter("{*}link")]


@pytest.mark.parametrize(
    ("target", "document"),
    [
        ("Leute(2)/wage", {"wage": 5}),
        ("Leute(3)/wage", {"wage": 9}),
        ("Leute(3)/car", {"car": "red"}),
        ("Leute(3)/n.Chief/car", {"car": "red"}),
        ("Leute(1)/home/street", {"street": "Main"}),
    ],
)
def test_what_a_derived_type_has_is_read_alone(people: Shop, target: str, document: object) -> None:
    assert people.get(target) == document


def test_what_a_derived_type_has_is_changed_alone(people: Shop) -> None:
    assert people.ask("PUT", "Leute(2)/wage", {"wage": 6}).status == 204
    assert people.ask("PUT", "Leute(3)/$links/boss", {"uri": "Leute(2)"}).status == 204
    assert people.get("Leute(3)/boss")["wage"] == 6


@pytest.mark.parametrize("target", ["Leute(1)/wage", "Leute(2)/car", "Leute(1)/boss", "Leute(2)/since"])
def test_what_an_entity_has_not_is_not_there(people: Shop, target: str) -> None:
    assert people.ask("GET", target).status == 404


def test_what_derived_types_have_is_selected_and_expanded(people: Shop) -> None:
    found = people.get("Leute?$select=id,wage,car")["results"]
    assert [set(each) - {"__metadata"} for each in found] == [{"id"}, {"id", "wage"}, {"id", "wage", "car"}]
    found = people.get("Leute?$select=id,boss/id&$expand=boss/n%C3%A4chste&$orderby=id")["results"]
    assert (found[1]["boss"]["id"], found[2]["boss"]) == (1, None)
    refused = people.ask("GET", "Leute?$select=since")
    assert (refused.status, refused.error["code"]) == (400, "UnknownProperty")


@pytest.mark.parametrize("media_type", ["application/json", "application/atom+xml"])
@pytest.mark.parametrize("method", ["PUT", "MERGE"])
def test_an_answer_with_names_that_urls_encode_may_be_sent_back(people: Shop, method: str, media_type: str) -> None:
    read = people.ask("GET", "Leute(2)", accept=media_type)
    assert b"Leute(2)/n%C3%A4chste" in read.body
    sent = people.ask(method, "Leute(2)", read.body, content_type=media_type)
    assert (sent.status, people.get("Leute(2)/wage")) == (204, {"wage": 5})


def test_links_of_inline_entries_are_encoded(people: Shop) -> None:
    assert people.ask("PUT", "Leute(1)/$links/nächste", {"uri": "Leute(2)"}).status == 204
    body = people.ask("GET", "Leute(1)?$expand=n%C3%A4chste", accept="application/atom+xml").body
    link = next(found for found in etree.fromstring(body).iter("{*}link") if found.get("title") == "nächste")
    assert link.get("href") == "Leute(1)/n%C3%A4chste"


def test_links_say_the_type_where_two_types_add_the_name(people: Shop) -> None:
    assert people.ask("POST", "Leute", {"__metadata": {"type": "n.Guest"}, "id": 4, "since": 7}).status == 201
    link = people.get("Leute(4)")["host"]["__deferred"]["uri"].removeprefix(ROOT)
    assert link == "Leute(4)/n.Guest/host"
    assert people.ask("PUT", link.replace("/host", "/$links/host"), {"uri": "Leute(1)"}).status == 204
    assert people.get(link)["id"] == 1
    assert people.get("Leute(4)/n.Guest/since") == {"since": 7}


@pytest.mark.parametrize(
    "body",
    [
        {"wage": 8, "boss": {"__metadata": {"uri": "Leute(1)"}}},
        f'<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="{DATA}" xmlns:m="{DATA}/metadata">'
        f'<link rel="{DATA}/related/boss" href="Leute(1)"/>'
        '<content type="application/xml"><m:properties><d:wage>8</d:wage></m:properties></content></entry>',
    ],
)
def test_a_change_without_a_type_is_one_of_the_type_that_the_entity_has(people: Shop, body: object) -> None:
    media_type = "application/atom+xml" if isinstance(body, str) else "application/json"
    sent = body.encode() if isinstance(body, str) else body
    assert people.ask("MERGE", "Leute(3)", sent, content_type=media_type).status == 204
    found = people.get("Leute(3)?$expand=boss")
    assert (found["wage"], found["car"], found["boss"]["id"]) == (8, "red", 1)
    for method, target in (("MERGE", "Leute(1)"), ("POST", "Leute")):
        refused = people.ask(method, target, sent, content_type=media_type)
        assert (refused.status, refused.error["code"]) == (400, "PayloadError")


def test_another_type_than_that_of_the_entity_is_told_in_words_of_v2(people: Shop) -> None:
    refused = people.ask("MERGE", "Leute(2)", {"__metadata": {"type": "n.Chief"}, "car": "x"})
    text, (detail,) = refused.error["message"]["value"], refused.error["innererror"]["errordetails"]
    assert (refused.status, detail["target"]) == (400, "__metadata/type")
    assert text.startswith("The entity is a 'n.Worker', and its type cannot become 'n.Chief'.")
    same = people.ask("MERGE", "Leute(2)", {"__metadata": {"type": "#n.Worker"}, "wage": 1})
    assert same.status == 204
