"""What groups are made by: values, single entities that a path leads to, complex values (Data Aggregation 3.2.3.1).

Of an entity it is the key, of a complex value all that it is made of: values are equal whose leaves are.
"""

from collections.abc import Iterator

from odata_service.edm.leaves import PRESENT, TYPE, is_plain
from odata_service.edm.model import Schema
from odata_service.edm.types import Kind, kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics import expression
from odata_service.semantics.access import access_of, chain_of, marker_access, name_of
from odata_service.semantics.dynamic import is_dynamic
from odata_service.semantics.joins import related_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import Related
from odata_service.semantics.tree import Case, Expression, NavigationAccess, PropertyAccess
from odata_service.url import print_expression, syntax

_UNGROUPED = frozenset({Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def grouping_key(path: syntax.Path, scope: Scope) -> PropertyAccess:
    """A primitive property that the instances have."""
    found = expression.resolve_expression(path, scope)
    if isinstance(found, PropertyAccess) and _is_primitive(found):
        return found
    if isinstance(found, PropertyAccess | NavigationAccess):
        raise SemanticError(
            f"'{print_expression(path)}' is no primitive property{scope.place(path.span)}.",
            target=scope.target,
            hint=f"Name its properties, as in {print_expression(path)}/{_example(found, scope)}.",
        )
    raise _no_part(found, path, scope)


def grouping_part(path: syntax.Path, scope: Scope) -> PropertyAccess | Related:
    """A property, primitive or complex, or the entity that a path leads to."""
    found = expression.resolve_expression(path, scope)
    if isinstance(found, PropertyAccess) and found.property.name in {PRESENT, TYPE}:
        assert isinstance(found.owner, PropertyAccess), "this tells that a complex value is there"
        found = found.owner
    if isinstance(found, NavigationAccess):
        return _entity(found, path, scope)
    if not isinstance(found, PropertyAccess):
        raise _no_part(found, path, scope)
    if not _is_primitive(found) and not scope.request.schema.is_taken_apart(found.type):
        raise NotSupported(
            f"Values of '{print_expression(path)}' are not told apart, so they make no groups{scope.place(path.span)}.",
            target=scope.target,
            hint="Group by primitive properties, by complex ones, or by single entities.",
        )
    return found


def keys_of(part: PropertyAccess | Related, path: syntax.Path, scope: Scope) -> tuple[PropertyAccess, ...]:
    """The properties by which a part tells groups apart: of what is no entity any more all that it has."""
    if isinstance(part, Related):
        members = scope.result.members if scope.result is not None else ()
        return part.key or tuple(member for member in members if part.holds(member))
    if _is_primitive(part):
        return (part,)
    leaves = tuple(dict.fromkeys(_leaves(part, scope.request.schema)))
    for leaf in leaves:
        if not is_plain(leaf.type) or leaf.type.collection or kind_of(leaf.type) in _UNGROUPED:
            raise NotSupported(
                f"'{print_expression(path)}' has '{leaf.property.name}', whose values are not told apart"
                f"{scope.place(path.span)}.",
                target=scope.target,
                hint="Name single properties of it.",
            )
    return leaves


def _leaves(access: PropertyAccess, schema: Schema) -> Iterator[PropertyAccess]:
    """The single values that a complex value is made of, whichever type it has."""
    marker = marker_access(access, schema)
    if marker is not None:
        yield marker
    base = access.property.type.name
    for holder in (base, *schema.derived_from(base)):
        for declared in schema.properties(holder).values():
            inner = access_of(declared, holder, base, access, schema)
            yield from _leaves(inner, schema) if schema.is_taken_apart(declared.type) else (inner,)


def _is_primitive(found: PropertyAccess) -> bool:
    return kind_of(found.type) not in {None, *_UNGROUPED} and not found.type.collection


def _entity(found: NavigationAccess, path: syntax.Path, scope: Scope) -> Related:
    known = next((part for part in scope.result.related if part.access == found), None) if scope.result else None
    if known is not None:
        return known
    schema, source = scope.request.schema, scope.entity_set
    for step in chain_of(found):
        assert isinstance(step, NavigationAccess), "entities are related to entities"
        relation = scope.result.relation(name_of(step)) if scope.result is not None else None
        if relation is not None and relation.access == step:
            source = relation.source
        else:
            source = schema.target(source, step.source_type, step.navigation) if source is not None else None
    if source is None:
        raise scope.leads_nowhere(found.navigation, path.span)
    return related_of(found, source, scope)


def _no_part(found: Expression, path: syntax.Path, scope: Scope) -> NotSupported | SemanticError:
    if isinstance(found, Case):
        return NotSupported(
            f"'{print_expression(path)}' is a property that instances of other types have too{scope.place(path.span)}.",
            target=scope.target,
            hint="Leave the type out, or compute it: compute(… as Name)/groupby((Name)).",
        )
    if is_dynamic(found):
        return NotSupported(
            f"No definition tells the type of '{print_expression(path)}', by which values would be told apart"
            f"{scope.place(path.span)}.",
            target=scope.target,
            hint=f"Say it: compute(cast({print_expression(path)},Edm.String) as Name)/groupby((Name)).",
        )
    return SemanticError(
        f"'{print_expression(path)}' is no longer there behind the transformations before it{scope.place(path.span)}.",
        target=scope.target,
        hint=f"What is there: {', '.join(_names(scope))}.",
    )


def _example(found: PropertyAccess | NavigationAccess, scope: Scope) -> str:
    known = scope.request.schema.structured_type(found.type.name)
    return next(iter(scope.request.schema.properties(known.name)), "name") if known is not None else "name"


def _names(scope: Scope) -> Iterator[str]:
    assert scope.result is not None, "a sequence has a result"
    return (name_of(chain_of(member)[0]) for member in scope.result.members)
