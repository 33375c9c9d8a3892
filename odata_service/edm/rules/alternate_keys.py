"""Alternate keys that annotations state (Core.AlternateKeys): their parts are properties that tell entities apart.

A key that is none is left out.
"""

from collections.abc import Iterator, Sequence

from odata_service.edm.alternate_keys import TERMS, stated_keys
from odata_service.edm.annotations import Annotation
from odata_service.edm.model import EntityType, Property
from odata_service.edm.rules.inspection import Inspection, warning
from odata_service.edm.rules.keys import may_be_key
from odata_service.edm.types import IDENTIFIER
from odata_service.errors import Origin, Problem


def alternate_key_problems(
    annotations: Sequence[Annotation], declared: EntityType, origin: Origin, model: Inspection
) -> Iterator[Problem]:
    """What is wrong with the alternate keys of entities of a type, stated at the type or at a set of it."""
    stated = next((annotation for annotation in annotations if annotation.term in TERMS), None)
    if stated is None:
        return
    place = stated.origin if stated.origin.file else origin
    for parts in stated_keys(annotations):
        if not parts:
            yield warning(place, f"An alternate key of '{declared.name}' has no parts. Name a property in its Key.")
        for path, alias in parts:
            yield from _part_problems(path, alias, declared, place, model)


def _part_problems(path: str, alias: str, declared: EntityType, place: Origin, model: Inspection) -> Iterator[Problem]:
    subject, way = f"The part '{path}' of an alternate key of '{declared.name}'", model.follow(path, declared)
    if not all(isinstance(step, Property) for step in way.steps) or not isinstance(way.last, Property):
        yield warning(place, f"{subject} is no property. Name one that the type declares.")
    elif not may_be_key(way.last, model):
        yield warning(place, f"{subject} cannot have the type {way.last.type}.")
    elif not IDENTIFIER.fullmatch(alias):
        yield warning(place, f"{subject} is called '{alias}', which no URL can hold. Give it an Alias that is a name.")
