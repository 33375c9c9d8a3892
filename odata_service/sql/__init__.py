"""Plans in, peewee statements out: builds statements, runs none."""

from odata_service.sql.ddl import create_statements
from odata_service.sql.families import SQLITE, Encode, Family
from odata_service.sql.layout import mapping_of
from odata_service.sql.mapping import Mapping
from odata_service.sql.read import BuiltCount, BuiltRead, build_count, build_read
from odata_service.sql.stages import Stage
from odata_service.sql.statement import Ask, Statement
from odata_service.sql.write import build_name, build_row, build_upsert, build_write, generated_key

__all__ = [
    "SQLITE",
    "Ask",
    "BuiltCount",
    "BuiltRead",
    "Encode",
    "Family",
    "Mapping",
    "Stage",
    "Statement",
    "build_count",
    "build_name",
    "build_read",
    "build_row",
    "build_upsert",
    "build_write",
    "create_statements",
    "generated_key",
    "mapping_of",
]
