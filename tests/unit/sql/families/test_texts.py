"""What the index of texts of SQLite relies on: how FTS5 folds letters, and which it does not fold as Python does."""

import sqlite3
from contextlib import closing

import pytest

from odata_service.sql.families.family import IndexedTexts
from odata_service.sql.families.sqlite_texts import TEXT_INDEX

_OVER = IndexedTexts("Things-search-00000000", '"Things"', (('"id"', "INTEGER"),), ('"text"',))


def _letters() -> list[str]:
    """Every character whose small letter is another."""
    every = (chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000)
    return [letter for letter in every if letter.lower() != letter]


def test_letters_are_folded_as_in_python_or_their_rows_are_always_looked_at() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE "Things" ("id" INTEGER PRIMARY KEY, "text" TEXT) WITHOUT ROWID')
        for statement in TEXT_INDEX.make(_OVER):
            connection.execute(statement)
        letters = _letters()
        connection.executemany('INSERT INTO "Things" VALUES (?, ?)', ((n, f"xx{one}") for n, one in enumerate(letters)))
        rows = '"Things-search-00000000-rows"'
        odd = {row[0] for row in connection.execute(f'SELECT "id" FROM {rows} WHERE "odata-odd" = 1')}
        find = (
            f'SELECT r."id" FROM "Things-search-00000000" AS f JOIN {rows} AS r ON r."odata-row" = f.rowid '
            'WHERE f."Things-search-00000000" MATCH ?'
        )
        missed = [
            letter
            for number, letter in enumerate(letters)
            if number not in odd and (number,) not in connection.execute(find, (f'"xx{letter.lower()}"',)).fetchall()
        ]
        assert missed == []
        assert len(odd) < len(letters) / 2


@pytest.mark.parametrize(
    ("text", "exact", "serves"), [("abc", True, True), ("ab", False, False), ("a\0bc", True, False), ("", True, False)]
)
def test_a_text_of_three_characters_can_be_looked_for(text: str, exact: bool, serves: bool) -> None:
    assert TEXT_INDEX.serves(text, exact) is serves
