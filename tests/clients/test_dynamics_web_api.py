"""DynamicsWebApi, a client of Dataverse: an application of Flask has the service below /api/data/v9.2/."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from odata_service import blueprint, load_schema
from tests.clients.installed import HERE, directory_of, seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-create": ["Ada & Söhne", 12.5],
    "v4-read": ["Ada & Söhne", 12.5, "not selected"],
    "v4-filter": ["Name 5", "Name 6", "Name 7"],
    "v4-sort": ["Name 7", "Name 6", "Name 5"],
    "v4-page": [5, 2, 7],
    "v4-count": [7, 1],
    "v4-total": 7,
    "v4-update": ["Changed", "Changed", 7.5],
    "v4-etag": [False, "Known", None],
    "v4-references": ["Name 2", ["Name 1"], None, []],
    "v4-members": [True, "New", None],
    "v4-batch": ["Name 8", True, 1, "gone"],
    "v4-delta": ["Told"],
    "v4-delete": [True, [404, "NotFound"]],
    "v4-error": [400, "UnknownProperty"],
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("dynamics_web_api")
    database = tmp_path_factory.mktemp("dynamics") / "sales.db"
    app = Flask("sales")
    sales = blueprint(load_schema(HERE / "dynamics_web_api" / "sales.csdl.xml"), f"sqlite:///{database}")
    app.register_blueprint(sales, url_prefix="/api/data/v9.2")
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen_by("dynamics_web_api", f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
