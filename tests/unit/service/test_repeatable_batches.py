"""Repeatable requests inside of batches and answered later (OASIS Repeatable Requests 1.0, 8.4; Protocol 8.2.8.8)."""

import json
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from odata_service.definition import load_schema
from odata_service.service import Call, Entity, Service
from tests.asking import ROOT, Answer, ask, service_of
from tests.batches import change_set, http, in_json, multipart
from tests.models import partners_schema, shop_schema
from tests.repeating import RESULT, as_sent, in_lines, repeatable


@pytest.fixture
def service() -> Iterator[Service]:
    with service_of(partners_schema()) as service:
        yield service


def names(service: Service, entity_set: str = "Customers") -> list[str]:
    found: list[str] = ask(service, "GET", f"{entity_set}?$orderby=id").column("id")
    return found


def told(parts: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    """Of the answers to a JSON batch the statuses, and how each stands with its being repeated."""
    return [(part["status"], part["headers"].get(RESULT)) for part in parts]


def post(key: str, headers: dict[str, str], **members: object) -> dict[str, object]:
    """A request of a JSON batch that creates a customer."""
    return {"method": "post", "url": "Customers", "headers": as_sent(headers), "body": {"id": key}, **members}


def test_each_request_of_a_batch_is_repeated_by_itself(service: Service) -> None:
    first, later = repeatable(), repeatable()
    once = in_json(service, post("a", first), post("b", {}))
    assert told(once) == [(201, "accepted"), (201, None)]
    again = in_json(service, post("a", first), post("b", {}), post("c", later), post("d", first))
    assert told(again) == [(201, "accepted"), (409, None), (201, "accepted"), (400, "rejected")]
    assert again[0] == once[0]
    assert names(service) == ["a", "b", "c"]


def test_an_answer_is_the_same_in_a_batch_and_alone(service: Service) -> None:
    headers = repeatable(accept="application/json", odata_version="4.0")
    alone = ask(service, "POST", "Customers", {"id": "a"}, **headers)
    sent = in_lines({**headers, "content_type": "application/json"})
    (part,) = multipart(service, http("POST Customers", json.dumps({"id": "a"}), sent))
    assert (part.status, part.body, part.headers["Location"]) == (201, alone.body, alone.headers["Location"])


def test_later_requests_refer_to_what_was_done_before(service: Service) -> None:
    first = repeatable()
    change: dict[str, object] = {"method": "patch", "url": "$1", "headers": {"if-match": "$1"}, "body": {"name": "A"}}
    for status in (200, 412):
        parts = in_json(service, post("a", first), change, {"url": "Customers?$filter=id eq $1/id"})
        assert [part["status"] for part in parts] == [201, status, 200]
        assert len(parts[2]["body"]["value"]) == 1


def test_a_change_set_is_repeated_as_a_whole(service: Service) -> None:
    lines = in_lines(repeatable())
    changes = change_set(
        http("POST Customers", {"id": "a"}, lines, "1"),
        http("PATCH $1", {"name": "A"}, f"{lines}Prefer: return=minimal\r\n", "2"),
    )
    first, deleted = multipart(service, changes, http("DELETE $1"))
    assert [(part.status, part.headers[RESULT]) for part in first.parts] == [(201, "accepted"), (204, "accepted")]
    again, gone = multipart(service, changes, http("DELETE $1"))
    assert (again.parts, deleted.status, gone.status, names(service)) == (first.parts, 204, 404, [])


def test_an_atomicity_group_is_repeated_as_a_whole(service: Service) -> None:
    headers, group = repeatable(), {"atomicityGroup": "g"}
    minimal = {**as_sent(headers), "prefer": "return=minimal"}
    requests: tuple[dict[str, object], ...] = (
        post("a", headers, **group),
        {"method": "patch", "url": "$1", "headers": minimal, "body": {"name": "A"}, **group},
        {"url": "Customers/$count", **group},
        {"method": "delete", "url": "$1", "dependsOn": ["g"]},
    )
    first = in_json(service, *requests)
    assert told(first) == [(201, "accepted"), (204, "accepted"), (200, None), (204, None)]
    again = in_json(service, *requests)
    assert (again[:3], again[3]["status"], names(service)) == (first[:3], 404, [])


def test_a_group_that_fails_is_tried_anew(service: Service) -> None:
    headers, group = repeatable(), {"atomicityGroup": "g"}
    assert ask(service, "POST", "Customers", {"id": "b"}).status == 201
    failed = in_json(service, post("a", headers, **group), post("b", headers, **group))
    assert told(failed) == [(424, "accepted"), (409, "accepted")]
    assert names(service) == ["b"]
    assert ask(service, "DELETE", "Customers('b')").status == 204
    for _ in range(2):
        assert (
            told(in_json(service, post("a", headers, **group), post("b", headers, **group))) == [(201, "accepted")] * 2
        )
    assert names(service) == ["a", "b"]
    assert told(in_json(service, post("a", headers))) == [(400, "rejected")]
    assert told(in_json(service, post("a", headers, **group))) == [(400, "rejected")]


def test_a_change_set_that_fails_is_one_answer_that_says_so(service: Service) -> None:
    lines = in_lines(repeatable())
    changes = change_set(http("POST Customers", {"id": "a"}, lines), http("POST Customers", {"id": "a"}, lines))
    (part,) = multipart(service, changes)
    assert (part.status, part.headers[RESULT], names(service)) == (409, "accepted", [])
    (part,) = multipart(service, change_set(http("POST Customers", {"id": "a"}, lines), http("GET Customers")))
    assert (part.status, names(service)) == (400, [])


def test_what_fails_for_what_it_depends_on_may_have_been_done_before(service: Service) -> None:
    headers, group = repeatable(), {"atomicityGroup": "g"}
    alone, together = post("b", repeatable(), dependsOn=["1"]), post("c", headers, dependsOn=["1"], **group)
    assert told(in_json(service, post("a", {}), alone)) == [(201, None), (201, "accepted")]
    assert told(in_json(service, post("a", {}), alone)) == [(409, None), (424, "rejected")]
    assert ask(service, "DELETE", "Customers('a')").status == 204
    assert told(in_json(service, post("a", {}), together)) == [(201, None), (201, "accepted")]
    assert told(in_json(service, post("a", {}), together)) == [(409, None), (201, "accepted")]
    assert told(in_json(service, post("a", {}), post("d", repeatable(), dependsOn=["1"], **group))) == [
        (409, None),
        (424, "rejected"),
    ]


@pytest.mark.parametrize(
    "refers",
    [
        {"url": "$1"},
        {"url": "Customers('b')", "headers": {"if-match": "$1"}},
        {"url": "Customers('b')?$filter=id eq $1/id"},
        {"url": "Customers('b')", "body": {"name": "New", "partner": {"@id": "$1"}}},
    ],
)
def test_what_refers_to_what_has_failed_may_have_been_done_before(service: Service, refers: dict[str, Any]) -> None:
    headers = {**as_sent(repeatable()), **refers.get("headers", {})}
    headers = {**as_sent(repeatable()), **refers.get("headers", {})}
    change: dict[str, object] = {"method": "patch", "body": {"name": "New"}, **refers, "headers": headers}
    in_json(service, post("b", {}), change)
    assert told(in_json(service, post("b", {}), change)) == [(409, None), (424, "rejected")]


def test_a_group_that_is_repeated_went_where_it_went(service: Service) -> None:
    change: dict[str, object] = {"method": "patch", "url": "$1", "body": {"name": "A"}, "atomicityGroup": "g"}
    change["headers"] = as_sent(repeatable())
    later: dict[str, object] = {"url": "$2/name"}
    first = in_json(service, post("a", {}), change, later)
    again = in_json(service, post("a", {}), change, later)
    assert (again[0]["status"], again[1:]) == (409, first[1:])
    other = in_json(service, post("b", {}), change, {"method": "delete", "url": "$2"})
    assert (told(other), other[1]) == ([(201, None), (200, "accepted"), (204, None)], first[1])
    assert names(service) == ["b"]


def test_the_credentials_of_a_batch_are_those_of_its_requests(service: Service) -> None:
    headers = repeatable(accept="application/json", odata_version="4.0", content_type="application/json")
    assert ask(service, "POST", "Customers", {"id": "a"}, **headers, authorization="Bearer mine").status == 201
    lines = http("POST Customers", json.dumps({"id": "a"}), in_lines(headers))
    (mine,), (others,) = (multipart(service, lines, authorization=f"Bearer {sender}") for sender in ("mine", "other"))
    assert (mine.status, mine.headers[RESULT]) == (201, "accepted")
    assert (others.status, others.headers[RESULT]) == (400, "rejected")


@pytest.mark.parametrize("second", [{}, repeatable()])
def test_the_changes_of_a_group_have_one_id(service: Service, second: dict[str, str]) -> None:
    group = {"atomicityGroup": "g"}
    for headers in ((repeatable(), second), (second, repeatable())):
        parts = in_json(service, *(post(key, sent, **group) for key, sent in zip("ab", headers, strict=True)))
        assert {part["status"] for part in parts} == {400, 424}
        failed = next(part for part in parts if part["status"] == 400)
        assert failed["headers"][RESULT] == "rejected"
    assert names(service) == []


def test_a_batch_itself_cannot_be_repeated(service: Service) -> None:
    batch = {"requests": [{"id": "1", **post("a", {})}]}
    answer = ask(service, "POST", "$batch", batch, **repeatable())
    assert (answer.status, answer.headers[RESULT]) == (501, "rejected")
    assert names(service) == []


def test_what_is_remembered_is_forgotten_in_a_batch(service: Service) -> None:
    headers = repeatable()
    path = f"$RepeatableRequestWithRequestID/{headers['repeatability_request_id']}"
    parts = in_json(service, post("a", headers), {"method": "delete", "url": path}, post("a", headers))
    assert told(parts) == [(201, "accepted"), (204, None), (409, "accepted")]
    for url in (path, f"{ROOT}%24{path[1:]}"):
        (part,) = in_json(service, {"method": "delete", "url": url, "atomicityGroup": "g"})
        assert (part["status"], part["body"]["error"]["code"]) == (400, "BadRequest")


# Answered later


@pytest.fixture
def shop(tmp_path: Any) -> Iterator[Service]:
    with service_of(shop_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        yield service


def final(service: Service, answer: Answer) -> Answer:
    """What comes of a request that is answered later."""
    assert (answer.status, answer.headers[RESULT]) == (202, "accepted")
    deadline = monotonic() + 20
    monitor = answer.headers["Location"].removeprefix(ROOT)
    while (done := ask(service, "GET", monitor, accept="*/*")).status == 202:
        assert monotonic() < deadline, "it takes too long"
        sleep(0.01)
    return done


def test_what_is_answered_later_is_carried_out_once(shop: Service) -> None:
    headers = repeatable(prefer="respond-async")
    done = [final(shop, ask(shop, "POST", "Orders", {"title": "x"}, **headers)) for _ in range(2)]
    assert [(answer.headers["AsyncResult"], answer.headers[RESULT]) for answer in done] == [("201", "accepted")] * 2
    assert done[0].body == done[1].body
    assert ask(shop, "GET", "Orders/$count").body == b"1"


def test_what_is_wrong_is_rejected_at_once(shop: Service) -> None:
    wrong: list[tuple[str, dict[str, str], int]] = [
        ("Orders", repeatable(90_000), 412),
        ("Orders", {"repeatability_request_id": "1"}, 400),
        ("$batch", repeatable(), 501),
    ]
    for target, headers, status in wrong:
        answer = ask(shop, "POST", target, {}, prefer="respond-async", **headers)
        assert (answer.status, answer.headers[RESULT]) == (status, "rejected")
    assert ask(shop, "GET", "Orders", prefer="respond-async", **repeatable()).status == 202


def test_the_end_of_a_request_is_not_repeatable(shop: Service) -> None:
    monitor = ask(shop, "GET", "Orders", prefer="respond-async").headers["Location"].removeprefix(ROOT)
    answer = ask(shop, "DELETE", monitor, **repeatable())
    assert (answer.status, answer.headers[RESULT]) == (501, "rejected")


# What a definition says


_MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Repeatability.V1.xml">
    <edmx:Include Namespace="Org.OData.Repeatability.V1" Alias="Repeatability"/>
  </edmx:Reference>
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">
      <EntityType Name="Thing">
        <Key><PropertyRef Name="id"/></Key>
        <Property Name="id" Type="Edm.Int32" Nullable="false"/>
      </EntityType>
      <Action Name="Never"><Annotation Term="Repeatability.Supported" Bool="false"/></Action>
      <Action Name="Ever"/>
      <Action Name="touch" IsBound="true"><Parameter Name="thing" Type="s.Thing" Nullable="false"/></Action>
      <EntityContainer Name="Container">
        {}
        <EntitySet Name="Things" EntityType="s.Thing"/>
        <EntitySet Name="Others" EntityType="s.Thing">
          <Annotation Term="Repeatability.Supported" Bool="{}"/>
        </EntitySet>
        <ActionImport Name="Never" Action="s.Never"/>
        <ActionImport Name="Ever" Action="s.Ever"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""
_OF_ALL = '<Annotation Term="Repeatability.Supported" Bool="false"/>'


@pytest.mark.parametrize(
    ("of_all", "of_one", "statuses"),
    [("", "false", [201, 501, 501, 204, 204]), (_OF_ALL, "true", [501, 201, 501, 501, 501])],
)
def test_a_definition_may_say_that_requests_cannot_be_repeated(
    tmp_path: Any, of_all: str, of_one: str, statuses: list[int]
) -> None:
    path = tmp_path / "model.xml"
    path.write_text(_MODEL.format(of_all, of_one))
    with service_of(load_schema(str(path))) as service:
        service.action("s.Never")(lambda call: None)
        service.action("s.Ever")(lambda call: None)

        @service.action("s.touch")
        def touch(call: Call, thing: Entity) -> None:
            assert thing.key == (7,)

        assert ask(service, "POST", "Things", {"id": 7}).status == 201
        targets = ("Things", "Others", "Never", "Ever", "Things(7)/s.touch")
        bodies: tuple[object, ...] = ({"id": 1}, {"id": 1}, {}, {}, {})
        answers = [
            ask(service, "POST", target, body, **repeatable()) for target, body in zip(targets, bodies, strict=True)
        ]
        assert [answer.status for answer in answers] == statuses
        assert {(answer.status == 501, answer.headers[RESULT]) for answer in answers} == {
            (True, "rejected"),
            (False, "accepted"),
        }
        assert ask(service, "POST", "Never", {}).status == 204
