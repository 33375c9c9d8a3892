"""The URL of a V2 request as a whole: what it leads to, what it asks for, and the V4 URL that says the same."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from odata_service.csdl.v2_model import Import, V2Model
from odata_service.edm.model import EntityType
from odata_service.edm.operations import Function
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import BadRequest
from odata_service.url.decode import decode_option, split_query
from odata_service.v2.literals import v4_literal
from odata_service.v2.options import Options, options_of
from odata_service.v2.path import Place, place_of

_QUOTED = re.compile(r"[\w.]*'(.*)'", re.DOTALL)
_SAFE = "$'(),=@:*!;"


class Call(Struct, frozen=True):
    """A function import that is called: the overload, and its arguments, as V4's JSON has them, by name."""

    offered: Import
    arguments: Mapping[str, object]


class Translated(Struct, frozen=True):
    """A V2 URL that has been read; `call` where it leads to a function import."""

    place: Place
    options: Options
    call: Call | None = None


class Translator:
    """Reads the URLs of one model; those that come again are not read again."""

    def __init__(self, model: V2Model) -> None:
        self._model = model
        self.translated = lru_cache(maxsize=500)(self._translated)

    def v4_url(self, uri: str, base_url: str) -> str:
        """The URI of one entity as V4 writes it, relative to the service root."""
        rest = uri.removeprefix(base_url)
        root = urlsplit(base_url).path
        path = rest.removeprefix(root).lstrip("/") if rest.startswith("/") else rest
        if "://" in path.partition("(")[0]:
            raise BadRequest(f"'{uri[:80]}' is no URI of this service.", hint=f"It begins with {base_url}.")
        place = place_of(path, self._model)
        if place.kind != "entity":
            raise BadRequest(f"'{uri[:80]}' is not the URI of an entity.", hint="Write Set(key).")
        return place.path

    def _translated(self, path: str, query: str) -> Translated:
        place = place_of(path, self._model)
        if place.kind == "result":
            return self._called(place, query)
        return Translated(place, options_of(query, place.type, self._model))

    def _called(self, place: Place, query: str) -> Translated:
        given = {name: decode_option(raw, name) for name, raw in split_query(query) if not name.startswith("$")}
        offered = _overload(place.offered, given)
        types = {parameter.name: parameter.type for parameter in offered.operation.parameters}
        result = offered.result or TypeRef("Edm.Untyped")
        options = options_of(query, result.element, self._model)
        arguments = {name: _json_of(given[name], types[name]) for name in types if name in given}
        path = place.path
        if isinstance(offered.operation, Function):
            literals = (f"{name}={v4_literal(given[name].strip(), types[name])}" for name in types if name in given)
            path = f"{path}({quote(','.join(literals), safe=_SAFE)})"
        entity_set = self._model.entity_sets.get(offered.entity_set or "")
        if entity_set is None and isinstance(self._model.schema.types.get(result.name), EntityType):
            entity_set = self._model.home(result.name)
        there = replace(
            place, path=path, type=result.element, entity_set=entity_set, is_collection=result.collection,
            property=place.path,
        )  # fmt: skip
        return Translated(there, options, Call(offered, arguments))


def _overload(offered: Sequence[Import], given: Mapping[str, str]) -> Import:
    """The overload whose parameters are given; what else a URL states are options of the client's own."""

    def parameters(each: Import) -> set[str]:
        return {parameter.name for parameter in each.operation.parameters}

    def required(each: Import) -> set[str]:
        known = each.operation.parameters
        return {part.name for part in known if isinstance(each.operation, Function) or not part.type.nullable}

    fitting = [each for each in offered if required(each) <= given.keys()]
    if not fitting:
        wanted = " or ".join("&".join(f"{name}=…" for name in sorted(parameters(each))) for each in offered)
        raise BadRequest(f"'{offered[0].name}' lacks parameters.", hint=f"Write ?{wanted}.")
    return max(fitting, key=lambda each: len(parameters(each) & given.keys()))


def _json_of(text: str, type_ref: TypeRef) -> object:
    """The value of a literal as V4's JSON has it, with IEEE754Compatible=true."""
    literal = v4_literal(text.strip(), type_ref)
    if literal == "null":
        return None
    quoted = _QUOTED.fullmatch(literal)
    if quoted:
        return quoted[1].replace("''", "'")
    try:
        match kind_of(type_ref):
            case Kind.BOOLEAN:
                return {"true": True, "false": False, "1": True, "0": False}[literal]
            case Kind.INTEGER if type_ref.primitive.name != "Edm.Int64":
                return int(literal)
            case Kind.FLOAT if literal not in {"INF", "-INF", "NaN"}:
                return float(literal)
            case _:
                return literal
    except (ValueError, KeyError) as error:
        raise BadRequest(
            f"'{text[:60]}' is no literal of {type_ref.name}.", hint="See the types in $metadata."
        ) from error
