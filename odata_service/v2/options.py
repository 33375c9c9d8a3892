"""Query options of V2 become those of V4 (V2 URI Conventions 4).

`$expand=a/b,c` with `$select=x,a/y` becomes a tree, from which V4's nested options are written. What is selected has
the key with it in V4: the URIs of entities are made of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import parse_qsl, quote

from msgspec import Struct

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import EntityType
from odata_service.edm.types import TypeRef
from odata_service.errors import ODataError, OptionNotAllowed, SemanticError, UnknownProperty, did_you_mean
from odata_service.url.decode import decode_option, split_query
from odata_service.url.options import hint_instead_of
from odata_service.v2.expression import v4_expression
from odata_service.v2.literals import kept_literal

_PLAIN = frozenset({"$top", "$skip"})
_EXPRESSIONS = frozenset({"$filter", "$orderby"})
_KNOWN = frozenset(
    {"$filter", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$expand", "$select", "$format"}
)
_SEARCH = "search"
"""An option of SAP's services, whose texts may have `*` for what is left open; sets tell it by `sap:searchable`."""
_MOST_LEVELS = 20

WireFormat = Literal["json", "xml"]
_FORMATS: Mapping[str, WireFormat] = {
    "json": "json",
    "verbosejson": "json",
    "application/json": "json",
    "atom": "xml",
    "xml": "xml",
    "text/json": "json",
    "application/atom+xml": "xml",
    "application/atomsvc+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}


class Wanted(Struct, frozen=True):
    """What is wanted of entities: the members that are selected, None for all, and what is wanted of those around."""

    selected: frozenset[str] | None = None
    expanded: tuple[tuple[str, "Wanted"], ...] = ()

    def shows(self, name: str) -> bool:
        """Whether a member is wanted."""
        return self.selected is None or name in self.selected

    def query(self) -> str:
        """The options that ask for this, as V2 writes them."""
        selected = [*self._selected(())]
        expanded = [*self._expanded(())]
        options = (("$select", selected if self._selects() else []), ("$expand", expanded))
        return "&".join(f"{name}={','.join(sorted(paths))}" for name, paths in options if paths)

    def _selects(self) -> bool:
        return self.selected is not None or any(inner._selects() for _, inner in self.expanded)

    def _selected(self, way: tuple[str, ...]) -> Iterator[str]:
        inside = dict(self.expanded)
        for name in ("*",) if self.selected is None else self.selected:
            if name not in inside:
                yield "/".join((*way, name))
        for name, inner in self.expanded:
            yield from inner._selected((*way, name))

    def _expanded(self, way: tuple[str, ...]) -> Iterator[str]:
        for name, inner in self.expanded:
            yield "/".join((*way, name))
            yield from inner._expanded((*way, name))


ALL = Wanted()


class Options(Struct, frozen=True):
    """The options of a request: V4's query, what is wanted of entities, and the format."""

    query: str
    wanted: Wanted
    format: WireFormat | None


def options_of(query: str, type_ref: TypeRef, model: V2Model, *, searched: bool = False) -> Options:
    """The options in a raw query for what is of a type; errors where V2 has no such option or no such value.

    `searched`: `search` is what services of SAP take it for, a text that somebody has typed.
    """
    stated: dict[str, str] = {}
    for name, raw in split_query(query):
        if not name.startswith("$") and not (searched and name == _SEARCH):
            continue  # the client's own
        if name in stated:
            raise OptionNotAllowed(f"'{name}' is stated twice.", target=name, hint="Write it once.")
        if name not in _KNOWN and name != _SEARCH:
            hint = hint_instead_of(name, _KNOWN) or f"There are {', '.join(sorted(_KNOWN))}."
            raise OptionNotAllowed(f"'{name}' is no option of OData V2.", target=name, hint=hint)
        stated[name] = decode_option(raw, name)
    wanted = _wanted(stated, type_ref, model)
    pieces = [*_v4_options(stated, type_ref, model), *_v4_wanted(wanted, type_ref.name, model)]
    if "$skiptoken" in stated:
        pieces.append(("$skiptoken", kept_literal(stated["$skiptoken"])))
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in pieces)
    return Options(text, wanted, _format(stated.get("$format")))


def _v4_options(stated: Mapping[str, str], type_ref: TypeRef, model: V2Model) -> Iterator[tuple[str, str]]:
    for name, value in stated.items():
        if name in _PLAIN:
            yield name, kept_literal(value.strip())
        elif name in _EXPRESSIONS:
            yield name, v4_expression(value, lambda path: _type_at(path, type_ref.name, model))
        elif name == "$inlinecount":
            if value not in {"allpages", "none"}:
                hint = "Write allpages or none."
                raise SemanticError(f"'{value[:40]}' is no value of $inlinecount.", target=name, hint=hint)
            if value == "allpages":
                yield "$count", "true"
        elif name == _SEARCH and (words := value.replace("*", " ").strip()):
            yield "$search", "'{}'".format(words.replace("'", "''"))


def _type_at(path: str, owner: str, model: V2Model) -> TypeRef | None:
    """The type of the property at a path from instances of a type; None where there is none."""
    schema, found = model.schema, TypeRef(owner)
    for name in path.split("/"):
        if schema.structured_type(found.name) is None:
            return None
        part = schema.properties(found.name).get(name)
        leading = schema.navigation_properties(found.name).get(name)
        if part is None and leading is None:
            return None
        found = part.type if part is not None else TypeRef(leading.target) if leading is not None else found
    return found


def stated_format(query: str) -> WireFormat | None:
    """The format that a raw query states, whatever else may be wrong with it; None where it states none."""
    return _known_format(dict(parse_qsl(query)).get("$format", ""))


def is_translated(query: str) -> bool:
    """Whether an expression in a raw query may be another text in V4, in which places are not those of the query."""
    try:
        for name, raw in split_query(query):
            if name in _EXPRESSIONS:
                text = decode_option(raw, name)
                if "'" in text or v4_expression(text, lambda _: None) != text:
                    return True
    except ODataError:
        return True
    return False


def _known_format(text: str) -> WireFormat | None:
    name = text.partition(";")[0].strip().lower()
    return _FORMATS.get(name.replace(" ", "+"))  # a plus that is not encoded has become a space


def _format(text: str | None) -> WireFormat | None:
    if text is None:
        return None
    found = _known_format(text)
    if found is None:
        raise SemanticError(f"'{text[:40]}' is no format.", target="$format", hint="Write json, atom or xml.")
    return found


def _wanted(stated: Mapping[str, str], type_ref: TypeRef, model: V2Model) -> Wanted:
    expands, selects = (_paths(stated.get(name, ""), name) for name in ("$expand", "$select"))
    if not expands and not selects:
        return ALL
    if not isinstance(model.schema.types.get(type_ref.name), EntityType):
        name = "$expand" if expands else "$select"
        raise OptionNotAllowed(f"'{name}' goes with entities alone.", target=name)
    return _tree(expands, selects or [("*",)], type_ref.name, model)


def _paths(text: str, option: str) -> list[tuple[str, ...]]:
    paths = [tuple(part.strip() for part in item.strip().split("/")) for item in text.split(",") if item.strip()]
    if any(len(path) > _MOST_LEVELS for path in paths):
        raise SemanticError(f"A path of {option} has more than {_MOST_LEVELS} levels.", target=option)
    return paths


def _tree(expands: Sequence[tuple[str, ...]], selects: Sequence[tuple[str, ...]], owner: str, model: V2Model) -> Wanted:
    """What the paths of both options say of entities of a type."""
    for path in selects:
        _check_member(path[0], owner, model)
    selected = None if ("*",) in selects else {path[0] for path in selects}
    expanded = []
    for name in dict.fromkeys(path[0] for path in expands):
        target = _target(name, owner, model)
        if target is None:
            hint = did_you_mean(name, list(model.navigations(owner)))
            raise UnknownProperty(f"'{name[:80]}' is no navigation property of '{owner}'.", target="$expand", hint=hint)
        inner = [path[1:] for path in selects if path[0] == name and len(path) > 1]
        chosen = any(path == (name,) for path in selects) or not inner
        further = [path[1:] for path in expands if path[0] == name and len(path) > 1]
        tree = _tree(further, [*inner, *([("*",)] if chosen else [])], target, model)
        expanded.append((name, tree))
    if selected is not None:
        expanded = [(name, inner) for name, inner in expanded if name in selected]
    return Wanted(None if selected is None else frozenset(selected), tuple(expanded))


def _check_member(name: str, owner: str, model: V2Model) -> None:
    known = {*model.properties(owner), *model.navigations(owner), *model.below(owner)}
    if name != "*" and name not in known:
        hint = did_you_mean(name, known)
        raise UnknownProperty(f"Property '{name[:80]}' is not declared in '{owner}'.", target="$select", hint=hint)


def _v4_wanted(wanted: Wanted, owner: str, model: V2Model) -> Iterator[tuple[str, str]]:
    """V4's $select and $expand; nothing where all is wanted that V2 shows of the properties, and nothing around."""
    if wanted.selected is not None:
        known = model.properties(owner)
        keys = [part.path for part in model.schema.key(owner)]
        chosen = [
            _cast(name, owner, model)
            for name in sorted(wanted.selected)
            if name not in keys and (name in known or name in model.below(owner)) and not _target(name, owner, model)
        ]
        yield "$select", ",".join([*keys, *chosen])
    if wanted.expanded:
        yield "$expand", ",".join(_item(name, inner, owner, model) for name, inner in wanted.expanded)


def _item(name: str, wanted: Wanted, owner: str, model: V2Model) -> str:
    inner = ";".join(
        f"{option}={text}" for option, text in _v4_wanted(wanted, _target(name, owner, model) or "", model)
    )
    path = _cast(name, owner, model)
    return f"{path}({inner})" if inner else path


def _cast(name: str, owner: str, model: V2Model) -> str:
    """The path of a member from entities of a type, where one that is derived from it may have added the member."""
    added_by = model.below(owner).get(name)
    return name if added_by is None else f"{added_by}/{name}"


def _target(name: str, owner: str, model: V2Model) -> str | None:
    """The type that a navigation property leads to; None where there is none of this name."""
    found = model.navigation_among(owner, name)
    return None if found is None else found.target
