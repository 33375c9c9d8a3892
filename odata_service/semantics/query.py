"""The entry: a syntax tree and a schema become a typed query."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.annotations import SCHEMA_VERSION, annotation_value
from odata_service.edm.model import EntityType, Schema
from odata_service.errors import NotFound, SemanticError
from odata_service.semantics.all_entities import resolve_all
from odata_service.semantics.cross_join import resolve_cross_join
from odata_service.semantics.options import check_options, is_count, kind_of_resource, of_count
from odata_service.semantics.path import resolve_path
from odata_service.semantics.resolved import (
    AllQuery,
    DocumentQuery,
    EntityIdQuery,
    Query,
    ResourcePath,
)
from odata_service.semantics.scope import Request, Scope, Slots
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.set_functions import at_home
from odata_service.semantics.value_options import Ending, options_of_value
from odata_service.semantics.whole_names import with_whole_names
from odata_service.settings import Limits
from odata_service.url.syntax import CrossJoin, FilterSegment, ODataUrl, Options, PathSegment, Segment

_NO_SLOTS: Slots = {}


def resolve(
    url: ODataUrl, schema: Schema, *, slots: Slots = _NO_SLOTS, limits: Limits | None = None
) -> Query | AllQuery | DocumentQuery | EntityIdQuery:
    """What a URL means against a schema.

    `slots` maps (option, place, text) of literals to their slots: those become `Parameter`s, all others `Constant`s.
    Raises `NotFound` for a path that leads nowhere, a `SemanticError` for names and types that do not fit,
    `NotSupported` for what the standard has and this service not.
    """
    _check_schema_version(url.options, schema)
    url = with_whole_names(url, schema)
    if url.segments and is_count(url.segments[-1]):
        url = replace(url, options=of_count(url.options))
    document = _document(url, schema)
    if document is not None:
        return document
    custom = dict(url.options.custom)
    request = Request(schema, slots, limits or Limits(), dict(url.options.aliases), custom=custom)
    match url.segments[0]:
        case CrossJoin():
            return resolve_cross_join(url, request)
        case Segment(name="$all", arguments=None):
            return resolve_all(url, request)
    path, found, around = resolve_path(_followed(url.segments), Scope(request, "", None, "path", "the path"))
    check_options(url.options, kind_of_resource(path, found))
    if found is not None:
        options = options_of_value(url.options, path, Ending(found, around), request)
        index = url.options.index.value if url.options.index is not None else None
        return Query(path, options, parameters=tuple(request.parameters), property=found, index=index)
    scope = Scope(request, path.type.name, path.entity_set, "", "the query")
    options = resolve_options(url.options, scope)
    if options.apply is not None:
        path, options = at_home(path, options, options.apply)
    return Query(path, options, _entity_type(path, schema), url.options.id, parameters=tuple(request.parameters))


def _check_schema_version(options: Options, schema: Schema) -> None:
    """`NotFound` for another version of the schema than that which is served (Protocol 11.2.12)."""
    wanted = options.schemaversion
    if wanted is None or wanted == "*":
        return
    stated = [annotation_value(part.annotations, SCHEMA_VERSION) for part in schema.declared_namespaces.values()]
    known = [str(version) for version in stated if version is not None]
    if wanted not in known:
        hint = f"It has {', '.join(known)}." if known else "Its schema has no versions: leave the option out."
        raise NotFound(f"This service has no schema version '{wanted}'.", target="$schemaversion", hint=hint)


def _followed(segments: Sequence[PathSegment]) -> tuple[Segment | FilterSegment, ...]:
    """The segments, none of which is a cross join: those begin a path."""
    found = tuple(segment for segment in segments if not isinstance(segment, CrossJoin))
    if len(found) < len(segments):
        raise NotFound("A path begins with $crossjoin, and nothing stands before it.")
    return found


def _document(url: ODataUrl, schema: Schema) -> DocumentQuery | EntityIdQuery | None:
    first = url.segments[0] if url.segments else None
    if first is None:
        check_options(replace(url.options, format=None), "a property")
        return DocumentQuery("service")
    if not isinstance(first, Segment):
        return None
    if first.name == "$metadata":
        if len(url.segments) > 1:
            raise NotFound("Nothing can follow $metadata in a path.")
        check_options(replace(url.options, format=None), "a property")
        return DocumentQuery("metadata")
    if first.name == "$entity":
        if url.options.id is None:
            raise SemanticError("$entity needs the id of an entity.", target="$id", hint="Add $id=Set('key').")
        check_options(_shaping(url.options), "one entity")
        return EntityIdQuery(url.options.id, _entity_cast(url.segments[1:], schema))
    return None


def _entity_cast(segments: Sequence[PathSegment], schema: Schema) -> str | None:
    """The type behind `$entity`, which alone can follow it (URL Conventions 4.16)."""
    if not segments:
        return None
    first = segments[0]
    name = first.name if isinstance(first, Segment) and first.arguments is None else ""
    if len(segments) > 1 or not isinstance(schema.types.get(name), EntityType):
        raise NotFound("Nothing but the name of an entity type can follow $entity in a path.")
    return name


def _shaping(options: Options) -> Options:
    return replace(options, id=None)


def _entity_type(path: ResourcePath, schema: Schema) -> EntityType | None:
    found = schema.types.get(path.type.name)
    return found if isinstance(found, EntityType) else None
