from pathlib import Path

import pytest

from odata_service.service import Response
from odata_service.settings import Settings
from odata_service.web import create_app
from odata_service.web.cors import preflight, tell_origin
from tests.models import customer_schema

HERE = "https://app.example"
ASKS = {"origin": HERE, "access-control-request-method": "PATCH", "access-control-request-headers": "if-match"}


def told(headers: dict[str, str], *origins: str) -> dict[str, str]:
    response = Response(200, {"Vary": "Accept"})
    tell_origin(response, headers, origins)
    return response.headers


def test_an_allowed_origin_may_send_what_clients_of_odata_send() -> None:
    answer = preflight("OPTIONS", {**ASKS, "access-control-request-headers": ""}, (HERE,))
    assert answer is not None and answer.status == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, MERGE"
    allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
    assert allowed >= {"if-match", "prefer", "odata-maxversion", "content-type", "authorization", "x-csrf-token"}
    assert answer.headers["Access-Control-Max-Age"] == "7200"


def test_an_allowed_origin_may_send_what_it_asks_for() -> None:
    asked = "content-type,sap-cancel-on-close, x-sap-security-session"
    answer = preflight("OPTIONS", {**ASKS, "access-control-request-headers": f"{asked},a b,\x00"}, (HERE,))
    assert answer is not None
    told = answer.headers["Access-Control-Allow-Headers"]
    assert told == "content-type, sap-cancel-on-close, x-sap-security-session"


def test_others_are_asked_nothing() -> None:
    assert preflight("OPTIONS", {**ASKS, "origin": "https://evil.example"}, (HERE,)) is None
    assert preflight("OPTIONS", {"origin": HERE}, (HERE,)) is None
    assert preflight("GET", ASKS, (HERE,)) is None
    assert preflight("OPTIONS", ASKS, ()) is None


def test_an_allowed_origin_may_read_the_headers_that_matter() -> None:
    headers = told({"origin": HERE}, HERE)
    assert headers["Access-Control-Allow-Origin"] == HERE
    assert {"ETag", "Location", "OData-Version", "OData-EntityId"} <= {
        *headers["Access-Control-Expose-Headers"].split(", ")
    }
    assert headers["Vary"] == "Accept, Origin"
    assert headers["Access-Control-Allow-Credentials"] == "true"


def test_every_origin_may_read_where_all_are_allowed() -> None:
    headers = told({"origin": HERE}, "*")
    assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == ("*", "Accept")
    assert "Access-Control-Allow-Credentials" not in headers


def test_an_origin_that_is_not_allowed_may_read_nothing() -> None:
    assert told({"origin": "https://evil.example"}, HERE) == {"Vary": "Accept, Origin"}
    assert told({"origin": "null"}, HERE) == {"Vary": "Accept, Origin"}
    assert told({}, HERE) == {"Vary": "Accept, Origin"}


def test_the_application_answers_browsers(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'a.db'}", settings=Settings(cors_origins=(HERE,)))
    client = app.test_client()
    asked = client.options("/Customers('a')", headers=ASKS)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, HERE)
    missing = client.get("/Customers('a')", headers={"Origin": HERE})
    assert (missing.status_code, missing.headers["Access-Control-Allow-Origin"]) == (404, HERE)
    other = client.get("/Customers", headers={"Origin": "https://evil.example"})
    assert (other.status_code, other.headers.get("Access-Control-Allow-Origin")) == (200, None)


@pytest.mark.parametrize(
    "path", ["/", "/v2/Customers", "/v2/$batch", "/-/health", "/-/ready", "/-/metrics", "/-/openapi.json", "/-/nothing"]
)
def test_what_is_asked_beforehand_is_answered_everywhere(tmp_path: Path, path: str) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'a.db'}", settings=Settings(cors_origins=(HERE,)))
    asked = app.test_client().options(path, headers=ASKS)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (204, "if-match")
    answer = app.test_client().get(path, headers={"Origin": HERE, "Accept": "text/html" if path == "/" else "*/*"})
    assert answer.headers["Access-Control-Allow-Origin"] == HERE
    assert "Origin" in answer.headers["Vary"]


def test_no_origin_is_allowed_unless_it_is_named(tmp_path: Path) -> None:
    client = create_app(customer_schema(), f"sqlite:///{tmp_path / 'a.db'}").test_client()
    answer = client.get("/Customers", headers={"Origin": HERE})
    assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []
    assert client.options("/Customers", headers=ASKS).headers["Allow"] == "GET, HEAD, POST, PATCH, PUT, OPTIONS"
