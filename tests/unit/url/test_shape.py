"""Shapes of URLs: the text without its literals, and these."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_service.url.shape import ScannedLiteral, Shape, shape_of
from odata_service.url.syntax import LiteralKind

SETS = {"Customers"}


@pytest.mark.parametrize(
    ("path", "text", "kind", "said"),
    [
        ("Customers('a')", "Customers(\0string)", LiteralKind.STRING, "a"),
        ("Customers('')", "Customers(\0string)", LiteralKind.STRING, ""),
        ("Customers('O''Brien')", "Customers(\0string)", LiteralKind.STRING, "O'Brien"),
        ("Customers(42)", "Customers(\0integer32)", LiteralKind.INTEGER, "42"),
        ("Customers(-42)", "Customers(\0integer-32)", LiteralKind.INTEGER, "-42"),
        ("Customers(12345678901)", "Customers(\0integer64)", LiteralKind.INTEGER, "12345678901"),
        ("Customers(12345678901L)", "Customers(\0integer64)", LiteralKind.INTEGER, "12345678901"),
        ("Customers(2000000000l)", "Customers(\0integer32)", LiteralKind.INTEGER, "2000000000"),
    ],
)
def test_a_key_is_taken_out_of_a_path(path: str, text: str, kind: LiteralKind, said: str) -> None:
    assert shape_of(path, "", SETS) == Shape(text, (ScannedLiteral("path", len("Customers("), kind, said),))


def test_what_is_no_number_has_a_shape_of_its_own() -> None:
    asked = {literal: shape_of("Customers", f"$filter=size eq {literal}", SETS) for literal in ("NaN", "INF", "-INF")}
    shapes = {literal: shape.text for literal, shape in asked.items() if shape is not None}
    assert shapes["NaN"] != shapes["INF"] == shapes["-INF"]


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True), st.text() | st.integers(0, 2**40))
def test_a_key_is_the_same_literal_whether_the_path_goes_on_or_not(name: str, key: str | int) -> None:
    literal = str(key) if isinstance(key, int) else "'" + key.replace("'", "''") + "'"
    path = f"{name}({quote(literal, safe='')})"
    alone, longer = shape_of(path, "", SETS), shape_of(f"{path}/name", "", SETS)
    assert alone is not None
    assert longer == Shape(f"{alone.text}/name", alone.literals)
