"""Annotations in expressions: what the model says of an element is a constant; instances keep none of their own.

(URL Conventions 5.1.1.14.9.)
"""

from collections.abc import Sequence
from decimal import Decimal

from odata_service.edm.annotations import Annotation
from odata_service.edm.types import BOOLEAN, DECIMAL, DOUBLE, INT64, NULL, STRING, TypeRef
from odata_service.errors import NotSupported
from odata_service.semantics.property_path import Place
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Constant, NavigationAccess, PropertyAccess
from odata_service.url.syntax import AnnotationName

_TYPES: dict[type, TypeRef] = {
    bool: BOOLEAN,
    int: INT64,
    float: DOUBLE,
    Decimal: DECIMAL,
    str: STRING,
}


def resolve_annotation(step: AnnotationName, place: Place, scope: Scope) -> Constant:
    """The value that the model states with a term for what a path has come to; null where it states none."""
    stated = next((known for known in _stated(place) if _is_named(known, step)), None)
    if stated is None:
        return Constant(None, NULL)
    type_ref = _TYPES.get(type(stated.value))
    if type_ref is None:
        raise NotSupported(
            f"The value of @{step.name} is no constant that can be compared{scope.place(step.span)}.",
            target=scope.target,
            hint="Read it in $metadata.",
        )
    return Constant(stated.value, type_ref)


def _stated(place: Place) -> Sequence[Annotation]:
    schema = place.scope.request.schema
    match place.owner:
        case PropertyAccess(declared):
            return declared.annotations
        case NavigationAccess(navigation):
            return navigation.annotations
        case _ if schema.structured_type(place.scope.entity_type) is not None:
            return tuple(known for part in schema.ancestry(place.scope.entity_type) for known in part.annotations)
        case _:
            return ()


def _is_named(annotation: Annotation, step: AnnotationName) -> bool:
    """Whether an annotation has the term of a step: its whole name, or the usual short one, Core.Description."""
    *_, vocabulary, version, term = ("", "", *annotation.term.split("."))
    short = f"{vocabulary}.{term}" if version.startswith("V") else annotation.term
    return step.name in {annotation.term, short} and step.qualifier == annotation.qualifier
