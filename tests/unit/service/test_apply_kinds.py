"""Instances of several kinds between transformations: `concat` before and inside of `join`, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask

NO_METADATA = "application/json;odata.metadata=none"


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "each part keeps what it has": (
        "Products?$apply=concat(aggregate($count as n),compute(1 as one),compute(2 as two))/join(Sales as S,top(1))"
        "&$select=ID,n,one,two&$expand=S($select=ID)&$filter=ID eq 'P1'",
        [{"ID": "P1", "one": 1, "S": {"ID": 2}}, {"ID": "P1", "two": 2, "S": {"ID": 2}}],
    ),
    "the same entity in two parts is two instances": (
        "Products?$apply=concat(identity,identity)/join(Sales as S,aggregate($count as n))/filter(ID eq 'P3')"
        "&$select=ID&$expand=S",
        [{"ID": "P3", "S": {"n": 4}}, {"ID": "P3", "S": {"n": 4}}],
    ),
    "outerjoin keeps what has no collection": (
        "Products?$apply=concat(filter(ID eq 'P1'),aggregate($count as n))/outerjoin(Sales as S)"
        "&$select=ID,n&$expand=S($select=ID)",
        [{"ID": "P1", "S": {"ID": 2}}, {"ID": "P1", "S": {"ID": 6}}, {"n": 4, "S": None}],
    ),
    "join does not": (
        "Products?$apply=concat(filter(ID eq 'P1'),aggregate($count as n))/join(Sales as S)&$select=ID,n",
        [{"ID": "P1"}, {"ID": "P1"}],
    ),
    "members of several kinds": (
        "Products?$apply=outerjoin(Sales as S,concat(topcount(1,Amount),groupby((Customer/Name),"
        "aggregate($count as n))))/filter(TaxRate gt 0.1)&$select=ID&$expand=S($select=ID)",
        [
            {"ID": "P3", "S": {"ID": 5}},
            {"ID": "P4", "S": None},
            {"ID": "P3", "S": {"Customer": {"Name": "Joe"}, "n": 1}},
            {"ID": "P3", "S": {"Customer": {"Name": "Sue"}, "n": 3}},
        ],
    ),
    "members of several kinds are aggregated": (
        "Products?$apply=join(Sales as S,concat(aggregate($count as n),orderby(Amount)/top(1)))"
        "/groupby((ID),aggregate(S/n with sum as n,S/Amount with sum as a,$count as k))",
        [
            {"ID": "P1", "n": 2, "a": 2, "k": 2},
            {"ID": "P2", "n": 2, "a": 4, "k": 2},
            {"ID": "P3", "n": 4, "a": 1, "k": 2},
            {"ID": "P4", "n": 0, "a": None, "k": 1},
        ],
    ),
    "what was joined tells instances apart that are joined again": (
        "Products?$apply=join(Sales as S,groupby((Customer/Country)))/join(Sales as T,aggregate($count as n))"
        "/filter(ID eq 'P3')&$select=ID&$expand=S,T",
        [{"ID": "P3", "S": {"Customer": {"Country": country}}, "T": {"n": 4}} for country in ("Netherlands", "USA")],
    ),
    "a key that is aggregated away is null": (
        "Products?$apply=concat(identity,aggregate($count as n))/filter(ID eq null)",
        [{"n": 4}],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert answer.values == expected


@pytest.mark.parametrize(
    "target",
    [
        "Products?$apply=concat(identity,aggregate($count as n))/outerjoin(Sales as S)&$select=ID,n&$expand=S",
        "Products?$apply=outerjoin(Sales as S,concat(identity,aggregate($count as n)))&$select=ID&$expand=S",
        "Products?$apply=concat(join(Sales as S),identity)/join(Sales as T)&$select=ID&$expand=S,T&$orderby=TaxRate",
    ],
)
def test_pages_joined_are_the_whole(trade: Service, target: str) -> None:
    whole = ask(trade, "GET", target, accept=NO_METADATA).values
    pages: list[object] = []
    following = target
    while following and len(pages) < 60:
        answer = ask(trade, "GET", following, prefer="odata.maxpagesize=5", accept=NO_METADATA).json
        pages += answer["value"]
        following = answer.get("@odata.nextLink", "").removeprefix(ROOT)
    assert pages == whole
