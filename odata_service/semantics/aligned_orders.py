"""One order over entities of several sources, where a name is of one type in some and of another one in others.

Numbers are put into the type that holds all of them. What is no number is told apart by its type: an item becomes one
for each type, as it does for a dynamic property, and is null where a value is of another one.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.types import DECIMAL, DOUBLE, INT64, Kind, TypeRef, kind_of
from odata_service.semantics.dynamic import ORDERS
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.tree import Constant, Convert, DynamicProperty

Order = tuple[OrderItem, ...]


def aligned(orders: Sequence[Order]) -> list[Order]:
    """The orders of several sources for the same items, each with items of the same types."""
    if len({tuple(item.expression.type.name for item in order) for order in orders}) <= 1:
        return list(orders)
    written = zip(*(_items(order) for order in orders), strict=True)
    columns = [_aligned(item) for item in written]
    return [tuple(part for column in columns for part in column[place]) for place in range(len(orders))]


def _items(order: Order) -> Iterator[Order]:
    """The items as they are written: that of a dynamic property is several."""
    place = 0
    while place < len(order):
        several = order[place : place + len(ORDERS)]
        is_dynamic = isinstance(order[place].expression, DynamicProperty)
        width = len(ORDERS) if is_dynamic and tuple(item.expression.type for item in several) == ORDERS else 1
        yield order[place : place + width]
        place += width


def _aligned(items: Sequence[Order]) -> list[Order]:
    """What one item is in each source."""
    kinds = {kind_of(part.expression.type) for item in items for part in item}
    number = DOUBLE if Kind.FLOAT in kinds else DECIMAL if Kind.DECIMAL in kinds else INT64
    known = dict.fromkeys(_class(part.expression.type, number) for item in items for part in item)
    types = sorted(known, key=lambda found: (_rank(found), found.name))
    return [tuple(_of_type(type_ref, item, number) for type_ref in types) for item in items]


def _class(type_ref: TypeRef, number: TypeRef) -> TypeRef:
    return number if kind_of(type_ref) in NUMERIC else type_ref


def _rank(type_ref: TypeRef) -> int:
    """Where a type stands: as that of dynamic properties, others between numbers and texts."""
    kinds = [kind_of(known) for known in ORDERS]
    if kind_of(type_ref) in NUMERIC:
        return 1
    return kinds.index(kind_of(type_ref)) * 2 if kind_of(type_ref) in kinds else 3


def _of_type(type_ref: TypeRef, item: Order, number: TypeRef) -> OrderItem:
    """The item of a source for values of a type, null where it has none of these."""
    found = next((part for part in item if _class(part.expression.type, number) == type_ref), None)
    if found is None:
        return OrderItem(Constant(None, type_ref), item[0].descending)
    same = found.expression.type.name == type_ref.name
    return found if same else replace(found, expression=Convert(found.expression, type_ref))
