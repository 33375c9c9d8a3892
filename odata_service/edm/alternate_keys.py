"""Alternate keys of entities, as annotations state them (Core.AlternateKeys; URL Conventions 4.3.4).

ASP.NET's models state them by a term of the same form that was there before that of the standard.
"""

from collections.abc import Iterator, Sequence

from odata_service.edm.annotations import (
    ALTERNATE_KEYS,
    COMMUNITY_KEYS,
    Annotation,
    Path,
    Record,
    Value,
    annotation_value,
)
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import IDENTIFIER

TERMS = (ALTERNATE_KEYS, COMMUNITY_KEYS)

AlternateKey = tuple[tuple[str, Leaf], ...]
"""The parts of a key: what each is called in a key predicate, and the leaf that it is."""


def alternate_keys(source: EntitySet, schema: Schema) -> tuple[AlternateKey, ...]:
    """The alternate keys of a source's entities: those of the source, its type and the types before that.

    One of which a part is no property, or has no name that a URL can hold, is none.
    """
    leaves = schema.leaves(source.entity_type)
    annotated = (source.annotations, *(part.annotations for part in schema.ancestry(source.entity_type)))
    found: dict[AlternateKey, None] = {}
    for annotations in annotated:
        for parts in stated_keys(annotations):
            if parts and all(path in leaves and IDENTIFIER.fullmatch(alias) for path, alias in parts):
                found[tuple((alias, leaves[path]) for path, alias in parts)] = None
    return tuple(found)


def stated_keys(annotations: Sequence[Annotation]) -> Iterator[tuple[tuple[str, str], ...]]:
    """The alternate keys that annotations state: the path of each part, and what it is called."""
    for term in TERMS:
        for key in _listed(annotation_value(annotations, term)):
            parts = _listed(key.values.get("Key"))
            yield tuple((path, _text(part.values.get("Alias")) or path) for part in parts if (path := _name(part)))


def _listed(value: Value | None) -> tuple[Record, ...]:
    return tuple(part for part in value if isinstance(part, Record)) if isinstance(value, tuple) else ()


def _name(part: Record) -> str:
    name = part.values.get("Name")
    return name.path if isinstance(name, Path) else _text(name)


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""
