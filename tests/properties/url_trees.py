"""Strategies for every node of the syntax tree, as the parser gives them: what cannot be written is not drawn."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from odata_service.url.syntax import (
    AggregateFrom,
    AggregateItem,
    AggregateStep,
    Aggregation,
    Alias,
    AnnotationName,
    Binary,
    Case,
    Computation,
    ComputeItem,
    Concatenation,
    CountAggregate,
    CountStep,
    CrossJoin,
    CustomAggregate,
    ExpandItem,
    Expression,
    Filtering,
    FilterSegment,
    FilterStep,
    FunctionCall,
    Grouping,
    HierarchyReference,
    Identity,
    In,
    Join,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    LiteralKind,
    Logical,
    MethodAggregate,
    Name,
    NamedRollup,
    NamedValue,
    Nesting,
    NestItem,
    Number,
    ODataUrl,
    Options,
    Ordering,
    OrderItem,
    Path,
    PathStep,
    Ranking,
    RecursiveRollup,
    Relatives,
    Rollup,
    SearchChain,
    SearchExpression,
    SearchIncomplete,
    Searching,
    SearchNot,
    SearchTerm,
    Segment,
    SelectItem,
    Sequence,
    Slice,
    Traversal,
    Unary,
)

T = TypeVar("T")

words = st.sampled_from(["a", "name", "any", "max", "not_", "eqx", "Ünï", "top", "identity", "asc", "with", "x1"])
qualified = st.sampled_from(["ns.Type", "a.b.C", "Self.any"])
names = words | qualified
methods = st.sampled_from(["sum", "min", "max", "average", "countdistinct", "ns.method"])
numbers = st.integers(0, 10**8).map(Number)

LITERALS = {
    LiteralKind.NULL: ["null"],
    LiteralKind.BOOLEAN: ["true", "false"],
    LiteralKind.DECIMAL: ["1.50", "-0.5"],
    LiteralKind.DOUBLE: ["1e9", "-1.5E-3", "INF", "-INF", "NaN"],
    LiteralKind.GUID: ["0f0f0f0f-0000-0000-0000-000000000001"],
    LiteralKind.DATE: ["2024-01-31", "-0001-12-31", "-10000-04-01"],
    LiteralKind.TIME_OF_DAY: ["12:30", "23:59:59.999999999999"],
    LiteralKind.DATE_TIME_OFFSET: ["2024-01-31T12:00Z", "2024-01-31T12:00:60.5+02:00"],
    LiteralKind.DURATION: ["PT1H", "-P1DT2.5S"],
    LiteralKind.BINARY: ["Zm9vYg==", ""],
    LiteralKind.GEOGRAPHY: ["SRID=0;Point(142.1 64.1)"],
    LiteralKind.GEOMETRY: ["SRID=0;MultiPoint((142.1 64.1),(1 2))"],
}

literals: st.SearchStrategy[Literal] = st.one_of(
    st.sampled_from([Literal(kind, text) for kind, texts in LITERALS.items() for text in texts]),
    st.integers(-(10**20), 10**20).map(lambda value: Literal(LiteralKind.INTEGER, str(value))),
    st.text(max_size=6).map(lambda value: Literal(LiteralKind.STRING, value)),
    st.builds(Literal, st.just(LiteralKind.ENUM), st.sampled_from(["Red", "Red,Blue", "3"]), qualified),
)
aliases = words.map(Alias)
leaves = literals | aliases
annotations = st.builds(AnnotationName, qualified, st.none() | words)


def undescribed(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """The same values: hypothesis describes a strategy with all its parts, which grow with each level of a grammar."""
    return st.just(None).flatmap(lambda _: strategy)


def recursive(
    base: st.SearchStrategy[T], extend: Callable[[st.SearchStrategy[T]], st.SearchStrategy[T]], leaves: int
) -> st.SearchStrategy[T]:
    return undescribed(st.recursive(base, lambda inner: extend(undescribed(inner)), max_leaves=leaves))


def tuples(of: st.SearchStrategy[T], least: int = 1, most: int = 2) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


def key_predicates(values: st.SearchStrategy[Expression]) -> st.SearchStrategy[KeyPredicate]:
    named = st.builds(NamedValue, words, values)
    return st.builds(KeyPredicate, values) | st.builds(KeyPredicate, st.none(), tuples(named))


# Searches

search_words = st.sampled_from(["blue", "AND", "OR", "NOT", "a;b", "9,81", "Δ#&+", "$top", "and"])
terms: st.SearchStrategy[SearchExpression] = st.one_of(
    search_words.map(SearchTerm),
    st.builds(SearchTerm, st.text("a b)(';ANDé&", min_size=1, max_size=6), st.just(True)),
)


def _searches(inner: st.SearchStrategy[SearchExpression]) -> st.SearchStrategy[SearchExpression]:
    chain = st.builds(SearchChain, st.sampled_from(["AND", "OR"]), tuples(inner, 2, 3))
    return st.builds(SearchNot, inner) | chain


searches: st.SearchStrategy[SearchExpression] = st.one_of(
    recursive(terms, _searches, leaves=5), st.builds(SearchIncomplete, st.text(max_size=5))
)

# Paths and expressions

keys = key_predicates(leaves)
types = (qualified | st.just("Collection(Edm.String)")).map(lambda name: Path((Name(name),)))
property_paths = st.builds(lambda steps, last: Path((*steps, Name(last))), tuples(names.map(Name), least=0), words)


def _calls(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[FunctionCall]:
    named = tuples(st.builds(NamedValue, words, inner))
    return st.one_of(
        st.builds(FunctionCall, st.sampled_from(["contains", "geo.distance", "concat"]), tuples(inner, 2)),
        st.builds(FunctionCall, st.just("now")),
        st.builds(FunctionCall, st.sampled_from(["cast", "isof"]), st.tuples(types) | st.tuples(inner, types)),
        st.builds(FunctionCall, qualified, st.just(()), st.just(()) | named),
    )


def aggregates(
    inner: st.SearchStrategy[Expression], names_given: st.SearchStrategy[str | None]
) -> st.SearchStrategy[AggregateItem]:
    """Aggregates whose expressions are drawn from `inner`; a count and a method need an alias where one may stand."""
    sources = st.builds(AggregateFrom, tuples(property_paths), methods)
    loose = st.builds(AggregateFrom, tuples(property_paths), st.none() | methods)
    typed = qualified.map(lambda name: Path((Name(name),)))
    with_alias = names_given.filter(lambda name: name is not None) | names_given
    return st.one_of(
        st.builds(MethodAggregate, (inner | typed).filter(_is_no_count), methods, tuples(sources, 0), with_alias),
        st.builds(CountAggregate, st.none() | property_paths, tuples(sources, 0), with_alias),
        st.builds(CustomAggregate, property_paths, tuples(loose, 0), with_alias),
    )


def _is_no_count(expression: Expression) -> bool:
    """The count of the input set has no method."""
    return not (isinstance(expression, Path) and isinstance(expression.steps[0], CountStep))


def _steps(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[tuple[PathStep, ...]]:
    """What may follow a slash, some of it with a key."""
    count = st.builds(CountStep, st.none() | inner, st.none() | searches)
    quantifier = st.builds(Lambda, st.sampled_from(["any", "all"]), words, inner) | st.just(Lambda("any"))
    keyed = st.sampled_from(["Items", "orders"]).map(Name)
    one = st.one_of(
        names.map(Name),
        annotations,
        words.map(AnnotationName),
        _calls(inner),
        quantifier,
        count,
        st.builds(FilterStep, inner),
        st.builds(AggregateStep, aggregates(inner, st.none())),
    )
    pairs = st.tuples(keyed | st.builds(FilterStep, inner) | st.builds(FunctionCall, qualified), keys)
    return one.map(lambda step: (step,)) | pairs


def _paths(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Path]:
    following = tuples(_steps(inner), 0).map(lambda parts: tuple(step for part in parts for step in part))
    first = st.one_of(
        words.map(lambda name: (Name(name),)),
        annotations.map(lambda name: (name,)),
        st.tuples(st.just(Name("Items")), keys),
    )
    typed = st.builds(lambda name, last: (Name(name), Name(last)), qualified, words)
    called = st.builds(lambda call, last: (call, Name(last)), _calls(inner), words)
    return st.one_of(
        st.builds(lambda start, rest: Path((*start, *rest)), first | typed | called, following),
        st.builds(Path, following, st.sampled_from(["$it", "$this", "$root", "$these"])),
        st.builds(Path, following.filter(len), aliases),
        st.just(Path((CountStep(),))),
    )


def _expressions(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(["eq", "ne", "gt", "le", "has", "add", "sub", "mul", "div", "mod", "divby"])
    objects = tuples(st.tuples(st.text(max_size=4), inner), 0)
    return st.one_of(
        st.builds(Binary, operators, inner, inner),
        st.builds(Logical, st.sampled_from(["and", "or"]), tuples(inner, 2, 3)),
        st.builds(Unary, st.sampled_from(["not", "-"]), inner),
        st.builds(In, inner, tuples(inner, 0)),
        st.builds(In, inner, st.just(()), st.builds(JsonArray, tuples(inner, 0)) | aliases),
        st.builds(Case, tuples(st.tuples(inner, inner))),
        st.builds(JsonArray, tuples(inner, 0)),
        st.builds(JsonObject, objects),
        _calls(inner),
        _paths(inner),
    )


expressions: st.SearchStrategy[Expression] = recursive(leaves | property_paths, _expressions, leaves=8)

# $apply

order_items = st.builds(OrderItem, expressions, st.booleans())
compute_items = st.builds(ComputeItem, expressions, words)
hierarchies = st.builds(HierarchyReference, st.just(Path((Name("Nodes"),), "$root")), words, property_paths)


def _is_complete(item: AggregateItem) -> bool:
    return item.alias is not None or (isinstance(item, CustomAggregate) and not item.sources)


def _preserving(inner: st.SearchStrategy[Sequence]) -> st.SearchStrategy[Sequence]:
    ranks = st.sampled_from(["topcount", "topsum", "toppercent", "bottomcount", "bottomsum", "bottompercent"])
    one = st.one_of(
        st.builds(Filtering, expressions),
        st.builds(Searching, searches),
        st.builds(Ordering, tuples(order_items)),
        st.just(Identity()),
        st.builds(Slice, st.sampled_from(["top", "skip"]), numbers),
        st.builds(Ranking, ranks, expressions, expressions),
        st.builds(
            Relatives,
            st.sampled_from(["ancestors", "descendants"]),
            hierarchies,
            inner,
            st.none() | numbers,
            st.booleans(),
        ),
        st.builds(
            Traversal,
            hierarchies,
            st.sampled_from(["preorder", "postorder"]),
            st.just(()) | inner,
            tuples(st.builds(OrderItem, property_paths.filter(_is_no_identity), st.booleans()), 0),
        ),
        st.builds(FunctionCall, qualified),
    )
    return tuples(one)


def _is_no_identity(path: Path) -> bool:
    return path.steps[0] != Name("identity")


preserving: st.SearchStrategy[Sequence] = recursive(st.just((Identity(),)), _preserving, leaves=3)


def _sequences(inner: st.SearchStrategy[Sequence]) -> st.SearchStrategy[Sequence]:
    items = aggregates(expressions, st.none() | words).filter(_is_complete)
    nested = tuples(st.builds(NestItem, inner, words))
    elements = st.one_of(
        property_paths,
        st.builds(Rollup, tuples(property_paths, 2, 3)),
        st.builds(NamedRollup, words),
        st.builds(RecursiveRollup, hierarchies, st.just(()) | preserving),
    )
    joined = property_paths | annotations.map(lambda name: Path((name,)))
    one = st.one_of(
        st.builds(Aggregation, tuples(items)),
        st.builds(Grouping, tuples(elements), st.just(()) | inner),
        st.builds(Concatenation, tuples(inner, 2, 3)),
        st.builds(Computation, tuples(compute_items)),
        st.builds(Nesting, nested, st.none() | property_paths),
        st.builds(Join, st.sampled_from(["join", "outerjoin"]), joined, words, st.just(()) | inner),
    )
    return tuples(one)


sequences: st.SearchStrategy[Sequence] = recursive(preserving, _sequences, leaves=4)

# Options and whole URLs

select_steps = tuples(names.map(Name) | annotations)


def options(**given: st.SearchStrategy[object]) -> st.SearchStrategy[Options]:
    """Options with at least one of those that are given."""
    chosen = st.fixed_dictionaries({}, optional=given)
    return chosen.filter(len).map(lambda values: Options(**values))  # type: ignore[arg-type]  # each field its own type


COUNTED = {"filter": expressions, "search": searches}
REFERENCES = {
    **COUNTED,
    "orderby": tuples(order_items),
    "skip": numbers,
    "top": numbers,
    "count": st.booleans(),
}
named_values = tuples(st.tuples(words, expressions), most=3).map(lambda pairs: tuple(dict(pairs).items()))


def _selects(inner: st.SearchStrategy[Options]) -> st.SearchStrategy[tuple[SelectItem, ...]]:
    return tuples(
        st.one_of(
            st.just(SelectItem((), wildcard=True)),
            st.builds(lambda name: SelectItem((), namespace=name), st.sampled_from(["ns", "a.b"])),
            st.builds(SelectItem, select_steps, st.booleans()),
            st.builds(SelectItem, select_steps, st.just(False), inner),
            st.builds(lambda path, named: SelectItem(path, parameters=named), select_steps, tuples(words, 0)),
        )
    )


select_options: st.SearchStrategy[Options] = recursive(
    options(**REFERENCES, compute=tuples(compute_items), aliases=named_values),
    lambda inner: options(select=_selects(inner), **COUNTED),
    leaves=2,
)
selects = _selects(select_options)


def _expands(inner: st.SearchStrategy[Options]) -> st.SearchStrategy[tuple[ExpandItem, ...]]:
    return tuples(
        st.one_of(
            st.just(ExpandItem((), suffix="$value")),
            st.builds(ExpandItem, select_steps, st.booleans(), st.none() | st.just("$ref")),
            st.builds(ExpandItem, st.just(()), st.just(True), st.none(), options(levels=numbers.filter(_is_positive))),
            st.builds(ExpandItem, select_steps, st.just(False), st.none(), inner),
            st.builds(ExpandItem, select_steps, st.just(False), st.just("$ref"), options(**REFERENCES)),
            st.builds(ExpandItem, select_steps, st.just(False), st.just("$count"), options(**COUNTED)),
        )
    )


def _is_positive(number: Number) -> bool:
    return number.value > 0


EXPANDED = {
    **REFERENCES,
    "select": selects,
    "compute": tuples(compute_items),
    "levels": numbers.filter(_is_positive) | st.just(Number(-1)),
    "apply": sequences,
    "at": expressions,
    "through": expressions,
    "aliases": named_values,
}
expands: st.SearchStrategy[tuple[ExpandItem, ...]] = _expands(
    recursive(options(**EXPANDED), lambda inner: options(expand=_expands(inner), **EXPANDED), leaves=2)
)

texts = st.text("aZ0é+&=%/;:'\"()", min_size=1, max_size=6)
all_options: st.SearchStrategy[Options] = options(
    **{name: strategy for name, strategy in EXPANDED.items() if name != "levels"},
    expand=expands,
    index=st.integers(-100, 100).map(Number),
    format=texts,
    skiptoken=texts,
    deltatoken=texts,
    schemaversion=st.sampled_from(["*", "1.0-b"]),
    id=texts,
    since=expressions,
    until=expressions,
    custom=tuples(st.tuples(st.sampled_from(["!x", "debug", "from", "a b"]), texts | st.just("")), most=2),
)

parameters = key_predicates(leaves | st.builds(JsonArray, tuples(leaves, 0)) | st.builds(JsonObject, st.just(())))
segments = st.one_of(
    st.builds(Segment, names),
    st.sampled_from(["-1", "a/b", "O'Neil", "(x)", "50%", "é+ä", "$each", "$all"]).map(Segment),
    st.builds(Segment, names, keys | parameters.filter(lambda key: key.positional is None) | st.just(KeyPredicate())),
    st.builds(Segment, names, parameters.filter(lambda key: key.positional is None), keys),
    st.builds(FilterSegment, expressions, st.none() | keys),
)
ends = st.sampled_from([(), (Segment("$count"),), (Segment("$ref"),), (Segment("$value"),), (Segment("$query"),)])
starts = st.builds(Segment, names, st.none() | keys) | st.builds(CrossJoin, tuples(words.map(Name)))
urls: st.SearchStrategy[ODataUrl] = st.builds(
    lambda first, rest, end, given: ODataUrl((first, *rest, *end), given),
    starts,
    tuples(segments, 0, 3),
    ends,
    st.just(Options()) | all_options,
)
