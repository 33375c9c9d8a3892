"""Many rows at once: upserted by key inside the transaction of the caller."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import Insert
from odata_service.sql import build_upsert
from odata_service.storage.database import DatabaseStore, new_version
from odata_service.storage.driver import translated


def upsert_rows(
    store: DatabaseStore, entity_set: str, paths: Sequence[str], rows: Iterable[Sequence[PrimitiveValue | None]]
) -> int:
    """Creates or changes entities: each row has values for the leaves with these paths, the key's among them.

    Returns the number of rows. Runs in a transaction of the caller's, or in one of the driver's own statement by
    statement where there is none.
    """
    statement = build_upsert(_insert(store, entity_set, paths), store.mapping)
    filled = [statement.fill(row, {"version": new_version(), "id": str(uuid4())}) for row in rows]
    with store.savepoint(), translated(store.driver):
        store.connection().executemany(statement.text, filled)
    return len(filled)


def is_empty(store: DatabaseStore, entity_set: str) -> bool:
    """Whether an entity set has no entity yet."""
    name = store.mapping.family.dialect.quoted(store.mapping.tables[entity_set].name)
    with translated(store.driver):
        return store.connection().execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None


def _insert(store: DatabaseStore, name: str, paths: Sequence[str]) -> Insert:
    target = store.schema.source(name)
    assert target is not None, "rows are loaded into sources of the model"
    known = store.schema.leaves(target.entity_type)
    return Insert(target, target.entity_type, tuple(known[path] for path in paths))
