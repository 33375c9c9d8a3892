"""What every database does alike, seen from outside: writes, reads, and what is refused."""

from collections.abc import Iterator

import pytest

from odata_service.errors import PayloadError
from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import ROOT, ask, service_of
from tests.models import partners_schema
from tests.servers import FAMILIES, database_url
from tests.standing import standing_service

LINES = {"orderNumber": 1, "product": "Ä", "price": 12.5, "large": 2**62, "isGift": True, "picture": "AQI"}


@pytest.fixture(scope="module", params=FAMILIES)
def made(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, partners_schema) as service:
        yield service


@pytest.fixture
def service(made: Service) -> Service:
    """Two partners; the first has three customers, one customer has none."""
    store = made.store
    assert isinstance(store, DatabaseStore)
    quoted = store.mapping.family.dialect.quoted
    with store.transaction():
        for name in ("Customers", "Partners", "OrderLines"):
            store.connection().execute(f"DELETE FROM {quoted(name)}")
        upsert_rows(store, "Partners", ("id", "name"), [("p1", "One"), ("p2", "Two")])
        rows = [(f"c{n}", f"Customer {n}", partner, n) for n, partner in enumerate(("p1", "p1", "p1", None), 1)]
        upsert_rows(store, "Customers", ("id", "name", "partnerId", "employees"), rows)
    return made


def test_an_entity_is_created_read_changed_and_deleted(service: Service) -> None:
    created = ask(service, "POST", "OrderLines", LINES)
    assert (created.status, created.headers["Location"]) == (201, f"{ROOT}OrderLines(orderNumber=1,product='%C3%84')")
    address = "OrderLines(orderNumber=1,product='%C3%84')"
    found = ask(service, "GET", address)
    assert {name: found.json[name] for name in LINES} == LINES
    assert found.headers["ETag"] == created.headers["ETag"]
    changed = ask(service, "PATCH", address, {"price": -0.25, "isGift": None}, if_match=found.headers["ETag"])
    assert (changed.status, changed.json["price"], changed.json["isGift"]) == (200, -0.25, None)
    assert changed.json["large"] == 2**62
    assert ask(service, "DELETE", address, if_match=found.headers["ETag"]).status == 412
    assert ask(service, "DELETE", address, if_match=changed.headers["ETag"]).status == 204
    assert ask(service, "GET", address).status == 404


def test_a_change_that_changes_nothing_is_a_change(service: Service) -> None:
    before = ask(service, "GET", "Partners('p1')").headers["ETag"]
    answer = ask(service, "PATCH", "Partners('p1')", {"name": "One"}, if_match=before)
    assert (answer.status, answer.headers["ETag"] == before) == (200, False)


def test_a_key_that_is_taken_is_a_conflict(service: Service) -> None:
    assert ask(service, "POST", "Partners", {"id": "p1", "name": "again"}).status == 409
    assert ask(service, "POST", "Partners", {"id": "P1", "name": "another"}).status == 201
    assert ask(service, "POST", "Partners", {"id": "p1 ", "name": "a third"}).status == 201
    assert ask(service, "GET", "Partners?$orderby=id").column("id") == ["P1", "p1", "p1 ", "p2"]


def test_a_put_to_a_free_key_creates(service: Service) -> None:
    assert ask(service, "PUT", "Partners('new')", {"name": "New"}).status == 201
    assert ask(service, "PUT", "Partners('new')", {"name": "Newer"}).status == 200
    assert ask(service, "PUT", "Partners('other')", {"name": "x"}, if_match="*").status == 412
    assert ask(service, "PUT", "Partners('new')", {"name": "x"}, if_none_match="*").status == 412


def test_loaded_rows_are_created_or_changed(service: Service) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    before = ask(service, "GET", "Partners('p1')").headers["ETag"]
    with store.transaction():
        assert upsert_rows(store, "Partners", ("id", "name"), [("p1", "Eins"), ("p3", "Drei")]) == 2
    assert ask(service, "GET", "Partners?$orderby=id").column("name") == ["Eins", "Two", "Drei"]
    assert ask(service, "GET", "Partners('p1')").headers["ETag"] != before


def test_rows_that_fail_leave_the_transaction_usable(service: Service) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    with store.transaction():
        with pytest.raises(PayloadError):
            upsert_rows(store, "Partners", ("id", "name"), [("good", "x"), ("bad", None)])
        upsert_rows(store, "Partners", ("id", "name"), [("after", "failure")])
    assert ask(service, "GET", "Partners('after')").status == 200


def test_collections_are_expanded_paged_and_counted(service: Service) -> None:
    target = "Partners?$expand=customers($orderby=employees desc;$top=2;$count=true;$select=id)&$count=true&$orderby=id"
    first = ask(service, "GET", target, prefer="odata.maxpagesize=1").json
    assert (first["@odata.count"], first["value"][0]["customers@odata.count"]) == (2, 3)
    assert [customer["id"] for customer in first["value"][0]["customers"]] == ["c3"]
    rest = ask(service, "GET", first["value"][0]["customers@odata.nextLink"].removeprefix(ROOT)).json
    assert (rest["@odata.count"], [customer["id"] for customer in rest["value"]]) == (3, ["c2"])
    assert "@odata.nextLink" not in rest
    second = ask(service, "GET", first["@odata.nextLink"].removeprefix(ROOT)).json
    assert [(partner["id"], partner["customers"]) for partner in second["value"]] == [("p2", [])]
    assert ask(service, "GET", "Customers/$count?$filter=partner/name eq 'One'").body == b"3"
    assert ask(service, "GET", "Customers('c1')/partner").json["name"] == "One"
    assert ask(service, "GET", "Customers('c4')/partner").status == 204
    assert ask(service, "GET", "Partners('p1')/customers?$skip=1&$top=1&$orderby=id").column("id") == ["c2"]


def test_nulls_stand_below_every_value(service: Service) -> None:
    assert ask(service, "GET", "Customers?$orderby=partnerId,id").column("id") == ["c4", "c1", "c2", "c3"]
    assert ask(service, "GET", "Customers?$orderby=partnerId desc,id").column("id") == ["c1", "c2", "c3", "c4"]
    assert ask(service, "GET", "Customers?$filter=not (partnerId gt 'a')").column("id") == ["c4"]
    assert ask(service, "GET", "Customers?$filter=partnerId ne 'p1'").column("id") == ["c4"]


@pytest.mark.parametrize("condition", ["employees div 0 eq 1", "employees mod 0 eq 1", "employees div 0.0 eq 1"])
def test_what_has_no_value_fails_the_request(service: Service, condition: str) -> None:
    answer = ask(service, "GET", f"Customers?$filter={condition}")
    assert (answer.status, answer.error["code"] in {"ArithmeticFailure", "TypeMismatch"}) == (400, True)
    assert ask(service, "GET", "Customers/$count").body == b"4"


def test_a_cast_that_fails_is_null(service: Service) -> None:
    assert ask(service, "GET", "Customers/$count?$filter=cast(name,Edm.Int32) eq null").body == b"4"


def test_tables_are_found_again_as_they_were_made(service: Service) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    store.create()
    assert store.ready() is None
    assert len(store.secret("x")) == 32
    assert store.secret("x") == store.secret("x") != store.secret("y")


def test_every_read_has_a_plan(service: Service) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    query = resolve(parse_url("Partners", "$expand=customers&$filter=id gt 'a'"), store.schema)
    assert isinstance(query, Query)
    prepared = store.prepare_read(plan_read(query, store.schema))
    assert all(store.query_plan(statement, ("a",)) for statement in prepared.statements())


@pytest.mark.parametrize("family", ["postgresql"])
def test_a_text_with_nul_is_refused_by_postgresql(family: str) -> None:
    with standing_service(family, partners_schema) as service:
        answer = ask(service, "POST", "Partners", {"id": "a", "name": "x\0y"})
        assert (answer.status, answer.error["code"]) == (400, "PayloadError")
        assert ask(service, "GET", "Partners?$filter=name eq 'x%00y'").status == 400
        assert ask(service, "GET", "Partners").values == []


@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_a_statement_beyond_its_time_answers_503(family: str) -> None:
    rows = [(f"{n:05}", "x" * 100) for n in range(8_000)]
    with database_url(family) as url:
        with service_of(partners_schema(), url=url) as filled:
            assert isinstance(filled.store, DatabaseStore)
            for start in range(0, len(rows), 500):
                with filled.store.transaction():
                    upsert_rows(filled.store, "Partners", ("id", "name"), rows[start : start + 500])
        hasty = Settings(limits=Limits(statement_seconds=0.2))
        with service_of(partners_schema(), hasty, url) as service:
            slow = " and ".join(f"not contains(concat(tolower(name),'{n}'),concat('y','{n}'))" for n in range(90))
            answer = ask(service, "GET", f"Partners/$count?$filter={slow}")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert ask(service, "GET", "Partners/$count").body == b"8000"
