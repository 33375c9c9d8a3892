"""A mapping's tables as plain objects, and the statements that make them."""

from decimal import Decimal

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property, Schema
from odata_service.edm.types import BINARY, INT64, STRING, TypeRef
from odata_service.sql import create_statements, mapping_of
from odata_service.sql.families.mariadb import MARIADB
from odata_service.sql.wanted import WantedColumn, WantedIndex, WantedTable, wanted_tables

ID = TypeRef("Edm.String", nullable=False)
PRICE = TypeRef("Edm.Decimal", nullable=False)


def shop_schema() -> Schema:
    """Items with a price that has a default, a maker and many tags."""
    builder = SchemaBuilder()
    properties = (Property("id", ID), Property("price", PRICE, Decimal("12.50")), Property("note", STRING, "it's"))
    maker = NavigationProperty("maker", "shop.Tag")
    tags = NavigationProperty("tags", "shop.Tag", collection=True)
    builder.add_type(EntityType("shop.Item", properties, (KeyProperty("id"),), (maker, tags)))
    builder.add_type(EntityType("shop.Tag", (Property("id", ID),), (KeyProperty("id"),)))
    builder.add_entity_set(EntitySet("Items", "shop.Item"))
    builder.add_entity_set(EntitySet("Tags", "shop.Tag"))
    return builder.freeze()


VERSION = WantedColumn("odata-version", INT64, "INTEGER", default="1")


def test_wanted_tables_are_those_of_secrets_of_entities_and_of_links() -> None:
    assert wanted_tables(mapping_of(shop_schema())) == (
        WantedTable(
            "odata-state", (WantedColumn("name", STRING, "TEXT"), WantedColumn("value", BINARY, "BLOB")), ("name",)
        ),
        WantedTable(
            "Items",
            (
                WantedColumn("id", ID, "TEXT"),
                WantedColumn("price", PRICE, "TEXT", default="'p5001125'"),
                WantedColumn("note", STRING, "TEXT", nullable=True, default="'it''s'"),
                WantedColumn("maker-id", ID, "TEXT", nullable=True),
                VERSION,
            ),
            ("id",),
            (WantedIndex("Items-maker-id", ("maker-id", "id"), ('"maker-id"', '"id"')),),
            " WITHOUT ROWID",
        ),
        WantedTable("Tags", (WantedColumn("id", ID, "TEXT"), VERSION), ("id",), (), " WITHOUT ROWID"),
        WantedTable(
            "Items-tags",
            (WantedColumn("source-id", ID, "TEXT"), WantedColumn("target-id", ID, "TEXT")),
            ("source-id", "target-id"),
            (WantedIndex("Items-tags-back", ("target-id", "source-id"), ('"target-id"', '"source-id"')),),
            " WITHOUT ROWID",
        ),
    )


def test_statements_make_what_is_missing_and_give_defaults() -> None:
    assert list(create_statements(mapping_of(shop_schema()))) == [
        'CREATE TABLE IF NOT EXISTS "odata-state" ("name" TEXT NOT NULL, "value" BLOB NOT NULL, PRIMARY KEY ("name"))',
        'CREATE TABLE IF NOT EXISTS "Items" ("id" TEXT NOT NULL, "price" TEXT NOT NULL DEFAULT \'p5001125\', '
        '"note" TEXT DEFAULT \'it\'\'s\', "maker-id" TEXT, "odata-version" INTEGER NOT NULL DEFAULT 1, '
        'PRIMARY KEY ("id")) WITHOUT ROWID',
        'CREATE INDEX IF NOT EXISTS "Items-maker-id" ON "Items" ("maker-id", "id")',
        'CREATE TABLE IF NOT EXISTS "Tags" ("id" TEXT NOT NULL, "odata-version" INTEGER NOT NULL DEFAULT 1, '
        'PRIMARY KEY ("id")) WITHOUT ROWID',
        'CREATE TABLE IF NOT EXISTS "Items-tags" ("source-id" TEXT NOT NULL, "target-id" TEXT NOT NULL, '
        'PRIMARY KEY ("source-id", "target-id")) WITHOUT ROWID',
        'CREATE INDEX IF NOT EXISTS "Items-tags-back" ON "Items-tags" ("target-id", "source-id")',
    ]


def test_mariadb_makes_tables_with_their_indexes_and_those_that_tables_lack() -> None:
    statements = list(create_statements(mapping_of(shop_schema(), MARIADB)))
    [pairs] = [one for one in statements if one.startswith("CREATE TABLE IF NOT EXISTS `Items-tags`")]
    assert "INDEX `Items-tags-back` (`target-id`" in pairs
    assert any(one.startswith("CREATE INDEX IF NOT EXISTS `Items-tags-back` ON") for one in statements)
