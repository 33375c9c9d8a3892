"""Delta links under row rules: what enters and leaves what a caller may see, and nothing of what it never saw."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import LOGGED, Annotation
from odata_service.edm.model import Schema
from odata_service.service import Principal, Request, Service
from odata_service.settings import Settings
from tests.asking import ROOT, Answer, ask, service_of
from tests.migrating import a, items
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url

TRACKED = Settings(track_changes=True)
V401 = {"odata_maxversion": "4.01"}


def logged() -> Schema:
    """Items whose owners are written down of changes, and whose sizes are not."""
    owner = replace(a("owner"), annotations=(Annotation(LOGGED, value=True),))
    return items(a("name"), a("size", "Int32"), owner)


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Items of ann and of bob, each of whom sees their own."""
    with database_url(request.param) as url, service_of(logged(), TRACKED, url) as made:
        for key, owner in (("a1", "ann"), ("a2", "ann"), ("b1", "bob"), ("b2", "bob")):
            assert ask(made, "POST", "Items", {"id": key, "owner": owner, "size": 1}).status == 201
        guard(made, "owner eq @me")
        yield made


def guard(service: Service, text: str) -> None:
    """Callers see what a rule says of their names; root sees everything."""

    @service.authenticate("Bearer")
    def known(request: Request) -> Principal:
        return Principal(request.headers.get("authorization", "root"))

    @service.rows("Items")
    def own(principal: Principal | None) -> Any:
        assert principal is not None
        return None if principal.name == "root" else (text, {"me": principal.name} if "@me" in text else {})


def follow(service: Service, answer: Answer, caller: str, kind: str = "deltaLink", **headers: str) -> Answer:
    link: str = answer.json[f"@odata.{kind}"]
    return ask(service, "GET", link.removeprefix(ROOT), authorization=caller, **headers)


def told(answer: Answer) -> list[tuple[str, str]]:
    """What an answer of 4.01 tells of each item: its key with what became of it."""
    assert answer.status == 200, answer.body
    return [
        (value["@id"].partition("'")[2][:-2], value["@removed"]["reason"]) if "@removed" in value else (value["id"], "")
        for value in answer.values
    ]


def first(service: Service, caller: str, target: str = "Items") -> Answer:
    answer = ask(service, "GET", target, authorization=caller, prefer="track-changes", **V401)
    assert answer.headers["Preference-Applied"] == "track-changes"
    return answer


def change(service: Service) -> None:
    """One item goes to bob, one comes from him, one of his is changed, two end, and two begin."""
    assert ask(service, "PATCH", "Items('a1')", {"owner": "bob"}).status == 200
    assert ask(service, "PATCH", "Items('b1')", {"owner": "ann"}).status == 200
    assert ask(service, "PATCH", "Items('b2')", {"size": 5}).status == 200
    assert ask(service, "DELETE", "Items('a2')").status == 204
    assert ask(service, "POST", "Items", {"id": "a3", "owner": "ann"}).status == 201
    assert ask(service, "POST", "Items", {"id": "b3", "owner": "bob"}).status == 201
    assert ask(service, "POST", "Items", {"id": "b4", "owner": "bob"}).status == 201
    assert ask(service, "DELETE", "Items('b4')").status == 204


def test_callers_are_told_what_enters_and_leaves_their_sight_and_nothing_else(service: Service) -> None:
    links = {caller: first(service, caller) for caller in ("ann", "bob", "root")}
    change(service)
    found = {caller: follow(service, answer, caller, **V401) for caller, answer in links.items()}
    assert told(found["ann"]) == [("a1", "changed"), ("a2", "deleted"), ("a3", ""), ("b1", "")]
    assert told(found["bob"]) == [("a1", ""), ("b1", "changed"), ("b2", ""), ("b3", ""), ("b4", "deleted")]
    assert [key for key, _ in told(found["root"])] == ["a1", "a2", "a3", "b1", "b2", "b3", "b4"]
    assert told(follow(service, found["ann"], "ann", **V401)) == []


def test_nothing_of_what_was_never_seen_is_counted_nor_in_links(service: Service) -> None:
    link = first(service, "ann").json["@odata.deltaLink"].removeprefix(ROOT)
    change(service)
    path, _, query = link.partition("?")
    assert ask(service, "GET", f"{path}/$count?{query}", authorization="ann", **V401).body == b"4"
    answer = ask(service, "GET", f"{link}&$count=true", authorization="ann", prefer="maxpagesize=1", **V401)
    assert answer.json["@odata.count"] == 4
    pages = [answer]
    while "@odata.nextLink" in pages[-1].json:
        pages.append(follow(service, pages[-1], "ann", "nextLink", prefer="maxpagesize=1", **V401))
    assert [key for page in pages for key, _ in told(page)] == ["a1", "a2", "a3", "b1"]


def test_what_leaves_a_filter_is_told_as_ever(service: Service) -> None:
    link = first(service, "ann", "Items?$filter=size lt 3")
    assert ask(service, "PATCH", "Items('a1')", {"size": 7}).status == 200
    assert ask(service, "PATCH", "Items('b1')", {"size": 7}).status == 200
    assert told(follow(service, link, "ann", **V401)) == [("a1", "changed")]


def test_an_entity_by_key_leaves_without_a_word_of_where_it_is(service: Service) -> None:
    links = [first(service, "ann", f"Items('{key}')") for key in ("a1", "a2")]
    change(service)
    found = [follow(service, link, "ann", **V401).json for link in links]
    assert [one["@removed"] for one in found] == [{"reason": "changed"}, {"reason": "deleted"}]
    assert ask(service, "GET", "Items('b2')", authorization="ann", prefer="track-changes").status == 404


def test_4_0_tells_it_in_its_own_form(service: Service) -> None:
    answer = ask(service, "GET", "Items", authorization="ann", prefer="track-changes")
    assert ask(service, "PATCH", "Items('a1')", {"owner": "bob"}).status == 200
    assert follow(service, answer, "ann").values == [
        {"@odata.context": f"{ROOT}$metadata#Items/$deletedEntity", "id": "Items('a1')", "reason": "changed"}
    ]


@pytest.mark.parametrize("key", ["a1", "b1", "none"])
def test_what_a_condition_asks_of_root_is_not_told_of(service: Service, key: str) -> None:
    target = f"Items?$filter=size ge $root/Items('{key}')/size"
    answer = ask(service, "GET", target, authorization="ann", prefer="track-changes", **V401)
    assert (answer.status, "Preference-Applied" in answer.headers) == (200, False)
    assert "@odata.deltaLink" not in answer.json
    assert "@odata.deltaLink" in first(service, "root", target).json
    assert ask(service, "GET", f"{target}&$deltatoken=latest", authorization="ann", **V401).status == 501


def test_a_link_under_other_rules_leads_nowhere(service: Service) -> None:
    answer = first(service, "ann")
    for caller in ("bob", "root"):
        refused = follow(service, answer, caller, **V401)
        assert (refused.status, refused.headers["Location"]) == (410, f"{ROOT}Items")
    whole = first(service, "root")
    assert follow(service, whole, "ann", **V401).status == 410


@pytest.mark.parametrize(
    "text",
    [
        "size eq 1",
        "owner eq @me and size eq 1",
        "owner eq 'ann' and now() gt 2020-01-01T00:00:00Z",
        "owner eq $root/Items('a1')/owner",
    ],
)
def test_rules_that_ask_for_more_than_is_written_down_get_no_link(text: str) -> None:
    with service_of(logged(), TRACKED) as service:
        assert ask(service, "POST", "Items", {"id": "a1", "owner": "ann", "size": 1}).status == 201
        guard(service, text)
        answer = ask(service, "GET", "Items", authorization="ann", prefer="track-changes")
        assert (answer.status, "@odata.deltaLink" in answer.json) == (200, False)
        refused = ask(service, "GET", "Items?$deltatoken=latest", authorization="ann")
        assert (refused.status, "Storage.Logged" in json.dumps(refused.error)) == (501, True)
        assert "@odata.deltaLink" in ask(service, "GET", "Items", prefer="track-changes").json


@pytest.fixture
def shop() -> Iterator[Service]:
    """A customer of whose orders callers see those that are theirs."""
    with service_of(shop_schema(), TRACKED) as service:
        body = {"id": "ann", "orders": [{"number": 1, "amount": 1}]}
        assert ask(service, "POST", "Customers", body).status == 201
        assert ask(service, "POST", "Customers", {"id": "bob", "orders": [{"number": 2}]}).status == 201
        yield service


def hide(service: Service, name: str, text: str) -> None:
    service.rows(name)(lambda principal: text)


def test_what_is_expanded_under_a_rule_is_told_inside_of_what_has_it(shop: Service) -> None:
    hide(shop, "Orders", "customerId eq 'ann' and amount lt 5")
    answer = ask(shop, "GET", "Customers?$expand=orders($select=number)&$select=id", prefer="track-changes", **V401)
    assert ask(shop, "PATCH", "Orders(1)", {"amount": 3}).status == 200
    (changed,) = follow(shop, answer, "", **V401).values
    assert (changed["id"], [order["number"] for order in changed["orders"]]) == ("ann", [1])
    in_4_0 = ask(shop, "GET", "Customers?$expand=orders", prefer="track-changes")
    assert "@odata.deltaLink" not in in_4_0.json


@pytest.mark.parametrize(
    ("name", "text", "target", "followed"),
    [
        ("Orders", "customerId eq 'ann'", "Orders", True),
        ("Orders", "number lt 2", "Customers('ann')/orders", True),
        ("Orders", "customer/id eq 'ann'", "Orders", False),
        ("Orders", "amount lt 5", "Customers?$filter=orders/any(o:o/amount gt 0)", True),
        ("Orders", "customer/id eq 'ann'", "Customers?$filter=orders/any(o:o/amount gt 0)", False),
        ("Customers", "id eq 'ann'", "Customers('ann')/orders", False),
        ("Customers", "id eq 'ann'", "Orders", True),
    ],
)
def test_where_rules_are_followed(shop: Service, name: str, text: str, target: str, *, followed: bool) -> None:
    hide(shop, name, text)
    answer = ask(shop, "GET", target, prefer="track-changes", **V401)
    assert ("@odata.deltaLink" in answer.json) is followed
