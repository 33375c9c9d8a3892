import logging
from pathlib import Path

import pytest

from odata_service.service import Service
from odata_service.storage import DatabaseStore
from tests.asking import ask, service_of
from tests.models import every_schema


def create(service: Service, key: str) -> int:
    return ask(service, "POST", "Things", {"id": key, "work": {}, "free": "x" * 50_000}).status


def test_a_full_disk_is_said_once_with_the_request_that_met_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        assert isinstance(service.store, DatabaseStore)
        connection = service.store.connection()
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        assert [create(service, f"p{number}") for number in range(5)] == [507] * 5
        line = (
            "request test failed with 507: POST /Things: The database's disk is full: nothing was changed. It says: "
            "database or disk is full"
        )
        assert caplog.messages == [line]
        monkeypatch.setattr("odata_service.service.troubles._SILENT_SECONDS", 0.0)
        create(service, "q")
        assert caplog.messages == [line, line]


def test_a_corrupt_database_takes_no_change_and_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "x.db"
    with service_of(every_schema(), url=f"sqlite:///{file}") as service:
        assert isinstance(service.store, DatabaseStore)
        assert [create(service, f"p{number}") for number in range(8)] == [201] * 8
        service.store.settle()
        size = file.stat().st_size
        with file.open("r+b") as opened:
            for page in range(2, size // 4096):
                opened.seek(page * 4096)
                opened.write(b"\xff" * 100)
        broken = file.read_bytes()
        caplog.set_level(logging.ERROR)
        assert ask(service, "GET", "Things").status == 503
        refused = ask(service, "POST", "Things", {"id": "q"})
        assert (refused.status, refused.headers["Retry-After"]) == (503, "60")
        assert service.store.ready() == refused.error["message"].partition(" Try")[0]
        service.store.settle()
        assert file.read_bytes() == broken
        assert [message.rpartition(": ")[2] for message in caplog.messages] == ["database disk image is malformed"]


def test_what_a_request_is_to_blame_for_is_not_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        assert ask(service, "GET", "Nothing").status == 404
        assert ask(service, "GET", "Things?$filter=id eq").status == 400
        assert create(service, "p") == 201
        assert create(service, "p") == 409
    assert caplog.messages == []
