"""Entities with several key properties are told apart by all of them (Data Aggregation 3.2.1.1), in each database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.models import shelves_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

SHELVES = [("Ground", "1", "2 3"), ("Ground", "1 2", "3"), ("First", "1", "2 3"), ("Ground", "1", "4")]
OWNED = {1: (0, 1, 2), 2: (2,), 3: ()}
"""The places of the shelves that owners rent."""
BOXES = [
    (1, "red", 0, 1),
    (2, "red", 1, 1),
    (3, "red", 2, 2),
    (4, "blue", 2, 1),
    (5, "blue", 2, 1),
    (6, "grey", None, 2),
]
"""A number, a colour, the place of a shelf, an owner."""


@pytest.fixture(scope="module", params=FAMILIES)
def store(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shelves_schema) as service:
        for floor, room, name in SHELVES:
            _made(service, "Shelves", {"Floor": floor, "Room": room, "Name": name})
        for number, places in OWNED.items():
            rented = [_key(*SHELVES[place]) for place in places]
            _made(service, "Owners", {"ID": number, "Rented@odata.bind": rented})
        for number, colour, place, owner in BOXES:
            shelf = {} if place is None else {"Shelf@odata.bind": _key(*SHELVES[place])}
            _made(service, "Boxes", {"ID": number, "Colour": colour, "Owner@odata.bind": f"Owners({owner})", **shelf})
        yield service


def _key(floor: str, room: str, name: str) -> str:
    return f"Shelves(Floor='{floor}',Room='{room}',Name='{name}')"


def _made(service: Service, target: str, body: object) -> None:
    answer = ask(service, "POST", target, body)
    assert answer.status == 201, answer.body


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Boxes?$apply=aggregate(Shelf with countdistinct as n)", [3]),
        ("Owners?$apply=aggregate(Rented with countdistinct as n)", [3]),
        ("Owners?$apply=groupby((ID),aggregate(Rented with countdistinct as n))&$orderby=ID", [3, 1, 0]),
        ("Owners?$apply=aggregate(Boxes/Shelf with countdistinct as n)", [3]),
        ("Boxes?$apply=groupby((Colour),aggregate(Shelf with countdistinct as n))&$orderby=Colour", [1, 0, 3]),
        ("Boxes?$apply=groupby((Shelf),aggregate($count as c))/aggregate(Shelf with countdistinct as n)", [3]),
        ("Owners?$apply=join(Rented as R)/groupby((ID),aggregate(R with countdistinct as n))&$orderby=ID", [3, 1]),
        ("Boxes?$apply=aggregate(Shelf with countdistinct from Colour with sum as n)", [4]),
        ("Shelves?$apply=aggregate(Boxes/Owner/Rented with countdistinct as n)", [3]),
        ("Owners?$compute=Boxes/aggregate(Shelf with countdistinct) as n&$orderby=ID", [3, 1, 0]),
        ("Boxes?$filter=ID eq 1&$compute=$these/aggregate(Shelf with countdistinct) as n", [3]),
    ],
)
def test_shelves_are_counted_by_their_whole_keys(store: Service, target: str, expected: list[int]) -> None:
    answer = ask(store, "GET", target)
    assert answer.status == 200, answer.body
    assert answer.column("n") == expected


def test_only_entities_are_counted_by_their_keys(store: Service) -> None:
    answer = ask(store, "GET", "Boxes?$apply=aggregate(Shelf with max as n)")
    assert answer.error["message"].startswith("'Shelf' are entities, which have no max (at position 11 of $apply)")
