"""Annotations: each once at its target, and terms that are known here where they apply, with values of their types.

(CSDL 14.2, 14.3.)
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from odata_service.edm.annotations import Annotation, EnumMember, Record, Text, Value
from odata_service.edm.document import Term
from odata_service.edm.draft import Draft
from odata_service.edm.model import EntitySet, EnumType, OperationImport, SchemaType, Singleton, TypeDefinition
from odata_service.edm.operations import Operation
from odata_service.edm.rules.inspection import Inspection, warning
from odata_service.edm.types import IDENTIFIER
from odata_service.edm.vocabularies import USAGES, Usage
from odata_service.errors import Origin, Problem


class Annotated(Struct, frozen=True):
    """Something with annotations: what a term's AppliesTo calls it, and whether it stands for many."""

    symbol: str
    annotations: tuple[Annotation, ...]
    origin: Origin
    collection: bool = False


def annotation_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the annotations of a model."""
    for part in _annotated(model.draft):
        if part.annotations:
            yield from _repetitions(part)
            for annotation in part.annotations:
                yield from _usage_problems(annotation, part, model)
    for external in model.draft.external_annotations:
        yield from _repetitions(Annotated("", external.annotations, external.origin))


def _repetitions(part: Annotated) -> Iterator[Problem]:
    first: dict[tuple[str, str | None], Origin] = {}
    for annotation in part.annotations:
        origin = annotation.origin if annotation.origin.file else part.origin
        place = first.setdefault((annotation.term, annotation.qualifier), origin)
        if place is not origin:
            message = f"'{annotation.term}' is applied here already, at {place}, and the first one counts."
            yield warning(origin, f"{message} Write another Qualifier, or leave one out.")
        if annotation.qualifier is not None and not IDENTIFIER.fullmatch(annotation.qualifier):
            yield warning(origin, f"The Qualifier '{annotation.qualifier}' of '{annotation.term}' is not a name.")
        if annotation.annotations:
            yield from _repetitions(Annotated("Annotation", annotation.annotations, origin))


def _usage_problems(annotation: Annotation, part: Annotated, model: Inspection) -> Iterator[Problem]:
    origin = annotation.origin if annotation.origin.file else part.origin
    usage = USAGES.get(annotation.term)
    own = model.draft.terms.get(annotation.term)
    applies_to = usage.applies_to if usage is not None else own.applies_to if own is not None else ()
    if applies_to and not _applies(applies_to, part):
        message = f"'{annotation.term}' does not apply to a{'n' if part.symbol[0] in 'AEIO' else ''} {part.symbol}"
        yield warning(origin, f"{message}, but to {' and '.join(applies_to)}.")
    if usage is not None and not _fits(annotation.value, usage):
        message = f"The value of '{annotation.term}' is {_named(annotation.value)}, and {usage.takes} is expected."
        yield warning(origin, message)


def _applies(applies_to: tuple[str, ...], part: Annotated) -> bool:
    return part.symbol in applies_to or (part.collection and "Collection" in applies_to)


def _fits(value: Value, usage: Usage) -> bool:
    """Whether a value may be one of the term: what other expressions amount to shows later."""
    return not isinstance(value, _STATIC) or isinstance(value, usage.values)


_STATIC = (bool, int, float, Decimal, str, bytes, Text, EnumMember, tuple, Record)


def _named(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return f"the number {value}"
        case str():
            return f"the text '{value[:40]}'"
        case tuple():
            return "a collection"
        case Record():
            return "a record"
        case _:
            return "a constant of another type"


def _annotated(draft: Draft) -> Iterator[Annotated]:
    for namespace in draft.namespaces.values():
        yield Annotated("Schema", namespace.annotations, namespace.origin)
    for reference in draft.references:
        yield Annotated("Reference", reference.annotations, reference.origin)
        for included in reference.includes:
            yield Annotated("Include", included.annotations, included.origin)
    for declared in draft.types.values():
        yield from _of_type(declared)
    for overloads in draft.operations.values():
        for overload in overloads:
            yield from _of_operation(overload)
    for term in draft.terms.values():
        yield _of(term, "Term")
    container = draft.container
    yield Annotated("EntityContainer", container.annotations, container.origin)
    for child in container.children():
        yield _of(child, type(child).__name__, collection=isinstance(child, EntitySet))


def _of(part: Term | EntitySet | Singleton | OperationImport, symbol: str, *, collection: bool = False) -> Annotated:
    return Annotated(symbol, part.annotations, part.origin, collection)


def _of_type(declared: SchemaType) -> Iterator[Annotated]:
    yield Annotated(type(declared).__name__, declared.annotations, declared.origin)
    if isinstance(declared, EnumType):
        for member in declared.members:
            yield Annotated("Member", member.annotations, member.origin)
    elif not isinstance(declared, TypeDefinition):
        for part in declared.properties:
            yield Annotated("Property", part.annotations, part.origin, part.type.collection)
        for navigation in declared.navigation_properties:
            yield Annotated("NavigationProperty", navigation.annotations, navigation.origin, navigation.collection)
            yield Annotated("OnDelete", navigation.on_delete_annotations, navigation.origin)
            for constraint in navigation.referential_constraints:
                yield Annotated("ReferentialConstraint", constraint.annotations, constraint.origin)


def _of_operation(operation: Operation) -> Iterator[Annotated]:
    yield Annotated(type(operation).__name__, operation.annotations, operation.origin)
    for parameter in operation.parameters:
        yield Annotated("Parameter", parameter.annotations, parameter.origin, parameter.type.collection)
    returned = operation.return_type
    if returned is not None:
        yield Annotated("ReturnType", returned.annotations, returned.origin, returned.type.collection)
