"""The whole of a request: `Service.handle` takes a plain request and gives a plain response, and never raises.

Reads: shape → compiled form (from the cache, or parsed, resolved, planned and prepared) → values → rows → bytes.
Writes: shape → what the URL says; body → outline and statement (kept by what is stated) → one transaction → bytes.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TypeVar
from urllib.parse import unquote

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.errors import BadRequest, MethodNotAllowed, NotFound, ODataError, ServiceError, UriTooLong
from odata_service.payload import write_error
from odata_service.semantics import check_top
from odata_service.semantics.operations import is_for_each
from odata_service.semantics.resolved import MEDIA, AllQuery, EntityIdQuery, Query
from odata_service.semantics.transformations import Calling
from odata_service.service import media
from odata_service.service.address import Address, key_values
from odata_service.service.aliases import below_service, below_version, with_id_option
from odata_service.service.all_entities import answer_all
from odata_service.service.batch import Batches
from odata_service.service.batch_run import Answering
from odata_service.service.batch_targets import is_batch_path
from odata_service.service.bulk import change_each
from odata_service.service.call import Call
from odata_service.service.codes import Codes
from odata_service.service.collection import change_collection
from odata_service.service.compile import (
    Compiled,
    CompiledAll,
    CompiledCount,
    CompiledDocument,
    CompiledQuery,
    CompiledRead,
    CompiledResult,
    CompiledStream,
    bind,
    compile_all,
    compile_read,
    compile_write,
    context_of,
    context_of_all,
    resolve_request,
)
from odata_service.service.delta import Deltas, Reading, may_track
from odata_service.service.documents import Documents
from odata_service.service.each import act_on_each
from odata_service.service.hooked_reads import hooked_read
from odata_service.service.hooks import Hooks
from odata_service.service.identity import Authenticator
from odata_service.service.inner_errors import inner_error
from odata_service.service.invoke import Invoker
from odata_service.service.message import Request, Response
from odata_service.service.methods import allowed_methods, check_method
from odata_service.service.monitors import MONITORS, Monitors
from odata_service.service.negotiate import negotiate_version, negotiated
from odata_service.service.operations import Operations
from odata_service.service.pages import Page, Tracking, page_of
from odata_service.service.properties import change_property, unchangeable
from odata_service.service.query_body import is_query, read_of
from odata_service.service.ranges import whole_get
from odata_service.service.read import VARY, BoundRead, Values, answer_count, answer_read
from odata_service.service.references import change_reference
from odata_service.service.registrations import Registrations
from odata_service.service.repeatability import check_supported, forgetting_of, is_repeatable, opts_out, refused_result
from odata_service.service.repeatable import Repeatable
from odata_service.service.results import answer_result
from odata_service.service.singletons import fill_singletons
from odata_service.service.snapshots import in_snapshot, wants_snapshot
from odata_service.service.transforming import Row, Transforming
from odata_service.service.troubles import Troubles
from odata_service.service.tunnel import meant_method
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked, create, delete, update
from odata_service.settings import Settings
from odata_service.storage import Store
from odata_service.url import parse_url, shape_of

_LOG = logging.getLogger("odata_service")
Result = TypeVar("Result")
Identifying = TypeVar("Identifying", bound=Authenticator)
_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")
_TUNNELLED = frozenset({"PATCH", "PUT", "DELETE"})


_CALLS = 5_000
"""How deep calls may go: nesting ends at 100 levels, each of which is up to twenty calls when SQL is made."""


class Service(Registrations):
    """An OData service over one schema and one store; `tracked` are the entity sets whose changes it tells."""

    def __init__(self, schema: Schema, store: Store, settings: Settings | None = None) -> None:
        self.store = store
        self.settings = settings or Settings()
        hooks = Hooks(lambda workshop: Call(workshop.request, workshop))
        super().__init__(Operations(schema, self._extend), hooks)
        self._codes = Codes(self._operations, self._everything)
        store.asks(self._codes.work_of, self._transform)
        self._troubles = Troubles()
        self._repeatable = Repeatable(store, self.settings)
        self._use(schema)
        monitored = partial(self._handled, answer=self._answer)
        self._monitors = Monitors(monitored, store, self.settings, self._repeatable)
        fill_singletons(self._workshop)
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _CALLS))

    def _use(self, schema: Schema) -> None:
        self.schema = schema
        self._workshop = Workshop(self.store, self.settings)
        tracks, sets = self.store.changes.tracks, schema.container.entity_sets
        self.tracked = frozenset(name for name, found in sets.items() if tracks(found))
        self._documents = Documents(schema, self.settings, self.tracked, remembers=self._repeatable.is_offered)
        self._has_unrepeatable = opts_out(schema)
        self._invoker = Invoker(self._workshop, self._operations)
        self._batches = self.batches(Answering(self._answer, self.refusal, self.guarded, _TUNNELLED))
        reading = Reading(self._page, self._compiled, self._read, self._operations.has_body)
        self._deltas = Deltas(reading)
        self._set_names = frozenset(schema.container.entity_sets)

    def _extend(self, schema: Schema) -> None:
        """Goes on with a schema that says more: what is kept of requests was made for the one before."""
        self.store.use(schema)
        self._operations.use(schema)
        self._use(schema)
        self._rules.forget()

    def handle(self, request: Request) -> Response:
        """The answer to a request, whatever happens: failures become OData errors, faults also a log entry.

        It is 202 where the client prefers to be answered later (Protocol 8.2.8.8).
        """
        return self._handled(below_version(request, self.schema), self._answer_to)

    def _handled(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        try:
            return self.guarded(request, partial(answer, request))
        except ODataError as error:
            return self.refusal(request, error)

    def _answer_to(self, request: Request) -> Response:
        """The answer to a request from outside, its principal found out."""
        request = self.identified(request)
        if "respond-async" in request.headers.get("prefer", "").lower():
            return self._monitors.later(request) or self._answer(request)
        return self._answer(request)

    def identified(self, request: Request) -> Request:
        """A request from outside, its principal found out."""
        return request if self._identification is None else self._identification.identified(request)

    @property
    def challenge(self) -> str | None:
        """How those are asked who they are that the service does not know; None where nobody is asked."""
        return None if self._identification is None else self._identification.challenge

    def attempt(self, request: Request) -> Response:
        """The answer to a request whose principal is found out, or the `ODataError` that it fails with."""
        return self.guarded(request, partial(self._answer, request))

    def batches(self, answering: Answering) -> Batches:
        """What answers batches whose single requests are answered so."""
        return Batches(answering, self._workshop, self._repeatable)

    def guarded(self, request: Request, work: Callable[[], Result]) -> Result:
        """The result of work for a request; what it raises is an `ODataError`, faults and troubles with a log entry."""
        try:
            return work()
        except ODataError as error:
            self._troubles.met(request, error)
            raise
        except Exception as error:
            _LOG.exception("request %s failed: %s /%s", request.request_id, request.method, request.path)
            reference = f"Quote '{request.request_id}' to the operator." if request.request_id else None
            raise ServiceError("The service failed to answer this request.", hint=reference) from error

    def admitted(self, request: Request, advice: str) -> Request:
        """A request without the key in its URL, which those in a batch may have, too; `UriTooLong` beyond the limit."""
        if self._identification is not None:
            request = self._identification.without_key(request)
        limit = self.settings.limits.max_url_bytes
        if limit and len(request.path) + len(request.query) > limit:
            raise UriTooLong(f"The URL is longer than {limit} bytes (--max-url-bytes).", hint=advice)
        return request

    def _answer(self, request: Request) -> Response:
        request = self.admitted(request, "Send fewer or shorter options, or all of them by POST to …/$query.")
        method = meant_method(request, _TUNNELLED)
        if method != request.method:
            request = replace(request, method=method)
        if request.path.startswith(MONITORS):
            return self._monitors.answer(request)
        answer = self._asking if self._operations.has_functions else self._answered
        if wants_snapshot(request):
            return in_snapshot(request, answer, self.store)
        return answer(request)

    def _asking(self, request: Request) -> Response:
        with self._codes.asked_by(request):
            return self._answered(request)

    def _answered(self, request: Request) -> Response:
        if is_batch_path(request.path):
            return self._batches.answer(request)
        if is_query(request):
            return self._got(read_of(request))
        match request.method:
            case "GET":
                return self._got(request)
            case "HEAD":
                answer = self._got(whole_get(request))
                length = len(answer.body) if isinstance(answer.body, bytes) else sum(map(len, answer.body))
                return Response(answer.status, {**answer.headers, "Content-Length": str(length)})
            case "DELETE" if forgetting_of(request.path) is not None:
                return self._repeatable.forget(request)
            case "POST" | "PATCH" | "PUT" | "DELETE":
                if is_repeatable(request):
                    return self._repeated(request)
                return self.store.retried(partial(self._write, request))
            case "OPTIONS":
                allowed = ", ".join((*self._allowed(request), "OPTIONS"))
                return Response(
                    204, {"Allow": allowed, "OData-Version": negotiate_version(request.headers, self.settings)}
                )
            case _:
                raise MethodNotAllowed(f"'{request.method}' is not a method of OData.", allow=_METHODS)

    def _repeated(self, request: Request) -> Response:
        """The answer to a change that is carried out once, however often it is sent."""
        if self._has_unrepeatable:
            asked = self._asked(with_id_option(request), self._serving(request))
            check_supported(asked.query.path, self.schema)

        def work() -> tuple[tuple[Request, Response]]:
            return ((request, self.guarded(request, partial(self._write, request))),)

        ((_, answer),) = self._repeatable.once((request,), work).answers
        return answer

    def _serving(self, request: Request) -> Workshop:
        """The workshop as a request sees it: where no code stands around anything, they all see the same."""
        if self._is_plain:
            return self._workshop
        return self._rules.view(request, self._everything(request))

    def _everything(self, request: Request) -> Workshop:
        """The workshop as code sees it: no row rule holds there."""
        return self._workshop if self._is_plain else self._workshop.serving(request, self._hooks)

    def _transform(self, step: Calling, rows: Sequence[Row], keys: int, values: Values) -> Sequence[Row]:
        """What a function among transformations makes of the rows of groups."""
        self._operations.body(step.call.operation)
        request = self._codes.request
        return Transforming(self._invoker.serving(self._serving(request)), request)(step, rows, keys, values)

    def _got(self, request: Request) -> Response:
        """The answer to a GET, be it of entities or of what has changed."""
        answer = self._deltas.answer(request, self._serving(request)) if may_track(request) else None
        return self._read(request) if answer is None else answer

    def _page(self, request: Request) -> Page:
        return page_of(request, self._set_names, self._workshop.secret)

    def _read(self, request: Request, tracking: Tracking | None = None) -> Response:
        started = perf_counter()
        workshop = self._serving(request)
        page = self._page(request)
        compiled = self._compiled(request, page, workshop)
        if isinstance(compiled, CompiledDocument):
            return self._document(compiled, request, page.query)
        values = bind(compiled.converters, page.literals)
        check_top(compiled.query, values, self.settings.limits)
        bound_at = perf_counter()
        if isinstance(compiled, CompiledRead):
            values += page.following_values(compiled.prepared.plan, values, compiled.query)
        tag = self._tag(compiled) if tracking is None else None
        bound = BoundRead(request, values, page, self.settings.limits, tracking=tracking, tag=tag)
        if not isinstance(compiled, CompiledAll) and compiled.query.path.call is not None:
            bound = self._invoker.serving(workshop).called(compiled.query.path, bound)
        if self._is_plain:
            answer = self._answer_bound(compiled, bound, workshop.store)
        else:
            answer = hooked_read(compiled.query, partial(self._answer_bound, compiled, bound), workshop)
        prepare, rest = (bound_at - started) * 1_000, (perf_counter() - bound_at) * 1_000
        answer.headers["Server-Timing"] = f"prepare;dur={prepare:.3f}, answer;dur={rest:.3f}"
        return answer

    def _tag(self, compiled: CompiledQuery | CompiledAll) -> str | None:
        """The ETag of a collection, asked for before it is read; code may see to it that each caller sees another."""
        if not self._is_plain or not isinstance(compiled, CompiledRead) or compiled.version is None:
            return None
        return f'W/"{self.store.changes.version(compiled.version)}"'

    def _answer_bound(self, compiled: CompiledQuery | CompiledAll, bound: BoundRead, store: Store) -> Response:
        match compiled:
            case CompiledResult():
                return answer_result(compiled, bound, self.schema)
            case CompiledCount():
                return answer_count(compiled, bound, store)
            case CompiledAll():
                return answer_all(compiled, bound, store)
            case CompiledStream():
                return media.answer_stream(compiled, bound, store)
            case CompiledRead():
                return answer_read(compiled, bound, store)

    def _compiled(self, request: Request, page: Page, workshop: Workshop) -> Compiled:
        key, stated = None, negotiated(request.headers)
        if page.shape is not None and stated is not None:
            key = (page.shape, page.nulls, request.presentation, *stated)
            found = workshop.reads.find(key, page.literals)
            if found is not None:
                return found
        resolved = resolve_request(request.path, page.query, page.literals, workshop.store, self.settings.limits)
        query = resolved.query
        compiled: CompiledAll | CompiledQuery
        if isinstance(query, AllQuery):
            context = context_of_all(query, request, resolved.format, self.settings)
            compiled = compile_all(query, context, page.literals, workshop.store)
        elif isinstance(query, Query):
            check_method("GET", query)
            context = context_of(query, request, resolved.format, self.settings)
            query = self._operations.told(query, context.format.metadata_level, read_only=self.settings.read_only)
            compiled = compile_read(query, context, page.literals, page.token, workshop.store)
        else:
            return CompiledDocument(query, resolved.format)
        if key is not None:
            workshop.reads.keep(key, page.literals, resolved.fixed, compiled)
        return compiled

    def _document(self, compiled: CompiledDocument, request: Request, query: str) -> Response:
        if isinstance(compiled.query, EntityIdQuery):
            found = _dereferenced(compiled.query, request, query, self.schema)
            self._check_id(compiled.query.id, found)
            return self._read(found)
        if compiled.query.document == "service":
            return self._documents.service_document(request, compiled.format)
        return self._documents.metadata(request, compiled.format)

    def _check_id(self, text: str, found: Request) -> None:
        """Refuses an entity-id that does not name one entity of this service."""
        resolved = resolve_request(found.path, "", (), self.store, self.settings.limits).query
        path = resolved.path if isinstance(resolved, Query) and resolved.property is None else None
        if path is None or path.type.collection or path.is_count or path.is_value or path.is_ref or path.call:
            raise BadRequest(f"'{text}' is not the id of an entity.", target="$id", hint="Write $id=Set('key').")

    def _write(self, request: Request) -> Response:
        workshop = self._serving(request).reading(request.headers.get("content-type", ""))
        asked = self._asked(with_id_option(request), workshop)
        if asked.query.path.call is not None:
            invoker = self._invoker.serving(workshop)
            return act_on_each(asked, invoker) if is_for_each(asked.query.path.call) else invoker.act(asked)
        if asked.query.path.is_ref:
            return change_reference(asked, workshop)
        if asked.query.path.is_each:
            return change_each(asked, workshop)
        if asked.query.path.stream is not None:
            return _write_stream(asked, workshop)
        if asked.query.property is not None:
            return change_property(asked, workshop)
        if asked.query.path.type.collection and request.method != "POST":
            return change_collection(asked, workshop)
        match request.method:
            case "POST" if media.takes_media(request, asked.query, workshop):
                return media.create_media(asked, workshop)
            case "POST":
                return create(asked, workshop)
            case "DELETE":
                return delete(asked, workshop)
            case _:
                return update(asked, workshop)

    def _asked(self, request: Request, workshop: Workshop) -> Asked:
        """A write with what its URL and headers say: compiled once for all that differ in keys alone."""
        shape = request.shape or shape_of(request.path, request.query, self._set_names)
        key, literals = None, shape.literals if shape else ()
        compiled = None
        stated = negotiated(request.headers)
        if shape is not None and stated is not None:
            key = (request.method, shape.text, request.presentation, *stated)
            compiled = workshop.writes.find(key, literals)
        if compiled is None:
            keys = tuple(literal for literal in literals if literal.option == "path")
            resolved = resolve_request(request.path, request.query, keys, self.store, self.settings.limits)
            compiled = compile_write(resolved, request, literals, self.settings)
            if key is not None:
                fixed = (*resolved.fixed, *range(len(keys), len(literals)))
                workshop.writes.keep(key, literals, fixed, compiled)
        values = bind(compiled.converters, literals)
        address = Address(compiled.path, key_values(compiled.keys, values))
        return Asked(request, compiled.query, compiled.context, address, tuple(values))

    def _allowed(self, request: Request) -> tuple[str, ...]:
        query = resolve_request(request.path, request.query, (), self.store, self.settings.limits).query
        is_fixed = isinstance(query, Query) and query.property is not None and unchangeable(query.path, self.schema)
        if isinstance(query, Query) and not is_fixed:
            return allowed_methods(query, read_only=self.settings.read_only)
        return ("GET", "HEAD")

    def refusal(self, request: Request, error: ODataError) -> Response:
        """The answer to a request that fails so, be it that nothing but its method and its headers could be read."""
        try:
            version = negotiate_version(request.headers, self.settings)
        except ODataError:
            version = self.settings.default_version
        headers = {
            "Content-Type": "application/json;" + ("odata." if version == "4.0" else "") + "metadata=minimal",
            "OData-Version": version,
            "Content-Language": "en",
            "Vary": VARY,
            **refused_result(request, error),
            **error.headers,
        }
        inner = inner_error(request) if self.schema.profile.inner_error else None
        body = b"" if request.method == "HEAD" else write_error(error, version=version, inner=inner)
        return Response(error.status, headers, body)


def _write_stream(asked: Asked, workshop: Workshop) -> Response:
    if asked.request.method == "PUT":
        return media.put(asked, workshop)
    if asked.query.path.stream != MEDIA:
        return media.drop(asked, workshop)
    return media.delete_media(asked, workshop)


def _dereferenced(query: EntityIdQuery, request: Request, options: str, schema: Schema) -> Request:
    """The request for the entity that an entity-id names, with all other options kept (Protocol 11.2.9)."""
    path = below_service(query.id, request.base_url, schema)
    if path is None:
        raise NotFound(f"'{query.id}' is no entity of this service.", target="$id", hint="Write $id=Set('key').")
    if query.cast is not None:
        path = f"{path}/{query.cast}"
    kept = "&".join(part for part in options.split("&") if unquote(part).lower().lstrip("$").partition("=")[0] != "id")
    parse_url(path, kept, Settings().limits)
    return replace(request, path=path, query=kept)
