"""Entities in V4's JSON become entities in the verbose JSON of V2 (V2 JSON Format 5 to 8).

What is the same for all entities of a set that are shown alike is made once, as a `Layout`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import Struct

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import ComplexType, EntitySet
from odata_service.edm.types import TypeRef, kind_of
from odata_service.v2.literals import key_text
from odata_service.v2.options import ALL, Wanted
from odata_service.v2.values import Convert, json_writer

Row = Mapping[str, object]


class Inner(Struct, frozen=True):
    """A navigation property whose entities are shown with the entity: where they live, and what of them is shown."""

    name: str
    target: EntitySet
    type: str
    wanted: Wanted
    is_collection: bool


class Layout(Struct, frozen=True):
    """How entities of a type in a set are shown.

    `members` are the properties by name, each with its type and with what makes its value one of V2's JSON. `links` are
    the navigation properties that are links alone, each with the end of its URI; `inner` those that are shown whole.
    """

    type: str
    entity_set: EntitySet
    uri: Callable[[Row], str]
    members: tuple[tuple[str, TypeRef, Convert | None], ...]
    links: tuple[tuple[str, str], ...]
    inner: tuple[Inner, ...]
    is_media: bool


class Layouts:
    """The layouts of a model."""

    def __init__(self, model: V2Model) -> None:
        self.model = model
        self._of = lru_cache(maxsize=1_000)(self._made)
        self.complex_writer = lru_cache(maxsize=None)(self._complex_writer)

    def of(self, row: Row, entity_set: EntitySet, declared: str, wanted: Wanted) -> Layout:
        """The layout of an entity, which may be of a type derived from the declared one."""
        stated = row.get("@odata.type")
        name = str(stated).removeprefix("#") if stated is not None else declared
        return self._of(entity_set.name, name, wanted)

    def _made(self, set_name: str, type_name: str, wanted: Wanted) -> Layout:
        model = self.model
        entity_set = model.entity_sets[set_name]
        inside = dict(wanted.expanded)
        links, inner = [], []
        for name, navigation in model.navigations(type_name).items():
            target = model.target(entity_set, type_name, navigation)
            if target is None:
                continue
            if name in inside:
                inner.append(Inner(name, target, navigation.target, inside[name], navigation.collection))
            elif wanted.shows(name):
                links.append((name, f"/{quote(name)}"))
        return Layout(
            type_name,
            entity_set,
            uri_of(entity_set, model),
            tuple(
                (name, part.type, self.writer(part.type))
                for name, part in model.properties(type_name).items()
                if wanted.shows(name)
            ),
            tuple(links),
            tuple(inner),
            model.schema.has_stream(type_name),
        )

    def writer(self, type_ref: TypeRef) -> Convert | None:
        """What makes a single value of V4's JSON one of V2's; None where it stays."""
        if kind_of(type_ref) is None and isinstance(self.model.schema.types.get(type_ref.name), ComplexType):
            return partial(self._complex, type_ref.name)
        return json_writer(type_ref)

    def _complex(self, declared: str, value: object) -> object:
        assert isinstance(value, dict), "complex values are objects"
        name = str(value.get("@odata.type", declared)).removeprefix("#")
        made: dict[str, object] = {"__metadata": {"type": name}}
        for member, convert in self.complex_writer(name):
            inner = value.get(member)
            made[member] = inner if inner is None or convert is None else convert(inner)
        return made

    def _complex_writer(self, name: str) -> Sequence[tuple[str, Convert | None]]:
        return [(member, self.writer(part.type)) for member, part in self.model.properties(name).items()]


class JsonRows:
    """Writes entities, links and values for one service root, which ends with a slash."""

    def __init__(self, layouts: Layouts, base_url: str) -> None:
        self._layouts = layouts
        self._base_url = base_url

    def entities(self, rows: Sequence[Row], entity_set: EntitySet, declared: str, wanted: Wanted) -> list[object]:
        """The objects of a collection."""
        return [self.entity(row, entity_set, declared, wanted) for row in rows]

    def entity(self, row: Row, entity_set: EntitySet, declared: str, wanted: Wanted = ALL) -> dict[str, object]:
        """The object of one entity."""
        layout = self._layouts.of(row, entity_set, declared, wanted)
        uri = self._base_url + layout.uri(row)
        made: dict[str, object] = {"__metadata": metadata_of(row, layout, uri)}
        for name, _, convert in layout.members:
            value = row.get(name)
            made[name] = value if convert is None or value is None else convert(value)
        for name, ending in layout.links:
            made[name] = {"__deferred": {"uri": uri + ending}}
        for inner in layout.inner:
            made[inner.name] = self._inner(row, inner, uri)
        return made

    def _inner(self, row: Row, inner: Inner, uri: str) -> object:
        value = row.get(inner.name)
        if isinstance(value, dict):
            return self.entity(value, inner.target, inner.type, inner.wanted)
        if not isinstance(value, list):
            return None
        made: dict[str, object] = {"results": self.entities(value, inner.target, inner.type, inner.wanted)}
        following = next_of_inner(row, inner, uri)
        if following is not None:
            made["__next"] = following
        return made


def metadata_of(row: Row, layout: Layout, uri: str) -> dict[str, object]:
    """What is said of an entity beside its members."""
    made: dict[str, object] = {"id": uri, "uri": uri, "type": layout.type}
    etag = row.get("@odata.etag")
    if etag is not None:
        made["etag"] = etag
    if layout.is_media:
        made["content_type"] = row.get("@odata.mediaContentType") or "application/octet-stream"
        made["media_src"] = made["edit_media"] = f"{uri}/$value"
        tag = row.get("@odata.mediaEtag")
        if tag is not None:
            made["media_etag"] = tag
    return made


def next_of_inner(row: Row, inner: Inner, uri: str) -> str | None:
    """The URI of what follows the entities that are shown along a navigation property."""
    token = token_of(row.get(f"{inner.name}@odata.nextLink"))
    if token is None:
        return None
    options = inner.wanted.query()
    return f"{uri}/{quote(inner.name)}?{options}{'&' if options else ''}$skiptoken={token}"


def token_of(link: object) -> str | None:
    """The skip token of a next link of V4."""
    if not isinstance(link, str):
        return None
    return next((quote(value) for name, value in parse_qsl(urlsplit(link).query) if name == "$skiptoken"), None)


def uri_of(entity_set: EntitySet, model: V2Model) -> Callable[[Row], str]:
    """What writes the URI of an entity in a set, relative to the service root."""
    schema, name = model.schema, quote(entity_set.name)
    properties = schema.properties(entity_set.entity_type)
    parts = [(part.path, properties[part.path].type) for part in schema.key(entity_set.entity_type)]
    writers = [(path, key_text(kind_of(type_ref), type_ref.primitive.name)) for path, type_ref in parts]
    if len(writers) == 1:
        [(only, write)] = writers
        return lambda row: f"{name}({write(row[only])})"
    return lambda row: f"{name}({','.join(f'{path}={write(row[path])}' for path, write in writers)})"
