"""Everything that a database holds, to be compared before and behind a change that must leave nothing."""

from odata_service.service import Service
from odata_service.sql.wanted import wanted_tables
from odata_service.storage import DatabaseStore


def tables(service: Service) -> dict[str, list[str]]:
    """The rows of all tables of the model, in an order of their own."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    quoted, connection = store.mapping.family.dialect.quoted, store.connection()
    names = [table.name for table in wanted_tables(store.mapping)]
    return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {quoted(name)}").fetchall())) for name in names}
