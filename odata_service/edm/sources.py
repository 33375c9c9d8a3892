"""Navigation sources: entity sets, singletons, and what entities contain, with where each navigation property leads.

However many paths lead to a containment navigation property, it is one source, named after the type that declares it:
a folder of folders has no end of paths. Bindings with paths are followed to the source that they speak of
(CSDL 8.4, 13.4).
"""

from collections.abc import Iterator

from msgspec.structs import replace

from odata_service.edm.model import (
    EntitySet,
    EntityType,
    NavigationBinding,
    NavigationProperty,
    Property,
    Schema,
    Singleton,
    SourceKind,
    Sources,
)
from odata_service.edm.types import Kind, kind_of

Targets = dict[tuple[str, str], str]
Roots = dict[str, EntitySet]


def with_sources(schema: Schema) -> Schema:
    """The schema with the sources that its container and its types make."""
    return replace(schema, sources=sources_of(schema))


def sources_of(schema: Schema) -> Sources:
    """Every source of a schema; a navigation property that is bound in two ways on two paths leads nowhere."""
    container = schema.container
    singletons = {name: _singleton(found) for name, found in container.singletons.items()}
    roots = {**container.entity_sets, **singletons}
    ways = _Ways(schema)
    found = _with_contained(roots, ways)
    targets: Targets = {
        (owner.name, path): contained.name
        for owner in found.values()
        for path, contained in ways.contained(owner.entity_type).items()
    }
    targets |= _bound(roots, found, schema)
    targets |= _inferred(found, targets, ways)
    streaming = frozenset(name for name, source in found.items() if ways.has_streams(source.entity_type))
    named = streaming | {name for name, source in found.items() if _is_referred_to(source, ways)}
    return Sources(found, {place: target for place, target in targets.items() if target in found}, named, streaming)


class _Ways:
    """What is asked of entity types for each source of them, found out once: many sources may have the same type."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._members: dict[str, tuple[tuple[str, str, NavigationProperty], ...]] = {}
        self._contained: dict[str, dict[str, EntitySet]] = {}
        self._streaming: dict[str, bool] = {}

    def members(self, base: str) -> tuple[tuple[str, str, NavigationProperty], ...]:
        """See `navigation_members`."""
        known = self._members.get(base)
        if known is None:
            known = self._members[base] = tuple(navigation_members(base, self.schema))
        return known

    def contained(self, base: str) -> dict[str, EntitySet]:
        """What entities of a type and of those derived from it contain, by path."""
        known = self._contained.get(base)
        if known is None:
            found = ((path, _contained(owner, part, self.schema)) for path, owner, part in self.members(base))
            known = self._contained[base] = {path: inner for path, inner in found if inner is not None}
        return known

    def has_streams(self, base: str) -> bool:
        """Whether some entities of a type are media entities or have properties that are streams."""
        known = self._streaming.get(base)
        if known is None:
            types = (base, *self.schema.derived_from(base))
            known = any(self.schema.has_stream(name) or self.schema.stream_properties(name) for name in types)
            self._streaming[base] = known
        return known


def navigation_members(base: str, schema: Schema) -> Iterator[tuple[str, str, NavigationProperty]]:
    """The navigation properties of entities of a type and of those derived from it: path, declaring type, property."""
    yield from ((name, base, known) for name, known in schema.navigation_properties(base).items())
    for derived in schema.derived_from(base):
        inherited = schema.navigation_properties(_base(derived, schema))
        parts = schema.navigation_properties(derived)
        if len(parts) > len(inherited):
            own = (known for name, known in parts.items() if name not in inherited)
            yield from ((f"{derived}/{known.name}", derived, known) for known in own)


def _base(derived: str, schema: Schema) -> str:
    _, base, *_ = schema.ancestry(derived)
    return base.name


def has_names(source: EntitySet, schema: Schema) -> bool:
    """Whether a source's entities have names of their own: others refer to them by it, or streams do."""
    return source.name in schema.sources.named


def is_required(navigation: NavigationProperty, source: EntitySet, owner: str, schema: Schema) -> bool:
    """Whether an entity of a source cannot be without what a navigation property leads to.

    What contains an entity is there anyway, and a property that leads to no source is never followed.
    """
    partner = schema.navigation_properties(navigation.target).get(navigation.partner or "")
    leads_back = partner is not None and partner.contains_target
    must_lead = not navigation.collection and not navigation.nullable
    return must_lead and not leads_back and schema.target(source, owner, navigation) is not None


def has_streams(source: EntitySet, schema: Schema) -> bool:
    """Whether some of a source's entities are media entities or have properties that are streams."""
    return source.name in schema.sources.streaming


def _is_referred_to(source: EntitySet, ways: _Ways) -> bool:
    """Whether others refer to entities by more than a key: to those that contain them, or have no key of their own."""
    contains = any(part.contains_target for _, _, part in ways.members(source.entity_type))
    return contains or source.kind is not SourceKind.ENTITY_SET


def is_stream(part: Property) -> bool:
    """Whether a property's value is a stream: kept apart from its entity, under a URL of its own."""
    return kind_of(part.type) is Kind.STREAM


def _singleton(found: Singleton) -> EntitySet:
    return EntitySet(
        found.name,
        found.entity_type,
        found.navigation_bindings,
        found.capabilities,
        annotations=found.annotations,
        origin=found.origin,
        kind=SourceKind.SINGLETON,
        nullable=found.nullable,
    )


def _with_contained(roots: Roots, ways: _Ways) -> dict[str, EntitySet]:
    """The roots, and every containment navigation property that can be reached from them."""
    found = dict(roots)
    waiting = [*dict.fromkeys(root.entity_type for root in reversed(roots.values()))][::-1]
    while waiting:
        for contained in ways.contained(waiting.pop()).values():
            if contained.name not in found:
                found[contained.name] = contained
                waiting.append(contained.entity_type)
    return found


def _contained(owner: str, known: NavigationProperty, schema: Schema) -> EntitySet | None:
    """The source behind a containment navigation property; None where its entities could not be told apart."""
    if not known.contains_target or not isinstance(schema.types.get(known.target), EntityType):
        return None
    if known.collection and not schema.key(known.target):
        return None
    kind = SourceKind.CONTAINED if known.collection else SourceKind.CONTAINED_SINGLE
    first = known.name.partition("/")[0]
    declaring = next(part.name for part in schema.ancestry(owner) if part.declares(first))
    return EntitySet(
        f"{declaring}/{known.name}", known.target, annotations=known.annotations, kind=kind, nullable=known.nullable
    )


def _bound(roots: Roots, found: Roots, schema: Schema) -> Targets:
    """What bindings say, each at the source that its path leads to."""
    targets: Targets = {}
    contradicted = set()
    for root in roots.values():
        for binding in root.navigation_bindings:
            for place in _places(root, binding, found, schema):
                target = binding.target.rpartition("/")[2] if "." in binding.target else binding.target
                if targets.setdefault(place, target) != target:
                    contradicted.add(place)
    return {place: "" if place in contradicted else target for place, target in targets.items()}


def _places(root: EntitySet, binding: NavigationBinding, found: Roots, schema: Schema) -> Iterator[tuple[str, str]]:
    """The sources and paths that a binding speaks of; none where its path leads through no source."""
    yield from _followed(tuple(binding.path.split("/")), (root, root.entity_type), found, schema)


def _followed(
    way: tuple[str, ...], place: tuple[EntitySet, str], found: Roots, schema: Schema
) -> Iterator[tuple[str, str]]:
    """Where the segments of a binding's path lead from a type of entities of a source."""
    source, owner = place
    if "." in way[0]:
        for other in _cast(way[0], source, found, schema) if way[1:] else ():
            yield from _followed(way[1:], (other, way[0]), found, schema)
        return
    known = schema.navigation_properties(owner)
    end = next((end for end in range(1, len(way) + 1) if "/".join(way[:end]) in known), None)
    if end is None:
        return
    navigation = known["/".join(way[:end])]
    if end == len(way):
        yield source.name, schema.member_path(source.entity_type, owner, navigation.name)
        return
    contained = _contained(owner, navigation, schema)
    if contained is not None:
        yield from _followed(way[end:], (contained, contained.entity_type), found, schema)


def _cast(name: str, source: EntitySet, found: Roots, schema: Schema) -> Iterator[EntitySet]:
    """Where entities of a type are: in the source, else, of a type that none there can have, contained below it."""
    if schema.is_derived(name, source.entity_type):
        yield source
    elif schema.structured_type(name) is not None:
        yield from (
            known for known in found.values() if known.is_contained and schema.is_derived(name, known.entity_type)
        )


def _inferred(found: Roots, known: Targets, ways: _Ways) -> Targets:
    """Where nothing is said, a navigation property leads to the one entity set of its type."""
    holders: dict[str, list[str]] = {}
    for entity_set in ways.schema.container.entity_sets.values():
        holders.setdefault(entity_set.entity_type, []).append(entity_set.name)
    targets: Targets = {}
    for source in found.values():
        for path, _, navigation in ways.members(source.entity_type):
            names = holders.get(navigation.target, ())
            if len(names) == 1 and not navigation.contains_target and (source.name, path) not in known:
                targets[source.name, path] = names[0]
    return targets
