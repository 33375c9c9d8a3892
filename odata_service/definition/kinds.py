"""The catalogue of pages in, which of their types are entity types out, and their keys (CSDL 6, 9).

A page says neither outright: `keyProperty` stands on five of six entities' pages and on some complex types'.
"""

from collections.abc import Iterator, Mapping

from odata_service.definition.catalogue import ENTITY_BASES, Catalogue
from odata_service.definition.resource_page import REFERENCE_VERBS, MethodRow, ResourcePage
from odata_service.edm.types import IDENTIFIER
from odata_service.errors import Problem

VERBS: Mapping[str, str] = {
    "list": "readable",
    "get": "readable_by_key",
    "create": "insertable",
    "post": "insertable",
    "update": "updatable",
    "patch": "updatable",
    "delete": "deletable",
    "read": "readable_by_key",
    "retrieve": "readable_by_key",
    "add": "insertable",
    "replace": "updatable",
    "put": "updatable",
    "edit": "updatable",
    "modify": "updatable",
    "remove": "deletable",
}
"""What each verb of a Methods row allows, as a field of `Capabilities`."""


class Kinds:
    """Which types are entity types, and what their keys are."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self._entities = {page.name for page in catalogue.types.values() if _says_entity(page)}
        self._judge_by_uses()
        self._spread()
        self._keys: dict[str, tuple[str, ...]] = {}

    def is_entity(self, page: ResourcePage) -> bool:
        """Whether the page's type is an entity type."""
        return page.name in self._entities

    def key(self, page: ResourcePage) -> tuple[str, ...]:
        """The key of an entity type, its own or an inherited one; empty for a base type that leaves it to others."""
        base = self.catalogue.base_of(page)
        return (self.key(base) if base is not None else ()) or self.own_key(page)

    def own_key(self, page: ResourcePage) -> tuple[str, ...]:
        """The key that a type declares itself; empty where it inherits one."""
        known = self._keys.get(page.name)
        if known is None:
            base = self.catalogue.base_of(page)
            known = () if base is not None and self.key(base) else self._stated_key(page)
            self._keys[page.name] = known
        return known

    def _stated_key(self, page: ResourcePage) -> tuple[str, ...]:
        """`keyProperty`, else the `id` of the base type `entity`, else the rows that say Key, else `id`.

        `id` is not assumed where derived types have keys of their own.

        Without an `id` the only member that the JSON calls an identifier is the key.
        """
        spelling = {row.name.lower(): row.name for row in page.properties}
        stated = tuple(part for part in page.stated_key if IDENTIFIER.fullmatch(part))
        if not stated and _is_bare_entity(page) and "id" in spelling:
            return (spelling["id"],)
        stated = stated or tuple(row.name for row in page.properties if row.statements.key)
        for part in stated:
            if spelling.get(part.lower(), part) != part:
                message = (
                    f"The key is '{part}' in the annotation and '{spelling[part.lower()]}' in the table, which counts."
                )
                self.problems.append(Problem("warning", message, page.origin))
        if not stated and "id" not in spelling and "id" not in page.example.members:
            shown = [name for name, value in page.example.members.items() if _is_identifier(value)]
            if len(shown) == 1:
                return (spelling.get(shown[0].lower(), shown[0]),)
            derived = list(self._descendants(page))
            if derived and all(other.stated_key not in ((), ("id",)) for other in derived):
                return ()
        return tuple(spelling.get(part.lower(), part) for part in stated or ("id",))

    def _descendants(self, page: ResourcePage) -> Iterator[ResourcePage]:
        for child in self.catalogue.derived_from(page):
            yield child
            yield from self._descendants(child)

    def _judge_by_uses(self) -> None:
        """A type with a key alone that is a property's type is complex; relationships lead to entity types."""
        as_value, as_target = self._used(relationships=False), self._used(relationships=True)
        for page in self.catalogue.types.values():
            if page.name in as_target - as_value:
                self._entities.add(page.name)
            elif page.name in (as_value - as_target) & self._entities and not _says_so_surely(page):
                self._entities.discard(page.name)
                message = (
                    f"'{page.name}' has a key, but properties have it as their type: it is read as a complex type."
                )
                self.problems.append(Problem("warning", message, page.origin))

    def _used(self, *, relationships: bool) -> set[str]:
        """The names of the types that rows of one of the two tables lead to."""
        found = set()
        for page in self.catalogue.types.values():
            for row in page.relationships if relationships else page.properties:
                if row.type.primitive is None and row.type.name:
                    used = self.catalogue.lookup(row.type, page)
                    if isinstance(used, ResourcePage) and used is not page:
                        found.add(used.name)
        return found

    def _spread(self) -> None:
        """What derives from an entity type is one, and so is what an entity type derives from."""
        for page in self.catalogue.types.values():
            chain = self.catalogue.ancestry(page)
            if any(part.name in self._entities for part in chain):
                first = next(place for place, part in enumerate(chain) if part.name in self._entities)
                self._entities.update(part.name for part in (*chain[: first + 1], *chain[first:]))


def own_verbs(page: ResourcePage) -> Iterator[tuple[str, MethodRow]]:
    """The verbs of the Methods rows that speak of the page's own type."""
    for row in page.methods:
        if row.verb in VERBS and page.returns_itself(row):
            yield row.verb, row


def _says_entity(page: ResourcePage) -> bool:
    """Whether a key, an identifier, or what else entities alone have says so."""
    return bool(
        page.stated_key
        or _is_identifier(page.example.members.get("id"))
        or any(row.statements.key for row in page.properties)
        or _says_so_surely(page)
    )


def _is_bare_entity(page: ResourcePage) -> bool:
    """Whether the base type is the one that has an `id` as its key and nothing else."""
    return page.base is not None and page.base.name.rpartition(".")[2].lower() == "entity"


def _is_identifier(value: object) -> bool:
    """Whether the JSON calls a member an identifier: `"String (identifier)"`."""
    return isinstance(value, str) and "identifier" in value.lower()


def _says_so_surely(page: ResourcePage) -> bool:
    """Whether methods, relationships or the base type say so, which complex types' pages do not have by mistake."""
    return bool(
        any(row.verb in VERBS and row.verb not in REFERENCE_VERBS for row in page.methods)
        or any(row.type.primitive is None for row in page.relationships)
        or (page.base is not None and page.base.name.rpartition(".")[2].lower() in ENTITY_BASES)
    )
