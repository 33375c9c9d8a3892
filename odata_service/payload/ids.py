"""Entity-ids and ETags (URL Conventions 4.3; Protocol 4.1, 8.3.1)."""

from collections.abc import Sequence
from urllib.parse import quote

from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value

_SAFE = "!$*(),;:@-._~'"


def etag_of(version: int) -> str:
    """The ETag of an entity with this version counter: weak, since one entity has several representations."""
    return f'W/"{version}"'


def entity_id(entity_set: EntitySet, key: Sequence[PrimitiveValue | None], schema: Schema) -> str:
    """The canonical URL of an entity, relative to the service root and percent-encoded."""
    names = [part.name for part in schema.key(entity_set.entity_type)]
    types = [part.type for part in schema.key_properties(entity_set.entity_type)]
    return f"{entity_set.name}({key_text(names, types, key)})"


def key_text(names: Sequence[str], types: Sequence[TypeRef], key: Sequence[object]) -> str:
    """What stands in the parentheses of a key predicate, percent-encoded: the bare value, or name=value pairs."""
    values = [key_literal(value, type_ref) for value, type_ref in zip(key, types, strict=True)]
    if len(values) == 1:
        return values[0]
    return ",".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def key_literal(value: object, type_ref: TypeRef) -> str:
    """One key value as a literal of the URL, percent-encoded.

    >>> key_literal("O'Brien/x", TypeRef("Edm.String"))
    "'O''Brien%2Fx'"
    """
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    kind = kind_of(type_ref)
    text = print_value(value, type_ref)
    if kind is Kind.STRING:
        return "'" + quote(text.replace("'", "''"), safe=_SAFE) + "'"
    if kind is Kind.DURATION:
        return f"duration'{text}'"
    return quote(text, safe=_SAFE)
