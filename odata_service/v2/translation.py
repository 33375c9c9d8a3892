"""The URL of a V2 request as a whole: what it leads to, what it asks for, and the V4 URL that says the same."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from urllib.parse import quote, unquote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.csdl.v2_model import Import, V2Model
from odata_service.edm.model import EntitySet, EntityType
from odata_service.edm.operations import Function, Parameter
from odata_service.edm.searched import is_searchable, is_searched
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import BadRequest, NotFound, ODataError
from odata_service.semantics.operations import is_optional
from odata_service.service.cache import ShapeCache
from odata_service.service.own_urls import below_root
from odata_service.url.decode import decode_option, split_query
from odata_service.url.shape import Shape, rescanned, shape_of
from odata_service.v2.literals import v4_literal
from odata_service.v2.options import WireFormat, options_of
from odata_service.v2.path import SAFE, Place, place_behind, place_of
from odata_service.v2.rows import Layouts, Shown
from odata_service.v2.shape import Shape as V2Shape
from odata_service.v2.shape import Template, v2_shape_of

_QUOTED = re.compile(r"[\w.]*'((?:[^']|'')*)'")
_QUOTED_KINDS = frozenset({Kind.STRING, Kind.BINARY, Kind.DURATION, Kind.ENUMERATION})
_NUMBERS = {
    Kind.INTEGER: re.compile(r"[+-]?\d+", re.ASCII),
    Kind.FLOAT: re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?INF|NaN", re.ASCII),
}


class Call(Struct, frozen=True):
    """A function import that is called: the overload, and its arguments, as V4's JSON has them, by name."""

    offered: Import
    arguments: Mapping[str, object]


class Translated(Struct, frozen=True):
    """A V2 URL that has been read: what it leads to, the V4 URL that says the same, what is to be shown of entities.

    `call` is there where it leads to a function import, `shape` is that of V4's URL where it is known.
    """

    place: Place
    path: str
    query: str
    shown: Shown
    format: WireFormat | None
    call: Call | None = None
    shape: Shape | None = None


class _Kept(Struct, frozen=True):
    """A shape that has been read, and how V4's path and query are written for one of its URLs.

    `shape` is that of V4, where its literals are those of the slots.
    """

    translated: Translated
    path: Template
    query: Template
    shape: Shape | None = None

    def filled(self, literals: Sequence[str]) -> Translated:
        known, shape = self.translated, self.shape
        in_path, in_query = self.path.written(literals), self.query.written(literals)
        if shape is not None:
            shape = rescanned(shape, [*in_path, *in_query])
        path, query = self.path.filled(in_path), self.query.filled(in_query)
        return Translated(known.place, path, query, known.shown, known.format, shape=shape)


class Translator:
    """Reads the URLs of one model; what is kept of a shape serves all URLs that differ in literals alone."""

    def __init__(self, model: V2Model, layouts: Layouts) -> None:
        self._model = model
        self._layouts = layouts
        self._kept: ShapeCache[_Kept] = ShapeCache()

    def v4_url(self, uri: str, base_url: str) -> str:
        """The URI of one entity as V4 writes it, relative to the service root."""
        path = below_root(uri, base_url)
        if path is None:
            raise BadRequest(f"'{uri[:80]}' is no URI of this service.", hint=f"It begins with {base_url}.")
        place = place_of(path, self._model)
        if place.kind != "entity":
            raise BadRequest(f"'{uri[:80]}' is not the URI of an entity.", hint="Write Set(key).")
        return place.path

    def translated(self, path: str, query: str) -> Translated:
        """What a raw URL says; `ODataError` where it says nothing that V2 shows."""
        shape = v2_shape_of(path, query)
        if shape is None:
            return self._translated(path, query)
        key = (shape.path, shape.query)
        kept = self._kept.find(key, ())
        if kept is not None:
            return kept.filled(shape.literals)
        exact = self._translated(path, query)
        kept = self._shaped(shape, exact)
        if kept is not None:
            self._kept.keep(key, (), (), kept)
        return exact

    def _shaped(self, shape: V2Shape, exact: Translated) -> _Kept | None:
        """What can be kept of a shape; None where its literals say more than values."""
        if exact.call is not None or exact.place.link is not None:
            return None
        try:
            known = self._translated(shape.path, shape.query)
            kept = _Kept(replace(known, shown=exact.shown), Template(known.path, SAFE), Template(known.query, SAFE))
            again = kept.filled(shape.literals)
        except (ODataError, IndexError, KeyError):
            return None
        is_same = again.path == exact.path and unquote(again.query) == unquote(exact.query)
        return replace(kept, shape=self._v4_shape(kept, exact, shape.literals)) if is_same else None

    def _v4_shape(self, kept: _Kept, exact: Translated, literals: Sequence[str]) -> Shape | None:
        """The shape of V4's URL, if its literals are those of the slots, in their order."""
        if "$skiptoken" in exact.query:
            return None
        shape = shape_of(exact.path, exact.query, self._model.schema.container.entity_sets)
        written = [*kept.path.written(literals), *kept.query.written(literals)]
        if shape is None or len(shape.literals) != len(written):
            return None
        return shape if rescanned(shape, written) == shape else None

    def _translated(self, path: str, query: str) -> Translated:
        place = place_of(path, self._model)
        if place.kind == "result":
            return self._called(place, query)
        options = options_of(query, place.type, self._model, searched=_is_searched(place, self._model))
        shown = Shown(self._layouts, options.wanted)
        return Translated(place, place.path, options.query, shown, options.format)

    def _called(self, place: Place, query: str) -> Translated:
        given = {name: decode_option(raw, name) for name, raw in split_query(query) if not name.startswith("$")}
        offered = _overload(place.offered, given)
        parameters = offered.further
        types = {parameter.name: parameter.type for parameter in parameters}
        result = offered.result or TypeRef("Edm.Untyped")
        arguments = {name: _json_of(given[name], types[name]) for name in types if name in given}
        path = place.path if offered.home is None else self._bound_path(offered, offered.home, given)
        if isinstance(offered.operation, Function):
            stated = {part.name: given.get(part.name, "null").strip() for part in parameters if _is_stated(part, given)}
            literals = (f"{name}={v4_literal(text, types[name])}" for name, text in stated.items())
            path = f"{path}({quote(','.join(literals), safe=SAFE)})"
        entity_set = self._model.entity_sets.get(offered.entity_set or "")
        if entity_set is None and isinstance(self._model.schema.types.get(result.name), EntityType):
            entity_set = self._model.home(result.name)
        there = replace(
            place, path=path, type=result.element, entity_set=entity_set, is_collection=result.collection,
            property=place.path,
        )  # fmt: skip
        if place.behind:
            there = self._behind(there, place, offered)
            path = there.path
        options = options_of(query, there.type, self._model)
        shown = Shown(self._layouts, options.wanted)
        return Translated(there, path, options.query, shown, options.format, Call(offered, arguments))

    def _bound_path(self, offered: Import, home: EntitySet, given: Mapping[str, str]) -> str:
        """V4's path of an operation that is bound to the entity whose key is given."""
        parts = [f"{part.name}={v4_literal(given[part.name].strip(), part.type)}" for part in offered.key]
        predicate = parts[0].partition("=")[2] if len(parts) == 1 else ",".join(parts)
        binding = offered.operation.parameters[0].type.name
        cast = "" if self._model.schema.is_derived(home.entity_type, binding) else f"/{binding}"
        return f"{quote(home.name)}({quote(predicate, safe=SAFE)}){cast}/{offered.operation.name}"

    def _behind(self, result: Place, place: Place, offered: Import) -> Place:
        """What the segments behind a function import lead to from its result."""
        if offered.method != "GET":
            raise NotFound(f"There is nothing behind '{place.path}', which is called by POST.")
        is_entity = isinstance(self._model.schema.types.get(result.type.name), EntityType)
        several = "entities" if result.is_collection else "entity"
        return place_behind(replace(result, kind=several if is_entity else "property"), place.behind, self._model)


def _is_searched(place: Place, model: V2Model) -> bool:
    """Whether a search may be asked of what a path leads to, as its set says by `sap:searchable`."""
    found = place.entity_set
    if found is None or not place.is_collection or place.kind not in {"entities", "count"}:
        return False
    return is_searchable(found) and is_searched(found.entity_type, model.schema)


def _overload(offered: Sequence[Import], given: Mapping[str, str]) -> Import:
    """The overload whose parameters are given; what else a URL states are options of the client's own.

    A parameter that may be null is null where it is left out (MS-ODATA, service operation parameters).
    """

    def parameters(each: Import) -> set[str]:
        return {parameter.name for parameter in each.parameters}

    def required(each: Import) -> set[str]:
        return {part.name for part in each.parameters if not part.type.nullable and not is_optional(part)}

    fitting = [each for each in offered if required(each) <= given.keys()]
    if not fitting:
        wanted = " or ".join("&".join(f"{name}=…" for name in sorted(parameters(each))) for each in offered)
        raise BadRequest(f"'{offered[0].name}' lacks parameters.", hint=f"Write ?{wanted}.")
    return max(fitting, key=lambda each: (len(parameters(each) & given.keys()), -len(parameters(each))))


def _is_stated(parameter: Parameter, given: Mapping[str, str]) -> bool:
    """Whether a call of V4 has a parameter: all but optional ones that are not given."""
    return parameter.name in given or not is_optional(parameter)


def _json_of(text: str, type_ref: TypeRef) -> object:
    """The value of a literal as V4's JSON has it, with IEEE754Compatible=true."""
    literal, kind = v4_literal(text.strip(), type_ref), kind_of(type_ref)
    if literal.lower() == "null":
        return None
    quoted = _QUOTED.fullmatch(literal)
    if (quoted is None) == (kind in _QUOTED_KINDS) or (kind is Kind.STRING and not literal.startswith("'")):
        raise _no_literal(text, type_ref)
    if kind in _NUMBERS and _NUMBERS[kind].fullmatch(literal) is None:
        raise _no_literal(text, type_ref)
    if quoted:
        return quoted[1].replace("''", "'")
    try:
        match kind:
            case Kind.BOOLEAN:
                return {"true": True, "false": False}[literal.lower()]
            case Kind.INTEGER if type_ref.primitive.name != "Edm.Int64":
                return int(literal)
            case Kind.FLOAT if isfinite(float(literal)):
                return float(literal)
            case _:
                return literal
    except (ValueError, KeyError) as error:
        raise _no_literal(text, type_ref) from error


def _no_literal(text: str, type_ref: TypeRef) -> BadRequest:
    return BadRequest(f"'{text[:60]}' is no literal of {type_ref.name}.", hint="See the types in $metadata.")
