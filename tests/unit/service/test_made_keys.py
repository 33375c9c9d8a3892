"""Keys that the service alone makes, and where PATCH and PUT create nothing (Protocol 11.4.2, 11.4.4)."""

from collections.abc import Iterator

import pytest
from lxml import etree

from odata_service.service import Call, Service
from tests.asking import ask
from tests.models import made_keys_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.tables import tables

STATED = "11111111-1111-1111-1111-111111111111"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(params=FAMILIES)
def office(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, made_keys_schema) as service:
        yield service


@pytest.mark.parametrize("stated", [STATED, None])
def test_a_key_that_the_service_makes_is_ignored_in_a_create(office: Service, stated: object) -> None:
    made = ask(office, "POST", "Tickets", {"id": stated, "text": "x"})
    assert (made.status, made.json["text"], made.json["id"] == stated) == (201, "x", False)
    assert ask(office, "GET", f"Tickets({STATED})").status == 404
    assert ask(office, "GET", f"Tickets({made.json['id']})").json["text"] == "x"


def test_numbers_that_the_service_makes_are_ignored_too(office: Service) -> None:
    first, second = (ask(office, "POST", "Parts", {"number": 7, "text": text}) for text in "ab")
    assert (first.status, second.status) == (201, 201)
    assert second.json["number"] == first.json["number"] + 1


def test_entities_around_a_new_one_have_keys_of_their_own(office: Service) -> None:
    body = {"id": STATED, "parts": [{"number": 7, "text": "a"}, {"number": 7, "text": "b"}]}
    made = ask(office, "POST", "Tickets", body)
    assert made.status == 201
    assert made.json["id"] != STATED
    found = ask(office, "GET", f"Tickets({made.json['id']})/parts?$orderby=number")
    assert found.column("text") == ["a", "b"]
    assert len(set(found.column("number"))) == 2


def test_code_states_such_keys(office: Service) -> None:
    seen: list[bool] = []

    @office.before_create("Tickets")
    def number(call: Call, values: dict[str, object]) -> None:
        seen.append("id" in values)
        values["id"] = STATED

    made = ask(office, "POST", "Tickets", {"id": "22222222-2222-2222-2222-222222222222"})
    assert (made.status, made.json["id"], seen) == (201, STATED, [False])


def test_a_key_that_cannot_be_made_is_stated(office: Service) -> None:
    assert ask(office, "POST", "Labels", {"code": "a"}).json["code"] == "a"
    assert ask(office, "PUT", "Labels('b')", {}).status == 201


@pytest.mark.parametrize(
    ("source", "key", "stated"),
    [("Tickets", STATED, {}), ("Parts", "7", {}), ("Scans", "1", {"number": 1}), ("Halls", "'x'", {"code": "x"})],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_creates_none_of_these(
    office: Service, method: str, source: str, key: str, stated: dict[str, object]
) -> None:
    before = tables(office)
    answer = ask(office, method, f"{source}({key})", {"text": "x"})
    assert (answer.status, answer.error["code"]) == (404, "NotFound")
    assert tables(office) == before
    made = ask(office, "POST", source, stated)
    assert ask(office, method, made.headers["Location"].rpartition("/")[2], {"text": "z"}).json["text"] == "z"


def test_an_update_creates_all_others(office: Service) -> None:
    assert ask(office, "PUT", "Rooms('x')", {"text": "x"}).status == 201
    assert ask(office, "PATCH", "Rooms('y')", {"text": "x"}).status == 201


def test_metadata_tells_where_updates_create(office: Service) -> None:
    document = etree.fromstring(ask(office, "GET", "$metadata").body)
    told = {
        str(block.get("Target")).rpartition("/")[2]: value.get("Bool")
        for block in document.iter(f"{EDM}Annotations")
        for value in block.iter(f"{EDM}PropertyValue")
        if value.get("Property") == "Upsertable"
    }
    assert told == {
        "Tickets": "false", "Parts": "false", "Labels": "true", "Scans": "false", "Rooms": "true", "Halls": "false",
    }  # fmt: skip
