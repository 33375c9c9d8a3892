from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from odata_service.service import Call, Service
from tests.asking import Answer, ask, service_of
from tests.batches import http, in_json, multipart
from tests.models import shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    if request.param == "sqlite":
        with service_of(shop_schema(), url=f"sqlite:///{tmp_path / 'shop.db'}") as service:
            yield service
        return
    with standing_service(request.param, shop_schema) as service:
        yield service


def test_a_snapshot_sees_nothing_of_what_is_committed_while_it_reads(service: Service) -> None:
    for name in ("a", "b"):
        ask(service, "POST", "Customers", {"id": name})

    def elsewhere() -> None:
        ask(service, "POST", "Customers", {"id": "c"})
        service.store.close()

    with service.store.transaction(snapshot=True):
        before = ask(service, "GET", "Customers/$count").body
        other = Thread(target=elsewhere)
        other.start()
        other.join()
        assert (before, ask(service, "GET", "Customers/$count").body) == (b"2", b"2")
    assert ask(service, "GET", "Customers/$count").body == b"3"


def test_reads_are_answered_from_a_snapshot(service: Service) -> None:
    ask(service, "POST", "Customers", {"id": "a"})
    expanded = ask(service, "GET", "Customers?$expand=orders&$count=true", isolation="snapshot")
    assert (expanded.status, expanded.column("id"), expanded.json["@odata.count"]) == (200, ["a"], 1)
    queried = ask(
        service, "POST", "Customers/$query", b"$select=id", content_type="text/plain", odata_isolation="Snapshot"
    )
    assert (queried.status, queried.column("id")) == (200, ["a"])
    assert ask(service, "HEAD", "Customers('a')", isolation="snapshot").status == 200
    assert ask(service, "GET", "Customers('none')", isolation="snapshot").status == 404
    assert ask(service, "POST", "Customers", {"id": "b"}).status == 201


def test_all_requests_of_a_batch_are_answered_from_one_snapshot(service: Service) -> None:
    ask(service, "POST", "Customers", {"id": "a"})

    @service.before_read("Orders")
    def written_meanwhile(_: Call) -> None:
        def elsewhere() -> None:
            assert ask(service, "POST", "Customers", {"id": "b"}).status == 201
            service.store.close()

        other = Thread(target=elsewhere)
        other.start()
        other.join()

    requests: list[dict[str, object]] = [{"url": url} for url in ("Customers/$count", "Orders", "Customers/$count")]
    seen = in_json(service, *requests, isolation="snapshot")
    assert [answer["body"] for answer in (seen[0], seen[2])] == ["1", "1"]
    assert ask(service, "GET", "Customers/$count").body == b"2"


def test_what_fails_in_a_snapshot_leaves_the_rest_of_the_batch(service: Service) -> None:
    for name in ("a", "b"):
        ask(service, "POST", "Customers", {"id": name, "contractType": 0})
    reads: list[dict[str, object]] = [
        {"url": "Customers?$filter=1 div contractType eq 1"},
        {"url": "Customers", "headers": {"prefer": "maxpagesize=1"}},
        {"url": "Customers", "method": "post", "body": {"id": "c"}},
        {"url": "Customers", "method": "patch", "atomicityGroup": "g", "body": {"value": []}},
        {"url": "Customers/$count"},
    ]
    answers = in_json(service, *reads, odata_isolation="snapshot")
    assert [answer["status"] for answer in answers][1:] == [412, 412, 412, 200]
    (changed, *rest) = multipart(
        service, http("POST Customers", {"id": "c"}), http("GET Customers"), isolation="snapshot"
    )
    assert (changed.status, rest) == (412, [])
    assert ask(service, "GET", "Customers/$count").body == b"2"


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error["message"]


def test_what_no_snapshot_is_kept_for_is_refused(service: Service) -> None:
    for name in ("a", "b"):
        ask(service, "POST", "Customers", {"id": name})
    paged = ask(service, "GET", "Customers", isolation="snapshot", prefer="maxpagesize=1")
    assert refused(paged) == (
        412,
        "The answer has more than one page, and a snapshot is kept for one. Ask for less, for larger pages "
        "(Prefer: maxpagesize), or without Isolation.",
    )
    changed = ask(service, "POST", "Customers", {"id": "c"}, isolation="snapshot")
    assert refused(changed) == (
        412,
        "Isolation 'snapshot' is not offered to changes. Send it with reads, or batches of these.",
    )
    other = ask(service, "GET", "Customers", odata_isolation="serializable")
    assert refused(other) == (
        412,
        "OData-Isolation 'serializable' is not offered. Write snapshot, or leave the header out.",
    )
    wins = ask(service, "GET", "Customers", odata_isolation="serializable", isolation="snapshot")
    assert wins.status == 200
    assert ask(service, "GET", "Customers('c')").status == 404
