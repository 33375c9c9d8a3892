"""Values as JSON text, as they are kept whole: collections, complex values that contain themselves, dynamic properties.

Members have the forms of `edm.values`, so that instants, durations and enumerations compare as those in columns do:

| value | JSON |
|---|---|
| Boolean, text forms | true, false, text |
| Byte … Int64, an enumeration, Duration | number |
| Decimal | text, with the digits it has |
| Single, Double | number, or "INF", "-INF", "NaN" |
| Binary | base64url text without padding |
| Geography, Geometry | GeoJSON object |
| complex | object of its members as declared, without those that are null; `@type` where it is a derived one |
| key of a related entity | `name@key` beside the members: an object of its parts by their paths, of many an array |
| dynamic, untyped | its JSON as it was sent; or that of its type, which `name@type` names |
| collection | array |
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, Links, TypedValue, Value, named_type
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, parse, print_decimal, print_float, print_value

TYPE_MEMBER = "@type"
KEY_MEMBER = "@key"

_AS_JSON = frozenset({Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def keep(value: Value, type_ref: TypeRef, schema: Schema) -> str | None:
    """A value as JSON text; None for null."""
    if value is None:
        return None
    return orjson.dumps(_json(value, type_ref, schema)).decode()


def keep_members(members: Mapping[str, Value], holder: str, schema: Schema) -> str | None:
    """Those of an instance's members that its type does not declare, as one object; None where there are none."""
    declared = schema.properties(holder)
    dynamic = {name: value for name, value in members.items() if name not in declared}
    found = dict(_dynamic(dynamic, schema))
    return orjson.dumps(found).decode() if found else None


def recall(text: str, type_ref: TypeRef, schema: Schema) -> Value:
    """The value behind JSON text, the inverse of `keep`."""
    return _value(read_exact(text), type_ref, schema)


def recall_members(text: str, schema: Schema) -> dict[str, Value]:
    """The dynamic properties behind JSON text, the inverse of `keep_members`."""
    members = read_exact(text)
    assert isinstance(members, dict), "dynamic properties are kept as an object"
    return dict(_dynamic_values(members, schema))


_WRITERS: Mapping[Kind, Callable[..., object]] = {
    Kind.DECIMAL: print_decimal,
    Kind.FLOAT: lambda value: value if math.isfinite(value) else print_float(value),
    Kind.BINARY: lambda value: print_value(value, TypeRef("Edm.Binary")).rstrip("="),
    Kind.GEOGRAPHY: lambda value: orjson.Fragment(value),
    Kind.GEOMETRY: lambda value: orjson.Fragment(value),
    Kind.UNTYPED: lambda value: orjson.Fragment(value),
}


def _json(value: Value, type_ref: TypeRef, schema: Schema) -> object:
    """A value as orjson writes it."""
    match value:
        case None | TypedValue(None):
            return None
        case tuple():
            return [_json(item, type_ref.element, schema) for item in value]
        case ComplexValue():
            return dict(_object(value, type_ref, schema))
        case TypedValue(inner, stated):
            return orjson.Fragment(str(inner)) if stated is None else _json(inner, stated, schema)
        case _:
            kind = kind_of(type_ref)
            write = _WRITERS.get(kind) if kind is not None else None
            return value if write is None else write(value)


def _object(value: ComplexValue, type_ref: TypeRef, schema: Schema) -> Iterator[tuple[str, object]]:
    if value.type != type_ref.name:
        yield TYPE_MEMBER, value.type
    declared = schema.properties(value.type)
    for name, part in declared.items():
        inner = value.properties.get(name)
        if isinstance(inner, TypedValue):
            yield from _dynamic({name: inner}, schema)
        elif inner is not None:
            yield name, _json(inner, part.type, schema)
    yield from _dynamic({name: inner for name, inner in value.properties.items() if name not in declared}, schema)
    for name, keys in value.links.items():
        leaves = linked_leaves(value.type, name, schema)
        objects = [
            {leaf.path: _json(part, leaf.type, schema) for part, leaf in zip(key, leaves, strict=True)} for key in keys
        ]
        if schema.navigation_properties(value.type)[name].collection:
            yield name + KEY_MEMBER, objects
        elif objects:
            yield name + KEY_MEMBER, objects[0]


def linked_leaves(holder: str, name: str, schema: Schema) -> tuple[Leaf, ...]:
    """The key of what a navigation property of a complex value leads to."""
    navigation = schema.navigation_properties(holder)[name]
    return tuple(leaf for _, leaf in schema.key_leaves(navigation.target))


def recall_keys(kept: object, leaves: Sequence[Leaf]) -> Links:
    """The keys behind what `name@key` has: an object, or several; none where that is missing."""
    objects: list[Any] = kept if isinstance(kept, list) else [] if kept is None else [kept]
    return tuple(tuple(_primitive(known[leaf.path], leaf.type) for leaf in leaves) for known in objects)


def _dynamic(members: Mapping[str, Value], schema: Schema) -> Iterator[tuple[str, object]]:
    for name, value in members.items():
        if isinstance(value, TypedValue) and value.value is not None:
            if value.type is not None:
                yield name + TYPE_MEMBER, str(value.type)
            yield name, _json(value, TypeRef("Edm.Untyped"), schema)


def _value(kept: object, type_ref: TypeRef, schema: Schema) -> Value:
    match kept:
        case None:
            return None
        case list() if type_ref.collection:
            return tuple(_value(item, type_ref.element, schema) for item in kept)
        case dict() if kind_of(type_ref) is None:
            return _complex(kept, type_ref, schema)
        case _:
            return _primitive(kept, type_ref)


def _complex(kept: Mapping[str, object], type_ref: TypeRef, schema: Schema) -> ComplexValue:
    name = str(kept.get(TYPE_MEMBER, type_ref.name))
    declared = schema.properties(name)
    members: dict[str, Value] = {}
    for member, part in declared.items():
        if member in kept:
            stated = kept.get(member + TYPE_MEMBER)
            typed = kind_of(part.type.element) is Kind.UNTYPED
            members[member] = (
                _tagged(kept[member], stated, schema) if typed else _value(kept[member], part.type, schema)
            )
    others = {member: inner for member, inner in kept.items() if member.partition("@")[0] not in declared}
    members.update(_dynamic_values(others, schema))
    return ComplexValue(name, members, name != type_ref.name, dict(_links(others, name, schema)))


def _links(kept: Mapping[str, object], holder: str, schema: Schema) -> Iterator[tuple[str, Links]]:
    """The keys of the entities that a complex value leads to."""
    known = schema.navigation_properties(holder)
    for member, keys in kept.items():
        name = member.removesuffix(KEY_MEMBER)
        if name != member and name in known:
            yield name, recall_keys(keys, linked_leaves(holder, name, schema))


def _dynamic_values(kept: Mapping[str, object], schema: Schema) -> Iterator[tuple[str, Value]]:
    for name, inner in kept.items():
        if "@" not in name:
            yield name, _tagged(inner, kept.get(name + TYPE_MEMBER), schema)


def _tagged(kept: object, stated: object, schema: Schema) -> TypedValue:
    type_ref = named_type(str(stated), schema) if stated is not None else None
    if type_ref is None:
        return TypedValue(write_exact(kept))
    return TypedValue(_value(kept, type_ref, schema), type_ref)


def _primitive(kept: object, type_ref: TypeRef) -> PrimitiveValue:
    kind = kind_of(type_ref)
    match kind, kept:
        case _, _ if kind in _AS_JSON:
            return write_exact(kept)
        case ((Kind.DECIMAL | Kind.BINARY), str()):
            return parse(kept, type_ref)
        case Kind.FLOAT, int() | Decimal():
            return float(kept)
        case Kind.FLOAT, str():
            return parse(kept, type_ref)
        case _, bool() | int() | str():
            return kept
        case _:
            raise AssertionError(f"{type_ref} is not kept as {kept!r}")
