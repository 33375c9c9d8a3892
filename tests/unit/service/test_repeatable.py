"""Repeatable requests: what is sent again is not carried out again (OASIS Repeatable Requests 1.0)."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from threading import Event, Thread
from time import time

import pytest

from odata_service.definition import load_schema
from odata_service.errors import Unavailable
from odata_service.service import Call, Entity, Request, Service
from odata_service.service.message import Principal
from odata_service.settings import Limits, Settings
from odata_service.storage import Claim, DatabaseStore
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import company_schema, shop_schema
from tests.repeating import RESULT, repeatable
from tests.servers import FAMILIES, database_url


@pytest.fixture(scope="module", params=FAMILIES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with database_url(request.param) as url:
        yield f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}" if request.param == "sqlite" else url


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """A shop with the customer a, in every database."""
    with service_of(shop_schema(), url=url) as service:
        assert ask(service, "POST", "Customers", {"id": "a", "displayName": "A", "contractType": 0}).status == 201
        yield service
        assert isinstance(service.store, DatabaseStore)
        quoted = service.store.driver.family.dialect.quoted
        for statement in ("DELETE FROM {Customers}", "DELETE FROM {Orders}", "DROP TABLE IF EXISTS {odata-requests}"):
            service.store.connection().execute(re.sub("{(.*)}", lambda match: quoted(match[1]), statement))


@pytest.fixture
def shop() -> Iterator[Service]:
    """The same in one database, for what no database does in its own way."""
    with service_of(shop_schema()) as service:
        assert ask(service, "POST", "Customers", {"id": "a", "displayName": "A", "contractType": 0}).status == 201
        yield service


def number_of(service: Service, entity_set: str) -> int:
    return int(ask(service, "GET", f"{entity_set}/$count").body)


def refused(answer: Answer) -> tuple[int, str, str | None]:
    """The status of an error, the result that it tells, and its target."""
    return answer.status, answer.headers[RESULT], answer.error.get("target")


# What is sent again


def test_a_create_that_is_sent_again_gets_the_answer_that_it_had(service: Service) -> None:
    headers = repeatable()
    first = ask(service, "POST", "Orders?$select=number", {"title": "once"}, **headers)
    assert (first.status, first.headers[RESULT]) == (201, "accepted")
    assert first.headers["Location"] == f"{ROOT}Orders({first.json['number']})"
    assert ask(service, "DELETE", f"Orders({first.json['number']})").status == 204
    assert ask(service, "POST", "Orders?$select=number", {"title": "once"}, **headers) == first
    assert number_of(service, "Orders") == 0
    assert ask(service, "POST", "Orders?$select=number", {"title": "once"}, **repeatable()).status == 201


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("PATCH", {"displayName": "B"}, 200), ("PUT", {"displayName": "B"}, 200), ("DELETE", None, 204)],
)
def test_a_change_under_an_etag_that_is_sent_again_succeeds_again(
    service: Service, method: str, body: object, status: int
) -> None:
    headers = repeatable(if_match=ask(service, "GET", "Customers('a')").headers["ETag"])
    first = ask(service, method, "Customers('a')", body, prefer="return=representation", **headers)
    assert (first.status, first.headers[RESULT]) == (status, "accepted")
    assert ask(service, method, "Customers('a')", body, prefer="return=representation", **headers) == first
    late = {**headers, **repeatable()}
    assert ask(service, method, "Customers('a')", body, prefer="return=representation", **late).status in {404, 412}


def test_an_action_runs_once_and_its_later_answers_are_the_first(service: Service) -> None:
    runs = []

    def archive(call: Call, customer: Entity) -> None:
        runs.append(customer.key)
        call.update(customer, contractType=customer["contractType"] + 1)

    service.action("shop.archive")(archive)
    headers = repeatable(odata_version="4.01")
    answers = [ask(service, "POST", "Customers('a')/shop.archive", {}, **headers) for _ in range(3)]
    assert [(answer.status, answer.headers[RESULT]) for answer in answers] == [(204, "accepted")] * 3
    assert (runs, ask(service, "GET", "Customers('a')/contractType").json["value"]) == ([("a",)], 1)


def test_a_failed_request_has_left_nothing_and_is_tried_anew(service: Service) -> None:
    headers = repeatable()
    failed = ask(service, "PATCH", "Customers('b')", {"displayName": "B"}, if_match="*", **headers)
    assert (failed.status, failed.headers[RESULT]) == (412, "accepted")
    assert ask(service, "POST", "Customers", {"id": "b"}).status == 201
    again = ask(service, "PATCH", "Customers('b')", {"displayName": "B"}, if_match="*", **headers)
    assert (again.status, again.headers[RESULT]) == (200, "accepted")
    wrong = repeatable()
    assert refused(ask(service, "POST", "Customers", {"id": 1}, **wrong)) == (400, "accepted", "id")
    assert ask(service, "POST", "Customers", {"id": "c"}, **wrong).status == 201


def test_a_fault_of_code_leaves_nothing_either(shop: Service) -> None:
    faults = [RuntimeError("once")]

    def archive(call: Call, customer: Entity) -> None:
        call.update(customer, displayName="archived")
        if faults:
            raise faults.pop()

    shop.action("shop.archive")(archive)
    headers = repeatable()
    failed = ask(shop, "POST", "Customers('a')/shop.archive", {}, **headers)
    assert (failed.status, failed.headers[RESULT]) == (500, "accepted")
    assert ask(shop, "GET", "Customers('a')/displayName").json["value"] == "A"
    assert ask(shop, "POST", "Customers('a')/shop.archive", {}, **headers).status == 204


def test_long_answers_and_minimal_ones_are_given_again(service: Service) -> None:
    text = "ä" * 1_200_000
    headers = repeatable()
    first = ask(service, "POST", "Customers", {"id": "long", "displayName": text}, **headers)
    assert (first.status, first.json["displayName"]) == (201, text)
    assert ask(service, "POST", "Customers", {"id": "long", "displayName": text}, **headers) == first
    headers = repeatable(prefer="return=minimal")
    first = ask(service, "POST", "Customers", {"id": "short"}, **headers)
    assert (first.status, first.body, first.headers["Preference-Applied"]) == (204, b"", "return=minimal")
    assert first.headers["OData-EntityId"] == f"{ROOT}Customers('short')"
    assert ask(service, "POST", "Customers", {"id": "short"}, **headers) == first


def test_streams_are_put_once() -> None:
    with service_of(company_schema()) as service:
        created = repeatable(content_type="application/pdf")
        first = ask(service, "POST", "Attachments", b"%PDF", **created)
        assert first.status == 201
        assert ask(service, "POST", "Attachments", b"%PDF", **created) == first
        assert number_of(service, "Attachments") == 1
        assert refused(ask(service, "POST", "Attachments", b"%PDF-2", **created))[:2] == (400, "rejected")
        place = first.headers["Location"].removeprefix(ROOT)
        put = repeatable(content_type="image/png", if_match=ask(service, "GET", f"{place}/$value").headers["ETag"])
        once = ask(service, "PUT", f"{place}/$value", b"PNG", **put)
        assert once.status == 204
        assert ask(service, "PUT", f"{place}/$value", b"PNG", **put) == once


def test_references_properties_and_collections_are_changed_once(shop: Service) -> None:
    for number in (1, 2):
        assert ask(shop, "POST", "Orders", {"number": number}).status == 201
    asked: list[tuple[str, str, object]] = [
        ("POST", "Customers('a')/orders/$ref", {"@odata.id": "Orders(1)"}),
        ("POST", "Customers('a')/tags", {"value": "x"}),
        ("PATCH", "Orders", {"value": [{"number": 2, "title": "two"}, {"title": "new"}]}),
        ("PATCH", "Orders/$each", {"title": "all"}),
        ("DELETE", "Customers('a')/rank", None),
    ]
    for method, target, body in asked:
        headers = repeatable(odata_version="4.01", odata_maxversion="4.01")
        first = ask(shop, method, target, body, **headers)
        assert first.status < 300, (target, first.body)
        assert first.headers[RESULT] == "accepted"
        assert ask(shop, method, target, body, **headers) == first
    assert number_of(shop, "Orders") == 3
    assert ask(shop, "GET", "Customers('a')/tags").json["value"] == ["x"]


def test_reads_do_not_care(shop: Service) -> None:
    wrong = {"repeatability_request_id": "x", "repeatability_first_sent": "never"}
    for method, target in (("GET", "Customers"), ("HEAD", "Customers"), ("OPTIONS", "Customers")):
        answer = ask(shop, method, target, **wrong)
        assert (answer.status in {200, 204}, RESULT in answer.headers) == (True, False)
    asked = ask(shop, "POST", "Customers/$query", b"$top=1", content_type="text/plain", **wrong)
    assert (asked.status, RESULT in asked.headers) == (200, False)


# What is rejected


@pytest.mark.parametrize(
    ("changed", "header"),
    [
        ({"repeatability_request_id": None}, "Repeatability-Request-ID"),
        ({"repeatability_request_id": " "}, "Repeatability-Request-ID"),
        ({"repeatability_request_id": "x" * 257}, "Repeatability-Request-ID"),
        ({"repeatability_request_id": "ü"}, "Repeatability-Request-ID"),
        ({"repeatability_client_id": "a\tb"}, "Repeatability-Client-ID"),
        ({"repeatability_first_sent": None}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": ""}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": "2026-11-27T01:00:00Z"}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": "Mon, 27 Nov 2026 01:00:00 GMT"}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": "Mon, 31 Feb 2026 01:00:00 GMT"}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": "Fri, 27 Nov 2026 01:00:00 +0000"}, "Repeatability-First-Sent"),
        ({"repeatability_first_sent": "Friday, 27-Nov-26 01:00:00 GMT"}, "Repeatability-First-Sent"),
    ],
)
def test_headers_that_are_missing_or_wrong_are_rejected(
    shop: Service, changed: dict[str, str | None], header: str
) -> None:
    headers = {name: text for name, text in {**repeatable(), **changed}.items() if text is not None}
    assert refused(ask(shop, "POST", "Customers", {"id": "b"}, **headers)) == (400, "rejected", header)
    assert number_of(shop, "Customers") == 1


def test_what_was_first_sent_too_long_ago_or_lies_ahead_is_rejected(shop: Service) -> None:
    answer = ask(shop, "POST", "Customers", {"id": "b"}, **repeatable(86_500))
    assert refused(answer) == (412, "rejected", "Repeatability-First-Sent")
    assert "may have been carried out" in answer.error["message"]
    assert refused(ask(shop, "POST", "Customers", {"id": "b"}, **repeatable(-90_000)))[:2] == (412, "rejected")
    assert ask(shop, "POST", "Customers", {"id": "b"}, **repeatable(86_300)).status == 201
    assert ask(shop, "POST", "Customers", {"id": "c"}, **repeatable(-86_000)).status == 201


@pytest.mark.parametrize(
    ("method", "target", "body", "changed"),
    [
        ("POST", "Orders", {"title": "x"}, {}),
        ("POST", "Customers?$select=id", {"id": "b"}, {}),
        ("POST", "Customers", {"id": "c"}, {}),
        ("PUT", "Customers", {"id": "b"}, {}),
        ("POST", "Customers", {"id": "b"}, {"prefer": "return=minimal"}),
        ("POST", "Customers", {"id": "b"}, {"if_none_match": "*"}),
        ("POST", "Customers", {"id": "b"}, {"repeatability_first_sent": formatdate(time() - 1000, usegmt=True)}),
        ("POST", "Customers", {"id": "b"}, {"repeatability_client_id": "c"}),
        ("POST", "Customers", {"id": "b"}, {"authorization": "Bearer other"}),
    ],
)
def test_an_id_stands_for_one_request_alone(
    shop: Service, method: str, target: str, body: object, changed: dict[str, str]
) -> None:
    headers = repeatable()
    assert ask(shop, "POST", "Customers", {"id": "b"}, **headers).status == 201
    answer = ask(shop, method, target, body, **{**headers, **changed})
    assert refused(answer) == (400, "rejected", "Repeatability-Request-ID")
    assert (number_of(shop, "Customers"), number_of(shop, "Orders")) == (2, 0)


def test_a_uuid_is_the_same_in_capitals_and_all_else_is_not(shop: Service) -> None:
    headers = repeatable()
    capitals = {**headers, "repeatability_request_id": headers["repeatability_request_id"].upper()}
    first = ask(shop, "POST", "Orders", {"title": "x"}, **headers)
    assert ask(shop, "POST", "Orders", {"title": "x"}, **capitals) == first
    for text in ("Order 1", "order 1"):
        assert ask(shop, "POST", "Orders", {}, **{**headers, "repeatability_request_id": text}).status == 201
    assert number_of(shop, "Orders") == 3


def test_headers_that_change_on_the_way_do_not_matter(shop: Service) -> None:
    headers = repeatable()
    first = ask(shop, "POST", "Orders", {}, **headers, traceparent="1", x_request_id="1", user_agent="a")
    assert ask(shop, "POST", "Orders", {}, **headers, traceparent="2", x_request_id="2", date="now") == first


def test_principals_do_not_see_each_others_answers() -> None:
    with service_of(shop_schema()) as service:

        @service.authenticate(challenge="Basic")
        def who(request: Request) -> Principal | None:
            name = request.headers.get("authorization", "").removeprefix("Basic ")
            return Principal(name.partition(":")[0]) if name else None

        headers = repeatable()
        mine = ask(service, "POST", "Orders", {}, **headers, authorization="Basic ann:1")
        assert ask(service, "POST", "Orders", {}, **headers, authorization="Basic ann:2") == mine
        other = ask(service, "POST", "Orders", {}, **headers, authorization="Basic bob")
        assert (mine.json["number"], other.json["number"]) == (1, 2)
        unknown = ask(service, "POST", "Orders", {}, **headers)
        assert (unknown.status, RESULT in unknown.headers) == (401, False)
        forget = f"$RepeatableRequestWithRequestID/{headers['repeatability_request_id']}"
        assert ask(service, "DELETE", forget, authorization="Basic bob").status == 204
        assert ask(service, "POST", "Orders", {}, **headers, authorization="Basic ann:1") == mine
        assert ask(service, "POST", "Orders", {}, **headers, authorization="Basic bob").json["number"] == 3


def test_answers_that_cannot_be_kept_are_not_promised() -> None:
    with service_of(shop_schema(), Settings(limits=Limits(max_result_bytes=600))) as service:
        answer = ask(service, "POST", "Customers", {"id": "b", "displayName": "x" * 600}, **repeatable())
        assert (answer.status, answer.headers[RESULT]) == (507, "rejected")
        assert "--max-result-bytes" in answer.error["message"]
        assert number_of(service, "Customers") == 0
        assert ask(service, "POST", "Customers", {"id": "b"}, **repeatable()).status == 201


@pytest.mark.parametrize(
    ("settings", "named"),
    [(Settings(repeatable_seconds=0), "--repeatable-seconds"), (Settings(read_only=True), "--read-only")],
)
def test_a_service_that_remembers_nothing_says_so(settings: Settings, named: str) -> None:
    with service_of(shop_schema(), settings) as service:
        answer = ask(service, "POST", "Customers", {"id": "b"}, **repeatable())
        assert refused(answer) == (501, "rejected", "Repeatability-Request-ID")
        assert named in answer.error["message"]
        assert refused(ask(service, "POST", "Customers", {}, repeatability_request_id="1"))[:2] == (400, "rejected")
        assert ask(service, "DELETE", "$RepeatableRequestWithRequestID/1").status == 501
        assert b"Repeatability" not in ask(service, "GET", "$metadata").body


def test_a_database_of_others_that_gets_no_table_remembers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "others.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
    schema = load_schema(str(path))
    with service_of(schema, Settings(state=f"sqlite:///{tmp_path / 'state.db'}"), f"sqlite:///{path}") as service:
        answer = ask(service, "POST", "things", {"id": 1}, **repeatable())
        assert refused(answer) == (501, "rejected", "Repeatability-Request-ID")
        assert "--state" in answer.error["message"]
        assert ask(service, "POST", "things", {"id": 1}).status == 201
    with service_of(schema, url=f"sqlite:///{path}") as service:
        headers = repeatable()
        first = ask(service, "POST", "things", {"id": 2}, **headers)
        assert (first.status, ask(service, "POST", "things", {"id": 2}, **headers)) == (201, first)


# What is forgotten


def test_a_client_has_a_request_forgotten_by_its_id(service: Service) -> None:
    headers = repeatable()
    assert ask(service, "POST", "Orders", {}, **headers).json["number"] == 1
    path = f"$RepeatableRequestWithRequestID/{headers['repeatability_request_id'].upper()}"
    for _ in range(2):
        answer = ask(service, "DELETE", path)
        assert (answer.status, answer.body) == (204, b"")
    assert ask(service, "POST", "Orders", {}, **headers).json["number"] == 2


@pytest.mark.parametrize("segment", ["$RepeatableRequestWithClientID", "%24RepeatableRequestsWithClientID"])
def test_a_client_has_all_its_requests_forgotten(service: Service, segment: str) -> None:
    mine, others = repeatable(repeatability_client_id="me/1"), repeatable(repeatability_client_id="you")
    for headers in (mine, others):
        assert ask(service, "POST", "Orders", {}, **headers).status == 201
    assert ask(service, "DELETE", f"{segment}/me%2F1").status == 204
    assert ask(service, "POST", "Orders", {}, **others).json["number"] == 2
    assert ask(service, "POST", "Orders", {}, **mine).json["number"] == 3


def test_forgetting_takes_delete_alone_and_is_not_repeatable(shop: Service) -> None:
    path = "$RepeatableRequestWithRequestID/1"
    assert ask(shop, "GET", path).status in {400, 404}
    assert refused(ask(shop, "DELETE", path, **repeatable()))[:2] == (501, "rejected")


def rows(service: Service) -> int:
    """How many requests are remembered."""
    assert isinstance(service.store, DatabaseStore)
    quoted = service.store.driver.family.dialect.quoted
    found = service.store.connection().execute(f"SELECT COUNT(*) FROM {quoted('odata-requests')}").fetchone()
    assert found is not None and isinstance(found[0], int)
    return found[0] - 1


def test_what_is_forgotten_is_rejected_from_then_on(service: Service) -> None:
    old, newer = repeatable(3_000), repeatable(1_000)
    for headers in (old, newer):
        assert ask(service, "POST", "Orders", {}, **headers).status == 201
    remembered = service.store.remembered()
    assert remembered is not None
    remembered.forget(int(time()) - 2_000, 0)
    assert rows(service) == 1
    assert refused(ask(service, "POST", "Orders", {}, **old))[:2] == (412, "rejected")
    assert refused(ask(service, "POST", "Orders", {}, **repeatable(3_100)))[:2] == (412, "rejected")
    assert ask(service, "POST", "Orders", {}, **newer).json["number"] == 2
    assert ask(service, "POST", "Orders", {}, **repeatable(2_500)).json["number"] == 3


def test_of_too_many_the_oldest_are_forgotten(service: Service) -> None:
    sent = [repeatable(ago) for ago in range(40, 0, -2)]
    for headers in sent:
        assert ask(service, "POST", "Orders", {}, **headers).status == 201
    remembered = service.store.remembered()
    assert remembered is not None
    remembered.forget(0, 21)
    assert rows(service) == 20
    remembered.forget(0, 10)
    assert rows(service) == 10
    statuses = [ask(service, "POST", "Orders", {}, **headers).status for headers in sent]
    assert statuses == [412] * 10 + [201] * 10
    assert number_of(service, "Orders") == 20


def test_old_requests_are_forgotten_while_new_ones_come(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odata_service.storage.remembered._TIDY_REQUESTS", 1)
    for ago in (86_350, 86_300, 10):
        assert ask(service, "POST", "Orders", {}, **repeatable(ago)).status == 201
    assert rows(service) == 3
    monkeypatch.setattr("odata_service.service.repeatable.time", lambda: time() + 75)
    assert ask(service, "POST", "Orders", {}, **repeatable()).status == 201
    assert rows(service) == 3


def test_what_fails_before_it_is_looked_for_may_have_been_carried_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, remembered = repeatable(), service.store.remembered()
    assert remembered is not None
    once = ask(service, "POST", "Orders", {"title": "x"}, **headers)
    with monkeypatch.context() as patch:

        def busy(claim: Claim) -> bool:
            raise Unavailable("The database is busy.")

        patch.setattr(remembered, "add", busy)
        answer = ask(service, "POST", "Orders", {"title": "x"}, **headers)
        assert (answer.status, answer.headers[RESULT]) == (503, "rejected")
    again = ask(service, "POST", "Orders", {"title": "x"}, **headers)
    assert (again.status, again.headers[RESULT], again.body) == (201, "accepted", once.body)


def test_what_is_refused_for_all_time_is_rejected(shop: Service) -> None:
    for target, sent, status in (
        ("Orders?x=" + "y" * 20_000, {}, 414),
        ("Orders", {"isolation": "snapshot"}, 412),
        ("Orders", {"x_http_method": "GET"}, 400),
    ):
        answer = ask(shop, "POST", target, {"title": "x"}, **repeatable(), **sent)
        assert (answer.status, answer.headers[RESULT]) == (status, "rejected")


# Several at a time


def test_of_requests_that_come_at_the_same_time_one_is_carried_out(service: Service) -> None:
    began, opened, answers, runs = Event(), Event(), [], []

    def archive(call: Call, customer: Entity) -> None:
        runs.append(1)
        began.set()
        assert opened.wait(20)
        call.update(customer, contractType=customer["contractType"] + 1)

    service.action("shop.archive")(archive)
    headers = repeatable()

    def send() -> None:
        answers.append(ask(service, "POST", "Customers('a')/shop.archive", {}, **headers))
        service.store.close()

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert began.wait(20)
    opened.set()
    for thread in threads:
        thread.join()
    assert [(answer.status, answer.headers[RESULT]) for answer in answers] == [(204, "accepted")] * 4
    assert (runs, ask(service, "GET", "Customers('a')/contractType").json["value"]) == ([1], 1)


def test_where_the_first_of_them_fails_another_one_is_carried_out(service: Service) -> None:
    faults, answers = [RuntimeError("once"), RuntimeError("twice")], []

    def archive(call: Call, customer: Entity) -> None:
        call.update(customer, contractType=customer["contractType"] + 1)
        if faults:
            raise faults.pop()

    service.action("shop.archive")(archive)
    headers = repeatable()

    def send() -> None:
        answers.append(ask(service, "POST", "Customers('a')/shop.archive", {}, **headers).status)
        service.store.close()

    threads = [Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [204, 204, 204, 500, 500]
    assert ask(service, "GET", "Customers('a')/contractType").json["value"] == 1


def test_many_first_requests_make_the_table_together(service: Service) -> None:
    answers = []

    def send(number: int) -> None:
        answers.append(ask(service, "POST", "Orders", {"number": number}, **repeatable()).status)
        service.store.close()

    threads = [Thread(target=send, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 8


# What is told of it


def test_metadata_tells_that_requests_can_be_repeated(shop: Service) -> None:
    document = ask(shop, "GET", "$metadata?$format=json").json
    container = document["shop"]["Container"]
    for term in ("Supported", "DeleteWithClientIDSupported", "DeleteWithRequestIDSupported"):
        assert container[f"@Org.OData.Repeatability.V1.{term}"] is True
    included = [include["$Namespace"] for one in document["$Reference"].values() for include in one["$Include"]]
    assert "Org.OData.Repeatability.V1" in included


def test_nothing_is_made_for_services_that_are_asked_nothing_of_it(tmp_path: Path) -> None:
    with service_of(shop_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        assert ask(service, "POST", "Orders", {}).status == 201
        assert isinstance(service.store, DatabaseStore)
        found = service.store.connection().execute("SELECT name FROM sqlite_schema WHERE name LIKE 'odata-re%'")
        assert found.fetchall() == []


def test_a_request_outlives_the_process(tmp_path: Path) -> None:
    url, headers = f"sqlite:///{tmp_path / 'x.db'}", repeatable()
    with service_of(shop_schema(), url=url) as service:
        first = ask(service, "POST", "Orders", {}, **headers)
    with service_of(shop_schema(), url=url) as service:
        assert ask(service, "POST", "Orders", {}, **headers) == first
        assert json.loads(first.body)["number"] == 1


def test_a_table_that_has_gone_is_made_again(shop: Service) -> None:
    headers = repeatable()
    assert ask(shop, "POST", "Orders", {}, **headers).status == 201
    assert isinstance(shop.store, DatabaseStore)
    shop.store.connection().execute('DROP TABLE "odata-requests"')
    assert [ask(shop, "POST", "Orders", {}, **repeatable()).status for _ in range(2)] == [500, 201]
    assert number_of(shop, "Orders") == 2
