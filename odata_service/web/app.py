"""The Flask application and blueprint: one catch-all route for OData, `/-/…` for all else."""

import json
from collections.abc import Callable, Collection
from functools import partial
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException

from odata_service.edm.model import Schema
from odata_service.errors import BadRequest, MethodNotAllowed, NotFound, ODataError, PayloadTooLarge, ServiceError
from odata_service.service import Request, Response, Service
from odata_service.settings import Settings
from odata_service.storage import open_store
from odata_service.web import connect
from odata_service.web.cors import preflight
from odata_service.web.description import Description
from odata_service.web.explorer import page_context, wants_page
from odata_service.web.faces import Faces
from odata_service.web.messages import error_response, finished, outline_of, request_id_of, request_of
from odata_service.web.meter import Meter

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MERGE")
Sent = Callable[[Response], FlaskResponse]


def create_app(schema: Schema, database: str = "sqlite:///odata.db", *, settings: Settings | None = None) -> Flask:
    """A Flask application that serves a schema from a database; missing tables are made.

    The `Service` is `app.extensions["odata"]`. `StorageMismatch` where existing tables do not fit the schema.
    """
    service = _service(schema, database, settings)
    app = app_of(service)
    service.store.close()
    return app


def app_of(service: Service, meter: Meter | None = None) -> Flask:
    """The application around a service that stands; `meter` is that of who counts its requests already."""
    app = Flask("odata_service", template_folder="web/templates", static_folder=None)
    app.url_map.merge_slashes = False
    app.extensions["odata"] = service
    app.register_blueprint(_blueprint(service, meter))
    app.register_error_handler(HTTPException, _http_failure)
    return app


def blueprint(schema: Schema, database: str, *, name: str = "odata", settings: Settings | None = None) -> Blueprint:
    """A blueprint that mounts the service inside another Flask application, with `url_prefix` where it is to stand."""
    return _blueprint(_service(schema, database, settings), name=name)


def _service(schema: Schema, database: str, settings: Settings | None) -> Service:
    settings = settings or Settings()
    store = open_store(database, schema, settings)
    store.create()
    return Service(schema, store, settings)


def _blueprint(service: Service, meter: Meter | None = None, name: str = "odata") -> Blueprint:
    mounted = Blueprint(name, "odata_service", template_folder="web/templates")
    mounted.before_request(_identify)
    faces = Faces(service)
    origins = service.settings.cors_origins

    def sent(response: Response) -> FlaskResponse:
        return _flask_response(response, origins)

    def odata(path: str) -> FlaskResponse:
        environ = _mounted_environ(name)
        is_page = wants_page(request.headers.get("Accept", ""), environ.get("QUERY_STRING", ""))
        if not path and request.method in {"GET", "HEAD"} and is_page:
            try:
                plain = request_of(environ, service.settings)
                service.guarded(plain, partial(service.identified, plain))
            except ODataError as error:
                return sent(service.refusal(outline_of(environ), error))
            page = render_template("explorer.html", **page_context(service.schema, plain.base_url))
            headers = {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept"}
            return sent(Response(200, headers, page.encode("utf-8")))
        refused = partial(faces.refusal, is_v2=faces.is_v2(environ.get("PATH_INFO", "")))
        return sent(_handled(environ, service, faces.handle, refused))

    def status(path: str) -> FlaskResponse:
        return sent(_handled(_mounted_environ(name, "/-/status"), service, service.handle))

    mounted.add_url_rule("/-/status/<path:path>", view_func=status, methods=METHODS, provide_automatic_options=False)
    _add_rest(mounted, service, sent)
    _add_metrics(mounted, service, meter or _counting(mounted, service), sent)
    mounted.add_url_rule("/", view_func=odata, defaults={"path": ""}, methods=METHODS, provide_automatic_options=False)
    mounted.add_url_rule("/<path:path>", view_func=odata, methods=METHODS, provide_automatic_options=False)
    return mounted


def _add_rest(mounted: Blueprint, service: Service, sent: Sent) -> None:
    """The rules of what is not OData, each below `/-/`."""
    description = Description(service)
    told = partial(_told, mounted, service, sent)

    def openapi() -> FlaskResponse:
        return told("/-/openapi.json", description.answer)

    def connection(path: str) -> FlaskResponse:
        return told("/-/connect", lambda plain: connect.answered(service.schema, plain))

    def health() -> FlaskResponse:
        return sent(_handled(request.environ, service, lambda plain: _state(plain, None)))

    def ready() -> FlaskResponse:
        return sent(_handled(request.environ, service, lambda plain: _state(plain, service.store.ready())))

    def nothing(path: str) -> FlaskResponse:
        error = NotFound(f"There is nothing at /-/{path[:80]}.")
        return sent(_handled(request.environ, service, lambda plain: service.refusal(plain, error)))

    for rule, view in (
        ("health", health),
        ("ready", ready),
        ("openapi.json", openapi),
        ("connect/<path:path>", connection),
        ("<path:path>", nothing),
    ):
        mounted.add_url_rule(f"/-/{rule}", view_func=view, methods=METHODS, provide_automatic_options=False)


def _state(plain: Request, reason: str | None) -> Response:
    """Whether a service can answer, and why not."""
    if plain.method not in {"GET", "HEAD"}:
        return error_response(MethodNotAllowed("/-/health and /-/ready take GET and HEAD.", allow=("GET", "HEAD")))
    told = {"status": "ok"} if reason is None else {"status": "unavailable", "reason": reason}
    return Response(200 if reason is None else 503, {"Content-Type": "application/json"}, json.dumps(told).encode())


def _counting(mounted: Blueprint, service: Service) -> Meter:
    """The meter of the requests that come in here."""
    meter = Meter(service.store.tally, v2_path=service.settings.v2_path)

    def begin() -> None:
        request.environ["odata.began"] = perf_counter()
        meter.began()

    def end(response: FlaskResponse) -> FlaskResponse:
        seconds = perf_counter() - request.environ["odata.began"]
        is_other = request.url_rule is not None and "/-/" in request.url_rule.rule
        path = "/-/" if is_other else _mounted_environ(mounted.name).get("PATH_INFO", "")
        meter.ended(request.method, path, response.status_code, seconds)
        return response

    mounted.before_request(begin)
    mounted.after_request(end)
    return meter


def _add_metrics(mounted: Blueprint, service: Service, meter: Meter, sent: Sent) -> None:
    """What has been counted."""

    def exposed(plain: Request) -> Response:
        if plain.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed("/-/metrics takes GET and HEAD.", allow=("GET", "HEAD"))
        from odata_service.web.metrics import exposition  # a tenth of a second, for those that are asked for it

        body, media_type = exposition(meter, plain.headers.get("accept", ""))
        return Response(200, {"Content-Type": media_type, "Cache-Control": "no-store"}, body)

    def metrics() -> FlaskResponse:
        return _told(mounted, service, sent, "/-/metrics", exposed)

    mounted.add_url_rule("/-/metrics", view_func=metrics, methods=METHODS, provide_automatic_options=False)


def _told(
    mounted: Blueprint, service: Service, sent: Sent, inside: str, answer: Callable[[Request], Response]
) -> FlaskResponse:
    """The answer to a request for what tells of a service: where it asks who callers are, those alone see it."""

    def handled(plain: Request) -> Response:
        try:
            return service.guarded(plain, lambda: answer(service.identified(plain)))
        except ODataError as error:
            return service.refusal(plain, error)

    return sent(_handled(_mounted_environ(mounted.name, inside), service, handled))


def _identify() -> None:
    """Gives a request its id, which is told in the headers of its answer and in the log."""
    stated = request.environ.get("HTTP_X_REQUEST_ID", "")
    request.environ["HTTP_X_REQUEST_ID"] = request_id_of({"x-request-id": stated})


def _handled(
    environ: dict[str, Any],
    service: Service,
    handle: Callable[[Request], Response],
    refused: Callable[[Request, ODataError], Response] | None = None,
) -> Response:
    """The answer to a request; `refused` is that to one that cannot be read, where it is not V4's."""
    try:
        plain = request_of(environ, service.settings)
    except ODataError as error:
        return (refused or service.refusal)(outline_of(environ), error)
    return preflight(plain.method, plain.headers, service.settings.cors_origins) or handle(plain)


def _mounted_environ(name: str, inside: str = "") -> dict[str, Any]:
    """The WSGI environment as it would be if the blueprint's prefix were a mount point; `inside` is below it."""
    environ = request.environ
    prefix = current_app.blueprints[name].url_prefix or ""
    rule = request.url_rule.rule if request.url_rule else prefix
    registered = rule.partition("<path")[0].rstrip("/").removesuffix(inside)
    if not registered:
        return environ
    path = environ.get("PATH_INFO", "").removeprefix(registered)
    return {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + registered, "PATH_INFO": path or "/"}


def _flask_response(response: Response, origins: Collection[str] = ()) -> FlaskResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    done = finished(response, headers, request_id_of(headers), origins)
    made = FlaskResponse(done.body, done.status)
    made.headers.clear()
    made.headers.update(done.headers)
    return made


def _http_failure(error: HTTPException) -> FlaskResponse:
    """What Flask or werkzeug refuse by themselves, as an OData error."""
    text = (error.description or error.name).rstrip(".") + "."
    match error.code:
        case 404:
            failure: ODataError = NotFound(text)
        case 405:
            failure = MethodNotAllowed(text, allow=METHODS)
        case 413:
            failure = PayloadTooLarge(text)
        case code if code is not None and code < 500:
            failure = BadRequest(text)
        case _:
            failure = ServiceError("The service failed to answer this request.")
    return _flask_response(error_response(failure))
