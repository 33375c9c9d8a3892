"""Alternate keys that tables get, lose, and must have room for: the database keeps entities apart by them."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import ALTERNATE_KEYS, Annotation, Record
from odata_service.edm.annotations import Path as PropertyPath
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, Property, Schema
from odata_service.errors import ODataError, StorageMismatch
from odata_service.service import Service
from odata_service.storage.bulk import upsert_rows
from tests.asking import ask
from tests.migrating import a, filled, migrated, opened, place
from tests.servers import FAMILIES


def items(*keys: tuple[str, ...], code: Property | None = None) -> Schema:
    """Items with a code and a size, and these alternate keys."""
    stated = tuple(
        Record({"Key": tuple(Record({"Name": PropertyPath(name, "PropertyPath")}) for name in key)}) for key in keys
    )
    annotations = (Annotation(ALTERNATE_KEYS, stated),) if stated else ()
    builder = SchemaBuilder()
    properties = (a("id!"), code or a("code"), a("size", "Int32"))
    declared = EntityType("shop.Item", properties, (KeyProperty("id"),))
    builder.add_type(replace(declared, annotations=annotations))
    builder.add_entity_set(EntitySet("Items", "shop.Item"))
    return builder.freeze()


ROWS: list[dict[str, object]] = [
    {"id": "1", "code": "a", "size": 1},
    {"id": "2", "code": "a", "size": 2},
    {"id": "3"},
    {"id": "4"},
]


def create(url: str, schema: Schema, body: dict[str, object]) -> int:
    with opened(url, schema) as store:
        store.create()
        return ask(Service(schema, store), "POST", "Items", body).status


@pytest.mark.parametrize("family", FAMILIES)
def test_a_migration_makes_alternate_keys_and_ends_them(family: str, tmp_path: Path) -> None:
    both = ("code", "size")
    with place(family, tmp_path) as url:
        filled(url, items(), {"Items": ROWS})
        said, _ = migrated(url, items(both))
        assert said == ["make index 'Items-code-size-key'"]
        assert create(url, items(both), {"id": "5", "code": "a", "size": 2}) == 409
        assert create(url, items(both), {"id": "5", "code": "a"}) == 201
        assert create(url, items(both), {"id": "6", "code": "a"}) == 201
        said, _ = migrated(url, items())
        assert said[0] == "drop index 'Items-code-size-key'"
        assert create(url, items(), {"id": "7", "code": "a", "size": 2}) == 201


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_that_an_alternate_key_does_not_tell_apart_are_told_before(family: str, tmp_path: Path) -> None:
    with place(family, tmp_path) as url:
        filled(url, items(), {"Items": ROWS})
        with pytest.raises(StorageMismatch, match=r"1 row of table 'Items' has an alternate key \(code\) that another"):
            migrated(url, items(("code",)))
        assert create(url, items(), {"id": "5", "code": "a"}) == 201


@pytest.mark.parametrize("family", FAMILIES)
def test_loaded_rows_do_not_take_the_place_of_others_with_their_alternate_key(family: str, tmp_path: Path) -> None:
    schema = items(("code",))
    with place(family, tmp_path) as url:
        filled(url, schema, {"Items": [{"id": "1", "code": "a", "size": 1}]})
        with opened(url, schema) as store:
            with pytest.raises(ODataError) as failure, store.transaction():
                upsert_rows(store, "Items", ("id", "code", "size"), [("2", "a", 2)])
            assert failure.value.status in {400, 409}
            with store.transaction():
                upsert_rows(store, "Items", ("id", "code", "size"), [("1", "a", 5), ("3", "c", 3)])
            entities = ask(Service(schema, store), "GET", "Items?$select=id,code,size").values
        assert [(row["id"], row["code"], row["size"]) for row in entities] == [("1", "a", 5), ("3", "c", 3)]
