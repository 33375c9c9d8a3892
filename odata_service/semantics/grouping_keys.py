"""Grouping properties: primitive ones that instances have (Data Aggregation 3.2.3.1)."""

from collections.abc import Iterator

from odata_service.edm.types import Kind, kind_of
from odata_service.errors import SemanticError
from odata_service.semantics import expression
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import NavigationAccess, PropertyAccess
from odata_service.url import print_expression, syntax

_UNGROUPED = frozenset({Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def grouping_key(path: syntax.Path, scope: Scope) -> PropertyAccess:
    """A grouping property: a primitive one that the instances have."""
    found = expression.resolve_expression(path, scope)
    place, text = scope.place(path.span), print_expression(path)
    if isinstance(found, PropertyAccess) and kind_of(found.type) not in {None, *_UNGROUPED}:
        return found
    if isinstance(found, PropertyAccess | NavigationAccess):
        raise SemanticError(
            f"'{text}' is no primitive property, and groups are made by these{place}.",
            target=scope.target,
            hint=f"Name its properties, as in {text}/{_example(found, scope)}.",
        )
    raise SemanticError(
        f"'{text}' is no longer there behind the transformations before it{place}.",
        target=scope.target,
        hint=f"What is there: {', '.join(_names(scope))}.",
    )


def _example(found: PropertyAccess | NavigationAccess, scope: Scope) -> str:
    known = scope.request.schema.structured_type(found.type.name)
    return next(iter(scope.request.schema.properties(known.name)), "name") if known is not None else "name"


def _names(scope: Scope) -> Iterator[str]:
    assert scope.result is not None, "a sequence has a result"
    return (name_of(chain_of(member)[0]) for member in scope.result.members)
