"""Annotations in expressions: what the model says of an element is a constant; instances keep none of their own.

(URL Conventions 5.1.1.14.9.)
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from decimal import Decimal

from odata_service.edm.annotations import Annotation, EnumMember, Null, Record, Text, Value
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
    stated = stated_with(step, annotations_of(place))
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


def stated_with(step: AnnotationName, annotations: Sequence[Annotation]) -> Annotation | None:
    """The annotation with the term that a step names, or None."""
    return next((known for known in annotations if _is_named(known, step)), None)


def plain_value(annotation: Annotation, step: AnnotationName, scope: Scope) -> object:
    """The value of an annotation as JSON has it; `NotSupported` for one that has to be worked out."""
    return _plain(annotation.value, step, scope)


def _plain(value: Value, step: AnnotationName, scope: Scope) -> object:
    match value:
        case bool() | int() | float() | Decimal() | str():
            return value
        case bytes():
            return urlsafe_b64encode(value).decode("ascii")
        case Text(text=text):
            return text
        case EnumMember(members=members):
            return ",".join(members)
        case Null():
            return None
        case tuple():
            return [_plain(part, step, scope) for part in value]
        case Record(values=values):
            return {name: _plain(part, step, scope) for name, part in values.items()}
        case _:
            raise NotSupported(
                f"The value of @{step.name} is worked out by clients{scope.place(step.span)}.",
                target=scope.target,
                hint="Read it in $metadata.",
            )


def annotations_of(place: Place) -> Sequence[Annotation]:
    """What the model says of what a path has come to."""
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
