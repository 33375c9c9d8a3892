"""The published cases of the grammar that concern URLs, each by its id; the exceptions have their reasons."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from odata_service.errors import NotFound, ODataError, Span, UrlSyntaxError
from odata_service.url import parse_expression, parse_search, parse_url, print_url
from odata_service.url.syntax import Literal, LiteralKind, ODataUrl, Options
from tests.reference import reference, reference_rows
from tests.unit.url.known_names import is_known

NOT_OF_REQUESTS = re.compile(r"header|prefer|request-id|[Aa]nnotationsP|maxpagesize|context|Value$")
"""Rules of headers, of context URLs, which the service writes and never reads, and of values in definitions."""

LENIENT = {
    "core-0131": "servers hand over decoded paths, so a slash in quotes belongs to the key",
    "core-0163": "servers hand over decoded paths, so a slash in quotes belongs to the key",
    "core-0188": "what is shown of an entity found by its id needs no cast",
    "core-0310": "a blank beside the equals sign",
    "core-0311": "a blank beside the equals sign",
    "core-0572": "a semicolon and %3B are one character, and the second is right",
    "core-0726": "members of a list may be any expression",
}
"""Illegal texts that are taken."""

STRICT = {
    "core-0616": "a system query option stands once in a URL (URL Conventions 5.1)",
    "core-0618": "a system query option stands once in a URL (URL Conventions 5.1)",
}
"""Legal texts that are refused."""


def expression(text: str) -> ODataUrl:
    return ODataUrl((), Options(filter=parse_expression(unquote(text))))


def literal(*kinds: LiteralKind) -> Callable[[str], ODataUrl]:
    def read(text: str) -> ODataUrl:
        url = expression(text)
        if not isinstance(url.options.filter, Literal) or url.options.filter.kind not in kinds:
            raise UrlSyntaxError("Another kind of literal", text=text, span=Span(0, len(text)))
        return url

    return read


def option(text: str) -> ODataUrl:
    url = parse_url("X", text)
    if len(text.split("&")) > 1:
        raise UrlSyntaxError("More than one option", text=text, span=Span(0, len(text)))
    return url


def relative_url(text: str) -> ODataUrl:
    return parse_url(*text.partition("?")[::2])


def absolute_url(text: str) -> ODataUrl:
    root = re.match(r"https?://[^/]+/(?:(?:My)?[Ss]ervice/|OData/OData\.svc/|Model\.Container/)?", text)
    if root is None:
        raise UrlSyntaxError("No service root", text=text, span=Span(0, len(text)))
    return relative_url(text[root.end() :])


NUMBER = literal(LiteralKind.INTEGER, LiteralKind.DECIMAL, LiteralKind.DOUBLE)
READERS: dict[str, Callable[[str], ODataUrl]] = {
    **dict.fromkeys(("commonExpr", "boolCommonExpr", "boolcommonExpr", "firstMemberExpr"), expression),
    **dict.fromkeys(("isofExpr", "notExpr", "propertyPathExpr", "odataIdentifier"), expression),
    "anyExpr": lambda text: expression(f"Items/{text}"),
    "searchExpr": lambda text: ODataUrl((), Options(search=parse_search(unquote(text)))),
    "stringInUrl": lambda text: parse_url("X", f"@a={text}"),
    "functionParameter": lambda text: parse_url(f"X({text})", ""),
    **dict.fromkeys(("resourcePath", "entitySetName"), lambda text: parse_url(text, "")),
    "odataRelativeUri": relative_url,
    "odataUri": absolute_url,
    "queryOptions": lambda text: parse_url("X", text),
    **dict.fromkeys(("compute", "expand", "filter", "orderby", "orderBy", "search", "select"), option),
    **dict.fromkeys(("deltatoken", "skiptoken", "systemQueryOption", "customQueryOption"), option),
    "primitiveLiteral": literal(*LiteralKind),
    "null": literal(LiteralKind.NULL),
    "boolean": literal(LiteralKind.BOOLEAN),
    "guid": literal(LiteralKind.GUID),
    "date": literal(LiteralKind.DATE),
    "timeOfDayLiteral": literal(LiteralKind.TIME_OF_DAY),
    "dateTimeOffsetLiteral": literal(LiteralKind.DATE_TIME_OFFSET),
    "dateTimeOffsetValueInUrl": literal(LiteralKind.DATE_TIME_OFFSET),
    "stringLiteral": literal(LiteralKind.STRING),
    "binaryLiteral": literal(LiteralKind.BINARY),
    "durationLiteral": literal(LiteralKind.DURATION, LiteralKind.STRING),
    "enumLiteral": literal(LiteralKind.ENUM, LiteralKind.STRING),
    **dict.fromkeys(("decimalLiteral", "doubleLiteral", "singleLiteral", "sbyteLiteral"), NUMBER),
    **dict.fromkeys(("int16Literal", "int32Literal", "int64Literal"), NUMBER),
    **{
        f"{family}{shape}": literal(LiteralKind(family))
        for family in ("geography", "geometry")
        for shape in ["Collection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon"]
    },
}
"""How the text of each rule is read."""

CASES = [
    case
    for case in reference_rows("spec/abnf-cases.jsonl")
    if NOT_OF_REQUESTS.search(case["rule"]) is None and "$metadata#" not in case["input"]
]
LEGAL = [case for case in CASES if case["fails_at"] is None and case["id"] not in STRICT]
ILLEGAL = [case for case in CASES if case["fails_at"] is not None and case["id"] not in LENIENT]
TAKEN = [case for case in CASES if case["id"] in LENIENT]
REFUSED = [case for case in CASES if case["id"] in STRICT]

Case = dict[str, Any]


def identifier(case: Case) -> str:
    return str(case["id"])


def read(case: Case) -> ODataUrl:
    """What a text says; `NotFound` where only its names are wrong, which the grammar does not know."""
    url = READERS[case["rule"]](case["input"])
    models = json.loads(reference("spec/abnf-constraints.json").read_text("utf-8"))
    if not is_known(url, models[case["suite"]]):
        raise NotFound("Some name is not in the model.")
    return url


@pytest.mark.parametrize("case", LEGAL, ids=identifier)
def test_a_legal_text_is_read_and_what_is_printed_of_it_is_read_again(case: Case) -> None:
    url = read(case)
    printed = print_url(url)
    assert parse_url(*printed) == url
    assert print_url(parse_url(*printed)) == printed


@pytest.mark.parametrize("case", [*ILLEGAL, *REFUSED], ids=identifier)
def test_an_illegal_text_is_refused(case: Case) -> None:
    with pytest.raises(ODataError):
        read(case)


@pytest.mark.parametrize("case", TAKEN, ids=identifier)
def test_an_exception_is_still_one(case: Case) -> None:
    assert isinstance(read(case), ODataUrl)
