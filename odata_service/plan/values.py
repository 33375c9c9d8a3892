"""Values as a body states them become whole, and whole values become leaves; and back.

A value is whole when every member has one: as stated, its default, or null. What an update states of a complex value is
merged into the value that is there (Protocol 11.4.3); collections and all else take its place.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from odata_service.edm.annotations import COMPUTED, Annotation, computed_by, is_read_only
from odata_service.edm.kept import keep, keep_members, recall, recall_members
from odata_service.edm.leaves import DYNAMIC, TYPE, is_tagged_value, marker_of
from odata_service.edm.model import Property, Schema
from odata_service.edm.structured import ComplexValue, TypedValue, Value, named_type
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, beginning
from odata_service.errors import Incomplete, PayloadError

Stated = Mapping[str, Value]
POINTS_IN_TIME = frozenset({Kind.INSTANT, Kind.DATE, Kind.TIME_OF_DAY})
"""The kinds whose values tell of an instant, or of a part of it."""
LeafValues = dict[str, PrimitiveValue | None]


def value_properties(name: str, schema: Schema) -> dict[str, Property]:
    """The properties of a structured type that hold values: all but streams, and what is kept nowhere."""
    return {member: part for member, part in schema.properties(name).items() if _is_kept(part)}


def _is_kept(part: Property) -> bool:
    return kind_of(part.type) is not Kind.STREAM and computed_by(part.annotations) is None


def initial_value(part: Property, stated: Stated, path: str, schema: Schema, *, takes_computed: bool = False) -> Value:
    """The whole value of a property where one is made anew; `path` is where it stands in the body.

    `Incomplete` names a property that must have a value and has none.
    """
    computed = bool(part.annotations) and is_read_only(part.annotations) and not takes_computed
    if part.name in stated and not computed:
        return whole(stated[part.name], part.type, path, schema)
    if part.default is not None:
        assert isinstance(part.default, PrimitiveValue), "defaults are primitive values"
        return part.default
    if part.type.collection:
        return ()
    if part.type.nullable:
        return None
    declared = schema.structured_type(part.type.name)
    if declared is not None and not declared.abstract:
        return _begun(part.type.name, path, schema, computed=computed)
    if computed:
        return beginning(part.type)
    raise Incomplete(
        f"Property '{part.name}' must have a value.",
        target=path,
        hint=f'Add "{part.name}" with a value of type {part.type}.',
    )


def _begun(name: str, path: str, schema: Schema, *, computed: bool) -> ComplexValue:
    """A complex value of which nothing is stated; the members of a computed one are so too."""
    parts = value_properties(name, schema).items()
    known = {
        member: initial_value(as_computed(part) if computed else part, {}, f"{path}/{member}", schema)
        for member, part in parts
    }
    return ComplexValue(name, known)


def as_computed(part: Property) -> Property:
    """A property that no body states: like a computed one it begins with what its type has, if it must have a value."""
    return replace(part, annotations=(Annotation(COMPUTED), *part.annotations))


def point_in_time(now: str, type_ref: TypeRef) -> str:
    """What a canonical instant is as a value of a type that tells of one, its fraction as long as the type allows.

    >>> point_in_time("2024-01-31T12:30:00.25", TypeRef("Edm.TimeOfDay"))
    '12:30:00.25'
    >>> from odata_service.edm.types import Facets
    >>> point_in_time("2024-01-31T12:30:00.25", TypeRef("Edm.DateTimeOffset", facets=Facets(precision=0)))
    '2024-01-31T12:30:00'
    """
    kind, precision = kind_of(type_ref), type_ref.primitive.facets.precision
    if kind is Kind.DATE:
        return now[:10]
    whole_seconds, _, fraction = (now if kind is Kind.INSTANT else now[11:]).partition(".")
    kept = fraction[:precision].rstrip("0")
    return f"{whole_seconds}.{kept}" if kept else whole_seconds


def whole(value: Value, type_ref: TypeRef, path: str, schema: Schema) -> Value:
    """A value with each member of each complex value in it; `PayloadError` where one must be stated and is not."""
    match value:
        case ComplexValue(name, members):
            return replace(value, properties=_whole_members(name, members, path, schema))
        case tuple():
            return tuple(whole(item, type_ref.element, f"{path}/{place}", schema) for place, item in enumerate(value))
        case TypedValue(inner, stated) if stated is not None:
            return replace(value, value=whole(inner, stated, path, schema))
        case _:
            return value


def merged(current: Value, stated: Value, type_ref: TypeRef, path: str, schema: Schema) -> Value:
    """What becomes of a value by what an update states: members of complex values that are not stated stay."""
    if not isinstance(stated, ComplexValue) or not isinstance(current, ComplexValue):
        if not isinstance(stated, TypedValue) or not isinstance(current, TypedValue):
            return whole(stated, type_ref, path, schema)
        return replace(stated, value=merged(current.value, stated.value, stated.type or type_ref, path, schema))
    name = stated.type if stated.says_type else current.type
    declared, before = value_properties(name, schema), schema.properties(current.type)
    kept = {member: value for member, value in current.properties.items() if before.get(member) is declared.get(member)}
    if not schema.is_open(name):
        kept = {member: value for member, value in kept.items() if member in declared}
    members: dict[str, Value] = {}
    for member, part in declared.items():
        inner = f"{path}/{member}"
        if member in stated.properties and member in kept:
            members[member] = merged(kept[member], stated.properties[member], part.type, inner, schema)
        else:
            known = member in kept
            members[member] = kept[member] if known else initial_value(part, stated.properties, inner, schema)
    members.update(merged_dynamic(_others(kept, declared), _others(stated.properties, declared), path, schema))
    leading = schema.navigation_properties(name)
    links = {known: keys for known, keys in {**current.links, **stated.links}.items() if known in leading}
    return ComplexValue(name, members, links=links)


def merged_dynamic(current: Stated, stated: Stated, path: str, schema: Schema) -> dict[str, Value]:
    """Dynamic properties after an update: null takes one away."""
    result = dict(current)
    for name, value in stated.items():
        result[name] = merged(current.get(name), value, TypeRef("Edm.Untyped"), f"{path}/{name}", schema)
    return {name: value for name, value in result.items() if not _is_null(value)}


def spread(path: str, value: Value, type_ref: TypeRef, schema: Schema) -> Iterator[tuple[str, PrimitiveValue | None]]:
    """The leaves of a whole value that are not null where they may be, by their paths."""
    if schema.is_taken_apart(type_ref):
        if isinstance(value, ComplexValue):
            yield from _spread_members(path, value, type_ref, schema)
    elif is_tagged_value(type_ref):
        yield from _spread_tagged(path, value, type_ref, schema)
    elif kind_of(type_ref) is None:
        yield path, keep(value, type_ref, schema)
    else:
        assert value is None or isinstance(value, PrimitiveValue), "values of primitive types are primitive"
        yield path, value


def gathered(path: str, type_ref: TypeRef, leaves: Mapping[str, PrimitiveValue | None], schema: Schema) -> Value:
    """The value behind leaves, the inverse of `spread`."""
    if schema.is_taken_apart(type_ref):
        return _gathered_members(path, type_ref, leaves, schema)
    kept = leaves[path]
    if is_tagged_value(type_ref):
        stated = leaves[f"{path}/{TYPE}"]
        found = named_type(str(stated), schema) if stated is not None else None
        if kept is None:
            return None
        return TypedValue(str(kept) if found is None else recall(str(kept), found, schema), found)
    if kind_of(type_ref) is None:
        if kept is None:
            return () if type_ref.collection else None
        return recall(str(kept), type_ref, schema)
    is_truth = kept is not None and kind_of(type_ref) is Kind.BOOLEAN
    return bool(kept) if is_truth else kept  # SQLite and MariaDB have numbers for them


def _whole_members(name: str, members: Stated, path: str, schema: Schema) -> dict[str, Value]:
    declared = schema.structured_type(name)
    assert declared is not None, "complex values are of complex types"
    if declared.abstract:
        raise PayloadError(
            f"'{name}' is abstract: a value says of which type derived from it it is.",
            target=path,
            hint=f'Add "@odata.type": one of {", ".join(f"#{other}" for other in schema.derived_from(name))}.',
        )
    parts = value_properties(name, schema)
    known = {member: initial_value(part, members, f"{path}/{member}", schema) for member, part in parts.items()}
    return {**known, **merged_dynamic({}, _others(members, parts), path, schema)}


def _others(members: Stated, declared: Mapping[str, Property]) -> dict[str, Value]:
    return {name: value for name, value in members.items() if name not in declared}


def _is_null(value: Value) -> bool:
    return value is None or (isinstance(value, TypedValue) and value.value is None)


def _spread_members(
    path: str, value: ComplexValue, type_ref: TypeRef, schema: Schema
) -> Iterator[tuple[str, PrimitiveValue | None]]:
    marker = marker_of(type_ref, schema)
    if marker is not None:
        yield f"{path}/{marker}", value.type if marker == TYPE else True
    for name, part in value_properties(value.type, schema).items():
        step = schema.member_path(type_ref.name, value.type, name)
        yield from spread(f"{path}/{step}", value.properties.get(name), part.type, schema)
    if schema.is_open(value.type):
        yield f"{path}/{DYNAMIC}", keep_members(value.properties, value.type, schema)


def _spread_tagged(
    path: str, value: Value, type_ref: TypeRef, schema: Schema
) -> Iterator[tuple[str, PrimitiveValue | None]]:
    stated = value.type if isinstance(value, TypedValue) else None
    yield path, None if _is_null(value) else keep(value, type_ref, schema)
    yield f"{path}/{TYPE}", None if stated is None else str(stated)


def _gathered_members(
    path: str, type_ref: TypeRef, leaves: Mapping[str, PrimitiveValue | None], schema: Schema
) -> ComplexValue | None:
    marker = marker_of(type_ref, schema)
    said = leaves[f"{path}/{marker}"] if marker is not None else True
    if not said:
        return None
    name = str(said) if marker == TYPE else type_ref.name
    members: dict[str, Value] = {
        member: gathered(f"{path}/{schema.member_path(type_ref.name, name, member)}", part.type, leaves, schema)
        for member, part in value_properties(name, schema).items()
    }
    dynamic = leaves.get(f"{path}/{DYNAMIC}") if schema.is_open(name) else None
    others = recall_members(str(dynamic), schema) if dynamic is not None else {}
    return ComplexValue(name, {**members, **others}, name != type_ref.name)
