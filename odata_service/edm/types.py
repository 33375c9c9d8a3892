"""Types as a model speaks of them: `TypeRef`, its facets, and the table of primitive types (CSDL 3.3, 3.4)."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import ClassVar, Literal, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.errors import Origin
from odata_service.structs import PartlyCompared

NOWHERE = Origin("", 0)
"""The origin of what no definition states."""

IDENTIFIER = re.compile(r"[^\W\d]\w{0,127}")
"""A simple identifier (CSDL 15.2): a letter or underscore, then letters, digits and underscores, 128 at most."""


class Facets(Struct, frozen=True):
    """The facets of a type (CSDL 7.2); None where the definition states none."""

    max_length: int | Literal["max"] | None = None
    precision: int | None = None
    scale: int | Literal["variable", "floating"] | None = None
    unicode: bool | None = None
    srid: int | Literal["variable"] | None = None


NO_FACETS = Facets()
"""What is said where nothing is."""


class NamedScalar(Protocol):
    """An enumeration type or type definition (CSDL 10, 11): a named type whose values are primitive.

    `underlying` is the primitive type's name, `facets` those of the definition. `members` gives the values of an
    enumeration by the members' names in order of declaration, and is None for a type definition.
    """

    @property
    def name(self) -> str:
        """The qualified name."""

    @property
    def underlying(self) -> str:
        """The name of the primitive type behind it."""

    @property
    def facets(self) -> Facets:
        """What the definition says about every use of it."""

    @property
    def values(self) -> Mapping[str, int] | None:
        """Member values by name; None for a type definition."""

    @property
    def is_flags(self) -> bool:
        """Whether values are sets of members."""


class TypeRef(PartlyCompared, frozen=True):
    """The use of a type: its qualified name (`Edm.String`, `microsoft.graph.Customer`) and what is said about it.

    In a frozen schema `definition` is the enumeration type or type definition of that name, so that everything that
    handles values can do so without the schema; it takes no part in comparison.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"definition"})

    name: str
    collection: bool = False
    nullable: bool = True
    facets: Facets = field(default_factory=Facets)
    definition: NamedScalar | None = None

    def __str__(self) -> str:
        return f"Collection({self.name})" if self.collection else self.name

    @property
    def is_primitive(self) -> bool:
        """Whether values are of a concrete type of the Edm namespace, of an enumeration or of a type definition."""
        return self.name in PRIMITIVE_TYPES or self.definition is not None

    @property
    def is_enumeration(self) -> bool:
        """Whether values are members of an enumeration type."""
        return self.definition is not None and self.definition.values is not None

    @property
    def element(self) -> "TypeRef":
        """The type of a collection's members; a single type itself."""
        return replace(self, collection=False) if self.collection else self

    @property
    def primitive(self) -> "TypeRef":
        """The type that values are of: behind a type definition the primitive one, with the facets of both."""
        found = self.definition
        if found is None or found.values is not None:
            return self
        stated = {name: value for name in _FACETS if (value := getattr(self.facets, name)) is not None}
        return replace(self, name=found.underlying, facets=replace(found.facets, **stated), definition=None)


class Kind(Enum):
    """What values of a primitive type have in common, for promotion, comparison and storage."""

    __hash__ = object.__hash__  # Enum's own goes through the name: slow where members are keys of tables.

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
    ENUMERATION = "enumeration"
    UNTYPED = "untyped"


class PrimitiveType(Struct, frozen=True):
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

ABSTRACT_TYPES = frozenset({"Edm.PrimitiveType", "Edm.ComplexType", "Edm.EntityType", "Edm.Untyped"})
"""The types of the Edm namespace whose values are of any primitive, complex or entity type, or of any at all."""

PATH_TYPES = frozenset(
    f"Edm.{name}"
    for name in ("AnnotationPath", "AnyPropertyPath", "ModelElementPath", "NavigationPropertyPath", "PropertyPath")
)
"""The types of the Edm namespace that only terms have (CSDL 14.1.2)."""

_FACETS = ("max_length", "precision", "scale", "unicode", "srid")

FACETS_BY_KIND: Mapping[Kind, frozenset[str]] = {
    Kind.STRING: frozenset({"max_length", "unicode"}),
    Kind.BINARY: frozenset({"max_length"}),
    Kind.STREAM: frozenset({"max_length"}),
    Kind.DECIMAL: frozenset({"precision", "scale"}),
    Kind.INSTANT: frozenset({"precision"}),
    Kind.TIME_OF_DAY: frozenset({"precision"}),
    Kind.DURATION: frozenset({"precision"}),
    Kind.GEOGRAPHY: frozenset({"srid"}),
    Kind.GEOMETRY: frozenset({"srid"}),
}
"""Which facets say something of values of a kind (CSDL 7.2); of kinds that are not here none does."""

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
    """The kind of a single value; None for collections and for structured types.

    A type definition has the kind of its underlying type. `Edm.Untyped` and the abstract types hold any JSON value.
    """
    if type_ref.collection:
        return None
    row = PRIMITIVE_TYPES.get(type_ref.name)
    if row is not None:
        return row.kind
    found = type_ref.definition
    if found is not None:
        return Kind.ENUMERATION if found.values is not None else PRIMITIVE_TYPES[found.underlying].kind
    return Kind.UNTYPED if type_ref.name in ABSTRACT_TYPES and type_ref.name != "Edm.EntityType" else None


def applicable_facets(facets: Facets, kind: Kind | None) -> Facets:
    """Those facets that say something of values of a kind: strict readers refuse all others."""
    if facets == NO_FACETS:
        return facets
    known: frozenset[str] = FACETS_BY_KIND.get(kind, frozenset()) if kind is not None else frozenset()
    others = {name: None for name in _FACETS if name not in known and getattr(facets, name) is not None}
    return replace(facets, **others) if others else facets
