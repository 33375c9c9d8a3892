"""URL text in, syntax tree out: the grammar of the OData ABNF, without any schema."""

from odata_service.url.expression_printer import print_expression
from odata_service.url.parse import (
    parse_aggregate,
    parse_apply,
    parse_expand,
    parse_expression,
    parse_filter,
    parse_orderby,
    parse_search,
    parse_select,
    parse_url,
    parse_value,
)
from odata_service.url.printer import print_url
from odata_service.url.shape import ScannedLiteral, Shape, shape_of

__all__ = [
    "ScannedLiteral",
    "Shape",
    "parse_aggregate",
    "parse_apply",
    "parse_expand",
    "parse_expression",
    "parse_filter",
    "parse_orderby",
    "parse_search",
    "parse_select",
    "parse_url",
    "parse_value",
    "print_expression",
    "print_url",
    "shape_of",
]
