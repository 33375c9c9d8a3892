"""Laws of existing tables: in every form columns are filtered and ordered as the evaluator does, and come back."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.edm.values import PrimitiveValue
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.databases.asking import service_over
from tests.databases.build import from_script
from tests.laws import examples

SCRIPT = """
CREATE TABLE things (
    id INTEGER PRIMARY KEY, spaced DATETIME, iso DATETIME, zoned DATETIME, epoch TIMESTAMP, millis TIMESTAMP, day DATE,
    clock TIME, price NUMERIC(12, 2), flag BOOLEAN, guid UUID, upper UUID, folded TEXT COLLATE NOCASE
);
INSERT INTO things VALUES (
    1, '2009-01-31 13:30:00', '2009-01-31T13:30:00', '2009-01-31T13:30:00Z', 1233408600, 1233408600000,
    '2009-01-31 00:00:00', '13:30:00.5', 12.5, 'Y', x'000102030405060708090a0b0c0d0e0f',
    '00010203-0405-0607-0809-0A0B0C0D0E0F', 'Text'
);
"""
INSTANTS = st.sampled_from(
    ["1969-12-31T23:59:59", "2009-01-31T13:30:00", "2009-01-31T13:30:00.5", "2024-02-29T00:00:00"]
)
GUIDS = st.sampled_from(["00010203-0405-0607-0809-0a0b0c0d0e0f", "ff010203-0405-0607-0809-0a0b0c0d0e0f"])
VALUES: dict[str, st.SearchStrategy[PrimitiveValue]] = {
    "spaced": INSTANTS,
    "iso": INSTANTS,
    "zoned": INSTANTS,
    "epoch": INSTANTS,
    "millis": INSTANTS,
    "day": st.sampled_from(["2009-01-31", "2024-02-29"]),
    "clock": st.sampled_from(["00:00:00", "13:30:00.5", "23:59:59"]),
    "price": st.sampled_from([Decimal(0), Decimal("-3.5"), Decimal("12.5"), Decimal("0.1"), Decimal(100)]),
    "flag": st.booleans(),
    "guid": GUIDS,
    "upper": GUIDS,
    "folded": st.sampled_from(["text", "Text", "", "ä", "Ä"]),
}
LITERALS = {
    **dict.fromkeys(("spaced", "iso", "zoned", "epoch", "millis"), lambda value: f"{value}Z"),
    "folded": lambda value: f"'{value}'",
    "flag": lambda value: str(value).lower(),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=6)
Row = dict[str, PrimitiveValue | None]


def comparison(name: str) -> st.SearchStrategy[str]:
    """A comparison of one column with a value, with null, or with another column of its kind."""
    literal = VALUES[name].map(lambda value: LITERALS.get(name, str)(value))
    others = [other for other in VALUES if VALUES[other] is VALUES[name]]
    operand = literal | st.just("null") | st.sampled_from(others)
    operators = st.sampled_from(
        ["eq", "ne"] if name in {"flag", "guid", "upper"} else ["eq", "ne", "gt", "ge", "lt", "le"]
    )
    return st.tuples(st.just(name), operators, operand).map(" ".join)


conditions = st.recursive(
    st.sampled_from(sorted(VALUES)).flatmap(comparison)
    | st.sampled_from(
        ["flag", "year(epoch) eq 2009", "price add 1 gt 1.1", "tolower(folded) eq 'text'", "hour(clock) lt 14"]
    ),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | inner.map(lambda x: f"not ({x})")
    ),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path: Path = from_script(SCRIPT, tmp_path_factory.mktemp("existing") / "existing.db")
    with service_over(path) as made:
        yield made


def fill(service: Service, rows: list[Row]) -> None:
    store = service.store
    with store.transaction():
        store.connection().execute("DELETE FROM things")  # type: ignore[attr-defined]  # a database store
        values = [(number, *(row[name] for name in VALUES)) for number, row in enumerate(rows)]
        upsert_rows(store, "things", ("id", *VALUES), values)  # type: ignore[arg-type]  # a database store


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, conditions)
def test_existing_columns_are_filtered_as_the_evaluator_does(service: Service, rows: list[Row], condition: str) -> None:
    fill(service, rows)
    query = resolve(parse_url("things", f"$filter={quote(condition)}"), service.schema)
    assert isinstance(query, Query) and query.options.filter is not None
    evaluation = Evaluation(now="2025-01-01T00:00:00")
    expected = [number for number, row in enumerate(rows) if evaluation.value(query.options.filter, row) is True]
    answer = ask(service, "GET", f"things?$filter={quote(condition)}&$select=id")
    assert answer.status == 200, answer.body
    assert answer.column("id") == expected


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from(sorted(VALUES)), st.booleans(), st.integers(1, 3))
def test_pages_of_an_existing_table_joined_are_the_whole_in_its_order(
    service: Service, rows: list[Row], name: str, descending: bool, size: int
) -> None:
    fill(service, rows)
    target: str | None = f"things?$orderby={name}{' desc' if descending else ''}&$select=id"
    joined: list[int] = []
    while target is not None:
        page = ask(service, "GET", target, prefer=f"odata.maxpagesize={size}")
        joined += page.column("id")
        link = page.json.get("@odata.nextLink")
        target = None if link is None else link.removeprefix(ROOT)
    assert joined == sorted(range(len(rows)), key=lambda number: _order_key(rows[number][name]), reverse=descending)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_values_of_existing_columns_come_back(service: Service, rows: list[Row]) -> None:
    fill(service, rows)
    for name in VALUES:
        found = ask(service, "GET", f"things?$select={name}&$orderby=id").column(name)
        assert found == [_json(name, row[name]) for row in rows]


def _json(name: str, value: PrimitiveValue | None) -> object:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    return str(value) + "Z" if VALUES[name] is INSTANTS else value


def _order_key(value: object) -> tuple[bool, object]:
    return (value is not None, 0 if value is None else value)
