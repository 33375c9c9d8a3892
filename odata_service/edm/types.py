"""Types as a model speaks of them: `TypeRef`, its facets, and the table of primitive types (CSDL 3.3, 3.4)."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of a type (CSDL 7.2); None where the definition states none."""

    max_length: int | Literal["max"] | None = None
    precision: int | None = None
    scale: int | Literal["variable", "floating"] | None = None
    unicode: bool | None = None
    srid: int | Literal["variable"] | None = None


@dataclass(frozen=True, slots=True)
class TypeRef:
    """The use of a type: its qualified name (`Edm.String`, `microsoft.graph.Customer`) and what is said about it."""

    name: str
    collection: bool = False
    nullable: bool = True
    facets: Facets = field(default_factory=Facets)

    def __str__(self) -> str:
        return f"Collection({self.name})" if self.collection else self.name

    @property
    def is_primitive(self) -> bool:
        """Whether the name is that of a concrete primitive type of the Edm namespace."""
        return self.name in PRIMITIVE_TYPES


class Kind(Enum):
    """What values of a primitive type have in common, for promotion, comparison and storage."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    STRING = "string"
    GUID = "guid"
    BINARY = "binary"
    DATE = "date"
    TIME_OF_DAY = "time of day"
    INSTANT = "instant"
    DURATION = "duration"
    STREAM = "stream"
    GEOGRAPHY = "geography"
    GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class PrimitiveType:
    """A row of the table of primitive types: its kind, and its range where it is an integer."""

    name: str
    kind: Kind
    minimum: int = 0
    maximum: int = 0
    may_be_key: bool = True


_GEO_SHAPES = ("", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "Collection")

_TABLE = (
    PrimitiveType("Edm.Boolean", Kind.BOOLEAN),
    PrimitiveType("Edm.Byte", Kind.INTEGER, 0, 255),
    PrimitiveType("Edm.SByte", Kind.INTEGER, -128, 127),
    PrimitiveType("Edm.Int16", Kind.INTEGER, -(2**15), 2**15 - 1),
    PrimitiveType("Edm.Int32", Kind.INTEGER, -(2**31), 2**31 - 1),
    PrimitiveType("Edm.Int64", Kind.INTEGER, -(2**63), 2**63 - 1),
    PrimitiveType("Edm.Decimal", Kind.DECIMAL),
    PrimitiveType("Edm.Single", Kind.FLOAT, may_be_key=False),
    PrimitiveType("Edm.Double", Kind.FLOAT, may_be_key=False),
    PrimitiveType("Edm.String", Kind.STRING),
    PrimitiveType("Edm.Guid", Kind.GUID),
    PrimitiveType("Edm.Binary", Kind.BINARY, may_be_key=False),
    PrimitiveType("Edm.Date", Kind.DATE),
    PrimitiveType("Edm.TimeOfDay", Kind.TIME_OF_DAY),
    PrimitiveType("Edm.DateTimeOffset", Kind.INSTANT),
    PrimitiveType("Edm.Duration", Kind.DURATION),
    PrimitiveType("Edm.Stream", Kind.STREAM, may_be_key=False),
    *(PrimitiveType(f"Edm.Geography{shape}", Kind.GEOGRAPHY, may_be_key=False) for shape in _GEO_SHAPES),
    *(PrimitiveType(f"Edm.Geometry{shape}", Kind.GEOMETRY, may_be_key=False) for shape in _GEO_SHAPES),
)

PRIMITIVE_TYPES = {row.name: row for row in _TABLE}

BOOLEAN = TypeRef("Edm.Boolean")
STRING = TypeRef("Edm.String")
INT32 = TypeRef("Edm.Int32")
INT64 = TypeRef("Edm.Int64")
DECIMAL = TypeRef("Edm.Decimal")
DOUBLE = TypeRef("Edm.Double")
DATE = TypeRef("Edm.Date")
TIME_OF_DAY = TypeRef("Edm.TimeOfDay")
DATE_TIME_OFFSET = TypeRef("Edm.DateTimeOffset")
DURATION = TypeRef("Edm.Duration")
GUID = TypeRef("Edm.Guid")
BINARY = TypeRef("Edm.Binary")
NULL = TypeRef("Edm.Null")
"""The type of the literal `null`, which every nullable type admits; never written to a document."""


def kind_of(type_ref: TypeRef) -> Kind | None:
    """The kind of a single primitive type; None for collections and for what is not primitive."""
    row = PRIMITIVE_TYPES.get(type_ref.name)
    return row.kind if row is not None and not type_ref.collection else None
