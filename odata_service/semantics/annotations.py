"""Annotations in expressions: what the model says of an element, for each instance; these keep none of their own.

A value that speaks of properties speaks of those of the instance that has the element: of a property, what holds it.
(URL Conventions 5.1.1.14.9; CSDL 14.4.1.2)
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from odata_service.edm.annotations import (
    Annotation,
    Apply,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Record,
    Text,
    UrlRef,
    Value,
)
from odata_service.edm.types import BOOLEAN, DECIMAL, DOUBLE, INT64, NULL, STRING, TypeRef
from odata_service.errors import NotSupported, TypeMismatch
from odata_service.semantics import expression
from odata_service.semantics.annotation_values import expression_of
from odata_service.semantics.property_path import EntityMembers, Place
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Constant,
    DynamicProperty,
    Expression,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    SetMembers,
)
from odata_service.url.syntax import AnnotationName, CountStep, Name, PathStep

_DYNAMIC = Path | UrlRef | LabeledElement | LabeledElementReference | Apply | Conversion | If | Operation
"""What is worked out for each instance."""

_TYPES: dict[type, TypeRef] = {
    bool: BOOLEAN,
    int: INT64,
    float: DOUBLE,
    Decimal: DECIMAL,
    str: STRING,
}


def resolve_annotation(step: AnnotationName, place: Place, scope: Scope, rest: Sequence[PathStep] = ()) -> Expression:
    """The value that the model states with a term for what a path has come to; null where it states none.

    `rest` are the steps behind the term: members of a record, `$count` of a collection.
    """
    stated = stated_with(step, annotations_of(place))
    value = None if stated is None else member_of(stated.value, rest, scope)
    if value is None:
        return Constant(None, NULL)
    type_ref = _TYPES.get(type(value))
    if type_ref is not None:
        return Constant(value, type_ref)
    inner = replace(_holder(place), option=f"The value of @{step.name}", target=scope.target, depth=scope.depth)
    inner = replace(inner, variables=(), outermost=scope.outermost, computed=(), arguments=None)
    with scope.request.function(f"@{step.name}", scope.target):
        return expression.resolve_expression(expression_of(value, inner), inner)


def member_of(value: Value, rest: Sequence[PathStep], scope: Scope) -> Value | None:
    """What names behind a term lead to in its value, None where there is no such member."""
    found: Value | None = value
    for step in rest:
        match step, found:
            case Name(name), Record(values=values):
                found = values.get(name)
            case CountStep(None, None), tuple():
                found = len(found)
            case Name(), None | Null():
                found = None
            case _:
                raise TypeMismatch(
                    f"Nothing that the model states is behind this annotation{scope.place(step.span)}.",
                    target=scope.target,
                    hint="Write a member of a record, or $count behind a collection.",
                )
    return found


def is_dynamic(value: Value) -> bool:
    """Whether a value is worked out for each instance."""
    return isinstance(value, _DYNAMIC)


def _holder(place: Place) -> Scope:
    """The place of the instance whose properties a value speaks of."""
    owner = place.owner
    if isinstance(owner, DynamicProperty) or not isinstance(owner, PropertyAccess | NavigationAccess | EntityMembers):
        return replace(place.scope, instance=None if isinstance(owner, DynamicProperty) else owner)
    holder = None if isinstance(owner, SetMembers) else owner.owner
    around = place.around or place.scope
    if isinstance(holder, PropertyAccess):
        inside = holder.property.type.name
        return replace(around, entity_type=inside, entity_set=None, instance=holder, around=around)
    return replace(around, instance=holder)


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
        case NavigationAccess(navigation) | NavigationMembers(navigation):
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
