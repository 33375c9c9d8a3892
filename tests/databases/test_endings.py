"""What refers to an entity that is deleted does not refer to a later one of the same key; OnDelete is obeyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service import Call, Conflict, Entity, load_schema
from odata_service.service import Service
from odata_service.storage.database import DatabaseStore
from tests.asking import ask, service_of
from tests.servers import FAMILIES, database_url


def entity(name: str, content: str) -> str:
    return (
        f'<EntityType Name="{name}"><Key><PropertyRef Name="id"/></Key>'
        f'<Property Name="id" Type="Edm.Int32" Nullable="false"/>{content}</EntityType>'
    )


def of_customer(name: str, action: str, default: str = "") -> tuple[str, str]:
    """A way from the customer to entities that have its key, with what happens to these; and their type."""
    way = (
        f'<NavigationProperty Name="{name}" Type="Collection(s.{name})" Partner="customer">'
        f'<OnDelete Action="{action}"/></NavigationProperty>'
    )
    back = (
        f'<Property Name="customerId" Type="Edm.Int32" {default}/>'
        '<NavigationProperty Name="customer" Type="s.Customer" Partner="NAME">'
        '<ReferentialConstraint Property="customerId" ReferencedProperty="id"/></NavigationProperty>'
    ).replace("NAME", name)
    return way, back


ORDERS, ORDER = of_customer("Order", "Cascade")
NOTES, NOTE = of_customer("Note", "None")
VISITS, VISIT = of_customer("Visit", "SetNull")
CALLS, CALL = of_customer("Call", "SetDefault", 'DefaultValue="9"')
LINES = (
    '<NavigationProperty Name="lines" Type="Collection(s.Line)" Partner="order"><OnDelete Action="Cascade"/>'
    "</NavigationProperty>"
)
MODEL = (
    '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>'
    '<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">'
    + entity("Customer", ORDERS + NOTES + VISITS + CALLS)
    + entity(
        "Order", ORDER + LINES + '<NavigationProperty Name="papers" Type="Collection(s.Paper)" ContainsTarget="true"/>'
    )
    + entity("Paper", "")
    + entity("Line", '<NavigationProperty Name="order" Type="s.Order" Partner="lines"/>')
    + entity("Note", NOTE)
    + entity("Visit", VISIT)
    + entity("Call", CALL)
    + entity(
        "Person",
        '<NavigationProperty Name="boss" Type="s.Person"/>'
        '<NavigationProperty Name="teams" Type="Collection(s.Team)" Partner="members"/>',
    )
    + entity("Team", '<NavigationProperty Name="members" Type="Collection(s.Person)" Partner="teams"/>')
    + '<EntityContainer Name="C">'
    + "".join(
        f'<EntitySet Name="{name}s" EntityType="s.{name}"/>'
        for name in ("Customer", "Order", "Line", "Note", "Visit", "Call", "Person", "Team")
    )
    + "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
)


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """Three customers, three persons and three teams."""
    (tmp_path / "model.xml").write_text(MODEL, "utf-8")
    with database_url(request.param) as url, service_of(load_schema(tmp_path / "model.xml"), url=url) as made:
        for target in ("Customers", "Persons", "Teams"):
            for key in (1, 2, 3):
                post(made, target, id=key)
        yield made


def post(service: Service, target: str, **members: int) -> None:
    assert ask(service, "POST", target, members).status == 201


def execute(service: Service, statement: str) -> None:
    """Changes rows beside the service."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    store.connection().execute(statement.replace('"', store.mapping.family.dialect.quoted("x")[0]), ())


def papers(service: Service) -> int:
    """How many papers there are, whoever contains them."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    table = store.mapping.family.dialect.quoted("Order/papers")
    found = store.connection().execute(f"SELECT id FROM {table}", ()).fetchall()
    return len(found)


def delete(service: Service, target: str) -> int:
    return ask(service, "DELETE", target).status


def test_hidden_foreign_keys_become_null(service: Service) -> None:
    execute(service, 'UPDATE "Persons" SET "boss-id" = 1 WHERE "id" IN (1, 2)')
    assert delete(service, "Persons(1)") == 204
    post(service, "Persons", id=1)
    assert ask(service, "GET", "Persons(2)/boss").status == 204


def test_other_foreign_keys_stay(service: Service) -> None:
    execute(service, 'UPDATE "Persons" SET "boss-id" = 1 WHERE "id" = 2')
    assert delete(service, "Persons(3)") == 204
    assert ask(service, "GET", "Persons(2)/boss").json["id"] == 1


@pytest.mark.parametrize("deleted", ["Persons(1)", "Teams(2)"])
def test_pairs_go_with_either_side(service: Service, deleted: str) -> None:
    for person, team in ((1, 2), (1, 3), (2, 2), (2, 3)):
        execute(service, f'INSERT INTO "Persons-teams" VALUES ({person}, {team})')
    assert delete(service, deleted) == 204
    post(service, deleted.partition("(")[0], id=int(deleted[-2]))
    assert ask(service, "GET", f"{deleted}/{'teams' if 'Person' in deleted else 'members'}").values == []
    assert ask(service, "GET", "Persons(2)/teams?$filter=id eq 3").column("id") == [3]


def test_cascades_go_on_to_what_hangs_on_what_ends(service: Service) -> None:
    for key, customer in ((10, 1), (11, 1), (20, 2)):
        post(service, "Orders", id=key, customerId=customer)
        post(service, f"Orders({key})/papers", id=key)
        post(service, "Lines", id=key)
    execute(service, 'UPDATE "Lines" SET "order-id" = "id"')
    assert delete(service, "Customers(1)") == 204
    assert ask(service, "GET", "Orders").column("id") == [20]
    assert ask(service, "GET", "Lines").column("id") == [20]
    assert papers(service) == 1


def test_what_must_be_gone_before_is_a_conflict_and_nothing_is_deleted(service: Service) -> None:
    post(service, "Orders", id=10, customerId=1)
    post(service, "Notes", id=5, customerId=1)
    assert ask(service, "DELETE", "Customers(1)").refusal == (
        409,
        "The entity has related entities in 'Note', and does not end before they do. "
        "Delete these first, or relate them to another entity.",
    )
    assert ask(service, "GET", "Orders").column("id") == [10]
    assert ask(service, "GET", "Customers(1)").status == 200


def test_dependent_properties_become_null_or_their_default_and_the_version_moves_on(service: Service) -> None:
    post(service, "Visits", id=1, customerId=1)
    post(service, "Visits", id=2, customerId=2)
    post(service, "Calls", id=1, customerId=1)
    before = ask(service, "GET", "Visits").column("@odata.etag")
    assert delete(service, "Customers(1)") == 204
    after = ask(service, "GET", "Visits")
    assert after.column("customerId") == [None, 2]
    assert [old == new for old, new in zip(before, after.column("@odata.etag"), strict=True)] == [False, True]
    assert ask(service, "GET", "Calls(1)").json["customerId"] == 9


def test_a_condition_that_does_not_hold_lets_go_of_nothing(service: Service) -> None:
    execute(service, 'UPDATE "Persons" SET "boss-id" = 1 WHERE "id" = 2')
    assert ask(service, "DELETE", "Persons(1)", if_match='W/"1"').status == 412
    assert ask(service, "GET", "Persons(2)/boss").json["id"] == 1


def test_what_is_let_go_of_has_the_hooks_of_updates(service: Service) -> None:
    for number in (1, 2):
        post(service, "Visits", id=number, customerId=1)
    post(service, "Visits", id=3, customerId=2)
    post(service, "Calls", id=1, customerId=1)
    seen: list[tuple[str, str, object, object]] = []

    for name in ("Visits", "Calls"):

        @service.before_update(name)
        def before(call: Call, entity: Entity, values: dict[str, object], name: str = name) -> None:
            seen.append(("before", name, entity["id"], entity["customerId"]))

        @service.after_update(name)
        def after(call: Call, entity: Entity, name: str = name) -> None:
            seen.append(("after", name, entity["id"], entity["customerId"]))

    tag = ask(service, "GET", "Customers(1)").headers["ETag"]
    assert ask(service, "PATCH", "Customers(1)", {}).status == 200
    assert ask(service, "DELETE", "Customers(1)", if_match=tag).status == 412
    seen.clear()
    assert delete(service, "Customers(1)") == 204
    assert sorted(seen[:3]) == [("before", "Calls", 1, 1), ("before", "Visits", 1, 1), ("before", "Visits", 2, 1)]
    assert sorted(seen[3:], key=str) == [
        ("after", "Calls", 1, 9),
        ("after", "Visits", 1, None),
        ("after", "Visits", 2, None),
    ]


def test_a_hook_keeps_what_would_be_let_go_of(service: Service) -> None:
    post(service, "Visits", id=1, customerId=1)
    post(service, "Orders", id=1, customerId=1)

    @service.before_update("Visits")
    def keep(call: Call, visit: Entity, values: dict[str, object]) -> None:
        raise Conflict("A visit has its customer.")

    assert delete(service, "Customers(1)") == 409
    assert ask(service, "GET", "Visits(1)/customer").json["id"] == 1
    assert ask(service, "GET", "Orders/$count").body == b"1"
