"""Values beyond the primitive ones: complex values, collections, and values that say themselves of which type they are.

| value | Python |
|---|---|
| primitive, enumeration | see `edm.values` |
| complex | `ComplexValue` |
| collection | `tuple` |
| dynamic property, property of an abstract type | `TypedValue` |
"""

from collections.abc import Mapping

from msgspec import Struct, field

from odata_service.edm.model import ComplexType, EnumType, Schema, TypeDefinition
from odata_service.edm.types import ABSTRACT_TYPES, PRIMITIVE_TYPES, TypeRef
from odata_service.edm.values import PrimitiveValue


class ComplexValue(Struct, frozen=True):
    """A complex value: its type, and what is stated of its properties by name, dynamic ones as `TypedValue`.

    `says_type` tells that the type was written with it, and does not just follow from where it stands. `links` are the
    keys of the entities that a value which is kept whole leads to, by navigation property.
    """

    type: str
    properties: "Mapping[str, Value]" = field(default_factory=dict)
    says_type: bool = False
    links: "Mapping[str, Links]" = field(default_factory=dict)


Links = tuple[tuple[PrimitiveValue, ...], ...]
"""The keys of related entities, one key or several."""


class TypedValue(Struct, frozen=True):
    """A value and its type; without one it is JSON text that means what it says: text, numbers, objects as they are."""

    value: "Value"
    type: TypeRef | None = None


Value = PrimitiveValue | ComplexValue | TypedValue | tuple["Value", ...] | None


def named_type(name: str, schema: Schema) -> TypeRef | None:
    """The type of this name that values can say they are of, `Collection(…)` included; None where there is none.

    >>> from odata_service.edm.build import SchemaBuilder
    >>> str(named_type("Collection(Edm.Int32)", SchemaBuilder().freeze()))
    'Collection(Edm.Int32)'
    """
    if name.startswith("Collection(") and name.endswith(")"):
        inner = named_type(name[len("Collection(") : -1], schema)
        return (
            None if inner is None or inner.collection else TypeRef(inner.name, True, True, definition=inner.definition)
        )
    found = schema.types.get(name)
    if isinstance(found, EnumType | TypeDefinition):
        return TypeRef(name, definition=found)
    if isinstance(found, ComplexType) or name in PRIMITIVE_TYPES or name in ABSTRACT_TYPES:
        return TypeRef(name)
    return None
