"""A typed request body becomes an `Insert` or `Update` and the values for it (Protocol 11.4.2 to 11.4.4).

Keys and computed properties in the body of an update are ignored, as the standard demands; what a create leaves out is
the default or null. What an update states of a complex value is merged into the one that is there, so that its plan
needs to know it: `merged_leaves` says which leaves are to be read before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from odata_service.edm.annotations import COMPUTED, COMPUTED_DEFAULT_VALUE, EXISTING, IMMUTABLE, is_tagged
from odata_service.edm.kept import keep_members, recall_members
from odata_service.edm.leaves import DYNAMIC, Leaf, is_plain, is_tagged_value
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.structured import ComplexValue, Value
from odata_service.edm.types import kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import Delete, Insert, Update, Write
from odata_service.plan.read import key_of
from odata_service.plan.values import (
    LeafValues,
    Stated,
    gathered,
    initial_value,
    merged,
    merged_dynamic,
    spread,
    value_properties,
    whole,
)

Values = tuple[PrimitiveValue | None, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity is written: the source that it lives in, its own type, and its key there where it has one."""

    source: EntitySet
    entity_type: str
    key: Values = ()

    def path(self, name: str, schema: Schema) -> str:
        """The path of a property of the entity in its source."""
        if self.entity_type == self.source.entity_type:
            return name
        return schema.member_path(self.source.entity_type, self.entity_type, name)


@dataclass(frozen=True, slots=True)
class Change:
    """A write and the values it runs with, in the order that its plan states."""

    plan: Write
    values: Values


def plan_insert(place: Place, stated: Stated, schema: Schema) -> Change:
    """The creation of an entity: every leaf has a value, stated or not, save those that the database makes.

    `PayloadError` names a property that must have a value and has none.
    """
    source, key = place.source, [leaf for _, leaf in key_of(place.source, schema)]
    keys = {leaf.path for leaf in key}
    found: LeafValues = {}
    left_out = set()
    for part in value_properties(place.entity_type, schema).values():
        is_key = part.name in keys
        if _is_left_out(part, source, stated, is_key=is_key):
            left_out.add(place.path(part.name, schema))
        else:
            value = initial_value(part, stated, part.name, schema, takes_computed=is_key)
            _spread(found, place, part, value, schema)
    found.update(_spread_dynamic(place, {}, stated, schema))
    leaves = schema.leaves(source.entity_type)
    generated = tuple(leaf for leaf in key if leaf.path in left_out)
    insert = Insert(source, place.entity_type, tuple(leaves[path] for path in found), generated)
    return Change(insert, tuple(found.values()))


def merged_leaves(place: Place, stated: Stated, schema: Schema) -> tuple[Leaf, ...]:
    """The leaves that a patch has to know before it changes them."""
    parts = [part for part in updatable_properties(place.entity_type, schema) if part.name in stated and _merges(part)]
    paths = [path for part in parts for path in _below(place.path(part.name, schema), place, schema)]
    if _dynamic(stated, place.entity_type, schema):
        paths.append(DYNAMIC)
    leaves = schema.leaves(place.source.entity_type)
    return tuple(leaves[path] for path in paths)


def plan_patch(place: Place, stated: Stated, schema: Schema, *, current: LeafValues | None = None) -> Change:
    """A change of what is stated alone; `current` has the values of `merged_leaves`."""
    known = current or {}
    found: LeafValues = {}
    for part in updatable_properties(place.entity_type, schema):
        if part.name in stated:
            value = stated[part.name]
            if _merges(part):
                before = gathered(place.path(part.name, schema), part.type, known, schema)
                value = merged(before, value, part.type, part.name, schema)
            else:
                value = whole(value, part.type, part.name, schema)
            _spread(found, place, part, value, schema)
    if _dynamic(stated, place.entity_type, schema):
        text = known.get(DYNAMIC)
        before_dynamic = recall_members(str(text), schema) if text is not None else {}
        found.update(_spread_dynamic(place, before_dynamic, stated, schema))
    return _update(place, found, schema)


def plan_replace(place: Place, stated: Stated, schema: Schema) -> Change:
    """A change of all updatable properties: what is not stated goes back to its default or null.

    What has a default that only the database knows stays as it is.
    """
    found: LeafValues = {}
    for part in updatable_properties(place.entity_type, schema):
        if part.name in stated or not is_made_below(part, place.source):
            _spread(found, place, part, initial_value(part, stated, part.name, schema), schema)
    found.update(_spread_dynamic(place, {}, stated, schema))
    return _update(place, found, schema)


def plan_delete(place: Place, schema: Schema) -> Change:
    """The end of one entity."""
    key = tuple(leaf for _, leaf in key_of(place.source, schema))
    return Change(Delete(place.source, place.entity_type, key), place.key)


def guarded(change: Change) -> Change:
    """The change of an entity that has one of the versions given with it, and no other."""
    assert isinstance(change.plan, Update | Delete), "what is created has no version yet"
    return replace(change, plan=replace(change.plan, guarded=True))


def with_key(stated: Stated, place: Place, schema: Schema) -> Stated:
    """What is stated of an entity, with its key in place of what is stated of that."""
    result = dict(stated)
    for (_, leaf), value in zip(key_of(place.source, schema), place.key, strict=True):
        result = _with_value(result, leaf.path, value, place.entity_type, schema)
    return result


def updatable_properties(entity_type: str, schema: Schema) -> tuple[Property, ...]:
    """The properties that an update may change: neither key nor computed nor immutable."""
    keys = {part.path for part in schema.key(entity_type)}
    return tuple(
        part
        for part in value_properties(entity_type, schema).values()
        if part.name not in keys
        and not is_tagged(part.annotations, COMPUTED)
        and not is_tagged(part.annotations, IMMUTABLE)
    )


def is_made_below(part: Property, entity_set: EntitySet) -> bool:
    """Whether the database gives a property a value where none is stated: tables that others made may do so."""
    if not part.annotations or not is_tagged(entity_set.annotations, EXISTING):
        return False
    return any(is_tagged(part.annotations, term) for term in (COMPUTED, COMPUTED_DEFAULT_VALUE))


def _is_left_out(part: Property, entity_set: EntitySet, stated: Stated, *, is_key: bool) -> bool:
    """Whether a create leaves a property to the database: if it computes it, or none is stated.

    A key that is computed may be stated all the same: an upsert names the entity that it creates.
    """
    if not is_made_below(part, entity_set):
        return False
    return part.name not in stated or (is_tagged(part.annotations, COMPUTED) and not is_key)


def _merges(part: Property) -> bool:
    """Whether an update changes a value in part: a complex one, or one that may be."""
    return not part.type.collection and (kind_of(part.type) is None or is_tagged_value(part.type))


def _dynamic(stated: Stated, holder: str, schema: Schema) -> dict[str, Value]:
    declared = schema.properties(holder)
    return {name: value for name, value in stated.items() if name not in declared}


def _spread(found: LeafValues, place: Place, part: Property, value: Value, schema: Schema) -> None:
    """Adds the leaves of a property's value, those that it does not have as null."""
    path = place.path(part.name, schema)
    if is_plain(part.type):
        assert value is None or isinstance(value, PrimitiveValue), "values of primitive types are primitive"
        found[path] = value
    else:
        found.update(dict.fromkeys(_below(path, place, schema)))
        found.update(spread(path, value, part.type, schema))


def _spread_dynamic(place: Place, before: Stated, stated: Stated, schema: Schema) -> LeafValues:
    """The leaf of the dynamic properties, after what is stated of them."""
    if not schema.is_open(place.entity_type):
        return {}
    after = merged_dynamic(before, _dynamic(stated, place.entity_type, schema), "", schema)
    return {DYNAMIC: keep_members(after, place.entity_type, schema)}


def _below(path: str, place: Place, schema: Schema) -> list[str]:
    """The paths of the leaves of a property's value."""
    leaves = schema.leaves(place.source.entity_type)
    return [known for known in leaves if known == path or known.startswith(f"{path}/")]


def _with_value(
    members: Mapping[str, Value], path: str, value: PrimitiveValue | None, holder: str, schema: Schema
) -> dict[str, Value]:
    first, _, rest = path.partition("/")
    if not rest:
        return {**members, first: value}
    inner = members.get(first)
    known = inner if isinstance(inner, ComplexValue) else ComplexValue(schema.properties(holder)[first].type.name)
    return {
        **members,
        first: replace(known, properties=_with_value(known.properties, rest, value, known.type, schema)),
    }


def _update(place: Place, found: LeafValues, schema: Schema) -> Change:
    keys = tuple(leaf for _, leaf in key_of(place.source, schema))
    known = {leaf.path for leaf in keys}
    leaves = schema.leaves(place.source.entity_type)
    changed = tuple(leaves[path] for path in found if path not in known)
    values = tuple(found[leaf.path] for leaf in changed)
    return Change(Update(place.source, place.entity_type, changed, keys), values + place.key)
