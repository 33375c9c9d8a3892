"""From a URL's text to its syntax tree and its shape, and back (URL Conventions, ABNF)."""

from odata_service.url.entry import parse_expand, parse_expression, parse_filter, parse_orderby, parse_select
from odata_service.url.path import parse_url
from odata_service.url.printer import print_expression, print_url
from odata_service.url.shape import ScannedLiteral, Shape, shape_of

__all__ = [
    "ScannedLiteral",
    "Shape",
    "parse_expand",
    "parse_expression",
    "parse_filter",
    "parse_orderby",
    "parse_select",
    "parse_url",
    "print_expression",
    "print_url",
    "shape_of",
]
