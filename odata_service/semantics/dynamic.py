"""Dynamic properties in expressions: each is a value of the type that it is used as, and null where it is none.

What the JSON of a value does not show its `@type` says; there is no conversion: text is not taken for a date.
"""

from msgspec.structs import replace

from odata_service.edm.leaves import UNTYPED
from odata_service.edm.types import BOOLEAN, DECIMAL, DOUBLE, STRING, Kind, TypeRef, kind_of
from odata_service.semantics.promotion import NUMERIC, bare
from odata_service.semantics.tree import DynamicProperty, Expression, PropertyAccess, Variable

ORDERS = (BOOLEAN, DOUBLE, STRING)
"""As what a dynamic property is ordered by: texts stand before numbers, and numbers before true and false."""


_LIST = replace(UNTYPED, collection=True)
_UNTYPED = DynamicProperty | PropertyAccess | Variable


def is_dynamic(node: Expression) -> bool:
    """Whether a value has the type that it is used as: a dynamic property, or a declared value without a type."""
    return isinstance(node, _UNTYPED) and kind_of(node.type) is Kind.UNTYPED and not node.type.collection


def used_as(node: Expression, type_ref: TypeRef) -> Expression:
    """A dynamic property as a value of a type; numbers are all of one type, save beside floats."""
    if type_ref.collection or not is_dynamic(node):
        return node
    kind = kind_of(type_ref)
    if kind in {None, Kind.UNTYPED}:
        return node
    wanted = DOUBLE if kind is Kind.FLOAT else DECIMAL if kind in NUMERIC else bare(type_ref)
    if isinstance(node, DynamicProperty):
        return replace(node, type=wanted)
    assert isinstance(node, PropertyAccess | Variable), "nothing else is a declared value without a type"
    return DynamicProperty("", wanted, node)


def used_as_list(node: DynamicProperty | PropertyAccess | Variable) -> DynamicProperty:
    """A value without a declared type as a collection of such values, null where it is none."""
    if isinstance(node, DynamicProperty):
        return replace(node, type=_LIST)
    return DynamicProperty("", _LIST, node)


def used_together(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Two operands, a dynamic property among them as a value of the other's type."""
    return used_as(left, right.type), used_as(right, left.type)
