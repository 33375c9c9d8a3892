"""`addnested` of values: of collections of complex ones, and of what complex values lead to, in each database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.models import organizations_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

NO_METADATA = "application/json;odata.metadata=none"
BERN, ROME, OSLO = ({"City": name, "Staff": staff} for name, staff in (("Bern", 3), ("Rome", 9), ("Oslo", 5)))


@pytest.fixture(scope="module", params=FAMILIES)
def seated(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, organizations_schema) as service:
        for name, addresses in (("A", [BERN, ROME, OSLO]), ("B", [OSLO]), ("C", [])):
            seat = {"City": "Bern", "Owner@odata.bind": "Organizations('A')"} if name == "B" else None
            one = {"ID": name, "Addresses": addresses, "Seat": seat}
            assert ask(service, "POST", "Organizations", one).status == 201
        for guest in ("A", "C"):
            link = {"@odata.id": f"Organizations('{guest}')"}
            assert ask(service, "POST", "Organizations('B')/Seat/Guests/$ref", link).status == 204
        yield service


def found(service: Service, apply: str, more: str = "") -> list[object]:
    answer = ask(service, "GET", f"Organizations?$apply={apply}&$select=ID,X{more}", accept=NO_METADATA)
    assert answer.status == 200, answer.body
    return [row.get("X") for row in answer.values]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("filter(Staff gt 4)", [[ROME, OSLO], [OSLO], []]),
        ("filter(Staff gt 3)/filter(City ne 'Rome')", [[OSLO], [OSLO], []]),
        ("orderby(City desc)/skip(1)/top(1)", [[OSLO], [], []]),
        ("orderby(City)/orderby(Staff desc)/top(2)", [[ROME, OSLO], [OSLO], []]),
        ("identity", [[BERN, ROME, OSLO], [OSLO], []]),
    ],
)
def test_members_that_are_left(seated: Service, sequence: str, expected: list[object]) -> None:
    assert found(seated, f"addnested(Addresses,{sequence} as X)") == expected


def test_they_are_a_property_of_the_instance_from_then_on(seated: Service) -> None:
    apply = "addnested(Addresses,filter(Staff gt 4) as X)/filter(X/any(x:x/City eq 'Rome') or X/$count eq 0)"
    assert found(seated, apply) == [[ROME, OSLO], []]


def test_it_says_what_it_is(seated: Service) -> None:
    answer = ask(seated, "GET", "Organizations?$apply=addnested(Addresses,top(1) as X)&$select=ID,X&$top=1")
    assert answer.json["@odata.context"] == "http://host/$metadata#Organizations(ID,X)"
    (row,) = answer.values
    assert row["X@odata.context"] == "#Collection(org.Address)"
    assert row["X@odata.type"] == "#Collection(org.Address)"


def test_what_complex_values_lead_to_is_nested_inside_of_them(seated: Service) -> None:
    target = (
        "Organizations?$filter=ID eq 'B'&$apply=addnested(Seat/Owner,compute(length(ID) as n) as O)"
        "/addnested(Seat/Guests,filter(ID gt 'A')/groupby((ID)) as G)"
    )
    answer = ask(seated, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    (row,) = answer.values
    assert row["Seat"]["G"] == [{"ID": "C"}]
    assert (row["Seat"]["O"]["ID"], row["Seat"]["O"]["n"]) == ("A", 1)
    answer = ask(seated, "GET", f"{target}&$select=ID&$expand=Seat/O($select=n)", accept=NO_METADATA)
    assert answer.values == [{"ID": "B", "Seat": {"O": {"n": 1}}}]


@pytest.mark.parametrize(
    ("apply", "status", "message"),
    [
        ("addnested(Addresses,groupby((City)) as X)", 501, "Of values addnested leaves some by filter"),
        ("addnested(Addresses,top(1)/filter(Staff gt 1) as X)", 501, "Of values addnested leaves some by filter"),
        ("addnested(Seat,identity as X)", 501, "'Seat' is a single value, which is shown as it is"),
        ("addnested(Code,identity as X)", 400, "'Code' is Edm.Int32, and addnested takes entities or complex values"),
        ("addnested(Nothing,identity as X)", 400, "Property 'Nothing' is not declared"),
    ],
)
def test_what_is_not_added_is_told(seated: Service, apply: str, status: int, message: str) -> None:
    answer = ask(seated, "GET", f"Organizations?$apply={apply}")
    assert answer.status == status, answer.body
    assert answer.error["message"].startswith(message)
