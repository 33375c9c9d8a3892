"""A law of functions that code carries out: SQL finds with them what the evaluator finds, which calls the same code."""

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.edm.computations import Code
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import ODataError
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Call, Entity, Service
from odata_service.url import parse_url
from tests.asking import ask
from tests.laws import examples
from tests.models import partners_schema
from tests.properties.test_filters import PARTNERS, ROWS, conditions, entities, fill, numbers, texts
from tests.servers import FAMILIES
from tests.standing import standing_service

Values = Sequence["PrimitiveValue | None"]
Customer = Annotated[Entity, "contoso.sales.Customer"]


def folded(text: str | None, by: int | None) -> int | None:
    return None if text is None or by is None else (len(text) * 7 + by) % 5


def doubled(employees: object) -> int | None:
    return employees * 2 if isinstance(employees, int) else None


calls = st.one_of(
    st.tuples(texts, numbers).map(lambda p: f"contoso.sales.Folded(text={p[0]},by={p[1]})"),
    st.just("contoso.sales.Doubled()"),
    st.just("$it/contoso.sales.Doubled()"),
    numbers.map(lambda inner: f"contoso.sales.Folded(text=name,by=contoso.sales.Folded(text=id,by={inner}))"),
    st.just("partner/customers/any(c:c/contoso.sales.Doubled() gt employees)").map(
        lambda test: f"case({test}:1,true:2)"
    ),
)
asking = st.tuples(calls, st.sampled_from(["eq", "ne", "gt", "le"]), numbers | st.just("null")).map(" ".join)
filters = st.one_of(
    asking,
    st.tuples(asking, st.sampled_from(["and", "or"]), conditions).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
    asking.map(lambda inner: f"not ({inner})"),
)


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, partners_schema) as made:

        @made.function("contoso.sales.Folded")
        def fold(call: Call, text: str | None, by: int | None) -> int | None:
            return folded(text, by)

        @made.function("contoso.sales.Doubled")
        def double(call: Call, customer: Customer) -> int | None:
            return doubled(customer["employees"])

        ask(made, "POST", "Partners", PARTNERS["p1"])
        yield made


def evaluated(service: Service, text: str, rows: list[dict[str, object]]) -> list[object]:
    """The ids of the customers that the evaluator finds, asking the same code."""
    query = resolve(parse_url("Customers", f"$filter={quote(text)}"), service.schema)
    assert isinstance(query, Query) and query.options.filter is not None, "a filter is a condition"
    partner = {**PARTNERS["p1"], "customers": [row for row in rows if row["partnerId"] == "p1"]}
    known = [{**row, "partner": partner if row["partnerId"] == "p1" else None} for row in rows]

    def work(code: Code, values: Values) -> PrimitiveValue | None:
        if code.name.startswith("contoso.sales.Folded"):
            return folded(*values)  # type: ignore[arg-type]  # as the function declares them
        (found,) = (row for row in rows if row["id"] == values[0])
        return doubled(found["employees"])

    evaluation = Evaluation(now="2025-01-01T00:00:00", work=work)
    return [row["id"] for row in known if evaluation.value(query.options.filter, row) is True]


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, filters)
def test_sql_asks_code_as_the_evaluator_does(
    service: Service, rows: list[tuple[PrimitiveValue | None, ...]], text: str
) -> None:
    fill(service, rows)
    answer = ask(service, "GET", f"Customers?$filter={quote(text)}&$select=id")
    try:
        expected = evaluated(service, text, entities(rows))
    except ODataError:
        return
    assert answer.status == 200, answer.body
    assert answer.column("id") == expected
