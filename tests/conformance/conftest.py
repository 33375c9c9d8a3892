"""One service on each database: read by many tests, and given its rows back behind each test that changes some."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest

from odata_service.database import Stored
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.sql.wanted import wanted_tables
from odata_service.storage import DatabaseStore
from odata_service.storage.driver import Row
from tests.asking import service_of
from tests.conformance.requirements import exceptions, row_of
from tests.conformance.rows import fill, register
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url


@dataclass(frozen=True, slots=True)
class Shop:
    """The service with its rows, and the rows of every table as they were at first."""

    service: Service
    store: DatabaseStore
    rows: dict[str, list[Row]]

    def restore(self) -> None:
        """Puts every table back."""
        dialect = self.store.mapping.family.dialect
        with self.store.transaction():
            connection = self.store.connection()
            for table, rows in self.rows.items():
                connection.execute(f"DELETE FROM {dialect.quoted(table)}")
                if rows:
                    places = ", ".join([dialect.placeholder] * len(rows[0]))
                    known = cast("list[tuple[Stored, ...]]", rows)  # what a driver gave it takes back
                    connection.executemany(f"INSERT INTO {dialect.quoted(table)} VALUES ({places})", known)


@pytest.fixture(scope="session", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with database_url(request.param) as url, service_of(shop_schema(), Settings(track_changes=True), url) as service:
        register(service)
        fill(service)
        store = service.store
        assert isinstance(store, DatabaseStore)
        quoted, connection = store.mapping.family.dialect.quoted, store.connection()
        names = [table.name for table in wanted_tables(store.mapping)]
        rows = {name: connection.execute(f"SELECT * FROM {quoted(name)}").fetchall() for name in names}
        yield Shop(service, store, rows)


@pytest.fixture
def service(shop: Shop) -> Service:
    """The service of the shop model, for reading."""
    reading = Service(shop.service.schema, shop.store, Settings(read_only=True))
    register(reading)
    return reading


@pytest.fixture
def changing(shop: Shop) -> Iterator[Service]:
    """The service of the shop model, whose rows come back after the test."""
    yield shop.service
    shop.restore()


@pytest.fixture(scope="session")
def deferring(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose requests can be answered later: threads of their own do not see a database in memory."""
    if shop.store.jobs() is not None:
        yield shop.service
        return
    url = f"sqlite:///{tmp_path_factory.mktemp('deferring') / 'shop.db'}"
    with service_of(shop_schema(), url=url) as service:
        register(service)
        fill(service)
        yield service


@pytest.fixture(autouse=True)
def possible(request: pytest.FixtureRequest) -> None:
    """Skips a test of what this database cannot keep."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is not None:
        reason = exceptions().get((row_of(request.node.originalname) or "", callspec.params["shop"]))
        if reason:
            pytest.skip(reason)
