"""How a request changes a dynamic property, or what is inside one (Protocol 11.4.9; JSON Format 4.6.3).

A dynamic property is of the type that it was stated with, so what a body means may depend on the value that is there:
text is read as of its type, and a PATCH of an object is one of that object.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.leaves import is_tagged_value
from odata_service.edm.model import Property, Schema
from odata_service.edm.structured import ComplexValue, TypedValue, Value
from odata_service.edm.types import BOOLEAN, STRING, Kind, TypeRef, kind_of
from odata_service.errors import BadRequest, NotFound, PayloadError, did_you_mean
from odata_service.payload import read_object, read_property, read_raw
from odata_service.payload.read_values import told_type
from odata_service.plan.values import merged, whole
from odata_service.semantics.resolved import DynamicStep, Step
from odata_service.service.body import check_json
from odata_service.service.edits import Edit, check_raw, with_item
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked

_UNTYPED = TypeRef("Edm.Untyped")
_DECIMAL = TypeRef("Edm.Decimal")
_NO_MEMBERS = TypedValue("[]")


def with_dynamic(holder: ComplexValue, steps: Sequence[Step], edit: Edit, schema: Schema) -> ComplexValue:
    """An instance with the property changed that steps lead to: a dynamic one, of which null is taken away later, or
    one whose values say themselves of which type they are.
    """
    first = steps[0]
    assert isinstance(first, DynamicStep), "what no type declares is a dynamic property"
    declared = schema.properties(holder.type).get(first.name)
    edited = edit(holder.properties.get(first.name), _UNTYPED if declared is None else declared.type)
    return replace(holder, properties={**holder.properties, first.name: edited})


def dynamic_edit(asked: Asked, workshop: Workshop) -> Edit:
    """What a request does with the dynamic property that its path leads to, or leads into."""
    name, *inside = asked.query.path.dynamic
    change = _Change(asked, workshop)
    content_type = asked.request.headers.get("content-type", "")
    if asked.request.method != "DELETE" and not asked.query.path.is_value:
        check_json(content_type)
    return lambda value, type_ref: change.inside(value, type_ref, [name, *inside], 1)


def item_edit(asked: Asked, workshop: Workshop, part: Property) -> Edit:
    """One more member of a property that is a collection of values without a type."""
    change = _Change(asked, workshop)
    return lambda value, type_ref: change.with_item(value, replace(part, type=type_ref))


class _Change:
    """One change of a value that says itself of which type it is."""

    def __init__(self, asked: Asked, workshop: Workshop) -> None:
        self._asked, self._workshop, self._schema = asked, workshop, workshop.schema

    def inside(self, value: Value, type_ref: TypeRef, names: Sequence[str], place: int) -> Value:
        """The value with what the names from a place on lead to changed."""
        if place == len(names):
            return self._changed(value, type_ref, names[-1])
        if isinstance(value, TypedValue) and value.type is not None:
            return replace(value, value=self.inside(value.value, value.type, names, place))
        name = names[place]
        if isinstance(value, ComplexValue):
            return self._in_complex(value, names, place)
        found = read_exact(str(value.value)) if isinstance(value, TypedValue) and value.value is not None else None
        if not isinstance(found, dict) or "." in name:
            raise NotFound(
                f"'{names[place - 1]}' is no object that '{name}' could be a member of.",
                hint=f"PUT an object to '{names[place - 1]}' first.",
            )
        return TypedValue(write_exact(self._in_object(found, names, place)))

    def _in_complex(self, value: ComplexValue, names: Sequence[str], place: int) -> Value:
        name, schema = names[place], self._schema
        if "." in name:
            if not schema.is_derived(value.type, name):
                raise NotFound(f"This value is a '{value.type}', and no '{name}'.")
            return self.inside(value, TypeRef(value.type), names, place + 1)
        declared = schema.properties(value.type)
        part = declared.get(name)
        if part is None and not schema.is_open(value.type):
            raise NotFound(f"'{value.type}' has no property '{name}'.", hint=did_you_mean(name, list(declared)))
        inner = self.inside(value.properties.get(name), part.type if part else _UNTYPED, names, place + 1)
        changed = replace(value, properties={**value.properties, name: inner})
        return whole(changed, TypeRef(value.type), "/".join(names[:place]), schema)

    def _in_object(self, found: dict[str, object], names: Sequence[str], place: int) -> dict[str, object]:
        """An object without a type, whose members have none either."""
        name = names[place]
        before = TypedValue(write_exact(found[name])) if name in found else None
        inner = self.inside(before, _UNTYPED, names, place + 1)
        if inner is None or (isinstance(inner, TypedValue) and inner.value is None):
            return {known: member for known, member in found.items() if known != name}
        return {**found, name: read_exact(_untyped(inner, name))}

    def _changed(self, value: Value, type_ref: TypeRef, name: str) -> Value:
        request, path = self._asked.request, self._asked.query.path
        part = Property(name, type_ref)
        if path.is_value and request.method == "PUT":
            return self._raw(value, part)
        match request.method:
            case "DELETE":
                return _nothing(part)
            case "POST":
                return self.with_item(value, part)
            case "PATCH":
                return self._merged(value, part)
            case _:
                return whole(self._read(part), type_ref, name, self._schema)

    def _read(self, part: Property) -> Value:
        """What the body states: `{"value": …}`, or an object that names its type."""
        body, limits = self._asked.request.body, self._workshop.settings.limits
        if kind_of(part.type.element) is Kind.UNTYPED:
            members = read_object(body, limits)
            if told_type(members) is not None and {name for name in members if "@" not in name} != {"value"}:
                return self._workshop.reader.property_value(part, members, None, part.name)
        return read_property(body, part, self._workshop.reader, limits)

    def _merged(self, value: Value, part: Property) -> Value:
        """PATCH: of an object the members that are stated, all else becomes what is stated."""
        stated_type = value.type if isinstance(value, TypedValue) else None
        body, limits, schema = self._asked.request.body, self._workshop.settings.limits, self._schema
        if stated_type is not None and kind_of(stated_type) is None and not stated_type.collection:
            assert isinstance(value, TypedValue), "what states a type is a typed value"
            is_same = told_type(read_object(body, limits)) is None
            if is_same:
                stated = read_property(body, replace(part, type=stated_type), self._workshop.reader, limits)
                after = merged(value.value, stated, stated_type, part.name, schema)
                return TypedValue(after, None if after is None else stated_type)
        return merged(value, self._read(part), part.type, part.name, schema)

    def _raw(self, value: Value, part: Property) -> Value:
        """PUT of a raw value: it is read as of the type that the present one has, text where there is none."""
        stated = value.type if isinstance(value, TypedValue) else None
        is_typed = stated is not None or kind_of(part.type) is not Kind.UNTYPED
        wanted = (stated or part.type) if is_typed else _type_of_json(value)
        if wanted.collection or kind_of(wanted) in {None, Kind.UNTYPED}:
            raise BadRequest(f"'{part.name}' has no raw value.", target=part.name, hint="Leave out /$value, send JSON.")
        request, typed = self._asked.request, replace(part, type=wanted)
        check_raw(request.headers.get("content-type", ""), typed)
        raw = read_raw(request.body, typed)
        if kind_of(part.type) is not Kind.UNTYPED:
            return raw
        return TypedValue(raw, stated) if stated is not None else TypedValue(_json_of(raw, wanted))

    def with_item(self, value: Value, part: Property) -> Value:
        """POST: one more member of a collection."""
        index = -1 if self._asked.query.index is None else self._asked.query.index
        if value is None and part.type.collection and is_tagged_value(part.type):
            value = _NO_MEMBERS
        stated = value.type if isinstance(value, TypedValue) else part.type
        if stated is not None and stated.collection:
            item = whole(self._read(replace(part, type=stated.element)), stated.element, part.name, self._schema)
            if not isinstance(value, TypedValue):
                return with_item(value, item, index)
            return replace(value, value=with_item(value.value, item, index))
        found = read_exact(str(value.value)) if isinstance(value, TypedValue) and stated is None else None
        if not isinstance(found, list):
            raise BadRequest(
                f"'{part.name}' is no collection, so no member is added.", target=part.name, hint="PUT a collection."
            )
        item = self._untyped_item(replace(part, type=part.type.element))
        members = with_item(tuple(write_exact(member) for member in found), item, index)
        assert isinstance(members, tuple), "a collection with one more member is a collection"
        return TypedValue(f"[{','.join(str(member) for member in members)}]")

    def _untyped_item(self, part: Property) -> str:
        """The JSON of what the body states: `{"value": …}`, or an object, which may name its type."""
        body, limits = self._asked.request.body, self._workshop.settings.limits
        members, reader = read_object(body, limits), self._workshop.reader
        is_wrapped, is_told = {name for name in members if "@" not in name} == {"value"}, told_type(members) is not None
        if is_wrapped == is_told:
            return _untyped(read_property(body, part, reader, limits), part.name)
        return _untyped(reader.value(members["value"] if is_wrapped else members, part.type, part.name), part.name)


def _nothing(part: Property) -> Value:
    """What is left by a DELETE: of a collection that is declared no members."""
    if not part.type.collection and not part.type.nullable:
        raise BadRequest(f"Property '{part.name}' must not be null.", target=part.name, hint="Change it by PUT.")
    return () if part.type.collection else None


def _untyped(value: Value, name: str) -> str:
    """The JSON of a value inside another without a type; `PayloadError` for one that says of which type it is."""
    if isinstance(value, TypedValue) and value.type is not None:
        raise PayloadError(
            f"'{name}' is inside a value without a type, which keeps no types of its members.",
            target=name,
            hint="Leave out @odata.type, or give one to the value around it.",
        )
    inner = value.value if isinstance(value, TypedValue) else value
    return "null" if inner is None else str(inner)


def _type_of_json(value: Value) -> TypeRef:
    """The type whose text a raw value is where the present one is JSON without a type."""
    found = read_exact(str(value.value)) if isinstance(value, TypedValue) and value.value is not None else None
    match found:
        case bool():
            return BOOLEAN
        case Mapping() | list():
            return _UNTYPED
        case None | str():
            return STRING
        case _:
            return _DECIMAL


def _json_of(raw: object, type_ref: TypeRef) -> str:
    return write_exact(raw) if type_ref != BOOLEAN else write_exact(bool(raw))
