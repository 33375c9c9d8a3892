"""Dynamic properties read alone: what a path leads to in their JSON, and its representations (Protocol 11.2.4).

What a dynamic property is its value alone tells: names lead to members of objects, places to those of arrays, and the
name of a type stands for the same value as of that type. What is not there is null, as a dynamic property is that an
entity does not have; a name that no member can have leads nowhere.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.kept import TYPE_MEMBER, recall
from odata_service.edm.leaves import is_tagged_value
from odata_service.edm.model import Schema
from odata_service.edm.structured import named_type
from odata_service.edm.types import STRING, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotFound, did_you_mean
from odata_service.payload.documents import write_property
from odata_service.payload.format import Format
from odata_service.payload.kept import KeptWriters
from odata_service.payload.values import raw_value

_PLACE = re.compile(r"-?\d{1,18}", re.ASCII)
_UNTYPED = TypeRef("Edm.Untyped")


class DynamicValue(Struct, frozen=True):
    """A value in its kept form, and the type that was stated of it; without one it is JSON that means what it says."""

    kept: object
    type: TypeRef | None = None


def is_place(name: str) -> bool:
    """Whether a segment names a member of a collection by its place."""
    return _PLACE.fullmatch(name) is not None


def dynamic_value(text: str | None, names: Sequence[str], schema: Schema) -> DynamicValue:
    """What names lead to in an object that is kept as text, the first of them the name of a dynamic property.

    `NotFound` where the value has no such member, or none at all.
    """
    return value_inside(DynamicValue(read_exact(text) if text is not None else None), names, schema)


def stated_value(text: str | None, stated: str | None, schema: Schema) -> DynamicValue:
    """The value that is kept as text, with the name of the type that was stated of it."""
    kept = read_exact(text) if text is not None else None
    return DynamicValue(kept, None if stated is None else named_type(stated, schema))


def value_inside(value: DynamicValue, names: Sequence[str], schema: Schema) -> DynamicValue:
    """What names lead to in a value; see `dynamic_value`."""
    for name in names:
        value = _inside(value, name, schema)
    return value


def write_dynamic(value: DynamicValue, context: str, schema: Schema, format: Format) -> bytes:
    """The representation of a dynamic value that is not null."""
    members = KeptWriters(schema, format).stated_members(value.kept, None if value.type is None else str(value.type))
    told = {"@odata.type": members["value@odata.type"]} if "value@odata.type" in members else {}
    return write_property(members["value"], value.type or _UNTYPED, context=context, format=format, told=told)


def raw_dynamic(value: DynamicValue, schema: Schema) -> tuple[bytes, str]:
    """The bytes of a primitive value and their media type; `NotFound` for what has none."""
    if isinstance(value.kept, Mapping | list):
        raise NotFound("Objects and collections have no raw value.", hint="Leave out /$value.")
    if value.type is not None:
        found = recall(write_exact(value.kept), value.type, schema)
        assert isinstance(found, PrimitiveValue), "what is neither an object nor an array is primitive"
        return raw_value(found, value.type)
    return raw_value(value.kept if isinstance(value.kept, str) else write_exact(value.kept), STRING)


def count_dynamic(value: DynamicValue) -> int:
    """How many members a collection has; `NotFound` for what is none."""
    if not isinstance(value.kept, list):
        raise NotFound("This value is no collection, so nothing is counted.", hint="Leave out /$count.")
    return len(value.kept)


def _inside(value: DynamicValue, name: str, schema: Schema) -> DynamicValue:
    match value.kept:
        case None:
            return value
        case list() if is_place(name):
            return _item(value.kept, value.type, int(name))
        case dict() if "." in name:
            return _narrowed(value, value.kept, name, schema)
        case dict() if not is_place(name):
            return _member(value.kept, value.type, name, schema)
        case list():
            raise NotFound(
                f"A collection stands before '{name}'.", hint="A place in it can follow: 0 is the first, -1 the last."
            )
        case _:
            raise NotFound(f"'{name}' does not follow what is no collection, or has no members.")


def _item(items: list[object], type_ref: TypeRef | None, place: int) -> DynamicValue:
    if not -len(items) <= place < len(items):
        raise NotFound("The collection has no member at this place.", hint="Places count from 0, from the end from -1.")
    return DynamicValue(items[place], type_ref.element if type_ref is not None else None)


def _narrowed(value: DynamicValue, kept: Mapping[str, object], name: str, schema: Schema) -> DynamicValue:
    actual = _type_of(kept, value.type)
    if actual is None or not schema.is_derived(actual, name):
        raise NotFound(f"This value is {'an object without a type' if actual is None else actual}, and no '{name}'.")
    return value


def _type_of(kept: Mapping[str, object], type_ref: TypeRef | None) -> str | None:
    """The type that an object is of; None for one that has none."""
    return None if type_ref is None or kind_of(type_ref) is not None else str(kept.get(TYPE_MEMBER, type_ref.name))


def _member(kept: Mapping[str, object], type_ref: TypeRef | None, name: str, schema: Schema) -> DynamicValue:
    holder = _type_of(kept, type_ref)
    if holder is not None:
        declared = schema.properties(holder)
        part = declared.get(name)
        if part is not None and not is_tagged_value(part.type):
            nothing: object = [] if part.type.collection else None
            return DynamicValue(kept.get(name, nothing), part.type)
        if part is None and not schema.is_open(holder):
            raise NotFound(f"'{holder}' has no property '{name}'.", hint=did_you_mean(name, list(declared)))
    stated = kept.get(name + TYPE_MEMBER)
    return DynamicValue(kept.get(name), named_type(str(stated), schema) if stated is not None else None)
