"""Streams of complex values: those of the entities that have them, under their paths (Protocol 11.2.3, 11.4.8)."""

from base64 import b64encode
from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.places import bare, places

PHOTO = "Visitors('ann')/address/photo"
NONE = "application/json;odata.metadata=none"


@pytest.fixture
def service() -> Iterator[Service]:
    with places() as made:
        assert ask(made, "PUT", PHOTO, b"PNG", content_type="image/png").status == 204
        yield made


def tag(service: Service) -> str:
    return ask(service, "GET", PHOTO).headers["ETag"]


def test_a_stream_is_read_under_the_path_of_its_value(service: Service) -> None:
    answer = ask(service, "GET", PHOTO)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "image/png", b"PNG")
    assert ask(service, "GET", "Visitors('bob')/address/photo").status == 204


@pytest.mark.parametrize("target", ["Visitors('ann')?$select=address", "Visitors('ann')/address"])
def test_a_value_tells_of_its_streams(service: Service, target: str) -> None:
    found = ask(service, "GET", target).json
    assert found.get("address", found) | {"@odata.context": ""} == {
        "@odata.context": "",
        "city": "Bonn",
        "spot": None,
        "photo@odata.mediaContentType": "image/png",
        "photo@odata.mediaEtag": tag(service),
    }


def test_links_of_a_stream_stand_in_the_value(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')", accept="application/json;odata.metadata=full").json["address"]
    assert (found["photo@odata.mediaEditLink"], found["photo@odata.mediaReadLink"]) == (ROOT + PHOTO, ROOT + PHOTO)


def test_a_stream_is_told_of_where_it_is_selected(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$select=address/photo").json["address"]
    assert sorted(found) == ["photo@odata.mediaContentType", "photo@odata.mediaEtag"]
    assert ask(service, "GET", "Visitors('ann')?$select=address/city").json["address"] == {"city": "Bonn"}


def test_a_stream_is_expanded_in_its_value(service: Service) -> None:
    shown = {"address": {"photo": b64encode(b"PNG").decode()}, "id": "ann"}
    assert ask(service, "GET", "Visitors('ann')?$select=id&$expand=address/photo", accept=NONE).json == shown
    found = ask(service, "GET", "Visitors('ann')/address?$select=city&$expand=photo", accept=NONE).json
    assert found == {"city": "Bonn", "photo": b64encode(b"PNG").decode()}


def test_a_stream_of_a_derived_type_stands_behind_a_cast(service: Service) -> None:
    scan = "address/geo.ForeignAddress/scan"
    assert ask(service, "PUT", f"Visitors('bob')/{scan}", b"text", content_type="text/plain").status == 204
    assert ask(service, "GET", f"Visitors('bob')/{scan}").body == b"text"
    found = ask(service, "GET", f"Visitors?$select=id&$expand={scan}&$filter=id le 'bob'", accept=NONE)
    assert found.json["value"] == [{"id": "ann", "address": {}}, {"id": "bob", "address": {"scan": "text"}}]


def test_a_stream_of_a_derived_entity_stands_behind_a_cast(service: Service) -> None:
    target = "Visitors('guy')/geo.Guide/office/photo"
    assert ask(service, "PUT", target, b"GIF", content_type="image/gif").status == 204
    found = ask(service, "GET", "Visitors('guy')").json["office"]
    assert found["photo@odata.mediaContentType"] == "image/gif"
    assert ask(service, "DELETE", target).status == 204
    assert ask(service, "GET", target).status == 204


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [("PATCH", "Visitors('ann')", {"address": None}), ("DELETE", "Visitors('ann')/address", None)],
)
def test_a_stream_ends_with_its_value(service: Service, method: str, target: str, body: object) -> None:
    ask(service, method, target, body)
    ask(service, "PATCH", "Visitors('ann')", {"address": {"city": "Kiel"}})
    assert ask(service, "GET", PHOTO).status == 204
    assert bare(ask(service, "GET", "Visitors('ann')/address").json) == {"city": "Kiel", "spot": None}


@pytest.mark.parametrize("path", ["nil')/address/photo", "ann')/address/geo.ForeignAddress/scan"])
def test_a_value_that_is_not_there_takes_no_stream(service: Service, path: str) -> None:
    answer = ask(service, "PUT", f"Visitors('{path}", b"x", content_type="text/plain")
    assert (answer.status, "null, or of another type" in answer.error["message"]) == (404, True)


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "hint"),
    [
        ("PATCH", "Visitors('ann')", {"address": {"photo": "x"}}, 400, "it has no value in JSON"),
        ("GET", "Visitors?$filter=address/photo eq null", None, 400, "has no value in expressions"),
        ("GET", "Visitors?$expand=address/photo($select=x)", None, 400, "Nothing can follow the stream"),
        ("GET", "Visitors('ann')/stays/0/photo", None, 501, "kept whole"),
    ],
)
def test_what_a_stream_is_not_is_refused(
    service: Service, method: str, target: str, body: object, status: int, hint: str
) -> None:
    answer = ask(service, method, target, body)
    assert answer.status == status, answer.body
    assert hint in answer.error["message"]


def test_members_of_collections_show_no_streams(service: Service) -> None:
    ask(service, "PATCH", "Visitors('ann')", {"stays": [{"city": "Ulm"}]})
    assert ask(service, "GET", "Visitors('ann')/stays").json["value"] == [{"city": "Ulm", "spot": None}]
