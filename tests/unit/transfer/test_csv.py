from pathlib import Path

import pytest

from odata_service.transfer.csv import read_csv


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("\ufeffa;b\n1;2,5\n", [(1, ["a", "b"]), (2, ["1", "2,5"])]),
        ("a\tb\r\n1\t2\r\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ('a,b\n,""\n', [(1, ["a", "b"]), (2, [None, ""])]),
        ('a,b,c\n"x\ny","",z\n', [(1, ["a", "b", "c"]), (2, ["x\ny", "", "z"])]),
        (
            'a,b,c\n"x\n\n""q"" ","\n",""\n3,4,5',
            [(1, ["a", "b", "c"]), (2, ['x\n\n"q" ', "\n", ""]), (6, ["3", "4", "5"])],
        ),
        ('a,b\n"say ""hi""",""""\n', [(1, ["a", "b"]), (2, ['say "hi"', '"'])]),
        ("a,b\n\n1,2\n", [(1, ["a", "b"]), (3, ["1", "2"])]),
    ],
    ids=["plain", "mark and semicolons", "tabs", "empty cells", "lines", "many lines", "quotes", "blank lines"],
)
def test_rows_with_their_lines(tmp_path: Path, text: str, rows: list[tuple[int, list[str | None]]]) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode())
    assert [(line, list(cells)) for line, cells in read_csv(file)] == rows
