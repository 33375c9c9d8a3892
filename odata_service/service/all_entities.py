"""GET of `$all`: the sources one after another until the page is full (URL Conventions 4.16).

A skip token tells the source that the page ended in, before the key of the last entity there.
"""

from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import BadRequest
from odata_service.payload import write_collection
from odata_service.plan.model import Rows
from odata_service.plan.paging import SkipToken, seek_values, token_after
from odata_service.semantics import number_of
from odata_service.service.all_ordered import ordered_page
from odata_service.service.compile import CompiledAll, CompiledPart
from odata_service.service.message import Response
from odata_service.service.nested_pages import NestedPages
from odata_service.service.preferences import applied_headers
from odata_service.service.read import BoundRead, count_response, success_headers
from odata_service.storage import Store


class _Run(Struct, frozen=True):
    """One request with what answers it."""

    compiled: CompiledAll
    bound: BoundRead
    store: Store

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.store.count(part.count, self.bound.values) for part in self.compiled.parts)


class _Reading(Struct):
    """A page as it is filled: how many more entities it takes, how many are passed over before."""

    room: int
    skip: int
    objects: list[dict[str, object]]
    last: tuple[int, Rows] | None = None


def answer_all(compiled: CompiledAll, bound: BoundRead, store: Store) -> Response:
    """A page of them all, or their number."""
    query, token, context, run = compiled.query, bound.page.token, compiled.context, _Run(compiled, bound, store)
    if query.is_count:
        return count_response(run.count, context)
    count = token.count if token else run.count if query.options.count else None
    if query.directions:
        return _ordered(run, count)
    reading = _page(run)
    objects = reading.objects
    after = None
    if reading.last is not None and _goes_on(reading, run):
        place, rows = reading.last
        served = len(objects) + (token.served if token else 0)
        after = token_after(rows.rows[-1], compiled.parts[place].first.plan, served, count)
        after = replace(after, values=(str(place), *after.values))
    return _written(objects, count, after, run)


def _ordered(run: _Run, count: int | None) -> Response:
    """A page of them in the order that is asked for."""
    token, room = run.bound.page.token, _room(run)
    skip = 0 if token else number_of(run.compiled.query.options.skip, run.bound.values) or 0
    page = ordered_page(run.compiled, run.bound, run.store, skip=skip, room=room)
    served = len(page.objects) + (token.served if token else 0)
    top, after = number_of(run.compiled.query.options.top, run.bound.values), None
    if page.more and page.last is not None and (top is None or served < top):
        place, row = page.last
        after = token_after(row, run.compiled.parts[place].first.plan, served, count)
    return _written(page.objects, count, after, run)


def _written(objects: list[dict[str, object]], count: int | None, after: SkipToken | None, run: _Run) -> Response:
    """The answer with a page, and the link to what is behind it."""
    bound, context = run.bound, run.compiled.context
    next_link = None if after is None else bound.page.next_link(after, bound.request.base_url)
    url = f"{bound.request.base_url}$metadata#{run.compiled.query.type}"
    body = write_collection(
        objects,
        context=url,
        count=count,
        links={} if next_link is None else {"nextLink": next_link},
        format=context.format,
    )
    applied = applied_headers(context.preferences, page_size=context.page_size)
    return Response(200, {**success_headers(context), **applied}, body)


def _page(run: _Run) -> _Reading:
    """The entities of the page that is asked for."""
    compiled, bound = run.compiled, run.bound
    token, options = bound.page.token, compiled.query.options
    reading = _Reading(_room(run), 0 if token else number_of(options.skip, bound.values) or 0, [])
    start = 0 if token is None else _start(token, compiled)
    for place in range(start, len(compiled.parts)):
        behind = token if place == start else None
        if reading.room > 0 and (behind or not _is_passed(compiled.parts[place], reading, run)):
            _read(place, behind, reading, run)
    return reading


def _room(run: _Run) -> int:
    """How many entities a page has room for."""
    token, size = run.bound.page.token, run.compiled.context.page_size
    top = number_of(run.compiled.query.options.top, run.bound.values)
    return size if top is None else min(size, top - (token.served if token else 0))


def _start(token: SkipToken, compiled: CompiledAll) -> int:
    """The place of the source that the page before ended in."""
    first = token.values[0] if token.values else None
    if first is None or not first.isdecimal() or int(first) >= len(compiled.parts):
        raise BadRequest("This $skiptoken does not belong to this request.", target="$skiptoken")
    return int(first)


def _is_passed(part: CompiledPart, reading: _Reading, run: _Run) -> bool:
    """Whether all entities of a source are passed over by $skip."""
    if not reading.skip:
        return False
    count = run.store.count(part.count, run.bound.values)
    if count > reading.skip:
        return False
    reading.skip -= count
    return True


def _read(place: int, token: SkipToken | None, reading: _Reading, run: "_Run") -> None:
    """Reads of one source what the page has room for."""
    part, bound, page = run.compiled.parts[place], run.bound, run.bound.page
    if token is None:
        prepared, values = part.first, [*bound.values, reading.skip]
        reading.skip = 0
    else:
        behind = replace(token, values=token.values[1:])
        prepared, values = part.following, [*bound.values, 0, *seek_values(behind, part.first.plan)]
    rows = run.store.read(prepared, values, page_size=reading.room)
    if rows.rows:
        nested = NestedPages(bound.request, page.query, run.store, bound.limits, page.secret)
        reading.objects += nested.objects(part, rows, values)
        reading.room -= len(rows.rows)
        reading.last = place, rows


def _goes_on(reading: _Reading, run: "_Run") -> bool:
    """Whether there is more behind a full page, in the source that it ended in or in one behind, within $top."""
    token, top = run.bound.page.token, number_of(run.compiled.query.options.top, run.bound.values)
    served = len(reading.objects) + (token.served if token else 0)
    if reading.room > 0 or reading.last is None or (top is not None and served >= top):
        return False
    place, rows = reading.last
    behind = run.compiled.parts[place + 1 :]
    return rows.more or any(run.store.count(part.count, run.bound.values) for part in behind)
