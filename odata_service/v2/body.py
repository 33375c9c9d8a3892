"""Bodies of V2, verbose JSON or Atom, become bodies of V4 (V2 JSON Format 9, Operations 2).

`{"d":{…}}` and the object alone are the same; `__metadata` says the type, and alone the entity that is linked to.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.annotations import COMPUTED_DEFAULT_VALUE, IMMUTABLE, is_read_only, is_tagged
from odata_service.edm.json_text import write_exact
from odata_service.edm.model import ComplexType, NavigationProperty, Property
from odata_service.edm.types import TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value
from odata_service.errors import ODataError, PayloadError
from odata_service.payload import may_refer
from odata_service.payload.read import read_object
from odata_service.settings import Limits
from odata_service.v2.atom import xml_with_urls
from odata_service.v2.document import is_own_link
from odata_service.v2.values import reader

_LINKING = frozenset({"__metadata", "__deferred"})

Readers = Mapping[str, Callable[[object, str], object]]


def object_of(body: bytes, limits: Limits) -> object:
    """What a JSON body says, `d` taken off; `PayloadError` for what is no JSON object."""
    if not body.strip():
        return {}
    value = read_object(body, limits)
    return value["d"] if value.keys() == {"d"} and isinstance(value["d"], dict) else value


def with_v2_urls(body: bytes, media_type: str, url_of: Callable[[str], str], limits: Limits) -> bytes:
    """A body of a batch in which links to `$1` and the like are the URLs that `url_of` makes of these."""
    if "xml" in media_type and b"$" in body:
        return xml_with_urls(body, url_of)
    if "json" not in media_type or not may_refer(body):
        return body

    def replaced(value: object, holder: str) -> object:
        match value:
            case dict():
                uri = value.get("uri")
                is_link = holder in _LINKING or value.keys() == {"uri"}
                if is_link and isinstance(uri, str) and uri.startswith("$"):
                    return {**value, "uri": url_of(uri)}
                return {name: replaced(inner, name) for name, inner in value.items()}
            case list():
                return [replaced(inner, "") for inner in value]
            case _:
                return value

    return write_exact(replaced(read_object(body, limits), "")).encode("utf-8")


class Bodies:
    """Reads bodies for one model; `v4_url` makes the URI of an entity of this service one of V4."""

    def __init__(self, model: V2Model) -> None:
        self._model = model
        self._readers = lru_cache(maxsize=None)(self._readers_of)

    def entity(self, value: object, declared: str, v4_url: Callable[[str], str]) -> dict[str, object]:
        """The object of V4 that states an entity."""
        return self._entity(value, declared, v4_url, "")

    def change(self, value: object, declared: str, v4_url: Callable[[str], str]) -> dict[str, object]:
        """The object of V4 that states a change of an entity; of others it says alone that they are linked to, or none.

        (MS-ODATA, UpdateEntity.)
        """
        made = self.entity(value, declared, v4_url)
        owner = str(made.get("@odata.type", declared)).removeprefix("#")
        found = {name: self._model.navigation_among(owner, name) for name in made}
        for name, navigation in found.items():
            if navigation is None:
                continue
            if made[name] is not None or navigation.collection:
                hint = 'Link to it by {"__metadata":{"uri":"…"}}, or change it at its own URI.'
                raise PayloadError(f"A change does not state what '{name}' leads to.", target=name, hint=hint)
            made[f"{name}@odata.bind"] = made.pop(name)
        return made

    def replacement(self, value: object, declared: str, v4_url: Callable[[str], str]) -> dict[str, object]:
        """A change of an entity that states all of it that V2 shows: what the body leaves out is its default or null.

        So a PUT takes nothing away that V2 does not show.
        """
        made = self.change(value, declared, v4_url)
        name = str(made.get("@odata.type", declared)).removeprefix("#")
        keys = {part.path for part in self._model.schema.key(name)}
        return self._whole(made, name, keys)

    def _whole(self, made: dict[str, object], owner: str, keys: Collection[str] = ()) -> dict[str, object]:
        """The object of V4 for a value, with all properties in it that V2 shows."""
        for name, part in self._model.properties(owner).items():
            if name in made:
                made[name] = self._whole_value(made[name], part)
            elif name not in keys and not _stays(part):
                made[name] = self._beginning(part)
        return made

    def _whole_value(self, value: object, part: Property) -> object:
        if not isinstance(value, dict) or kind_of(part.type) is not None:
            return value
        return self._whole(value, str(value.get("@odata.type", part.type.name)).removeprefix("#"))

    def _beginning(self, part: Property) -> object:
        """The value that a property begins with, as V4's JSON has it."""
        if isinstance(part.default, PrimitiveValue):
            return reader(part.type)(print_value(part.default, part.type), part.name)
        is_complex = kind_of(part.type) is None
        return self._whole({}, part.type.name) if is_complex and not part.type.nullable else None

    def member(self, value: object, name: str, type_ref: TypeRef, *, is_whole: bool = False) -> bytes:
        """The body of V4 that states a property: the value under its name, or a complex value alone.

        `is_whole`: what a complex value leaves out is its default or null.
        """
        is_plain = kind_of(type_ref) is not None
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif is_plain:
            raise PayloadError(f"The body does not state '{name}'.", hint=f'Write {{"{name}":…}}.')
        made = self._value(type_ref)(value, name)
        if is_whole and isinstance(made, dict):
            made = self._whole(made, str(made.get("@odata.type", type_ref.name)).removeprefix("#"))
        return write_exact({"value": made} if is_plain or made is None else made).encode("utf-8")

    def link(self, value: object, v4_url: Callable[[str], str]) -> bytes:
        """The body of V4 that names an entity."""
        uri = value.get("uri") if isinstance(value, dict) else None
        if not isinstance(uri, str):
            raise PayloadError("The body names no entity.", hint='Write {"uri":"…"}.')
        return write_exact({"@odata.id": _v4_url(uri, v4_url, "uri")}).encode("utf-8")

    def _readers_of(self, name: str) -> Readers:
        own, added = self._model.properties(name), self._model.below(name)
        among = {member: self._model.property_among(name, member) for member in (*own, *added)}
        return {member: self._value(part.type) for member, part in among.items() if part is not None}

    def _value(self, type_ref: TypeRef) -> Callable[[object, str], object]:
        if kind_of(type_ref) is None and isinstance(self._model.schema.types.get(type_ref.name), ComplexType):
            return lambda value, path: self._complex(value, type_ref.name, path)
        return reader(type_ref)

    def _complex(self, value: object, declared: str, path: str) -> object:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise PayloadError(f"'{path}' is an object.", target=path, hint="Write {…}.")
        name = self._type_of(value, declared, path)
        readers = self._readers(name)
        made: dict[str, object] = {} if name == declared else {"@odata.type": f"#{name}"}
        for member, inner in value.items():
            if not member.startswith("__"):
                made[member] = self._read(readers, member, inner, f"{path}/{member}", name)
        return made

    def _entity(self, value: object, declared: str, v4_url: Callable[[str], str], path: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise PayloadError("An entity is an object.", target=path or None, hint="Write {…}.")
        name = self._type_of(value, declared, path)
        readers = self._readers(name)
        made: dict[str, object] = {} if name == declared else {"@odata.type": f"#{name}"}
        for member, inner in value.items():
            there = f"{path}/{member}" if path else member
            navigation = self._model.navigation_among(name, member)
            if navigation is not None:
                made.update(self._around(navigation, inner, v4_url, there))
            elif not member.startswith("__"):
                made[member] = self._read(readers, member, inner, there, name)
        return made

    def _read(self, readers: Readers, member: str, value: object, path: str, owner: str) -> object:
        read = readers.get(member)
        if read is None:
            raise PayloadError(
                f"Property '{member[:80]}' is not declared in '{owner}'.", target=path, hint="$metadata lists all."
            )
        return read(value, path)

    def _around(
        self, navigation: NavigationProperty, value: object, v4_url: Callable[[str], str], path: str
    ) -> dict[str, object]:
        """What a body says along a navigation property: entities, links to such, or the link that an answer has."""
        name, target = navigation.name, navigation.target
        if navigation.collection and isinstance(value, dict) and "results" in value:
            value = value["results"]
        if isinstance(value, list):
            if not navigation.collection:
                hint = 'Write {"__metadata":{"uri":"…"}} or an entity.'
                raise PayloadError(f"'{name}' leads to one entity, and not to several.", target=path, hint=hint)
            linked = [_linked(each) for each in value]
            uris = [uri for uri in linked if uri is not None]
            if uris and len(uris) == len(linked):
                return {f"{name}@odata.bind": [_v4_url(uri, v4_url, path) for uri in uris]}
            if uris:
                hint = "Write the one or the other."
                raise PayloadError("A list has both entities and links to such.", target=path, hint=hint)
            return {name: [self._entity(each, target, v4_url, f"{path}/{at}") for at, each in enumerate(value)]}
        if isinstance(value, dict) and "__deferred" in value:
            deferred = value["__deferred"]
            uri = deferred.get("uri") if isinstance(deferred, dict) else None
            if not isinstance(uri, str):
                raise PayloadError("__deferred has no uri.", target=path, hint='Write {"__deferred":{"uri":"…"}}.')
            return {} if is_own_link(uri, name) else {f"{name}@odata.bind": _v4_url(uri, v4_url, path)}
        uri = _linked(value)
        if uri is not None:
            named = _v4_url(uri, v4_url, path)
            return {f"{name}@odata.bind": [named] if navigation.collection else named}
        if value is None:
            return {name: None}
        return {name: self._entity(value, target, v4_url, path)}

    def _type_of(self, value: Mapping[str, object], declared: str, path: str) -> str:
        metadata = value.get("__metadata")
        name = metadata.get("type", declared) if isinstance(metadata, dict) else declared
        name = name.removeprefix("#") if isinstance(name, str) else name
        if name != declared and not (isinstance(name, str) and self._model.schema.is_derived(name, declared)):
            raise PayloadError(
                f"'{str(name)[:80]}' is not '{declared}' or derived from it.",
                target=f"{path}/__metadata/type" if path else "__metadata/type",
                hint=f"Write {declared} or leave it out.",
            )
        return str(name)


def _stays(part: Property) -> bool:
    """Whether a property stays as it is where a PUT leaves it out (Protocol 11.4.3)."""
    terms = (COMPUTED_DEFAULT_VALUE, IMMUTABLE)
    return is_read_only(part.annotations) or any(is_tagged(part.annotations, term) for term in terms)


def _v4_url(uri: str, v4_url: Callable[[str], str], path: str) -> str:
    """The URI of an entity as V4 writes it; `PayloadError` at its path in the body where it is none."""
    try:
        return v4_url(uri)
    except ODataError as error:
        raise PayloadError(f"'{uri[:80]}' names no entity: {error.text}", target=path, hint=error.hint) from error


def _linked(value: object) -> str | None:
    """The URI of the entity that an object links to: one that has nothing but its metadata."""
    if isinstance(value, dict) and set(value) == {"__metadata"} and isinstance(value["__metadata"], dict):
        uri = value["__metadata"].get("uri")
        return uri if isinstance(uri, str) else None
    return None
