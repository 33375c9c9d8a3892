"""Requests to a service in the words of HTTP, for tests of every stage above the store."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from odata_service.edm.model import Schema
from odata_service.service import Request, Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store

ROOT = "http://host/"
UNTRACKED = Settings(track_changes=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    @property
    def values(self) -> list[dict[str, Any]]:
        """The entities of a collection."""
        found: list[dict[str, Any]] = self.json["value"]
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The error object."""
        found: dict[str, Any] = self.json["error"]
        return found

    @property
    def refusal(self) -> tuple[int, str]:
        """The status and the message of an error."""
        return self.status, self.error["message"]

    def column(self, name: str) -> list[Any]:
        """One property of every entity of a collection."""
        return [entity[name] for entity in self.values]


def ask(service: Service, method: str, target: str, body: object = None, **headers: str) -> Answer:
    """One request; `target` is relative to the service root, header names have `_` for `-`."""
    path, _, query = target.partition("?")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    payload = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if body is not None:
        sent.setdefault("content-type", "application/json")
    response = service.handle(Request(method, path, query, sent, payload, ROOT, "test"))
    assert isinstance(response.body, bytes)
    return Answer(response.status, dict(response.headers), response.body)


@contextmanager
def store_of(schema: Schema, settings: Settings = UNTRACKED, url: str = "sqlite://") -> Iterator[DatabaseStore]:
    """A store whose tables are there, in memory unless a URL says where."""
    store = open_store(url, schema, settings)
    try:
        store.create()
        yield store
    finally:
        store.close()


@contextmanager
def service_of(schema: Schema, settings: Settings = UNTRACKED, url: str = "sqlite://") -> Iterator[Service]:
    """A service over an empty database; see `store_of`."""
    with store_of(schema, settings, url) as store:
        yield Service(schema, store, settings)


def final(service: Service, target: str, **headers: str) -> Answer:
    """The answer of a request that is answered later, by its monitor once it is done."""
    first = ask(service, "GET", target, prefer="respond-async")
    assert (first.status, first.headers["Preference-Applied"]) == (202, "respond-async")
    monitor = first.headers["Location"].removeprefix(ROOT)
    deadline = monotonic() + 20
    while (answer := ask(service, "GET", monitor, **headers)).status == 202:
        assert monotonic() < deadline, "it takes too long"
        sleep(0.01)
    return answer
