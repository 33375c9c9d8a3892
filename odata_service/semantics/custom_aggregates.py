"""Custom aggregates: names that a definition gives an aggregation of its own (Data Aggregation 3.2.1.3, 5.2).

One that the service has an expression for is that: an aggregate in the words of URLs, of the instances it is asked of.
Any other that has the name of a property is that property, aggregated by the method that ApplySupported recommends for
it. Where none is numbers are summed up, and a text is the one that all have: OpenUI5 asks so for the currency of a
sum. How the rest is worked out nobody says, so it is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import APPLY_SUPPORTED, CUSTOM_AGGREGATE, Annotation, Path, Record
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics.custom_methods import UNIT
from odata_service.semantics.scope import Scope
from odata_service.url import parse_aggregate, print_expression, syntax


class StatedAggregate(Struct, frozen=True):
    """The aggregate that stands for a custom one, and the type that the definition gives it."""

    item: syntax.AggregateItem
    type: TypeRef


def stated_aggregate(name: str, scope: Scope) -> StatedAggregate | None:
    """What the service has registered for a custom aggregate of a scope's instances, or None."""
    schema = scope.request.schema
    if not schema.aggregates or schema.structured_type(scope.entity_type) is None:
        return None
    for holder in _holders(scope):
        text = schema.aggregates.get((holder, name))
        if text is not None and name in (known := custom_aggregates(scope)):
            return StatedAggregate(parsed_aggregate(text), TypeRef(known[name]))
    return None


def custom_aggregates(scope: Scope) -> Mapping[str, str]:
    """The custom aggregates that a scope's instances have, with the names of their types."""
    stated = (found for found in _annotations(scope) if found.term == CUSTOM_AGGREGATE)
    return {found.qualifier: str(found.value) for found in stated if found.qualifier is not None}


@lru_cache(maxsize=256)
def parsed_aggregate(text: str) -> syntax.AggregateItem:
    """The aggregate that an expression is; `SemanticError` for one that leans on others, and errors of syntax."""
    item = parse_aggregate(text)
    if item.sources or isinstance(item, syntax.CustomAggregate):
        raise SemanticError("It is to be one aggregate with a method, without from, as in Amount with sum.")
    return item


def inside(scope: Scope, name: str) -> Scope:
    """The names that the expression of a custom aggregate knows: those of the instances, none of the request's."""
    option = f"the expression of '{name}'"
    return replace(scope, option=option, variables=(), computed=(), arguments=())


def default_method(path: syntax.Path, name: str, scope: Scope) -> str:
    """The method of a custom aggregate at the end of a path that is a property's; the errors say what else to write."""
    text = print_expression(path)
    if name not in custom_aggregates(scope):
        raise SemanticError(
            f"'{text}' is no custom aggregate of this service{scope.place(path.span)}.",
            target=scope.target,
            hint=f"Write {text} with sum as Name, or with min, max, average or countdistinct.",
        )
    part = scope.property(name)
    if part is None:
        raise NotSupported(
            f"How '{text}' is worked out is not stated{scope.place(path.span)}.",
            target=scope.target,
            hint=f'Register it: service.custom_aggregate("{_holders(scope)[0]}", "{name}", expression="… with sum"), in'
            " the file of --code.",
        )
    usual = UNIT.name if kind_of(part.type) is Kind.STRING else "sum"
    return next(_recommended(name, tuple(_annotations(scope))), usual)


def _holders(scope: Scope) -> Sequence[str]:
    """What may have custom aggregates for a scope's instances: the source, the type, those that it derives from."""
    source = () if scope.entity_set is None else (scope.entity_set.name,)
    return (*source, *(holder.name for holder in scope.request.schema.ancestry(scope.entity_type)))


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
