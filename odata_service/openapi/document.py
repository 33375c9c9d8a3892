"""The whole description of a service, piece by piece: it may be as long as a model is large.

(OData to OpenAPI Mapping, 4.) Paths come first, then what they refer to.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import orjson

from odata_service.edm.annotations import LONG_DESCRIPTION, SCHEMA_VERSION, annotation_value, description_of
from odata_service.edm.exposed import ContainerChild, EntitySet, Singleton
from odata_service.edm.model import NavigationProperty, Schema
from odata_service.openapi.batch import batch_item
from odata_service.openapi.calls import CallItems
from odata_service.openapi.components import SECTIONS, Components, Json
from odata_service.openapi.offer import Offer
from odata_service.openapi.operations import Item
from odata_service.openapi.places import Place, entity_at, navigations_at, places_of
from odata_service.openapi.security import security_schemes
from odata_service.openapi.sources import SourceItems
from odata_service.openapi.tools import tools_for

VERSION = "3.1.0"
_DEEPEST = 3
"""How many levels of what contains what have paths of their own."""
_ABOUT = (
    "An OData service. What is read is chosen by the query options of "
    "[OData](https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html): "
    "`$filter`, `$orderby`, `$select`, `$expand` and others."
)
MOST_PATHS = 10_000
"""Where there are so many paths already, those along navigation properties are left out."""
Ahead = tuple[Place, NavigationProperty | None]
"""A place that is to be described, and the property by which it is related, if it is not contained."""


def describe(schema: Schema, offer: Offer, server: str) -> Iterator[bytes]:
    """The description in pieces; `server` is the URL of the service root."""
    yield opening(server)
    yield from rest(schema, offer)


def opening(server: str) -> bytes:
    """The part of a description that says where the service is; all else is the same wherever that is."""
    return b'{"openapi":%b,"servers":%b,' % (orjson.dumps(VERSION), orjson.dumps([{"url": server.rstrip("/") or "/"}]))


def rest(schema: Schema, offer: Offer) -> Iterator[bytes]:
    """What follows the opening, in pieces."""
    components = Components()
    writer = _Writer(schema, offer, components)
    yield orjson.dumps(writer.head())[1:-1] + b',"paths":{'
    yield from _members(writer.paths())
    yield b'},"components":'
    before = b"{"
    for section in SECTIONS:
        yield before + orjson.dumps(section) + b":{"
        yield from _members(components.written(section))
        before = b"},"
    if writer.schemes:
        yield b'},"securitySchemes":' + orjson.dumps(writer.schemes)[:-1]
    yield b"}}}"


def _members(items: Iterable[tuple[str, Json]]) -> Iterator[bytes]:
    before = b""
    for name, value in items:
        yield before + orjson.dumps(name) + b":" + orjson.dumps(value)
        before = b","


class _Writer:
    """Describes one service."""

    def __init__(self, schema: Schema, offer: Offer, components: Components) -> None:
        tools = tools_for(schema, offer, components)
        self._schema, self._items = schema, tools.items
        self._sources, self._calls = SourceItems(tools), CallItems(tools)
        self.schemes = security_schemes(offer.challenge) if offer.challenge else {}

    def head(self) -> Json:
        """What stands between the opening and the paths."""
        found: Json = {"info": self._info(), "security": [{name: []} for name in self.schemes]}
        found["tags"] = list(self._tags())
        return found

    def paths(self) -> Iterator[Item]:
        """Every path, each once: what the container names, then what that leads to, the nearer the earlier."""
        container, told = self._schema.container, 0
        waiting: deque[Ahead] = deque((place, None) for place in places_of(self._schema))
        roots = len(waiting)
        while waiting and (roots > 0 or told < MOST_PATHS):
            roots -= 1
            for item in self._at(*waiting.popleft(), waiting):
                told += 1
                yield item
        for function_import in container.function_imports.values():
            yield from self._calls.imported(function_import)
        for action_import in container.action_imports.values():
            yield from self._calls.imported(action_import)
        yield from batch_item(self._items)

    def _at(self, place: Place, related: NavigationProperty | None, waiting: deque[Ahead]) -> Iterator[Item]:
        """A place, and the entities in it; what these lead to waits."""
        if related is not None:
            yield from self._sources.collection(place) if place.collection else self._sources.entity(place)
            yield from self._sources.references(place, related)
        elif place.collection:
            yield from self._sources.collection(place)
            yield from self._calls.bound_at(place)
            entity = entity_at(place, self._schema)
            if entity is not None:
                yield from self._at(entity, None, waiting)
        else:
            yield from self._sources.entity(place)
            yield from self._calls.bound_at(place)
            waiting.extend(self._ahead(place))

    def _ahead(self, place: Place) -> Iterator[Ahead]:
        """Where the navigation properties of an entity lead."""
        for navigation, target in navigations_at(place, self._schema):
            if target.source is None:
                continue
            if not navigation.contains_target:
                yield target, navigation
            elif target.source.name not in place.way and len(place.way) < _DEEPEST:
                yield target, None

    def _info(self) -> Json:
        schema = self._schema
        namespace = schema.container.name.rpartition(".")[0]
        declared = schema.declared_namespaces.get(namespace)
        annotations = (*schema.container.annotations, *(declared.annotations if declared is not None else ()))
        version = annotation_value(annotations, SCHEMA_VERSION)
        info: Json = {
            "title": description_of(annotations) or f"Service of {namespace}",
            "version": version if isinstance(version, str) else "1",
        }
        text = annotation_value(annotations, LONG_DESCRIPTION)
        return {**info, "description": text if isinstance(text, str) else _ABOUT}

    def _tags(self) -> Iterator[Json]:
        for child in self._schema.container.children():
            text = description_of(child.annotations) or self._described_type(child)
            yield {"name": child.name, **({"description": text} if text else {})}
        yield {"name": "Batch", "description": "Many requests in one."}

    def _described_type(self, child: ContainerChild) -> str | None:
        """What the type of an entity set or a singleton says of itself."""
        if not isinstance(child, EntitySet | Singleton):
            return None
        declared = self._schema.structured_type(child.entity_type)
        return description_of(declared.annotations) if declared is not None else None
