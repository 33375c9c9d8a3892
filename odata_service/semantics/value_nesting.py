"""`addnested` of collections of complex values: members that are left, in an order, cut (Data Aggregation 3.4.3).

What comes out is a property that instances have beside the others: an expression over each, as a computed one is.
"""

from msgspec.structs import replace

from odata_service.edm.types import INT64, kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics import expression
from odata_service.semantics.conditions import both
from odata_service.semantics.joins import check_alias
from odata_service.semantics.nested import navigation_at
from odata_service.semantics.ordering import order_item
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import Arrangement
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import Computing, added_member
from odata_service.semantics.tree import PropertyAccess, Variable
from odata_service.url import print_expression, syntax


def resolve_added_values(node: syntax.Nesting, scope: Scope) -> Computing | None:
    """What an `addnested` adds where its path leads to values; None where it does not."""
    assert node.path is not None, "addnested has a path"
    first = node.path.steps[0]
    if not isinstance(first, syntax.Name) or scope.property(first.name) is None:
        return None
    if navigation_at(node.path.steps, scope) is not None:
        return None
    found = expression.resolve_expression(node.path, scope)
    text = print_expression(node.path)
    if not isinstance(found, PropertyAccess):
        return None
    if kind_of(found.type.element) is not None:
        raise SemanticError(
            f"'{text}' is {found.type}, and addnested takes entities or complex values{scope.place(node.path.span)}.",
            target=scope.target,
            hint="Compute it: compute(… as Name).",
        )
    if not found.type.collection:
        raise NotSupported(
            f"'{text}' is a single value, which is shown as it is{scope.place(node.path.span)}.",
            target=scope.target,
            hint=f"Compute with its members: compute({text}/… as Name).",
        )
    pairs = []
    for item in node.items:
        check_alias(item.alias, item.span, scope)
        alias = added_member(item.alias, found.property.type)
        pairs.append((alias, _arrangement(item, found, scope).of(found)))
    return Computing(tuple(pairs))


def _arrangement(item: syntax.NestItem, collection: PropertyAccess, scope: Scope) -> Arrangement:
    """What the transformations of an item leave of a collection: first filters and orders, then a part."""
    variable = Variable(scope.depth + 1, bare(collection.type.element))
    place = replace(scope.inside(variable), result=None, kinds=())
    made = Arrangement(variable)
    for step in item.apply:
        is_cut = made.skip is not None or made.top is not None
        match step:
            case syntax.Identity():
                continue
            case syntax.Filtering(predicate) if not is_cut:
                test = expression.resolve_filter(predicate, place)
                made = replace(made, where=both(made.where, test))
            case syntax.Ordering(items) if not is_cut:
                order = tuple(order_item(part, place) for part in items)
                made = replace(made, order=(*order, *made.order))
            case syntax.Slice("skip", count) if not is_cut:
                made = replace(made, skip=place.number(count, INT64))
            case syntax.Slice("top", count) if made.top is None:
                made = replace(made, top=place.number(count, INT64))
            case _:
                raise NotSupported(
                    f"Of values addnested leaves some by filter, orderby, skip and top, in this order"
                    f"{scope.place(item.span)}.",
                    target=scope.target,
                    hint="Keep them as entities of their own for other transformations.",
                )
    return made
