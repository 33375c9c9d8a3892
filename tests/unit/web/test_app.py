from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from odata_service import Principal, Request, blueprint, create_app, load_schema
from tests.models import METADATA, customer_schema


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}").test_client()


def test_the_service_is_in_the_extensions(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")
    assert app.extensions["odata"].schema.entity_set("Customers") is not None


def test_entities_go_in_and_come_out(client: FlaskClient) -> None:
    made = client.post("/Customers", json={"id": "a/b", "displayName": "Ä"})
    assert (made.status_code, made.headers["Location"]) == (201, "http://localhost/Customers('a%2Fb')")
    read = client.get("/Customers('a%2Fb')")
    assert read.get_json()["displayName"] == "Ä"
    assert read.headers["OData-Version"] == "4.0"
    assert read.headers["X-Request-ID"]


def test_head_answers_no_body(client: FlaskClient) -> None:
    answer = client.head("/Customers")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_options_answer_the_methods(client: FlaskClient) -> None:
    assert client.options("/Customers").headers["Allow"] == "GET, HEAD, POST, PATCH, PUT, OPTIONS"


def test_a_browser_gets_a_page_and_a_client_the_service_document(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert b"http://localhost/Customers?$top=20" in page.data
    assert client.get("/", headers={"Accept": "*/*"}).mimetype == "application/json"


@pytest.mark.parametrize("option", ["$format=json", "%24format=json", "format=json"])
def test_a_browser_gets_the_service_document_in_the_format_that_it_asks_for(client: FlaskClient, option: str) -> None:
    assert client.get(f"/?{option}", headers={"Accept": "text/html"}).mimetype == "application/json"


def test_what_java_accepts_by_itself_is_no_wish_for_a_page(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")


def test_health_and_readiness(client: FlaskClient) -> None:
    assert client.get("/-/health").get_json() == {"status": "ok"}
    assert client.get("/-/ready").get_json() == {"status": "ok"}
    refused = client.post("/-/ready")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert refused.get_json()["error"]["message"] == "/-/health and /-/ready take GET and HEAD."


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/-/nothing", 404), ("post", "/$metadata", 405)])
def test_every_failure_is_an_odata_error(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert set(answer.get_json()["error"]) >= {"code", "message"}


def test_a_method_that_odata_does_not_know_is_refused(client: FlaskClient) -> None:
    answer = client.open("/Customers", method="MERGE")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "MethodNotAllowed")
    assert client.open("/Customers", method="BREW").get_json()["error"]["code"] == "MethodNotAllowed"


def test_a_blueprint_stands_below_its_prefix(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}"), url_prefix="/odata")
    client = app.test_client()
    assert (
        client.post("/odata/Customers", json={"id": "a"}).headers["Location"] == "http://localhost/odata/Customers('a')"
    )
    document = client.get("/odata/").get_json()
    assert document["@odata.context"] == "http://localhost/odata/$metadata"
    assert client.get("/odata/Customers('a')").get_json()["id"] == "a"


def test_a_page_for_a_host_that_is_none_is_refused(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept": "text/html", "Host": "a<b>"})
    assert answer.status_code == 400


def test_the_page_of_a_mounted_blueprint_links_below_its_prefix(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}"), url_prefix="/odata")
    page = app.test_client().get("/odata/", headers={"Accept": "text/html"})
    assert b"http://localhost/odata/Customers?$top=20" in page.data


def test_the_page_of_a_guarded_service_is_for_whom_it_knows(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")

    @app.extensions["odata"].authenticate("Bearer")  # type: ignore[untyped-decorator]  # extensions are untyped
    def known(request: Request) -> Principal | None:
        return Principal("ann") if request.headers.get("authorization") == "Bearer ann" else None

    client, html = app.test_client(), {"Accept": "text/html"}
    refused = client.get("/", headers=html)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"Customers" not in refused.data
    assert b"Customers" in client.get("/", headers={**html, "Authorization": "Bearer ann"}).data


@pytest.fixture
def of_graph(tmp_path: Path) -> FlaskClient:
    return create_app(load_schema(METADATA), f"sqlite:///{tmp_path / 'x.db'}").test_client()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/Customers", {"Host": "a b"}, 400),
        ("/-/nowhere", {}, 404),
        ("/-/connect/Nothing.odc", {}, 404),
        ("/Nothing", {}, 404),
    ],
)
def test_whatever_refuses_a_request_tells_the_ids_of_graph(
    of_graph: FlaskClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = of_graph.get(path, headers=headers)
    inner = answer.get_json()["error"]["innerError"]
    assert (answer.status_code, inner["request-id"]) == (status, answer.headers["X-Request-ID"])


def test_a_refusal_is_of_the_version_that_the_client_takes(client: FlaskClient) -> None:
    answer = client.get("/Customers", headers={"Host": "a b", "OData-MaxVersion": "4.01"})
    assert (answer.status_code, answer.headers["OData-Version"]) == (400, "4.01")
    assert answer.headers["Content-Type"] == "application/json;metadata=minimal"
