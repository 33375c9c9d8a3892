"""The types of a schema as JSON Schema: what is read, what a new entity is made of, what a change may state.

(OData to OpenAPI Mapping, 4.5.1.) A type that is read inherits by `allOf` and leaves room for control information; what
is written has all its properties in one place, and takes no others unless the type is open.
"""

from collections.abc import Collection, Iterator
from enum import Enum

from odata_service.edm.annotations import (
    COMPUTED_DEFAULT_VALUE,
    IMMUTABLE,
    description_of,
    is_read_only,
    is_tagged,
)
from odata_service.edm.made_keys import named_key, numbered_key
from odata_service.edm.model import (
    EntitySet,
    EntityType,
    EnumType,
    NavigationProperty,
    Property,
    Schema,
    StructuredType,
)
from odata_service.edm.nested import value_path
from odata_service.edm.sources import is_stream
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.openapi.components import Components, Json, component_name
from odata_service.openapi.primitives import or_null, primitive_schema

DISCRIMINATOR = "@odata.type"
_CONTROL: Json = {
    "@odata.id": {"type": "string", "description": "The URL of the entity."},
    DISCRIMINATOR: {"type": "string"},
    "@odata.etag": {"type": "string", "description": "The state of the entity, as If-Match and If-None-Match take it."},
}
"""What answers may tell of an entity, each where it says something (JSON Format 4.6)."""

_REMOVED: Json = {
    "type": "object",
    "properties": {"reason": {"type": "string", "enum": ["changed", "deleted"]}},
}


class Variant(Enum):
    """What a schema of a type is for."""

    READ = ""
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"


class TypeSchemas:
    """Makes the schemas of types, as components where types have names.

    What a base type declares stands in the bodies of all that are derived from it, so members are made once: `_members`
    has those of a variant by the identity of what declares them, and holds that.
    """

    def __init__(self, schema: Schema, components: Components) -> None:
        self._schema = schema
        self._components = components
        self._sources: dict[str, list[EntitySet]] = {}
        for source in schema.sources.by_name.values():
            self._sources.setdefault(source.entity_type, []).append(source)
        self._instances: dict[tuple[str, Variant], Json] = {}
        self._members: dict[tuple[int, Variant], tuple[object, Json]] = {}

    def value(self, type_ref: TypeRef, variant: Variant = Variant.READ) -> Json:
        """The schema of a value of a type: a collection, a structured value, or a primitive one."""
        if type_ref.collection:
            member = self._single(type_ref.element, variant)
            return {
                "type": "array",
                "items": or_null(member) if type_ref.nullable and type_ref.is_primitive else member,
            }
        found = self._single(type_ref, variant)
        return or_null(found) if type_ref.nullable else found

    def instance(self, name: str, variant: Variant = Variant.READ) -> Json:
        """The schema of an instance of a structured type or of one that is derived from it."""
        known = self._instances.get((name, variant))
        if known is None:
            known = self._instances[name, variant] = self._instance(name, variant)
        return known

    def _instance(self, name: str, variant: Variant) -> Json:
        declared = self._schema.structured_type(name)
        if declared is None:
            return {"type": "object"}
        derived = self._schema.derived_from(name)
        if variant is Variant.REPLACE and not any(map(self._demands, (name, *derived))):
            return self.instance(name, Variant.UPDATE)
        if not derived:
            return self._one(name, variant)
        suffix = f"any-{variant.value}" if variant.value else "any"
        names = [part for part in (name, *derived) if variant is Variant.READ or not self._is_abstract(part)]
        return self._components.ref(
            "schemas",
            component_name(name, suffix),
            lambda: {"anyOf": [self._one(part, variant) for part in names]},
        )

    def removed(self, name: str) -> Json:
        """The schema of what says in a list of changes that an entity is to go, by its key (JSON Format 15.3)."""

        def make() -> Json:
            leaves = self._schema.key_leaves(name)
            keys: Json = {part: primitive_schema(leaf.type) for part, leaf in leaves}
            return {
                "type": "object",
                "title": f"{_local(name)} (removed)",
                "required": ["@removed", *keys],
                "properties": {"@removed": _REMOVED, **keys},
                "additionalProperties": False,
            }

        return self._components.ref("schemas", component_name(name, "removed"), make)

    def _single(self, type_ref: TypeRef, variant: Variant) -> Json:
        if self._schema.structured_type(type_ref.name) is not None:
            return self.instance(type_ref.name, variant)
        declared = self._schema.types.get(type_ref.name)
        if isinstance(declared, EnumType):
            return self._components.ref(
                "schemas", component_name(declared.name), lambda: _enumeration(declared, type_ref)
            )
        kind = kind_of(type_ref)
        if kind is Kind.GEOGRAPHY or kind is Kind.GEOMETRY:
            name = type_ref.primitive.name
            return self._components.ref("schemas", component_name(name), lambda: primitive_schema(type_ref))
        return primitive_schema(type_ref)

    def _one(self, name: str, variant: Variant) -> Json:
        make = self._read if variant is Variant.READ else self._written
        return self._components.ref("schemas", component_name(name, variant.value), lambda: make(name, variant))

    def _is_abstract(self, name: str) -> bool:
        found = self._schema.structured_type(name)
        return found is not None and found.abstract

    def _read(self, name: str, variant: Variant) -> Json:
        declared = self._schema.structured_type(name)
        assert declared is not None, f"{name} is a structured type"
        properties: Json = {part.name: self._property(part) for part in declared.properties if not is_stream(part)}
        for part in declared.navigation_properties:
            properties[part.name] = self._led_to(part)
            if part.collection:
                properties[f"{part.name}@odata.count"] = {"type": "integer", "minimum": 0}
        if isinstance(declared, EntityType) and declared.base is None:
            properties |= _CONTROL
        found: Json = {"type": "object", "title": _local(name), **_described(declared), "properties": properties}
        return found if declared.base is None else {"allOf": [self._one(declared.base, variant)], **found}

    def _led_to(self, navigation: NavigationProperty) -> Json:
        """What is expanded: a single entity may be hidden from the caller, or gone, also where there must be one."""
        found = self.value(navigation.type)
        return found if navigation.collection or navigation.type.nullable else or_null(found)

    def _property(self, part: Property, variant: Variant = Variant.READ) -> Json:
        known = self._members.get((id(part), variant))
        if known is None:
            known = self._members[id(part), variant] = part, self._described_property(part, variant)
        return known[1]

    def _described_property(self, part: Property, variant: Variant) -> Json:
        found = self.value(part.type, variant)
        description = description_of(part.annotations) if variant is Variant.READ else None
        if description is not None:
            found = {**found, "description": description}
        if variant is Variant.READ and is_read_only(part.annotations):
            found = {**found, "readOnly": True}
        return found

    def _demands(self, name: str) -> bool:
        """Whether a body that replaces all properties must state some."""
        keys = self._keys(name)
        stated = [part for part in self._schema.properties(name).values() if _is_stated(part, keys, Variant.REPLACE)]
        return any(self._required(name, stated))

    def _written(self, name: str, variant: Variant) -> Json:
        """A body: the properties that clients state, those of base types included."""
        schema = self._schema
        declared = schema.structured_type(name)
        assert declared is not None, f"{name} is a structured type"
        keys = self._keys(name)
        stated = {part.name: part for part in schema.properties(name).values() if _is_stated(part, keys, variant)}
        properties: Json = {DISCRIMINATOR: {"type": "string", "enum": [f"#{name}"]}}
        properties |= {part.name: self._property(part, variant) for part in stated.values()}
        if variant is Variant.CREATE:
            made = (part for part in stated.values() if self._is_made(name, part))
            properties |= {part.name: or_null(self._property(part, variant)) for part in made}
        if isinstance(declared, EntityType):
            for path, navigation in schema.navigation_properties(name).items():
                properties |= {} if value_path(path) else self._related(navigation, variant)
        found: Json = {"type": "object", "title": f"{_local(name)} ({variant.value})", "properties": properties}
        required = [*self._required(name, stated.values())] if variant is not Variant.UPDATE else []
        if required:
            found["required"] = required
        return found if schema.is_open(name) else {**found, "additionalProperties": False}

    def _keys(self, name: str) -> Collection[str]:
        return {part.path for part in self._schema.key(name)}

    def _required(self, name: str, stated: Collection[Property]) -> Iterator[str]:
        for part in stated:
            is_known = part.default is not None or is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE)
            is_left = part.type.nullable or part.type.collection or is_known or self._is_made(name, part)
            if not (is_left or self._begins(part)):
                yield part.name

    def _is_made(self, name: str, part: Property) -> bool:
        """Whether a property is a key that the service finds a value for where a body states none, or null."""
        if self._keys(name) != {part.name}:
            return False
        sources = [source for known in self._schema.ancestry(name) for source in self._sources.get(known.name, ())]
        found = sources or [EntitySet("", name)]
        return all(named_key(source, self._schema) or numbered_key(source, self._schema) for source in found)

    def _begins(self, part: Property) -> bool:
        """Whether a value can be made of nothing: a complex value none of whose members must be stated."""
        declared = self._schema.structured_type(part.type.name)
        if declared is None or declared.abstract:
            return False
        members = self._schema.properties(part.type.name)
        return not any(self._required(part.type.name, members.values()))

    def _related(self, navigation: NavigationProperty, variant: Variant) -> Json:
        """Links to entities that are there, and such as are made with a new one: changes of 4.0 make none."""
        known = self._members.get((id(navigation), variant))
        if known is None:
            known = self._members[id(navigation), variant] = navigation, self._nested(navigation, variant)
        return known[1]

    def _nested(self, navigation: NavigationProperty, variant: Variant) -> Json:
        link: Json = {"type": "string", "format": "uri-reference", "minLength": 1}
        links: Json = {"type": "array", "items": link} if navigation.collection else link
        bound: Json = {} if navigation.contains_target else {f"{navigation.name}@odata.bind": links}
        if variant is not Variant.CREATE:
            return bound
        nested = self.instance(navigation.target, Variant.CREATE)
        if navigation.collection:
            return {navigation.name: {"type": "array", "items": nested}, **bound}
        return {navigation.name: or_null(nested) if navigation.type.nullable else nested, **bound}


def _is_stated(part: Property, keys: Collection[str], variant: Variant) -> bool:
    """Whether a body may state a property: keys and immutable ones only of what is new."""
    if is_stream(part) or is_read_only(part.annotations):
        return False
    return variant is Variant.CREATE or (part.name not in keys and not is_tagged(part.annotations, IMMUTABLE))


def _enumeration(declared: EnumType, type_ref: TypeRef) -> Json:
    return {"title": _local(declared.name), **primitive_schema(type_ref), **_described(declared)}


def _described(declared: StructuredType | EnumType) -> Json:
    text = description_of(declared.annotations)
    return {"description": text} if text else {}


def _local(name: str) -> str:
    return name.rpartition(".")[2]
