"""Collections as values: written out, compared, asked for members, given to functions (URL Conventions 5.1.1.5)."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.types import BOOLEAN, INT32, NULL, TypeRef
from odata_service.errors import TypeMismatch
from odata_service.semantics import expression
from odata_service.semantics.functions import COLLECTION, Signature
from odata_service.semantics.operands import article, converted, hint_of, literal_form
from odata_service.semantics.promotion import bare, common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Call,
    Constant,
    Expression,
    In,
    Lambda,
    Listed,
    Logical,
    Members,
    Unary,
    Variable,
)
from odata_service.url import syntax


def resolve_array(node: syntax.JsonArray, scope: Scope, wanted: TypeRef | None) -> Listed:
    """A collection that is written out: its members in the one type that all have in common."""
    element = bare(wanted.element) if wanted is not None and wanted.collection else None
    resolved: list[Expression] = []
    type_ref = NULL if element is None else element
    for member in node.members:
        value = expression.resolve_expression(member, scope, None if type_ref == NULL else type_ref)
        shared = value.type if isinstance(value, Listed) else common(type_ref, value.type)
        if shared is None:
            raise TypeMismatch(
                f"The members of a collection are {article(type_ref)} and {article(value.type)}"
                f"{scope.place(member.span)}.",
                target=scope.target,
                hint=literal_form(type_ref),
            )
        type_ref = shared
        resolved.append(value)
    return Listed(tuple(_member(value, type_ref) for value in resolved), _collection_of(type_ref))


def _collection_of(element: TypeRef) -> TypeRef:
    return TypeRef(element.name, True, definition=element.definition)


def _member(value: Expression, type_ref: TypeRef) -> Expression:
    return value if isinstance(value, Listed) else converted(value, type_ref)


def alike(left: Expression, right: Expression) -> tuple[Expression, Expression] | None:
    """Two collections with members of one type; None where there is no such type."""
    if not left.type.collection or not right.type.collection:
        return None
    shared = common(left.type.element, right.type.element)
    if shared is None:
        return None
    return _of(left, shared), _of(right, shared)


def _of(node: Expression, element: TypeRef) -> Expression:
    """A collection whose members are converted where they are written out; others are compared as what they are."""
    if isinstance(node, Listed):
        return Listed(tuple(converted(member, element) for member in node.members), _collection_of(element))
    return node


def resolve_equality(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    """Collections are equal that have equal members in the same order."""
    pair = alike(left, right)
    if pair is None or node.operator not in {"eq", "ne"}:
        raise TypeMismatch(
            f"'{node.operator}' cannot compare {article(left.type)} with {article(right.type)}"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Write any(x:x eq …) behind a collection, or compare it with another one: eq ['a','b'].",
        )
    same = same_members(*pair)
    return same if node.operator == "eq" else Unary("not", same, BOOLEAN)


EMPTY = Listed((), TypeRef(NULL.name, True))
"""The collection without members."""


def same_members(left: Expression, right: Expression) -> Expression:
    """That two collections have equal members in the same order."""
    one, other = (Call("length", (side,), INT32) for side in (left, right))
    return Logical("and", (Binary("eq", one, other, BOOLEAN), Call("startswith", (left, right), BOOLEAN)))


def resolve_membership(node: syntax.In, collection: Expression, operand: Expression, scope: Scope) -> Expression:
    """Whether a value, or a row of values, is a member of a collection."""
    if isinstance(operand, Listed):
        return _row_membership(node, collection, operand, scope)
    shared = common(operand.type, collection.type.element) if collection.type.collection else None
    if shared is None:
        raise TypeMismatch(
            f"'in' cannot find {article(operand.type)} in {article(collection.type)}{scope.place(node.span)}.",
            target=scope.target,
            hint="Write in ('a','b'), or a collection of values of this type.",
        )
    tested = converted(operand, shared)
    if isinstance(collection, Listed):
        return In(tested, tuple(converted(member, shared) for member in collection.members))
    variable = Variable(scope.depth + 1, collection.type.element)
    found = Binary("eq", tested, converted(variable, shared), BOOLEAN)
    return Lambda("any", Members(collection, variable), found)


def _row_membership(node: syntax.In, rows: Expression, operand: Listed, scope: Scope) -> Expression:
    """A row of values is in a collection of rows that has one with equal values at each place."""
    listed = rows.members if isinstance(rows, Listed) else ()
    fitting = [row for row in listed if isinstance(row, Listed) and len(row.members) == len(operand.members)]
    if not isinstance(rows, Listed) or len(fitting) != len(listed) or not operand.members:
        raise TypeMismatch(
            f"Rows of {len(operand.members)} values are in a list of such rows{scope.place(node.span)}.",
            target=scope.target,
            hint="Write [a,b] in [['x',1],['y',2]].",
        )
    tests = [Logical("and", tuple(_pairs(node, operand, row, scope))) for row in fitting]
    return Constant(False, BOOLEAN) if not tests else tests[0] if len(tests) == 1 else Logical("or", tuple(tests))


def _pairs(node: syntax.In, operand: Listed, row: Listed, scope: Scope) -> Iterator[Expression]:
    for tested, value in zip(operand.members, row.members, strict=True):
        shared = common(tested.type, value.type)
        if shared is None:
            raise TypeMismatch(
                f"'in' cannot compare {article(tested.type)} with {article(value.type)}{scope.place(node.span)}.",
                target=scope.target,
                hint=literal_form(tested.type),
            )
        yield Binary("eq", converted(tested, shared), converted(value, shared), BOOLEAN)


def collection_arguments(
    node: syntax.FunctionCall, signature: Signature, scope: Scope
) -> tuple[Expression, ...] | None:
    """The arguments of an overload that takes collections, or None where they are none."""
    places = [place for place, wanted in enumerate(signature.parameters) if wanted == COLLECTION]
    known = _typed_first([node.arguments[place] for place in places], scope)
    if not all(value.type.collection for value in known):
        return None
    pair = alike(known[0], known[1]) if len(known) == 2 else tuple(known)
    if pair is None:
        return None
    found = dict(zip(places, pair, strict=True))
    for place, wanted in enumerate(signature.parameters):
        if place not in found:
            value = expression.resolve_expression(node.arguments[place], scope, wanted)
            if common(value.type, wanted) is None:
                return None
            found[place] = converted(value, wanted)
    return tuple(found[place] for place in range(len(signature.parameters)))


def _typed_first(nodes: Sequence[syntax.Expression], scope: Scope) -> list[Expression]:
    """Each node resolved; what is written out takes the type of what is not."""
    hints = [
        hint_of(expression.resolve_expression(node, scope)) for node in nodes if not isinstance(node, syntax.JsonArray)
    ]
    return [expression.resolve_expression(node, scope, next(iter(hints), None)) for node in nodes]


def result_of(signature: Signature, arguments: Sequence[Expression]) -> TypeRef:
    """The type of a call: that of the first collection where the function gives a collection."""
    if not signature.result.collection:
        return signature.result
    return replace(next(value.type for value in arguments if value.type.collection))
