"""What options ask inside of values that are kept whole, in each database and of what functions give alike.

(URL Conventions 5.1.3, 5.1.4; Protocol 11.2.5.1.)
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

import pytest

from odata_service.service import Call, Service
from tests.asking import ROOT, ask
from tests.models import every_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

Object = Mapping[str, Any]
NODE: dict[str, Any] = {
    "name": "n",
    "next": {"name": "m", "children": [{"name": "x"}, {"name": "y", "access": "Read,Write"}]},
    "children": [
        {"name": "k", "when": "2024-01-01T00:00:00Z", "children": [{"name": "p"}, {"name": "q"}]},
        {"name": "j"},
        {"name": "i", "next": {"name": "z"}, "children": [{"name": "r", "children": [{"name": "s"}]}]},
    ],
}
ADDRESSES: list[dict[str, Any]] = [
    {"street": "A", "city": "Bonn", "labels": ["q", "p"], "place": {"latitude": 0.5}},
    {"street": "B", "city": "Aachen", "color": "Green", "labels": []},
    {"city": "Zell", "labels": ["y", "z", "x"]},
]
SHAPES: list[dict[str, Any]] = [
    {"@odata.type": "#every.Circle", "name": "c", "radius": 2.5},
    {"@odata.type": "#every.Box", "name": "b", "width": 9007199254740993},
]
NONE = "application/json;odata.metadata=none"


def node(call: Call) -> Annotated[Object, "every.Node"]:
    return NODE


def addresses(call: Call) -> list[Annotated[Object, "every.Address"]]:
    return [*ADDRESSES]


def shapes(call: Call) -> list[Annotated[Object, "every.Shape"]]:
    return [{**shape, "radius": Decimal("2.5")} if "radius" in shape else shape for shape in SHAPES]


@pytest.fixture(scope="module", params=FAMILIES)
def things(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as service:
        service.function("every.Node")(node)
        service.function("every.Addresses")(addresses)
        service.function("every.Shapes")(shapes)
        kept = {"id": "a", "work": {}, "node": NODE, "addresses": ADDRESSES, "shapes": SHAPES}
        for thing in (kept, {"id": "b", "work": {}}):
            assert ask(service, "POST", "Things", thing).status == 201
        yield service


@pytest.mark.parametrize(
    ("place", "query", "shown"),
    [
        ("node", "$select=children($top=1;$select=name)", {"children": [{"name": "k"}]}),
        (
            "node",
            "$select=name,children($filter=name ge 'j';$orderby=name;$count=true;$select=name)",
            {"name": "n", "children@odata.count": 2, "children": [{"name": "j"}, {"name": "k"}]},
        ),
        (
            "node",
            "$select=children($orderby=name;$select=name,children($filter=name ne 'p';$count=true;$select=name))",
            {
                "children": [
                    {"name": "i", "children@odata.count": 1, "children": [{"name": "r"}]},
                    {"name": "j", "children@odata.count": 0, "children": []},
                    {"name": "k", "children@odata.count": 1, "children": [{"name": "q"}]},
                ]
            },
        ),
        (
            "node",
            "$select=children($skip=2;$select=children($select=children($compute=concat(name,'!') as n;$select=n)))",
            {"children": [{"children": [{"children": [{"n": "s!"}]}]}]},
        ),
        (
            "node",
            "$compute=length(name) as n,concat(next/name,name) as m,children/$count gt 2 as many&$select=n,m,many",
            {"n": 1, "m": "mn", "many": True},
        ),
        (
            "node",
            "$select=next($compute=concat(name,'x') as x;$select=x,children($top=1;$count=true;$select=name))",
            {"next": {"x": "mx", "children@odata.count": 2, "children": [{"name": "x"}]}},
        ),
        (
            "node",
            "$select=next/children($filter=access has every.Access'Write';$select=name)",
            {"next": {"children": [{"name": "y"}]}},
        ),
        ("node/next", "$select=children($filter=name gt 'x';$select=name)", {"children": [{"name": "y"}]}),
        (
            "node/children/0",
            "$compute=concat(name,'!') as n&$select=n,children($orderby=name desc;$top=1;$select=name)",
            {"n": "k!", "children": [{"name": "q"}]},
        ),
        (
            "addresses/-1",
            "$compute=length(city) div 2 as half&$select=half,labels($orderby=$this;$top=2;$count=true)",
            {"half": 2, "labels@odata.count": 3, "labels": ["x", "y"]},
        ),
        ("addresses/0", "$select=place($compute=latitude mul 3 as more;$select=more)", {"place": {"more": 1.5}}),
        ("shapes/1", "$select=name", {"name": "b"}),
    ],
)
def test_a_value_that_is_kept_whole_takes_options_inside(
    things: Service, place: str, query: str, shown: object
) -> None:
    kept = ask(things, "GET", f"Things('a')/{place}?{query}", accept=NONE)
    assert (kept.status, kept.json) == (200, shown)
    first, _, rest = place.partition("/")
    given = ask(things, "GET", f"{first.title()}(){f'/{rest}' if rest else ''}?{query}", accept=NONE)
    assert given.json == shown


@pytest.mark.parametrize(
    ("place", "query", "shown"),
    [
        (
            "addresses",
            "$orderby=city&$select=city,labels($orderby=$this desc;$top=1;$count=true)",
            [
                {"city": "Aachen", "labels@odata.count": 0, "labels": []},
                {"city": "Bonn", "labels@odata.count": 2, "labels": ["q"]},
                {"city": "Zell", "labels@odata.count": 3, "labels": ["z"]},
            ],
        ),
        (
            "addresses",
            "$top=2&$compute=length(city) as n&$select=n,place($compute=latitude mul 2 as twice;$select=twice)",
            [{"n": 4, "place": {"twice": 1.0}}, {"n": 6, "place": None}],
        ),
        (
            "addresses/$filter(city gt 'B')",
            "$select=labels($filter=contains(@c,$this))&@c='pz'",
            [{"labels": ["p"]}, {"labels": ["z"]}],
        ),
        (
            "shapes",
            "$compute=every.Circle/radius mul 2 as d&$select=name,d",
            [{"name": "c", "d": 5.0}, {"name": "b", "d": None}],
        ),
        ("shapes/every.Box", "$compute=width add 1 as more&$select=more", [{"more": 9007199254740994}]),
    ],
)
def test_members_of_collections_take_options_inside(things: Service, place: str, query: str, shown: object) -> None:
    kept = ask(things, "GET", f"Things('a')/{place}?{query}", accept=NONE)
    assert (kept.status, kept.json["value"]) == (200, shown)
    first, _, rest = place.partition("/")
    given = ask(things, "GET", f"{first.title()}(){f'/{rest}' if rest else ''}?{query}", accept=NONE)
    assert given.json["value"] == shown


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        (
            "node($compute=length(name) as n;$select=n,children($top=1;$select=name))",
            {"node": {"n": 1, "children": [{"name": "k"}]}},
        ),
        (
            "node/children($filter=name ne $it/node/name;$skip=1;$select=name,next($compute=name as n;$select=n))",
            {"node": {"children": [{"name": "j", "next": None}, {"name": "i", "next": {"n": "z"}}]}},
        ),
        (
            "addresses($filter=labels/$count gt 0;$select=city,labels($top=1))",
            {"addresses": [{"city": "Bonn", "labels": ["q"]}, {"city": "Zell", "labels": ["y"]}]},
        ),
    ],
)
def test_entities_take_options_inside_of_what_is_kept_whole(things: Service, items: str, shown: object) -> None:
    found = ask(things, "GET", f"Things?$select={items}&$orderby=id", accept=NONE)
    assert (found.status, found.values[0]) == (200, shown)


def test_null_and_nothing_have_nothing_inside(things: Service) -> None:
    items = "node($compute=length(name) as n;$select=n,children($top=1)),addresses($select=labels($top=1))"
    found = ask(things, "GET", f"Things?$select={items}&$filter=id eq 'b'", accept=NONE)
    assert found.values == [{"node": None, "addresses": []}]


def test_types_and_counts_are_told_as_formats_have_them(things: Service) -> None:
    query = "Things('a')/node?$compute=length(name) as n&$select=n,children($count=true;$top=1;$select=name)"
    told = {
        "@odata.context": f"{ROOT}$metadata#Things('a')/node(children/name,n)",
        "children@odata.count": 3,
        "children": [{"name": "k"}],
        "n@odata.type": "#Int32",
        "n": 1,
    }
    minimal = ask(things, "GET", query)
    assert minimal.json == told
    full = ask(things, "GET", query, accept="application/json;odata.metadata=full;IEEE754Compatible=true")
    assert full.json["children@odata.count"] == "3"
    assert full.json["children@odata.type"] == "#Collection(every.Node)"
    assert full.json["children"] == [{"@odata.type": "#every.Node", "name": "k"}]


def test_literals_inside_belong_to_one_shape(things: Service) -> None:
    kept = things._workshop.reads
    found = []
    for name in ("k", "j", "i"):
        query = f"Things('a')/node?$select=children($filter=name eq '{name}';$select=children($top=1;$select=name))"
        found.append(ask(things, "GET", query, accept=NONE).json["children"])
        sizes = len(kept)
    assert found == [[{"children": [{"name": "p"}]}], [{"children": []}], [{"children": [{"name": "r"}]}]]
    assert len(kept) == sizes
