"""The canonical functions: name, parameters, result, in one table (URL Conventions 5.1.1.5 to 5.1.1.12).

A function with a null argument is null, save where `evaluate` says otherwise.
"""

from msgspec import Struct

from odata_service.edm.types import (
    BOOLEAN,
    DATE,
    DATE_TIME_OFFSET,
    DECIMAL,
    DOUBLE,
    DURATION,
    INT32,
    STRING,
    TIME_OF_DAY,
    TypeRef,
)

REPLACE = "odata.service.replace"
"""V2's replace, which no version of V4 has: a function of this service's own, whose name says so."""

COLLECTION = TypeRef("Edm.Untyped", collection=True)
"""A collection of values of any type; those of one call have members of one type."""


class Signature(Struct, frozen=True):
    """One overload."""

    name: str
    parameters: tuple[TypeRef, ...]
    result: TypeRef

    @property
    def takes_collections(self) -> bool:
        """Whether its first parameter is a collection: a function that takes any takes one there."""
        return bool(self.parameters) and self.parameters[0].collection

    def __str__(self) -> str:
        return f"{self.name}({', '.join(str(parameter) for parameter in self.parameters)})"


_TABLE = (
    Signature("concat", (STRING, STRING), STRING),
    Signature("contains", (STRING, STRING), BOOLEAN),
    Signature("endswith", (STRING, STRING), BOOLEAN),
    Signature("startswith", (STRING, STRING), BOOLEAN),
    Signature("indexof", (STRING, STRING), INT32),
    Signature("length", (STRING,), INT32),
    Signature("substring", (STRING, INT32), STRING),
    Signature("substring", (STRING, INT32, INT32), STRING),
    *(
        Signature(name, (COLLECTION, COLLECTION), BOOLEAN)
        for name in ("contains", "endswith", "startswith", "hassubset", "hassubsequence")
    ),
    Signature("concat", (COLLECTION, COLLECTION), COLLECTION),
    Signature("indexof", (COLLECTION, COLLECTION), INT32),
    Signature("length", (COLLECTION,), INT32),
    Signature("substring", (COLLECTION, INT32), COLLECTION),
    Signature("substring", (COLLECTION, INT32, INT32), COLLECTION),
    Signature(REPLACE, (STRING, STRING, STRING), STRING),
    Signature("matchespattern", (STRING, STRING), BOOLEAN),
    Signature("matchespattern", (STRING, STRING, STRING), BOOLEAN),
    *(
        row
        for space in ("Geography", "Geometry")
        for row in (
            Signature("geo.distance", (TypeRef(f"Edm.{space}Point"), TypeRef(f"Edm.{space}Point")), DOUBLE),
            Signature("geo.intersects", (TypeRef(f"Edm.{space}Point"), TypeRef(f"Edm.{space}Polygon")), BOOLEAN),
            Signature("geo.length", (TypeRef(f"Edm.{space}LineString"),), DOUBLE),
        )
    ),
    Signature("tolower", (STRING,), STRING),
    Signature("toupper", (STRING,), STRING),
    Signature("trim", (STRING,), STRING),
    Signature("date", (DATE_TIME_OFFSET,), DATE),
    Signature("time", (DATE_TIME_OFFSET,), TIME_OF_DAY),
    Signature("year", (DATE_TIME_OFFSET,), INT32),
    Signature("year", (DATE,), INT32),
    Signature("month", (DATE_TIME_OFFSET,), INT32),
    Signature("month", (DATE,), INT32),
    Signature("day", (DATE_TIME_OFFSET,), INT32),
    Signature("day", (DATE,), INT32),
    Signature("hour", (DATE_TIME_OFFSET,), INT32),
    Signature("hour", (TIME_OF_DAY,), INT32),
    Signature("minute", (DATE_TIME_OFFSET,), INT32),
    Signature("minute", (TIME_OF_DAY,), INT32),
    Signature("second", (DATE_TIME_OFFSET,), INT32),
    Signature("second", (TIME_OF_DAY,), INT32),
    Signature("fractionalseconds", (DATE_TIME_OFFSET,), DECIMAL),
    Signature("fractionalseconds", (TIME_OF_DAY,), DECIMAL),
    Signature("totaloffsetminutes", (DATE_TIME_OFFSET,), INT32),
    Signature("totalseconds", (DURATION,), DECIMAL),
    Signature("now", (), DATE_TIME_OFFSET),
    Signature("mindatetime", (), DATE_TIME_OFFSET),
    Signature("maxdatetime", (), DATE_TIME_OFFSET),
    Signature("round", (DECIMAL,), DECIMAL),
    Signature("round", (DOUBLE,), DOUBLE),
    Signature("floor", (DECIMAL,), DECIMAL),
    Signature("floor", (DOUBLE,), DOUBLE),
    Signature("ceiling", (DECIMAL,), DECIMAL),
    Signature("ceiling", (DOUBLE,), DOUBLE),
)

SIGNATURES: dict[str, tuple[Signature, ...]] = {
    name: tuple(row for row in _TABLE if row.name == name) for name in dict.fromkeys(row.name for row in _TABLE)
}

COLLECTION_FUNCTIONS = frozenset(row.name for row in _TABLE if COLLECTION in row.parameters)
"""The functions with an overload that takes collections."""

VALUE_FUNCTIONS = frozenset(row.name for row in _TABLE if COLLECTION not in row.parameters)
"""The functions with an overload that takes single values alone."""

FILTER_FUNCTIONS = (*(name for name in SIGNATURES if name != REPLACE), "cast", "isof")
"""The names of the functions of the standard that $filter takes, as `$metadata` announces them."""

AGGREGATION_FUNCTIONS = frozenset({"isdefined"})
"""The functions that the extension for data aggregation adds to those of every service."""
