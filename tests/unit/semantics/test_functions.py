"""The tables of functions against each other."""

import pytest

from odata_service.errors import TypeMismatch
from odata_service.semantics import evaluate_functions as evaluated
from odata_service.semantics import resolve
from odata_service.semantics.functions import (
    AGGREGATION_FUNCTIONS,
    COLLECTION_FUNCTIONS,
    FILTER_FUNCTIONS,
    SIGNATURES,
    VALUE_FUNCTIONS,
)
from odata_service.sql import collections
from odata_service.sql.families import SQLITE
from odata_service.url import parse_url
from odata_service.url.members import CANONICAL_FUNCTIONS
from tests.models import customer_schema


def test_every_function_has_its_sql_and_its_evaluation() -> None:
    assert SQLITE.operations.functions.keys() == VALUE_FUNCTIONS
    assert evaluated.FUNCTIONS.keys() | evaluated.MEASURES.keys() == VALUE_FUNCTIONS - {"now"}
    assert collections.FUNCTIONS.keys() == COLLECTION_FUNCTIONS == evaluated.COLLECTION_FUNCTIONS.keys()
    assert SIGNATURES.keys() == COLLECTION_FUNCTIONS | VALUE_FUNCTIONS


def test_every_function_of_the_grammar_is_there() -> None:
    assert set(FILTER_FUNCTIONS) | AGGREGATION_FUNCTIONS == CANONICAL_FUNCTIONS


@pytest.mark.parametrize(
    ("query", "length", "place"),
    [
        ("$filter=substring(displayName,1,-2) eq 'x'", "-2", 25),
        ("$filter=length(substring(displayName,-3,@length)) eq 2&@length=-1", "-1", 33),
    ],
)
def test_a_part_of_a_text_has_a_length(query: str, length: str, place: int) -> None:
    with pytest.raises(TypeMismatch) as refused:
        resolve(parse_url("Customers", query), customer_schema())
    assert refused.value.message == (
        f"substring takes a length from 0 on, and not {length} (at position {place} of $filter). "
        "Leave it out for all to the end."
    )
