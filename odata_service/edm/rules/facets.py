"""Facets: which types have them, and what they may say (CSDL 7.2)."""

from collections.abc import Iterator

from odata_service.edm.model import TypeDefinition
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.types import FACETS_BY_KIND, NO_FACETS, Facets, Kind, TypeRef, kind_of
from odata_service.errors import Origin, Problem

FACET_NAMES = {
    "max_length": "MaxLength",
    "precision": "Precision",
    "scale": "Scale",
    "unicode": "Unicode",
    "srid": "SRID",
}
_TEMPORAL = frozenset({Kind.INSTANT, Kind.TIME_OF_DAY, Kind.DURATION})
_LONGEST_FRACTION = 12


def facet_problems(owner: str, type_ref: TypeRef, origin: Origin, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the facets of a type that `owner` has."""
    if type_ref.facets == NO_FACETS:
        return
    stated = {name for name in FACET_NAMES if getattr(type_ref.facets, name) is not None}
    known = model.primitive(type_ref)
    kind = kind_of(known) if known is not None else None
    applicable = FACETS_BY_KIND.get(kind, frozenset()) if kind is not None else frozenset()
    for name in FACET_NAMES:
        if name in stated - applicable:
            message = f"{FACET_NAMES[name]} says nothing of {type_ref.name}, so '{owner}' does without it."
            yield warning(origin, message)
    if known is not None:
        yield from _restated(owner, known, stated & applicable, origin)
        yield from _range_problems(owner, type_ref.facets, kind, origin)


def _restated(owner: str, type_ref: TypeRef, stated: set[str], origin: Origin) -> Iterator[Problem]:
    definition = type_ref.definition
    if isinstance(definition, TypeDefinition):
        for name in sorted(stated):
            if getattr(definition.facets, name) is not None:
                message = f"{FACET_NAMES[name]} of '{owner}' is stated already by its type '{definition.name}'."
                yield warning(origin, f"{message} Leave it out here.")


def _range_problems(owner: str, facets: Facets, kind: Kind | None, origin: Origin) -> Iterator[Problem]:
    precision, scale = facets.precision, facets.scale
    if facets.max_length == 0 and kind in (Kind.STRING, Kind.BINARY):
        yield warning(origin, f"MaxLength of '{owner}' is 0, so no value fits but the empty one.")
    if kind is Kind.DECIMAL and precision == 0:
        yield warning(origin, f"Precision of '{owner}' is 0. Write how many digits it has, or leave it out.")
    if kind is Kind.DECIMAL and precision and isinstance(scale, int) and scale > precision:
        message = f"Scale {scale} of '{owner}' is more than its Precision {precision}: the digits behind the point"
        yield error(origin, f"{message} are among all digits. Write a Precision of {scale} or more.")
    if kind in _TEMPORAL and precision is not None and precision > _LONGEST_FRACTION:
        message = f"Precision {precision} of '{owner}' is beyond the {_LONGEST_FRACTION} digits that a second can have."
        yield error(origin, message)
