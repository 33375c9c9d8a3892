"""Samples of SQLite columns: the first rows, and what stands out in the rows behind."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from peewee import SqliteDatabase

from odata_service.database.catalogue import Column
from odata_service.database.functions import Stored
from odata_service.database.sqlite_samples import SAMPLED_ROWS, sampled


def _sample(folder: Path, late: Stored) -> tuple[Stored, ...]:
    """The sample of a column of ones with another value near its end."""
    file = folder / "late.db"
    with closing(sqlite3.connect(file)) as writing, writing:
        writing.execute('CREATE TABLE "a ""table""" ("a ""column""")')
        every = [(1,)] * SAMPLED_ROWS + [(late,)] + [(1,)] * 10
        writing.executemany('INSERT INTO "a ""table""" VALUES (?)', every)
    (column,) = sampled(SqliteDatabase(str(file)), 'a "table"', [Column('a "column"', "")])
    return column.sample


@pytest.mark.parametrize(
    ("late", "seen"),
    [
        pytest.param("text", "text", id="a text above numbers"),
        pytest.param(b"\xff", b"\xff", id="bytes above numbers"),
        pytest.param(2**40, 2**40, id="the greatest number"),
        pytest.param(-5, -5, id="the least number"),
        pytest.param(1.5, 1.5, id="a number with a fraction"),
        pytest.param("x" * 100, "x" * 64, id="a long text is cut"),
    ],
)
def test_a_value_behind_the_first_rows_is_seen_when_it_stands_out(tmp_path: Path, late: Stored, seen: Stored) -> None:
    assert set(_sample(tmp_path, late)) == {1, seen}


def test_a_table_without_columns_that_are_read_has_no_sample(tmp_path: Path) -> None:
    assert sampled(SqliteDatabase(str(tmp_path / "none.db")), "none", []) == ()
