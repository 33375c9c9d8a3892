"""PATCH and PUT of collections, and of each member, on each database (Protocol 11.4.12 to 11.4.15)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service import load_schema
from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.company import fill as fill_company
from tests.conformance.rows import fill
from tests.models import company_schema, rules_schema, shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.tables import tables

V401 = {"odata_version": "4.01"}
REPRESENTATION = "return=representation"
EXCEPTION = "@Org.OData.Core.V1.DataModificationException"


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


@pytest.fixture(params=FAMILIES)
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, company_schema) as service:
        fill_company(service)
        yield service


@pytest.fixture(params=FAMILIES)
def law(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Two courts, of which the first has a judge and cannot end before it."""
    with standing_service(request.param, rules_schema) as service:
        assert ask(service, "POST", "Courts", {"code": "A", "judges": [{"id": 1}]}).status == 201
        assert ask(service, "POST", "Courts", {"code": "B"}).status == 201
        yield service


def numbers(service: Service, target: str) -> list[int]:
    return sorted(ask(service, "GET", target).column("number"))


def test_changes_of_a_set_are_made_in_their_order_and_answered_as_such(shop: Service) -> None:
    removed = {"@removed": {"reason": "deleted"}, "number": 2}
    ended = {
        "@context": "#Customers/$deletedLink",
        "source": "Customers('b')",
        "relationship": "orders",
        "target": "Orders(4)",
    }
    link = {"@context": "#Customers/$link", "source": "Orders(5)", "relationship": "customer", "target": "Customers/c"}
    changes = [{"number": 1, "title": "changed"}, {"number": 80, "title": "new"}, removed, ended, link]
    body = {"@context": "#$delta", "value": changes}
    answer = ask(shop, "PATCH", "Orders?$select=title", body, prefer=REPRESENTATION, **V401)
    assert (answer.status, answer.json["@odata.context"]) == (200, f"{ROOT}$metadata#Orders(title)/$delta")
    assert [(item.get("@odata.id"), item.get("title")) for item in answer.values[:2]] == [
        (f"{ROOT}Orders(1)", "changed"),
        (f"{ROOT}Orders(80)", "new"),
    ]
    assert answer.values[2:] == [removed, ended, link]
    assert numbers(shop, "Orders") == [1, 3, 4, 5, 80]
    assert [ask(shop, "GET", f"Orders({number})").json["customerId"] for number in (1, 4, 5)] == ["a", None, "c"]


def test_changes_are_answered_by_nothing_unless_it_is_preferred(shop: Service) -> None:
    answer = ask(shop, "PATCH", "Orders", {"value": [{"number": 1, "title": "x"}, {"number": 99}]}, **V401)
    assert (answer.status, answer.body) == (204, b"")
    assert numbers(shop, "Orders") == [1, 2, 3, 4, 5, 99]


def test_deleted_entities_of_4_0_are_understood_and_those_that_are_gone_passed_over(shop: Service) -> None:
    gone = {"@odata.context": "#Orders/$deletedEntity", "id": "Orders(1)", "reason": "deleted"}
    changes = [gone, {"@removed": {"reason": "deleted"}, "number": 77}]
    assert ask(shop, "PATCH", "Orders", {"value": changes}).status == 204
    assert numbers(shop, "Orders") == [2, 3, 4, 5]


def test_changes_hold_changes_of_the_entities_around(shop: Service) -> None:
    changes = [{"id": "a", "orders@delta": [{"number": 9}, {"@removed": {"reason": "changed"}, "number": 1}]}]
    answer = ask(shop, "PATCH", "Customers", {"value": changes}, prefer=REPRESENTATION, **V401)
    assert [order["number"] for order in answer.values[0]["orders"]] == [2, 3, 9]


def test_changes_of_the_entities_around_one_that_is_new_are_those_of_none(shop: Service) -> None:
    around = [{"number": 9}, {"@id": "Orders(4)"}, {"@removed": {"reason": "changed"}, "number": 1}]
    answer = ask(shop, "PATCH", "Customers", {"value": [{"id": "n", "orders@delta": around}]}, **V401)
    assert answer.status == 204
    assert ask(shop, "GET", "Customers('n')/orders").column("number") == [4, 9]
    assert ask(shop, "GET", "Orders(1)").json["customerId"] == "a"
    assert ask(shop, "PATCH", "Customers('m')", {"orders@delta": [{"number": 10}]}, **V401).status == 201
    assert ask(shop, "GET", "Customers('m')/orders").column("number") == [10]


def test_one_failure_undoes_all_unless_the_others_are_to_go_on(shop: Service) -> None:
    bad = {"number": 81, "customer": {"@id": "Customers('z')"}}
    body = {"value": [{"number": 80}, bad, {"number": 82}]}
    before = tables(shop)
    refused = ask(shop, "PATCH", "Orders", body, **V401)
    assert (refused.status, refused.error["target"]) == (400, "value/1/customer/@id")
    assert tables(shop) == before
    answer = ask(shop, "PATCH", "Orders", body, prefer="continue-on-error", **V401)
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "continue-on-error")
    failed = answer.values[1]
    assert {name: failed[name] for name in bad} == bad
    assert (failed[EXCEPTION]["responseCode"], failed[EXCEPTION]["info"]["target"]) == (400, "value/1/customer/@id")
    assert numbers(shop, "Orders") == [1, 2, 3, 4, 5, 80, 82]


OLD = 'W/"0"'
LINK = {"source": "Orders(2)", "relationship": "customer", "target": "Customers('z')"}
DELETED = {"@odata.context": f"{ROOT}$metadata#Orders/$deletedEntity", "reason": "deleted"}


@pytest.mark.parametrize(
    ("version", "stated", "told", "operation"),
    [
        (
            "4.01",
            {"number": 7, "amount": "x"},
            {"@removed": {"reason": "deleted"}, "number": 7, "amount": "x"},
            "insert",
        ),
        ("4.0", {"number": 7, "amount": "x"}, {**DELETED, "id": "Orders(7)"}, "insert"),
        ("4.01", {"number": 1, "amount": "x"}, {"number": 1, "amount": "x"}, "update"),
        ("4.01", {"@removed": {}, "title": "x"}, {"title": "x"}, "delete"),
        ("4.0", {**DELETED, "id": "Nowhere(1)"}, {"@odata.id": "Nowhere(1)"}, "delete"),
        (
            "4.0",
            {"@odata.context": "#Orders/$link", **LINK},
            {"@odata.context": f"{ROOT}$metadata#Orders/$deletedLink", **LINK},
            "link",
        ),
        (
            "4.0",
            {"@odata.context": "#Orders/$deletedLink", **LINK},
            {"@odata.context": f"{ROOT}$metadata#Orders/$link", **LINK},
            "unlink",
        ),
    ],
)
def test_a_change_that_fails_is_told_as_what_has_not_become_of_it(
    shop: Service, version: str, stated: dict[str, object], told: dict[str, object], operation: str
) -> None:
    sent = {"prefer": "continue-on-error", "odata_version": version}
    (failed,) = ask(shop, "PATCH", "Orders", {"value": [stated]}, **sent).values
    assert failed.pop(EXCEPTION)["failedOperation"] == operation
    assert failed == told


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PATCH", "Orders", {"value": [{"number": 77, "@etag": OLD}]}),
        ("PATCH", "Orders", {"value": [{"number": 77, "@etag": "*"}]}),
        ("PUT", "Orders", {"value": [{"number": 77, "@etag": OLD}]}),
        ("PATCH", "Orders", {"value": [{"number": 1, "@etag": OLD}]}),
        ("PATCH", "Orders", {"value": [{"@removed": {}, "number": 1, "@etag": OLD}]}),
        ("PATCH", "Customers('a')/orders", {"value": [{"@removed": {"reason": "changed"}, "number": 1, "@etag": OLD}]}),
        ("PATCH", "Customers('a')", {"orders@delta": [{"@removed": {}, "number": 1, "@etag": OLD}]}),
        ("PATCH", "Customers('a')", {"orders": [{"number": 77, "@etag": OLD}]}),
    ],
)
def test_an_etag_beside_an_entity_guards_it_whatever_is_done(
    shop: Service, method: str, target: str, body: dict[str, object]
) -> None:
    before = tables(shop)
    answer = ask(shop, method, target, body, **V401)
    assert (answer.status, answer.error["target"].rpartition("/")[2]) == (412, "@etag")
    assert tables(shop) == before


def test_an_etag_that_holds_lets_an_entity_go(shop: Service) -> None:
    tag = ask(shop, "GET", "Orders(1)").headers["ETag"]
    body = {"value": [{"@removed": {}, "number": 1, "@etag": tag}, {"@removed": {}, "number": 99, "@etag": tag}]}
    assert ask(shop, "PATCH", "Orders", body, **V401).status == 204
    assert 1 not in numbers(shop, "Orders")


def test_who_leaves_a_collection_in_vain_is_told_as_unlinked(shop: Service) -> None:
    body = {"value": [{"@removed": {"reason": "changed"}, "title": "x"}]}
    answer = ask(shop, "PATCH", "Customers('a')/orders", body, prefer="continue-on-error", **V401)
    assert answer.values[0][EXCEPTION]["failedOperation"] == "unlink"


def test_an_update_that_would_delete_its_entity_is_refused(tmp_path: Path) -> None:
    key = '<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>'
    cars = '<NavigationProperty Name="cars" Type="Collection(s.Car)" Partner="owner"/>'
    ends = '<OnDelete Action="Cascade"/>'
    owner = f'<NavigationProperty Name="owner" Type="s.Owner" Partner="cars">{ends}</NavigationProperty>'
    bound = '<NavigationPropertyBinding Path="{}" Target="{}"/>'
    (tmp_path / "model.xml").write_text(f"""
      <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
        <Schema Namespace="s" xmlns="http://docs.oasis-open.org/odata/ns/edm">
          <EntityType Name="Owner">{key}{cars}</EntityType>
          <EntityType Name="Car">{key}{owner}</EntityType>
          <EntityContainer Name="All">
            <EntitySet Name="Owners" EntityType="s.Owner">{bound.format("cars", "Cars")}</EntitySet>
            <EntitySet Name="Cars" EntityType="s.Car">{bound.format("owner", "Owners")}</EntitySet>
          </EntityContainer>
        </Schema>
      </edmx:DataServices></edmx:Edmx>""")
    with service_of(load_schema(tmp_path / "model.xml")) as service:
        assert ask(service, "POST", "Owners", {"id": 1, "cars": [{"id": 2}]}).status == 201
        body = {"cars@delta": [{"@removed": {"reason": "deleted"}, "id": 2}]}
        answer = ask(service, "PATCH", "Owners(1)", body, **V401)
        assert (answer.status, answer.error["code"]) == (409, "Conflict")
        assert ask(service, "GET", "Owners(1)?$expand=cars").json["cars"][0]["id"] == 2


def test_a_related_collection_is_changed_and_replaced(shop: Service) -> None:
    changes = [{"number": 90}, {"@removed": {"reason": "changed"}, "number": 1}]
    assert ask(shop, "PATCH", "Customers('a')/orders", {"value": changes}, **V401).status == 204
    assert numbers(shop, "Customers('a')/orders") == [2, 3, 90]
    assert ask(shop, "PUT", "Customers('a')/orders", {"value": [{"number": 91}, {"@id": "Orders(2)"}]}).status == 204
    assert numbers(shop, "Customers('a')/orders") == [2, 91]
    assert numbers(shop, "Orders") == [1, 2, 3, 4, 5, 90, 91]


def test_a_set_that_is_put_has_what_is_listed_alone(shop: Service) -> None:
    assert ask(shop, "PUT", "Orders", {"value": [{"number": 1, "title": "only"}, {"number": 7}]}).status == 204
    assert [(order["number"], order["title"], order["amount"]) for order in ask(shop, "GET", "Orders").values] == [
        (1, "only", None),
        (7, None, None),
    ]


def test_a_contained_collection_is_changed_and_replaced_in_its_parent_alone(company: Service) -> None:
    changes = [{"number": 5, "replies": [{"number": 1}]}, {"@removed": {"reason": "deleted"}, "number": 1}]
    answer = ask(company, "PATCH", "People('ann')/notes", {"value": changes}, prefer=REPRESENTATION, **V401)
    assert answer.values[0]["@odata.id"] == f"{ROOT}People('ann')/notes(5)"
    assert numbers(company, "People('ann')/notes") == [2, 5]
    assert ask(company, "PUT", "People('ann')/notes", {"value": [{"number": 6}]}).status == 204
    assert (numbers(company, "People('ann')/notes"), numbers(company, "People('bob')/notes")) == ([6], [1])


@pytest.mark.parametrize(
    ("method", "target"),
    [("PATCH", "Orders/$each"), ("DELETE", "Orders/$each"), ("PATCH", "Orders"), ("PUT", "Customers('a')/orders")],
)
def test_many_entities_have_no_etag_that_a_change_could_depend_on(shop: Service, method: str, target: str) -> None:
    body: dict[str, object] = {"title": "x"} if "$each" in target else {"value": []}
    refused = ask(shop, method, target, body, if_match=ask(shop, "GET", "Orders(1)").headers["ETag"])
    assert (refused.status, refused.error["target"]) == (412, "If-Match")
    assert numbers(shop, "Orders") == [1, 2, 3, 4, 5]
    assert ask(shop, method, target, body, if_match="*").status in {200, 204}


def test_each_contained_entity_is_changed_and_deleted(company: Service) -> None:
    answer = ask(company, "PATCH", "People('ann')/notes/$each", {"text": "all"})
    assert (answer.status, answer.json["@odata.context"]) == (200, f"{ROOT}$metadata#People('ann')/notes")
    assert answer.column("text") == ["all", "all"]
    filtered = "People('ann')/notes/$filter(number eq 2)/$each"
    assert ask(company, "PATCH", filtered, {"text": "two"}).column("number") == [2]
    assert ask(company, "DELETE", filtered).status == 204
    assert numbers(company, "People('ann')/notes") == [1]
    assert ask(company, "GET", "People('bob')/notes(1)").json["text"] == "bob 1"


@pytest.mark.parametrize(
    ("method", "body", "place"),
    [
        ("PATCH", {"values": []}, "value"),
        ("PATCH", {"value": [3]}, "value/0"),
        ("PATCH", {"value": [{"number": 1, "title": 5}]}, "value/0/title"),
        ("PATCH", {"value": [{"@removed": {"reason": "gone"}, "number": 1}]}, "value/0/@removed"),
        ("PATCH", {"value": [{"@removed": {"reason": "deleted"}}]}, "value/0"),
        ("PATCH", {"value": [{"@context": "#Orders/$link", "source": "Orders(1)", "relationship": "nobody",
                              "target": "Customers('a')"}]}, "value/0/relationship"),
        ("PATCH", {"value": [{"@context": "#Orders/$link", "relationship": "customer"}]}, "value/0/source"),
        ("PUT", {"value": [{"@removed": {"reason": "deleted"}, "number": 1}]}, "value/0"),
    ],
)  # fmt: skip
def test_changes_that_cannot_be_are_refused_with_their_place(method: str, body: object, place: str) -> None:
    with service_of(shop_schema()) as service:
        fill(service)
        before = tables(service)
        answer = ask(service, method, "Orders", body)
        assert (answer.status, answer.error["target"]) == (400, place)
        assert tables(service) == before


def test_a_member_that_fails_leaves_all_as_they_were_unless_the_others_are_to_go_on(law: Service) -> None:
    before = tables(law)
    assert ask(law, "DELETE", "Courts/$each").status == 409
    assert tables(law) == before
    answer = ask(law, "DELETE", "Courts/$each", prefer="continue-on-error")
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "continue-on-error")
    assert [(item["@odata.id"], item[EXCEPTION]["failedOperation"]) for item in answer.values] == [
        (f"{ROOT}Courts('A')", "delete")
    ]
    assert ask(law, "GET", "Courts").column("code") == ["A"]


def test_an_item_that_is_wrong_in_itself_fails_alone_where_others_go_on(shop: Service) -> None:
    body = {
        "@context": "#$delta",
        "value": [{"number": 7, "amount": "much"}, {"number": 8, "title": "new"}, {"@context": "#Orders/$link"}],
    }
    refused = ask(shop, "PATCH", "Orders", body, **V401)
    assert (refused.status, refused.error["target"]) == (400, "value/0/amount")
    answer = ask(shop, "PATCH", "Orders", body, prefer="continue-on-error", **V401)
    assert answer.status == 200
    wrong, made, unnamed = answer.values
    assert (wrong["number"], wrong["amount"], made["title"]) == (7, "much", "new")
    assert wrong[EXCEPTION]["responseCode"] == 400
    assert wrong["@removed"] == {"reason": "deleted"}
    assert (unnamed["@odata.context"], unnamed[EXCEPTION]["failedOperation"]) == (
        f"{ROOT}$metadata#Orders/$deletedLink",
        "link",
    )
    assert {7, 8} & {*numbers(shop, "Orders")} == {8}
