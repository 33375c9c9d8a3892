"""A request compiled once per shape: parsed, resolved, and if it reads planned and prepared; then bound to literals.

The result holds nothing of one request: `bind` fills the slots from the literals that `url.shape_of` found. What a
write changes depends on its body too: what is prepared for that stands in the workshop.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.types import INT64, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import BadRequest, MethodNotAllowed, OptionNotAllowed
from odata_service.payload import ContextUrl, EntityWriter, Format, compile_writer, context_url_of
from odata_service.plan.counts import plan_count, plan_exists
from odata_service.plan.look import plan_stream
from odata_service.plan.model import EntityShape, ReadPlan
from odata_service.plan.paging import SkipToken, remaining_limit, seek_of, seek_slots
from odata_service.plan.read import plan_read
from odata_service.semantics import converter, resolve
from odata_service.semantics.all_entities import ANY_ENTITY
from odata_service.semantics.resolved import (
    AllQuery,
    DocumentQuery,
    EntityIdQuery,
    EntitySetStep,
    GivenStep,
    Query,
    QueryOptions,
)
from odata_service.semantics.restrictions import check_restrictions
from odata_service.semantics.tree import Expression, Parameter
from odata_service.service.address import KeyedPath, keyed_path
from odata_service.service.linked import CompiledLinks, compile_links
from odata_service.service.message import Request
from odata_service.service.methods import check_method
from odata_service.service.negotiate import Context, negotiate, negotiate_text, negotiate_version
from odata_service.service.preferences import read_preferences
from odata_service.service.presentation import writer_of
from odata_service.settings import Limits, Settings
from odata_service.storage import PreparedCount, PreparedRead, PreparedVersion, Store
from odata_service.url import ScannedLiteral, parse_url

Converters = tuple[tuple[int, Callable[[str], PrimitiveValue | None]], ...]


class CompiledRead(Struct, frozen=True):
    """Entities, one entity or one property of it, ready to be read and written.

    `url` is the context URL of its answers; `exists` finds the entity before the last navigation step, to tell an empty
    answer from a missing parent; `links` are what values lead to that are kept whole;
    `version` tells versions of a collection apart where that costs next to nothing.
    """

    query: Query
    context: Context
    prepared: PreparedRead
    writer: EntityWriter
    url: ContextUrl
    exists: PreparedCount | None
    converters: Converters
    version: PreparedVersion | None = None
    links: CompiledLinks | None = None


class CompiledCount(Struct, frozen=True):
    """`/$count`, ready to be counted."""

    query: Query
    context: Context
    prepared: PreparedCount
    exists: PreparedCount | None
    converters: Converters


class CompiledDocument(Struct, frozen=True):
    """The service document, `$metadata` or an entity-id: nothing to prepare. `format` is the text of $format."""

    query: DocumentQuery | EntityIdQuery
    format: str | None


class CompiledStream(Struct, frozen=True):
    """A stream, ready to be read."""

    query: Query
    context: Context
    prepared: PreparedRead
    converters: Converters


class CompiledResult(Struct, frozen=True):
    """What a function gives beside entities: nothing to prepare."""

    query: Query
    context: Context
    converters: Converters


class CompiledPart(Struct, frozen=True):
    """The reads of one source: from its beginning, and behind one of its entities; and its count."""

    first: PreparedRead
    following: PreparedRead
    count: PreparedCount
    writer: EntityWriter
    links: CompiledLinks | None


class CompiledAll(Struct, frozen=True):
    """`$all`, ready to be read or counted."""

    query: AllQuery
    context: Context
    parts: tuple[CompiledPart, ...]
    converters: Converters


CompiledQuery = CompiledRead | CompiledCount | CompiledStream | CompiledResult
Compiled = CompiledQuery | CompiledAll | CompiledDocument


class CompiledWrite(Struct, frozen=True):
    """A write of the entities at a path, or of a stream of one; what it changes depends on its body.

    `keys` are the keys along the path, parameters as a rule.
    """

    query: Query
    context: Context
    path: KeyedPath
    keys: tuple[Expression, ...]
    converters: Converters


class Resolved(Struct, frozen=True):
    """A typed request; `fixed` are the places of the literals that are part of its meaning."""

    query: Query | AllQuery | DocumentQuery | EntityIdQuery
    format: str | None
    fixed: tuple[int, ...]


def resolve_request(
    path: str, query: str, literals: Sequence[ScannedLiteral], store: Store, limits: Limits
) -> Resolved:
    """The typed tree of a URL; the place of a literal among `literals` is its slot where it becomes a parameter."""
    url = parse_url(path, query, limits)
    slots = {(literal.option, literal.start, literal.text): place for place, literal in enumerate(literals)}
    resolved = resolve(url, store.schema, slots=slots, limits=limits)
    if isinstance(resolved, Query | AllQuery):
        doubled = slots_of_two_types(resolved.parameters)
        if doubled:
            slots = {place: slot for place, slot in slots.items() if slot not in doubled}
            resolved = resolve(url, store.schema, slots=slots, limits=limits)
    bound = {parameter.slot for parameter in resolved.parameters} if isinstance(resolved, Query | AllQuery) else set()
    fixed = tuple(place for place in range(len(literals)) if place not in bound)
    return Resolved(resolved, url.options.format, fixed)


def context_of_all(query: AllQuery, request: Request, format_option: str | None, settings: Settings) -> Context:
    """How a GET of `$all` is answered."""
    return (
        _text_context(request, format_option, settings)
        if query.is_count
        else negotiate(request.headers, format_option, settings)
    )


def context_of(query: Query, request: Request, format_option: str | None, settings: Settings) -> Context:
    """How a GET of this resource is answered; raw values are text whatever JSON the client would like."""
    if query.path.stream is not None:
        return stream_context(request, settings)
    if not (query.path.is_count or query.path.is_value):
        return _presented(negotiate(request.headers, format_option, settings), request)
    binary = query.path.is_value and kind_of(query.path.type) is Kind.BINARY
    return _text_context(request, format_option, settings, "application/octet-stream" if binary else "text/plain")


def _presented(context: Context, request: Request) -> Context:
    return context if request.presentation is None else replace(context, presentation=request.presentation)


def _text_context(
    request: Request, format_option: str | None, settings: Settings, media_type: str = "text/plain"
) -> Context:
    negotiate_text(request.headers, format_option, media_type)
    version = negotiate_version(request.headers, settings)
    return Context(version, Format("minimal", version, False), read_preferences(request.headers.get("prefer", "")))


def stream_context(request: Request, settings: Settings) -> Context:
    """How a request for a stream is answered: with the bytes as they are, whatever JSON the client would like."""
    version = negotiate_version(request.headers, settings)
    return Context(version, Format("minimal", version, False), read_preferences(request.headers.get("prefer", "")))


def compile_read(
    query: Query, context: Context, literals: Sequence[ScannedLiteral], token: SkipToken | None, store: Store
) -> CompiledQuery:
    """What answers a GET of this shape; with a token, what follows the page that the token ends."""
    check_restrictions(query)
    _check_index("GET", query)
    converters = converters_of(query.parameters, literals)
    if query.path.is_result:
        return CompiledResult(query, context, converters)
    stream = query.path.stream
    if stream is not None:
        plan = plan_stream(query.path, stream, whole=True)
        return CompiledStream(query, context, store.prepare_read(plan), converters)
    parent = plan_exists(query.path, store.schema)
    exists = store.prepare_count(parent) if parent else None
    if query.path.is_count and query.property is None:
        return CompiledCount(query, context, store.prepare_count(plan_count(query)), exists, converters)
    if query.property is not None and kind_of(query.path.type) is not None:
        context = _of_one_value(context)
    plan = plan_read(query, store.schema)
    if token is not None:
        plan = continued(plan, query, token, len(literals), store)
    writer = writer_of(plan, context, store.schema)
    url = context_url_of(query, context.version)
    version = store.changes.prepare_version(query) if _is_versioned(query, plan.shape) else None
    links = compile_links(query, plan.shape.fields, context, store)
    return CompiledRead(query, context, store.prepare_read(plan), writer, url, exists, converters, version, links)


def _is_versioned(query: Query, shape: EntityShape) -> bool:
    """Whether a result may have an ETag of its own: a collection of entities that are kept, without streams."""
    path = query.path
    is_made = path.call is not None or path.joined or query.options.apply is not None
    is_of_entities = isinstance(path.steps[0], EntitySetStep) and not isinstance(path.steps[-1], GivenStep)
    is_plain = path.type.collection and query.property is None and not is_made
    return is_plain and is_of_entities and not _shows_streams(shape)


def _shows_streams(shape: EntityShape) -> bool:
    return bool(shape.streams) or any(_shows_streams(part.shape) for part in shape.expands)


def _of_one_value(context: Context) -> Context:
    """The context of a value that is asked for alone: it is told whatever it is."""
    preferences = replace(context.preferences, omits=None, refers=None)
    return replace(context, format=replace(context.format, omits=None), preferences=preferences)


def compile_all(query: AllQuery, context: Context, literals: Sequence[ScannedLiteral], store: Store) -> CompiledAll:
    """What answers a GET of `$all`: the number to pass over takes the slot behind the literals, a seek the next."""
    for part in query.parts:
        check_restrictions(part)
    parts = tuple(_compiled(part, query.type, context, len(literals), store) for part in query.parts)
    return CompiledAll(query, context, parts, converters_of(query.parameters, literals))


def _compiled(part: Query, type_ref: TypeRef, context: Context, slot: int, store: Store) -> CompiledPart:
    passing = replace(part, options=replace(part.options, skip=Parameter(slot, INT64)))
    first = _told(plan_read(passing, store.schema), type_ref)
    following = _told(plan_read(part, store.schema, seek=seek_slots(first, slot + 1)), type_ref)
    return CompiledPart(
        store.prepare_read(first),
        store.prepare_read(following),
        store.prepare_count(plan_count(part)),
        compile_writer(first, store.schema, context.format),
        compile_links(part, first.shape.fields, context, store),
    )


def part_behind(compiled: CompiledAll, place: int, token: SkipToken, slots: int, store: Store) -> PreparedRead:
    """The read of a source behind a token, of which some values may be null."""
    part, plan = compiled.query.parts[place], compiled.parts[place].first.plan
    if len(token.values) != len(plan.order):
        raise BadRequest("This $skiptoken does not belong to this request.", target="$skiptoken")
    following = plan_read(part, store.schema, seek=seek_of(token, plan, slots + 1))
    return store.prepare_read(_told(following, compiled.query.type))


def _told(plan: ReadPlan, type_ref: TypeRef) -> ReadPlan:
    """The plan with entities that tell what their own context and that of the whole leave open: type and source."""
    own = plan.shape.entity_set.entity_type
    declared = own if own == type_ref.name else ANY_ENTITY
    return replace(plan, shape=replace(plan.shape, declared=declared, is_apart=True))


def compile_write(
    resolved: Resolved, request: Request, literals: Sequence[ScannedLiteral], settings: Settings
) -> CompiledWrite:
    """What a request is about that changes something; `MethodNotAllowed` where its method is not taken there."""
    query = resolved.query
    if not isinstance(query, Query):
        raise MethodNotAllowed(f"This resource does not take {request.method}.", allow=("GET", "HEAD"))
    check_method(request.method, query, read_only=settings.read_only)
    if query.path.stream is None:
        if query.path.call is None:
            _check_write_options(query.options)
        _check_index(request.method, query)
        context = _presented(negotiate(request.headers, resolved.format, settings), request)
    else:
        context = stream_context(request, settings)
    is_apart = query.path.call is not None or query.path.is_each or query.path.is_ref
    path, keys = (KeyedPath(query.path), ()) if is_apart else keyed_path(query.path)
    return CompiledWrite(query, context, path, keys, converters_of(query.parameters, literals))


def _check_write_options(options: QueryOptions) -> None:
    is_of_page = options.orderby or options.top or options.skip or options.skiptoken or options.count
    if options.filter or options.search or options.apply or is_of_page:
        raise OptionNotAllowed(
            "A write takes none of $filter, $search, $orderby, $top, $skip, $skiptoken, $count and $apply.",
            hint="Use $select and $expand to shape the answer.",
        )


def _check_index(method: str, query: Query) -> None:
    if query.index is not None and (method != "POST" or query.path.call is not None):
        raise OptionNotAllowed(
            "$index says where a POST adds a member.", target="$index", hint="Leave it out, or send a POST."
        )


def bind(converters: Converters, literals: Sequence[ScannedLiteral]) -> list[PrimitiveValue | None]:
    """The values of a request by slot."""
    values: list[PrimitiveValue | None] = [None] * len(literals)
    for slot, convert in converters:
        values[slot] = convert(literals[slot].text)
    return values


def continued(plan: ReadPlan, query: Query, token: SkipToken, first_slot: int, store: Store) -> ReadPlan:
    """The plan of the page behind a token: its seek values take the slots behind the literals, the limit the last."""
    if len(token.values) != len(plan.order):
        raise BadRequest("This $skiptoken does not belong to this request.", target="$skiptoken")
    limit = remaining_limit(first_slot + len(plan.order)) if plan.limit is not None else None
    return plan_read(query, store.schema, seek=seek_of(token, plan, first_slot), limit=limit)


def converters_of(parameters: Sequence[Parameter], literals: Sequence[ScannedLiteral]) -> Converters:
    """How each slot's text becomes its value."""
    types = {parameter.slot: parameter.type for parameter in parameters}
    return tuple(
        (slot, converter(literals[slot].kind, type_ref)) for slot, type_ref in sorted(types.items(), key=itemgetter(0))
    )


def slots_of_two_types(parameters: Sequence[Parameter]) -> set[int]:
    """The slots that one request uses with two types, as an alias may be: they cannot be bound once for both."""
    types: dict[int, set[str]] = {}
    for parameter in parameters:
        types.setdefault(parameter.slot, set()).add(parameter.type.name)
    return {slot for slot, names in types.items() if len(names) > 1}
