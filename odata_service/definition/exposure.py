"""Types and the tree of paths in, out come the entity sets, the singletons, and which navigation properties contain.

The standard lets an entity be reached through a set, a singleton, or a property that contains it (CSDL 13). Pages show
paths: a first segment that a key follows is a set, one that a name follows a singleton, all others are navigation.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.definition.catalogue import Catalogue
from odata_service.definition.kinds import VERBS, Kinds, own_verbs
from odata_service.definition.naming import entity_set_name, plural
from odata_service.definition.paths import Node, PathTree, nearest_common
from odata_service.definition.query_restrictions import query_restrictions
from odata_service.definition.resource_page import ResourcePage
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.model import (
    ComplexType,
    EntitySet,
    EntityType,
    NavigationProperty,
    Singleton,
    StructuredType,
)
from odata_service.edm.types import IDENTIFIER, NOWHERE
from odata_service.errors import Origin, Problem


class Exposure(Struct):
    """The structured types by name, and what the service exposes of them."""

    catalogue: Catalogue
    kinds: Kinds
    tree: PathTree
    types: dict[str, StructuredType]
    entity_sets: dict[str, EntitySet] = field(default_factory=dict)
    singletons: dict[str, Singleton] = field(default_factory=dict)
    types_of_nodes: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _referenced: dict[str, Origin] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    """The names of sets and singletons in lower case."""
    _reached: set[str] = field(default_factory=set)
    _led_to: set[str] = field(default_factory=set)
    """The types that sets, singletons and paths from there lead to themselves, not as a base type's entities."""
    _ways: dict[str, set[str]] = field(default_factory=dict)
    """The types that paths lead to from entities of each type."""
    _collections: dict[str, list[Node]] = field(default_factory=dict)
    _derived: dict[str, Sequence[str]] = field(default_factory=dict)

    def build(self) -> None:
        """Finds everything that is exposed."""
        self._derived = _derived_of(self.types)
        for node in self.tree.root.walk():
            if node.is_collection and node.types and IDENTIFIER.fullmatch(node.spelled):
                for name in node.types:
                    self._collections.setdefault(name, []).append(node)
        for node in self.tree.root.children.values():
            self._expose_root(node)
        for node in self.tree.root.children.values():
            self._walk(node, self.types_of_nodes.get(id(node)))
        self._reached.clear()
        self._led_to.clear()
        exposed = [found.entity_type for found in self.entity_sets.values()]
        for name in (*exposed, *(found.entity_type for found in self.singletons.values())):
            self._reach(name)
        for name, origin in self._referenced.items():
            if not self._has_set(name):
                self._add_set(name, origin)
        self._expose_unreached()
        self._contain()

    def ancestry(self, name: str) -> list[str]:
        """The type and its bases by name."""
        chain = [name]
        while (declared := self.types.get(chain[-1])) is not None and declared.base is not None:
            chain.append(declared.base)
        return chain

    def member(self, owner: str, name: str) -> NavigationProperty | None:
        """The navigation property of a type, its bases or its subtypes, in any letter case."""
        wanted = name.lower()
        for part in (*self.ancestry(owner), *self._derived.get(owner, ())):
            declared = self.types.get(part)
            for known in declared.navigation_properties if declared is not None else ():
                if known.name.lower() == wanted:
                    return known
        return None

    def type_of(self, node: Node) -> str | None:
        """The type of the entities that a node leads to, where it is known."""
        return self.types_of_nodes.get(id(node))

    def _is_entity(self, name: str) -> bool:
        return isinstance(self.types.get(name), EntityType)

    def _evident(self, node: Node) -> str | None:
        """The entity type that requests say a node leads to; of several the one that the segment is called after."""
        names = [name for name, _ in node.types.most_common() if self._is_entity(name)]
        called = next((name for name in names if _is_called(node.name, name, is_collection=True)), None)
        return (
            called
            or nearest_common(names, self.ancestry)
            or next((name for name, _ in node.hints.most_common(1)), None)
        )

    def _expose_root(self, node: Node) -> None:
        """Makes an entity set or singleton of a path's first segment, where its type is known."""
        if node.is_key or not IDENTIFIER.fullmatch(node.spelled):
            return
        name = self._evident(node) or self._called(node.name, is_collection=node.is_collection)
        if name is None or not (node.types or node.children):
            return
        self.types_of_nodes[id(node)] = name
        origin = node.origin or NOWHERE
        if node.is_collection:
            self._add_set(name, origin, node.spelled)
        else:
            self._taken.add(node.spelled.lower())
            self.singletons[node.spelled] = Singleton(node.spelled, name, origin=origin)

    def _called(self, segment: str, *, is_collection: bool) -> str | None:
        """The entity type that a segment is called after: in the plural for a collection."""
        for page in self.catalogue.types.values():
            if _is_called(segment, page.name, is_collection=is_collection) and self._is_entity(page.name):
                return page.name
        return None

    def _walk(self, node: Node, owner: str | None) -> None:
        """Follows the paths below a node, whose entities have the type `owner`."""
        for child in node.children.values():
            if child.is_key:
                self._walk(child, owner)
            elif "." in child.name:
                cast = self.catalogue.types.get(child.name.lower())
                self._keep(child, cast.name if cast is not None else None)
            else:
                self._keep(child, self._step(child, owner))

    def _keep(self, node: Node, name: str | None) -> None:
        if name is not None:
            self.types_of_nodes[id(node)] = name
        self._walk(node, name)

    def _step(self, node: Node, owner: str | None) -> str | None:
        """The type that a segment leads to from entities of a type; a property that no page lists is added."""
        evident = self._evident(node)
        if owner is None:
            return evident or (None if node.is_collection else self._called(node.name, is_collection=False))
        known = self.member(owner, node.name)
        if known is None and evident is not None and self._may_add(owner, node):
            known = NavigationProperty(
                node.spelled, evident, collection=node.is_collection, origin=node.origin or NOWHERE
            )
            declared = self.types[owner]
            self.types[owner] = replace(declared, navigation_properties=(*declared.navigation_properties, known))
            message = f"'{known.name}' of '{owner}' stands in paths alone; it is read as a navigation property."
            self.problems.append(Problem("info", message, known.origin))
        if known is None:
            return None
        if node.is_referenced:
            self._referenced.setdefault(known.target, known.origin)
        if not self._is_entity(known.target):
            return None
        self._ways.setdefault(owner, set()).add(known.target)
        return known.target

    def _may_add(self, owner: str, node: Node) -> bool:
        """Whether a segment can be a navigation property: a name that no structural property has."""
        parts = (*self.ancestry(owner), *self._derived.get(owner, ()))
        wanted = node.name.lower()
        taken = (known.name.lower() for part in parts if part in self.types for known in self.types[part].properties)
        return self._is_entity(owner) and IDENTIFIER.fullmatch(node.spelled) is not None and wanted not in taken

    def _has_set(self, name: str) -> bool:
        """Whether entities of a type have a set: its own, a base type's, or one of a subtype's."""
        names = {*self.ancestry(name), *self._derived.get(name, ())}
        return any(found.entity_type in names for found in self.entity_sets.values())

    def _add_set(self, name: str, origin: Origin, stated: str | None = None) -> None:
        """Adds an entity set of a type under the stated name, or a free one after the type."""
        page = self.catalogue.types.get(name.lower())
        short = name.rpartition(".")[2]
        wanted = stated or (self._set_name(page) if page is not None else plural(short))
        free = next(choice for choice in _choices(wanted, name) if choice.lower() not in self._taken)
        self._taken.add(free.lower())
        if free != wanted:
            message = f"Another type has the name '{wanted}'; the entity set '{free}' is taken instead."
            self.problems.append(Problem("warning", message, origin))
        capabilities = capabilities_of(page) if page is not None else Capabilities()
        restrictions = query_restrictions(page) if page is not None else ()
        self.entity_sets[free] = EntitySet(
            free, name, capabilities=capabilities, annotations=restrictions, origin=page.origin if page else origin
        )
        self._reach(name)

    def _set_name(self, page: ResourcePage) -> str:
        """The name of a type's set: the last collection segment of its shortest path, else after its Methods rows."""
        nodes = sorted(self._nodes_of(page.name), key=lambda node: (node.depth, node.name))
        labels = [row.label for verb, row in own_verbs(page) if verb == "list"]
        return entity_set_name(page.short_name, [node.spelled for node in nodes], labels)

    def _nodes_of(self, name: str) -> Iterator[Node]:
        """The nodes of collections of a type or of a base type."""
        for node in self._collections.get(name, ()):
            if self._evident(node) in self.ancestry(name):
                yield node

    def _expose_unreached(self) -> None:
        """Adds sets for entities that methods speak of and that no path leads to; the nearest ones first."""
        depths: dict[str, int] = {}
        for node in self.tree.root.walk():
            for name in node.types:
                depths[name] = min(depths.get(name, node.depth), node.depth)
        pages = [page for page in self.catalogue.types.values() if self.kinds.is_entity(page)]
        spoken = [page for page in pages if any(True for _ in own_verbs(page))]
        for page in sorted(spoken, key=lambda page: (depths.get(page.name, 0), len(self.ancestry(page.name)))):
            if not self._is_led_to(page.name) and self.kinds.key(page):
                self._add_set(self._shared(page.name), page.origin)
        if not self.entity_sets and not self.singletons:
            for page in pages:
                if not self.types[page.name].abstract and self.kinds.key(page) and not self._has_set(page.name):
                    self._add_set(page.name, page.origin)

    def _is_led_to(self, name: str) -> bool:
        """Whether paths lead to entities of a type, or to a base type where requests for the type go."""
        return name in self._led_to or (name in self._collections and self._shared(name) in self._reached)

    def _shared(self, name: str) -> str:
        """The type that the paths to entities of a type lead to: itself, or a base type."""
        return next((found for node in self._nodes_of(name) if (found := self._evident(node)) is not None), name)

    def _reach(self, name: str) -> None:
        """Notes that entities of a type are exposed, and with them all that paths lead to from there."""
        self._led_to.add(name)
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in self._reached:
                self._reached.add(current)
                waiting.extend(self._derived.get(current, ()))
                for part in self.ancestry(current):
                    self._led_to.update(self._ways.get(part, ()))
                    waiting.extend(self._ways.get(part, ()))

    def _contain(self) -> None:
        """Makes the navigation properties contain what has no set of its own (CSDL 8.6)."""
        for name, declared in self.types.items():
            if isinstance(declared, ComplexType) or not declared.navigation_properties:
                continue
            self.types[name] = replace(
                declared,
                navigation_properties=tuple(
                    replace(known, contains_target=self._is_entity(known.target) and not self._has_set(known.target))
                    for known in declared.navigation_properties
                ),
            )


def _is_called(segment: str, name: str, *, is_collection: bool) -> bool:
    """Whether a segment is called after a type: in the plural, too, for a collection."""
    wanted, short = segment.lower(), name.rpartition(".")[2].lower()
    return wanted == short or (is_collection and wanted == plural(short))


def capabilities_of(page: ResourcePage) -> Capabilities:
    """What the Methods rows of a type allow; everything where none of them speaks of the type."""
    allowed = {VERBS[verb] for verb, _ in own_verbs(page)}
    return Capabilities(**{name: name in allowed for name in VERBS.values()}) if allowed else Capabilities()


def _choices(wanted: str, name: str) -> Iterator[str]:
    """The names that a set can have, best first."""
    namespace, _, short = name.rpartition(".")
    yield wanted
    yield plural(short)
    yield f"{namespace.rpartition('.')[2]}{short[0].upper()}{plural(short)[1:]}"
    number = 2
    while True:
        yield f"{wanted}_{number}"
        number += 1


def _derived_of(types: Mapping[str, StructuredType]) -> dict[str, Sequence[str]]:
    """All subtypes of each type, at any distance."""
    found: dict[str, list[str]] = {}
    for name, declared in types.items():
        base = declared.base
        while base is not None:
            found.setdefault(base, []).append(name)
            parent = types.get(base)
            base = parent.base if parent is not None else None
    return dict(found)
