"""What is done by the nodes of a recursive hierarchy: `traverse`, `rolluprecursive` (Data Aggregation 6.2.2, 6.3)."""

from msgspec.structs import replace

from odata_service.edm.types import STRING, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, TypeMismatch
from odata_service.semantics.access import path_of
from odata_service.semantics.expression import resolve_expression
from odata_service.semantics.hierarchy import node_member, resolve_hierarchy
from odata_service.semantics.joins import Resolve
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import (
    Grouping,
    Hierarchy,
    Related,
    Result,
    Spread,
    Transformation,
    Transformations,
    Traversing,
    added_member,
)
from odata_service.semantics.tree import KeyValue, NavigationAccess, RootEntity
from odata_service.url import print_expression, syntax

_WITHOUT_ORDER = frozenset({None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def resolve_traversal(node: syntax.Traversal, scope: Scope, resolve: Resolve) -> Traversing:
    """A `traverse`; the order of siblings is that of the nodes, whatever the instances are."""
    hierarchy = resolve_hierarchy(node.hierarchy, scope)
    member = node_member(node.hierarchy, hierarchy, scope)
    inner = _nodes(hierarchy, scope)
    siblings = tuple(_sibling_order(item, inner) for item in node.siblings)
    place = added_member(f"$tree{node.span.start}", STRING)
    subset = _subset(node.start, inner, resolve)
    return Traversing(hierarchy, member, place, node.order == "preorder", subset, siblings)


def repeated(kind: Result, step: Transformation) -> Result:
    """What instances have behind a `traverse` that gives them for each way to their node: the place in the tree."""
    if not isinstance(step, Traversing) or step.hierarchy.is_tree:
        return kind
    return replace(kind, members=(*kind.members, step.place), replaced=(*kind.replaced, step.place))


def resolve_rollup(node: syntax.RecursiveRollup, scope: Scope, resolve: Resolve) -> Spread:
    """A `rolluprecursive`: how what comes out tells of its node depends on what the path to it is."""
    hierarchy = resolve_hierarchy(node.hierarchy, scope)
    member = node_member(node.hierarchy, hierarchy, scope)
    mark = added_member(f"$node{node.span.start}", member.type)
    spread = Spread(hierarchy, member, mark, _subset(node.start, _nodes(hierarchy, scope), resolve))
    owner = member.owner
    if owner is None and member == hierarchy.node and scope.entity_set == hierarchy.nodes:
        return replace(spread, whole=True)
    if isinstance(owner, NavigationAccess) and member.property == hierarchy.node.property:
        return replace(spread, related=Related(owner, hierarchy.nodes, (member,)))
    return spread


def grouped_node(spread: Spread, scope: Scope) -> RootEntity:
    """The node that a group is made for: the entity that the group's mark names."""
    nodes, path = spread.hierarchy.nodes, path_of(spread.hierarchy.node)
    leaf = scope.request.schema.leaves(nodes.entity_type)[path]
    return RootEntity(nodes.name, (KeyValue(path, leaf, spread.mark),), TypeRef(nodes.entity_type))


def landed(kind: Result, step: Grouping, node: syntax.Grouping, scope: Scope) -> Result:
    """What instances have once they are told of their nodes."""
    whole = any(spread.whole for spread in step.spreads)
    marks = {spread.mark for spread in step.spreads}
    is_mixed = kind.whole or len(step.keys) > 1 or not kind.added | marks >= set(kind.members)
    if whole and (kind.nested or is_mixed):
        raise NotSupported(
            f"Nodes that are grouped by themselves go with what aggregate makes of each{scope.place(node.span)}.",
            target=scope.target,
            hint="Write aggregate(…) behind it, and group by nothing else.",
        )
    if kind.whole:
        return _told(kind, step)
    told = {spread.mark: spread.member for spread in step.spreads}
    members = tuple(told.get(member, member) for member in kind.members)
    members = members if not whole else tuple(member for member in members if member not in told.values())
    related = tuple(spread.related for spread in step.spreads if spread.related is not None)
    added = kind.added - frozenset(told)
    return Result(tuple(dict.fromkeys(members)), whole, added, (*kind.related, *related), kind.nested)


def _told(kind: Result, step: Grouping) -> Result:
    """Entities that are told of the nodes of their groups, each as often as it is in one."""
    named = tuple(spread.member for spread in step.spreads)
    related = tuple(spread.related for spread in step.spreads if spread.related is not None)
    return replace(
        kind, members=(*kind.members, *named), replaced=(*kind.replaced, *named), related=(*kind.related, *related)
    )


def _nodes(hierarchy: Hierarchy, scope: Scope) -> Scope:
    """The scope of the nodes."""
    nodes = hierarchy.nodes
    return replace(scope, entity_type=nodes.entity_type, entity_set=nodes, result=None, kinds=())


def _subset(sequence: syntax.Sequence, nodes: Scope, resolve: Resolve) -> Transformations:
    return resolve(sequence, nodes).steps if sequence else ()


def _sibling_order(item: syntax.OrderItem, nodes: Scope) -> OrderItem:
    value = resolve_expression(item.expression, nodes)
    if kind_of(value.type) in _WITHOUT_ORDER:
        raise TypeMismatch(
            f"{print_expression(item.expression)} is a {value.type}, which has no order{nodes.place(item.span)}.",
            target=nodes.target,
            hint="Order by one of its properties.",
        )
    return OrderItem(value, item.descending)
