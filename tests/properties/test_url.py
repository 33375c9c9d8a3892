"""Laws of URLs: any text gives a tree or an error; trees survive printing; shapes and trees agree on literals."""

from dataclasses import fields, is_dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from odata_service.errors import ODataError
from odata_service.url import parse_expression, parse_url, print_expression, shape_of
from odata_service.url.syntax import (
    Binary,
    Expression,
    FunctionCall,
    In,
    Literal,
    LiteralKind,
    Logical,
    Name,
    Number,
    ODataUrl,
    Path,
    Segment,
    Unary,
)
from tests.properties.test_filters import conditions

SETS = frozenset({"Customers"})

names = st.sampled_from(["a", "name", "any", "max", "not_", "eqx", "Ünï"])
literals = st.one_of(
    st.integers(-(10**12), 10**12).map(lambda value: Literal(LiteralKind.INTEGER, str(value))),
    st.text(max_size=6).map(lambda value: Literal(LiteralKind.STRING, value)),
    st.just(Literal(LiteralKind.NULL, "null")),
    st.just(Literal(LiteralKind.DATE, "2024-01-31")),
    st.just(Literal(LiteralKind.DURATION, "PT1H")),
)
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: Path(tuple(Name(part) for part in parts)))


def extend(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(["eq", "ne", "gt", "le", "add", "sub", "mul", "div", "mod", "divby"])
    return st.one_of(
        st.builds(Binary, operators, inner, inner),
        st.builds(
            lambda word, parts: Logical(word, tuple(parts)),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(Unary, st.just("not"), inner),
        st.builds(lambda operand, parts: In(operand, tuple(parts)), inner, st.lists(literals, max_size=3)),
        st.builds(lambda one, other: FunctionCall("concat", (one, other)), inner, inner),
    )


trees: st.SearchStrategy[Expression] = st.recursive(literals | paths, extend, max_leaves=8)


@settings(max_examples=300, deadline=None)
@given(trees)
def test_a_tree_survives_printing(tree: Expression) -> None:
    assert parse_expression(print_expression(tree)) == tree


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
    if not is_dataclass(node) or isinstance(node, type):
        return set()
    own = {(option, node.span.start)} if isinstance(node, Literal | Number | Segment) else set()
    return own | {place for part in fields(node) for place in places(getattr(node, part.name), option)}


def all_places(url: ODataUrl) -> set[tuple[str, int]]:
    found = places(url.segments, "path")
    for option in ("filter", "orderby", "expand", "top", "skip"):
        found |= places(getattr(url.options, option), option)
    return found


@settings(max_examples=300, deadline=None)
@given(conditions, st.integers(0, 10**10))
def test_every_scanned_literal_stands_where_the_parser_has_one(filter_text: str, top: int) -> None:
    query = f"$filter={filter_text}&$top={top}".replace("%", "%25")
    for path in ("Customers('a')", "Customers/key", "Customers"):
        shape = shape_of(path, query, SETS)
        assert shape is not None
        known = all_places(parse_url(path, query))
        assert [literal for literal in shape.literals if (literal.option, literal.start) not in known] == []
