"""What $search looks into: the text properties of an entity type, or those that annotations name."""

from collections.abc import Iterator

from odata_service.edm.annotations import SEARCHABLE, annotation_value
from odata_service.edm.model import Property, Schema
from odata_service.edm.types import Kind, kind_of

SearchedPath = tuple[tuple[str, Property], ...]
"""The steps to a searched property: each with the type that declares it for its holder."""


def searched_paths(entity_type: str, schema: Schema) -> tuple[SearchedPath, ...]:
    """The properties that a search of entities of a type looks into, in order of declaration.

    All texts, also those of complex values; where some are annotated as searchable, those alone, and never one that is
    annotated as not.
    """
    found = list(_searchable(entity_type, schema))
    chosen = [path for path in found if _stated(path)]
    return tuple(chosen or found)


def is_searched(entity_type: str, schema: Schema) -> bool:
    """Whether a search of entities of a type looks into any property."""
    return any(_searchable(entity_type, schema))


def _searchable(entity_type: str, schema: Schema) -> Iterator[SearchedPath]:
    return (path for path in _texts(entity_type, schema) if _stated(path) is not False)


def _texts(holder: str, schema: Schema) -> Iterator[SearchedPath]:
    for part in schema.properties(holder).values():
        if part.type.collection:
            continue
        if schema.is_taken_apart(part.type):
            yield from (((holder, part), *rest) for rest in _texts(part.type.name, schema))
        elif kind_of(part.type) is Kind.STRING:
            yield ((holder, part),)


def _stated(path: SearchedPath) -> bool | None:
    """What annotations of the property, or of a complex one around it, say; the nearest counts."""
    for _, part in reversed(path):
        value = annotation_value(part.annotations, SEARCHABLE)
        if isinstance(value, bool):
            return value
    return None
