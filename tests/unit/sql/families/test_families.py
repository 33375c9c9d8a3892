import pytest

from odata_service.database import Form
from odata_service.edm.types import Kind
from odata_service.semantics.functions import VALUE_FUNCTIONS
from odata_service.sql import Family
from odata_service.sql.families.mariadb import MARIADB
from odata_service.sql.families.postgresql import POSTGRESQL
from odata_service.sql.families.sqlite import SQLITE

SERVERS = pytest.mark.parametrize("family", [POSTGRESQL, MARIADB], ids=lambda family: family.name)


@SERVERS
def test_every_operation_of_sqlite_is_there(family: Family) -> None:
    known, wanted = family.operations, SQLITE.operations
    assert known.functions.keys() == wanted.functions.keys()
    assert known.arithmetic.keys() == wanted.arithmetic.keys()
    assert known.negatives.keys() == wanted.negatives.keys()


@pytest.mark.parametrize("family", [SQLITE, POSTGRESQL, MARIADB], ids=lambda family: family.name)
def test_every_function_has_its_sql(family: Family) -> None:
    assert set(family.operations.functions) >= VALUE_FUNCTIONS


@SERVERS
def test_every_kind_of_value_has_a_column(family: Family) -> None:
    assert family.values.keys() == SQLITE.values.keys()
    assert [kind for kind in SQLITE.values if not family.columns[Form.CANONICAL, kind].sql_type] == []


@pytest.mark.parametrize(
    ("family", "declared", "same"),
    [
        (POSTGRESQL, "character varying(40)", 'TEXT COLLATE "C"'),
        (POSTGRESQL, "bigint", "BIGINT"),
        (POSTGRESQL, "numeric(12,3)", "NUMERIC"),
        (POSTGRESQL, "double precision", "DOUBLE PRECISION"),
        (MARIADB, "varchar(40) utf8mb4_nopad_bin", "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"),
        (MARIADB, "bigint(20)", "BIGINT"),
        (MARIADB, "decimal(65,30)", "DECIMAL(65,30)"),
        (MARIADB, "tinyint(1)", "TINYINT(1)"),
    ],
)
def test_what_a_server_says_of_a_column_is_the_type_that_it_was_made_with(
    family: Family, declared: str, same: str
) -> None:
    assert family.dialect.type_name(declared) == family.dialect.type_name(same)


def test_texts_that_fold_case_are_of_another_type_in_mariadb() -> None:
    type_name = MARIADB.dialect.type_name
    assert type_name("longtext utf8mb4_general_ci") != type_name(MARIADB.values[Kind.STRING].sql_type)


@pytest.mark.parametrize(
    ("family", "value", "text"),
    [
        (POSTGRESQL, True, "TRUE"),
        (POSTGRESQL, b"\x00a", r"'\x0061'"),
        (POSTGRESQL, float("-inf"), "'-inf'"),
        (POSTGRESQL, "it's \\", r"'it''s \'"),
        (MARIADB, "it's \\", r"'it''s \\'"),
        (MARIADB, b"\x00a", "X'0061'"),
    ],
)
def test_values_are_written_as_sql_text(family: Family, value: object, text: str) -> None:
    assert family.dialect.literal(value) == text
