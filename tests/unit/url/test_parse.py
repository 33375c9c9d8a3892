import pytest

from odata_service.errors import ODataError, OptionNotAllowed, UrlSyntaxError
from odata_service.url import parse_url, print_url
from odata_service.url.syntax import (
    ExpandItem,
    KeyPredicate,
    Literal,
    LiteralKind,
    Name,
    NamedValue,
    Number,
    Options,
    Path,
    Segment,
    SelectItem,
)


def text(value: str) -> Literal:
    return Literal(LiteralKind.STRING, value)


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("", ()),
        ("Customers/", (Segment("Customers"),)),
        ("Customers('a')", (Segment("Customers", KeyPredicate(text("a"))),)),
        ("Customers%28%27a%27%29", (Segment("Customers", KeyPredicate(text("a"))),)),
        ("Customers('a%2Fb')/x", (Segment("Customers", KeyPredicate(text("a/b"))), Segment("x"))),
        ("Customers('a/b')/x", (Segment("Customers", KeyPredicate(text("a/b"))), Segment("x"))),
        ("Customers('O''Brien')", (Segment("Customers", KeyPredicate(text("O'Brien"))),)),
        ("Customers/a%2Fb", (Segment("Customers"), Segment("a/b"))),
        (
            "Lines(order=1,product='x')",
            (
                Segment(
                    "Lines",
                    KeyPredicate(
                        named=(NamedValue("order", Literal(LiteralKind.INTEGER, "1")), NamedValue("product", text("x")))
                    ),
                ),
            ),
        ),
        ("Customers/$count", (Segment("Customers"), Segment("$count"))),
        ("%24metadata", (Segment("$metadata"),)),
    ],
)
def test_paths(path: str, segments: tuple[Segment, ...]) -> None:
    assert parse_url(path, "").segments == segments


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", Options()),
        ("$top=5&$skip=1", Options(top=Number(5), skip=Number(1))),
        ("%24top=5", Options(top=Number(5))),
        ("top=5&COUNT=true", Options(top=Number(5), count=True)),
        ("$select=a,*", Options(select=(SelectItem((Name("a"),)), SelectItem((), wildcard=True)))),
        (
            "$expand=a($select=b;$top=1),c/$ref",
            Options(
                expand=(
                    ExpandItem((Name("a"),), options=Options(select=(SelectItem((Name("b"),)),), top=Number(1))),
                    ExpandItem((Name("c"),), suffix="$ref"),
                )
            ),
        ),
        ("@p='x'&debug=1", Options(aliases=(("p", text("x")),), custom=(("debug", "1"),))),
        ("@p=%5B%22a%22%5D", None),
        ("$filter=a+eq+'b+c'", None),
    ],
)
def test_options(query: str, options: Options | None) -> None:
    parsed = parse_url("Customers", query).options
    assert options is None or parsed == options


def test_a_plus_is_a_blank_but_in_numbers_and_offsets() -> None:
    spaced = parse_url("C", "$filter=a+eq+'b+c'").options
    assert spaced == parse_url("C", "$filter=a%20eq%20'b%20c'").options
    offset = parse_url("C", "$filter=d+gt+2024-01-31T12:00:00+02:00+and+x+lt+1e+5").options
    assert offset == parse_url("C", "$filter=d%20gt%202024-01-31T12:00:00%2B02:00%20and%20x%20lt%201e%2B5").options


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        ("a//b", "", UrlSyntaxError),
        ("a%zz", "", UrlSyntaxError),
        ("a%FF", "", UrlSyntaxError),
        ("a('x", "", UrlSyntaxError),
        ("a", "$top=-1", UrlSyntaxError),
        ("a", "$top=1_0", UrlSyntaxError),
        ("a", "$count=1", UrlSyntaxError),
        ("a", "$fliter=x", OptionNotAllowed),
        ("a", "$top=1&top=2", OptionNotAllowed),
        ("a", "@p=1&@p=2", OptionNotAllowed),
        ("a", "$expand=b($top=1;$top=2)", OptionNotAllowed),
        ("a", "$expand=b($format=json)", UrlSyntaxError),
        ("a", "$filter=", UrlSyntaxError),
    ],
)
def test_what_breaks_the_grammar_is_refused(path: str, query: str, error: type[ODataError]) -> None:
    with pytest.raises(error):
        parse_url(path, query)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("Customers('O''Brien%2Fx')/orders(1)/$count", "$filter=a eq 'x&y' and (b or c)"),
        (
            "Customers",
            "$select=a,b/c,*&$expand=d($filter=e gt 1;$orderby=f desc;$levels=max),g/$count&$orderby=h,i desc",
        ),
        ("Customers(@k)", "@k='x'&$top=5&$skip=2&$count=true&$format=json&custom=1"),
        ("Customers", "$filter=a/any(x:x/b in (1,2) and not (x/c eq null)) or -d lt (e sub f) sub (g sub h)"),
        ("Customers", "$compute=a mul 2 as b&$search=x&$apply=aggregate($count as n)"),
        ("Customers", '$filter=f(p=@a,q=[1,"x"]) eq {"b":null}&@a={"c":[true]}'),
    ],
)
def test_what_is_printed_is_read_again(path: str, query: str) -> None:
    url = parse_url(path, query.replace("x&y", "x%26y"))
    assert parse_url(*print_url(url)) == url


def test_an_annotation_path_has_its_steps() -> None:
    assert parse_url("C", "$filter=@Core.Note eq 'x'").options.filter is not None
    assert isinstance(parse_url("C", "$orderby=a").options.orderby, tuple)
    assert parse_url("C", "$orderby=a").options.orderby[0].expression == Path((Name("a"),))  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "$select=a&$select=b",
            "$select must not appear more than once. Write it once, with commas between its items.",
        ),
        (
            "$filter=a&$filter=b",
            "$filter must not appear more than once. Write it once, with and between the conditions.",
        ),
        ("$top=1&$top=2", "$top must not appear more than once. Write it once."),
    ],
)
def test_an_option_that_stands_twice_is_told_how_it_stands_once(query: str, said: str) -> None:
    with pytest.raises(OptionNotAllowed) as caught:
        parse_url("a", query)
    assert f"{caught.value.message}" == said
