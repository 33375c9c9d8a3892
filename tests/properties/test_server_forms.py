"""Laws of existing tables on servers: in every form columns are filtered and ordered as the evaluator does."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest

from odata_service.csdl import write_xml
from odata_service.definition import load_schema
from odata_service.edm.annotations import FORMAT
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue, print_value
from odata_service.plan.model import Field
from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.bulk import upsert_rows
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.databases.servers import RUN
from tests.servers import database_url

Row = dict[str, PrimitiveValue | None]

INSTANTS = ("1969-12-31T23:59:59", "2009-01-31T13:30:00", "2009-01-31T13:30:00.5", None, "2024-02-29T00:00:00.000001")
DECIMALS = (Decimal("-3.5"), Decimal(0), Decimal("12.5"), None, Decimal("0.001"))
TEXTS = ("text", "Text", "", None, "ä", "Ä", "O'Brien")
DURATIONS = (0, -900_000_000, 936_000_000_000, None, 5_000_000)
GUIDS = ("ff010203-0405-0607-0809-0a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e0f", None)
SCRIPTS = {
    "postgresql": """
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'Merry');
        CREATE TABLE things (
            id integer PRIMARY KEY, plain timestamp, zoned timestamptz, clock time, wait interval, feels mood,
            note jsonb, flag bit(1), yes boolean, guid uuid, price numeric(12, 3), small smallint, code char(8),
            word varchar(20), half real, day date
        )
    """,
    "mariadb": """
        CREATE TABLE things (
            id INT PRIMARY KEY, plain DATETIME(6), zoned TIMESTAMP(6) NULL, wait TIME(6),
            feels ENUM('sad', 'ok', 'Merry'), flag BIT(1), yes BOOLEAN, guid UUID, price DECIMAL(12, 3), small SMALLINT,
            big BIGINT UNSIGNED, code CHAR(8), word VARCHAR(20) CHARACTER SET latin1, half DOUBLE, day DATE
        )
    """,
}
VALUES: dict[str, tuple[PrimitiveValue | None, ...]] = {
    "plain": INSTANTS,
    "zoned": ("1971-01-01T00:00:00", *INSTANTS[1:]),
    "clock": ("00:00:00", "13:30:00.5", None, "23:59:59"),
    "wait": DURATIONS,
    "feels": ("sad", "Merry", None, "ok"),
    "note": ("[]", '{"a": 1}', None),
    "flag": (True, None, False),
    "yes": (False, None, True),
    "guid": GUIDS,
    "price": DECIMALS,
    "small": (-1, 0, None, 32767),
    "big": (Decimal(0), Decimal(2**64 - 1), None),
    "code": tuple(text for text in TEXTS),
    "word": TEXTS,
    "half": (0.5, -2.0, None, 0.0),
    "day": ("2009-01-31", "0001-01-01", None, "9999-12-31"),
}
EXPRESSIONS = (
    "year(plain) eq 2009",
    "fractionalseconds(zoned) gt 0",
    "plain add wait gt 2009-01-31T13:30:00Z",
    "zoned sub plain eq duration'PT0S'",
    "totalseconds(wait) gt 0.25",
    "wait mul 2 gt duration'P1D'",
    "-wait gt duration'PT0S'",
    "startswith(feels,'M')",
    "tolower(code) eq 'text'",
    "contains(word,'ä')",
    "concat(code,word) eq 'textText'",
    "code eq word",
    "word in ('text','Ä',null)",
    "not flag",
    "flag or yes",
    "flag eq yes",
    "price add small gt 0",
    "price mul 2 eq -7",
    "small mul small gt 1000000",
    "small sub 1 lt -1",
    "round(half) eq 1",
    "half gt small",
    "month(day) eq 1",
    "day sub 2009-01-31 gt duration'P1D'",
    "cast(guid,Edm.String) gt 'a'",
    "cast(price,Edm.String) eq '12.5'",
)


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A service over a table of others, with rows of ours."""
    with database_url(request.param) as url:
        RUN[request.param](url, SCRIPTS[request.param])
        schema = load_schema(url)
        store = open_store(url, schema)
        store.create()
        rows = rows_of(store)
        with store.transaction():
            upsert_rows(store, "things", ("id", *rows[0]), [(number, *row.values()) for number, row in enumerate(rows)])
        yield Service(schema, store)
        store.close()


def store_of(service: Service) -> DatabaseStore:
    assert isinstance(service.store, DatabaseStore)
    return service.store


def rows_of(store: DatabaseStore) -> list[Row]:
    (entity_set,) = store.schema.container.entity_sets.values()
    names = [name for name in store.schema.properties(entity_set.entity_type) if name != "id"]
    return [
        *({name: VALUES[name][number % len(VALUES[name])] for name in names} for number in range(12)),
        dict.fromkeys(names),
    ]


def columns_of(service: Service) -> list[str]:
    return list(rows_of(store_of(service))[0])


def found(service: Service, condition: str) -> list[int]:
    answer = ask(service, "GET", f"things?$filter={quote(condition)}&$select=id")
    assert answer.status == 200, (condition, answer.body)
    numbers: list[int] = answer.column("id")
    return numbers


def expected(service: Service, condition: str) -> list[int]:
    query = resolve(parse_url("things", f"$filter={quote(condition)}"), service.schema)
    assert isinstance(query, Query) and query.options.filter is not None
    evaluation = Evaluation()
    rows = enumerate(rows_of(store_of(service)))
    return [number for number, row in rows if evaluation.value(query.options.filter, {"id": number, **row}) is True]


@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_numbers_that_count_from_1970_are_instants_where_the_definition_says_so(family: str, tmp_path: Path) -> None:
    with database_url(family) as url:
        RUN[family](url, "CREATE TABLE events (id INT PRIMARY KEY, at BIGINT, ms BIGINT)")
        text = write_xml(load_schema(url), "4.01", storage=True).decode()
        for name, form in (("at", "epoch"), ("ms", "epoch-milliseconds")):
            stated = f'<Property Name="{name}" Type="Edm.Int64">'
            assert stated in text
            annotation = f'<Annotation Term="{FORMAT}" String="{form}"/>'
            text = text.replace(stated, stated.replace("Int64", "DateTimeOffset") + annotation)
        document = tmp_path / "events.xml"
        document.write_text(text, "utf-8")
        schema = load_schema(document)
        store = open_store(url, schema)
        store.create()
        service = Service(schema, store)
        for number, at in enumerate(("1969-12-31T23:59:59Z", "2009-01-31T13:30:00Z", None)):
            made = ask(service, "POST", "events", {"id": number, "at": at, "ms": at})
            assert (made.status, made.json["at"], made.json["ms"]) == (201, at, at)
        assert ask(service, "GET", "events?$filter=at lt 1970-01-01T00:00:00Z and year(ms) eq 1969").column("id") == [0]
        assert ask(service, "GET", "events?$orderby=at desc").column("id") == [1, 0, 2]
        assert ask(service, "GET", "events?$filter=at eq ms and hour(at) eq 13").column("id") == [1]
        store.close()


def test_values_come_back_as_they_went_in(service: Service) -> None:
    store = store_of(service)
    query = resolve(parse_url("things", "$orderby=id"), store.schema)
    assert isinstance(query, Query)
    plan = plan_read(query, store.schema)
    rows = store.read(store.prepare_read(plan), (), page_size=100).rows
    fields = {field.name: field.index for field in plan.shape.fields if isinstance(field, Field)}
    for row, kept in zip(rows, rows_of(store), strict=True):
        shown = {name: row[fields[name]] for name in kept}
        assert {**shown, "code": str(shown["code"]).rstrip() if shown["code"] is not None else None} == kept


def test_columns_are_compared_as_the_evaluator_does(service: Service) -> None:
    declared = service.schema.properties(next(iter(service.schema.container.entity_sets.values())).entity_type)
    for name in columns_of(service):
        kind = kind_of(declared[name].type)
        operators = ["eq", "ne"] if kind in {Kind.BOOLEAN, Kind.GUID} else ["eq", "ne", "gt", "ge", "lt", "le"]
        for value in VALUES[name]:
            for operator in operators:
                condition = f"{name} {operator} {'null' if value is None else _literal(value, kind, name, service)}"
                assert found(service, condition) == expected(service, condition), condition
                negated = f"not ({condition})"
                assert found(service, negated) == expected(service, negated), negated


def _literal(value: PrimitiveValue, kind: Kind | None, name: str, service: Service) -> str:
    declared = service.schema.properties(next(iter(service.schema.container.entity_sets.values())).entity_type)
    text = print_value(value, declared[name].type)
    match kind:
        case Kind.STRING:
            return "'" + text.replace("'", "''") + "'"
        case Kind.DURATION:
            return f"duration'{text}'"
        case _:
            return text


@pytest.mark.parametrize("condition", EXPRESSIONS)
def test_expressions_over_columns_are_what_the_evaluator_says(service: Service, condition: str) -> None:
    for asked in (condition, f"not ({condition})"):
        assert found(service, asked) == expected(service, asked)


@pytest.mark.parametrize("descending", [False, True])
def test_pages_joined_are_the_whole_in_its_order(service: Service, descending: bool) -> None:
    rows = rows_of(store_of(service))
    for name in columns_of(service):
        target: str | None = f"things?$orderby={name}{' desc' if descending else ''},id&$select=id"
        joined: list[int] = []
        while target is not None:
            page = ask(service, "GET", target, prefer="odata.maxpagesize=3")
            joined += page.column("id")
            link = page.json.get("@odata.nextLink")
            target = None if link is None else link.removeprefix(ROOT)
        nulls = [number for number, row in enumerate(rows) if row[name] is None]
        known = [number for number, row in enumerate(rows) if row[name] is not None]
        known.sort(key=lambda number: rows[number][name], reverse=descending)  # type: ignore[arg-type,return-value]
        assert joined == (known + nulls if descending else nulls + known), name
