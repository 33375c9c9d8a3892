"""Readers: a definition's sources in, the model out."""

from odata_service.definition.check import check
from odata_service.definition.load import READERS, DefinitionReader, load_schema, read_sources

__all__ = ["READERS", "DefinitionReader", "check", "load_schema", "read_sources"]
