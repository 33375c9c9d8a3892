"""A schema as readers of OData 4.0 may see it (Protocol 4.01, 5.2; CSDL 4.01, 1.1)."""

from dataclasses import replace
from typing import Literal

from odata_service.edm.model import EnumType, Property, Schema, SchemaType, TypeDefinition


def for_version(schema: Schema, version: Literal["4.0", "4.01"]) -> Schema:
    """The schema without what 4.0 readers stumble over: `variable` and `floating` scales are left unsaid."""
    if version == "4.01":
        return schema
    return replace(schema, types={name: _type(declared) for name, declared in schema.types.items()})


def _type(declared: SchemaType) -> SchemaType:
    if isinstance(declared, EnumType | TypeDefinition):
        return declared
    return replace(declared, properties=tuple(_property(part) for part in declared.properties))


def _property(part: Property) -> Property:
    if not isinstance(part.type.facets.scale, str):
        return part
    return replace(part, type=replace(part.type, facets=replace(part.type.facets, scale=None)))
