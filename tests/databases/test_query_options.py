"""$compute, $search and pages of expanded collections, the same on every database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.models import partners_schema
from tests.servers import FAMILIES
from tests.standing import standing_service


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Two partners and four customers."""
    with standing_service(request.param, partners_schema) as made:
        for number in (1, 2):
            ask(made, "POST", "Partners", {"id": f"p{number}", "name": f"Partner {number}"})
        names = ("Blue Grass", "Red GRASS house", "Blaue Häuser", None)
        for number, (name, partner) in enumerate(zip(names, ("p1", "p1", "p1", None), strict=True), 1):
            body = {"id": f"c{number}", "name": name, "partnerId": partner, "employees": number, "credit": 1.5}
            assert ask(made, "POST", "Customers", body).status == 201
        yield made


def test_computed_values_filter_order_and_page(service: Service) -> None:
    target = (
        "Customers?$compute=employees mod 2 as odd,credit mul 2 as twice&$filter=twice eq 3&$orderby=odd desc,id desc"
    )
    first = ask(service, "GET", f"{target}&$select=id,odd,twice", prefer="maxpagesize=3").json
    assert [(one["id"], one["odd"], one["twice"]) for one in first["value"]] == [
        ("c3", 1, 3),
        ("c1", 1, 3),
        ("c4", 0, 3),
    ]
    assert ask(service, "GET", first["@odata.nextLink"].removeprefix(ROOT)).column("id") == ["c2"]


def test_computed_values_of_every_kind_come_back(service: Service) -> None:
    compute = "concat(name,'!') as loud,employees gt 1 as many,now() gt 2020-01-01T00:00:00Z as late"
    compute += ",employees divby 2 as half"
    found = ask(service, "GET", f"Customers('c2')?$compute={compute}&$select=loud,many,late,half").json
    assert (found["loud"], found["many"], found["late"], found["half"]) == ("Red GRASS house!", True, True, 1)


def test_an_expanded_entity_has_computed_values_of_its_own(service: Service) -> None:
    found = ask(service, "GET", "Customers?$expand=partner($compute=length(name) as size;$select=size)").values
    assert [one["partner"] and one["partner"]["size"] for one in found] == [9, 9, 9, None]


@pytest.mark.parametrize(
    ("search", "found"),
    [("grass", ["c1", "c2"]), ("NOT grass", ["c3", "c4"]), ("HÄUSER", ["c3"]), ('"grass h" OR blue', ["c1", "c2"])],
)
def test_texts_are_searched_whatever_the_case(service: Service, search: str, found: list[str]) -> None:
    assert ask(service, "GET", f"Customers?$search={search}").column("id") == found


def test_expanded_collections_are_searched_and_paged(service: Service) -> None:
    target = "Partners?$expand=customers($search=a;$count=true;$orderby=name;$select=id;$skip=1)&$select=id"
    first = ask(service, "GET", target, prefer="maxpagesize=1").json["value"][0]
    assert (first["customers@odata.count"], first["customers"]) == (3, [{**first["customers"][0], "id": "c1"}])
    rest = ask(service, "GET", first["customers@odata.nextLink"].removeprefix(ROOT)).json
    assert (rest["@odata.count"], [one["id"] for one in rest["value"]]) == (3, ["c2"])


def test_counts_alone_and_with_empty_pages(service: Service) -> None:
    assert ask(service, "GET", "Partners?$expand=customers/$count").column("customers@odata.count") == [3, 0]
    empty = ask(service, "GET", "Partners?$expand=customers($count=true;$top=0)")
    assert (empty.column("customers@odata.count"), empty.column("customers")) == ([3, 0], [[], []])
