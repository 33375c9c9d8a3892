"""Laws of URLs: any text gives a tree or an error; trees survive printing; shapes and trees agree on literals."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from odata_service.errors import ODataError
from odata_service.url import parse_expression, parse_url, print_expression, print_url, shape_of
from odata_service.url.syntax import (
    Expression,
    Literal,
    Number,
    ODataUrl,
    Options,
    SearchExpression,
    Segment,
    Sequence,
)
from tests.properties.test_filters import conditions
from tests.properties.url_trees import expressions, searches, sequences, urls

SETS = frozenset({"Customers"})


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_an_expression_survives_printing(tree: Expression) -> None:
    assert parse_expression(print_expression(tree)) == tree


@settings(max_examples=60, deadline=None)
@given(searches)
def test_a_search_survives_printing(tree: SearchExpression) -> None:
    url = ODataUrl((Segment("A"),), Options(search=tree))
    assert parse_url(*print_url(url)) == url


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequences)
def test_transformations_survive_printing(tree: Sequence) -> None:
    url = ODataUrl((Segment("A"),), Options(apply=tree))
    assert parse_url(*print_url(url)) == url


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(urls)
def test_a_url_survives_printing(url: ODataUrl) -> None:
    assert parse_url(*print_url(url)) == url


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="abeqnotr ()'\"$@/,;:=-+.0159%&|[]{}äT", max_size=40), st.text(max_size=20))
def test_any_text_gives_a_tree_or_an_error(query: str, path: str) -> None:
    for target in (("Customers", f"$filter={query}"), (path, query), ("Customers", f"$expand={query}"), (query, "")):
        try:
            parse_url(*target)
        except ODataError:
            continue
        shape_of(*target, SETS)


def places(node: object, option: str) -> set[tuple[str, int]]:
    """The places of the literals, numbers and segments of a tree."""
    if isinstance(node, tuple):
        return {place for part in node for place in places(part, option)}
    if not isinstance(node, Struct):
        return set()
    own = {(option, node.span.start)} if isinstance(node, Literal | Number | Segment) else set()
    return own | {place for name in node.__struct_fields__ for place in places(getattr(node, name), option)}


def all_places(url: ODataUrl) -> set[tuple[str, int]]:
    found = places(url.segments, "path")
    for option in ("filter", "orderby", "expand", "top", "skip"):
        found |= places(getattr(url.options, option), option)
    return found


@settings(max_examples=60, deadline=None)
@given(conditions, st.integers(0, 10**10))
def test_every_scanned_literal_stands_where_the_parser_has_one(filter_text: str, top: int) -> None:
    query = f"$filter={filter_text}&$top={top}".replace("%", "%25")
    for path in ("Customers('a')", "Customers/key", "Customers"):
        shape = shape_of(path, query, SETS)
        assert shape is not None
        known = all_places(parse_url(path, query))
        assert [literal for literal in shape.literals if (literal.option, literal.start) not in known] == []
