import pytest

from odata_service.errors import UrlSyntaxError
from odata_service.url import parse_url
from odata_service.url.syntax import (
    Alias,
    Binary,
    CrossJoin,
    FilterSegment,
    JsonArray,
    KeyPredicate,
    Literal,
    LiteralKind,
    Name,
    NamedValue,
    Path,
    PathSegment,
    Segment,
)

ONE = Literal(LiteralKind.INTEGER, "1")
TEXT = Literal(LiteralKind.STRING, "x/y")
FILTER = Binary("eq", Path((Name("a"), Name("b"))), TEXT)


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("A/$filter(@f)", FilterSegment(Alias("f"))),
        ("A/$filter(a/b eq 'x/y')", FilterSegment(FILTER)),
        ("A/%24filter%28a%2Fb%20eq%20%27x%2Fy%27%29", FilterSegment(FILTER)),
        ("A/$filter(a/b eq 'x/y')(1)", FilterSegment(FILTER, KeyPredicate(ONE))),
        ("A/f(p=1)(1)", Segment("f", KeyPredicate(named=(NamedValue("p", ONE),)), KeyPredicate(ONE))),
        ('A/f(p=[1,"x/y"])', Segment("f", KeyPredicate(named=(NamedValue("p", JsonArray((ONE, TEXT))),)))),
        ("A/f()", Segment("f", KeyPredicate())),
        ("$crossjoin(A,B)", CrossJoin((Name("A"), Name("B")))),
        ("A/-1", Segment("-1")),
        ("A/O'Neil", Segment("O'Neil")),
        ("A/:-(", Segment(":-(")),
        ("A/ns.Type/$each", Segment("$each")),
    ],
)
def test_the_last_segment_of_a_path(path: str, last: PathSegment) -> None:
    assert parse_url(path, "").segments[-1] == last


def test_a_quote_outside_parentheses_hides_no_slash() -> None:
    assert [segment for segment in parse_url("A/O'Neil/b/c'd", "").segments] == [
        Segment("A"),
        Segment("O'Neil"),
        Segment("b"),
        Segment("c'd"),
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("A(b=c)", "a literal, text in single quotes, or an alias such as @a"),
        ("A(1,2)", "one value, or name=value for each part of the key"),
        ("A(1,b=2)", "names for all arguments, or for none"),
        ("A(b=1;c=2)", "a comma or )"),
        ("A('x", "a second quote"),
        ("A/$count/b", "the end of the path behind $count"),
        ("A/$ref/$count", "the end of the path behind $ref"),
        ("A/$fliter(a)", "Did you mean '$filter'?"),
        ("A/$filter()", "a property, a literal or a function"),
        ("$crossjoin()", "the name of an entity set"),
        ("A.('x')", "the name of a resource before the parenthesis"),
        ("A(1)x", "the end of the segment"),
    ],
)
def test_what_breaks_the_grammar_is_refused(path: str, said: str) -> None:
    with pytest.raises(UrlSyntaxError) as caught:
        parse_url(path, "")
    assert said in caught.value.message
