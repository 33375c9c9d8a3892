"""What an answer says, as Atom and plain XML; and entries of Atom as the object that verbose JSON would have for them.

(V2 Atom Format 2 to 10; RFC 4287, RFC 5023.) Characters that XML cannot hold are written as U+FFFD.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from lxml import etree

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import ComplexType, EntitySet
from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import ODataError, PayloadError
from odata_service.v2.document import Feed, Links, is_own_link, v2_target, v2_words
from odata_service.v2.options import Wanted
from odata_service.v2.rows import Inner, Layout, Layouts, Row, metadata_of, next_of_inner
from odata_service.v2.values import xml_writer

ATOM = "http://www.w3.org/2005/Atom"
APP = "http://www.w3.org/2007/app"
DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
RELATED = f"{DATA}/related/"

Element = etree._Element
_ENTRY = "application/atom+xml;type=entry"
_FEED = "application/atom+xml;type=feed"
_SERVICE = "application/atomsvc+xml"
_XML = "application/xml"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACES = {"d": DATA, "m": METADATA}
_URIS = frozenset({f"{{{DATA}}}uri", f"{{{METADATA}}}uri"})
"""The element of a link; WCF Data Services writes it in the namespace of metadata."""


class AtomDocuments:
    """Writes answers as Atom; `now` is when they are made, which Atom wants to be told."""

    def __init__(self, layouts: Layouts, now: datetime) -> None:
        self._layouts = layouts
        self._model = layouts.model
        self._now = now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def feed(self, feed: Feed, base_url: str) -> tuple[str, bytes]:
        """A collection of entities."""
        root = _root(ATOM, "feed", base_url)
        self._fill_feed(root, base_url + feed.path, feed.entity_set.name)
        if feed.count is not None:
            _sub(root, METADATA, "count", str(feed.count))
        for row in feed.rows:
            self._entry(_sub(root, ATOM, "entry"), row, (feed.entity_set, feed.type, feed.wanted), base_url)
        if feed.next_link is not None:
            _sub(root, ATOM, "link", rel="next", href=feed.next_link)
        return _FEED, _printed(root)

    def entry(self, row: Row, entity_set: EntitySet, declared: str, wanted: Wanted, base_url: str) -> tuple[str, bytes]:
        """One entity."""
        root = _root(ATOM, "entry", base_url)
        self._entry(root, row, (entity_set, declared, wanted), base_url)
        return _ENTRY, _printed(root)

    def member(self, name: str, type_ref: TypeRef, value: object) -> tuple[str, bytes]:
        """A property, or what a function import gives that is none of entities."""
        root = etree.Element(_name(DATA, name), nsmap=_spaces(DATA) | {"m": METADATA})
        if isinstance(value, list):
            for each in value:
                self._value(_sub(root, DATA, "element"), type_ref.element, each)
        else:
            self._value(root, type_ref, value)
        return _XML, _printed(root)

    def link(self, uri: str) -> tuple[str, bytes]:
        """The one link of an entity along a navigation property."""
        root = etree.Element(_name(DATA, "uri"), nsmap=_spaces(DATA))
        root.text = uri
        return _XML, _printed(root)

    def links(self, links: Links) -> tuple[str, bytes]:
        """The links of an entity along a navigation property of many."""
        root = etree.Element(_name(DATA, "links"), nsmap=_spaces(DATA))
        if links.count is not None:
            etree.SubElement(root, _name(METADATA, "count"), nsmap={"m": METADATA}).text = str(links.count)
        for uri in links.uris:
            _sub(root, DATA, "uri", uri)
        if links.next_link is not None:
            _sub(root, DATA, "next", links.next_link)
        return _XML, _printed(root)

    def service(self, model: V2Model, base_url: str) -> tuple[str, bytes]:
        """The service document."""
        root = _root(APP, "service", base_url)
        workspace = _sub(root, APP, "workspace")
        _sub(workspace, ATOM, "title", "Default")
        for name in model.listed:
            _sub(_sub(workspace, APP, "collection", href=quote(name)), ATOM, "title", name)
        return _SERVICE, _printed(root)

    def error(self, error: ODataError) -> tuple[str, bytes]:
        """A failure."""
        root = etree.Element(_name(METADATA, "error"), nsmap=_spaces(METADATA))
        _sub(root, METADATA, "code", error.code)
        message = _sub(root, METADATA, "message", v2_words(error.message))
        message.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        if error.target is not None:
            _sub(_sub(root, METADATA, "innererror"), METADATA, "target", v2_target(error.target))
        return _XML, _printed(root)

    def _fill_feed(self, feed: Element, uri: str, title: str) -> None:
        _sub(feed, ATOM, "title", title, type="text")
        _sub(feed, ATOM, "id", uri)
        _sub(feed, ATOM, "updated", self._now)
        _sub(feed, ATOM, "link", rel="self", title=title, href=uri)

    def _entry(self, entry: Element, row: Row, shown: tuple[EntitySet, str, Wanted], base_url: str) -> None:
        layout = self._layouts.of(row, *shown)
        path = layout.uri(row)
        uri = base_url + path
        metadata = metadata_of(row, layout, uri)
        if "etag" in metadata:
            entry.set(_name(METADATA, "etag"), str(metadata["etag"]))
        _sub(entry, ATOM, "id", uri)
        _sub(entry, ATOM, "title", "", type="text")
        _sub(entry, ATOM, "updated", self._now)
        _sub(_sub(entry, ATOM, "author"), ATOM, "name", "")
        title = layout.type.rpartition(".")[2]
        _sub(entry, ATOM, "link", rel="edit", title=title, href=path)
        self._links(entry, row, layout, path, base_url)
        _sub(entry, ATOM, "category", term=layout.type, scheme=SCHEME)
        if layout.is_media:
            stream = _sub(entry, ATOM, "link", rel="edit-media", title=title, href=f"{path}/$value")
            if "media_etag" in metadata:
                stream.set(_name(METADATA, "etag"), str(metadata["media_etag"]))
            _sub(entry, ATOM, "content", type=str(metadata["content_type"]), src=f"{path}/$value")
            properties = _sub(entry, METADATA, "properties")
        else:
            properties = _sub(_sub(entry, ATOM, "content", type=_XML), METADATA, "properties")
        for name, type_ref, _ in layout.members:
            self._value(_sub(properties, DATA, name), type_ref, row.get(name))

    def _links(self, entry: Element, row: Row, layout: Layout, path: str, base_url: str) -> None:
        navigations = self._model.navigations(layout.type)
        for name, ending in layout.links:
            media_type = _FEED if navigations[name].collection else _ENTRY
            _sub(entry, ATOM, "link", rel=RELATED + name, type=media_type, title=name, href=path + ending)
        for inner in layout.inner:
            media_type = _FEED if inner.is_collection else _ENTRY
            href = f"{path}/{quote(inner.name)}"
            link = _sub(entry, ATOM, "link", rel=RELATED + inner.name, type=media_type, title=inner.name, href=href)
            self._inline(_sub(link, METADATA, "inline"), row, inner, base_url, path)

    def _inline(self, inline: Element, row: Row, inner: Inner, base_url: str, path: str) -> None:
        value = row.get(inner.name)
        shown = (inner.target, inner.type, inner.wanted)
        if isinstance(value, dict):
            self._entry(_sub(inline, ATOM, "entry"), value, shown, base_url)
        elif isinstance(value, list):
            feed = _sub(inline, ATOM, "feed")
            self._fill_feed(feed, f"{base_url}{path}/{quote(inner.name)}", inner.name)
            for each in value:
                self._entry(_sub(feed, ATOM, "entry"), each, shown, base_url)
            following = next_of_inner(row, inner, base_url + path)
            if following is not None:
                _sub(feed, ATOM, "link", rel="next", href=following)

    def _value(self, element: Element, type_ref: TypeRef, value: object) -> None:
        name = self._model.type_name(type_ref)
        if name is not None and name != "Edm.String":
            element.set(_name(METADATA, "type"), name)
        if value is None:
            element.set(_name(METADATA, "null"), "true")
        elif isinstance(value, dict) and kind_of(type_ref) is None:
            declared = str(value.get("@odata.type", type_ref.name)).removeprefix("#")
            element.set(_name(METADATA, "type"), declared)
            for member, part in self._model.properties(declared).items():
                self._value(_sub(element, DATA, member), part.type, value.get(member))
        else:
            element.text = _text(xml_writer(type_ref)(value))


def read_xml(body: bytes) -> Element:
    """The root of an XML body: without entities, network or DTD; `PayloadError` for what is none."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        raise PayloadError("The body has a DOCTYPE, which is not read.", hint="Leave it out.")
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PayloadError(f"The body is no XML: {error}.", hint="Write an Atom entry.") from error


def object_of_entry(entry: Element, model: V2Model, declared: str) -> dict[str, object]:
    """The object that an entry is in verbose JSON, values as text."""
    if entry.tag != _name(ATOM, "entry"):
        raise PayloadError("The body is no Atom entry.", hint=f'Write <entry xmlns="{ATOM}">.')
    categories = entry.iterchildren(_name(ATOM, "category"))
    term = next((each.get("term") for each in categories if each.get("scheme", SCHEME) == SCHEME), None)
    name = term if term and model.schema.is_derived(term, declared) else declared
    made: dict[str, object] = {"__metadata": {"type": term or declared}}
    for properties in entry.iter(_name(METADATA, "properties")):
        if next(properties.iterancestors(_name(ATOM, "entry")), None) is entry:
            made.update(_members(properties, name, model))
    for link in entry.iterchildren(_name(ATOM, "link")):
        relation = link.get("rel", "")
        if relation.startswith(RELATED):
            _add_link(made, link, relation.removeprefix(RELATED), name, model)
    return made


def object_of_member(root: Element, name: str, type_ref: TypeRef, model: V2Model) -> dict[str, object]:
    """The object that the element of a property is; `PayloadError` where it is that of another."""
    found = etree.QName(root).localname
    if found != name:
        hint = f'Write <{name} xmlns="{DATA}">…</{name}>.'
        raise PayloadError(f"The body is '{found[:80]}'.", target=name, hint=hint)
    return {name: _value_of(root, type_ref, model)}


def xml_with_urls(body: bytes, url_of: Callable[[str], str]) -> bytes:
    """An entry or a link whose URIs that begin with `$` are what `url_of` makes of them; all else as it is."""
    try:
        root = read_xml(body)
    except PayloadError:
        return body  # which may be a stream; who reads it tells what is wrong
    if root.tag in _URIS and (root.text or "").strip().startswith("$"):
        root.text = url_of((root.text or "").strip())
    elif root.tag == _name(ATOM, "entry"):
        for link in root.iter(_name(ATOM, "link")):
            if link.get("rel", "").startswith(RELATED) and link.get("href", "").startswith("$"):
                link.set("href", url_of(link.get("href", "")))
    else:
        return body
    return etree.tostring(root)


def object_of_link(root: Element) -> dict[str, object]:
    """The object that a link is: `uri`, the one element of it."""
    if root.tag not in _URIS:
        raise PayloadError("The body names no entity.", hint=f'Write <uri xmlns="{DATA}">…</uri>.')
    return {"uri": (root.text or "").strip()}


def _add_link(made: dict[str, object], link: Element, name: str, owner: str, model: V2Model) -> None:
    """Adds what a link says; of a collection there is one for each entity that it leads to."""
    for member, value in _link(link, name, owner, model).items():
        known = made.get(member)
        if member not in made:
            made[member] = value
        elif isinstance(known, list) and isinstance(value, list):
            known += value
        else:
            raise PayloadError(f"Two links say where '{name[:80]}' leads.", target=name, hint="Write one.")


def _link(link: Element, name: str, owner: str, model: V2Model) -> Mapping[str, object]:
    navigation = model.navigation_among(owner, name)
    inline = link.find(_name(METADATA, "inline"))
    if navigation is None:
        raise PayloadError(f"'{name[:80]}' is no navigation property of '{owner}'.", target=name)
    if inline is None:
        href = link.get("href", "").strip()
        if not href:
            raise PayloadError(f"A link along '{name}' names no entity.", target=name, hint='Write href="…".')
        uri = {"__metadata": {"uri": href}}
        return {} if is_own_link(href, name) else {name: [uri] if navigation.collection else uri}
    entries = [
        object_of_entry(each, model, navigation.target)
        for each in inline.iter(_name(ATOM, "entry"))
        if next(each.iterancestors(_name(METADATA, "inline")), None) is inline
    ]
    if navigation.collection:
        return {name: entries}
    if len(entries) > 1:
        raise PayloadError(f"'{name}' leads to one entity, and not to several.", target=name, hint="Write one.")
    return {name: entries[0] if entries else None}


def _members(parent: Element, owner: str, model: V2Model) -> dict[str, object]:
    """The properties in an element by name; what stands in other namespaces means nothing here."""
    made: dict[str, object] = {}
    for element in parent.iterchildren(_name(DATA, "*")):
        name = etree.QName(element).localname
        if name in made:
            raise PayloadError(f"'{name[:80]}' is stated twice.", target=name, hint="Write it once.")
        part = model.property_among(owner, name)
        made[name] = _value_of(element, part.type, model) if part is not None else element.text
    return made


def _value_of(element: Element, type_ref: TypeRef, model: V2Model) -> object:
    if element.get(_name(METADATA, "null"), "").strip() in {"true", "1"}:
        return None
    if kind_of(type_ref) is None and isinstance(model.schema.types.get(type_ref.name), ComplexType):
        stated = element.get(_name(METADATA, "type"))
        name = stated if stated and model.schema.is_derived(stated, type_ref.name) else type_ref.name
        return {"__metadata": {"type": name}, **_members(element, name, model)}
    if len(element):
        name = etree.QName(element).localname
        raise PayloadError(
            f"'{name[:80]}' holds a value of {type_ref.name}, and no element.", target=name, hint="Write its text."
        )
    return element.text or ""


def _root(namespace: str, tag: str, base_url: str) -> Element:
    further = {**_NAMESPACES, "atom": ATOM} if namespace == APP else _NAMESPACES
    root = etree.Element(_name(namespace, tag), nsmap=_spaces(namespace) | further)
    root.set("{http://www.w3.org/XML/1998/namespace}base", base_url)
    return root


def _spaces(default: str) -> dict[str, str]:
    """The namespace of what has no prefix."""
    return {None: default}  # type: ignore[dict-item]  # the stubs know no default namespace


def _sub(parent: Element, namespace: str, tag: str, text: str | None = None, **attributes: str) -> Element:
    element = etree.SubElement(parent, _name(namespace, tag), attributes)
    if text is not None:
        element.text = _text(text)
    return element


def _text(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _name(namespace: str, tag: str) -> str:
    return f"{{{namespace}}}{tag}"


def _printed(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
