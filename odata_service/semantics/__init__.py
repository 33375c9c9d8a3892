"""Syntax tree and schema in, typed tree out: every name resolved, every node typed."""

from typing import TYPE_CHECKING

from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.semantics.bind import check_top, converter, literal_type, number_of
    from odata_service.semantics.query import resolve

__all__ = ["check_top", "converter", "literal_type", "number_of", "resolve"]

__getattr__ = lazily(
    __name__,
    {
        "check_top": "odata_service.semantics.bind",
        "converter": "odata_service.semantics.bind",
        "literal_type": "odata_service.semantics.bind",
        "number_of": "odata_service.semantics.bind",
        "resolve": "odata_service.semantics.query",
    },
)
