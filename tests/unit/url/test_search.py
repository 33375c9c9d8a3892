import pytest

from odata_service.errors import UrlSyntaxError
from odata_service.url import parse_search, parse_url
from odata_service.url.syntax import SearchChain, SearchExpression, SearchIncomplete, SearchNot, SearchTerm


def word(text: str) -> SearchTerm:
    return SearchTerm(text)


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("blue", word("blue")),
        ('"blue green"', SearchTerm("blue green", phrase=True)),
        ("blue green", SearchChain("AND", (word("blue"), word("green")))),
        ("blue AND green", SearchChain("AND", (word("blue"), word("green")))),
        ("a OR b AND c", SearchChain("OR", (word("a"), SearchChain("AND", (word("b"), word("c")))))),
        ("(a OR b) c", SearchChain("AND", (SearchChain("OR", (word("a"), word("b"))), word("c")))),
        ("NOT a b", SearchChain("AND", (SearchNot(word("a")), word("b")))),
        ("NOT (a b)", SearchNot(SearchChain("AND", (word("a"), word("b"))))),
        ("NOT", word("NOT")),
        ("NOT NOT", SearchNot(word("NOT"))),
        ("AND OR", SearchChain("AND", (word("AND"), word("OR")))),
        ("and", word("and")),
        ("Daniel's", word("Daniel's")),
        ("9,81", word("9,81")),
        ("a;b", word("a;b")),
        ("'\"blue''s'", SearchIncomplete("\"blue's")),
    ],
)
def test_trees(written: str, tree: SearchExpression) -> None:
    assert parse_search(written) == tree


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "a word, a phrase in double quotes or NOT"),
        ("(a", "Expected ')'"),
        ('a "b', "at position 3 of 'a \"b'. Expected a second double quote where the phrase ends"),
        ('""', "words between double quotes"),
        ("'a", "a second quote where the text ends"),
        ("a)", "an operator or the end"),
        ('"a"b', "an operator or the end"),
    ],
)
def test_what_breaks_the_grammar_is_refused(written: str, said: str) -> None:
    with pytest.raises(UrlSyntaxError) as caught:
        parse_search(written)
    assert (caught.value.target, said in caught.value.message) == ("$search", True)


def test_a_semicolon_ends_a_nested_search_where_an_option_begins_behind_it() -> None:
    item = parse_url("A", "$expand=b($search=x;y;$top=1)").options.expand
    assert item is not None and item[0].options is not None
    assert (item[0].options.search, item[0].options.top is None) == (word("x;y"), False)
