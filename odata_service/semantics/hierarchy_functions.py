"""The functions of recursive hierarchies: isnode, isroot, isleaf, isancestor, isdescendant, issibling, rollupnode.

They stand behind the namespace of the vocabulary or its alias, or alone; their parameters have names. A node identifier
that is null makes the result null. (Data Aggregation 6.1, 6.3)
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import AGGREGATION
from odata_service.edm.types import BOOLEAN, INT64, TypeRef, kind_of
from odata_service.errors import SemanticError, TypeMismatch, did_you_mean
from odata_service.semantics import expression, hierarchy
from odata_service.semantics.conditions import all_of, both
from odata_service.semantics.operands import article, converted, followed, is_null
from odata_service.semantics.promotion import common
from odata_service.semantics.property_path import Place
from odata_service.semantics.rooted import rooted
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Case,
    Constant,
    Descends,
    Expression,
    Lambda,
    Members,
    Parameter,
    PropertyAccess,
    SetMembers,
    Unary,
    Variable,
)
from odata_service.url import syntax
from odata_service.url.syntax import FunctionCall, LiteralKind

_COMMON = ("HierarchyNodes", "HierarchyQualifier", "Node")
_LIMITS = ("MaxDistance", "IncludeSelf")
_PARAMETERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "isnode": (_COMMON, ()),
    "isroot": (_COMMON, ()),
    "isleaf": (_COMMON, ()),
    "issibling": ((*_COMMON, "Other"), ()),
    "isancestor": ((*_COMMON, "Descendant"), _LIMITS),
    "isdescendant": ((*_COMMON, "Ancestor"), _LIMITS),
    "rollupnode": ((), ("Position",)),
}
"""The parameters of each: those that it needs, and those that it may have."""

_PREFIXES = (f"{AGGREGATION}.", "Aggregation.")


def hierarchy_function(name: str) -> str | None:
    """The name of a hierarchy function without its namespace; None for what is none."""
    bare = next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)
    return bare if bare in _PARAMETERS else None


def resolve_hierarchy_function(node: FunctionCall, name: str, scope: Scope) -> Expression:
    """A condition of nodes, null where an identifier is null."""
    stated = _stated(node, name, scope)
    tree = _tree(node, stated, scope)
    nodes = [tree.identifier(part, stated[part], scope) for part in _PARAMETERS[name][0][2:]]
    test = tree.test(name, nodes, stated, scope)
    unknown = [part for part in nodes if _may_be_null(part)]
    there = [Binary("ne", part, Constant(None, part.type), BOOLEAN) for part in unknown]
    if not there:
        return test
    return Case(((all_of(there), test),), BOOLEAN)


def rollup_node(node: FunctionCall, scope: Scope) -> Place:
    """The node of the group that a sequence is run for."""
    stated = _stated(node, "rollupnode", scope)
    position = 1
    if "Position" in stated:
        written = stated["Position"]
        is_number = isinstance(written, syntax.Literal) and written.kind is LiteralKind.INTEGER
        position = int(written.text) if is_number and isinstance(written, syntax.Literal) else 0
    if not 1 <= position <= len(scope.rollup):
        raise SemanticError(
            f"There is no rolluprecursive number {position} around rollupnode{scope.place(node.span)}.",
            target=scope.target,
            hint="Write it behind groupby((rolluprecursive(…)), with Position=1 for the first of several.",
        )
    found = scope.rollup[position - 1]
    source = scope.request.schema.source(found.source)
    return Place(replace(scope, entity_type=found.type.name, entity_set=source), found)


def _stated(node: FunctionCall, name: str, scope: Scope) -> dict[str, syntax.Expression]:
    """The arguments by the names of the parameters."""
    needed, further = _PARAMETERS[name]
    stated = {part.name: part.value for part in node.named}
    place = scope.place(node.span)
    unknown = next((part for part in stated if part not in (*needed, *further)), None)
    missing = [part for part in needed if part not in stated]
    if unknown is None and not missing and not node.arguments and len(stated) == len(node.named):
        return stated
    found = f"{name} takes each parameter once, by its name"
    if unknown is not None:
        found = f"'{unknown}' is no parameter of {name}"
    elif missing and not node.arguments:
        found = f"{name} needs {', '.join(missing)}"
    form = ",".join(f"{part}=…" for part in (*needed, *further))
    raise SemanticError(
        f"{found}{place}.",
        target=scope.target,
        hint=(did_you_mean(unknown, [*needed, *further]) if unknown else None) or f"Write {name}({form}).",
    )


class _Tree(Struct, frozen=True):
    """A hierarchy for one call: the collection of its nodes, and the depth of the variables around it."""

    nodes: SetMembers
    name: PropertyAccess
    parent: Expression
    depth: int

    def member(self, level: int) -> tuple[Members, PropertyAccess, Expression]:
        """All nodes, and what names each of them and the one above it."""
        variable = Variable(self.depth + level, self.nodes.type.element, self.nodes.source)
        return Members(self.nodes, variable), rooted(self.name, variable), rooted(self.parent, variable)

    def identifier(self, name: str, node: syntax.Expression, scope: Scope) -> Expression:
        """What names a node, of the type that nodes are named by."""
        wanted = self.name.type
        value = expression.resolve_expression(node, scope, wanted)
        shared = common(value.type, wanted)
        if shared is None or kind_of(shared) is not kind_of(wanted):
            raise TypeMismatch(
                f"'{name}' is {article(value.type)}, and nodes are named by {article(wanted)}{scope.place(node.span)}.",
                target=scope.target,
            )
        return converted(value, wanted)

    def test(
        self, name: str, nodes: list[Expression], stated: Mapping[str, syntax.Expression], scope: Scope
    ) -> Expression:
        """The condition of nodes that are not null."""
        members, own, parent = self.member(1)
        node, others = nodes[0], nodes[1:]
        is_it = _equal(own, node)
        match name:
            case "isnode":
                return Lambda("any", members, is_it)
            case "isroot":
                return Lambda("any", members, both(is_it, _equal(parent, Constant(None, parent.type))))
            case "isleaf":
                below = Unary("not", Lambda("any", members, _equal(parent, node)), BOOLEAN)
                return both(Lambda("any", members, is_it), below)
            case "issibling":
                beside, other, above = self.member(2)
                second = Lambda("any", beside, both(_equal(other, others[0]), _equal(parent, above)))
                apart = Binary("ne", node, others[0], BOOLEAN)
                return both(apart, Lambda("any", members, both(is_it, second)))
            case _:
                lower, upper = (node, others[0]) if name == "isdescendant" else (others[0], node)
                distance, itself = _distance(stated, scope), _includes_self(stated, scope)
                return Descends(members, own, parent, lower, upper, distance, itself)


def _tree(node: FunctionCall, stated: Mapping[str, syntax.Expression], scope: Scope) -> _Tree:
    """The hierarchy that a call names."""
    written, qualifier = (followed(stated[name], scope) for name in _COMMON[:2])
    if not isinstance(qualifier, syntax.Literal) or qualifier.kind is not LiteralKind.STRING:
        raise TypeMismatch(
            f"The qualifier of a hierarchy is a text in quotes{scope.place(node.span)}.", target=scope.target
        )
    if not isinstance(written, syntax.Path):
        raise TypeMismatch(
            f"The nodes of a hierarchy are an entity set{scope.place(node.span)}.",
            target=scope.target,
            hint="Write HierarchyNodes=$root/Set.",
        )
    found = hierarchy.resolve_hierarchy(
        syntax.HierarchyReference(written, qualifier.text, syntax.Path((), span=node.span), node.span), scope
    )
    nodes = SetMembers(found.nodes.name, TypeRef(found.nodes.entity_type, True))
    return _Tree(nodes, found.node, found.above, scope.depth)


def _distance(stated: Mapping[str, syntax.Expression], scope: Scope) -> Constant | None:
    written = stated.get("MaxDistance")
    if written is None:
        return None
    literal = followed(written, scope)
    if isinstance(literal, syntax.Literal) and literal.kind is LiteralKind.INTEGER and int(literal.text) >= 1:
        return Constant(int(literal.text), INT64)
    raise TypeMismatch(
        f"MaxDistance is a whole number from 1 on{scope.place(written.span)}.",
        target=scope.target,
        hint="Leave it out for all levels.",
    )


def _includes_self(stated: Mapping[str, syntax.Expression], scope: Scope) -> bool:
    written = stated.get("IncludeSelf")
    value = Constant(False, BOOLEAN) if written is None else expression.resolve_expression(written, scope, BOOLEAN)
    if isinstance(value, Constant) and isinstance(value.value, bool):
        return value.value
    raise TypeMismatch(
        f"IncludeSelf is true or false{scope.place(written.span) if written is not None else ''}.", target=scope.target
    )


def _equal(left: Expression, right: Expression) -> Expression:
    return Binary("eq", left, right, BOOLEAN)


def _may_be_null(node: Expression) -> bool:
    match node:
        case Parameter():
            return False
        case PropertyAccess(declared, _, owner, cast):
            return owner is not None or cast is not None or declared.type.nullable
        case _:
            return not isinstance(node, Constant) or is_null(node)
