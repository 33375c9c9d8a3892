"""What $search looks into: the text properties of an entity type, or those that annotations name; and their indexes."""

from collections.abc import Iterator

from odata_service.edm.annotations import (
    CAPABILITIES,
    SEARCH_INDEX,
    SEARCHABLE,
    Record,
    annotation_value,
    is_tagged,
)
from odata_service.edm.computations import Coded
from odata_service.edm.model import EntitySet, Property, Schema, SourceKind
from odata_service.edm.types import Kind, kind_of

SearchedPath = tuple[tuple[str, Property], ...]
"""The steps to a searched property: each with the type that declares it for its holder."""


def searched_paths(entity_type: str, schema: Schema) -> tuple[SearchedPath, ...]:
    """The properties that a search of entities of a type looks into, in order of declaration.

    All texts, also those of complex values; where some are annotated as searchable, those alone, and never one that is
    annotated as not. One that code works out is searched where it is annotated: code is asked for each entity.
    """
    found = list(_searchable(entity_type, schema))
    chosen = [path for path in found if _stated(path)]
    return tuple(chosen or found)


def is_searched(entity_type: str, schema: Schema) -> bool:
    """Whether a search of entities of a type looks into any property."""
    return any(_searchable(entity_type, schema))


def _searchable(entity_type: str, schema: Schema) -> Iterator[SearchedPath]:
    return (path for path in _texts(entity_type, schema) if _stated(path) is not False)


def indexed_texts(source: EntitySet, schema: Schema, *, everywhere: bool = False) -> tuple[str, ...]:
    """The leaves of a source whose texts an index finds, as annotations of the source and its properties say.

    `everywhere`: all that $search looks into, whatever annotations say, but where they rule $search out.
    """
    if source.kind not in {SourceKind.ENTITY_SET, SourceKind.CONTAINED}:
        return ()
    stated = annotation_value(source.annotations, SEARCH_INDEX)
    is_whole = stated is True or (everywhere and stated is not False and is_searchable(source))
    found: dict[str, None] = {}
    for name in (source.entity_type, *schema.derived_from(source.entity_type)):
        paths = [*(searched_paths(name, schema) if is_whole else ())]
        paths += [path for path in _texts(name, schema) if is_tagged(path[-1][1].annotations, SEARCH_INDEX)]
        kept = (path for path in paths if path[-1][1].computation is None)
        found |= dict.fromkeys(_leaf(path, source.entity_type, schema) for path in kept)
    return tuple(found)


def is_searchable(source: EntitySet) -> bool:
    """Whether annotations let a source be searched (Capabilities: SearchRestrictions)."""
    stated = annotation_value(source.annotations, f"{CAPABILITIES}.SearchRestrictions")
    return not (isinstance(stated, Record) and stated.values.get("Searchable") is False)


def _leaf(path: SearchedPath, base: str, schema: Schema) -> str:
    """The path of a searched property among all leaves of entities of a type."""
    steps = []
    for holder, part in path:
        steps.append(schema.member_path(base, holder, part.name))
        base = part.type.name
    return "/".join(steps)


def _texts(holder: str, schema: Schema) -> Iterator[SearchedPath]:
    for part in schema.properties(holder).values():
        coded = isinstance(part.computation, Coded)
        if part.type.collection or (coded and not is_tagged(part.annotations, SEARCHABLE)):
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
