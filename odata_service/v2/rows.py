"""How entities are shown: their URIs, what they say of themselves, their members and links (V2 JSON Format 5 to 8).

What is the same for all entities of a set that are shown alike is made once, as a `Layout`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from msgspec import Struct

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import ComplexType, EntitySet
from odata_service.edm.types import TypeRef, kind_of
from odata_service.v2.literals import key_text
from odata_service.v2.options import Wanted
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
        self.of_type = lru_cache(maxsize=1_000)(self._made)
        self.complex_writer = lru_cache(maxsize=None)(self._complex_writer)

    def of(self, row: Row, entity_set: EntitySet, declared: str, wanted: Wanted) -> Layout:
        """The layout of an entity, which may be of a type derived from the declared one."""
        stated = row.get("@odata.type")
        name = str(stated).removeprefix("#") if stated is not None else declared
        return self.of_type(entity_set.name, name, wanted)

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
                links.append((name, f"/{model.way_to(name, type_name, entity_set.entity_type)}"))
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


class Shown(Struct, frozen=True):
    """What is wanted of entities, and how entities of the model are shown."""

    layouts: Layouts
    wanted: Wanted


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
    link = row.get(f"{inner.name}@odata.nextLink")
    return None if link is None else next_of(str(link), inner, uri)


def next_of(link: str, inner: Inner, uri: str) -> str:
    """The same, given V4's next link."""
    options = inner.wanted.query()
    return f"{uri}/{quote(inner.name)}?{options}{'&' if options else ''}$skiptoken={_token_of(link)}"


def following(link: str, path: str, query: str, base_url: str) -> str:
    """The URI of the page behind that which a V2 URL asks for, given V4's next link."""
    kept = [part for part in query.split("&") if part and not _is_token(part)]
    return f"{base_url}{path}?{'&'.join([*kept, f'$skiptoken={_token_of(link)}'])}"


def _token_of(link: str) -> str:
    """The skip token of a next link of V4."""
    return next(quote(value) for name, value in parse_qsl(urlsplit(link).query) if name == "$skiptoken")


def _is_token(option: str) -> bool:
    return unquote(option).lower().startswith("$skiptoken=")


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
