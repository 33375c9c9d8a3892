"""Laws of operations: in every database each function, operator and cast has the value that the evaluator gives it."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

import pytest

from odata_service.edm.temporal import TICKS_PER_DAY
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value
from odata_service.errors import ODataError
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.semantics.tree import Binary
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import Answer, ask
from tests.models import partners_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

Row = dict[str, PrimitiveValue | None]

COLUMNS = (
    ("customerId", ("", "a", "ß", "Ä b", "  pad\t\u2003", "O'Brien", "100%", "x\\y", "日本", "😀é", "aXbXc")),
    ("small", (0, 3, -1, 7, -9, 2, None)),
    ("large", (0, 128, -17, 2**31, -(2**40), 1, -128)),
    ("unsigned", (2, 0, 9, 1, 3, None)),
    ("double", (0.0, 0.5, -2.5, 2.5, 0.1, 1e-7, 123456.75, 1e15, -123456789012345680.0, 3.0, 1.5e-12, 9e30)),
    ("price", tuple(map(Decimal, ("0", "1", "-2.5", "2.5", "0.125", "-0.004", "1234567.89", "100")))),
    ("token", ("00010203-0405-0607-0809-0a0b0c0d0e0f", None)),
    ("ordered", ("0001-01-01", "2023-12-31", "2024-02-29", "9999-12-31")),
    ("cutOff", ("00:00:00", "13:30:05.25", "23:59:59.9999999")),
    ("lead", (0, 1, -1, 36_000_000_000, -TICKS_PER_DAY, 5 * TICKS_PER_DAY + 1_234_567, 15_000_000)),
    ("shipped", ("0001-01-01T00:00:00", "2024-02-29T12:30:15.5", "9999-12-31T23:59:59.9999999", "1969-12-31T23:59:59")),
    ("picture", (b"", b"\x00", b"\xff\xfe\x80", b"abcd", None)),
    ("isGift", (True, False, None)),
)
ROWS: list[Row] = [
    *({name: values[number % len(values)] for name, values in COLUMNS} for number in range(14)),
    {name: None for name, _ in COLUMNS},
]
EXPRESSIONS = (
    "concat(customerId,'x')",
    "contains(customerId,'X')",
    "startswith(concat(customerId,product),customerId)",
    "endswith(customerId,concat('',substring(customerId,1)))",
    "indexof(customerId,'b')",
    "length(concat(customerId,'ä'))",
    "substring(concat(customerId,'end'),small)",
    "substring(customerId,small,unsigned)",
    "tolower(concat(customerId,'Ö'))",
    "toupper(customerId)",
    "trim(customerId)",
    "date(shipped)",
    "time(shipped)",
    "year(shipped)",
    "month(shipped)",
    "day(shipped)",
    "hour(shipped)",
    "minute(shipped)",
    "second(shipped)",
    "fractionalseconds(shipped)",
    "totaloffsetminutes(shipped)",
    "year(ordered)",
    "month(ordered)",
    "day(date(shipped))",
    "hour(cutOff)",
    "minute(time(shipped))",
    "second(cutOff)",
    "fractionalseconds(cutOff)",
    "totalseconds(lead)",
    "round(price)",
    "floor(price)",
    "ceiling(price)",
    "round(double)",
    "floor(double)",
    "ceiling(double)",
    "round(small)",
    "large add small",
    "large sub small",
    "(large mul 3) mul small",
    "large div small",
    "(large add 1) div (small add 1)",
    "large mod small",
    "(large sub 1) mod (unsigned mul 1)",
    "-large",
    "small divby 4",
    "price add 1.5",
    "price sub small",
    "price mul 1.25",
    "price div 8",
    "price div unsigned mul 0",
    "price mod 3",
    "-price",
    "double add 0.5",
    "double sub small",
    "double mul 2.0",
    "double div 4.0",
    "double div small eq 1e0",
    "(double add 0e0) div (small mul 0) gt 1e0",
    "double mod 2.0",
    "-double",
    "shipped add lead",
    "(shipped add lead) sub lead",
    "shipped sub lead",
    "shipped sub 2000-01-01T00:00:00.5Z",
    "ordered add lead",
    "ordered sub lead",
    "ordered sub 2000-02-29",
    "lead add lead",
    "lead sub duration'P1D'",
    "lead mul small",
    "small mul lead",
    "lead mul 1.5",
    "lead mul 0.5e0",
    "lead div 4",
    "lead div 0.5",
    "lead div small",
    "lead divby 8e0",
    "-lead",
    "shipped gt maxdatetime()",
    "shipped ge mindatetime()",
    "case(isGift:small,small gt 0:1,true:null)",
    "case(isGift:null,true:customerId)",
    "small gt null",
    "concat(null,customerId)",
    "length(concat(null,null))",
    "cast(small,Edm.String)",
    "cast(price,Edm.String)",
    "cast(double,Edm.String)",
    "cast(isGift,Edm.String)",
    "cast(token,Edm.String)",
    "cast(picture,Edm.String)",
    "cast(ordered,Edm.String)",
    "cast(cutOff,Edm.String)",
    "cast(shipped,Edm.String)",
    "cast(lead,Edm.String)",
    "cast(price,Edm.Int32)",
    "cast(double,Edm.Int64)",
    "cast(double,Edm.Decimal)",
    "cast(large,Edm.SByte)",
    "cast(large,Edm.Double)",
    "cast(customerId,Edm.Int32)",
    "cast(cast(small,Edm.String),Edm.Byte)",
    "cast(cast(price,Edm.String),Edm.Decimal)",
    "cast(cast(double,Edm.String),Edm.Double)",
    "cast(cast(isGift,Edm.String),Edm.Boolean)",
    "cast(toupper(cast(token,Edm.String)),Edm.Guid)",
    "cast(cast(ordered,Edm.String),Edm.Date)",
    "cast(cast(cutOff,Edm.String),Edm.TimeOfDay)",
    "cast(cast(shipped,Edm.String),Edm.DateTimeOffset)",
    "cast(cast(lead,Edm.String),Edm.Duration)",
    "cast(cast(picture,Edm.String),Edm.Binary)",
    *(
        f"cast(concat('{text}',substring(customerId,9)),Edm.{name})"
        for text, name in (
            ("tRuE", "Boolean"),
            ("yes", "Boolean"),
            ("+7", "Int16"),
            (" 7", "Int16"),
            ("128", "SByte"),
            ("7.0", "Int32"),
            ("-1.50e1", "Decimal"),
            ("1,5", "Decimal"),
            ("INF", "Double"),
            ("-1.5e-3", "Double"),
            ("0x1", "Double"),
            ("1e999", "Double"),
            ("-1e400", "Double"),
            ("1e-999", "Double"),
            ("1e39", "Single"),
            ("1e-50", "Single"),
            ("0.1", "Single"),
            ("1e500", "Decimal"),
            ("99999999999999999999", "Int64"),
            ("2024-02-30", "Date"),
            ("1900-02-29", "Date"),
            ("2000-02-29", "Date"),
            ("2023-02-29T00:00:00Z", "DateTimeOffset"),
            ("9999-12-31T23:59:59-00:01", "DateTimeOffset"),
            ("P99999999D", "Duration"),
            ("{00010203-0405-0607-0809-0a0b0c0d0e0f}", "Guid"),
            ("2023-02-29", "Date"),
            ("0000-01-01", "Date"),
            ("24-1-1", "Date"),
            ("13:30", "TimeOfDay"),
            ("13:30:00.1200", "TimeOfDay"),
            ("24:00:00", "TimeOfDay"),
            ("13:30:00.12345678", "TimeOfDay"),
            ("2024-03-01T00:30:00.50+01:00", "DateTimeOffset"),
            ("2024-03-01t00:30z", "DateTimeOffset"),
            ("0001-01-01T00:00:00+00:01", "DateTimeOffset"),
            ("2024-03-01T00:30:00", "DateTimeOffset"),
            ("-P1DT2H3M4.0000005S", "Duration"),
            ("P", "Duration"),
            ("PT", "Duration"),
            ("P1Y", "Duration"),
            ("AQI", "Binary"),
            ("AQI=", "Binary"),
            ("A", "Binary"),
            ("A+B/", "Binary"),
        )
    ),
)


FAILURES = {"ArithmeticFailure"}


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, partners_schema) as made:
        store = made.store
        assert isinstance(store, DatabaseStore)
        rows = [(number, "p", *row.values()) for number, row in enumerate(ROWS)]
        with store.transaction():
            upsert_rows(store, "OrderLines", ("orderNumber", "product", *ROWS[0]), rows)
        yield made


def evaluated(service: Service, expression: str, row: Row) -> tuple[PrimitiveValue | None, TypeRef]:
    """The value of an expression and its type, by way of a comparison with null."""
    query = resolve(parse_url("OrderLines", f"$filter={quote(f'({expression}) eq null')}"), service.schema)
    assert isinstance(query, Query) and isinstance(query.options.filter, Binary)
    node = query.options.filter.left
    return Evaluation().value(node, {"orderNumber": 1, "product": "p", **row}), node.type


def literal(value: PrimitiveValue | None, type_ref: TypeRef) -> str:
    """A value as an expression writes it."""
    if value is None:
        return "null"
    text = print_value(value, type_ref)
    match kind_of(type_ref):
        case Kind.STRING:
            return "'" + text.replace("'", "''") + "'"
        case Kind.DURATION:
            return f"duration'{text}'"
        case Kind.BINARY:
            return f"binary'{text}'"
        case Kind.FLOAT if "e" not in text and "N" not in text:
            return f"{text}e0"
        case _:
            return text


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_operation_has_the_value_that_the_evaluator_gives_it(service: Service, expression: str) -> None:
    for number, row in enumerate(ROWS):
        try:
            value, type_ref = evaluated(service, expression, row)
        except ODataError:
            answer = asked(service, number, f"({expression}) eq null")
            assert (answer.status, answer.json.get("error", {}).get("code") in FAILURES) == (400, True), row
            continue
        answer = asked(service, number, f"({expression}) eq {literal(value, type_ref)}")
        assert answer.status == 200, (answer.body, row)
        assert answer.column("orderNumber") == [number], (value, row)


def asked(service: Service, number: int, condition: str) -> Answer:
    """What a filter finds in one row; others may fail."""
    return ask(service, "GET", f"OrderLines?$filter=orderNumber eq {number} and {quote(condition)}")
