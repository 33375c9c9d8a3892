import pytest

from odata_service.errors import LimitExceeded, UrlSyntaxError
from odata_service.settings import Limits
from odata_service.url import parse_expression, parse_filter
from odata_service.url.syntax import (
    AggregateStep,
    Alias,
    AnnotationName,
    Binary,
    Case,
    CountStep,
    Expression,
    FilterStep,
    FunctionCall,
    In,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    LiteralKind,
    Logical,
    MethodAggregate,
    Name,
    NamedValue,
    Path,
    SearchTerm,
    Unary,
)


def name(text: str) -> Path:
    return Path((Name(text),))


def number(text: str) -> Literal:
    return Literal(LiteralKind.INTEGER, text)


TRUE = Literal(LiteralKind.BOOLEAN, "true")


def text(value: str) -> Literal:
    return Literal(LiteralKind.STRING, value)


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("a eq 1", Binary("eq", name("a"), number("1"))),
        ("a EQ 1", Binary("eq", name("a"), number("1"))),
        ("a add b mul c", Binary("add", name("a"), Binary("mul", name("b"), name("c")))),
        ("a sub b sub c", Binary("sub", Binary("sub", name("a"), name("b")), name("c"))),
        ("(a add b) mul c", Binary("mul", Binary("add", name("a"), name("b")), name("c"))),
        ("a gt b eq c", Binary("eq", Binary("gt", name("a"), name("b")), name("c"))),
        ("a or b and c", Logical("or", (name("a"), Logical("and", (name("b"), name("c")))))),
        ("a or b or c", Logical("or", (name("a"), name("b"), name("c")))),
        ("a or (b or c)", Logical("or", (name("a"), Logical("or", (name("b"), name("c")))))),
        ("not a eq b", Binary("eq", Unary("not", name("a")), name("b"))),
        ("not(a eq b)", Unary("not", Binary("eq", name("a"), name("b")))),
        ("-a mul b", Binary("mul", Unary("-", name("a")), name("b"))),
        ("-5", number("-5")),
        ("a in (1,2)", In(name("a"), (number("1"), number("2")))),
        ("a in ()", In(name("a"))),
        ("'O''Brien'", text("O'Brien")),
        ("contains(a,'b')", FunctionCall("contains", (name("a"), text("b")))),
        ("a/b/c", Path((Name("a"), Name("b"), Name("c")))),
        ("$it/a", Path((Name("a"),), "$it")),
        ("@p", Alias("p")),
        ("a/any(x:x eq 1)", Path((Name("a"), Lambda("any", "x", Binary("eq", name("x"), number("1")))))),
        ("case(a:1,true:2)", Case(((name("a"), number("1")), (Literal(LiteralKind.BOOLEAN, "true"), number("2"))))),
        ("case(a gt 10:20,true:0)", Case(((Binary("gt", name("a"), number("10")), number("20")), (TRUE, number("0"))))),
        (
            "case(a gt 10:20:30)",
            Case(((Binary("gt", name("a"), number("10")), Literal(LiteralKind.TIME_OF_DAY, "20:30")),)),
        ),
        ("a/$filter(b)(1)", Path((Name("a"), FilterStep(name("b")), KeyPredicate(number("1"))))),
        ("a/$count($filter=b;$search=c)", Path((Name("a"), CountStep(name("b"), SearchTerm("c"))))),
        ("a/@ns.Term#q", Path((Name("a"), AnnotationName("ns.Term", "q")))),
        ("a@ns.Term/b", Path((Name("a"), AnnotationName("ns.Term"), Name("b")))),
        ("@p/a", Path((Name("a"),), Alias("p"))),
        ("a(1)/b", Path((Name("a"), KeyPredicate(number("1")), Name("b")))),
        ("a(k=@p)", Path((Name("a"), KeyPredicate(named=(NamedValue("k", Alias("p")),))))),
        ("f(k=a)", FunctionCall("f", named=(NamedValue("k", name("a")),))),
        ("f()/a", Path((FunctionCall("f"), Name("a")))),
        ("cast(a,Collection(Edm.Int32))", FunctionCall("cast", (name("a"), name("Collection(Edm.Int32)")))),
        ("$these/aggregate(a with sum)", Path((AggregateStep(MethodAggregate(name("a"), "sum")),), "$these")),
        ('a in ["b"]', In(name("a"), collection=JsonArray((text("b"),)))),
        ('{"a":[1,"b"]}', JsonObject((("a", JsonArray((number("1"), text("b")))),))),
        ("null", Literal(LiteralKind.NULL, "null")),
        ("nullable", name("nullable")),
        ("any eq max", Binary("eq", name("any"), name("max"))),
        ("2024-01-31", Literal(LiteralKind.DATE, "2024-01-31")),
        ("2024-01-31T12:00:00.5+02:00", Literal(LiteralKind.DATE_TIME_OFFSET, "2024-01-31T12:00:00.5+02:00")),
        ("2024-01-31T12:00:00 02:00", Literal(LiteralKind.DATE_TIME_OFFSET, "2024-01-31T12:00:00+02:00")),
        ("12:30", Literal(LiteralKind.TIME_OF_DAY, "12:30")),
        ("duration'PT1H'", Literal(LiteralKind.DURATION, "PT1H")),
        ("1.5e-3", Literal(LiteralKind.DOUBLE, "1.5e-3")),
        ("INF", Literal(LiteralKind.DOUBLE, "INF")),
        ("3.14f", Literal(LiteralKind.DOUBLE, "3.14e0")),
        ("-2d", Literal(LiteralKind.DOUBLE, "-2e0")),
        ("1e5D", Literal(LiteralKind.DOUBLE, "1e5")),
        ("1.5M", Literal(LiteralKind.DECIMAL, "1.5")),
        ("12L", number("12")),
        ("Color'Red'", Literal(LiteralKind.ENUM, "Red", "Color")),
        ("ns.Color'Red,Blue'", Literal(LiteralKind.ENUM, "Red,Blue", "ns.Color")),
        (
            "0f0f0f0f-0000-0000-0000-000000000001",
            Literal(LiteralKind.GUID, "0f0f0f0f-0000-0000-0000-000000000001"),
        ),
    ],
)
def test_trees(written: str, tree: Expression) -> None:
    assert parse_expression(written) == tree


@pytest.mark.parametrize(
    ("written", "position", "said"),
    [
        ("a == 1", 2, "eq for equality"),
        ("a = 1", 2, "eq for equality"),
        ("a != 1", 2, "ne for inequality"),
        ("a eq 1 && b eq 2", 7, "Expected and"),
        ("a eq 1 || b eq 2", 7, "Expected or"),
        ('a eq "x"', 6, "single quotes"),
        ("a like '%x'", 2, "contains(a,'b')"),
        ("a eq 'x", 6, "second quote"),
        ("contains(a,'b'", 15, "comma or )"),
        ("a eq 1 -- x", 7, "no comments"),
        ("a gt 2024-05-06T07:08:09", 10, "offset behind the time of an instant: 2024-05-06T07:08:09Z"),
        ("a eq", 3, "an operator or the end"),
        ("(a eq 1", 8, "')'"),
        ("", 1, "a property, a literal or a function"),
        ("a in (1,2", 10, "comma or )"),
        ("a/all()", 7, "variable"),
        ("1x", 1, "a property, a literal or a function"),
        ("a eqq 1", 2, "Did you mean 'eq'?"),
        ("$itt/a", 1, "Did you mean '$it'?"),
        ("any(x:x)", 1, "a collection and a slash before it"),
        ("ns.Type", 8, "behind the name of a type"),
        ("a/$cuont", 3, "Did you mean '$count'?"),
        ("a/$count($top=1)", 10, "$filter= or $search="),
        ("a/$count($filter=b;$filter=c)", 20, "$filter once only"),
        ('{"a":"\\ud800"}', 6, "only half of one"),
        ("[1,2", 5, "a comma or ]"),
        ("f(1,a=2)", 5, "names for all arguments, or for none"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_cure(written: str, position: int, said: str) -> None:
    with pytest.raises(UrlSyntaxError) as caught:
        parse_filter(written)
    assert said in caught.value.message
    assert caught.value.target == "$filter"
    assert abs(caught.value.span.start + 1 - position) <= 1


@pytest.mark.parametrize(
    ("written", "limits", "option"),
    [
        ("((((a))))", Limits(max_depth=3), "--max-depth"),
        ("a eq 1 and b eq 2 and c eq 3", Limits(max_nodes=4), "--max-nodes"),
        ("a in (1,2,3,4)", Limits(max_in_list=3), "--max-in-list"),
        ("not not not not a", Limits(max_depth=3), "--max-depth"),
        ("a add 1 add 1 add 1 add 1", Limits(max_depth=3), "--max-depth"),
        ("a/b/c/d/e", Limits(max_depth=3), "--max-depth"),
        ("f.g(1,2,3,4,5)", Limits(max_nodes=4), "--max-nodes"),
        ("a in [1,2] or a in (1,2)", Limits(max_in_list=3), "--max-in-list"),
        ("(" * 10_000 + "a" + ")" * 10_000, Limits(), "--max-depth"),
        ("a in (" + "1," * 500_000 + "1)", Limits(), "--max-in-list"),
        ("a and " * 170_000 + "a", Limits(), "--max-nodes"),
    ],
)
def test_what_is_too_large_is_refused_naming_the_limit(written: str, limits: Limits, option: str) -> None:
    with pytest.raises(LimitExceeded, match=option):
        parse_filter(written, limits)
