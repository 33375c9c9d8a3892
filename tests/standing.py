"""Databases on servers that stand for a whole run: tables are made once, and are empty whenever a test begins."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from odata_service.edm.model import Schema
from odata_service.service import Service
from odata_service.sql.wanted import STATE_TABLE, wanted_tables
from odata_service.storage import DatabaseStore
from tests.asking import UNTRACKED, store_of
from tests.servers import database_url

_urls: dict[tuple[str, str], str] = {}
_databases = ExitStack()


@contextmanager
def standing_service(family: str, schema: Callable[[], Schema]) -> Iterator[Service]:
    """A service over empty tables, which are those of the test before where it had the same schema."""
    with store_of(schema(), url=_url_of(family, schema)) as store:
        _empty(store)
        yield Service(store.schema, store, UNTRACKED)


def _url_of(family: str, schema: Callable[[], Schema]) -> str:
    if family == "sqlite":
        return "sqlite://"
    place = (family, f"{schema.__module__}.{schema.__qualname__}")
    if place not in _urls:
        _urls[place] = _databases.enter_context(database_url(family))
    return _urls[place]


def _empty(store: DatabaseStore) -> None:
    quoted = store.mapping.family.dialect.quoted
    with store.transaction():
        for table in wanted_tables(store.mapping):
            if table.name != STATE_TABLE:
                store.connection().execute(f"DELETE FROM {quoted(table.name)}")


def drop_databases() -> None:
    """Ends what stands: when a run ends."""
    _databases.close()
    _urls.clear()
