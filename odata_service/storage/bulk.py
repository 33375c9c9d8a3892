"""Many rows at once: upserted by key inside the transaction of the caller."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from odata_service.edm.model import EntitySet
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import Insert, PutStream
from odata_service.sql import build_name, build_upsert
from odata_service.storage.database import DatabaseStore
from odata_service.storage.driver import translated
from odata_service.storage.filling import filling


class RowTarget(Struct, frozen=True):
    """Where rows go: a source, the type of their entities if not the source's own, the name of who contains them."""

    source: str
    entity_type: str | None = None
    parent: str | None = None


def upsert_rows(
    store: DatabaseStore,
    target: RowTarget | str,
    paths: Sequence[str],
    rows: Iterable[Sequence[PrimitiveValue | None]],
) -> int:
    """Creates or changes entities: each row has values for the leaves with these paths, the key's among them.

    Returns the number of rows. Runs in a transaction of the caller's, or in one of the driver's own statement by
    statement where there is none.
    """
    target = RowTarget(target) if isinstance(target, str) else target
    statement = build_upsert(_insert(store, target, paths), store.mapping)
    filled = [statement.fill(row, filling(statement, target.parent)) for row in rows]
    with store.savepoint(), translated(store.driver):
        store.connection().executemany(statement.text, filled)
    return len(filled)


def is_empty(store: DatabaseStore, entity_set: str) -> bool:
    """Whether an entity set has no entity yet."""
    name = store.mapping.family.dialect.quoted(store.mapping.tables[entity_set].name)
    with translated(store.driver):
        return store.connection().execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None


def name_of(store: DatabaseStore, target: RowTarget, key: Sequence[PrimitiveValue | None]) -> str:
    """The own name of an entity that is there, by its key."""
    source = _source(store, target)
    statement = build_name(source, store.mapping)
    with translated(store.driver):
        found = store.connection().execute(statement.text, statement.fill(key, {"parent": target.parent})).fetchone()
    assert found is not None, "an entity that was loaded is there"
    return str(found[0])


def put_stream(store: DatabaseStore, owner: str, name: str, content: tuple[str, bytes]) -> None:
    """Writes a stream, media type and bytes, of the entity of this name."""
    store.write(store.prepare_write(PutStream()), (owner, name, *content))


def _source(store: DatabaseStore, target: RowTarget) -> EntitySet:
    found = store.schema.source(target.source)
    assert found is not None, "rows are loaded into sources of the model"
    return found


def _insert(store: DatabaseStore, target: RowTarget, paths: Sequence[str]) -> Insert:
    source = _source(store, target)
    known = store.schema.leaves(source.entity_type)
    return Insert(source, target.entity_type or source.entity_type, tuple(known[path] for path in paths))
