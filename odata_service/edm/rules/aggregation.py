"""What annotations say of aggregation: paths that lead somewhere, and custom aggregates with a name and a type.

(Data Aggregation 5.1 to 5.5.)
"""

from collections.abc import Iterator, Sequence

from odata_service.edm.annotations import (
    APPLY_SUPPORTED,
    CONTEXT_DEFINING_PROPERTIES,
    CUSTOM_AGGREGATE,
    LEVELED_HIERARCHY,
    RECURSIVE_HIERARCHY,
    Annotation,
    Path,
    Record,
    Value,
)
from odata_service.edm.model import NavigationProperty, Property, StructuredType
from odata_service.edm.rules.inspection import Inspection, warning
from odata_service.edm.types import TypeRef
from odata_service.errors import Origin, Problem


def aggregation_problems(
    annotations: Sequence[Annotation], declared: StructuredType, origin: Origin, model: Inspection
) -> Iterator[Problem]:
    """What is wrong with what is said of entities of a type, at the type, at a set of it, or at a property."""
    for annotation in annotations:
        place = annotation.origin if annotation.origin.file else origin
        for path in _paths(annotation):
            if model.follow(path, declared).last is None:
                name = annotation.term.rpartition(".")[2]
                yield warning(place, f"'{path}' in {name} leads nowhere from '{declared.name}'. Name what is there.")
        match annotation.term, annotation.value:
            case term, Record() as value if term == RECURSIVE_HIERARCHY:
                yield from _hierarchy_problems(value, declared, place, model)
            case term, value if term == CUSTOM_AGGREGATE:
                yield from _custom_problems(annotation.qualifier, value, place, model)


def _paths(annotation: Annotation) -> Iterator[str]:
    """The paths that an annotation names."""
    value = annotation.value
    if annotation.term in {LEVELED_HIERARCHY, CONTEXT_DEFINING_PROPERTIES}:
        yield from _texts(value)
    if annotation.term == CUSTOM_AGGREGATE:
        for inner in annotation.annotations:
            yield from _paths(inner)
    if annotation.term == APPLY_SUPPORTED and isinstance(value, Record):
        yield from _texts(value.values.get("GroupableProperties"))
        yield from _texts(value.values.get("AggregatableProperties"))


def _texts(value: Value | None) -> Iterator[str]:
    for item in value if isinstance(value, tuple) else ():
        stated = item.values.get("Property") if isinstance(item, Record) else item
        if isinstance(stated, Path):
            yield stated.path


def _hierarchy_problems(value: Record, declared: StructuredType, place: Origin, model: Inspection) -> Iterator[Problem]:
    subject = f"The recursive hierarchy of '{declared.name}'"
    node, parent = value.values.get("NodeProperty"), value.values.get("ParentNavigationProperty")
    found = model.follow(node.path, declared).last if isinstance(node, Path) else None
    if not isinstance(found, Property) or model.primitive(found.type) is None or found.type.collection:
        yield warning(place, f"{subject} has no primitive NodeProperty. Name what tells nodes apart.")
    above = model.follow(parent.path, declared).last if isinstance(parent, Path) else None
    if not isinstance(above, NavigationProperty) or not model.is_a(declared.name, above.target):
        yield warning(
            place, f"{subject} has no ParentNavigationProperty that leads to its nodes. Name what leads to the parents."
        )


def _custom_problems(qualifier: str | None, value: Value, place: Origin, model: Inspection) -> Iterator[Problem]:
    if qualifier is None:
        yield warning(place, "A CustomAggregate has no Qualifier, which is its name. Write one.")
    if not isinstance(value, str) or model.primitive(TypeRef(value)) is None:
        named = f"'{qualifier}'" if qualifier else "without a name"
        yield warning(place, f"The CustomAggregate {named} is of no primitive type. Write one, such as Edm.Decimal.")
