"""Row rules: what they hide is not there, whichever way a request would meet it, on each database."""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service import Call, Entity, Principal, Request
from odata_service.plan.model import CountPlan, ReadPlan
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import PreparedCount, PreparedRead, StoreView
from tests.asking import ROOT, ask, service_of
from tests.company import fill as fill_company
from tests.conformance.rows import fill
from tests.models import company_schema, shop_schema
from tests.servers import FAMILIES
from tests.visible import CODED, RULES, filled, pair, shown, under_rules

V401 = {"odata_version": "4.01"}


@pytest.fixture(params=[*FAMILIES, "sqlite, code", "postgresql, code"], scope="module")
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Service, Service]]:
    family, _, code = request.param.partition(", ")
    with pair(family, CODED if code else RULES) as services:
        yield services


@pytest.fixture(params=FAMILIES)
def ruled(request: pytest.FixtureRequest) -> Iterator[Service]:
    with under_rules(request.param) as service:
        yield service


@pytest.mark.parametrize(
    "target",
    [
        "Customers",
        "Customers/$count",
        "Customers?$count=true&$top=1",
        "Customers?$count=true&$top=0",
        "Customers('a')",
        "Customers('b')",
        "Customers/b",
        "Customers('b')/displayName",
        "Customers('b')/displayName/$value",
        "Customers('b')/orders",
        "Customers('b')/orders/$count",
        "Customers('a')/orders",
        "Customers('a')/orders(2)",
        "Customers('a')/orders(3)/customer",
        "Customers('c')/manager",
        "Customers('c')/manager/$ref",
        "Customers('c')/manager/displayName",
        "Customers('v')/shop.VipCustomer/gifts",
        "Customers('v')/shop.VipCustomer/gifts/$ref",
        "Customers('v')/shop.VipCustomer/gifts/$count",
        "Customers/shop.VipCustomer",
        "Orders(4)/customer",
        "Orders/$ref",
        "Orders(2)/$ref",
        "Customers?$expand=orders",
        "Customers?$expand=orders($count=true;$top=1;$orderby=amount desc)",
        "Customers?$expand=orders/$count",
        "Customers?$expand=orders/$ref",
        "Customers?$expand=orders($filter=contains(title,'b'))",
        "Customers?$expand=manager",
        "Customers?$expand=manager/$ref",
        "Customers?$expand=manager($expand=orders)",
        "Customers?$expand=shop.VipCustomer/gifts",
        "Customers?$expand=manager($levels=max)",
        "Customers?$expand=*",
        "Orders?$expand=customer($expand=manager,orders)",
        "Customers?$filter=orders/any()",
        "Customers?$filter=orders/any(o:o/amount lt 5)",
        "Customers?$filter=orders/all(o:o/amount gt 8)",
        "Customers?$filter=orders/$count gt 2",
        "Customers?$filter=orders/$count($filter=amount lt 7) eq 1",
        "Customers?$filter=shop.VipCustomer/gifts/$count eq 1",
        "Customers?$filter=shop.VipCustomer/gifts/any(g:g/number eq 2)",
        "Customers?$filter=manager/countryLetterCode eq 'FR'",
        "Customers?$filter=manager ne null",
        "Customers?$filter=manager/id eq 'b'",
        "Customers?$filter=orders/any(o:o/customer/manager eq null)",
        "Orders?$filter=customer/displayName ne null",
        "Orders?$orderby=customer/displayName desc,number",
        "Orders?$select=number&$compute=customer/displayName as who",
        "Orders?$select=number,who&$compute=customer/displayName as who",
        "Customers?$filter=$root/Customers('b')/contractType eq contractType",
        "Customers?$filter=$root/Orders/any(o:o/amount eq 4.5)",
        "Customers?$filter=id in $root/Orders/customerId",
        "Customers?$search=Beta",
        "Orders?$search=blue",
        "Orders?$apply=aggregate(amount with sum as total,$count as n)",
        "Orders?$apply=groupby((customer/displayName),aggregate($count as n))",
        "Orders?$apply=groupby((customerId),aggregate(amount with max as most))",
        "Customers?$apply=aggregate(orders(amount with sum as total))",
        "Customers?$apply=aggregate(orders/$count as n)",
        "Customers?$apply=groupby((displayName),aggregate(orders/$count as n))",
        "Customers?$apply=aggregate(shop.VipCustomer/gifts/$count as n)",
        "Customers?$apply=filter(orders/any(o:o/number eq 2))/aggregate($count as n)",
        "Customers?$apply=concat(aggregate($count as n),top(1))",
        "Customers?$apply=descendants($root/Customers,Managers,id,filter(id eq 'a'),keep start)",
        "Customers?$apply=ancestors($root/Customers,Managers,id,filter(id eq 'c'))",
        "$crossjoin(Customers,Orders)?$filter=Customers/id eq Orders/customerId&$expand=Customers,Orders",
        "$crossjoin(Orders,Customers)/$count",
        "$all/shop.Customer",
        "$all/$count",
        "$entity?$id=Customers('b')",
        "$entity?$id=Customers('a')",
        "Customers/$filter(contractType ge 1)",
        "Customers/$filter(contractType ge 1)/$count",
        "Orders/$filter(@f)/$count?@f=amount le 7",
        "CustomersByType(contractType=2)",
        "CustomersByType(contractType=2)?$expand=orders",
    ],
)
def test_every_way_leads_to_what_is_visible_and_to_nothing_else(both: tuple[Service, Service], target: str) -> None:
    ruled, reduced = both
    answer = ask(ruled, "GET", target, **V401)
    assert answer.status < 500, answer.body
    assert shown(answer) == shown(ask(reduced, "GET", target, **V401))


def test_pages_have_what_is_visible_alone(both: tuple[Service, Service]) -> None:
    found = []
    for service in both:
        target, numbers = "Orders?$orderby=title", list[int]()
        while target:
            page = ask(service, "GET", target, prefer="maxpagesize=1")
            numbers += page.column("number")
            target = page.json.get("@odata.nextLink", "").removeprefix(ROOT)
        found.append(numbers)
    assert found == [[3, 4, 6, 1]] * 2


def test_nested_pages_have_what_is_visible_alone(both: tuple[Service, Service]) -> None:
    target = "Customers('a')?$expand=orders"
    links = [ask(one, "GET", target, prefer="maxpagesize=1").json["orders@odata.nextLink"] for one in both]
    pages = [ask(one, "GET", link.removeprefix(ROOT)) for one, link in zip(both, links, strict=True)]
    assert [page.column("number") for page in pages] == [[3], [3]]


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("PATCH", "Customers('b')", {"displayName": "x"}, 404),
        ("PUT", "Customers('b')", {"displayName": "x"}, 404),
        ("PATCH", "Customers('b')", {"displayName": "x", "orders": []}, 404),
        ("DELETE", "Customers('b')", None, 404),
        ("PUT", "Customers('b')/displayName", {"value": "x"}, 404),
        ("PUT", "Customers('b')/address/city", {"value": "x"}, 404),
        ("PATCH", "Customers('a')/orders(2)", {"title": "x"}, 404),
        ("DELETE", "Customers('a')/orders(2)", None, 404),
        ("PATCH", "Customers('c')/manager", {"displayName": "x"}, 404),
        ("DELETE", "Customers('c')/manager", None, 404),
        ("POST", "Customers('b')/orders", {"number": 50, "amount": 9}, 404),
        ("POST", "Customers", {"id": "b"}, 409),
        ("POST", "Customers", {"id": "n", "countryLetterCode": "FR"}, 403),
        ("PUT", "Customers('n')", {"countryLetterCode": "FR"}, 403),
        ("PATCH", "Customers('a')", {"countryLetterCode": "FR"}, 403),
        ("PUT", "Customers('a')/countryLetterCode", {"value": "FR"}, 403),
        ("DELETE", "Customers('a')/countryLetterCode", None, 403),
        ("POST", "Customers('a')/orders", {"number": 50, "amount": 1}, 403),
        ("POST", "Customers", {"id": "n", "countryLetterCode": "DE", "orders": [{"number": 50, "amount": 1}]}, 403),
        ("PATCH", "Customers('a')", {"orders": [{"number": 1, "amount": 1}]}, 403),
        ("PATCH", "Customers('a')", {"orders@odata.bind": ["Orders(2)"]}, 400),
        ("PATCH", "Orders(1)", {"customer@odata.bind": "Customers('b')"}, 400),
        ("POST", "Customers", {"id": "n", "countryLetterCode": "DE", "manager@odata.bind": "Customers('b')"}, 400),
        ("PUT", "Orders(1)/customer/$ref", {"@odata.id": "Customers('b')"}, 400),
        ("DELETE", "Orders(4)/customer/$ref", None, 404),
        ("POST", "Customers('b')/orders/$ref", {"@odata.id": "Orders(1)"}, 404),
        ("DELETE", "Customers('a')/orders(2)/$ref", None, 404),
        ("PATCH", "Customers", {"value": [{"id": "a", "countryLetterCode": "FR"}]}, 403),
        ("PATCH", "Customers", {"value": [{"id": "b", "displayName": "x"}]}, 409),
        ("PATCH", "Customers/$filter(true)/$each", {"countryLetterCode": "FR"}, 403),
        ("POST", "Customers('b')/archive", {}, 404),
    ],
)
def test_what_is_hidden_is_neither_changed_nor_made(
    both: tuple[Service, Service], method: str, target: str, body: object, status: int
) -> None:
    ruled, _ = both
    before = kept(ruled)
    assert ask(ruled, method, target, body, **V401).status == status
    assert kept(ruled) == before


def kept(service: Service) -> list[list[tuple[object, ...]]]:
    """All that is there, whoever sees it."""
    sets = (service.schema.container.entity_sets[name] for name in ("Customers", "Orders"))
    return [sorted(service.store.table(one).select().tuples(), key=repr) for one in sets]


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("POST", "Customers", {"id": "n", "countryLetterCode": "DE"}, 201),
        ("POST", "Customers('a')/orders", {"number": 50, "amount": 9}, 201),
        ("PUT", "Customers('n')", {"countryLetterCode": "DE"}, 201),
        ("PATCH", "Customers('a')", {"displayName": "x", "orders": [{"number": 1, "title": "x"}]}, 200),
        ("DELETE", "Customers('a')", None, 204),
        ("PUT", "Customers('c')/manager/$ref", {"@odata.id": "Customers('a')"}, 204),
    ],
)
def test_what_is_visible_is_changed_as_ever(
    ruled: Service, method: str, target: str, body: object, status: int
) -> None:
    assert ask(ruled, method, target, body, **V401).status == status


def test_changes_of_many_leave_what_is_hidden(ruled: Service) -> None:
    everything = Service(ruled.schema, ruled.store)
    assert ask(ruled, "PATCH", "Orders/$filter(true)/$each", {"title": "x"}).status == 200
    assert ask(ruled, "PUT", "Customers('a')/orders", {"value": [{"number": 1, "amount": 9}]}, **V401).status == 204
    assert ask(everything, "GET", "Customers('a')/orders").column("number") == [1, 2]
    assert ask(ruled, "DELETE", "Orders/$filter(true)/$each").status == 204
    assert ask(everything, "GET", "Orders").column("title") == ["blue bike", "spare wheel"]


def test_a_rule_along_a_relation_holds_when_all_of_a_body_is_written(ruled: Service) -> None:
    ruled.rows("Orders")(lambda principal: "customer/countryLetterCode eq 'DE'")
    assert ask(ruled, "POST", "Orders", {"number": 50, "amount": 9}).status == 403
    bound = {"number": 50, "amount": 9, "customer@odata.bind": "Customers('a')"}
    assert ask(ruled, "POST", "Orders", bound).status == 201
    body = {"id": "n", "countryLetterCode": "DE", "orders": [{"number": 51, "amount": 9}]}
    assert ask(ruled, "POST", "Customers", body).status == 201
    assert ask(ruled, "GET", "Orders").column("number") == [1, 3, 6, 50, 51]


def test_hooks_and_operations_see_everything_and_their_results_are_ruled(ruled: Service) -> None:
    seen: list[int] = []

    @ruled.before_update("Customers")
    def count(call: Call, customer: Entity, values: dict[str, Any]) -> None:
        seen.append(len(call.read("Customers")))

    assert ask(ruled, "PATCH", "Customers('a')", {"displayName": "x"}).status == 200
    assert seen == [6]
    assert ask(ruled, "GET", "TopCustomers()").column("id") == []
    assert ask(ruled, "GET", "CustomersByType(contractType=2)").column("id") == ["v"]


class Counting(StoreView):
    """A store that counts how often a plan was made ready."""

    prepared = 0

    def prepare_read(self, plan: ReadPlan) -> PreparedRead:
        self.prepared += 1
        return super().prepare_read(plan)

    def prepare_count(self, plan: CountPlan) -> PreparedCount:
        self.prepared += 1
        return super().prepare_count(plan)


@pytest.fixture
def guarded() -> Iterator[tuple[Service, Counting]]:
    with service_of(shop_schema()) as plain:
        fill(plain)
        store = Counting(plain.store)
        service = Service(plain.schema, store)

        @service.authenticate("Bearer")
        def known(request: Request) -> Principal:
            name, _, claim = request.headers["authorization"].partition(" ")
            return Principal(name, {"country": claim or None})

        @service.rows("Customers")
        def own(principal: Principal | None) -> Any:
            assert principal is not None
            if principal.name == "root":
                return None
            if principal.name == "nobody":
                return False
            return "countryLetterCode eq @country or id in @ids", {"country": principal.claims["country"], "ids": ["d"]}

        yield service, store


def test_one_plan_serves_all_principals_whose_rules_differ_in_values(guarded: tuple[Service, Counting]) -> None:
    service, store = guarded
    answers = [ask(service, "GET", "Customers", authorization=f"ann {code}") for code in ("DE", "FR", "US", "x' or 1")]
    assert [answer.column("id") for answer in answers] == [["a", "c", "d"], ["b", "d"], ["d", "e's/x"], ["d"]]
    assert store.prepared == 1


def test_rules_that_differ_in_more_are_kept_apart(guarded: tuple[Service, Counting]) -> None:
    service, _ = guarded
    for _ in range(2):
        found = [
            ask(service, "GET", "Customers", authorization=caller).column("id")
            for caller in ("root", "nobody", "ann DE", "ann", "ann FR")
        ]
        assert found == [["a", "b", "c", "d", "e's/x"], [], ["a", "c", "d"], ["d"], ["b", "d"]]


def test_a_rule_that_does_not_fit_lets_nobody_see_anything(caplog: pytest.LogCaptureFixture) -> None:
    with service_of(shop_schema()) as service:
        service.rows("Customers")(lambda principal: "nmae eq 'x'")
        assert ask(service, "GET", "Customers").status == 500
        assert "The rule of 'Customers' does not fit, 'nmae eq 'x''" in caplog.text


def test_a_set_with_a_rule_tells_no_changes() -> None:
    with service_of(shop_schema(), Settings(track_changes=True)) as service:
        fill(service)
        link = ask(service, "GET", "Orders", prefer="track-changes").json["@odata.deltaLink"].removeprefix(ROOT)
        service.rows("Orders")(lambda principal: "amount ge 7")
        assert "@odata.deltaLink" not in ask(service, "GET", "Orders", prefer="track-changes").json
        assert ask(service, "GET", link).status == 501
        assert "@odata.deltaLink" in ask(service, "GET", "Customers", prefer="track-changes").json


def test_an_unknown_set_is_refused_with_the_nearest_name() -> None:
    with service_of(shop_schema()) as service, pytest.raises(ValueError, match=r"Did you mean 'Orders'\?"):
        service.rows("Order")


def test_contained_entities_have_rules_of_their_own() -> None:
    with service_of(company_schema()) as service:
        fill_company(service)
        service.rows("firm.Person/notes")(lambda principal: "number gt 1")
        service.rows("People")(lambda principal: "id ne 'bob'")
        targets = ("People('ann')/notes", "People?$expand=notes", "People('bob')/notes(1)/replies(1)")
        answers = [ask(service, "GET", target) for target in targets]
        assert answers[0].column("number") == [2]
        assert [[note["number"] for note in person["notes"]] for person in answers[1].values] == [[2], [], []]
        assert answers[2].status == 404
        assert ask(service, "POST", "People('ann')/notes", {"number": 0}).status == 403
        assert ask(service, "POST", "People('bob')/notes", {"number": 5}).status == 404
        assert ask(service, "PUT", "People('bob')/portrait", b"x", content_type="image/png").status == 404


def test_rules_hold_when_operations_are_added_later() -> None:
    with service_of(shop_schema()) as service:
        filled(service)
        service.rows("Customers")(lambda principal: "id eq 'a'")
        assert ask(service, "GET", "Customers").column("id") == ["a"]

        @service.function("shop.Late")
        def late(call: Call) -> int:
            return len(call.read("Customers"))

        assert ask(service, "GET", "Customers").column("id") == ["a"]
        assert ask(service, "GET", "Late()").json["value"] == 6
