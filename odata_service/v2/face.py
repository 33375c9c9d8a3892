"""The whole of a V2 request: it becomes one of V4, the service answers that, and its answer becomes one of V2.

So there is one engine: rules, transactions, pages and ETags are those of V4. A failure is told as V2 tells it.
"""

from datetime import UTC, datetime
from secrets import token_urlsafe

from msgspec.structs import replace

from odata_service.csdl.v2 import write_v2
from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.errors import BadRequest, MethodNotAllowed, NotAcceptable, ODataError
from odata_service.service import Request, Response, Service
from odata_service.service.batch_run import Answering
from odata_service.service.batch_targets import is_batch_path
from odata_service.service.documents import knows, tag_of
from odata_service.service.repeatability import refused_result
from odata_service.v2.atom import AtomDocuments
from odata_service.v2.body import Bodies, with_v2_urls
from odata_service.v2.first_version import for_first_version, in_first_version
from odata_service.v2.json_documents import JsonDocuments, named
from odata_service.v2.negotiation import (
    DOCUMENTS,
    FIRST_VERSION,
    TUNNELLED,
    VERSION,
    format_of,
    is_of_first_version,
    media_type_of,
    method_of,
)
from odata_service.v2.options import WireFormat, options_of, stated_format
from odata_service.v2.reading import Reader
from odata_service.v2.retelling import retell
from odata_service.v2.rows import Layouts
from odata_service.v2.tools import Tools, body_of
from odata_service.v2.translation import Translator
from odata_service.v2.writing import Writer

_MULTIPART = "multipart/mixed"
_TOKEN_HEADER = "x-csrf-token"


class V2Service:
    """A service as V2 clients see it; the base URL of the requests is that of the V2 service root."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._token = token_urlsafe(16)
        self._schema: Schema | None = None
        self._reader: Reader | None = None

    def handle(self, request: Request) -> Response:
        """The answer to a request, whatever happens."""
        try:
            answer = self._service.guarded(request, lambda: self._answer(self._service.identified(request)))
        except ODataError as error:
            answer = self.refusal(request, error)
        if request.headers.get(_TOKEN_HEADER, "").lower() == "fetch":
            answer.headers["X-CSRF-Token"] = self._token
        return answer

    def _answer(self, request: Request) -> Response:
        request = self._service.admitted(request, "Send fewer or shorter options, or the request in a $batch.")
        if request.method != "HEAD":
            return self._answer_of_version(request)
        answer = self._answer_of_version(replace(request, method="GET"))
        return Response(answer.status, {**answer.headers, "Content-Length": str(len(body_of(answer)))})

    def _answer_of_version(self, request: Request) -> Response:
        if not is_of_first_version(request.headers) or is_batch_path(request.path):
            return self._answer_of_second(request)
        asked = for_first_version(request, self._service.settings.limits.max_page_size)
        answer = in_first_version(self._answer_of_second(asked), asked)
        return Response(answer.status, {**answer.headers, "DataServiceVersion": FIRST_VERSION}, answer.body)

    def _answer_of_second(self, request: Request) -> Response:
        method = method_of(request)
        if method == "OPTIONS":
            return _versioned(Response(204, {"Allow": ", ".join((*self._allowed(request), "OPTIONS"))}))
        if is_batch_path(request.path):
            return self._batch(request)
        path = request.path.strip("/")
        if path in DOCUMENTS:
            return _versioned(self._document(path, method, request))
        if method == "GET":
            return _versioned(self._reading().read(request))
        return _versioned(Writer(self._reading()).write(method, request))

    def _allowed(self, request: Request) -> tuple[str, ...]:
        """The methods that are taken where a request leads to."""
        if is_batch_path(request.path):
            return ("POST", "HEAD")
        is_document = request.path.strip("/") in DOCUMENTS
        return ("GET", "HEAD") if is_document else Writer(self._reading()).allowed(request)

    def _document(self, path: str, method: str, request: Request) -> Response:
        if method != "GET":
            raise MethodNotAllowed("Documents take GET and HEAD alone.", allow=("GET", "HEAD"))
        tools = self._tools()
        if path:
            told = {"ETag": tools.metadata_tag}
            if knows(request, tools.metadata_tag):
                return Response(304, told)
            return Response(200, {"Content-Type": "application/xml", **told}, tools.metadata)
        options = options_of(request.query, TypeRef("Edm.Untyped"), tools.model)
        documents = self._documents(format_of(request.headers, options.format, of_service=True))
        media_type, body = documents.service(tools.model, request.base_url)
        return Response(200, {"Content-Type": f"{media_type};charset=utf-8"}, body)

    def _batch(self, request: Request) -> Response:
        if media_type_of(request.headers) != _MULTIPART and request.method == "POST":
            hint = "Send multipart/mixed;boundary=…"
            raise BadRequest("A batch of OData V2 is multipart/mixed.", target="Content-Type", hint=hint)
        accept = request.headers.get("accept", "")
        headers = {
            **{name: value for name, value in request.headers.items() if not _is_of_a_version(name)},
            "accept": f"{accept}, */*" if accept else "*/*",
            "prefer": "odata.continue-on-error",  # each request of a V2 batch is answered, whatever the others come to
        }
        answering = Answering(self._answer, self.refusal, self._service.guarded, TUNNELLED, with_v2_urls, named)
        batches = self._service.batches(answering)
        answer = batches.answer(replace(request, headers=headers))
        return _versioned(Response(202, {"Content-Type": answer.headers["Content-Type"]}, answer.body))

    def refusal(self, request: Request, error: ODataError) -> Response:
        """The answer to a request that fails so."""
        try:
            chosen = format_of(request.headers, stated_format(request.query))
        except NotAcceptable:
            chosen = "json"
        retell(error, request.query)
        media_type, body = self._documents(chosen).error(error)
        told = refused_result(request, error)
        headers = {"Content-Type": f"{media_type};charset=utf-8", "Content-Language": "en", **told, **error.headers}
        return _versioned(Response(error.status, headers, b"" if request.method == "HEAD" else body))

    def _documents(self, chosen: WireFormat) -> JsonDocuments | AtomDocuments:
        layouts = self._tools().layouts
        return JsonDocuments(layouts) if chosen == "json" else AtomDocuments(layouts, datetime.now(UTC))

    def _reading(self) -> Reader:
        tools = self._tools()
        if self._reader is None or self._reader.tools is not tools:
            self._reader = Reader(tools, self._documents)
        return self._reader

    def _tools(self) -> Tools:
        """What is made of the model once; made again where code has added operations to it."""
        schema = self._service.schema
        if self._schema is not schema:
            model, metadata = V2Model(schema), write_v2(schema)
            layouts, tag = Layouts(model), tag_of(metadata)
            translator = Translator(model, layouts)
            self._made = Tools(self._service, model, layouts, translator, Bodies(model), metadata, tag)
            self._schema = schema
        return self._made


def _is_of_a_version(header: str) -> bool:
    """Whether a header speaks of versions, of which the parts of a batch are asked, and V4 is not."""
    return header.startswith("odata-") or header in {"dataserviceversion", "maxdataserviceversion"}


def _versioned(response: Response) -> Response:
    response.headers["DataServiceVersion"] = VERSION
    response.headers.setdefault("Vary", "Accept, Prefer")
    return response
