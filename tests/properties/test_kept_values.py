"""Laws of keeping: every value of every primitive type comes back from each database as it went in."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.edm.temporal import LAST_TICK, TICKS_PER_DAY, instant_of_ticks, time_of_ticks
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import Field, ReadPlan
from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import store_of
from tests.laws import examples
from tests.models import partners_schema
from tests.servers import FAMILIES, database_url

INT64 = st.integers(-(2**63), 2**63 - 1)
INSTANTS = st.integers(0, LAST_TICK).map(instant_of_ticks) | st.sampled_from(
    ["0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999", "2016-12-31T23:59:59.0000001"]
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40) | st.sampled_from(
    ["", " ", "a ", "\t\n\r", "'", '"', "\\", "\\'", "%s %% {0}", "\U0010ffff", "\ufeff", "e\u0301"]
)
VALUES: dict[str, st.SearchStrategy[PrimitiveValue]] = {
    "customerId": TEXTS,
    "small": st.integers(-(2**15), 2**15 - 1),
    "large": INT64 | st.sampled_from([-(2**63), 2**63 - 1]),
    "unsigned": st.integers(0, 255),
    "signed": st.integers(-128, 127),
    "single": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "price": st.decimals(allow_nan=False, allow_infinity=False, places=15, min_value=-(10**15), max_value=10**15)
    | st.sampled_from([Decimal("0." + "0" * 29 + "1"), Decimal("9" * 30), Decimal("-1E+34"), Decimal("0.00")]),
    "token": st.uuids().map(str),
    "ordered": INSTANTS.map(lambda instant: instant[:10]),
    "cutOff": st.integers(0, TICKS_PER_DAY - 1).map(time_of_ticks),
    "lead": INT64,
    "shipped": INSTANTS,
    "picture": st.binary(max_size=40),
    "isGift": st.booleans(),
}
ROWS = st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()})


@pytest.fixture(scope="module", params=FAMILIES)
def store(request: pytest.FixtureRequest) -> Iterator[DatabaseStore]:
    with database_url(request.param) as url, store_of(partners_schema(), Settings(), url=url) as made:
        yield made


def plan_of(store: DatabaseStore, options: str) -> ReadPlan:
    query = resolve(parse_url("OrderLines", options), store.schema)
    assert isinstance(query, Query)
    return plan_read(query, store.schema)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, ROWS)
def test_values_come_back_as_they_went_in(
    store: DatabaseStore, product: str, row: dict[str, PrimitiveValue | None]
) -> None:
    with store.transaction():
        store.connection().execute(f"DELETE FROM {store.mapping.family.dialect.quoted('OrderLines')}")
        upsert_rows(store, "OrderLines", ("orderNumber", "product", *row), [(1, product, *row.values())])
    plan = plan_of(store, f"$select=orderNumber,product,{','.join(row)}")
    (found,) = store.read(store.prepare_read(plan), (), page_size=1).rows
    shown = {field.name: found[field.index] for field in plan.shape.fields if isinstance(field, Field)}
    assert shown == {"orderNumber": 1, "product": product, **row}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(set(VALUES) - {"picture"})), st.data())
def test_values_are_in_the_order_that_they_have_in_python(store: DatabaseStore, name: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[name], min_size=1, max_size=12))
    with store.transaction():
        store.connection().execute(f"DELETE FROM {store.mapping.family.dialect.quoted('OrderLines')}")
        upsert_rows(store, "OrderLines", ("orderNumber", "product", name), [(n, "p", v) for n, v in enumerate(values)])
    plan = plan_of(store, f"$select=orderNumber&$orderby={name}")
    rows = store.read(store.prepare_read(plan), (), page_size=20).rows
    (field,) = plan.shape.fields
    assert isinstance(field, Field)
    nulls = [number for number, value in enumerate(values) if value is None]
    known = [number for number, value in enumerate(values) if value is not None]
    expected = nulls + sorted(known, key=lambda number: values[number])  # type: ignore[arg-type,return-value]  # of one type
    assert [row[field.index] for row in rows] == expected
