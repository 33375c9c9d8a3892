"""The tables of functions against each other."""

from odata_service.semantics import evaluate_functions as evaluated
from odata_service.semantics.functions import (
    AGGREGATION_FUNCTIONS,
    COLLECTION_FUNCTIONS,
    FILTER_FUNCTIONS,
    SIGNATURES,
    VALUE_FUNCTIONS,
)
from odata_service.sql import collections
from odata_service.sql.families import SQLITE
from odata_service.url.members import CANONICAL_FUNCTIONS


def test_every_function_has_its_sql_and_its_evaluation() -> None:
    assert SQLITE.operations.functions.keys() == VALUE_FUNCTIONS
    assert evaluated.FUNCTIONS.keys() | evaluated.MEASURES.keys() == VALUE_FUNCTIONS - {"now"}
    assert collections.FUNCTIONS.keys() == COLLECTION_FUNCTIONS == evaluated.COLLECTION_FUNCTIONS.keys()
    assert SIGNATURES.keys() == COLLECTION_FUNCTIONS | VALUE_FUNCTIONS


def test_every_function_of_the_grammar_is_there() -> None:
    assert set(FILTER_FUNCTIONS) | AGGREGATION_FUNCTIONS == CANONICAL_FUNCTIONS
