"""Readers: a definition's sources in, the model out."""

from odata_service.definition.check import check
from odata_service.definition.database_sources import shown_url
from odata_service.definition.load import database_among, load_schema, read_sources

__all__ = ["check", "database_among", "load_schema", "read_sources", "shown_url"]
