import pytest

from odata_service.errors import OptionNotAllowed, UrlSyntaxError
from odata_service.url import parse_expand, parse_select
from odata_service.url.syntax import AnnotationName, ExpandItem, Literal, LiteralKind, Name, Number, Options, SelectItem


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("*", SelectItem((), wildcard=True)),
        ("ns.*", SelectItem((), namespace="ns")),
        ("ns.F(a,b)", SelectItem((Name("ns.F"),), parameters=("a", "b"))),
        ("F()", SelectItem((Name("F"),), parameters=())),
        ("a/ns.Type/b", SelectItem((Name("a"), Name("ns.Type"), Name("b")))),
        ("a(top=5)", SelectItem((Name("a"),), options=Options(top=Number(5)))),
        (
            "a/@Core.Messages#q($top=5)",
            SelectItem((Name("a"), AnnotationName("Core.Messages", "q")), options=Options(top=Number(5))),
        ),
    ],
)
def test_selected_items(written: str, item: SelectItem) -> None:
    assert parse_select(written) == (item,)


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("*", ExpandItem((), wildcard=True)),
        ("*/$ref", ExpandItem((), wildcard=True, suffix="$ref")),
        ("a/*($levels=max)", ExpandItem((Name("a"),), wildcard=True, options=Options(levels=Number(-1)))),
        ("$value", ExpandItem((), suffix="$value")),
        (
            "a/$count($filter=true)",
            ExpandItem((Name("a"),), suffix="$count", options=Options(filter=Literal(LiteralKind.BOOLEAN, "true"))),
        ),
        ("a(@x=1)", ExpandItem((Name("a"),), options=Options(aliases=(("x", Literal(LiteralKind.INTEGER, "1")),)))),
        ("a(LEVELS=2)", ExpandItem((Name("a"),), options=Options(levels=Number(2)))),
        ("@ns.Term", ExpandItem((AnnotationName("ns.Term"),))),
    ],
)
def test_expanded_items(written: str, item: ExpandItem) -> None:
    assert parse_expand(written) == (item,)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a/$ref($select=b)", "goes with the item: $filter=, $search=, $orderby=, $skip=, $top=, $count="),
        ("a/$count($top=1)", "goes with the item: $filter=, $search="),
        ("*($top=1)", "goes with the item: $levels="),
        ("$value($top=1)", "an operator or the end"),
        ("a($fliter=b)", "Did you mean '$filter'?"),
        ("a($levels=0)", "a whole number from 1 on, or max"),
        ("a($format=json)", "an option that goes with the item"),
        ("a/", "a property"),
    ],
)
def test_what_does_not_go_with_an_item_is_refused(written: str, said: str) -> None:
    with pytest.raises(UrlSyntaxError) as caught:
        parse_expand(written)
    assert said in caught.value.message


def test_an_alias_stands_once_in_an_item() -> None:
    with pytest.raises(OptionNotAllowed, match="@x stands twice in one item"):
        parse_expand("a(@x=1;@x=2)")
