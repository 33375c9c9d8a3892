"""What is done by the nodes of a recursive hierarchy: `traverse`, `rolluprecursive` (Data Aggregation 6.2.2, 6.3)."""

from collections.abc import Iterator

from msgspec.structs import replace

from odata_service.edm.model import EntitySet
from odata_service.edm.types import INT64, STRING, TypeRef
from odata_service.errors import NotSupported
from odata_service.semantics.access import path_of
from odata_service.semantics.hierarchy import node_member, resolve_hierarchy
from odata_service.semantics.joins import Resolve
from odata_service.semantics.ordering import order_item
from odata_service.semantics.resolved import EVERYTHING, Expansion, QueryOptions
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import (
    Grouping,
    Hierarchy,
    Related,
    Relating,
    Result,
    Spread,
    TopLevels,
    Transformation,
    Traversing,
    UpPath,
    added_member,
)
from odata_service.semantics.tree import KeyValue, NavigationAccess, PropertyAccess, RootEntity
from odata_service.url import syntax


def resolve_traversal(node: syntax.Traversal, scope: Scope, resolve: Resolve) -> Traversing:
    """A `traverse`; the order of siblings is that of the nodes, whatever the instances are."""
    hierarchy = resolve_hierarchy(node.hierarchy, scope)
    member = node_member(node.hierarchy, hierarchy, scope)
    inner = _nodes(hierarchy, scope)
    siblings = tuple(order_item(item, inner) for item in node.siblings)
    start = resolve(node.start, inner).steps if node.start else None
    place, above = (added_member(f"${name}{node.span.start}", STRING) for name in ("tree", "above"))
    step = Traversing(hierarchy, member, place, above, node.order == "preorder", start, siblings)
    return replace(step, related=_relation(member, hierarchy), whole=_is_node(member, hierarchy, scope))


def _is_node(member: PropertyAccess, hierarchy: Hierarchy, scope: Scope) -> bool:
    """Whether instances are the nodes that they name."""
    return member == hierarchy.node and scope.entity_set == hierarchy.nodes


def _relation(member: PropertyAccess, hierarchy: Hierarchy) -> Related | None:
    """The path to the node that a property names, where it is one of an entity that instances are related to."""
    owner = member.owner
    if isinstance(owner, NavigationAccess) and member.property == hierarchy.node.property:
        return Related(owner, hierarchy.nodes, (member,))
    return None


def traversed(kind: Result, step: Transformation) -> Result:
    """What instances have behind a `traverse`: it shows their nodes, and tells the ways to them apart.

    With several ways they are there for each.
    """
    if isinstance(step, TopLevels | Relating):
        made = tuple(member for _, member in step.derived) if isinstance(step, TopLevels) else _state(step)
        members, derived = (tuple(dict.fromkeys((*known, *made))) for known in (kind.members, kind.derived))
        return replace(kind, members=members, derived=derived)
    if not isinstance(step, Traversing):
        return kind
    owner = step.related.access if step.related is not None else None
    shown = kind.expanded
    if owner is not None and kind.whole:
        shown = tuple(dict.fromkeys((*shown, *_expansions(step.hierarchy.nodes, owner))))
    paths = step.annotated(owner) if step.whole or owner is not None else ()
    return replace(
        kind,
        members=(*kind.members, *step.way),
        replaced=(*kind.replaced, *step.way),
        expanded=shown,
        paths=(*(path for path in kind.paths if path.name not in {known.name for known in paths}), *paths),
    )


def _state(step: Relating) -> tuple[PropertyAccess, ...]:
    return () if step.state is None else (step.state,)


def _expansions(nodes: EntitySet, owner: NavigationAccess) -> Iterator[Expansion]:
    """What shows the node that a path of one step leads to; those of more show nothing by themselves."""
    if owner.owner is None and not owner.navigation.collection:
        yield Expansion(owner.navigation, owner.source_type, nodes, QueryOptions(EVERYTHING))


def resolve_rollup(node: syntax.RecursiveRollup, scope: Scope, resolve: Resolve) -> Spread:
    """A `rolluprecursive`: how what comes out tells of its node depends on what the path to it is."""
    hierarchy = resolve_hierarchy(node.hierarchy, scope)
    member = node_member(node.hierarchy, hierarchy, scope)
    mark = added_member(f"$node{node.span.start}", member.type)
    subset = resolve(node.start, _nodes(hierarchy, scope)).steps if node.start else ()
    last = subset[-1] if subset else None
    way = (last.place, *last.way[1:]) if isinstance(last, Traversing) else ()
    is_node = _is_node(member, hierarchy, scope)
    return Spread(hierarchy, member, mark, subset, _relation(member, hierarchy), is_node, way)


def grouped_node(spread: Spread, scope: Scope) -> RootEntity:
    """The node that a group is made for: the entity that the group's mark names."""
    nodes, path = spread.hierarchy.nodes, path_of(spread.hierarchy.node)
    leaf = scope.request.schema.leaves(nodes.entity_type)[path]
    return RootEntity(nodes.name, (KeyValue(path, leaf, spread.mark),), TypeRef(nodes.entity_type))


def landed(kind: Result, step: Grouping, node: syntax.Grouping, scope: Scope) -> Result:
    """What instances have once they are told of their nodes."""
    nodes = next((spread for spread in step.spreads if spread.whole), None)
    if nodes is not None and any(item.group is None for item in kind.nested):
        raise NotSupported(
            f"Nodes that are grouped by themselves have nothing that addnested gives to others"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Write addnested behind groupby.",
        )
    told = {spread.mark: spread.member for spread in step.spreads}
    ways = tuple(member for spread in step.spreads for member in spread.way)
    related = tuple(spread.related for spread in step.spreads if spread.related is not None)
    paths = tuple(path for spread in step.spreads for path in _annotated(spread))
    kind = replace(kind, related=(*kind.related, *related), paths=(*kind.paths, *paths))
    if kind.whole:
        named = tuple(spread.member for spread in step.spreads if not spread.whole)
        own = (own_place(nodes),) if nodes is not None else ()
        hidden = (*named, *ways, *own)
        return replace(kind, members=(*kind.members, *hidden), replaced=(*kind.replaced, *hidden))
    members = tuple(dict.fromkeys(told.get(member, member) for member in kind.members))
    added, others = kind.added - frozenset(told), ways
    if nodes is not None:
        members = tuple(member for member in members if member != nodes.member)
        others = (*ways, *(member for member in members if member not in (*added, *ways)))
    return replace(kind, members=members, whole=nodes is not None, added=added, replaced=(*kind.replaced, *others))


def own_place(spread: Spread) -> PropertyAccess:
    """The place of an entity that becomes another one, the node of its group: it is left for the order alone."""
    return added_member(f"{spread.mark.property.name}.own", INT64)


def _annotated(spread: Spread) -> Iterator[UpPath]:
    last = spread.subset[-1] if spread.subset else None
    owner = spread.related.access if spread.related is not None else None
    if isinstance(last, Traversing) and (spread.whole or owner is not None):
        yield from last.annotated(owner)


def _nodes(hierarchy: Hierarchy, scope: Scope) -> Scope:
    """The scope of the nodes."""
    nodes = hierarchy.nodes
    return replace(scope, entity_type=nodes.entity_type, entity_set=nodes, result=None, kinds=())
