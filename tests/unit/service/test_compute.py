"""$compute: what is worked out, where it is known, and how it shows."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask


def test_what_is_computed_shows_beside_the_rest(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers('c2')?$compute=employees mul 2 as double,length(name) as size")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(*,double,size)/$entity"
    assert (answer.json["double"], answer.json["size"], answer.json["employees"]) == (4, 10, 2)
    assert answer.json["double@odata.type"] == "#Int32"


def test_select_shows_what_is_computed_by_name_alone(partners: Service) -> None:
    target = "Customers('c2')?$compute=employees mul 2 as double,tolower(name) as small&$select=id,small"
    answer = ask(partners, "GET", target, accept="application/json;odata.metadata=none").json
    assert answer == {"id": "c2", "small": "customer 2"}


def test_what_is_computed_filters_orders_and_pages(partners: Service) -> None:
    target = "Customers?$compute=employees mod 2 as odd,odd mul 10 as ten&$filter=ten eq 10 or odd eq 0&$select=id,ten"
    target += "&$orderby=odd desc,id desc"
    first = ask(partners, "GET", target, prefer="maxpagesize=3").json
    assert [(one["id"], one["ten"]) for one in first["value"]] == [("c3", 10), ("c1", 10), ("c4", 0)]
    second = ask(partners, "GET", first["@odata.nextLink"].removeprefix(ROOT)).json
    assert [(one["id"], one["ten"]) for one in second["value"]] == [("c2", 0)]


def test_expanded_entities_have_computed_values_of_their_own(partners: Service) -> None:
    inner = "$compute=concat(name,'!') as loud;$filter=loud ne 'Customer 1!';$select=loud"
    found = ask(partners, "GET", f"Partners('p1')?$expand=customers({inner})").json["customers"]
    assert [customer["loud"] for customer in found] == ["Customer 2!", "Customer 3!"]
    one = ask(partners, "GET", "Customers('c1')?$expand=partner($compute=length(name) as size;$select=size)").json
    assert one["partner"]["size"] == 9
    none = ask(partners, "GET", "Customers('c4')?$expand=partner($compute=length(name) as size)").json
    assert none["partner"] is None


def test_an_expanded_entity_computes_with_what_it_is_related_to(partners: Service) -> None:
    deep = "orderLines($top=0),partner($compute=customers/$count as many;$select=many)"
    assert ask(partners, "GET", f"Customers('c1')?$expand={deep}").json["partner"]["many"] == 3


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        ("credit add 1", "Decimal", None),
        ("date(since)", "Date", None),
        ("employees gt 1", None, True),
        ("employees div 4", "Int32", 0),
        ("'é''x'", None, "é'x"),
        ("null eq name", None, False),
    ],
)
def test_each_type_of_value_is_told_unless_it_shows(
    partners: Service, value: str, name: str | None, shown: object
) -> None:
    answer = ask(partners, "GET", f"Customers('c2')?$compute={value} as x&$select=x").json
    assert answer["x"] == shown
    assert answer.get("x@odata.type") == (name and f"#{name}")


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        ("employees as name", "is the name of a property already"),
        ("1 as a,2 as a", "is the name of another value already"),
        ("partner as a", "$compute works out values"),
        ("null as a", "$compute works out values, and 'a' would be null (at"),
        ("employe as a", "Did you mean 'employees'"),
    ],
)
def test_what_cannot_be_computed_is_refused(partners: Service, compute: str, words: str) -> None:
    answer = ask(partners, "GET", f"Customers?$compute={compute}")
    assert answer.status == 400
    assert words in answer.body.decode()
