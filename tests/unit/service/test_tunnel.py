"""POST that stands for another method, as clients behind a proxy that lets nothing else through send it."""

import pytest

from odata_service.service import Service
from tests.asking import ask

HEADERS = ["x_http_method", "x_http_method_override"]


@pytest.mark.parametrize("header", HEADERS)
def test_post_stands_for_the_method_that_a_header_names(service: Service, header: str) -> None:
    changed = ask(service, "POST", "Customers('a')", {"displayName": "New"}, **{header: "patch"})
    assert (changed.status, changed.json["displayName"]) == (200, "New")
    assert ask(service, "POST", "Customers('a')", **{header: "DELETE"}).status == 204
    assert ask(service, "GET", "Customers('a')").status == 404


def test_conditions_hold_for_the_method_that_is_meant(service: Service) -> None:
    answer = ask(service, "POST", "Customers('a')", {"displayName": "New"}, x_http_method="PUT", if_match='W/"0"')
    assert answer.status == 412
    assert ask(service, "GET", "Customers('a')").json["displayName"] != "New"


@pytest.mark.parametrize("method", ["GET", "POST", "MERGE", "x" * 100, ""])
def test_no_other_method_is_meant(service: Service, method: str) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n"}, x_http_method=method)
    assert (answer.status, answer.error["target"]) == (400, "x-http-method")
    assert "Write one of DELETE, PATCH, PUT." in answer.error["message"]
    assert ask(service, "GET", "Customers('n')").status == 404


def test_other_methods_mean_themselves(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')", x_http_method="DELETE").status == 200
    assert ask(service, "GET", "Customers('a')").status == 200
