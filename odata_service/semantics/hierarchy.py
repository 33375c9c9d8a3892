"""Recursive hierarchies: the annotation that says which property names a node and what leads to its parent.

(Data Aggregation 5.5.2, 6.2.)
"""

from odata_service.edm.annotations import RECURSIVE_HIERARCHY, Path, Record
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import NotSupported, SemanticError, TypeMismatch, did_you_mean
from odata_service.semantics.access import access_along
from odata_service.semantics.grouping_keys import grouping_key
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import Hierarchy
from odata_service.semantics.tree import NavigationAccess, PropertyAccess
from odata_service.url import print_expression, syntax


def resolve_hierarchy(reference: syntax.HierarchyReference, scope: Scope) -> Hierarchy:
    """The hierarchy that a reference names."""
    nodes = _nodes(reference, scope)
    schema, entity_type = scope.request.schema, nodes.entity_type
    stated = {
        found.qualifier: found.value
        for holder in schema.ancestry(entity_type)
        for found in holder.annotations
        if found.term == RECURSIVE_HIERARCHY
    }
    value = stated.get(reference.qualifier)
    if not isinstance(value, Record):
        raise SemanticError(
            f"'{reference.qualifier}' is no recursive hierarchy of '{entity_type}'{scope.place(reference.span)}.",
            target=scope.target,
            hint=did_you_mean(reference.qualifier, [str(name) for name in stated])
            or "Annotate the type with Aggregation.RecursiveHierarchy in the definition.",
        )
    node, parent = (_path(value, name) for name in ("NodeProperty", "ParentNavigationProperty"))
    return Hierarchy(
        nodes, access_along(node, entity_type, schema), _parent(parent, node, nodes, schema), reference.qualifier
    )


def _parent(path: str, node: str, nodes: EntitySet, schema: Schema) -> PropertyAccess | None:
    """What leads to the name of a parent; None where a path leads to nothing that is among the nodes."""
    source: EntitySet | None = nodes
    holder, above, name = nodes.entity_type, None, ""
    for step in path.split("/"):
        if schema.structured_type(step) is not None:
            holder = step
            continue
        name = f"{name}/{step}" if name else step
        navigation = schema.navigation_properties(holder).get(name)
        if navigation is not None and source is not None:
            source = schema.target(source, holder, navigation)
            above = NavigationAccess(navigation, holder, TypeRef(navigation.target), above)
            holder, name = navigation.target, ""
    if source != nodes or above is None or name:
        return None
    return access_along(node, nodes.entity_type, schema, above)


def node_member(reference: syntax.HierarchyReference, hierarchy: Hierarchy, scope: Scope) -> PropertyAccess:
    """What names the node of an instance; `TypeMismatch` where nodes are named by what it is not."""
    _check_single(reference.node_property, scope)
    member = grouping_key(reference.node_property, scope)
    if kind_of(member.type) is not kind_of(hierarchy.node.type):
        raise TypeMismatch(
            f"'{print_expression(reference.node_property)}' is {member.type}, and nodes are named by "
            f"{hierarchy.node.type}{scope.place(reference.node_property.span)}.",
            target=scope.target,
        )
    return member


def _check_single(path: syntax.Path, scope: Scope) -> None:
    """Refuses a path by which an instance has many nodes."""
    holder = scope.entity_type
    for step in path.steps:
        name = step.name if isinstance(step, syntax.Name) else ""
        if scope.request.schema.structured_type(name) is not None:
            holder = name
            continue
        navigation = scope.request.schema.navigation_properties(holder).get(name)
        if navigation is None:
            return
        if navigation.collection:
            raise NotSupported(
                f"By '{print_expression(path)}' an instance has many nodes{scope.place(path.span)}.",
                target=scope.target,
                hint=f"Join the collection first: join({name} as Name), and go on from Name.",
            )
        holder = navigation.target


def _nodes(reference: syntax.HierarchyReference, scope: Scope) -> EntitySet:
    match reference.nodes.steps:
        case (syntax.Name(name),):
            source = scope.request.schema.container.entity_sets.get(name)
            if source is not None:
                return source
    known = list(scope.request.schema.container.entity_sets)
    text = print_expression(reference.nodes)
    raise SemanticError(
        f"The nodes of a hierarchy are an entity set, and not '{text}'{scope.place(reference.nodes.span)}.",
        target=scope.target,
        hint=did_you_mean(text.removeprefix("$root/"), known) or "Write $root/Set.",
    )


def _path(value: Record, name: str) -> str:
    stated = value.values.get(name)
    return stated.path if isinstance(stated, Path) else str(stated)
