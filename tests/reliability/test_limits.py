"""Every limit is an option with its default, stands in the documentation, is obeyed, and can be switched off."""

import re

import pytest
from msgspec.structs import replace
from werkzeug.test import TestResponse

from odata_service import create_app
from odata_service.cli.serve import serve
from odata_service.service import Call
from odata_service.settings import Limits, Settings
from odata_service.storage.bulk import upsert_rows
from odata_service.storage.database import open_store
from tests.models import PROJECT, partners_schema

DEFAULTS = dict(zip(Limits.__struct_fields__, Limits.__struct_defaults__, strict=True))
OPTIONS = {name: f"--{name.replace('_', '-')}" for name in DEFAULTS}
SLOW = " and ".join(f"not contains(concat(name,'{n}'),concat('y','{n}'))" for n in range(40))
_ROW = re.compile(r"^\| `(--[a-z-]+)` \| ([\d.]+) \|", re.MULTILINE)

BEYOND: dict[str, tuple[float, str, int]] = {
    "max_url_bytes": (20, "Customers?$filter=id eq 'abcdefgh'", 414),
    "max_body_bytes": (5, "POST Customers", 413),
    "max_depth": (2, "Customers?$filter=((((true))))", 400),
    "max_nodes": (2, "Customers?$filter=true or true or true or true", 400),
    "max_in_list": (2, "Customers?$filter=id in ('a','b','c')", 400),
    "max_expand_depth": (1, "Customers?$top=1&$expand=partner($expand=customers($top=1))", 400),
    "max_expand_items": (1, "Customers?$top=1&$expand=partner($expand=customers($top=1))", 400),
    "max_expanded_rows": (5, "Partners?$expand=customers", 400),
    "max_pattern_states": (3, "Customers?$filter=matchesPattern(name,'abcd')", 400),
    "max_code_calls": (5, "Customers?$filter=contoso.sales.Odd(id=id)", 400),
    "max_top": (2, "Customers?$top=3", 400),
    "max_members": (1, "POST Customers", 400),
    "max_entities": (1, "POST Customers", 413),
    "max_batch": (1, "POST $batch", 413),
    "statement_seconds": (0.001, f"Customers/$count?$filter={SLOW}", 503),
}
"""For each limit a value, a request that is beyond it, and the status of the refusal."""

PAGES = {"page_size", "max_page_size"}
"""Limits that cut."""

LATER = {"max_jobs", "max_result_bytes"}
"""Limits of what is answered later; beyond them it is answered at once, or its answer is a failure."""

REMEMBERED = {"max_remembered"}
"""Limits of what is kept of repeatable requests; beyond them the oldest are forgotten."""

SERVER = {"max_waiting", "max_spooled_bytes", "stall_seconds"}
"""Limits of a worker, which one request does not reach; slow clients do."""
BATCH = {"requests": [{"id": str(number), "method": "GET", "url": "Customers/$count"} for number in range(2)]}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Partners with many customers, so that a scan takes its time."""
    url = f"sqlite:///{tmp_path_factory.mktemp('limits') / 'x.db'}"
    store = open_store(url, partners_schema())
    store.create()
    with store.transaction():
        upsert_rows(store, "Partners", ("id", "name"), [("p1", "One")])
        rows = [(f"{number:05}", "x" * 50, "p1") for number in range(3_000)]
        upsert_rows(store, "Customers", ("id", "name", "partnerId"), rows)
    store.close()
    return url


def limited(name: str, value: float) -> Limits:
    """The usual limits but for one."""
    return replace(Limits(), **{name: value})


def odd(call: Call, id: str) -> bool:
    return int(id) % 2 == 1


def answer(database: str, limits: Limits, request: str, prefer: str = "") -> TestResponse:
    """What the web application says to one request under these limits."""
    app = create_app(partners_schema(), database, settings=Settings(limits))
    app.extensions["odata"].function("contoso.sales.Odd")(odd)
    client = app.test_client()
    method, _, target = request.rpartition(" ") if request.startswith("POST ") else ("GET", "", request)
    created = {"id": "new", "partner": {"id": "new", "name": "New"}}
    body = None if method == "GET" else BATCH if target == "$batch" else created
    response = client.open(f"/{target}", method=method, headers={"Prefer": prefer}, json=body)
    client.application.extensions["odata"].store.close()
    return response


def test_every_limit_is_an_option_of_serve_with_its_default() -> None:
    offered = {parameter.name: parameter.default for parameter in serve.params if parameter.name in DEFAULTS}
    assert offered == DEFAULTS


def test_every_limit_stands_in_the_documentation_with_its_default() -> None:
    text = (PROJECT / "docs" / "limits.md").read_text("utf-8")
    told = {option: float(default) for option, default in _ROW.findall(text)}
    assert told == {OPTIONS[name]: default for name, default in DEFAULTS.items()}


def test_every_limit_has_its_test() -> None:
    assert BEYOND.keys() | PAGES | LATER | REMEMBERED | SERVER == DEFAULTS.keys()


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_beyond_a_limit_is_refused_and_the_option_named(name: str, database: str) -> None:
    value, request, status = BEYOND[name]
    refused = answer(database, limited(name, value), request)
    assert refused.status_code == status
    assert refused.get_json()["error"].keys() >= {"code", "message"}
    told = refused.headers["Retry-After"] if status == 503 else refused.get_json()["error"]["message"]
    assert told == "1" or OPTIONS[name] in told


@pytest.mark.parametrize("name", BEYOND)
def test_a_limit_of_nothing_is_none(name: str, database: str) -> None:
    _, request, _ = BEYOND[name]
    assert answer(database, limited(name, 0), request).status_code in {200, 201, 409}


def test_pages_are_cut_at_their_size_and_at_the_largest_that_is_preferred(database: str) -> None:
    few = answer(database, Limits(page_size=2), "Customers")
    assert (len(few.get_json()["value"]), "@odata.nextLink" in few.get_json()) == (2, True)
    more = answer(database, Limits(page_size=2, max_page_size=4), "Customers", "maxpagesize=9")
    assert (len(more.get_json()["value"]), more.headers["Preference-Applied"]) == (4, "maxpagesize=4")


def test_pages_without_a_size_hold_everything(database: str) -> None:
    whole = answer(database, Limits(page_size=0, max_page_size=0), "Customers?$select=id")
    assert (len(whole.get_json()["value"]) >= 3_000, "@odata.nextLink" in whole.get_json()) == (True, False)


@pytest.mark.parametrize("size", [10_000, 1_000_000])
@pytest.mark.parametrize("text", ["(", "not ", "-", "a/", "tolower(", "1 add ", "'"])
def test_what_is_absurdly_long_or_deep_is_refused(size: int, text: str, database: str) -> None:
    refused = answer(database, Limits(max_url_bytes=0), f"Customers?$filter={text * (size // len(text))}")
    assert (refused.status_code, set(refused.get_json())) == (400, {"error"})
