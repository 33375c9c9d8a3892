"""How long the texts in columns are where keys, indexes and rows are bounded."""

import pytest

from odata_service.edm.types import INT64, Facets, TypeRef
from odata_service.sql.lengths import index_length, text_lengths
from odata_service.sql.mapping import TYPE, ColumnMapping


def text(name: str, length: int | None = None) -> ColumnMapping:
    return ColumnMapping(name, TypeRef("Edm.String", facets=Facets(max_length=length)), nullable=True)


def number(name: str) -> ColumnMapping:
    return ColumnMapping(name, INT64, nullable=True)


@pytest.mark.parametrize(
    ("columns", "key", "lengths"),
    [
        pytest.param((text("a"), text("b", 70), text("c", 768), text("d", 769)), (), {"b": 70, "c": 768}, id="stated"),
        pytest.param((text("a", 3),), (), {"a": 64}, id="never too short to leave its page"),
        pytest.param((text("a"),), ("a",), {"a": 255}, id="key"),
        pytest.param((text("a", 10),), ("a",), {"a": 10}, id="short key"),
        pytest.param((text("a", 600),), ("a",), {"a": 511}, id="long key"),
        pytest.param((text("a"), text("b"), text("c")), ("a", "b", "c"), {"a": 170, "b": 170, "c": 170}, id="shares"),
        pytest.param((text("a", 10), text("b", 600)), ("a", "b"), {"a": 10, "b": 501}, id="what is left over"),
        pytest.param((number("a"), text("b", 600)), ("a", "b"), {"b": 475}, id="beside a number"),
    ],
)
def test_lengths_are_what_is_stated_as_far_as_there_is_room(
    columns: tuple[ColumnMapping, ...], key: tuple[str, ...], lengths: dict[str, int]
) -> None:
    assert text_lengths(columns, key) == lengths


def test_references_are_as_long_as_keys_but_names_of_types_are_not() -> None:
    assert text_lengths((text("a"), text("b", 300), text(TYPE)), (), ("a", "b", TYPE)) == {"a": 255, "b": 300}


def test_the_first_columns_have_what_a_row_takes() -> None:
    assert list(text_lengths([text(f"c{place}", 768) for place in range(20)], ())) == [f"c{n}" for n in range(10)]


def test_an_index_has_what_the_key_leaves() -> None:
    assert index_length(("a",), ("id",), {"id": 20}) == 513
    assert index_length(("a", "b"), ("id",), {}) == 366
    assert index_length(("a",), ("x", "y"), {"x": 300, "y": 211}) == 255
