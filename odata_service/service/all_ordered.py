"""GET of `$all/ns.Type?$orderby=…`: a page of each source in the order, and of these together the first.

The order of each source ends with the source's place among all and its key, so that the values of the last entity of
a page say of every source what is behind it. (URL Conventions 4.16, 5.1.5.)
"""

from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.values import PrimitiveValue
from odata_service.errors import BadRequest, LimitExceeded
from odata_service.plan.model import Rows
from odata_service.plan.paging import SkipToken, seek_values
from odata_service.semantics.evaluate_aggregates import compare
from odata_service.service.compile import CompiledAll, part_behind
from odata_service.service.nested_pages import NestedPages
from odata_service.service.read import BoundRead
from odata_service.storage import Store

Row = tuple[object, ...]


class OrderedPage(Struct):
    """Entities of several sources in an order, the last row with the place of its source, and whether more follow."""

    objects: list[dict[str, object]]
    last: tuple[int, Row] | None
    more: bool


def ordered_page(compiled: CompiledAll, bound: BoundRead, store: Store, *, skip: int, room: int) -> OrderedPage:
    """So many entities behind those that are passed over, or behind those of the page before."""
    most = bound.limits.max_expanded_rows
    if most and skip + room > most:
        raise LimitExceeded(
            f"$skip passes over more than {most} entities of several sets (--max-expanded-rows).",
            target="$skip",
            hint="Follow the next links instead, or order one entity set.",
        )
    if room <= 0:
        return OrderedPage([], None, more=False)
    pages = [_read(place, compiled, bound, store, skip + room) for place in range(len(compiled.parts))]
    sorted_rows = [
        [(_order_of(row, place, compiled), place, number) for number, row in enumerate(page.rows)]
        for place, page in enumerate(pages)
    ]
    found = list(islice(merge(*sorted_rows, key=itemgetter(0)), skip, skip + room))
    more = skip + len(found) < sum(map(len, sorted_rows)) or any(page.more for page in pages)
    objects = list(_objects([(place, number) for _, place, number in found], pages, compiled, bound, store))
    last = (found[-1][1], pages[found[-1][1]].rows[found[-1][2]]) if found else None
    return OrderedPage(objects, last, more)


def _read(place: int, compiled: CompiledAll, bound: BoundRead, store: Store, size: int) -> Rows:
    """The first entities of a source that are not behind those of the page before."""
    part, token = compiled.parts[place], bound.page.token
    if token is None:
        return store.read(part.first, [*bound.values, 0], page_size=size)
    behind = replace(token, values=tuple(_values(place, token, compiled)))
    prepared = part_behind(compiled, place, behind, len(bound.values), store)
    values = [*bound.values, 0, *seek_values(behind, part.first.plan)]
    return store.read(prepared, values, page_size=size)


def _values(place: int, token: SkipToken, compiled: CompiledAll) -> Iterator[str | None]:
    """What is known of the last entity in the order of a source: of another one the key is of no use."""
    asked, wanted = len(compiled.query.directions), len(compiled.parts[place].first.plan.order)
    if len(token.values) <= asked:
        raise BadRequest("This $skiptoken does not belong to this request.", target="$skiptoken")
    is_own = token.values[asked] == str(place) and len(token.values) == wanted
    yield from token.values[: asked + 1]
    yield from token.values[asked + 1 :] if is_own else (None,) * (wanted - asked - 1)


def _order_of(row: Row, place: int, compiled: CompiledAll) -> "tuple[_Sorted, ...]":
    columns = compiled.parts[place].first.plan.order_columns
    return tuple(
        _Sorted(row[column], descending) for column, descending in zip(columns, compiled.query.directions, strict=False)
    )


class _Sorted:
    """A value as an order has it."""

    __slots__ = ("descending", "value")

    def __init__(self, value: object, descending: bool) -> None:
        assert value is None or isinstance(value, PrimitiveValue), "rows hold primitive values"
        self.value = _KEY(value)
        self.descending = descending

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sorted) and bool(self.value == other.value)

    def __lt__(self, other: "_Sorted") -> bool:
        return bool(other.value < self.value if self.descending else self.value < other.value)


_KEY = cmp_to_key(compare)


def _objects(
    found: Sequence[tuple[int, int]], pages: Sequence[Rows], compiled: CompiledAll, bound: BoundRead, store: Store
) -> Iterator[dict[str, object]]:
    """The rows that are found as entities, those of a source that stand together at once."""
    nested = NestedPages(bound.request, bound.page.query, store, bound.limits, bound.page.secret)
    for place, numbers in groupby(found, key=itemgetter(0)):
        rows = replace(pages[place], rows=[pages[place].rows[number] for _, number in numbers])
        yield from nested.objects(compiled.parts[place], rows, bound.values)
