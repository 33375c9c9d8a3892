import pytest

from odata_service.errors import UrlSyntaxError
from odata_service.url import parse_apply
from odata_service.url.syntax import (
    AggregateFrom,
    Aggregation,
    Binary,
    Concatenation,
    CountAggregate,
    CustomAggregate,
    Filtering,
    FunctionCall,
    Grouping,
    HierarchyReference,
    Identity,
    Join,
    Literal,
    LiteralKind,
    MethodAggregate,
    Name,
    NamedRollup,
    NamedValue,
    Nesting,
    NestItem,
    Number,
    OrderItem,
    Path,
    Ranking,
    RecursiveRollup,
    Relatives,
    Rollup,
    Searching,
    SearchTerm,
    Slice,
    Transformation,
    Traversal,
)


def path(*names: str) -> Path:
    return Path(tuple(Name(name) for name in names))


def number(text: str) -> Literal:
    return Literal(LiteralKind.INTEGER, text)


NODES = HierarchyReference(Path((Name("Nodes"),), "$root"), "Tree", path("ID"))


@pytest.mark.parametrize(
    ("written", "transformation"),
    [
        ("identity", Identity()),
        ("top(2)", Slice("top", Number(2))),
        ("topcount(2,a)", Ranking("topcount", number("2"), path("a"))),
        ("filter(a gt 3)", Filtering(Binary("gt", path("a"), number("3")))),
        ("search(coffee)", Searching(SearchTerm("coffee"))),
        ("aggregate(a with sum as b)", Aggregation((MethodAggregate(path("a"), "sum", alias="b"),))),
        ("aggregate($count as n)", Aggregation((CountAggregate(alias="n"),))),
        ("aggregate(a/b/$count as n)", Aggregation((CountAggregate(path("a", "b"), alias="n"),))),
        (
            "aggregate(a/Forecast,Budget)",
            Aggregation((CustomAggregate(path("a", "Forecast")), CustomAggregate(path("Budget")))),
        ),
        (
            "aggregate(ns.Type with ns.method as b)",
            Aggregation((MethodAggregate(path("ns.Type"), "ns.method", alias="b"),)),
        ),
        (
            "aggregate(a with sum from b,c/d with max as e)",
            Aggregation(
                (MethodAggregate(path("a"), "sum", (AggregateFrom((path("b"), path("c", "d")), "max"),), "e"),)
            ),
        ),
        ("groupby((a,b/c))", Grouping((path("a"), path("b", "c")))),
        ("groupby((rollup(a,b)),identity)", Grouping((Rollup((path("a"), path("b"))),), (Identity(),))),
        ("groupby((rollup(Tree)))", Grouping((NamedRollup("Tree"),))),
        ("groupby((rolluprecursive($root/Nodes,Tree,ID)))", Grouping((RecursiveRollup(NODES),))),
        (
            "concat(identity,top(1)/skip(2))",
            Concatenation(((Identity(),), (Slice("top", Number(1)), Slice("skip", Number(2))))),
        ),
        ("join(a as b,identity)", Join("join", path("a"), "b", (Identity(),))),
        ("outerjoin(a as b)", Join("outerjoin", path("a"), "b")),
        ("nest(identity as a)", Nesting((NestItem((Identity(),), "a"),))),
        ("addnested(a/b,identity as c)", Nesting((NestItem((Identity(),), "c"),), path("a", "b"))),
        (
            "ancestors($root/Nodes,Tree,ID,identity,2,keep start)",
            Relatives("ancestors", NODES, (Identity(),), Number(2), keep_start=True),
        ),
        ("descendants($root/Nodes,Tree,ID,identity)", Relatives("descendants", NODES, (Identity(),))),
        (
            "traverse($root/Nodes,Tree,ID,preorder,identity,a desc)",
            Traversal(NODES, "preorder", (Identity(),), (OrderItem(path("a"), descending=True),)),
        ),
        ("traverse($root/Nodes,Tree,ID,postorder,a)", Traversal(NODES, "postorder", (), (OrderItem(path("a")),))),
        ("ns.Function(Count=1)", FunctionCall("ns.Function", named=(NamedValue("Count", number("1")),))),
    ],
)
def test_transformations(written: str, transformation: Transformation) -> None:
    assert parse_apply(written) == (transformation,)


def test_transformations_stand_between_slashes() -> None:
    assert parse_apply("ns.F()/identity/top(1)") == (FunctionCall("ns.F"), Identity(), Slice("top", Number(1)))


@pytest.mark.parametrize(
    ("written", "position", "said"),
    [
        ("agregate(a with sum as b)", 1, "Did you mean 'aggregate'?"),
        ("aggregate()", 11, "a property, a literal or a function"),
        ("aggregate(a with sum)", 21, "as and a name for the aggregate"),
        ("aggregate(a with summ as b)", 18, "Did you mean 'sum'?"),
        ("aggregate(a mul b as c)", 18, "with and a method"),
        ("aggregate($count with sum as b)", 17, "as and a name"),
        ("aggregate(a with sum from b as c)", 28, "with and a method behind the properties"),
        ("aggregate($count as a/b)", 21, "a name of letters, digits and _"),
        ("groupby(a)", 9, "'('"),
        ("groupby((a/ns.Type))", 19, "a property behind the name of a type"),
        ("groupby((rollup(a/b)))", 20, "a comma and the next level"),
        ("concat(identity)", 16, "','"),
        ("ancestors(a,Tree,ID,identity)", 11, "from $root on"),
        ("ancestors($root/Nodes,Tree,ID,aggregate(a))", 31, "a transformation: filter"),
        ("ancestors($root/Nodes,Tree,ID,identity,kept start)", 40, "a number of levels, or keep start"),
        ("traverse($root/Nodes,Tree,ID,inorder)", 30, "preorder or postorder"),
        ("nest(identity)", 14, "as and a name for what is nested"),
        ("top(1", 6, "')'"),
        ("identity/", 10, "a transformation"),
        ("ns.Function", 12, "the function's parameters"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_expected(written: str, position: int, said: str) -> None:
    with pytest.raises(UrlSyntaxError) as caught:
        parse_apply(written)
    assert (said in caught.value.message, caught.value.target) == (True, "$apply")
    assert caught.value.span.start + 1 == position
