"""The service document and `$metadata`: made once per version and format, served with an ETag (Protocol 11.1)."""

import hashlib
from collections.abc import Collection
from functools import lru_cache

from odata_service.csdl import Abilities, announced, write_json, write_xml
from odata_service.edm.chosen import ChosenAnnotations
from odata_service.edm.model import Schema
from odata_service.edm.versions import for_version
from odata_service.encodings import codings
from odata_service.payload import write_service_document
from odata_service.semantics.functions import FILTER_FUNCTIONS
from odata_service.semantics.transformation_names import TRANSFORMATIONS
from odata_service.service.conditional import read_tags
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import MetadataFormat, Version, negotiate, negotiate_metadata, negotiate_version
from odata_service.service.preferences import applied_to_metadata, read_preferences
from odata_service.service.read import VARY, success_headers
from odata_service.settings import Settings


class Documents:
    """The documents that describe a service.

    `tracked` are the entity sets whose changes it tells; `remembers` says whether requests can be repeated.
    """

    def __init__(
        self, schema: Schema, settings: Settings, tracked: Collection[str] = (), *, remembers: bool = False
    ) -> None:
        self._schema = schema
        self._settings = settings
        self._tracked = tracked
        self._remembers = remembers
        self._written = lru_cache(maxsize=8)(self._write)

    def service_document(self, request: Request, format_option: str | None) -> Response:
        """The service document: always JSON."""
        context = negotiate(request.headers, format_option, self._settings)
        body = write_service_document(self._schema, request.base_url, context.format)
        return _conditional(request, success_headers(context), body, tag_of(body))

    def metadata(self, request: Request, format_option: str | None) -> Response:
        """`$metadata` in the version that the client speaks; CSDL JSON is always 4.01's."""
        version = negotiate_version(request.headers, self._settings)
        chosen = negotiate_metadata(request.headers, format_option, self._settings)
        preferences = read_preferences(request.headers.get("prefer", ""))
        body, tag = self._written(version, chosen, preferences.annotations)
        headers = {"Content-Type": f"application/{chosen}", "OData-Version": version, "Vary": VARY}
        headers.update(applied_to_metadata(preferences))
        return _conditional(request, headers, body, tag)

    def _write(
        self, version: Version, chosen: MetadataFormat, annotations: ChosenAnnotations | None
    ) -> tuple[bytes, str]:
        abilities = Abilities(tuple(codings()), self._tracked, self._settings.async_seconds > 0, self._remembers)
        schema = announced(for_version(self._schema, version), FILTER_FUNCTIONS, TRANSFORMATIONS, abilities)
        if chosen == "xml":
            body = write_xml(schema, version, chosen=annotations)
        else:
            body = write_json(schema, chosen=annotations)
        return body, tag_of(body)


def _conditional(request: Request, headers: dict[str, str], body: bytes, tag: str) -> Response:
    if knows(request, tag):
        return Response(304, {"ETag": tag, "OData-Version": headers["OData-Version"], "Vary": VARY})
    return Response(200, {**headers, "ETag": tag}, body)


def knows(request: Request, tag: str) -> bool:
    """Whether a client has the document with this ETag already."""
    known = read_tags("If-None-Match", request.headers.get("if-none-match"))
    return known is not None and known.match(tag)


def tag_of(body: bytes) -> str:
    """The ETag of a document."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
