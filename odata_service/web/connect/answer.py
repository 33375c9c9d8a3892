"""The answers to requests for `/-/connect/…`."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

from odata_service.edm.model import EntitySet, Schema
from odata_service.errors import MethodNotAllowed, NotFound, did_you_mean
from odata_service.service import Request, Response
from odata_service.web.connect import WHOLE_SERVICE, is_offered
from odata_service.web.connect.excel import Query, write_odc
from odata_service.web.connect.power_bi import write_pbids

_FOLDER = "-/connect/"
_CONTENT_TYPES = {".odc": "text/x-ms-odc; charset=utf-8", ".pbids": "application/json"}


def answered(schema: Schema, request: Request) -> Response:
    """The file that a request names; `NotFound` with the nearest name where there is none."""
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed("Files of connections take GET and HEAD.", allow=("GET", "HEAD"))
    name = unquote(request.path.removeprefix(_FOLDER))
    files = dict(_files(schema))
    if name not in files:
        raise _no_file(name, files)
    body = _written(schema, name, files[name], request.base_url)
    headers = {
        "Content-Type": _CONTENT_TYPES[_ending(name)],
        "Content-Disposition": _attachment(name),
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        return Response(200, {**headers, "Content-Length": str(len(body))})
    return Response(200, headers, body)


def _files(schema: Schema) -> Iterator[tuple[str, EntitySet | None]]:
    """The name of each file with its entity set, None for the whole service: Excel opens one entity set at a time."""
    yield f"{WHOLE_SERVICE}.pbids", None
    for entity_set in schema.container.entity_sets.values():
        if is_offered(entity_set):
            for ending in _CONTENT_TYPES:
                yield entity_set.name + ending, entity_set


def _written(schema: Schema, name: str, entity_set: EntitySet | None, base_url: str) -> bytes:
    if entity_set is None:
        return write_pbids(base_url)
    if _ending(name) == ".pbids":
        return write_pbids(base_url + quote(entity_set.name))
    entity_type = entity_set.entity_type
    has_more = schema.is_open(entity_type) or schema.is_polymorphic(entity_type)
    return write_odc(Query(entity_set.name, base_url, has_more_columns=has_more))


def _no_file(name: str, files: Mapping[str, EntitySet | None]) -> NotFound:
    return NotFound(
        f"There is no '{name[:80]}' to connect by.",
        target=name[:80],
        hint=did_you_mean(name, files) or f"Write an entity set and .odc or .pbids, or {WHOLE_SERVICE}.pbids.",
    )


def _ending(name: str) -> str:
    return name[name.rindex(".") :]


def _attachment(name: str) -> str:
    """A Content-Disposition that any browser reads, the name in full for those that know RFC 8187."""
    if name.isascii():
        return f'attachment; filename="{name}"'
    plain = "".join(character if character.isascii() else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
