"""Databases on servers that stand for a whole run: tables are made once, and are empty whenever a test begins.

Making and dropping tables is what takes MariaDB longest of most tests.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from odata_service.edm.model import Schema
from odata_service.service import Service
from odata_service.sql.wanted import STATE_TABLE, wanted_tables
from odata_service.storage import DatabaseStore
from tests import servers
from tests.asking import UNTRACKED, service_of, store_of
from tests.servers import database_url

_free: dict[tuple[str, str], list[str]] = {}
_databases = ExitStack()


@contextmanager
def standing_service(family: str, schema: Callable[[], Schema]) -> Iterator[Service]:
    """A service over empty tables, which are those of a test before where one had the same schema."""
    if family == "sqlite":
        with service_of(schema()) as service:
            yield service
        return
    free = _free.setdefault((family, f"{schema.__module__}.{schema.__qualname__}"), [])
    url = free.pop() if free else _databases.enter_context(database_url(family))
    try:
        with store_of(schema(), url=url) as store:
            _empty(store)
            yield Service(store.schema, store, UNTRACKED)
    finally:
        free.append(url)


def _empty(store: DatabaseStore) -> None:
    quoted = store.mapping.family.dialect.quoted
    with store.transaction():
        for table in wanted_tables(store.mapping):
            if table.name != STATE_TABLE:
                store.connection().execute(f"DELETE FROM {quoted(table.name)}")


def drop_databases() -> None:
    """Ends what stands: when a run ends."""
    _databases.close()
    _free.clear()
    servers.drop_databases()
