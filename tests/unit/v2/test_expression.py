"""Expressions of V2 as V4 writes them."""

import pytest

from odata_service.edm.types import BOOLEAN, DATE, DECIMAL, DURATION, TypeRef
from odata_service.errors import BadRequest
from odata_service.v2.expression import v4_expression

_TYPES = {"day": DATE, "span": DURATION, "open": BOOLEAN, "price": DECIMAL}


def type_of(path: str) -> TypeRef | None:
    return _TYPES.get(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("substringof('x',name)", "contains(name,'x')"),
        ("substringof('it''s, (so)', tolower(name)) eq true", "contains(tolower(name),'it''s, (so)') eq true"),
        ("not substringof('x',name)", "not contains(name,'x')"),
        ("not(a eq 1)", "not (a eq 1)"),
        ("a eq 12L and b gt 1.5M or c lt -2.5d or d ne 1E5f", "a eq 12 and b gt 1.5 or c lt -2.5e0 or d ne 1E5"),
        ("at ge datetime'2024-03-04T12:00'", "at ge 2024-03-04T12:00:00Z"),
        ("at ge datetimeoffset'2024-03-04T12:00:00+01:00'", "at ge 2024-03-04T12:00:00+01:00"),
        ("day eq datetime'2024-03-04T00:00:00'", "day eq 2024-03-04"),
        ("datetime'2024-03-04T00:00:00' lt day", "2024-03-04 lt day"),
        ("span eq 'PT1H' and name eq 'PT1H'", "span eq duration'PT1H' and name eq 'PT1H'"),
        ("t eq time'PT9H30M'", "t eq 09:30:00"),
        ("id eq guid'aaaaaaaa-0000-4000-8000-000000000001'", "id eq aaaaaaaa-0000-4000-8000-000000000001"),
        ("data eq X'CAFE' or data eq binary'cafe'", "data eq binary'yv4' or data eq binary'yv4'"),
        ("isof('ns.Special')", "isof(ns.Special)"),
        ("cast(at,'Edm.DateTime') ne null", "cast(at,Edm.DateTimeOffset) ne null"),
        ("isof(day,'Edm.DateTime') and isof(t,'Edm.Time')", "isof(day,Edm.Date) and isof(t,Edm.TimeOfDay)"),
        ("t gt time'P0DT90M0.5S'", "t gt 01:30:00.5"),
        ("open eq 1 or 0 eq open", "open eq true or false eq open"),
        ("a lt INFD and b gt -INFf or c eq NaNd", "a lt INF and b gt -INF or c eq NaN"),
        ("(day) eq (datetime'2024-03-04T00:00:00')", "(day) eq (2024-03-04)"),
        ("day eq(datetime'2024-03-04T00:00:00')", "day eq (2024-03-04)"),
        ("((datetime'2024-03-04T00:00:00')) lt day", "((2024-03-04)) lt day"),
        ("price eq 2M and price gt 2d", "price eq 2 and price gt 2"),
        ("a div 2M gt 1 and a div 2d gt 1", "a div 2.0 gt 1 and a div 2e0 gt 1"),
        ("a div 2M eq price", "a div 2.0 eq price"),
        ("name gte 'a' and name lte 'b'", "name ge 'a' and name le 'b'"),
        ("(a add 1) mul 2 gt length(concat(a/b,'x'))", "(a add 1) mul 2 gt length(concat(a/b,'x'))"),
        ("a/b desc,c asc", "a/b desc,c asc"),
        ("replace(name,' ','') desc", "odata.service.replace(name,' ','') desc"),
    ],
)
def test_an_expression_becomes_one_of_v4(text: str, expected: str) -> None:
    assert v4_expression(text, type_of) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("substringof('x')", "substringof takes two arguments. Write substringof('x',Name)."),
        ("(a eq 1", "A parenthesis is not closed. Write ) behind it."),
        ("a eq 1)", "A parenthesis is closed that was not opened."),
        ("at eq datetime'soon'", "'soon' is no date with a time. Write datetime'2024-03-04T12:00:00'."),
        ("t eq time'PT24H'", "'PT24H' is no time of day. Write time'PT12H30M15S'."),
        ("t eq time'9:30'", "'9:30' is no time of day. Write time'PT12H30M15S'."),
        ("d eq X'C'", "'C' is no binary literal. Write an even number of hexadecimal digits: X'CAFE'."),
        ("(" * 200, "The expression is nested deeper than 100 levels."),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        v4_expression(text, type_of)
    assert refused.value.message == message
