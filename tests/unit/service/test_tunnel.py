"""POST that stands for another method, as clients behind a proxy that lets nothing else through send it."""

from pathlib import Path

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.batches import change_set, http, in_json, multipart
from tests.models import shop_schema
from tests.repeating import RESULT, as_sent, repeatable

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


def test_two_headers_mean_one_method(service: Service) -> None:
    both = {"x_http_method": "PATCH", "x_http_method_override": "DELETE"}
    answer = ask(service, "POST", "Customers('a')", {"displayName": "New"}, **both)
    assert (answer.status, answer.error["target"]) == (400, "x-http-method-override")
    assert ask(service, "GET", "Customers('a')").json["displayName"] != "New"
    agreed = {"x_http_method": "patch", "x_http_method_override": "PATCH"}
    assert ask(service, "POST", "Customers('a')", {"displayName": "New"}, **agreed).status == 200


def tunnelled(method: str, headers: dict[str, str], **members: object) -> dict[str, object]:
    """A request of an atomicity group that means another method than its own."""
    sent = {**as_sent(headers), "x-http-method": method}
    return {"method": "post", "url": "Customers('a')", "atomicityGroup": "g", "headers": sent, **members}


def test_requests_that_differ_in_what_they_mean_are_others(service: Service) -> None:
    headers, body = repeatable(), {"displayName": "New"}
    (changed,) = in_json(service, tunnelled("PATCH", headers, body=body))
    assert changed["status"] == 200
    (other,) = in_json(service, tunnelled("PUT", headers, body=body))
    assert (other["status"], other["headers"][RESULT]) == (400, "rejected")
    plain = tunnelled("PATCH", headers, body=body) | {"method": "patch", "headers": as_sent(headers)}
    assert in_json(service, plain) == [changed]


def test_what_a_part_means_is_refused_where_its_method_would_be(service: Service) -> None:
    url = "$RepeatableRequestWithRequestID/1"
    (part,) = in_json(service, tunnelled("DELETE", {}, url=url))
    assert (part["status"], "not forgotten" in part["body"]["error"]["message"]) == (400, True)
    (failed,) = multipart(service, change_set(http("POST Customers('a')", {}, "X-HTTP-Method: GET\r\n")))
    assert (failed.status, failed.json["error"]["target"]) == (400, "x-http-method")
    first, second = in_json(service, tunnelled("DELETE", {}), tunnelled("GET", {}))
    assert (first["status"], second["status"]) == (424, 400)
    assert ask(service, "GET", "Customers('a')").status == 200


def test_a_request_that_is_answered_later_is_cancelled_so(tmp_path: Path) -> None:
    with service_of(shop_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as shop:
        monitor = ask(shop, "GET", "Orders", prefer="respond-async").headers["Location"].removeprefix(ROOT)
        assert ask(shop, "POST", monitor, x_http_method="DELETE").status == 204
        assert ask(shop, "GET", monitor).status == 404


@pytest.mark.parametrize(
    ("target", "content_type"), [("$batch", "application/json"), ("Customers/$query", "text/plain")]
)
def test_what_takes_post_alone_takes_no_other_so(service: Service, target: str, content_type: str) -> None:
    body = b'{"requests":[]}' if target == "$batch" else b"$top=1"
    assert ask(service, "POST", target, body, content_type=content_type).status == 200
    assert ask(service, "POST", target, body, content_type=content_type, x_http_method="DELETE").status == 405
