"""Typed expressions to peewee expressions, with the standard's null logic (URL Conventions 5.1.1.1).

A comparison is never null: `eq` and `ne` compare with null as a value; an ordering comparison with a null operand is
false, and `ge` and `le` of two nulls true. Where a condition stands for itself, null and false come to the same, so
that `a > b` is enough and indexes serve; below `not`, and as a value, it is made exact.

Columns are compared as they are kept where the other operands can be put into that form, so that indexes serve there
too; in all else values have the one form that the family gives their kind in expressions.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, assert_never

from peewee import SQL, EnclosedNodeList, Negated, Node, NodeList, Ordering, Select, Value, fn
from peewee import Case as SqlCase
from peewee import Expression as SqlExpression

from odata_service.edm.types import INT64, NULL, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.tree import (
    Aggregated,
    Arranged,
    Binary,
    Call,
    Case,
    Cast,
    CodeCall,
    Constant,
    Convert,
    Count,
    Defined,
    Descends,
    DynamicProperty,
    Expression,
    In,
    Itself,
    Lambda,
    Listed,
    Logical,
    Members,
    NavigationAccess,
    Ordinal,
    Parameter,
    Picked,
    PropertyAccess,
    RootEntity,
    TypeTest,
    Unary,
    Variable,
)
from odata_service.sql import aggregate_columns, patterns
from odata_service.sql.code import code_call
from odata_service.sql.collections import arranged, collection_call, picked
from odata_service.sql.descendants import descends
from odata_service.sql.documents import dynamic_value, untyped_value
from odata_service.sql.families import Codec, ElementRows, Family

if TYPE_CHECKING:
    from odata_service.sql.mapping import Mapping


class Scope(Protocol):
    """Where properties are looked up."""

    @property
    def family(self) -> Family:
        """The family that SQL is written for."""

    @property
    def mapping(self) -> "Mapping":
        """The tables of the model."""

    @property
    def outer(self) -> "Scope | None":
        """What is around a subquery."""

    @property
    def variable(self) -> Variable | None:
        """What stands for the rows of a subquery."""

    @property
    def conditions(self) -> Sequence[Node]:
        """What is true of the rows here."""

    def sources(self) -> list[Node]:
        """What the rows here are selected from."""

    def told_by_code(self) -> Sequence[str]:
        """The tables here whose rows code tells."""

    def access(self, node: PropertyAccess | NavigationAccess | RootEntity | Variable) -> Node:
        """The value of a property as expressions have it; of an entity what is null where there is none."""

    def kept(self, node: PropertyAccess) -> tuple[Node, Codec]:
        """The column of a property as it is, and how it keeps values."""

    def type_test(self, node: TypeTest) -> Node:
        """That an entity is of one of some types; false where there is no entity."""

    def dynamic(self, node: DynamicProperty) -> tuple[Node, tuple[str, ...]]:
        """The JSON that a dynamic property stands in, and the names that lead to it there."""

    def untyped(self, node: DynamicProperty) -> tuple[tuple[Node, tuple[str, ...]], Node | None]:
        """The JSON that a declared value without a type stands in, the names there, and the type that it states."""

    def number(self) -> int:
        """A number for a name that nothing else in the statement has."""

    def ordinal(self) -> Node:
        """The place of an entity among those that an operation gave."""

    def inside(self, members: Members) -> "MemberScope":
        """The members of a collection as rows of a subquery."""


class MemberScope(Scope, Protocol):
    """Where properties of the members of a collection, and of all around them, are looked up."""

    @property
    def elements(self) -> ElementRows | None:
        """The members as rows of JSON, None where they are entities."""

    def select(self, columns: Sequence[Node], conditions: Sequence[Node]) -> Select:
        """A SELECT over the members."""


_ORDER = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def condition(node: Expression, scope: Scope) -> Node:
    """A condition that stands for itself: null counts as false."""
    match node:
        case Logical(operator, operands):
            return balanced(operator.upper(), [condition(operand, scope) for operand in operands])
        case Binary("eq", left, right) if not (_may_be_null(left) and _may_be_null(right)) and not _has_null(node):
            return compared("=", left, right, scope)
        case Binary(operator, left, right) if operator in _ORDER:
            return _ordering(operator, left, right, scope)
        case In(operand, values):
            return _membership(operand, values, scope)
        case _:
            return value(node, scope)


def value(node: Expression, scope: Scope) -> Node:
    """The exact value of an expression, null where the standard says null."""
    match node:
        case Constant(known, type_ref):
            return _null(type_ref, scope) if known is None else _constant(known, type_ref, scope)
        case Parameter(index, type_ref):
            return scope.family.value_codec(type_ref).slot(index, type_ref)
        case PropertyAccess() | NavigationAccess() | RootEntity() | Variable() | Itself():
            return _access(node, scope)
        case DynamicProperty():
            return _dynamic(node, scope)
        case TypeTest():
            return scope.type_test(node)
        case Listed(members, type_ref):
            element = members[0].type if members else type_ref.element
            return scope.family.documents.array([value(member, scope) for member in members], element)
        case Lambda() | Count() | Arranged() | Picked() | Descends() | Aggregated() | Defined():
            return _of_members(node, scope)
        case Ordinal():
            return scope.ordinal()
        case Case(branches):
            return SqlCase(None, [(condition(test, scope), value(result, scope)) for test, result in branches], None)
        case _:
            return _operation(node, scope)


def _access(node: PropertyAccess | NavigationAccess | RootEntity | Variable | Itself, scope: Scope) -> Node:
    """The value that a path leads to; of an instance what is null where there is none."""
    if not isinstance(node, Itself):
        return scope.access(node)
    return SQL("1") if node.key is None else scope.access(node.key)


def _dynamic(node: DynamicProperty, scope: Scope) -> Node:
    """A value without a declared type as one of the type that is asked for."""
    if not node.name:
        return untyped_value(node.type, *scope.untyped(node), scope.family)
    return dynamic_value(node, *_document(node, scope), scope.family)


def _document(node: DynamicProperty, scope: Scope) -> tuple[Node, tuple[str, ...]]:
    """The JSON that a dynamic property stands in, and the names that lead to it there, through others of its kind."""
    if not isinstance(node.owner, DynamicProperty):
        return scope.dynamic(node)
    document, names = _document(node.owner, scope)
    return document, (*names, node.name)


def _of_members(node: Lambda | Count | Arranged | Picked | Descends | Aggregated | Defined, scope: Scope) -> Node:
    """What is asked of a collection as a whole."""
    match node:
        case Descends():
            return descends(node, scope)
        case Aggregated():
            return aggregate_columns.aggregated_members(node, scope)
        case Arranged():
            return arranged(node, scope)
        case Picked():
            return picked(node, scope)
        case Defined(_, part, parts):
            return SqlExpression(scope.access(part), "IN", EnclosedNodeList([SQL(str(number)) for number in parts]))
        case _:
            return _subquery(node, scope)


def _subquery(node: Lambda | Count, scope: Scope) -> Node:
    """`any` as EXISTS, `all` as there being none for which the predicate is not true."""
    inner = scope.inside(node.members)
    tests: list[Node] = [] if node.members.where is None else [condition(node.members.where, inner)]
    if isinstance(node, Count):
        return inner.select([fn.count(SQL("*"))], tests)
    if node.predicate is not None and node.operator == "any":
        tests.append(condition(node.predicate, inner))
    elif node.predicate is not None:
        tests.append(Negated(_exact(value(node.predicate, inner), inner)))
    found = fn.EXISTS(inner.select([SQL("1")], tests))
    return found if node.operator == "any" else Negated(found)


def _constant(known: object, type_ref: TypeRef, scope: Scope) -> Node:
    return scope.family.value_codec(type_ref).constant(_primitive(known))


def _call(node: Call, scope: Scope) -> Node:
    """A function's value, which is null where the literal null is among its arguments."""
    if any(part.type.collection for part in node.arguments):
        return collection_call(node, scope)
    if any(_is_null(argument) for argument in node.arguments):
        return _null(node.type, scope)
    if node.name == "matchespattern":
        by_code = patterns.matched_by_code(node, scope)
        if by_code is not None:
            return by_code
    kinds = [_kind(argument) for argument in node.arguments]
    return scope.family.operations.functions[node.name]([value(part, scope) for part in node.arguments], kinds)


def compared(comparison: str, left: Expression, right: Expression, scope: Scope) -> Node:
    """A comparison by an SQL operator, in the form that a column has where both can be in it."""
    (first, second), codec = _alike((left, right), scope)
    if comparison in _ORDER.values():
        first = codec.in_order(first)
    test = SqlExpression(first, comparison, second)
    is_number = scope.family.operations.is_number
    if is_number is None or _kind(left) is not Kind.FLOAT:
        return test
    return SqlExpression(test, "AND", is_number(second if comparison in {"<", "<="} else first))


def _alike(operands: Sequence[Expression], scope: Scope) -> tuple[list[Node], Codec]:
    """The operands in one form: that of the columns among them if they share one, else that of expressions."""
    codecs = {
        id(codec): codec for codec in (scope.kept(part)[1] for part in operands if isinstance(part, PropertyAccess))
    }
    simple = all(isinstance(part, PropertyAccess | Parameter | Constant) for part in operands)
    typed = next((part.type for part in operands if not _is_null(part)), operands[0].type)
    if simple and len(codecs) == 1:
        codec = next(iter(codecs.values()))
        if codec.compares:
            return [as_kept(part, codec, scope) for part in operands], codec
    return [_operand(part, scope) for part in operands], scope.family.value_codec(typed)


def _operand(node: Expression, scope: Scope) -> Node:
    """A value as part of a comparison, which binds tighter than NOT does."""
    found = value(node, scope)
    return NodeList((found,), parens=True) if isinstance(found, Negated) else found


def as_kept(node: Expression, codec: Codec, scope: Scope) -> Node:
    """A column as it is, or a value of the request in the form that the codec's column has."""
    match node:
        case PropertyAccess():
            return scope.kept(node)[0]
        case Parameter(index, type_ref):
            return codec.slot(index, type_ref)
        case Constant(known):
            return codec.constant(_primitive(known))
        case _:
            found = value(node, scope)
            return found if codec.kept is None else codec.kept(found)


def ordering_value(node: Expression, scope: Scope) -> Node:
    """What an order compares: a column as it is kept where that is in order, else a value."""
    (found,), codec = _alike((node,), scope)
    return codec.in_order(found)


def varying(order: Iterable[Ordering]) -> list[Ordering]:
    """The items of an order in which rows differ: a literal alone would be the place of a column to MariaDB."""
    return [item for item in order if not isinstance(item.node, Value | SQL)]


def seek_comparison(comparison: str, item: Expression, last: Expression, scope: Scope) -> Node:
    """How an item of an order stands to its value in the last row, in the order that the database itself has."""
    (first, second), codec = _alike((item, last), scope)
    return SqlExpression(codec.in_order(first), comparison, second)


def _operation(node: Call | CodeCall | Cast | Convert | Logical | Binary | Unary | In, scope: Scope) -> Node:
    match node:
        case Call():
            return _call(node, scope)
        case CodeCall():
            return code_call(node, scope)
        case Cast(operand, type_ref):
            inner = value(operand, scope)
            same = operand.type.name == type_ref.name
            return inner if same else scope.family.operations.cast(inner, operand.type, type_ref)
        case Convert(operand, type_ref):
            return scope.family.operations.convert(value(operand, scope), operand.type, type_ref)
        case Logical(operator, operands):
            return balanced(operator.upper(), [value(operand, scope) for operand in operands])
        case Binary():
            return _binary(node, scope)
        case Unary("not", operand):
            return Negated(value(operand, scope))
        case Unary(_, operand):
            return scope.family.operations.negatives[_kind(operand)]([value(operand, scope)], [_kind(operand)])
        case In(operand, values):
            return _exact(_membership(operand, values, scope), scope)
        case _:
            assert_never(node)


def number(node: Expression, scope: Scope) -> Node:
    """The number of $top or $skip."""
    slot = scope.family.value_codec(INT64).slot
    return slot(node.slot, INT64) if isinstance(node, Parameter) else value(node, scope)


def balanced(operator: str, parts: Sequence[Node]) -> Node:
    """A chain as a tree of the least depth, since databases limit the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return SqlExpression(balanced(operator, parts[:middle]), operator, balanced(operator, parts[middle:]))


def _binary(node: Binary, scope: Scope) -> Node:
    operator, left, right = node.operator, node.left, node.right
    if operator in {"eq", "ne"}:
        return _equality(operator, left, right, scope)
    if operator in _ORDER:
        return _exact(_ordering(operator, left, right, scope), scope)
    if _is_null(left) or _is_null(right):
        return _null(node.type, scope)
    kinds = (_kind(left), _kind(right))
    return scope.family.operations.arithmetic[operator, *kinds]([value(left, scope), value(right, scope)], kinds)


def _equality(operator: str, left: Expression, right: Expression, scope: Scope) -> Node:
    for tested, other in ((left, right), (right, left)):
        if _is_null(other):
            node = scope.kept(tested)[0] if isinstance(tested, PropertyAccess) else _operand(tested, scope)
            return SqlExpression(node, "IS" if operator == "eq" else "IS NOT", SQL("NULL"))
    test = compared(scope.family.dialect.same, left, right, scope)
    return test if operator == "eq" else Negated(test)


def _exact(test: Node, scope: Scope) -> Node:
    return fn.coalesce(test, SQL(scope.family.dialect.false))


def _ordering(operator: str, left: Expression, right: Expression, scope: Scope) -> Node:
    test = compared(_ORDER[operator], left, right, scope)
    if operator in {"gt", "lt"} or not (_may_be_null(left) and _may_be_null(right)):
        return test
    both_null = balanced("AND", [is_null(_operand(left, scope)), is_null(_operand(right, scope))])
    return balanced("OR", [test, both_null])


def _membership(operand: Expression, values: Sequence[Expression], scope: Scope) -> Node:
    known = [item for item in values if not _is_null(item)]
    (tested, *members), _ = _alike((operand, *known), scope)
    tests: list[Node] = []
    if known:
        tests.append(SqlExpression(tested, "IN", EnclosedNodeList(members)))
    if len(known) < len(values):
        tests.append(is_null(tested))
    return balanced("OR", tests) if tests else SQL(scope.family.dialect.false)


def is_null(node: Node) -> Node:
    """Whether a value is null."""
    return SqlExpression(node, "IS", SQL("NULL"))


def _null(type_ref: TypeRef, scope: Scope) -> Node:
    """Null of a type, which matters to some databases; the literal has none."""
    return SQL("NULL") if type_ref == NULL else scope.family.value_codec(type_ref).constant(None)


def _is_null(node: Expression) -> bool:
    return isinstance(node, Constant) and node.value is None


def _has_null(node: Binary) -> bool:
    return _is_null(node.left) or _is_null(node.right)


def _may_be_null(node: Expression) -> bool:
    match node:
        case Constant(known):
            return known is None
        case Parameter() | Lambda() | Count() | Descends() | Defined():
            return False
        case PropertyAccess(declared, _, owner, cast):
            is_outside = owner is not None or cast is not None
            return is_outside or declared.type.nullable or declared.computation is not None
        case _:
            return True


def _kind(node: Expression) -> Kind:
    return kind_of(node.type) or Kind.STRING


def _primitive(known: object) -> PrimitiveValue | None:
    assert known is None or isinstance(known, PrimitiveValue), "constants are primitive values"
    return known
