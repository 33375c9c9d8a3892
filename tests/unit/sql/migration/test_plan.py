"""Two states of a table in, the steps between them out: sentences and statements, exactly, for each family."""

import pytest

from odata_service.edm.model import Schema
from odata_service.sql import SQLITE, Family
from odata_service.sql.families.mariadb import MARIADB
from odata_service.sql.families.postgresql import POSTGRESQL
from odata_service.sql.layout import mapping_of
from odata_service.sql.migration import (
    DatabaseState,
    ExistingColumn,
    ExistingIndex,
    ExistingTable,
    Migration,
    plan_migration,
)
from odata_service.sql.wanted import WantedTable, wanted_tables
from tests.migrating import Kind, a, items, schema_of

COLLATED = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"


def existing(table: WantedTable) -> ExistingTable:
    """A table that is as it was wanted."""
    columns = tuple(
        ExistingColumn(
            column.name,
            column.sql_type.replace("CHARACTER SET utf8mb4 COLLATE ", ""),
            not column.nullable,
            column.default,
            table.key.index(column.name) + 1 if column.name in table.key else 0,
        )
        for column in table.columns
    )
    indexes = tuple(ExistingIndex(index.name, index.columns) for index in table.indexes)
    kept = {column.name: column.type for column in table.columns}
    return ExistingTable(table.name, columns, indexes, kept, f"{table.name}_pkey")


def state_of(schema: Schema, family: Family) -> DatabaseState:
    """A database whose tables were made for a schema."""
    tables = {table.name: existing(table) for table in wanted_tables(mapping_of(schema, family))}
    return DatabaseState(tables, {name: table.kept for name, table in tables.items()})


def plan(before: Schema, after: Schema, family: Family = SQLITE, *, allow_drop: bool = False) -> Migration:
    return plan_migration(state_of(before, family), mapping_of(after, family), allow_drop=allow_drop)


def steps(migration: Migration) -> list[tuple[str, str]]:
    return [(step.comment, step.statement) for step in migration.steps]


@pytest.mark.parametrize("family", [SQLITE, POSTGRESQL, MARIADB], ids=lambda family: family.name)
def test_tables_that_are_as_they_should_be_need_no_step(family: Family) -> None:
    schema = items(a("x", "Int32", 1), a("y!", "Decimal"))
    assert steps(plan(schema, schema, family)) == []


def test_sqlite_adds_a_column() -> None:
    assert steps(plan(items(), items(a("x!", "Int32", 7)))) == [
        ("add column 'x' to table 'Items'", 'ALTER TABLE "Items" ADD COLUMN "x" INTEGER NOT NULL DEFAULT 7')
    ]


def test_sqlite_copies_a_table_whose_values_change() -> None:
    assert steps(plan(items(a("x"), a("y")), items(a("x!", "Int32", 0), a("z", former="y")))) == [
        (
            "make a copy of table 'Items': 'x' becomes Edm.Int32, 'x' must not be null",
            'CREATE TABLE "odata-copy" ("id" TEXT NOT NULL, "x" INTEGER NOT NULL DEFAULT 0, "y" TEXT, '
            '"odata-version" INTEGER NOT NULL DEFAULT 1, PRIMARY KEY ("id")) WITHOUT ROWID',
        ),
        (
            "copy the rows of table 'Items'",
            'INSERT INTO "odata-copy" ("id", "x", "y", "odata-version") '
            'SELECT "id", coalesce(odata_converted(0, "x"), 0), "y", "odata-version" FROM "Items"',
        ),
        ("drop table 'Items' as it was", 'DROP TABLE "Items"'),
        ("let the copy be table 'Items'", 'ALTER TABLE "odata-copy" RENAME TO "Items"'),
        ("rename column 'y' of table 'Items' to 'z'", 'ALTER TABLE "Items" RENAME COLUMN "y" TO "z"'),
    ]


def test_postgresql_gathers_converted_values_beside_a_column() -> None:
    assert steps(plan(items(a("x")), items(a("x!", "Int32", 0)), POSTGRESQL)) == [
        ("keep others from table 'Items'", 'LOCK TABLE "Items" IN ACCESS EXCLUSIVE MODE'),
        ("add a column beside 'Items.x'", 'ALTER TABLE "Items" ADD COLUMN "odata-shadow-1" BIGINT NULL'),
        (
            "make room for the values of 'Items.x'",
            'CREATE TEMPORARY TABLE "odata-converted" AS SELECT "id", "odata-shadow-1" AS "odata-value" '
            'FROM "Items" WHERE 1 = 0',
        ),
        (
            "convert the values of 'Items.x' to Edm.Int32",
            'INSERT INTO "odata-converted" VALUES (CAST(%s AS text), CAST(%s AS bigint))',
        ),
        (
            "put the converted values of 'Items.x' beside it",
            'UPDATE "Items" SET "odata-shadow-1" = "odata-converted"."odata-value" FROM "odata-converted" '
            'WHERE "Items"."id" = "odata-converted"."id"',
        ),
        ("clear the room for the values of 'Items.x'", 'DROP TABLE "odata-converted"'),
        (
            "fill the nulls of 'Items.x' with the default",
            'UPDATE "Items" SET "odata-shadow-1" = 0 WHERE "odata-shadow-1" IS NULL',
        ),
        (
            "let column 'Items.x' be Edm.Int32",
            'ALTER TABLE "Items" ALTER COLUMN "x" TYPE BIGINT USING "odata-shadow-1"',
        ),
        ("drop the column beside it", 'ALTER TABLE "Items" DROP COLUMN "odata-shadow-1"'),
        ("give column 'Items.x' its default", 'ALTER TABLE "Items" ALTER COLUMN "x" SET DEFAULT 0'),
        ("let column 'Items.x' not be null", 'ALTER TABLE "Items" ALTER COLUMN "x" SET NOT NULL'),
    ]


def test_mariadb_changes_a_table_in_one_statement() -> None:
    before = items(a("x"), a("y"), a("gone!"))
    after = items(a("x", "Int32"), a("z", former="y"), a("new"))
    found = steps(plan(before, after, MARIADB))
    assert [comment for comment, _ in found] == [
        "keep others from table 'Items'",
        "add a column beside 'Items.x'",
        "make room for the values of 'Items.x'",
        "convert the values of 'Items.x' to Edm.Int32",
        "put the converted values of 'Items.x' beside it",
        "clear the room for the values of 'Items.x'",
        "drop column 'Items.x' as it was; let the column beside it be 'Items.x'; rename column 'y' of table 'Items' to "
        "'z'; let column 'Items.gone', which is left over, be null; add column 'new' to table 'Items'",
        "let others to table 'Items' again",
    ]
    assert found[0][1] == "LOCK TABLES `Items` WRITE, `odata-state` WRITE"
    assert found[2][1] == (
        "CREATE OR REPLACE TEMPORARY TABLE `odata-converted` (PRIMARY KEY (`id`)) AS SELECT `id`, `odata-shadow-1` AS "
        "`odata-value` FROM `Items` WHERE 1 = 0"
    )
    assert found[6][1] == (
        "ALTER TABLE `Items` DROP COLUMN `x`, CHANGE COLUMN `odata-shadow-1` `x` BIGINT, "
        f"CHANGE COLUMN `y` `z` {COLLATED}, "
        "MODIFY COLUMN `gone` LONGTEXT COLLATE utf8mb4_nopad_bin NULL, "
        f"ADD COLUMN `new` {COLLATED}"
    )


KEYED: list[tuple[Family, list[str]]] = [
    (
        POSTGRESQL,
        [
            'ALTER TABLE "Items" DROP CONSTRAINT "Items_pkey"',
            'ALTER TABLE "Items" ADD PRIMARY KEY ("code")',
        ],
    ),
    (
        MARIADB,
        [
            "ALTER TABLE `Items` DROP PRIMARY KEY, "
            f"CHANGE COLUMN `id` `id` {COLLATED} NOT NULL, "
            "CHANGE COLUMN `code` `code` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL, "
            "ADD PRIMARY KEY (`code`)"
        ],
    ),
]


@pytest.mark.parametrize(("family", "statements"), KEYED, ids=["postgresql", "mariadb"])
def test_another_key_takes_the_place_of_the_first(family: Family, statements: list[str]) -> None:
    migration = plan(items(a("code!")), items(a("code!"), key=("code",)), family)
    assert [step.statement for step in migration.steps] == statements


def test_what_nothing_stands_for_is_dropped_only_where_that_is_allowed() -> None:
    before = schema_of(Kind("Items", (a("id!"), a("x"))), Kind("Tags", (a("id!"),)))
    kept, dropped = plan(before, items()), plan(before, items(), allow_drop=True)
    assert (steps(kept), kept.left) == (
        [],
        (
            "Column 'Items.x' is left over; --allow-drop drops it.",
            "Table 'Tags' is left over; --allow-drop drops it.",
        ),
    )
    assert (steps(dropped), dropped.left) == (
        [
            ("drop column 'x' of table 'Items'", 'ALTER TABLE "Items" DROP COLUMN "x"'),
            ("drop table 'Tags'", 'DROP TABLE "Tags"'),
        ],
        (),
    )


def test_names_that_change_places_take_a_detour() -> None:
    before = schema_of(Kind("A", (a("id!"), a("x"))), Kind("B", (a("id!"), a("x"))))
    after = schema_of(Kind("B", (a("id!"), a("x")), former="A"), Kind("C", (a("id!"), a("x")), former="B"))
    assert steps(plan(before, after)) == [
        ("rename table 'B' to 'C'", 'ALTER TABLE "B" RENAME TO "C"'),
        ("rename table 'A' to 'B'", 'ALTER TABLE "A" RENAME TO "B"'),
    ]


def test_a_wider_type_is_only_written_down() -> None:
    migration = plan(items(a("x", "Int32")), items(a("x", "Int64")))
    assert steps(migration) == [("let column 'Items.x' keep Edm.Int64: its values stay", "")]
    assert (migration.checks, migration.record["Items"]["x"]) == ((), {"type": "Edm.Int64"})
