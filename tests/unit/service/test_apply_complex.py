"""Groups by complex values, and by paths through them, in each database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.models import places_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

HERE: dict[str, object] = {"street": "A", "city": "X", "at": {"x": 1}}
NOWHERE: dict[str, object] = {"street": None, "city": None, "at": None}
ABROAD: dict[str, object] = {"street": "A", "city": "X", "at": None, "country": "NL"}
ADDRESSES: list[dict[str, object] | None] = [
    HERE,
    HERE,
    None,
    NOWHERE,
    {"@odata.type": "#places.ForeignAddress", **ABROAD},
]


@pytest.fixture(scope="module", params=FAMILIES)
def shops(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, places_schema) as service:
        for number, address in enumerate(ADDRESSES):
            mall: dict[str, object] = {"@odata.type": "#places.Mall", "floors": number} if number > 2 else {}
            shop = {**mall, "id": number, "address": address, "size": {"width": number % 2, "depth": 1}}
            assert ask(service, "POST", "Shops", shop).status == 201
            good = {"id": number, "price": number + 0.5, "shop@odata.bind": f"Shops({number})"}
            assert ask(service, "POST", "Goods", good).status == 201
        yield service


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "equal values are a group, null is one, and each type has its own": (
        "Shops?$apply=groupby((address),aggregate(id with sum as s))",
        [
            {"address": None, "s": 2},
            {"address": NOWHERE, "s": 3},
            {"address": HERE, "s": 1},
            {"address": ABROAD, "s": 4},
        ],
    ),
    "groups of groups": (
        "Shops?$apply=groupby((address),aggregate(id with sum as s))/groupby((address),aggregate(s with max as m))"
        "&$filter=m gt 2",
        [{"address": NOWHERE, "m": 3}, {"address": ABROAD, "m": 4}],
    ),
    "values that are never null": (
        "Shops?$apply=groupby((size),aggregate($count as n))",
        [{"size": {"width": 0, "depth": 1}, "n": 3}, {"size": {"width": 1, "depth": 1}, "n": 2}],
    ),
    "values inside of values": (
        "Shops?$apply=groupby((address/at),aggregate($count as n))",
        [{"address": {"at": None}, "n": 3}, {"address": {"at": {"x": 1}}, "n": 2}],
    ),
    "values of related entities": (
        "Goods?$apply=groupby((shop/address),aggregate(price with sum as t))&$filter=shop/address/city eq 'X'",
        [{"shop": {"address": HERE}, "t": 2}, {"shop": {"address": ABROAD}, "t": 4.5}],
    ),
    "what derived types add": (
        "Goods?$apply=groupby((shop/places.Mall/floors,shop/address/places.ForeignAddress/country))"
        "&$filter=shop/places.Mall/floors ne null",
        [
            {"shop": {"floors": 3, "address": {"country": None}}},
            {"shop": {"floors": 4, "address": {"country": "NL"}}},
        ],
    ),
    "a value is asked for as a whole": (
        "Shops?$apply=groupby((address,size))&$filter=address ne null and size ne null&$select=size&$top=1",
        [{"size": {"width": 1, "depth": 1}}],
    ),
    "parts of a value are selected": (
        "Shops?$apply=groupby((address))&$select=address/city&$orderby=address/city desc&$top=1",
        [{"address": {"city": "X"}}],
    ),
    "values are levels": (
        "Shops?$apply=groupby((rollup(size,address/city)),aggregate($count as n))&$filter=n gt 1",
        [
            {"size": {"width": 0, "depth": 1}, "address": {"city": "X"}, "n": 2},
            {"size": {"width": 0, "depth": 1}, "n": 3},
            {"size": {"width": 1, "depth": 1}, "n": 2},
        ],
    ),
    "groups are made of groups": (
        "Shops?$apply=groupby((address),aggregate($count as n))/groupby((address/city),aggregate(n with max as m))",
        [{"address": {"city": None}, "m": 1}, {"address": {"city": "X"}, "m": 2}],
    ),
    "aggregates are aggregated from values": (
        "Goods?$apply=aggregate(price with sum from shop/address with max as m)",
        [{"m": 4.5}],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(shops: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(shops, "GET", target, accept="application/json;odata.metadata=none")
    assert answer.status == 200, answer.body
    assert answer.values == expected


def test_values_are_told_by_name_and_with_their_type(shops: Service) -> None:
    answer = ask(shops, "GET", "Shops?$apply=groupby((address,size))&$filter=address/city eq 'X'&$top=3")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Shops(address,size(width,depth))"
    assert answer.values[2]["address"]["@odata.type"] == "#places.ForeignAddress"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "Shops?$apply=groupby((labels))",
            "'labels' has 'words', whose values are not told apart (at position 10 of $apply). Name single properties"
            " of it.",
        ),
        (
            "Goods?$apply=groupby((shop/places.Mall/id))",
            "'shop/places.Mall/id' is a property that instances of other types have too (at position 10 of $apply)."
            " Leave the type out, or compute it: compute(… as Name)/groupby((Name)).",
        ),
    ],
)
def test_what_makes_no_groups_is_said(shops: Service, target: str, message: str) -> None:
    assert ask(shops, "GET", target).refusal == (501, message)
