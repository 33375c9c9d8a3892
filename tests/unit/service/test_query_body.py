"""`POST …/$query` answers what the GET with these options answers."""

import pytest

from odata_service.service import Service
from tests.asking import Answer, ask


def post(service: Service, target: str, body: bytes, content_type: str = "text/plain") -> Answer:
    return ask(service, "POST", target, body, content_type=content_type)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/plain;charset=utf-8", "application/x-www-form-urlencoded"]
)
def test_the_options_stand_in_the_body(service: Service, content_type: str) -> None:
    answer = post(service, "Customers/$query", b"$filter=contractType%20gt+2&$select=id\n", content_type)
    same = ask(service, "GET", "Customers?$filter=contractType gt 2&$select=id")
    assert (answer.status, answer.body, answer.column("id")) == (200, same.body, ["d"])


def test_the_options_of_the_url_are_added(service: Service) -> None:
    assert post(service, "Customers/%24query?$select=id", b"$top=1").values[0].keys() >= {"id"}
    twice = post(service, "Customers/$query?$top=2", b"$top=1")
    assert (twice.status, twice.error["target"]) == (400, "$top")


def test_options_too_long_for_a_url_are_read(service: Service) -> None:
    known = ",".join(f"'{number:036}'" for number in range(2_000))
    answer = post(service, "Customers/$query", f"$filter=id in ({known},'a')&$select=id".encode())
    assert (answer.status, answer.column("id")) == (200, ["a"])


def test_one_entity_is_asked_for_as_well(service: Service) -> None:
    assert post(service, "Customers('a')/$query", b"$select=id").json["id"] == "a"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"$top=1", "application/json", 415),
        (b"$top=1", "text/plain;charset=utf-16", 415),
        (b"\xff", "text/plain", 400),
        (b"$filter=a eqq 1", "text/plain", 400),
        (b"$search=" + b"a" * 2_000_000, "text/plain", 413),
    ],
    ids=["no text", "no UTF-8 stated", "no UTF-8", "a mistake", "too long"],
)
def test_what_cannot_be_read_is_refused(service: Service, body: bytes, content_type: str, status: int) -> None:
    assert post(service, "Customers/$query", body, content_type).status == status


def test_other_verbs_are_refused(service: Service) -> None:
    answer = ask(service, "GET", "Customers/$query")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
