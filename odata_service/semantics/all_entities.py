"""`$all` and `$all/ns.Type`: the entities of all entity sets and singletons, source by source (URL Conventions 4.16).

Each source is a query of its own, resolved against its own entities. Of all types together nothing is known but that
they are entities, so `$filter` and the like go with a type alone; `$search` asks for no names.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.model import EntitySet, EntityType, Schema
from odata_service.edm.searched import is_searchable, is_searched
from odata_service.edm.types import INT64, TypeRef
from odata_service.errors import NotFound, NotSupported, did_you_mean
from odata_service.semantics.aligned_orders import aligned
from odata_service.semantics.options import check_options
from odata_service.semantics.resolved import (
    EVERYTHING,
    AllQuery,
    CastStep,
    EntitySetStep,
    OrderItem,
    Query,
    QueryOptions,
    ResourcePath,
)
from odata_service.semantics.scope import Request, Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.tree import Constant
from odata_service.url.syntax import ODataUrl, PathSegment, Segment

ANY_ENTITY = "Edm.EntityType"
"""The type of entities of which nothing more is known."""


def resolve_all(url: ODataUrl, request: Request) -> AllQuery:
    """The queries of a URL that begins with `$all`; `NotFound` for what is no entity type."""
    name, is_count = _type_of(url.segments[1:], request.schema)
    resource = "a count" if is_count and name is not None else "all entities" if name is None else "all of a type"
    check_options(url.options, resource)
    whole = Scope(request, ANY_ENTITY, None, "", "the query")
    sources = list(_sources(name, request.schema))
    if name is None and url.options.search is not None:
        sources = [source for source in sources if _has_texts(source, request.schema)]
    parts = tuple(_part(source, name, url, request) for source in sources)
    orders = aligned([part.options.orderby for part in parts])
    parts = tuple(
        replace(part, options=replace(part.options, orderby=order)) for part, order in zip(parts, orders, strict=True)
    )
    directions = tuple(item.descending for item in orders[0]) if orders else ()
    options = QueryOptions(
        EVERYTHING,
        expand=parts[0].options.expand if parts else (),
        skip=whole.at("skip").number(url.options.skip, INT64),
        top=whole.at("top").number(url.options.top, INT64),
        count=bool(url.options.count),
    )
    type_ref = TypeRef(name or ANY_ENTITY, collection=True)
    if directions:
        parts = tuple(_placed(part, place) for place, part in enumerate(parts))
    return AllQuery(parts, type_ref, options, is_count, directions, parameters=tuple(request.parameters))


def _placed(part: Query, place: int) -> Query:
    """A part whose order goes on with its place among all."""
    order = (*part.options.orderby, OrderItem(Constant(place, INT64)))
    return replace(part, options=replace(part.options, orderby=order))


def _type_of(rest: Sequence[PathSegment], schema: Schema) -> tuple[str | None, bool]:
    """The type that narrows them, and whether they are counted."""
    names = [part.name if isinstance(part, Segment) and part.arguments is None else "" for part in rest]
    is_count = names[-1:] == ["$count"]
    types = names[:-1] if is_count else names
    if not types:
        return None, is_count
    if len(types) > 1 or not isinstance(schema.types.get(types[0]), EntityType):
        known = [name for name, declared in schema.types.items() if isinstance(declared, EntityType)]
        raise NotFound(
            "The name of an entity type or $count follows $all in a path, and nothing else.",
            hint=did_you_mean(types[0], known),
        )
    return types[0], is_count


def _sources(name: str | None, schema: Schema) -> Iterator[EntitySet]:
    """The sources that may be read and may have entities of a type."""
    for child in schema.container.children():
        source = schema.source(child.name)
        if source is None or not source.capabilities.readable:
            continue
        if name is None or schema.is_derived(source.entity_type, name) or schema.is_derived(name, source.entity_type):
            yield source


def _has_texts(source: EntitySet, schema: Schema) -> bool:
    """Whether a search finds anything in a source at all."""
    return is_searchable(source) and is_searched(source.entity_type, schema)


def _part(source: EntitySet, name: str | None, url: ODataUrl, request: Request) -> Query:
    """The query for what one source has of them."""
    schema = request.schema
    is_whole = name is None or schema.is_derived(source.entity_type, name)
    entity_type = source.entity_type if name is None or is_whole else name
    steps = (EntitySetStep(source),) if is_whole else (EntitySetStep(source), CastStep(entity_type))
    path = ResourcePath(steps, TypeRef(entity_type, collection=True), source)
    declared = schema.entity_type(entity_type)
    stated = replace(url.options, skip=None, top=None, count=None, skiptoken=None)
    if name is None and stated.search is None:
        return Query(path, QueryOptions(EVERYTHING), declared)
    options = resolve_options(stated, Scope(request, entity_type, source, "", "the query"))
    if options.apply is not None:
        raise NotSupported(
            "Aggregates of all entities of several sets are not supported.",
            target="$these",
            hint="Ask for those of one entity set.",
        )
    return Query(path, options, declared)
