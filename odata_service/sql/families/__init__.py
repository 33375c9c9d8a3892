"""The families of databases: one module each, all that differs."""

from odata_service.sql.families.family import (
    Answers,
    Codec,
    CountedLog,
    Decode,
    Dialect,
    ElementRows,
    Encode,
    Family,
    Fits,
    Gathering,
    Parents,
    Upsert,
)
from odata_service.sql.families.sqlite import SQLITE

__all__ = [
    "SQLITE",
    "Answers",
    "Codec",
    "CountedLog",
    "Decode",
    "Dialect",
    "ElementRows",
    "Encode",
    "Family",
    "Fits",
    "Gathering",
    "Parents",
    "Upsert",
]
