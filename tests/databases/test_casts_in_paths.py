"""Casts in expressions: what follows one has no value where the instance is of another type, on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.servers import FAMILIES, database_url

_MODEL = """<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="n" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <ComplexType Name="Place"><Property Name="city" Type="Edm.String"/></ComplexType>
  <ComplexType Name="Abroad" BaseType="n.Place"><Property Name="country" Type="Edm.String"/></ComplexType>
  <ComplexType Name="Part"><Property Name="size" Type="Edm.Int32"/><Property Name="inner" Type="n.Part"/></ComplexType>
  <ComplexType Name="Large" BaseType="n.Part"><Property Name="weight" Type="Edm.Int32"/></ComplexType>
  <ComplexType Name="Huge" BaseType="n.Large"/>
  <EntityType Name="Thing">
    <Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.Int32" Nullable="false"/>
    <Property Name="place" Type="n.Place"/>
    <Property Name="part" Type="n.Part"/>
    <NavigationProperty Name="next" Type="n.Thing"/>
  </EntityType>
  <EntityType Name="Toy" BaseType="n.Thing"/>
  <EntityContainer Name="Container"><EntitySet Name="Things" EntityType="n.Thing">
    <NavigationPropertyBinding Path="next" Target="Things"/></EntitySet></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
_ROWS = (
    {"id": 1, "place": {"city": "Bonn"}, "part": {"size": 1, "inner": {"size": 5}}},
    {
        "id": 2,
        "@odata.type": "#n.Toy",
        "place": {"@odata.type": "#n.Abroad", "city": "Bonn", "country": "x"},
        "part": {"@odata.type": "#n.Large", "size": 1, "weight": 7, "inner": {"size": 5}},
        "next@odata.bind": "Things(1)",
    },
    {
        "id": 3,
        "part": {"@odata.type": "#n.Huge", "size": 1, "weight": 7, "inner": {"@odata.type": "#n.Huge", "size": 5}},
        "next@odata.bind": "Things(2)",
    },
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path: Path = tmp_path_factory.mktemp("casts") / "things.xml"
    path.write_text(_MODEL, "utf-8")
    return load_schema(path)


@pytest.fixture(params=FAMILIES, scope="module")
def things(request: pytest.FixtureRequest, schema: Schema) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(schema, url=url) as made:
        for row in _ROWS:
            assert ask(made, "POST", "Things", dict(row)).status == 201
        yield made


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("n.Toy/id ge 1", [2]),
        ("n.Toy/id eq null", [1, 3]),
        ("not (n.Toy/id eq 1)", [1, 2, 3]),
        ("place/n.Abroad/city eq 'Bonn'", [2]),
        ("place/n.Abroad/city eq null", [1, 3]),
        ("place/n.Abroad/country eq 'x'", [2]),
        ("part/n.Large/size eq 1", [2, 3]),
        ("part/n.Huge/size eq 1", [3]),
        ("part/n.Huge/weight eq 7", [3]),
        ("part/n.Large/weight eq 7", [2, 3]),
        ("part/n.Large/inner/size eq 5", [2, 3]),
        ("part/n.Large/inner/n.Huge/size eq 5", [3]),
        ("next/n.Toy/id eq 2", [3]),
        ("next/n.Toy/place/city eq 'Bonn'", [3]),
        ("n.Toy/next/id eq 1", [2]),
    ],
)
def test_what_follows_a_cast_has_a_value_in_instances_of_that_type_alone(
    things: Service, condition: str, found: list[int]
) -> None:
    assert ask(things, "GET", f"Things?$filter={condition}&$orderby=id").column("id") == found


def test_orders_and_computed_values_keep_to_casts(things: Service) -> None:
    assert ask(things, "GET", "Things?$orderby=n.Toy/id desc,id").column("id") == [2, 1, 3]
    computed = ask(things, "GET", "Things?$compute=part/n.Large/size add 1 as n&$select=n&$orderby=id")
    assert computed.column("n") == [None, 2, 2]
