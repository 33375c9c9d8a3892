"""What the text of CREATE TABLE tells beyond the pragmas."""

from odata_service.database.create_table import CreateTable, read_create_table


def test_comments_belong_to_the_column_on_their_line_or_below() -> None:
    text = """CREATE TABLE orders ( -- what was sold
        id INTEGER PRIMARY KEY, -- counts up
        -- who bought,
        /* and never
         * nobody */
        "customer id" INTEGER,
        price NUMERIC(10, 2), /* net */
        UNIQUE (id, price) -- no column's
    )"""
    assert read_create_table(text) == CreateTable(
        "what was sold no column's",
        {"id": "counts up", "customer id": "who bought, and never nobody", "price": "net"},
    )


def test_checks_of_columns_and_tables_are_found_whatever_stands_in_texts() -> None:
    text = """CREATE TABLE t (
        a TEXT CHECK (a IN ('x', 'check (y)', ')')),
        [check] INT,
        CONSTRAINT positive CHECK ((b > 0) AND (c > 0)) -- check (d)
    )"""
    assert read_create_table(text).checks == ["a IN ('x', 'check (y)', ')')", "(b > 0) AND (c > 0)"]


def test_collations_are_found() -> None:
    text = 'CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT NOT NULL COLLATE "rtrim", c TEXT)'
    assert read_create_table(text).collations == {"a": "NOCASE", "b": "rtrim"}


def test_a_statement_that_ends_early_is_read_as_far_as_it_goes() -> None:
    assert read_create_table("CREATE TABLE t (a TEXT CHECK (a > (") == CreateTable(checks=["a > ("])
