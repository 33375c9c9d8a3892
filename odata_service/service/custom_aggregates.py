"""Custom aggregates as a service registers them: an expression for a name that the definition has."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.model import EntitySet, EntityType, Schema
from odata_service.errors import ODataError, did_you_mean
from odata_service.semantics.aggregates import resolve_aggregate
from odata_service.semantics.custom_aggregates import custom_aggregates, parsed_aggregate
from odata_service.semantics.scope import Request, Scope
from odata_service.settings import Limits
from odata_service.url import syntax


def with_aggregate(holder: str, name: str, text: str, schema: Schema) -> Schema:
    """The schema in which a custom aggregate has an expression; `ValueError` where that does not fit."""
    holder = schema.whole_name(holder)
    changed = replace(schema, aggregates={**schema.aggregates, (holder, name): text})
    for entity_type, source in _places(holder, schema):
        scope = Scope(Request(changed, {}, Limits()), entity_type, source, "", "the expression")
        _check(holder, name, text, scope)
    return changed


def _places(holder: str, schema: Schema) -> Sequence[tuple[str, EntitySet | None]]:
    """The types of entities that have the aggregate, in each source that they may be read from."""
    source = schema.source(holder)
    if source is not None:
        return [(source.entity_type, source)]
    if not isinstance(schema.types.get(holder), EntityType):
        known = [*schema.sources.by_name, *(one for one, kind in schema.types.items() if isinstance(kind, EntityType))]
        raise ValueError(f"'{holder}' is no entity set and no entity type. {did_you_mean(holder, known) or ''}".strip())
    sources = schema.sources.by_name.values()
    below = [(source.entity_type, source) for source in sources if schema.is_derived(source.entity_type, holder)]
    above = [(holder, source) for source in sources if schema.is_derived(holder, source.entity_type)]
    return below or above or [(holder, None)]


def _check(holder: str, name: str, text: str, scope: Scope) -> None:
    known = custom_aggregates(scope)
    if name not in known:
        written = (
            f'<Annotation Term="Org.OData.Aggregation.V1.CustomAggregate" Qualifier="{name}" String="Edm.Decimal"/>'
        )
        hint = did_you_mean(name, list(known)) or f"Write it there in the definition: {written}."
        raise ValueError(f"'{holder}' has no custom aggregate '{name}'. {hint}")
    try:
        parsed_aggregate(text)
        path = syntax.Path((syntax.Name(name),))
        resolve_aggregate(syntax.CustomAggregate(path), scope)
    except ODataError as error:
        raise ValueError(f"The expression of '{holder}/{name}' does not fit: {error.message}") from error
