"""Syntax tree and schema in, typed tree out: every name resolved, every node typed."""

from odata_service.semantics.bind import converter, literal_type, number_of
from odata_service.semantics.resolve import resolve

__all__ = ["converter", "literal_type", "number_of", "resolve"]
