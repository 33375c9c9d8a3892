"""`$batch` through `Service.handle`: each request as it would be alone, groups all or nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from odata_service.edm.document import Profile
from odata_service.service import Request, Service
from odata_service.settings import Limits, Settings
from tests.asking import ROOT, ask, service_of
from tests.batches import Part, change_set, divided, http, in_json, multipart, parts_of, send
from tests.models import partners_schema


@pytest.fixture
def service() -> Iterator[Service]:
    """Partners and customers: p1, and a who is its customer."""
    with service_of(partners_schema()) as service:
        assert ask(service, "POST", "Partners", {"id": "p1", "name": "One"}).status == 201
        assert (
            ask(service, "POST", "Customers", {"id": "a", "name": "O'Brien", "credit": 1.5, "partnerId": "p1"}).status
            == 201
        )
        yield service


def names(service: Service) -> list[Any]:
    """The keys of all customers."""
    return ask(service, "GET", "Customers?$orderby=id").column("id")


def statuses(parts: list[Part]) -> list[int]:
    """The statuses of answers, 0 for a change set."""
    return [part.status for part in parts]


def post(key: str, content_id: str = "", **members: object) -> str:
    """A part that creates a customer."""
    return http("POST Customers", {"id": key, **members}, content_id=content_id)


# What a batch is answered by


def test_a_part_is_answered_as_it_would_be_alone(service: Service) -> None:
    alone = ask(service, "GET", "Customers('a')?$expand=partner")
    (part,) = multipart(service, http("GET Customers('a')?$expand=partner"))
    assert (part.status, part.body) == (200, alone.body)
    kept = {name: value for name, value in alone.headers.items() if name != "Server-Timing"}
    assert part.headers == {**kept, "Content-Length": str(len(alone.body))}


def test_a_created_entity_says_where_it_is(service: Service) -> None:
    (part,) = multipart(service, post("b", "7"))
    assert (part.status, part.content_id, part.headers["Location"]) == (201, "7", f"{ROOT}Customers('b')")
    assert part.json["@odata.context"] == f"{ROOT}$metadata#Customers/$entity"


def test_an_empty_batch_has_no_answers(service: Service) -> None:
    assert multipart(service) == []
    assert in_json(service) == []


def test_preferences_are_those_of_each_part(service: Service) -> None:
    parts = multipart(
        service, post("b"), http("POST Customers", {"id": "c"}, "Prefer: return=minimal\r\n"), prefer="return=minimal"
    )
    assert statuses(parts) == [201, 204]
    assert parts[1].headers["OData-EntityId"] == f"{ROOT}Customers('c')"


def test_versions_and_formats_of_the_batch_hold_for_its_parts(service: Service) -> None:
    level = "application/json;odata.metadata=none"
    plain, own = multipart(
        service,
        http("GET Customers('a')"),
        http("GET Customers('a')", headers="OData-MaxVersion: 4.0\r\nAccept: application/json\r\n"),
        odata_maxversion="4.01",
        accept=f"multipart/mixed, {level}",
    )
    assert (plain.headers["OData-Version"], "@odata.context" in plain.json) == ("4.01", False)
    assert (own.headers["OData-Version"], "@odata.context" in own.json) == ("4.0", True)


@pytest.mark.parametrize(
    ("content_type", "accept", "version", "answered"),
    [
        ("multipart", "", "", "multipart"),
        ("multipart", "multipart/mixed", "4.0", "multipart"),
        ("multipart", "application/json", "4.0", "multipart"),
        ("multipart", "application/json", "4.01", "application/json"),
        ("multipart", "application/json, multipart/mixed;q=0.5", "4.01", "multipart"),
        ("multipart", "*/*", "4.01", "multipart"),
        ("json", "", "", "application/json"),
        ("json", "application/json;odata.metadata=full", "", "application/json"),
        ("json", "multipart/mixed, application/json;q=0.1", "", "application/json"),
        ("json", "multipart/mixed", "4.0", "multipart"),
    ],
)
def test_accept_chooses_the_format_of_the_answer(
    service: Service, content_type: str, accept: str, version: str, answered: str
) -> None:
    body, told = divided("b", http("GET Customers('a')")), "multipart/mixed;boundary=b"
    if content_type == "json":
        body, told = '{"requests":[{"id":"1","method":"get","url":"Customers"}]}', "application/json"
    headers = {"accept": accept, "odata_maxversion": version}
    answer = send(service, body, told, **{name: value for name, value in headers.items() if value})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(answered)


def test_a_multipart_batch_answered_in_json_names_its_change_sets(service: Service) -> None:
    body = divided("b", http("GET Customers/$count"), change_set(post("b", "1")), change_set(post("b", "2")))
    answer = send(service, body, "multipart/mixed;boundary=b", accept="application/json", odata_version="4.01")
    assert isinstance(answer.body, bytes)
    responses = json.loads(answer.body)["responses"]
    told = [(found.get("id"), found.get("atomicityGroup"), found["status"]) for found in responses]
    assert told == [(None, None, 200), ("1", "changeset-2", 201), ("2", "changeset-3", 409)]


def test_a_json_batch_answered_as_multipart_names_each_part(service: Service) -> None:
    text = '{"requests":[{"id":"x","method":"get","url":"Customers/$count"},{"id":"y","method":"get","url":"no"}]}'
    answer = send(service, text, "application/json", accept="multipart/mixed")
    assert isinstance(answer.body, bytes)
    parts = parts_of(answer.body, answer.headers["Content-Type"])
    assert [(part.content_id, part.status) for part in parts] == [("x", 200), ("y", 404)]


def test_header_names_in_json_are_lower_case_but_for_a_profile(service: Service) -> None:
    with service_of(replace(partners_schema(), profile=Profile())) as other:
        (plain,) = in_json(other, {"url": "Customers/$count"})
    assert list(plain["headers"]) == ["content-type", "odata-version", "vary"]
    (usual,) = in_json(service, {"url": "Customers/$count"})
    assert list(usual["headers"]) == ["Content-Type", "OData-Version", "Vary"]


def test_large_answers_come_piece_by_piece(service: Service) -> None:
    ask(service, "PATCH", "Customers('a')", {"name": "x" * 100_000})
    request = {"method": "get", "url": "Customers('a')"}
    text = json.dumps({"requests": [{"id": str(number), **request} for number in range(10)]}).encode()
    answer = service.handle(Request("POST", "$batch", "", {"content-type": "application/json"}, text, ROOT, "t"))
    assert not isinstance(answer.body, bytes)
    pieces = list(answer.body)
    assert max(map(len, pieces)) < 400_000
    assert len(json.loads(b"".join(pieces))["responses"]) == 10


# Where requests go


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET Customers('a')", ""),
        ("GET Customers%28%27a%27%29", ""),
        ("GET ./Customers('a')", ""),
        ("GET /root/Customers('a')", ""),
        ("GET /root/Customers('a')", "Host: host\r\n"),
        ("GET /Customers('a')", ""),
        ("GET http://host/root/Customers('a')", ""),
        ("GET HTTPS://HOST/root/Customers('a')", "Host: elsewhere\r\n"),
        ("GET //host/root/Customers('a')", ""),
    ],
)
def test_urls_may_be_relative_or_of_the_host_or_absolute(service: Service, line: str, headers: str) -> None:
    body = divided("b", http(line, headers=headers)).encode()
    sent = {"content-type": "multipart/mixed;boundary=b"}
    answer = service.handle(Request("POST", "$batch/", "", sent, body, "http://host/root/", "t"))
    assert isinstance(answer.body, bytes)
    (part,) = parts_of(answer.body, answer.headers["Content-Type"])
    assert (part.status, part.json["@odata.context"]) == (200, "http://host/root/$metadata#Customers/$entity")


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET http://elsewhere/root/Customers", ""),
        ("GET ftp://host/root/Customers", ""),
        ("GET http://host/other/Customers", ""),
        ("GET http://host:22/root/Customers", ""),
        ("GET //elsewhere/Customers", ""),
        ("GET /root/Customers", "Host: elsewhere\r\n"),
    ],
)
def test_urls_of_others_are_refused(service: Service, line: str, headers: str) -> None:
    body = divided("b", http(line, headers=headers)).encode()
    sent = {"content-type": "multipart/mixed;boundary=b"}
    answer = service.handle(Request("POST", "$batch", "", sent, body, "http://host/root/", "t"))
    assert isinstance(answer.body, bytes)
    (part,) = parts_of(answer.body, answer.headers["Content-Type"])
    assert (part.status, part.json["error"]["message"].count("is no URL of this service")) == (400, 1)


def test_the_service_root_itself_is_a_url_in_each_form(service: Service) -> None:
    found = in_json(service, {"url": ""}, {"url": "/"}, {"url": ROOT}, {"url": ROOT.rstrip("/")}, {"url": "$metadata"})
    assert [answer["status"] for answer in found] == [200] * 5


# Order and errors


def test_a_multipart_batch_ends_at_its_first_error(service: Service) -> None:
    parts = multipart(service, http("GET Customers('a')"), http("GET Customers('no')"), post("b"))
    assert statuses(parts) == [200, 404]
    assert names(service) == ["a"]


@pytest.mark.parametrize("preference", ["odata.continue-on-error", "continue-on-error=true", "continue-on-error"])
def test_a_multipart_batch_goes_on_where_that_is_preferred(service: Service, preference: str) -> None:
    body = divided(
        "b", http("GET Customers('no')"), "Content-Type: text/plain\r\n\r\n", change_set(http("GET x")), post("b")
    )
    answer = send(service, body, "multipart/mixed;boundary=b", prefer=preference)
    assert isinstance(answer.body, bytes)
    assert statuses(parts_of(answer.body, answer.headers["Content-Type"])) == [404, 415, 400, 201]
    assert answer.headers["Preference-Applied"] == preference


def test_a_json_batch_goes_on_unless_that_is_not_preferred(service: Service) -> None:
    requests: tuple[dict[str, object], ...] = (
        {"url": "no"},
        {"method": "post", "url": "Customers", "body": {"id": "b"}},
    )
    assert [answer["status"] for answer in in_json(service, *requests, prefer="continue-on-error=false")] == [404]
    assert [answer["status"] for answer in in_json(service, *requests)] == [404, 201]


def test_parts_see_what_came_before(service: Service) -> None:
    parts = multipart(service, http("GET Customers/$count"), change_set(post("b")), http("GET Customers/$count"))
    assert (parts[0].body, parts[2].body) == (b"1", b"2")


# Change sets and atomicity groups


def test_a_change_set_is_answered_with_a_part_for_each_change(service: Service) -> None:
    changes = change_set(
        post("b", "1", name="Bo"),
        http("PATCH Customers('b')", {"credit": 2}, "Prefer: return=minimal\r\n", content_id="2"),
        http("DELETE Customers('a')", content_id="3"),
    )
    (found,) = multipart(service, changes)
    assert [(part.status, part.content_id) for part in found.parts] == [(201, "1"), (204, "2"), (204, "3")]
    assert ask(service, "GET", "Customers").values[0]["credit"] == 2


def test_a_change_set_that_fails_is_one_answer_and_changes_nothing(service: Service) -> None:
    failing = http("PATCH Customers('no')", {"credit": 2}, "If-Match: *\r\n", content_id="2")
    parts = multipart(
        service, change_set(post("b", "1"), http("DELETE Customers('a')"), failing, post("c", "3")), post("d")
    )
    (failed,) = parts
    assert (failed.status, failed.content_id, failed.parts) == (412, None, ())
    assert failed.json["error"]["@Org.OData.Core.V1.ContentID"] == "2"
    assert names(service) == ["a"]


def test_each_detail_of_an_error_tells_which_change_it_is_about(service: Service) -> None:
    wrong = http("PATCH Customers('a')", {"credit": "much", "name": 1}, content_id="2")
    (failed,) = multipart(service, change_set(post("b", "1"), wrong))
    details = failed.json["error"]["details"]
    assert [(part["target"], part["@Org.OData.Core.V1.ContentID"]) for part in details] == [
        ("credit", "2"), ("name", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize("second", [post("c", "1"), http("DELETE Customers('a')", headers="Content-ID: 1\r\n")])
def test_a_content_id_names_one_request_of_a_change_set(service: Service, second: str) -> None:
    (failed,) = multipart(service, change_set(post("b", "1"), second))
    assert (failed.status, failed.json["error"]["target"], names(service)) == (400, "Content-ID", ["a"])
    assert "'1' stands twice" in failed.json["error"]["message"]
    again = multipart(service, change_set(post("b", "1")), change_set(post("c", "1")))
    assert [[part.status for part in changes.parts] for changes in again] == [[201], [201]]


@pytest.mark.parametrize("line", ["GET Customers", "HEAD Customers", "OPTIONS Customers"])
def test_a_change_set_takes_changes_alone(service: Service, line: str) -> None:
    (failed,) = multipart(service, change_set(post("b"), http(line)))
    assert (failed.status, names(service)) == (400, ["a"])
    assert "holds changes alone" in failed.json["error"]["message"]


def test_a_group_that_fails_tells_which_request_did(service: Service) -> None:
    group = {"atomicityGroup": "g", "method": "post", "url": "Customers"}
    found = in_json(
        service, {**group, "body": {"id": "b"}}, {**group, "body": {"id": "a"}}, {**group, "body": {"id": "c"}}
    )
    assert [(answer["id"], answer["atomicityGroup"], answer["status"]) for answer in found] == [
        ("1", "g", 424),
        ("2", "g", 409),
        ("3", "g", 424),
    ]
    assert "Request '2' of the same group has failed" in found[0]["body"]["error"]["message"]
    assert names(service) == ["a"]


def test_a_group_may_read_what_it_has_changed(service: Service) -> None:
    group = {"atomicityGroup": "g"}
    created, read = in_json(
        service,
        {**group, "method": "post", "url": "Customers", "body": {"id": "b"}},
        {**group, "url": "Customers/$count"},
    )
    assert (created["status"], read["body"]) == (201, "2")


def test_a_malformed_request_fails_its_group_before_anything_is_done(service: Service) -> None:
    group = {"atomicityGroup": "g", "method": "post", "url": "Customers"}
    found = in_json(service, {**group, "body": {"id": "b"}}, {"atomicityGroup": "g", "method": "x"})
    assert [answer["status"] for answer in found] == [424, 400]


# References


def test_a_new_entity_is_referred_to_by_its_content_id(service: Service) -> None:
    changes = change_set(
        http("POST Partners", {"id": "p2", "name": "Two"}, content_id="0.0"),
        post("b", "1"),
        http("PUT $1/partner/$ref", {"@odata.id": "$0.0"}, content_id="2"),
        http("PATCH %241", {"credit": 3}, content_id="3"),
        http("PATCH /$1", {"name": "Bo"}, "If-Match: $3\r\n", content_id="4"),
    )
    made, across = multipart(service, changes, http("GET $1?$expand=partner"))
    assert [part.status for part in made.parts] == [201, 201, 204, 200, 200]
    assert made.parts[4].json["@odata.context"] == f"{ROOT}$metadata#Customers/$entity"
    shown = {name: across.json[name] for name in ("id", "name", "credit", "partnerId")}
    assert shown == {"id": "b", "name": "Bo", "credit": 3, "partnerId": "p2"}


def test_an_etag_that_no_longer_holds_fails(service: Service) -> None:
    parts = multipart(
        service,
        http("GET Customers('a')", content_id="1"),
        http("PATCH Customers('a')", {"credit": 3}),
        http("PATCH $1", {"credit": 4}, "If-Match: $1\r\n"),
    )
    assert statuses(parts) == [200, 200, 412]


@pytest.mark.parametrize(
    ("part", "status", "said"),
    [
        (http("PATCH $99", {}), 400, "'$99' refers to no request before this one"),
        (http("PATCH Customers('a')", {}, "If-Match: $99\r\n"), 400, "'$99' refers to no request"),
        (http("PATCH Customers('a')", {}, "If-Match: $count\r\n"), 400, "has no ETag"),
        (http("PUT Customers('a')/partner/$ref", {"@odata.id": "$99"}), 400, "'$99' refers to no request"),
        (http("GET $failed"), 424, "Request 'failed' has failed"),
        (http("GET $batch"), 400, "holds no batches"),
        (http("POST %24batch/", {"requests": []}), 400, "holds no batches"),
        (http("GET Customers", headers="Authorization: Bearer x\r\n"), 400, "has no header 'authorization'"),
        (http("GET Customers", headers="Range: bytes=0-1\r\n"), 400, "has no header 'range'"),
        (http("PATCH Customers('a')", {}, "Content-Encoding: gzip\r\n"), 415, "content-encoding 'gzip'"),
        (http("POST Customers", "[" * 1_000 + '"$', JSON := "Content-Type: application/json\r\n"), 400, "--max-depth"),
    ],
)
def test_what_a_part_cannot_be_is_said(service: Service, part: str, status: int, said: str) -> None:
    before = (http("GET Customers/$count", content_id="count"), http("GET no", content_id="failed"))
    found = multipart(service, *before, part, prefer="continue-on-error")[2]
    assert (found.status, found.json["error"]["message"].count(said)) == (status, 1)


def test_a_part_may_repeat_the_credentials_of_its_batch(service: Service) -> None:
    parts = [http("GET Customers", headers=f"Authorization: {stated}\r\n") for stated in ("Bearer x", "Bearer y")]
    found = multipart(service, *parts, authorization="Bearer x", prefer="continue-on-error")
    assert statuses(found) == [200, 400]


def test_names_of_the_system_come_before_ids(service: Service) -> None:
    parts = multipart(service, http("GET Customers", content_id="metadata"), http("GET $metadata"))
    assert parts[1].headers["Content-Type"] == "application/xml"


def test_references_are_references_in_bodies_too(service: Service) -> None:
    body = '{"x": "$1", "@odata.id": "$1", "n": 1.10}'
    (part,) = multipart(
        service,
        change_set(
            http("POST Partners", {"id": "p2", "name": "Two"}, content_id="1"),
            http("PUT Customers('a')/partner/$ref", body, "Content-Type: application/json\r\n"),
        ),
    )
    assert [change.status for change in part.parts] == [201, 204]


def test_new_entities_are_bound_to_each_other(service: Service) -> None:
    changes = change_set(
        http("POST Partners", {"id": "p2", "name": "Two"}, content_id="1"),
        post("b", "2", **{"partner@odata.bind": "$1"}),
        post("c", "3", **{"partner": {"@id": "$1"}}),
    )
    (made,) = multipart(service, changes, odata_version="4.01")
    assert [part.status for part in made.parts] == [201, 201, 201]
    assert [part.json["partnerId"] for part in made.parts[1:]] == ["p2", "p2"]


# Dependencies and conditions


def test_a_request_whose_dependency_has_failed_is_not_carried_out(service: Service) -> None:
    found = in_json(
        service,
        {"url": "no"},
        {"method": "post", "url": "Customers", "body": {"id": "b"}, "dependsOn": ["1"]},
        {"method": "post", "url": "Customers", "body": {"id": "c"}, "atomicityGroup": "g"},
        {"method": "post", "url": "$3/employees", "body": {}, "dependsOn": ["2"], "atomicityGroup": "g"},
        {"url": "Customers/$count", "dependsOn": ["g"]},
        {"url": "Customers/$count"},
    )
    assert [answer["status"] for answer in found] == [404, 424, 424, 424, 424, 200]
    assert names(service) == ["a"]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("$failed/$succeeded", 424),
        ("not $failed/$succeeded and $a/$succeeded", 200),
        ("$a/name eq 'O''Brien'", 200),
        ("$a/credit gt 2 or contains($a/name,'x')", 424),
        ("$failed/name eq null", 200),
        ("$count eq 1", 200),
        ("$a/isActive", 424),
        ("'$a/name' eq '$a/name' and now() gt 2020-01-01T00:00:00Z", 200),
        ("name eq 'x'", 400),
        ("$a/nothing eq 'x'", 400),
        ("$a/name", 400),
        ("$a", 400),
        ("Customers/$count eq 1", 400),
        ("$a/name eq (", 400),
    ],
)
def test_a_condition_is_about_the_answers_before(service: Service, condition: str, status: int) -> None:
    found = in_json(
        service,
        {"id": "failed", "url": "no"},
        {"id": "a", "url": "Customers('a')"},
        {"id": "count", "url": "Customers/$count"},
        {
            "id": "last",
            "url": "Customers",
            "if": condition.replace("$count", "$n") if "Customers" not in condition else condition,
        },
        {"id": "n", "url": "Customers/$count"},
    )
    assert found[3]["status"] == (400 if condition == "$count eq 1" else status), found[3]


def test_values_of_answers_stand_in_queries_as_literals_of_their_types(service: Service) -> None:
    ask(service, "PATCH", "Customers('a')", {"since": "2024-01-02T03:04:05.6Z", "isActive": True, "name": "a&b+c=1'"})
    same = "since eq $1/since and isActive eq $1/isActive and name eq $1/name and credit eq $1/credit"
    found = in_json(
        service,
        {"url": "Customers('a')"},
        {"url": f"Customers/$count?$filter={same}"},
        {"url": "Customers/$count?%24filter=1 eq $2 and name ne '$1/name'"},
        {"url": "Customers?$expand=partner($filter=name eq $1/name)&$top=$2"},
        {"url": "Customers/$count?$filter=$it/name eq $1/name and partnerId eq $1/partnerId"},
    )
    assert [answer["status"] for answer in found[:3]] == [200] * 3
    assert [answer["body"] for answer in (found[1], found[2], found[4])] == ["1", "1", "1"]


# The batch as a whole


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["$batch", "$batch/", "%24batch"])
def test_a_batch_is_posted(service: Service, method: str, path: str) -> None:
    answer = ask(service, method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert ask(service, "OPTIONS", path).headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    ("target", "content_type", "headers", "status", "said"),
    [
        ("$batch", "text/plain", {}, 415, "Send multipart/mixed with its boundary, or application/json"),
        ("$batch", "", {}, 415, "Send multipart/mixed with its boundary, or application/json"),
        ("$batch", "multipart/form-data;boundary=b", {}, 415, "Send multipart/mixed"),
        ("$batch", "multipart/mixed", {}, 400, "states no boundary"),
        ("$batch", "application/json;charset=utf-16", {}, 415, "charset"),
        ("$batch", "application/json", {"if-match": "*"}, 400, "A batch takes no If-Match"),
        ("$batch", "application/json", {"if-none-match": "*"}, 400, "A batch takes no If-None-Match"),
        ("$batch", "application/json", {"accept": "text/html"}, 406, "takes neither"),
        ("$batch", "application/json", {"odata-version": "5.0"}, 400, "not spoken here"),
        ("$batch", "application/json", {"odata-maxversion": "3.0"}, 406, "takes at most 3.0"),
        ("$batch", "application/json", {"isolation": "serializable"}, 412, "not offered"),
        ("$batch?$format=json", "application/json", {}, 400, "'$format' does not go with a batch"),
        ("$batch/more", "application/json", {}, 404, "no resource '$batch'"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(
    service: Service, target: str, content_type: str, headers: dict[str, str], status: int, said: str
) -> None:
    path, _, query = target.partition("?")
    sent = {"content-type": content_type, **headers}
    answer = service.handle(Request("POST", path, query, sent, b'{"requests":[]}', ROOT, "t"))
    assert isinstance(answer.body, bytes)
    assert (answer.status, said.lower() in json.loads(answer.body)["error"]["message"].lower()) == (status, True)


def test_a_custom_option_of_a_batch_says_nothing(service: Service) -> None:
    answer = service.handle(
        Request("POST", "$batch", "sap-client=1", {"content-type": "application/json"}, b'{"requests":[]}', ROOT)
    )
    assert answer.body == b'{"responses":[]}'


def test_a_batch_beyond_its_limit_is_refused_before_anything_is_done() -> None:
    with service_of(partners_schema(), Settings(Limits(max_batch=2))) as service:
        answer = send(service, divided("b", post("x"), change_set(post("y"), post("z"))), "multipart/mixed;boundary=b")
        assert (answer.status, names(service)) == (413, [])


def test_what_a_read_only_service_refuses_it_refuses_in_batches() -> None:
    with service_of(partners_schema(), Settings(read_only=True)) as service:
        assert statuses(multipart(service, http("GET Customers"), change_set(post("b")))) == [200, 405]


def test_a_fault_of_the_service_is_that_of_one_request(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("told to the log alone")

    monkeypatch.setattr("odata_service.service.batch_run.target_of", broken)
    (answer,) = in_json(service, {"url": "Customers"})
    assert answer["status"] == 500
    assert "told to the log" not in answer["body"]["error"]["message"]
