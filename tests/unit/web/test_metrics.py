from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from odata_service import Principal, Request, Service, blueprint, create_app
from tests.models import customer_schema


def app_of(tmp_path: Path) -> Flask:
    return create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")


def metrics_of(client: FlaskClient, path: str = "/-/metrics") -> dict[str, float]:
    """The samples of a scrape by their names and labels."""
    lines = client.get(path).get_data(as_text=True).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_requests_are_counted_by_method_kind_and_status_and_rows_are(tmp_path: Path) -> None:
    client = app_of(tmp_path).test_client()
    for number in range(3):
        assert client.post("/Customers", json={"id": str(number)}).status_code == 201
    assert client.get("/Customers?$top=2").status_code == 200
    assert client.get("/Nothing").status_code == 404
    found = metrics_of(client)
    assert found['odata_requests_total{kind="resource",method="POST",status="201"}'] == 3
    assert found['odata_requests_total{kind="resource",method="GET",status="200"}'] == 1
    assert found['odata_requests_total{kind="resource",method="GET",status="404"}'] == 1
    assert found['odata_request_seconds_count{kind="resource",method="GET"}'] == 2
    assert found['odata_request_seconds_bucket{kind="resource",le="+Inf",method="POST"}'] == 3
    assert (found["odata_requests_in_flight"], found["odata_workers"]) == (1, 1)
    assert found["odata_rows_read_total"] >= 2
    assert found["odata_database_failures_total"] == 0


def test_a_database_that_fails_is_counted(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    store = app.extensions["odata"].store
    store.close()
    (tmp_path / "x.db").unlink()
    client = app.test_client()
    (tmp_path / "x.db").write_bytes(b"no database" * 500)
    assert client.get("/Customers").status_code == 503
    assert metrics_of(client)["odata_database_failures_total"] >= 1


def test_a_scraper_of_openmetrics_gets_its_format(tmp_path: Path) -> None:
    client = app_of(tmp_path).test_client()
    plain = client.get("/-/metrics")
    assert plain.mimetype == "text/plain"
    answer = client.get("/-/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.mimetype == "application/openmetrics-text"
    assert answer.data.endswith(b"# EOF\n")
    assert client.post("/-/metrics").status_code == 405


def test_a_service_that_asks_who_callers_are_asks_scrapers_too(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    service: Service = app.extensions["odata"]

    @service.authenticate('Basic realm="shop"')
    def known(request: Request) -> Principal | None:
        return Principal("p") if request.headers.get("authorization") == "Basic cDpw" else None

    client = app.test_client()
    refused = client.get("/-/metrics")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "NotAuthenticated")
    assert client.get("/-/metrics", headers={"Authorization": "Basic cDpw"}).status_code == 200
    assert client.get("/-/health").status_code == 200


def test_a_blueprint_counts_what_comes_in_through_it(tmp_path: Path) -> None:
    app = Flask("host")
    url = f"sqlite:///{tmp_path / 'x.db'}"
    app.register_blueprint(blueprint(customer_schema(), url), url_prefix="/data")
    client = app.test_client()
    assert client.get("/data/Customers/$count").status_code == 200
    assert client.get("/data/-/health").status_code == 200
    found = metrics_of(client, "/data/-/metrics")
    assert found['odata_requests_total{kind="count",method="GET",status="200"}'] == 1
    assert found['odata_requests_total{kind="other",method="GET",status="200"}'] == 1
