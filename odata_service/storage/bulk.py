"""Many rows at once: upserted by key inside the transaction of the caller."""

from collections.abc import Iterable, Sequence

from odata_service.edm.model import EntitySet, Property
from odata_service.edm.values import PrimitiveValue
from odata_service.sql import build_upsert
from odata_service.storage.database import DatabaseStore, new_version
from odata_service.storage.driver import translated


def upsert_rows(
    store: DatabaseStore, entity_set: str, properties: Sequence[str], rows: Iterable[Sequence[PrimitiveValue | None]]
) -> int:
    """Creates or changes entities: each row has values for the named properties, the key among them.

    Returns the number of rows. Runs in a transaction of the caller's, or in one of the driver's own statement by
    statement where there is none.
    """
    target, parts = _parts(store, entity_set, properties)
    statement = build_upsert(target, parts, store.mapping)
    filled = [statement.fill(row, {"version": new_version()}) for row in rows]
    with store.savepoint(), translated(store.driver):
        store.connection().executemany(statement.text, filled)
    return len(filled)


def is_empty(store: DatabaseStore, entity_set: str) -> bool:
    """Whether an entity set has no entity yet."""
    name = store.mapping.family.dialect.quoted(store.mapping.tables[entity_set].name)
    with translated(store.driver):
        return store.connection().execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None


def _parts(store: DatabaseStore, name: str, properties: Sequence[str]) -> tuple[EntitySet, tuple[Property, ...]]:
    target = store.schema.entity_set(name)
    assert target is not None, "rows are loaded into entity sets of the model"
    declared = store.schema.properties(target.entity_type)
    return target, tuple(declared[part] for part in properties)
