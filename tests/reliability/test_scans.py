"""A client that goes through a collection page by page while others write: what lives all along comes exactly once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

import pytest

from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from tests.asking import ROOT, ask, service_of
from tests.migrating import place
from tests.models import customer_schema
from tests.servers import FAMILIES

WRITERS = 4
ORDERS = ["", "&$orderby=contractType desc", "&$orderby=displayName,contractType", "&$orderby=displayName desc,id desc"]
"""Of properties that may be null, and are in one entity of four."""


class Writer:
    """Deletes some of the entities that it has been given, and creates others all over the order, until it is told."""

    def __init__(self, service: Service, number: int, given: list[str]) -> None:
        self.service, self.number, self.given = service, number, given
        self.ended: set[str] = set()

    def run(self, ending: Event) -> None:
        chance = Random(self.number)
        try:
            for turn, key in enumerate(chance.sample(self.given, len(self.given) // 2)):
                if ending.is_set():
                    break
                self.ended.add(key)
                assert ask(self.service, "DELETE", f"Customers('{key}')").status == 204
                body = values_of(f"{chance.randrange(100):02}-{self.number}-{turn}", chance)
                assert ask(self.service, "POST", "Customers", body).status == 201
        finally:
            self.service.store.close()


def values_of(key: str, chance: Random) -> dict[str, str | int | None]:
    name, kind = chance.choice([None, "a", "b", "c"]), chance.choice([None, 1, 2, 3])
    return {"id": key, "displayName": name, "contractType": kind}


@contextmanager
def filled(family: str, directory: Path, rows: int) -> Iterator[tuple[Service, list[str]]]:
    """A service with so many entities, and their keys."""
    chance, keys = Random(rows), [f"{number % 100:02}-{number}" for number in range(rows)]
    with place(family, directory) as url, service_of(customer_schema(), url=url) as service:
        store, rows_of = service.store, [tuple(values_of(key, chance).values()) for key in keys]
        assert isinstance(store, DatabaseStore)
        with store.transaction():
            upsert_rows(store, "Customers", ("id", "displayName", "contractType"), rows_of)
        yield service, keys


def scanned(service: Service, order: str, page: int) -> list[str]:
    """The keys of all entities as their pages tell them."""
    seen: list[str] = []
    target = f"Customers?$select=id{order}"
    while target:
        answer = ask(service, "GET", target, prefer=f"odata.maxpagesize={page}")
        seen += answer.column("id")
        target = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    return seen


def check_scans(service: Service, keys: list[str], page: int) -> None:
    """Goes through the entities in every order beside the writers."""
    writers = [Writer(service, number, keys[number::WRITERS]) for number in range(WRITERS)]
    ending = Event()
    with ThreadPoolExecutor(WRITERS) as beside:
        running = [beside.submit(writer.run, ending) for writer in writers]
        scans = [scanned(service, order, page) for order in ORDERS]
        ending.set()
        for writer in running:
            writer.result()
    ended = set().union(*(writer.ended for writer in writers))
    for seen in scans:
        assert len(seen) == len(set(seen))
        assert set(keys) - ended <= set(seen)
    assert ended, "somebody wrote meanwhile"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_lives_through_a_scan_comes_exactly_once(tmp_path: Path, family: str) -> None:
    with filled(family, tmp_path, 600) as (service, keys):
        check_scans(service, keys, 40)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_what_lives_through_a_long_scan_comes_exactly_once(tmp_path: Path, family: str) -> None:
    with filled(family, tmp_path, 20_000) as (service, keys):
        check_scans(service, keys, 500)
