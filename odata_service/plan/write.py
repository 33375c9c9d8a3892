"""A typed request body becomes an `Insert` or `Update` and the values for it (Protocol 11.4.2 to 11.4.4).

Keys and computed properties in the body of an update are ignored, as the standard demands; what a create leaves out is
the default or null. Which properties a body states decides the plan: its `Outline` is made once and serves all bodies
that state the same. What an update states of a complex value is merged into the one that is there: `Outline.before`
says which leaves are to be read for it.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.annotations import (
    COMPUTED,
    COMPUTED_DEFAULT_VALUE,
    EXISTING,
    IMMUTABLE,
    is_read_only,
    is_tagged,
)
from odata_service.edm.capabilities import NON_INSERTABLE, NON_UPDATABLE, restricted_paths
from odata_service.edm.kept import keep_members, recall_members
from odata_service.edm.leaves import DYNAMIC, Leaf, is_plain, is_tagged_value
from odata_service.edm.made_keys import made_key, numbered_key
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.structured import ComplexValue, Value
from odata_service.edm.types import kind_of
from odata_service.edm.values import PrimitiveValue, fit
from odata_service.errors import PayloadError, together
from odata_service.plan.model import Delete, Insert, Update, Write
from odata_service.plan.source import key_of
from odata_service.plan.values import (
    POINTS_IN_TIME,
    LeafValues,
    Stated,
    as_computed,
    gathered,
    initial_value,
    merged,
    merged_dynamic,
    spread,
    value_properties,
    whole,
)

Values = tuple[PrimitiveValue | None, ...]


class Place(Struct, frozen=True):
    """Where an entity is written: the source that it lives in, its own type, and its key there where it has one.

    `computes` tells that the service itself writes, which may set what clients may not.
    """

    source: EntitySet
    entity_type: str
    key: Values = ()
    computes: bool = False

    def path(self, name: str, schema: Schema) -> str:
        """The path of a property of the entity in its source."""
        if self.entity_type == self.source.entity_type:
            return name
        return schema.member_path(self.source.entity_type, self.entity_type, name)


class Change(Struct, frozen=True):
    """A write and the values it runs with, in the order that its plan states; plans of one shape are equal."""

    plan: Write
    values: Values
    shape: Hashable


class _Part(Struct, frozen=True):
    """A stated property that is more than a plain value: its path among all entities of the source."""

    path: str
    property: Property
    merges: bool


class Outline(Struct, frozen=True):
    """A write of certain properties whatever their values: its plan, and where each value comes from.

    `before` are the leaves whose values must be known before; `constants` has what no body decides, and null elsewhere;
    `plain` the places of stated values that are one leaf. The leaves of all others stand at `places` by their path.
    """

    plan: Insert | Update | Delete
    shape: Hashable
    before: tuple[Leaf, ...] = ()
    constants: Values = ()
    plain: tuple[tuple[int, str], ...] = ()
    parts: tuple[_Part, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)

    def change(self, place: Place, stated: Stated, schema: Schema, current: LeafValues | None = None) -> Change:
        """The write with the values that a body states; `current` has those of `before`."""
        values = list(self.constants)
        for number, name in self.plain:
            values[number] = stated[name]  # type: ignore[assignment]  # of a primitive type
        known = current or {}
        for part in self.parts:
            self._fill(values, self._leaves(part, stated[part.property.name], known, schema))
        if DYNAMIC in self.places:
            text = known.get(DYNAMIC)
            before = recall_members(str(text), schema) if text is not None else {}
            after = merged_dynamic(before, _dynamic(stated, place.entity_type, schema), "", schema)
            values[self.places[DYNAMIC]] = keep_members(after, place.entity_type, schema)
        return Change(self.plan, (*values, *place.key), self.shape)

    def _fill(self, values: list[PrimitiveValue | None], leaves: Iterable[tuple[str, PrimitiveValue | None]]) -> None:
        for path, value in leaves:
            number = self.places.get(path)
            if number is not None:
                values[number] = value

    def _leaves(
        self, part: _Part, stated: Value, known: LeafValues, schema: Schema
    ) -> Iterable[tuple[str, PrimitiveValue | None]]:
        declared = part.property
        if part.merges:
            before = gathered(part.path, declared.type, known, schema)
            value = merged(before, stated, declared.type, declared.name, schema)
        else:
            value = whole(stated, declared.type, declared.name, schema)
        return spread(part.path, value, declared.type, schema)


def stated_names(stated: Collection[str], entity_type: str, schema: Schema) -> frozenset[str]:
    """What bodies of one outline have in common: the declared properties they state, and whether there are others."""
    if not schema.is_open(entity_type):
        return frozenset(stated)
    declared = schema.properties(entity_type)
    return frozenset(name if name in declared else DYNAMIC for name in stated)


def outline_insert(place: Place, names: Collection[str], schema: Schema) -> Outline:
    """The creation of an entity by bodies that state these: every leaf has a value but those that the database makes.

    `Incomplete` names each property that must have a value and has none.
    """
    source, key = place.source, [leaf for _, leaf in key_of(place.source, schema)]
    keys, left_out, numbered = {leaf.path for leaf in key}, set(), numbered_key(source, schema)
    number = numbered.path if numbered is not None else None
    draft = _Draft(place, schema)
    restricted, faults = restricted_paths(source.annotations, *NON_INSERTABLE), list[PayloadError]()
    for part in value_properties(place.entity_type, schema).values():
        is_key = part.name in keys
        if _is_left_out(part, source, names, is_key=is_key) or (part.name == number and part.name not in names):
            left_out.add(place.path(part.name, schema))
        elif part.name in names and (is_key or place.computes or not _is_ignored(part, restricted)):
            draft.take(part)
        else:
            begins = part.name in restricted or is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE)
            known = as_computed(part) if begins else part
            try:
                draft.fix(known, initial_value(known, {}, part.name, schema, takes_computed=is_key))
            except PayloadError as fault:
                faults.append(fault)
    if faults:
        raise together(faults)
    if schema.is_open(place.entity_type):
        draft.known[DYNAMIC] = None
    generated = tuple(leaf for leaf in key if leaf.path in left_out)
    is_numbered = number in left_out
    insert = Insert(source, place.entity_type, draft.leaves(), generated, draft.begun(), numbered=is_numbered)
    return draft.outline(insert, "insert")


def outline_patch(place: Place, names: Collection[str], schema: Schema) -> Outline:
    """A change by bodies that state these properties, of those alone."""
    draft = _Draft(place, schema)
    for part in _changeable(place, schema, computes=place.computes):
        if part.name in names:
            draft.take(part, merges=_merges(part))
    if DYNAMIC in names:
        draft.known[DYNAMIC] = None
        draft.before.append(DYNAMIC)
    return draft.outline(_update(place, draft.leaves(), schema), "update")


def outline_set(place: Place, names: Collection[str], schema: Schema) -> Outline:
    """A change of these properties alone, to values that are whole; of dynamic properties all are stated."""
    draft = _Draft(place, schema)
    for part in _changeable(place, schema, computes=place.computes):
        if part.name in names:
            draft.take(part)
    if DYNAMIC in names:
        draft.known[DYNAMIC] = None
    return draft.outline(_update(place, draft.leaves(), schema), "update")


def outline_replace(place: Place, names: Collection[str], schema: Schema) -> Outline:
    """A change of all updatable properties by bodies that state these: what is not stated is its default or null.

    What has a default that only the database or the service knows stays as it is.
    """
    draft = _Draft(place, schema)
    for_clients = {part.name for part in _changeable(place, schema)}
    for part in _changeable(place, schema, computes=place.computes):
        if part.name in names:
            draft.take(part)
        elif part.name in for_clients and not is_tagged(part.annotations, COMPUTED_DEFAULT_VALUE):
            draft.fix(part, initial_value(part, {}, part.name, schema))
    if schema.is_open(place.entity_type):
        draft.known[DYNAMIC] = None
    return draft.outline(_update(place, draft.leaves(), schema), "update")


def outline_delete(place: Place, names: Collection[str], schema: Schema) -> Outline:
    """The end of one entity, which states nothing."""
    key = tuple(leaf for _, leaf in key_of(place.source, schema))
    shape = ("delete", place.source.name)
    return Outline(Delete(place.source, place.entity_type, key), shape)


def guarded(change: Change) -> Change:
    """The change of an entity that has one of the versions given with it, and no other."""
    assert isinstance(change.plan, Update | Delete), "what is created has no version yet"
    return Change(replace(change.plan, guarded=True), change.values, ("guarded", change.shape))


def with_key(stated: Stated, place: Place, schema: Schema) -> Stated:
    """What is stated of a new entity, with its key in place of what is stated of that.

    `PayloadError` for a key that no entity can have: a URL may name one, and finds nothing.
    """
    result = dict(stated)
    for (_, leaf), value in zip(key_of(place.source, schema), place.key, strict=True):
        try:
            fitted = value if value is None else fit(value, leaf.type)
        except ValueError as error:
            raise PayloadError(f"Property '{leaf.path}': {error}", target=leaf.path) from error
        result = _with_value(result, leaf.path, fitted, place.entity_type, schema)
    return result


def _changeable(place: Place, schema: Schema, *, computes: bool = False) -> tuple[Property, ...]:
    """The properties of an entity that an update may change where it lives: others in its body are ignored."""
    found = updatable_properties(place.entity_type, schema, computes=computes)
    restricted = () if computes else restricted_paths(place.source.annotations, *NON_UPDATABLE)
    return tuple(part for part in found if part.name not in restricted) if restricted else found


def updatable_properties(entity_type: str, schema: Schema, *, computes: bool = False) -> tuple[Property, ...]:
    """The properties that an update may change: neither key nor, but for the service itself, computed or immutable."""
    keys = {part.path for part in schema.key(entity_type)}
    return tuple(
        part
        for part in value_properties(entity_type, schema).values()
        if part.name not in keys
        and (computes or not (is_read_only(part.annotations) or is_tagged(part.annotations, IMMUTABLE)))
    )


def _is_ignored(part: Property, restricted: Collection[str]) -> bool:
    """Whether the value of a property in the body of a create is ignored (Protocol 11.4.2)."""
    return is_read_only(part.annotations) or part.name in restricted


def _tells_time(part: Property | Leaf) -> bool:
    """Whether a value must be there, and tells of a point in time."""
    return not part.type.nullable and part.default is None and kind_of(part.type) in POINTS_IN_TIME


def ignored_names(place: Place, schema: Schema, *, is_new: bool) -> frozenset[str]:
    """The properties whose values in the body of a create or an update are ignored."""
    if place.computes:
        return frozenset()
    known = value_properties(place.entity_type, schema).values()
    if not is_new:
        taken = {part.name for part in _changeable(place, schema)}
        return frozenset(part.name for part in known if part.name not in taken)
    made = made_key(place.source, schema)
    keys = {leaf.path for _, leaf in key_of(place.source, schema) if made is None}
    restricted = restricted_paths(place.source.annotations, *NON_INSERTABLE)
    return frozenset(part.name for part in known if part.name not in keys and _is_ignored(part, restricted))


def is_made_below(part: Property, entity_set: EntitySet) -> bool:
    """Whether the database gives a property a value where none is stated: tables that others made may do so."""
    if not part.annotations or not is_tagged(entity_set.annotations, EXISTING):
        return False
    return any(is_tagged(part.annotations, term) for term in (COMPUTED, COMPUTED_DEFAULT_VALUE))


def _is_left_out(part: Property, entity_set: EntitySet, stated: Collection[str], *, is_key: bool) -> bool:
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


class _Draft(Struct):
    """An outline in the making: its leaves by path with what is known of their values."""

    place: Place
    schema: Schema
    known: LeafValues = field(default_factory=dict)
    plain: list[tuple[str, str]] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    now: set[str] = field(default_factory=set)

    def take(self, part: Property, *, merges: bool = False) -> None:
        """The leaves of a property that bodies state."""
        path = self.place.path(part.name, self.schema)
        if is_plain(part.type):
            self.known[path] = None
            self.plain.append((path, part.name))
            return
        below = _below(path, self.place, self.schema)
        self.known.update(dict.fromkeys(below))
        self.parts.append(_Part(path, part, merges))
        self.now.update(self._times(part, path))
        if merges:
            self.before += below

    def fix(self, part: Property, value: Value) -> None:
        """The leaves of a property whose value no body decides, those that it does not have as null."""
        path = self.place.path(part.name, self.schema)
        self.now.update(self._times(part, path))
        if is_plain(part.type):
            assert value is None or isinstance(value, PrimitiveValue), "values of primitive types are primitive"
            self.known[path] = value
        else:
            self.known.update(dict.fromkeys(_below(path, self.place, self.schema)))
            self.known.update(spread(path, value, part.type, self.schema))

    def leaves(self) -> tuple[Leaf, ...]:
        """All leaves in their order."""
        known = self.schema.leaves(self.place.source.entity_type)
        return tuple(known[path] for path in self.known)

    def _times(self, part: Property, path: str) -> Iterator[str]:
        """The leaves of a property that begin as the time of the creation, as those of a computed one do."""
        if is_plain(part.type):
            if is_read_only(part.annotations) and _tells_time(part):
                yield path
            return
        known = self.schema.leaves(self.place.source.entity_type)
        for below in _below(path, self.place, self.schema):
            if _tells_time(known[below]) and any(map(is_read_only, (part.annotations, known[below].annotations))):
                yield below

    def begun(self) -> tuple[int, ...]:
        """The places of the leaves that begin as the time of the creation."""
        return tuple(number for number, path in enumerate(self.known) if path in self.now)

    def outline(self, plan: Insert | Update, kind: str) -> Outline:
        """The outline of a plan with leaves of this draft: an update has none of the key."""
        paths = tuple(leaf.path for leaf in plan.leaves)
        places = {path: number for number, path in enumerate(paths)}
        known = self.schema.leaves(self.place.source.entity_type)
        return Outline(
            plan,
            (
                kind,
                self.place.source.name,
                self.place.entity_type,
                paths,
                plan.begun if isinstance(plan, Insert) else (),
            ),
            tuple(known[path] for path in self.before),
            tuple(self.known[path] for path in paths),
            tuple((places[path], name) for path, name in self.plain if path in places),
            tuple(self.parts),
            places if self.parts or DYNAMIC in places else {},
        )


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


def _update(place: Place, leaves: Sequence[Leaf], schema: Schema) -> Update:
    keys = tuple(leaf for _, leaf in key_of(place.source, schema))
    known = {leaf.path for leaf in keys}
    return Update(place.source, place.entity_type, tuple(leaf for leaf in leaves if leaf.path not in known), keys)
