"""Refusals that are written beforehand are what the service would write."""

from collections.abc import Iterator

import pytest

from odata_service.service import Request, Response
from odata_service.web.faces import Faces
from odata_service.web.gateway import BUSY, LATE
from odata_service.web.messages import finished
from odata_service.web.refusals import Refusals
from tests.asking import service_of
from tests.models import customer_schema, partners_schema


@pytest.fixture(params=["graph", "other"])
def faces(request: pytest.FixtureRequest) -> Iterator[Faces]:
    """The protocols of a service whose definition is one of Microsoft Graph's, or another one's."""
    with service_of(customer_schema() if request.param == "graph" else partners_schema()) as service:
        yield Faces(service)


def as_served(faces: Faces, path: str, headers: dict[str, str]) -> Response:
    request = Request("GET", "", headers=headers, request_id=headers["x-request-id"])
    return finished(faces.refusal(request, BUSY, is_v2=path.startswith("/v2")), {}, request.request_id)


def dateless(response: Response) -> Response:
    body = response.body
    assert isinstance(body, bytes)
    at = body.find(b'"date":"')
    return Response(response.status, response.headers, body[:at] + body[at + 28 :] if at >= 0 else body)


@pytest.mark.parametrize("path", ["/Customers", "/v2/Customers"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"odata-maxversion": "4.01"},
        {"odata-version": "9"},
        {"client-request-id": "given"},
        {"client-request-id": "no id"},
        {"accept": "application/atom+xml"},
    ],
)
def test_a_refusal_is_that_of_the_service(faces: Faces, path: str, headers: dict[str, str]) -> None:
    refusals = Refusals(faces)
    for request_id in ("first", "second"):
        stated = {**headers, "x-request-id": request_id}
        refused = refusals.refused(BUSY, "GET", path, stated)
        assert dateless(refused) == dateless(as_served(faces, path, stated))


def test_the_refusal_of_a_head_has_no_body_and_errors_are_told_apart(faces: Faces) -> None:
    refusals = Refusals(faces)
    assert refusals.refused(BUSY, "HEAD", "/Customers", {}).body == b""
    assert [refusals.refused(error, "GET", "/Customers", {}).status for error in (BUSY, LATE)] == [503, 408]


def test_requests_without_an_id_are_given_one_each(faces: Faces) -> None:
    refusals = Refusals(faces)
    ids = [refusals.refused(BUSY, "GET", "/Customers", {}).headers["X-Request-ID"] for _ in range(2)]
    assert len(set(ids)) == 2
