"""Custom aggregates: names that a definition gives an aggregation of its own (Data Aggregation 3.2.1.3, 5.2).

One that has the name of a property is that property, aggregated by the method that ApplySupported recommends for it, or
summed up where none is. How any other is worked out no definition says, so it is refused.
"""

from collections.abc import Iterator

from odata_service.edm.annotations import APPLY_SUPPORTED, CUSTOM_AGGREGATE, Annotation, Path, Record
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics.scope import Scope
from odata_service.url import print_expression, syntax


def default_method(path: syntax.Path, scope: Scope) -> str:
    """The method of a custom aggregate that is a property's; the errors say what else to write."""
    text = print_expression(path)
    stated = tuple(_annotations(scope))
    known = [found.qualifier for found in stated if found.term == CUSTOM_AGGREGATE]
    if text not in known:
        raise SemanticError(
            f"'{text}' is no custom aggregate of this service{scope.place(path.span)}.",
            target=scope.target,
            hint=f"Write {text} with sum as Name, or with min, max, average or countdistinct.",
        )
    if scope.property(text) is None:
        raise NotSupported(
            f"How '{text}' is worked out is not stated in the definition{scope.place(path.span)}.",
            target=scope.target,
            hint="Aggregate a property with sum, min, max, average or countdistinct.",
        )
    return next(_recommended(text, stated), "sum")


def _annotations(scope: Scope) -> Iterator[Annotation]:
    """What the entity set says, then its type and those that it derives from."""
    if scope.entity_set is not None:
        yield from scope.entity_set.annotations
    for holder in scope.request.schema.ancestry(scope.entity_type):
        yield from holder.annotations


def _recommended(name: str, stated: tuple[Annotation, ...]) -> Iterator[str]:
    for found in stated:
        if found.term == APPLY_SUPPORTED and isinstance(found.value, Record):
            listed = found.value.values.get("AggregatableProperties")
            for item in listed if isinstance(listed, tuple) else ():
                if isinstance(item, Record) and _is_of(item, name):
                    yield str(item.values.get("RecommendedAggregationMethod", "sum"))


def _is_of(item: Record, name: str) -> bool:
    stated = item.values.get("Property")
    return isinstance(stated, Path) and stated.path == name
