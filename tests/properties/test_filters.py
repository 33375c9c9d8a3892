"""Laws of queries: SQL filters and orders as the evaluator does, and pages joined are the whole."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.edm.values import PrimitiveValue
from odata_service.errors import ODataError
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Entity, Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.laws import examples
from tests.models import partners_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

COLUMNS = ("id", "name", "employees", "isActive", "since", "partnerId")
TEXTS = st.sampled_from(["", "a", "A", "ä", "Straße", "O'Brien", "100%", "a_b", "x\\y", "  pad ", "日本"])
NUMBERS = st.integers(-5, 5)
INSTANTS = st.sampled_from(["2023-12-31T23:59:59.9999999", "2024-01-01T00:00:00", "2024-02-29T12:30:15.5"])
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | NUMBERS,
        st.none() | st.booleans(),
        st.none() | INSTANTS,
        st.sampled_from(["p1", None]),
    ),
    min_size=1,
    max_size=8,
)
PARTNERS = {"p1": {"id": "p1", "name": "Partner a"}}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


numbers = st.recursive(
    st.sampled_from(["employees", "length(name)", "year(since)", "indexof(name,'a')"]) | NUMBERS.map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["add", "sub", "mul", "div", "mod"]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda x: f"-({x})"),
        inner.map(lambda x: f"case(isActive:{x},true:1)"),
    ),
    max_leaves=3,
)
texts = st.recursive(
    st.sampled_from(["name", "partner/name", "id"]) | TEXTS.map(quoted),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["tolower", "toupper", "trim"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"concat({p[0]},{p[1]})"),
        st.tuples(inner, st.sampled_from(["a", "ä", "aa", "%", ""]), st.sampled_from(["", "b", "A'' "])).map(
            lambda p: f"odata.service.replace({p[0]},'{p[1]}','{p[2]}')"
        ),
        st.tuples(inner, NUMBERS).map(lambda p: f"substring({p[0]},{p[1]})"),
        st.tuples(inner, NUMBERS, st.integers(0, 3)).map(lambda p: f"substring({p[0]},{p[1]},{p[2]})"),
    ),
    max_leaves=3,
)
instants = st.sampled_from(["since", "since add duration'PT12H'", "now()", "null"]) | INSTANTS.map(
    lambda text: text + "Z"
)
comparisons = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
conditions = st.recursive(
    st.one_of(
        st.tuples(numbers, comparisons, numbers | st.just("null")).map(" ".join),
        st.tuples(texts, comparisons, texts | st.just("null")).map(" ".join),
        st.tuples(instants, comparisons, instants).map(" ".join),
        st.tuples(st.sampled_from(["contains", "startswith", "endswith"]), texts, texts).map(
            lambda p: f"{p[0]}({p[1]},{p[2]})"
        ),
        st.sampled_from(
            ["isActive", "isActive eq false", "partner eq null", "name in ('a',null,'ä')", "employees in (1,2,3)"]
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda x: f"not ({x})"),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, partners_schema) as made:
        ask(made, "POST", "Partners", PARTNERS["p1"])
        yield made


def entities(rows: list[tuple[PrimitiveValue | None, ...]]) -> list[dict[str, object]]:
    named = [dict(zip(COLUMNS, (f"c{number}", *row), strict=True)) for number, row in enumerate(rows)]
    return [{**entity, "partner": PARTNERS.get(str(entity["partnerId"]))} for entity in named]


def fill(service: Service, rows: list[tuple[PrimitiveValue | None, ...]]) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    with store.transaction():
        store.connection().execute(f"DELETE FROM {store.mapping.family.dialect.quoted('Customers')}")
        values = [(f"c{number}", *row) for number, row in enumerate(rows)]
        upsert_rows(store, "Customers", COLUMNS, values)


def evaluated(service: Service, filter_text: str, entity: Entity) -> object:
    query = resolve(parse_url("Customers", f"$filter={quote(filter_text)}"), service.schema)
    assert isinstance(query, Query)
    assert query.options.filter is not None
    return Evaluation(now="2025-01-01T00:00:00").value(query.options.filter, entity)


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, conditions)
def test_sql_filters_as_the_evaluator_does(
    service: Service, rows: list[tuple[PrimitiveValue | None, ...]], filter_text: str
) -> None:
    fill(service, rows)
    answer = ask(service, "GET", f"Customers?$filter={quote(filter_text)}&$select=id")
    try:
        expected = [entity["id"] for entity in entities(rows) if evaluated(service, filter_text, entity) is True]
    except ODataError:
        return
    assert answer.status == 200, answer.body
    assert answer.column("id") == expected


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ROWS,
    st.lists(
        st.tuples(st.sampled_from(COLUMNS[1:]), st.booleans()), min_size=1, max_size=3, unique_by=lambda item: item[0]
    ),
    st.integers(1, 4),
)
def test_pages_joined_are_the_whole_in_its_order(
    service: Service, rows: list[tuple[PrimitiveValue | None, ...]], order: list[tuple[str, bool]], size: int
) -> None:
    fill(service, rows)
    items = ",".join(f"{name}{' desc' if descending else ''}" for name, descending in order)
    whole = ask(service, "GET", f"Customers?$orderby={items}&$select=id").column("id")
    target: str | None = f"Customers?$orderby={items}&$select=id"
    joined: list[str] = []
    while target is not None:
        page = ask(service, "GET", target, prefer=f"odata.maxpagesize={size}")
        joined += page.column("id")
        link = page.json.get("@odata.nextLink")
        target = None if link is None else link.removeprefix(ROOT)
    expected = entities(rows)
    for name, descending in reversed(order):
        expected.sort(key=lambda entity: _order_key(entity[name]), reverse=descending)  # used at once
    assert joined == whole == [entity["id"] for entity in expected]


def _order_key(value: object) -> tuple[bool, object]:
    return (value is not None, 0 if value is None else value)
