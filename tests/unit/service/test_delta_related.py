"""Delta links of results that others have a part in: expanded, asked about, on the way (Protocol 11.3, JSON 15)."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from tests import company
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import company_schema, shop_schema
from tests.servers import FAMILIES, database_url

TRACKED = Settings(track_changes=True)
ORDERS = "$metadata#Orders/$entity"


@pytest.fixture
def shop() -> Iterator[Service]:
    """Customers a to c, b managed by a; a has orders 1 and 2, b order 3; v is a VIP who gets order 1 as a gift."""
    with service_of(shop_schema(), TRACKED) as made:
        fill(made)
        yield made


@pytest.fixture
def firm() -> Iterator[Service]:
    """The company, its changes written down."""
    with service_of(company_schema(), TRACKED) as made:
        company.fill(made)
        yield made


def fill(service: Service) -> None:
    for body in (
        {"id": "a"},
        {"id": "b", "managerId": "a"},
        {"id": "c"},
        {"@odata.type": "#shop.VipCustomer", "id": "v"},
    ):
        assert ask(service, "POST", "Customers", body).status == 201
    for number, customer in ((1, "a"), (2, "a"), (3, "b")):
        assert ask(service, "POST", "Orders", {"number": number, "customerId": customer}).status == 201
    assert done(service, "POST", "Customers('v')/shop.VipCustomer/gifts/$ref", {"@odata.id": "Orders(1)"})


def done(service: Service, method: str, target: str, body: object = None) -> bool:
    """Whether a change is made."""
    return ask(service, method, target, body).status in {200, 201, 204}


def tracked(service: Service, target: str, **headers: str) -> Answer:
    answer = ask(service, "GET", target, prefer="track-changes", **headers)
    assert answer.headers["Preference-Applied"] == "track-changes", answer.body
    return answer


def follow(service: Service, answer: Answer, **headers: str) -> Answer:
    link: str = answer.json["@odata.deltaLink"]
    found = ask(service, "GET", link.removeprefix(ROOT), **headers)
    assert found.status == 200, found.body
    return found


def told(answer: Answer) -> list[dict[str, Any]]:
    """The items of a delta without ETags."""
    return [plain(item) for item in answer.values]


def plain(item: Any) -> Any:
    if isinstance(item, list):
        return [plain(part) for part in item]
    if isinstance(item, dict):
        return {name: plain(value) for name, value in item.items() if name != "@odata.etag"}
    return item


def link(kind: str, source: str, relationship: str, target: str) -> dict[str, str]:
    return {
        "@odata.context": f"{ROOT}$metadata#Customers/${kind}",
        "source": source,
        "relationship": relationship,
        "target": target,
    }


def test_4_01_tells_all_that_is_expanded_inside_of_what_has_changed(shop: Service) -> None:
    target = "Customers?$select=id&$expand=orders($select=number)"
    first = tracked(shop, target, odata_maxversion="4.01")
    assert done(shop, "PATCH", "Orders(2)", {"customerId": "c"})
    found = follow(shop, first, odata_maxversion="4.01")
    assert found.json["@odata.context"] == f"{ROOT}$metadata#Customers(id,orders(number))/$delta"
    assert told(found) == [
        {"@odata.id": f"{ROOT}Customers('a')", "id": "a", "orders": [{"number": 1}]},
        {"@odata.id": f"{ROOT}Customers('c')", "id": "c", "orders": [{"number": 2}]},
    ]
    assert follow(shop, found, odata_maxversion="4.01").values == []


def test_4_0_tells_related_entities_and_links_beside_what_has_changed(shop: Service) -> None:
    first = tracked(shop, "Customers?$select=id&$expand=orders($select=number)")
    assert done(shop, "PATCH", "Orders(2)", {"customerId": "c"})
    assert told(follow(shop, first)) == [
        {"@odata.id": f"{ROOT}Customers('a')", "id": "a"},
        link("deletedLink", "Customers('a')", "orders", "Orders(2)"),
        {"@odata.context": ROOT + ORDERS, "@odata.id": f"{ROOT}Orders(1)", "number": 1},
        link("link", "Customers('a')", "orders", "Orders(1)"),
        {"@odata.id": f"{ROOT}Customers('c')", "id": "c"},
        {"@odata.context": ROOT + ORDERS, "@odata.id": f"{ROOT}Orders(2)", "number": 2},
        link("link", "Customers('c')", "orders", "Orders(2)"),
    ]


def test_4_0_tells_where_a_single_relation_led_before(shop: Service) -> None:
    first = tracked(shop, "Customers?$select=id&$expand=manager($select=id)&$filter=id eq 'b'")
    assert done(shop, "PATCH", "Customers('b')", {"managerId": None})
    assert told(follow(shop, first)) == [
        {"@odata.id": f"{ROOT}Customers('b')", "id": "b"},
        link("deletedLink", "Customers('b')", "manager", "Customers('a')"),
    ]


def test_pairs_of_many_to_many_are_told(shop: Service) -> None:
    first = tracked(shop, "Customers?$select=id&$expand=shop.VipCustomer/gifts/$ref&$filter=id eq 'v'")
    assert done(shop, "DELETE", "Customers('v')/shop.VipCustomer/gifts/$ref?$id=Orders(1)")
    assert done(shop, "POST", "Customers('v')/shop.VipCustomer/gifts/$ref", {"@odata.id": "Orders(3)"})
    found = told(follow(shop, first))[1:]
    assert found == [
        link("deletedLink", "Customers('v')", "shop.VipCustomer/gifts", "Orders(1)"),
        link("link", "Customers('v')", "shop.VipCustomer/gifts", "Orders(3)"),
    ]


@pytest.mark.parametrize(
    ("condition", "change"),
    [
        ("orders/any(o:o/title eq 'x')", ("PATCH", "Orders(3)", {"title": "x"})),
        ("orders/$count eq 0", ("DELETE", "Orders(3)", None)),
        ("manager/displayName eq 'x'", ("PATCH", "Customers('a')", {"displayName": "x"})),
        (
            "manager/orders/any(o:o/customer/countryLetterCode eq 'x')",
            ("PATCH", "Customers('a')", {"countryLetterCode": "x"}),
        ),
    ],
)
def test_conditions_about_others_are_followed(
    shop: Service, condition: str, change: tuple[str, str, dict[str, Any] | None]
) -> None:
    first = tracked(shop, f"Customers?$select=id&$filter=id eq 'b' and {condition}")
    assert first.values == []
    assert done(shop, *change)
    found = follow(shop, first)
    assert {"@odata.id": f"{ROOT}Customers('b')", "id": "b"} in told(found)
    assert done(shop, "PATCH", "Customers('b')", {"id": "b", "managerId": None})
    assert done(shop, "POST", "Orders", {"number": 9, "customerId": "b"})
    assert done(shop, "DELETE", "Orders(3)") or condition.startswith("orders/$count")
    gone = [item for item in told(follow(shop, found)) if item.get("id") == "Customers('b')"]
    assert [item["reason"] for item in gone] == ["changed"]


def test_what_a_path_leads_to_is_told(shop: Service) -> None:
    first = tracked(shop, "Customers('a')/orders?$select=number")
    assert done(shop, "PATCH", "Orders(3)", {"title": "of another one"})
    assert done(shop, "PATCH", "Orders(1)", {"customerId": "b"})
    assert done(shop, "DELETE", "Orders(2)")
    assert done(shop, "POST", "Orders", {"number": 4, "customerId": "a"})
    deleted = {"@odata.context": f"{ROOT}$metadata#Orders/$deletedEntity"}
    found = follow(shop, first)
    assert found.json["@odata.context"] == f"{ROOT}$metadata#Orders(number)/$delta"
    assert told(found) == [
        {**deleted, "id": "Orders(1)", "reason": "changed"},
        {**deleted, "id": "Orders(2)", "reason": "deleted"},
        {"@odata.id": f"{ROOT}Orders(4)", "number": 4},
    ]
    assert done(shop, "DELETE", "Customers('a')")
    link: str = found.json["@odata.deltaLink"].removeprefix(ROOT)
    assert ask(shop, "GET", link).status == 404


def test_a_path_through_a_single_relation_is_told(shop: Service) -> None:
    first = tracked(shop, "Customers('b')/manager/orders?$select=number")
    assert first.column("number") == [1, 2]
    assert done(shop, "PATCH", "Customers('b')", {"managerId": "v"})
    assert done(shop, "POST", "Orders", {"number": 4, "customerId": "v"})
    found = follow(shop, first)
    assert [(item.get("number"), item.get("id")) for item in found.values] == [
        (None, "Orders(1)"),
        (None, "Orders(2)"),
        (4, None),
    ]


def test_contained_entities_are_told(firm: Service) -> None:
    first = tracked(firm, "People('ann')/notes?$select=number&$filter=text ne 'x'")
    assert done(firm, "PATCH", "People('ann')/notes(1)", {"text": "x"})
    assert done(firm, "DELETE", "People('ann')/notes(2)")
    assert done(firm, "PATCH", "People('bob')/notes(1)", {"text": "of another one"})
    assert done(firm, "POST", "People('ann')/notes", {"number": 3, "text": "new"})
    context = f"{ROOT}$metadata#People('ann')/notes"
    found = follow(firm, first)
    assert found.json["@odata.context"] == f"{context}(number)/$delta"
    assert told(found) == [
        {"@odata.context": f"{context}/$deletedEntity", "id": "People('ann')/notes(1)", "reason": "changed"},
        {"@odata.context": f"{context}/$deletedEntity", "id": "People('ann')/notes(2)", "reason": "deleted"},
        {"@odata.id": f"{ROOT}People('ann')/notes(3)", "number": 3},
    ]


def test_expanded_contained_entities_are_told(firm: Service) -> None:
    first = tracked(firm, "People?$select=id&$expand=notes($select=number)")
    assert done(firm, "DELETE", "People('ann')/notes(2)")
    people = {"@odata.context": f"{ROOT}$metadata#People/$link", "source": "People('ann')", "relationship": "notes"}
    assert told(follow(firm, first)) == [
        {"@odata.id": f"{ROOT}People('ann')", "id": "ann"},
        {**people, "@odata.context": f"{ROOT}$metadata#People/$deletedLink", "target": "People('ann')/notes(2)"},
        {
            "@odata.context": f"{ROOT}$metadata#People('ann')/notes/$entity",
            "@odata.id": f"{ROOT}People('ann')/notes(1)",
            "number": 1,
        },
        {**people, "target": "People('ann')/notes(1)"},
    ]


def test_a_singleton_is_told_as_an_object(firm: Service) -> None:
    first = tracked(firm, "Settings?$select=theme")
    assert first.json["@odata.deltaLink"].startswith(f"{ROOT}Settings?$select=theme&$deltatoken=")
    idle = follow(firm, first)
    assert idle.json == {
        "@odata.context": f"{ROOT}$metadata#Settings(theme)/$delta",
        "@odata.id": f"{ROOT}Settings",
        "@odata.deltaLink": idle.json["@odata.deltaLink"],
    }
    assert done(firm, "PATCH", "Settings", {"theme": "dark"})
    found = follow(firm, idle)
    assert found.json["theme"] == "dark"
    assert "theme" not in follow(firm, found).json


def test_what_a_single_entity_expands_stands_inside_of_it(firm: Service) -> None:
    first = tracked(firm, "Settings?$select=theme&$expand=pinned($select=number)")
    assert done(firm, "POST", "Settings/pinned", {"number": 1})
    assert plain(follow(firm, first).json["pinned"]) == [{"number": 1}]


def test_the_type_of_an_entity_stands_before_its_id(shop: Service) -> None:
    latest = ask(shop, "GET", "Customers?$select=id&$deltatoken=latest")
    assert done(shop, "PATCH", "Customers('v')", {"@odata.type": "#shop.VipCustomer", "discount": 1})
    assert list(follow(shop, latest).values[0]) == ["@odata.type", "@odata.id", "@odata.etag", "id"]


@pytest.mark.parametrize("family", FAMILIES)
def test_changes_are_told_of_one_moment_where_that_is_asked_for(family: str) -> None:
    with database_url(family) as url, service_of(shop_schema(), TRACKED, url) as shop:
        fill(shop)
        first = tracked(shop, "Customers?$select=id&$expand=orders($select=number)", isolation="snapshot")
        assert done(shop, "PATCH", "Orders(1)", {"title": "x"})
        assert len(follow(shop, first, odata_isolation="snapshot").values) == 5


def test_one_entity_is_told_until_it_has_gone(shop: Service) -> None:
    first = tracked(shop, "Customers('a')?$select=id&$expand=orders($select=number)", odata_maxversion="4.01")
    assert done(shop, "PATCH", "Orders(1)", {"title": "x"})
    found = follow(shop, first, odata_maxversion="4.01")
    assert [item["number"] for item in found.json["orders"]] == [1, 2]
    assert done(shop, "DELETE", "Customers('a')")
    gone = follow(shop, found, odata_maxversion="4.01").json
    assert (gone["@removed"], gone["@id"]) == ({"reason": "deleted"}, "Customers('a')")


def test_what_has_changed_is_counted(shop: Service) -> None:
    first = tracked(shop, "Customers('a')/orders?$select=number&$top=9")
    link: str = first.json["@odata.deltaLink"].removeprefix(ROOT)
    assert done(shop, "PATCH", "Orders(1)", {"title": "x"})
    assert done(shop, "DELETE", "Orders(2)")
    assert ask(shop, "GET", f"{link}&$count=true").json["@odata.count"] == 2
    counted = ask(shop, "GET", link.replace("/orders?", "/orders/$count?"))
    assert (counted.body, counted.headers["Content-Type"]) == (b"2", "text/plain;charset=utf-8")
    expanded: str = tracked(shop, "Customers?$expand=orders").json["@odata.deltaLink"].removeprefix(ROOT)
    assert ask(shop, "GET", f"{expanded}&$count=true").status == 501
    assert ask(shop, "GET", f"{expanded}&$count=true", odata_maxversion="4.01").json["@odata.count"] == 0


QUERIES = (
    "Customers?$select=id&$expand=orders($select=number;$filter=title ne 'x';$expand=customer($select=displayName))",
    "Customers?$select=id&$filter=manager/displayName eq 'x' or orders/any(o:o/title eq 'x')",
    "Customers?$select=id&$expand=manager($select=displayName;$expand=manager($select=id)),shop.VipCustomer/gifts($select=title)",
    "Customers('b')/manager/orders?$select=number,title&$expand=customer($select=displayName)",
    "Orders?$select=number&$filter=customer/manager/orders/$count gt 1",
    "Customers/shop.VipCustomer?$select=id&$filter=gifts/any(g:g/customer/displayName eq 'x')",
)


def random_change(random: Random, service: Service) -> None:
    """One change of some kind; it may fail, as a change of what is not there does."""
    customer, number = random.choice("abcv"), random.randint(1, 5)
    name = random.choice(("x", "y", None))
    match random.randint(0, 8):
        case 0:
            ask(service, "PATCH", f"Customers('{customer}')", {"displayName": name})
        case 1 if customer != "b":
            ask(service, "DELETE", f"Customers('{customer}')")
        case 2:
            kind = "VipCustomer" if customer == "v" else "Customer"
            body = {"@odata.type": f"#shop.{kind}", "id": customer, "managerId": random.choice(("a", "b", None))}
            ask(service, "POST", "Customers", body)
        case 3:
            ask(service, "PATCH", f"Customers('{customer}')", {"managerId": random.choice(("a", "b", "c", None))})
        case 4:
            ask(service, "DELETE", f"Orders({number})")
        case 5:
            ask(service, "POST", "Orders", {"number": number, "customerId": customer, "title": name})
        case 6:
            ask(service, "PATCH", f"Orders({number})", {"customerId": customer, "title": name})
        case 7:
            gift = {"@odata.id": f"Orders({number})"}
            ask(service, "POST", "Customers('v')/shop.VipCustomer/gifts/$ref", gift)
        case _:
            ask(service, "DELETE", f"Customers('v')/shop.VipCustomer/gifts/$ref?$id=Orders({number})")


def url_of(item: dict[str, Any], target: str) -> str:
    """The URL of an entity, by its id where it is told."""
    known = item.get("@odata.id", item.get("@id"))
    if known is not None:
        return str(known).removeprefix(ROOT)
    return f"Orders({item['number']})" if "number" in item else f"Customers('{item['id']}')"


@pytest.mark.parametrize("family", FAMILIES)
def test_whoever_follows_delta_links_knows_what_a_reader_sees(family: str) -> None:
    random = Random(7)
    with database_url(family) as url, service_of(shop_schema(), TRACKED, url) as service:
        fill(service)
        answers = {target: tracked(service, target, odata_maxversion="4.01") for target in QUERIES}
        known = {target: {url_of(item, target): plain(item) for item in answers[target].values} for target in QUERIES}
        for _ in range(6):
            for _ in range(random.randint(1, 4)):
                random_change(random, service)
            for target in QUERIES:
                if ask(service, "GET", target).status == 404:
                    continue
                answers[target] = follow(service, answers[target], odata_maxversion="4.01")
                for item in plain(answers[target].values):
                    known[target].pop(url_of(item, target), None)
                    if "@removed" not in item:
                        known[target][url_of(item, target)] = {**item}
                        known[target][url_of(item, target)].pop("@odata.id")
                fresh = ask(service, "GET", target, odata_maxversion="4.01").values
                assert known[target] == {url_of(item, target): plain(item) for item in fresh}, target


RELATIONS = {"manager": "manager", "orders": "orders", "customer": "customer", "gifts": "shop.VipCustomer/gifts"}

FLAT = (
    "Customers?$select=id&$expand=manager($select=id),orders($select=number),shop.VipCustomer/gifts($select=number)",
    "Customers?$select=id&$expand=orders($select=number;$expand=customer($select=id;$expand=manager($select=id))),"
    "manager($select=id;$expand=orders($select=number))",
    "Orders?$select=number&$filter=number lt 4&$expand=customer($select=id;"
    "$expand=orders($select=number;$filter=title ne 'x'),shop.VipCustomer/gifts($select=number))",
)


@pytest.mark.parametrize("family", FAMILIES)
def test_whoever_follows_links_of_4_0_knows_which_entities_are_related(family: str) -> None:
    random = Random(11)
    with database_url(family) as url, service_of(shop_schema(), TRACKED, url) as service:
        fill(service)
        answers = {target: ask(service, "GET", f"{target}&$deltatoken=latest") for target in FLAT}
        known = {target: relations(ask(service, "GET", target).values) for target in FLAT}
        roots = {target: {url_of(item, target) for item in ask(service, "GET", target).values} for target in FLAT}
        for _ in range(8):
            for _ in range(random.randint(1, 4)):
                random_change(random, service)
            for target in FLAT:
                answers[target] = follow(service, answers[target])
                _apply(answers[target].values, known[target], roots[target], target.partition("?")[0])
                found = ask(service, "GET", target).values
                assert roots[target] == {url_of(item, target) for item in found}
                assert known[target] == relations(found), target


@pytest.mark.parametrize(
    "expand",
    [
        "orders,manager($expand=orders($filter=title ne 'x'))",
        "orders($expand=customer;$filter=customer/displayName eq 'x')",
        "orders($expand=customer;$top=1)",
        "manager($expand=orders($count=true))",
    ],
)
def test_what_no_link_tells_gets_no_delta_link_in_4_0(shop: Service, expand: str) -> None:
    answer = ask(shop, "GET", f"Customers?$expand={expand}", prefer="track-changes")
    assert (answer.status, answer.headers.get("Preference-Applied")) == (200, None)
    tracked(shop, f"Customers?$expand={expand}", odata_maxversion="4.01")


def _apply(items: list[dict[str, Any]], known: set[tuple[Any, Any, Any]], roots: set[str], source: str) -> None:
    """What a client knows when it has read the items of a delta; it forgets what nothing leads to any longer."""
    for item in items:
        kind = item.get("@odata.context", "").rpartition("$")[2]
        relation = (item.get("source"), item.get("relationship"), item.get("target"))
        if kind == "link":
            known.add(relation)
        elif kind == "deletedLink":
            known.discard(relation)
        elif kind == "deletedEntity":
            roots.discard(item["id"])
            if item["reason"] == "deleted":
                known -= {part for part in known if item["id"] in part}
        elif "@odata.context" not in item:
            roots.add(url_of(item, source))
    reached, size = set(roots), -1
    while size != len(reached):
        size = len(reached)
        reached |= {there for here, _, there in known if here in reached}
    known -= {part for part in known if part[0] not in reached}


def relations(entities: list[dict[str, Any]]) -> set[tuple[Any, Any, Any]]:
    """Who is related to what, at any depth."""
    found: set[tuple[Any, Any, Any]] = set()
    for item in entities:
        for name, relation in RELATIONS.items():
            related = item.get(name)
            members = related if isinstance(related, list) else [] if related is None else [related]
            found |= {(url_of(item, ""), relation, url_of(member, "")) for member in members}
            found |= relations(members)
    return found


def test_what_a_computed_value_is_made_of_is_followed(shop: Service) -> None:
    shop.computed("shop.Customer", "displayName", expression="cast(orders/$count,Edm.String)")
    first = tracked(shop, "Customers?$select=displayName&$filter=id eq 'a'")
    other = tracked(shop, "Orders?$select=number&$filter=customer/displayName eq '1'")
    assert (first.column("displayName"), other.column("number")) == (["2"], [3])
    assert done(shop, "DELETE", "Orders(2)")
    assert [item.get("displayName") for item in follow(shop, first).values if "reason" not in item] == ["1"]
    assert 1 in [item.get("number") for item in follow(shop, other).values]
