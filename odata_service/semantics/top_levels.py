"""`TopLevels`, a transformation of SAP: the first levels of a tree in preorder, single nodes of it open or closed.

It comes from the vocabulary `com.sap.vocabularies.Hierarchy.v1`, whose term `RecursiveHierarchy` names the properties
that tell of each node where it stands in what comes out. OpenUI5's tree tables ask for both.
"""

from collections.abc import Iterator, Mapping

from odata_service.edm.annotations import SAP_HIERARCHY, Record
from odata_service.edm.capabilities import path_text
from odata_service.edm.types import INT64, STRING
from odata_service.edm.values import parse
from odata_service.errors import NotSupported, SemanticError, TypeMismatch, did_you_mean
from odata_service.semantics.access import access_along
from odata_service.semantics.hierarchy import node_member, resolve_hierarchy
from odata_service.semantics.operands import followed
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import DERIVED, Derived, Hierarchy, TopLevels, added_member
from odata_service.semantics.tree import Constant
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind

_NAMES = frozenset({f"{SAP_HIERARCHY}.TopLevels", "Hierarchy.TopLevels"})
_NEEDED = ("HierarchyNodes", "HierarchyQualifier", "NodeProperty")
_FURTHER = ("Levels", "ExpandLevels", "Expand", "Collapse")
_FORM = "Write TopLevels(HierarchyNodes=$root/Set,HierarchyQualifier='Q',NodeProperty='ID',Levels=2)."


def is_top_levels(node: object) -> bool:
    """Whether a transformation is a call of TopLevels, by the vocabulary's namespace or its usual alias."""
    return isinstance(node, syntax.FunctionCall) and node.name in _NAMES


def resolve_top_levels(node: syntax.FunctionCall, scope: Scope, *, alone: bool) -> TopLevels:
    """The step that a call is; `alone` says that instances are what is left of entities, each once."""
    if not alone:
        raise NotSupported(
            f"TopLevels takes entities that nothing but filter, search, orderby, top, skip, compute, ancestors and "
            f"descendants stands before{scope.place(node.span)}.",
            target=scope.target,
            hint="Write it outside of groupby, concat, join and $expand.",
        )
    stated = _stated(node, scope)
    nodes, qualifier, path = (stated[name] for name in _NEEDED)
    if not isinstance(nodes, syntax.Path):
        raise SemanticError(
            f"HierarchyNodes is no entity set{scope.place(node.span)}.", target=scope.target, hint=_FORM
        )
    steps = tuple(syntax.Name(part) for part in _text(path, scope).split("/"))
    reference = syntax.HierarchyReference(nodes, _text(qualifier, scope), syntax.Path(steps, span=node.span), node.span)
    hierarchy = resolve_hierarchy(reference, scope)
    member = node_member(reference, hierarchy, scope)
    if not hierarchy.is_tree or member != hierarchy.node or scope.entity_set != hierarchy.nodes:
        raise NotSupported(
            f"TopLevels takes nodes of '{hierarchy.nodes.name}' that have one parent each{scope.place(node.span)}.",
            target=scope.target,
            hint="Write traverse instead.",
        )
    place = added_member(f"$tree{node.span.start}", STRING)
    levels = _number(stated["Levels"], scope) if "Levels" in stated else None
    open_nodes = tuple(_opened(stated, hierarchy, scope))
    return TopLevels(hierarchy, member, place, levels, open_nodes, derived_properties(hierarchy, scope))


def derived_properties(hierarchy: Hierarchy, scope: Scope) -> tuple[Derived, ...]:
    """The properties that tell of nodes where they stand, by the annotation of the nodes' type; often there are none.

    OpenUI5 takes the rank from beside the drill state where the annotation does not name it.
    """
    schema, owner = scope.request.schema, hierarchy.nodes.entity_type
    named: Mapping[str, str] = {}
    for holder in schema.ancestry(owner):
        for found in holder.annotations:
            if found.term == f"{SAP_HIERARCHY}.RecursiveHierarchy" and found.qualifier == hierarchy.qualifier:
                named = dict(_named(found.value)) if isinstance(found.value, Record) else {}
    if "DrillState" in named:
        before = named["DrillState"].rpartition("/")[0]
        named = {"LimitedRank": f"{before}/LimitedRank".lstrip("/"), **named}
    leaves = schema.leaves(owner)
    return tuple((what, access_along(path, owner, schema)) for what, path in named.items() if path in leaves)


def _named(value: Record) -> Iterator[tuple[str, str]]:
    """What is derived, with the paths of its properties; the vocabulary called them so for long."""
    for what in DERIVED:
        path = path_text(value.values.get(what)) or path_text(value.values.get(f"{what}Property"))
        if path is not None:
            yield what, path


def _stated(node: syntax.FunctionCall, scope: Scope) -> dict[str, syntax.Expression]:
    """The arguments by the names of the parameters, aliases followed."""
    stated = {part.name: found for part in node.named if (found := followed(part.value, scope)) is not None}
    unknown = next((part.name for part in node.named if part.name not in (*_NEEDED, *_FURTHER)), None)
    missing = [name for name in _NEEDED if name not in stated]
    if unknown is None and not missing and not node.arguments:
        return stated
    what = f"'{unknown}' is no parameter of TopLevels" if unknown else f"TopLevels needs {', '.join(missing)}"
    raise SemanticError(
        f"{what}{scope.place(node.span)}.",
        target=scope.target,
        hint=(did_you_mean(unknown, [*_NEEDED, *_FURTHER]) if unknown else None) or _FORM,
    )


def _opened(
    stated: Mapping[str, syntax.Expression], hierarchy: Hierarchy, scope: Scope
) -> Iterator[tuple[Constant, int | None]]:
    """The nodes of which something is said apart, and how many levels below each are shown, None for all."""
    for member in _members(stated.get("ExpandLevels"), "ExpandLevels", scope):
        parts = dict(member.members) if isinstance(member, syntax.JsonObject) else {}
        if "NodeID" not in parts:
            hint = 'Write ExpandLevels=[{"NodeID":"1","Levels":1}].'
            raise TypeMismatch("A member of ExpandLevels has no NodeID.", target=scope.target, hint=hint)
        levels = parts.get("Levels")
        yield (
            _node(parts["NodeID"], hierarchy, scope),
            None if levels is None or _is_null(levels) else _number(levels, scope),
        )
    for name, count in (("Expand", 1), ("Collapse", 0)):
        for member in _members(stated.get(name), name, scope):
            yield _node(member, hierarchy, scope), count


def _members(written: syntax.Expression | None, name: str, scope: Scope) -> tuple[syntax.Expression, ...]:
    if written is None:
        return ()
    if isinstance(written, syntax.JsonArray):
        return written.members
    raise TypeMismatch(f"{name} is a JSON array.", target=scope.target, hint=f"Write {name}=[…].")


def _node(written: syntax.Expression, hierarchy: Hierarchy, scope: Scope) -> Constant:
    """The name of a node, which clients write as text whatever its type is."""
    kind = hierarchy.node.type
    try:
        return Constant(parse(written.text if isinstance(written, syntax.Literal) else "", kind), kind)
    except ValueError as error:
        raise TypeMismatch(
            f"Nodes are named by {kind}, and not so{scope.place(written.span)}.", target=scope.target
        ) from error


def _text(written: syntax.Expression, scope: Scope) -> str:
    if isinstance(written, syntax.Literal) and written.kind is LiteralKind.STRING:
        return written.text
    raise TypeMismatch("HierarchyQualifier and NodeProperty are texts in quotes.", target=scope.target, hint=_FORM)


def _number(written: syntax.Expression, scope: Scope) -> int:
    if isinstance(written, syntax.Literal) and written.kind is LiteralKind.INTEGER and written.text.isdecimal():
        levels = scope.convert(written, INT64)
        assert isinstance(levels, int), "a whole number is written"
        return levels
    raise TypeMismatch("Levels is a whole number from 0 on.", target=scope.target, hint="Leave it out for all levels.")


def _is_null(written: syntax.Expression) -> bool:
    return isinstance(written, syntax.Literal) and written.kind is LiteralKind.NULL
