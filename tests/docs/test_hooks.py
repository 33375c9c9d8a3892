"""The examples of docs/hooks.md, registered and tried."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odata_service.service import Service
from tests.asking import ROOT as ROOT_URL
from tests.asking import ask, service_of
from tests.models import customer_schema
from tests.serving import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "hooks.md").read_text("utf-8"), re.DOTALL)


@pytest.fixture
def empty() -> Iterator[Service]:
    with service_of(customer_schema()) as service:
        yield service


def basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def register(number: int, service: Service) -> None:
    names: dict[str, Any] = {}
    exec(compile(BLOCKS[number], str(Path("docs/hooks.md")), "exec"), names)
    names["register"](service)


def test_the_hooks_do_what_they_say(empty: Service) -> None:
    register(0, empty)
    assert ask(empty, "POST", "Customers", {"id": "a", "displayName": " Ann "}).json["displayName"] == "Ann"
    assert ask(empty, "PATCH", "Customers('a')", {"isDeleted": True}).status == 200
    refused = ask(empty, "PATCH", "Customers('a')", {"displayName": "x"})
    assert (refused.status, refused.error["target"]) == (409, "isDeleted")
    assert ask(empty, "DELETE", "Customers('a')").status == 204
    assert ask(empty, "GET", "Customers").column("id") == ["was-a"]


def test_the_authenticator_knows_whom_it_says(empty: Service) -> None:
    register(1, empty)
    assert ask(empty, "GET", "Customers").status == 401
    assert ask(empty, "GET", "Customers", authorization=basic("ann", "guess")).status == 401
    assert ask(empty, "GET", "Customers", authorization=basic("ann", "secret")).status == 200


def test_the_rule_hides_what_it_says(empty: Service) -> None:
    register(3, empty)
    for key, country in (("a", "DE"), ("b", "FR"), ("c", "AT")):
        customer = {"id": key, "displayName": f"customer {key}", "countryLetterCode": country}
        assert ask(empty, "POST", "Customers", customer, authorization="Bearer root").status == 201
    assert ask(empty, "GET", "Customers", authorization="Bearer ann").column("id") == ["a", "c"]
    assert ask(empty, "GET", "Customers", authorization="Bearer root").column("id") == ["a", "b", "c"]
    assert ask(empty, "GET", "Customers('b')", authorization="Bearer ann").status == 404


def test_the_values_are_computed_as_it_says(empty: Service) -> None:
    register(4, empty)
    assert ask(empty, "POST", "Customers", {"id": "a", "countryLetterCode": "DE"}).json["domain"] == "de.example"
    found = ask(empty, "GET", "Customers?$filter=domain eq 'de.example'&$select=partnerId")
    assert found.column("partnerId") == ["DE-a"]


def test_a_key_in_the_query_lets_in_and_is_in_no_link(empty: Service) -> None:
    register(2, empty)
    refused = ask(empty, "GET", "Customers?code=wrong")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'ApiKey name="code", in="query"')
    for number in range(3):
        assert ask(empty, "POST", "Customers?code=secret", {"id": str(number)}).status == 201
    page = ask(empty, "GET", "Customers?code=secret&$select=id", prefer="odata.maxpagesize=2")
    assert b"secret" not in page.body
    following = page.json["@odata.nextLink"].removeprefix(ROOT_URL)
    assert ask(empty, "GET", f"{following}&c%6fde=secret").column("id") == ["2"]
