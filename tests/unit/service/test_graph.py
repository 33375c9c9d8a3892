"""Entities written with the entities around them, on each database (Protocol 11.4.2.2, 11.4.3.1)."""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.company import fill as fill_company
from tests.conformance.rows import fill
from tests.models import company_schema, shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.tables import tables

V401 = {"odata_version": "4.01"}


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


@pytest.fixture(scope="module", params=FAMILIES)
def unchanged(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The shop for tests that leave everything as it is."""
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


@pytest.fixture(params=FAMILIES)
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, company_schema) as service:
        fill_company(service)
        yield service


def numbers(service: Service, target: str) -> list[int]:
    return sorted(ask(service, "GET", target).column("number"))


def told(value: Any) -> Any:
    """JSON without control information."""
    if isinstance(value, list):
        return [told(item) for item in value]
    if isinstance(value, dict):
        return {name: told(inner) for name, inner in value.items() if "@" not in name}
    return value


def holds(value: Any, stated: Any) -> bool:
    """Whether an answer has all that a body states."""
    if isinstance(stated, list):
        return len(value) == len(stated) and all(any(holds(one, item) for one in value) for item in stated)
    if isinstance(stated, dict):
        return all(holds(value.get(name), inner) for name, inner in stated.items() if "@" not in name)
    return bool(value == stated)


def test_a_related_entity_is_created_in_its_set_and_related(shop: Service) -> None:
    answer = ask(shop, "POST", "Customers('c')/orders", {"number": 9, "title": "new"})
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Orders(9)")
    assert (answer.json["@odata.context"], answer.json["customerId"]) == (f"{ROOT}$metadata#Orders/$entity", "c")
    assert numbers(shop, "Customers('c')/orders") == [9]
    before = tables(shop)
    assert ask(shop, "POST", "Customers('c')/orders", {"number": 8, "customerId": "a"}).error["target"] == "customerId"
    assert ask(shop, "POST", "Customers('z')/orders", {"number": 8}).status == 404
    assert ask(shop, "POST", "Customers('c')/orders", {"number": 1}).status == 409
    assert tables(shop) == before


def test_a_member_with_a_new_key_is_created_where_it_is_put(shop: Service) -> None:
    answer = ask(shop, "PATCH", "Customers('c')/orders(11)", {"title": "up"})
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Orders(11)")
    assert ask(shop, "GET", "Orders(11)").json["customerId"] == "c"
    before = tables(shop)
    assert ask(shop, "PUT", "Customers('c')/orders(12)", {}, if_match="*").status == 412
    assert ask(shop, "PUT", "Customers('c')/orders(4)", {"title": "of another"}).status == 409
    assert tables(shop) == before


def test_what_is_posted_deep_comes_back_expanded(shop: Service) -> None:
    body = {
        "@odata.type": "#shop.VipCustomer",
        "id": "n",
        "manager": {"id": "m", "manager": {"id": "mm", "orders": [{"number": 30}]}},
        "orders": [{"number": 20, "title": "x"}, {"number": 21}],
        "gifts": [{"number": 40, "customer": {"id": "g"}}],
    }
    answer = ask(shop, "POST", "Customers", body, odata_maxversion="4.01")
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Customers('n')")
    assert answer.json["@odata.context"] == (
        f"{ROOT}$metadata#Customers(orders(),manager(manager(orders())),shop.VipCustomer/gifts(customer()))/$entity"
    )
    assert holds(answer.json, body)
    expand = "orders,manager($expand=manager($expand=orders)),shop.VipCustomer/gifts($expand=customer)"
    assert told(ask(shop, "GET", f"Customers('n')?$expand={expand}").json) == told(answer.json)


def test_what_is_contained_and_of_many_to_many_is_posted_deep(company: Service) -> None:
    body = {
        "@odata.type": "#firm.Employee",
        "id": "e",
        "name": "E",
        "friend": {"id": "y", "name": "Y"},
        "manager": {"@odata.type": "#firm.Director", "id": "d", "name": "D"},
        "reports": [{"id": "r", "name": "R"}],
        "projects": [{"code": "P2", "owner": {"id": "o", "name": "O"}}],
        "notes": [
            {
                "number": 1,
                "about": {"code": "P1"},
                "replies": [{"number": 1, "replies": [{"number": 2}]}],
                "signature": {"by": "me"},
            }
        ],
    }
    answer = ask(company, "POST", "People", body)
    assert answer.status == 201
    assert holds(answer.json, body)
    read = ask(company, "GET", "People('e')/notes(1)/replies(1)/replies(2)")
    assert read.json["@odata.context"] == f"{ROOT}$metadata#People('e')/notes(1)/replies(1)/replies/$entity"
    assert ask(company, "GET", "Projects('P2')/members").column("id") == ["e"]
    assert ask(company, "GET", "People('r')/firm.Employee/manager").json["id"] == "e"


def test_a_body_refers_to_entities_that_are_there(shop: Service) -> None:
    bound = {"id": "n", "manager@odata.bind": "Customers('a')", "orders@odata.bind": ["/Orders(1)", f"{ROOT}Orders/2"]}
    answer = ask(shop, "POST", "Customers", bound)
    assert (answer.status, answer.json["managerId"], "orders" in answer.json) == (201, "a", False)
    assert numbers(shop, "Customers('n')/orders") == [1, 2]
    mixed = {"id": "o", "manager": {"@id": "Orders(1)/customer"}, "orders": [{"@odata.id": "Orders(3)"}, {"number": 9}]}
    answer = ask(shop, "POST", "Customers", mixed, **V401)
    assert (answer.status, answer.json["managerId"]) == (201, "n")
    assert [order["number"] for order in answer.json["orders"]] == [3, 9]


def test_an_update_binds_and_lets_go(shop: Service) -> None:
    assert ask(shop, "PATCH", "Customers('c')", {"orders@odata.bind": ["Orders(5)", "Orders(4)"]}).status == 200
    assert numbers(shop, "Customers('c')/orders") == [4, 5]
    assert ask(shop, "PATCH", "Customers('c')", {"manager@odata.bind": "Customers('a')"}).json["managerId"] == "a"
    assert ask(shop, "PATCH", "Customers('c')", {"manager@odata.bind": None}).json["managerId"] is None


def test_a_listed_collection_becomes_what_is_listed(shop: Service) -> None:
    body = {"displayName": "A", "orders": [{"number": 1, "title": "kept"}, {"number": 50}, {"@id": "Orders(5)"}]}
    answer = ask(shop, "PATCH", "Customers('a')", body, **V401)
    assert (answer.status, answer.json["displayName"]) == (200, "A")
    assert [(order["number"], order["title"]) for order in answer.json["orders"]] == [
        (1, "kept"),
        (5, "spare wheel"),
        (50, None),
    ]
    assert [ask(shop, "GET", f"Orders({number})").json["customerId"] for number in (2, 3)] == [None, None]
    assert ask(shop, "GET", "Orders(1)").json["amount"] == 10


def test_put_replaces_what_is_nested_too(shop: Service) -> None:
    body = {"displayName": "A", "orders": [{"number": 1, "title": "only"}], "manager": {"id": "b", "displayName": "B"}}
    answer = ask(shop, "PUT", "Customers('a')", body, **V401)
    assert (answer.status, answer.json["contractType"], answer.json["manager"]["contractType"]) == (200, None, None)
    assert told(answer.json["orders"]) == [
        {"number": 1, "title": "only", "amount": None, "day": None, "customerId": "a"}
    ]


def test_changes_of_a_collection_leave_all_else_in_it(shop: Service) -> None:
    changes = [
        {"number": 1, "title": "changed"},
        {"number": 60, "title": "new"},
        {"@id": "Orders(5)"},
        {"@removed": {"reason": "changed"}, "number": 2},
        {"@removed": {"reason": "deleted"}, "@id": "Orders(3)"},
        {"@removed": {"reason": "deleted"}, "number": 4},
    ]
    answer = ask(shop, "PATCH", "Customers('a')", {"orders@delta": changes}, **V401)
    assert answer.status == 200
    assert numbers(shop, "Customers('a')/orders") == [1, 5, 60]
    assert (ask(shop, "GET", "Orders(2)").json["customerId"], ask(shop, "GET", "Orders(3)").status) == (None, 404)
    assert ask(shop, "GET", "Orders(4)").json["customerId"] == "b"


def test_contained_entities_end_where_they_are_left_out(company: Service) -> None:
    answer = ask(company, "PATCH", "People('ann')", {"notes": [{"number": 2, "text": "kept"}, {"number": 7}]}, **V401)
    assert [(note["number"], note["text"]) for note in answer.json["notes"]] == [(2, "kept"), (7, None)]
    assert ask(company, "GET", "People('ann')/notes(1)").status == 404
    changes = [{"@removed": {"reason": "changed"}, "number": 2}, {"number": 7, "signature": {"by": "x"}}]
    assert ask(company, "PATCH", "People('ann')", {"notes@delta": changes}, **V401).status == 200
    assert numbers(company, "People('ann')/notes") == [7]
    assert ask(company, "GET", "People('ann')/notes(7)/signature").json["by"] == "x"


def test_singletons_have_entities_around_them(company: Service) -> None:
    answer = ask(company, "PATCH", "Settings", {"home": {"code": "P"}, "pinned": [{"number": 1}]}, **V401)
    assert (answer.status, answer.json["home"]["code"], answer.json["pinned"][0]["number"]) == (200, "P", 1)
    assert ask(company, "PATCH", "Settings", {"home": None}, **V401).status == 200
    assert ask(company, "GET", "Settings/home").status == 204
    made = ask(company, "PUT", "Me", {"id": "me", "name": "M", "friend@odata.bind": "People('ann')"})
    assert (made.status, ask(company, "GET", "Me/friend").json["id"]) == (201, "ann")


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "place"),
    [
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9}, {"number": 1}]}, 409, "orders/1"),
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9, "title": 3}]}, 400, "orders/0/title"),
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9}, {"number": "x"}]}, 400, "orders/1/number"),
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9}, "x"]}, 400, "orders/1"),
        ("POST", "Customers", {"id": "n", "orders": {"number": 9}}, 400, "orders"),
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9, "customer": {"id": "m"}}]}, 400,
         "orders/0/customerId"),
        ("POST", "Customers", {"id": "n", "orders": [{"number": 9}], "orders@delta": []}, 400, "orders@delta"),
        ("POST", "Customers", {"id": "n", "orders@delta": [{"number": 9}]}, 400, "orders@delta"),
        ("POST", "Customers", {"id": "n", "manager@odata.bind": "Customers('z')"}, 400, "manager@odata.bind"),
        ("POST", "Customers", {"id": "n", "manager@odata.bind": "Orders(1)"}, 400, "manager@odata.bind"),
        ("POST", "Customers", {"id": "n", "manager@odata.bind": "http://other/Customers('a')"}, 400,
         "manager@odata.bind"),
        ("POST", "Customers", {"id": "n", "manager@odata.bind": ["Customers('a')"]}, 400, "manager@odata.bind"),
        ("POST", "Customers", {"id": "n", "orders@odata.bind": ["Orders(1)", "Nothing(1)"]}, 400,
         "orders@odata.bind/1"),
        ("POST", "Customers", {"id": "n", "nobody@odata.bind": "Customers('a')"}, 400, "nobody@odata.bind"),
        ("POST", "Customers", {"id": "n", "managerId": "b", "manager@odata.bind": "Customers('a')"}, 400, "managerId"),
        ("POST", "Customers", {"id": "n", "manager": {"id": "m"}, "manager@odata.bind": "Customers('a')"}, 400,
         "manager"),
        ("PATCH", "Customers('a')", {"displayName": "x", "orders@delta": [{"@removed": {"reason": "x"}}]}, 400,
         "orders@delta/0/@removed"),
        ("PATCH", "Customers('a')", {"displayName": "x", "orders": [{"@removed": {"reason": "deleted"}, "number": 1}]},
         400, "orders/0"),
        ("PATCH", "Customers('a')", {"displayName": "x", "orders@delta": [{"@removed": {}}]}, 400, "orders@delta/0"),
        ("PATCH", "Customers('a')", {"displayName": "x", "orders": [{"number": 1, "@etag": 'W/"1"'}]}, 412,
         "orders/0/@etag"),
        ("PATCH", "Customers('b')", {"displayName": "x", "manager": {"contractType": "x"}}, 400,
         "manager/contractType"),
        ("PUT", "Customers('a')", {"orders@delta": []}, 400, "orders@delta"),
    ],
)  # fmt: skip
def test_a_refused_body_leaves_nothing_behind(
    unchanged: Service, method: str, target: str, body: object, status: int, place: str
) -> None:
    before = tables(unchanged)
    answer = ask(unchanged, method, target, body, **V401)
    assert (answer.status, answer.error["target"]) == (status, place)
    assert tables(unchanged) == before


def test_updates_of_4_0_state_no_related_entities(unchanged: Service) -> None:
    before = tables(unchanged)
    answer = ask(unchanged, "PATCH", "Customers('a')", {"orders": [{"number": 1}]}, odata_version="4.0")
    assert (answer.status, answer.error["target"]) == (400, "orders")
    assert tables(unchanged) == before


def test_minimal_answers_and_expands_of_the_client_are_kept(shop: Service) -> None:
    minimal = ask(shop, "POST", "Customers", {"id": "n", "orders": [{"number": 9}]}, prefer="return=minimal")
    assert (minimal.status, minimal.headers["OData-EntityId"]) == (204, f"{ROOT}Customers('n')")
    chosen = ask(
        shop, "POST", "Customers?$select=id&$expand=manager($select=id)", {"id": "o", "orders": [{"number": 8}]}
    )
    assert told(chosen.json) == {"id": "o", "manager": None}
    selected = ask(shop, "POST", "Customers?$select=id", {"id": "p", "orders": [{"number": 7}]})
    assert [*told(selected.json)] == ["id", "orders"]
