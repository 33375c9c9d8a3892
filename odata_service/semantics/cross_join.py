"""`$crossjoin(A,B)`: every combination of entities of some sets, as instances of a type of its own.

(URL Conventions 4.15.)

The standard describes the type: complex, with a single-valued navigation property for each set, called as the set is.
It is put into the schema under its abstract name, bound to the sets, so that options are resolved against it as against
any other type.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.model import ComplexType, EntitySet, NavigationProperty, Schema
from odata_service.edm.types import TypeRef
from odata_service.errors import NotFound, SemanticError, did_you_mean
from odata_service.semantics.combinations import combined
from odata_service.semantics.options import check_options
from odata_service.semantics.resolved import CrossJoinStep, Joined, Query, ResourcePath
from odata_service.semantics.scope import Request, Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.tree import NavigationAccess
from odata_service.url.syntax import CrossJoin, ODataUrl, PathSegment, Segment

JOINED = "Edm.ComplexType"
"""What the type of a cross join's instances is called."""


def resolve_cross_join(url: ODataUrl, request: Request) -> Query:
    """The query of a URL that begins with a cross join; `NotFound` for what is no entity set."""
    first, *rest = url.segments
    assert isinstance(first, CrossJoin), "the caller has seen that it is one"
    joined = tuple(_joined(first, request.schema))
    is_count = _is_count(rest)
    path = ResourcePath((CrossJoinStep(joined),), TypeRef(JOINED, collection=True), None, is_count=is_count)
    check_options(url.options, "a count" if is_count else "a cross join")
    if url.options.search is not None:
        raise SemanticError("$search does not go with a cross join.", target="$search", hint="Use $filter.")
    source = EntitySet("$crossjoin", JOINED)
    known = replace(request, schema=_with(source, joined, request.schema))
    scope = Scope(known, JOINED, source, "", "the query")
    begun = replace(scope, result=combined(joined, request.schema))
    options = resolve_options(url.options, scope if url.options.apply is None else begun)
    if url.options.apply is None and options.apply is not None:
        found = resolve_options(url.options, begun)
        options = found if url.options.expand is not None else replace(found, expand=())
    return Query(path, options, parameters=tuple(known.parameters))


def _joined(crossed: CrossJoin, schema: Schema) -> Iterator[Joined]:
    seen: set[str] = set()
    for name, span in ((part.name, part.span) for part in crossed.entity_sets):
        found = schema.entity_set(name)
        if found is None:
            raise NotFound(
                f"This service has no entity set '{name}' to join (at position {span.start + 1} of the path).",
                hint=did_you_mean(name, list(schema.container.entity_sets)),
            )
        if name in seen:
            raise SemanticError(
                f"'{name}' stands twice in $crossjoin: its instances have one member for each set.",
                target="the path",
                hint="Join each set once, and reach further entities by navigation.",
            )
        seen.add(name)
        navigation = NavigationProperty(name, found.entity_type, nullable=False)
        yield Joined(NavigationAccess(navigation, JOINED, TypeRef(found.entity_type)), found)


def _is_count(rest: Sequence[PathSegment]) -> bool:
    match rest:
        case []:
            return False
        case [Segment(name="$count", arguments=None)]:
            return True
        case _:
            raise NotFound("Nothing but $count can follow $crossjoin in a path.")


def _with(source: EntitySet, joined: Sequence[Joined], schema: Schema) -> Schema:
    """The schema with the type of the instances, and the source that they seem to live in."""
    navigation = tuple(part.access.navigation for part in joined)
    targets = {(source.name, part.entity_set.name): part.entity_set.name for part in joined}
    sources = replace(
        schema.sources,
        by_name={**schema.sources.by_name, source.name: source},
        targets={**schema.sources.targets, **targets},
    )
    types = {**schema.types, JOINED: ComplexType(JOINED, (), navigation)}
    return replace(schema, types=types, sources=sources)
