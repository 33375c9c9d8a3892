"""`/-/openapi.json`."""

from base64 import b64encode
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from odata_service import Principal, create_app
from odata_service.service import Request, Service
from tests.models import customer_schema

URL = "/-/openapi.json"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}").test_client()


def test_the_description_says_where_the_service_is(client: FlaskClient) -> None:
    answer = client.get(URL, headers={"Host": "shop.example:81"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json()["servers"] == [{"url": "http://shop.example:81"}]
    assert answer.get_json()["openapi"].startswith("3.1")


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(URL)
    assert client.get(URL, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get(URL, headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert client.get(URL, headers={"Host": "other"}).headers["ETag"] != first.headers["ETag"]


def test_head_tells_the_length(client: FlaskClient) -> None:
    whole, head = client.get(URL), client.head(URL)
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole.data)


def test_other_methods_are_refused(client: FlaskClient) -> None:
    answer = client.post(URL)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.get_json()["error"]["code"] == "MethodNotAllowed"


def test_operations_that_code_adds_are_described(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")
    client = app.test_client()
    before = client.get(URL)
    app.extensions["odata"].function("microsoft.graph.Twice")(_twice)
    after = client.get(URL)
    assert "/Twice(number={number})" in after.get_json()["paths"].keys() - before.get_json()["paths"].keys()
    assert after.headers["ETag"] != before.headers["ETag"]


def _twice(call: object, number: int) -> int:
    return 2 * number


def test_who_may_not_read_the_metadata_gets_no_description(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")

    service: Service = app.extensions["odata"]

    @service.authenticate('Basic realm="x"')
    def known(request: Request) -> Principal | None:
        return Principal("ann") if request.headers.get("authorization") else None

    client = app.test_client()
    refused = client.get(URL)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="x"')
    credentials = b64encode(b"ann:x").decode()
    document = client.get(URL, headers={"Authorization": f"Basic {credentials}"}).get_json()
    assert document["security"] == [{"basic": []}]
