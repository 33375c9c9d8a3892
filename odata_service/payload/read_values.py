"""Members of a JSON body become values of a type's properties, each error with its path (JSON Format 4.5.3, 7)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from msgspec import field

from odata_service.edm.annotations import ALSO_KNOWN_AS, annotation_value
from odata_service.edm.json_text import write_exact
from odata_service.edm.leaves import is_plain, is_tagged_value
from odata_service.edm.model import NavigationProperty, Property, Schema
from odata_service.edm.structured import ComplexValue, Links, TypedValue, Value, named_type
from odata_service.edm.types import IDENTIFIER, PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotSupported, PayloadError, are_enough, did_you_mean, together
from odata_service.payload.read_links import BINDS, Reference, bound_by, is_of
from odata_service.payload.values import from_json, reader_for, shown
from odata_service.structs import PartlyCompared

Members = Mapping[str, object]
_UNSTATED = object()


class ValueReader(PartlyCompared, frozen=True):
    """Reads bodies of one schema."""

    beside: ClassVar[frozenset[str]] = frozenset({"plain", "named"})

    schema: Schema
    named: Callable[[Reference, NavigationProperty], tuple[PrimitiveValue, ...]] | None = None
    """The key of the entity that a reference names in a value that is kept whole; None where none is looked up."""
    quotes: bool = False
    """Whether numbers of every type may be strings."""
    plain: dict[str, dict[str, Callable[[object], PrimitiveValue]]] = field(default_factory=dict)
    """By the names of a type and of a property of one value: what reads it where it is neither null nor annotated."""
    of_new: bool = False
    """Whether the objects are of entities that are not there yet, so that null says of a stream that it has none."""

    def members(self, body: Members, holder: str, path: str) -> dict[str, Value]:
        """What an object states of an instance of a structured type, by property name; `path` leads to the object.

        A property that the type does not declare is a dynamic one where the type is open. What does not fit is told all
        together.
        """
        declared, plain = self.schema.properties(holder), self._plain(holder)
        is_annotated = has_control(body)
        stated: dict[str, Value] = {}
        faults: list[PayloadError] = []
        for name, value in (_without_no_streams(body, declared) if self.of_new else body).items():
            if "@" in name:
                self._check_control(name, value, holder, path)
                continue
            part, target = declared.get(name), f"{path}/{name}" if path else name
            told = _told(body, name) if is_annotated else None
            try:
                if value is not None and told is None and name in plain:
                    stated[name] = _read(plain[name], value, target)
                elif part is not None:
                    stated[name] = self.property_value(part, value, told, target)
                elif "#" in name:
                    continue  # an answer has told of an operation (JSON Format 16, 17)
                elif name in self.schema.navigation_properties(holder) or not self.schema.is_open(holder):
                    raise self._unknown(name, holder, target)
                else:
                    stated[name] = self._dynamic(name, value, told, target)
            except PayloadError as fault:
                faults.append(fault)
                if are_enough(faults):
                    break
        if faults:
            raise together(faults)
        return stated

    def value(self, value: object, type_ref: TypeRef, path: str) -> Value:
        """The value of a type that JSON stands for; null where the type admits it."""
        if value is None:
            if not type_ref.nullable or type_ref.collection:
                raise PayloadError(f"Property '{path}' must not be null.", target=path, hint="Give it a value.")
            return None
        if type_ref.collection:
            if not isinstance(value, list):
                raise PayloadError(f"Property '{path}': {shown(value)} is not an array.", target=path)
            return self._array(value, type_ref.element, path)
        if kind_of(type_ref) is None:
            return self._complex(value, type_ref, path)
        if kind_of(type_ref) is Kind.UNTYPED:
            return self._item(value, type_ref, path)
        return _read(partial(from_json, type_ref=type_ref, quotes=self.quotes), value, path)

    def property_value(self, part: Property, value: object, told: object, path: str) -> Value:
        """The value of a property; `told` is what control information says of its type, or None."""
        if is_tagged_value(part.type):
            return self._tagged(value, told, part.type, path)
        if kind_of(part.type) is Kind.STREAM:
            hint = f"PUT it to the URL of '{part.name}', or DELETE it there."
            raise PayloadError(f"'{path}' is a stream: it has no value in JSON.", target=path, hint=hint)
        if told is not None:
            self._check_told(told, part.type, path)
        return self.value(value, part.type, path)

    def _array(self, items: list[object], type_ref: TypeRef, path: str) -> tuple[Value, ...]:
        found: list[Value] = []
        faults: list[PayloadError] = []
        for place, item in enumerate(items):
            try:
                found.append(self.value(item, type_ref, f"{path}/{place}"))
            except PayloadError as fault:
                faults.append(fault)
                if are_enough(faults):
                    break
        if faults:
            raise together(faults)
        return tuple(found)

    def _plain(self, holder: str) -> dict[str, Callable[[object], PrimitiveValue]]:
        known = self.plain.get(holder)
        if known is None:
            parts = self.schema.properties(holder).values()
            known = {part.name: reader_for(part.type, quotes=self.quotes) for part in parts if is_read_alone(part.type)}
            self.plain[holder] = known
        return known

    def check_type(self, told: object, holder: str, path: str) -> str:
        """The type that an object says it is of: that of its place, or one derived from it."""
        name = self.schema.whole_name(told.rpartition("#")[2]) if isinstance(told, str) else ""
        possible = (holder, *self.schema.derived_from(holder))
        for known in possible:
            if name == known or name in self._other_names(known):
                return known
        alike = [known for known in possible if known.lower() == name.lower()]
        if len(alike) == 1 and self.schema.profile.types_in_any_case:
            return alike[0]
        hint = f'Write "#{holder}", or leave it out.' if len(possible) == 1 else f"It may be {', '.join(possible)}."
        raise PayloadError(
            f"@odata.type is {shown(told)}, and '{holder}' is expected here.", target=path or "@odata.type", hint=hint
        )

    def _complex(self, value: object, type_ref: TypeRef, path: str) -> ComplexValue:
        if not isinstance(value, dict):
            raise PayloadError(
                f"Property '{path}': {shown(value)} is not a {type_ref.name}. Write an object.", target=path
            )
        told = _told(value, "")
        name = type_ref.name if told is None else self.check_type(told, type_ref.name, path)
        links: dict[str, Links] = {}
        if self.named is not None and has_control(value):
            links = dict(self._links(value, name, path))
            value = {member: inner for member, inner in value.items() if not is_of(member, links)}
        members = self.members(value, name, path)
        for navigation in [self.schema.navigation_properties(name)[found] for found in links]:
            if navigation.referential_constraints:
                members |= _dependent(navigation, links.pop(navigation.name), self.schema)
        return ComplexValue(name, members, told is not None, links)

    def _links(self, body: Members, holder: str, path: str) -> Iterator[tuple[str, Links]]:
        """The keys of the entities that an object binds its navigation properties to."""
        assert self.named is not None, "references are looked up"
        for navigation in self.schema.navigation_properties(holder).values():
            bind = next((navigation.name + suffix for suffix in BINDS if navigation.name + suffix in body), None)
            if bind is not None and navigation.name not in body and not navigation.contains_target:
                references = bound_by(body[bind], navigation, f"{path}/{bind}" if path else bind)
                yield navigation.name, tuple(self.named(known, navigation) for known in references or ())

    def _dynamic(self, name: str, value: object, told: object, path: str) -> Value:
        if not IDENTIFIER.fullmatch(name):
            raise PayloadError(
                f"'{name}' is no name of a property.", target=path, hint="Write a letter, then letters, digits and _."
            )
        return self._tagged(value, told, TypeRef("Edm.Untyped"), path)

    def _tagged(self, value: object, told: object, type_ref: TypeRef, path: str) -> Value:
        """A value that says itself of which type it is, or JSON that means what it says."""
        if told is None and isinstance(value, dict):
            told = _told(value, "")
        stated = None if told is None else self._named(told, path)
        if value is None:
            if not type_ref.nullable or type_ref.collection:
                raise PayloadError(f"Property '{path}' must not be null.", target=path, hint="Give it a value.")
            return TypedValue(None)
        if stated is None or is_tagged_value(stated):
            return self._untyped(value, type_ref, path)
        _check_abstract(stated, type_ref, path)
        return TypedValue(self.value(value, stated, path), stated)

    def _untyped(self, value: object, type_ref: TypeRef, path: str) -> TypedValue:
        if type_ref.collection:
            if not isinstance(value, list):
                raise PayloadError(f"Property '{path}': {shown(value)} is not an array.", target=path)
            for place, item in enumerate(value):
                self.value(item, type_ref.element, f"{path}/{place}")
        else:
            _check_untyped(value, type_ref, path)
        return TypedValue(write_exact(value))

    def _item(self, value: object, type_ref: TypeRef, path: str) -> Value:
        _check_untyped(value, type_ref, path)
        return write_exact(value)

    def _named(self, told: object, path: str) -> TypeRef:
        found = named_type(self.schema.whole_name(_qualified(told)), self.schema) if isinstance(told, str) else None
        if found is None:
            raise PayloadError(
                f"'{path}': {shown(told)} is no type of this service.",
                target=path,
                hint=did_you_mean(_qualified(str(told)), [*self.schema.types, *PRIMITIVE_TYPES]),
            )
        return found

    def _check_told(self, told: object, type_ref: TypeRef, path: str) -> None:
        """A declared property may be told its type, which is the declared one, or for structures a derived one."""
        stated = self._named(told, path)
        same = stated.name in {type_ref.name, type_ref.primitive.name} or self.schema.is_derived(
            stated.name, type_ref.name
        )
        if stated.collection != type_ref.collection or not same:
            raise PayloadError(
                f"'{path}' is of type {type_ref}, and not {stated}.",
                target=path,
                hint=f"Leave out {path.rpartition('/')[2]}@odata.type.",
            )

    def _check_control(self, name: str, value: object, holder: str, path: str) -> None:
        """Control information and annotations: types are read with what they are about, links are set elsewhere."""
        if name.endswith(("@odata.bind", "@bind")):
            raise self._no_links(name.partition("@")[0], holder, f"{path}/{name}" if path else name)

    def _other_names(self, known: str) -> tuple[object, ...]:
        declared = self.schema.structured_type(known)
        value = annotation_value(declared.annotations, ALSO_KNOWN_AS) if declared is not None else None
        return value if isinstance(value, tuple) else ()

    def _unknown(self, name: str, holder: str, path: str) -> PayloadError | NotSupported:
        if name in self.schema.navigation_properties(holder):
            return self._no_links(name, holder, path)
        return PayloadError(
            f"Property '{name}' is not declared in '{holder}'.",
            target=path,
            hint=did_you_mean(name, list(self.schema.properties(holder))) or self._derived_hint(name, holder),
        )

    def _derived_hint(self, name: str, holder: str) -> str | None:
        holders = [other for other in self.schema.derived_from(holder) if name in self.schema.properties(other)]
        return _type_hint(holders[0]) if holders else None

    def _leads(self, holder: str, name: str) -> bool:
        return name in self.schema.navigation_properties(holder)

    def _no_links(self, name: str, holder: str, path: str) -> PayloadError | NotSupported:
        known = self.schema.navigation_properties(holder)
        navigation = known.get(name)
        if navigation is None:
            message = f"'{name}' is no navigation property of '{holder}'."
            holders = [other for other in self.schema.derived_from(holder) if self._leads(other, name)]
            hint = _type_hint(holders[0]) if holders else did_you_mean(name, list(known))
            return PayloadError(message, target=path, hint=hint)
        message = f"What '{name}' leads to is not stated inside of a value that is kept whole."
        bind = f'Create it apart, and name it: "{name}@odata.bind".'
        return NotSupported(message, target=path, hint="Leave it out." if navigation.contains_target else bind)


def _dependent(navigation: NavigationProperty, keys: Links, schema: Schema) -> dict[str, Value]:
    """The properties of a value that are equal to those of the entity which it is bound to."""
    paths = [leaf.path for _, leaf in schema.key_leaves(navigation.target)]
    known = dict(zip(paths, keys[0], strict=True)) if keys else {}
    return {
        constraint.property: known.get(constraint.referenced_property)
        for constraint in navigation.referential_constraints
    }


def _type_hint(name: str) -> str:
    return f'\'{name}\' does: add "@odata.type": "#{name}".'


def _without_no_streams(body: Members, declared: Mapping[str, Property]) -> Members:
    """An object without those nulls that say of a stream that there is none; one must be there, and is refused.

    python-odata states all properties of a new entity, null where they have no value.
    """
    if None not in body.values():
        return body

    def is_none(name: str) -> bool:
        part = declared.get(name)
        return body[name] is None and part is not None and kind_of(part.type) is Kind.STREAM and part.type.nullable

    return {name: value for name, value in body.items() if not is_none(name)}


def is_read_alone(type_ref: TypeRef) -> bool:
    """Whether nothing but its type decides what a value in JSON means."""
    return is_plain(type_ref) and kind_of(type_ref) is not Kind.STREAM


def _read(read: Callable[[object], PrimitiveValue], value: object, path: str) -> PrimitiveValue:
    try:
        return read(value)
    except ValueError as error:
        raise PayloadError(f"Property '{path}': {error}", target=path) from error


def has_control(body: Members) -> bool:
    """Whether an object has control information or annotations."""
    return "@" in "".join(body)


def told_type(body: Members) -> object:
    """What an object says of its own type, or None."""
    return _told(body, "")


def _told(body: Members, name: str) -> object:
    """What `name@odata.type` says, or None where it is not stated; 4.01 writes it without `odata.`."""
    found = body.get(f"{name}@odata.type", body.get(f"{name}@type", _UNSTATED))
    if found is _UNSTATED:
        return None
    if found is None:
        raise PayloadError("@odata.type is null.", target=f"{name}@odata.type", hint="Name a type, or leave it out.")
    return found


def _qualified(told: str) -> str:
    """The qualified name of a type that control information names.

    >>> _qualified("#Collection(Int32)"), _qualified("http://host/$metadata#n.T")
    ('Collection(Edm.Int32)', 'n.T')
    """
    name = told.rpartition("#")[2]
    if name.startswith("Collection(") and name.endswith(")"):
        return f"Collection({_qualified(name[len('Collection(') : -1])})"
    return name if "." in name else f"Edm.{name}"


def _check_abstract(stated: TypeRef, declared: TypeRef, path: str) -> None:
    """Whether a value of the stated type may stand where one of an abstract type is declared."""
    is_complex = kind_of(stated.element) is None
    fits = {"Edm.Untyped": True, "Edm.ComplexType": is_complex, "Edm.PrimitiveType": not is_complex}[declared.name]
    single = declared.name == "Edm.Untyped" and not declared.collection
    if not fits or (stated.collection != declared.collection and not single):
        raise PayloadError(f"'{path}' is of type {declared}, and {stated} is not.", target=path)


def _check_untyped(value: object, type_ref: TypeRef, path: str) -> None:
    """Whether JSON without a type may stand for a value of an abstract type."""
    if type_ref.name == "Edm.ComplexType" or (type_ref.name == "Edm.PrimitiveType" and isinstance(value, dict | list)):
        raise PayloadError(
            f"'{path}' is of type {type_ref}: a value says of which type it is.",
            target=path,
            hint='Add "@odata.type" to an object, or "name@odata.type" beside it.',
        )
