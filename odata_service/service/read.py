"""GET: compiled reads become responses (Protocol 11.2)."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.leaves import is_tagged_value
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotFound, PreconditionFailed
from odata_service.payload import (
    collection_ending,
    collection_opening,
    collection_part,
    collection_url,
    count_dynamic,
    count_of,
    dynamic_value,
    etag_of,
    raw_dynamic,
    raw_value,
    stated_value,
    value_inside,
    write_dynamic,
    write_property,
)
from odata_service.plan.model import ComplexField, Field, Rows
from odata_service.plan.paging import SkipToken, token_after
from odata_service.semantics.resolved import CastStep, EntitySetStep, GivenStep, KeyStep, Query
from odata_service.service.compile import CompiledCount, CompiledRead, compile_read
from odata_service.service.conditional import read_tags
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import Context
from odata_service.service.nested_pages import NestedPages
from odata_service.service.pages import Page, Tracking
from odata_service.service.preferences import applied_headers
from odata_service.service.presentation import EntityDocuments, media_type_of
from odata_service.settings import Limits
from odata_service.spool import Spooled, spooled
from odata_service.storage import PreparedCount, Store

Values = Sequence[PrimitiveValue | None]

VARY = "Accept, OData-MaxVersion, Prefer"
UNSTORED = {"Cache-Control": "no-store"}
"""What is said of answers whose ETag is that of what they show in any format: a browser that has kept one in another
format asks whether it is still true, is told that it is, and shows it. Clients may keep them, and ask so, all the same.
"""
PART_ROWS = 10_000
"""So many rows are in memory at once; it is the longest page, unless --max-page-size allows a longer one."""
_PIECE_ROWS = 500
_PLAIN = "text/plain;charset=utf-8"


class BoundRead(Struct, frozen=True):
    """A GET with its values by slot, the page it asks for, and the limits that it is read within.

    `result` is what an operation gave for it, `given` the keys of the entities among that. `tracking`
    has the delta link that the last page ends with. `tag` is the ETag of a collection that has one.
    """

    request: Request
    values: Values
    page: Page
    limits: Limits
    given: Sequence[Values] = ()
    result: object = None
    tracking: Tracking | None = None
    tag: str | None = None


def answer_count(compiled: CompiledCount, bound: BoundRead, store: Store) -> Response:
    """`/$count`: the bare number (Protocol 11.2.10)."""
    count = store.count(compiled.prepared, bound.values, bound.given)
    if not count:
        _require_parent(compiled.exists, bound, store)
    return count_response(count, compiled.context)


def count_response(count: int, context: Context) -> Response:
    """The bare number."""
    headers = {"Content-Type": _PLAIN, "OData-Version": context.version, "Vary": VARY}
    return Response(200, headers, str(count).encode("ascii"))


def answer_read(compiled: CompiledRead, bound: BoundRead, store: Store) -> Response:
    """Entities, one entity, or a property of one."""
    if bound.tag is not None and is_unchanged(bound.request, bound.tag):
        return Response(304, {"ETag": bound.tag, "OData-Version": compiled.context.version, "Vary": VARY})
    size = min(compiled.context.page_size, PART_ROWS)
    rows = store.read(compiled.prepared, bound.values, page_size=size, given=bound.given)
    if compiled.query.path.type.collection and compiled.query.property is None:
        return _collection(compiled, bound, rows, store)
    if not rows.rows:
        return _absent(compiled, bound, store)
    return _entity(compiled, bound, rows, store)


def success_headers(context: Context, media_type: str | None = None) -> dict[str, str]:
    """The headers that every answer with a body carries."""
    return {
        "Content-Type": media_type or media_type_of(context),
        "OData-Version": context.version,
        "Vary": VARY,
    }


def no_content(context: Context) -> Response:
    """The answer where there is nothing to show: null, or what was asked not to be told."""
    return Response(204, {"OData-Version": context.version, "Vary": VARY})


def no_entity() -> NotFound:
    """The refusal of a key that no entity has."""
    return NotFound("No entity has this key.", hint="Look the key up in the entity set.")


def _collection(compiled: CompiledRead, bound: BoundRead, rows: Rows, store: Store) -> Response:
    token, context = bound.page.token, compiled.context
    if not rows.rows and token is None:
        _require_parent(compiled.exists, bound, store)
    count = token.count if token else rows.count
    if rows.more and len(rows.rows) < context.page_size:
        body = _joined(_Part(compiled, bound, rows), count, store)
    else:
        links = _links(_Part(compiled, bound, rows), count)
        body = _documents(compiled, bound).collection(_objects(compiled, bound, rows, store), count, links)
    applied = applied_headers(context.preferences, page_size=context.page_size, tracked=bound.tracking is not None)
    tagged = {} if bound.tag is None else {"ETag": bound.tag, **UNSTORED}
    return Response(200, {**success_headers(context), **applied, **tagged}, body)


class _Part(Struct, frozen=True):
    """Rows of a page with what they were read by: `bound` has the token that they are behind."""

    compiled: CompiledRead
    bound: BoundRead
    rows: Rows

    def token(self, count: int | None) -> SkipToken:
        """What begins behind these rows."""
        before = self.bound.page.token
        served = len(self.rows.rows) + (before.served if before else 0)
        return token_after(self.rows.rows[-1], self.compiled.prepared.plan, served, count)


def _links(last: _Part, count: int | None) -> Mapping[str, str]:
    """What a page ends with whose last rows these are."""
    bound = last.bound
    next_link = bound.page.next_link(last.token(count), bound.request.base_url) if last.rows.more else None
    if bound.tracking is not None:
        return bound.tracking.links(next_link)
    return {} if next_link is None else {"nextLink": next_link}


def _joined(first: _Part, count: int | None, store: Store) -> bytes | Spooled:
    """A page that is longer than memory should hold: parts, each read behind the one before, written one after another.

    No cursor is open while it is made, and what is expanded is read for one part at a time. What can fail has failed
    when it is whole: its status is right, and its length known.
    """
    context, last = first.compiled.context, first

    def pieces() -> Iterator[bytes]:
        nonlocal last
        yield collection_opening(_context_url(first.compiled, first.bound), count, context.format)
        for last in _parts(first, count, store):
            objects = _objects(last.compiled, last.bound, last.rows, store)
            for start in range(0, len(objects), _PIECE_ROWS):
                comma = b"," if start or last is not first else b""
                yield comma + collection_part(objects[start : start + _PIECE_ROWS])
            del objects  # the next part is read while it would still be there
        yield collection_ending(_links(last, count))

    if first.bound.request.presentation is None:
        return spooled(pieces())
    objects = []
    for last in _parts(first, count, store):
        objects += _objects(last.compiled, last.bound, last.rows, store)
    return _documents(first.compiled, first.bound).collection(objects, count, _links(last, count))


def _parts(first: _Part, count: int | None, store: Store) -> Iterator[_Part]:
    """The parts of a page, until it is full or there are no more rows."""
    part, room = first, first.compiled.context.page_size - len(first.rows.rows)
    literals, following = first.bound.page.literals, dict[tuple[bool, ...], CompiledRead]()
    values = first.bound.values[: len(literals)]
    yield part
    while part.rows.more and room > 0:
        page = replace(part.bound.page, token=part.token(count))
        assert page.token is not None, "it was just put there"
        compiled = following.get(page.token.nulls)
        if compiled is None:
            query, context = first.compiled.query, first.compiled.context
            made = compile_read(query, context, literals, page.token, store)
            assert isinstance(made, CompiledRead), "what follows entities are entities"
            compiled = following[page.token.nulls] = made
        seek = page.following_values(compiled.prepared.plan, values, compiled.query)
        bound = replace(part.bound, page=page, values=[*values, *seek])
        rows = store.read(compiled.prepared, bound.values, page_size=min(room, PART_ROWS), given=bound.given)
        room -= len(rows.rows)
        part = _Part(compiled, bound, rows)
        yield part


def _entity(compiled: CompiledRead, bound: BoundRead, rows: Rows, store: Store) -> Response:
    query, context = compiled.query, compiled.context
    version = compiled.prepared.plan.shape.version
    headers = {**success_headers(context), **applied_headers(context.preferences)}
    if version is not None:
        tag = etag_of(_integer(rows.rows[0][version]))
        if is_unchanged(bound.request, tag):
            return Response(304, {"ETag": tag, "OData-Version": context.version, "Vary": VARY})
        headers.update({"ETag": tag, **UNSTORED})
    if query.property is not None:
        if query.path.dynamic or (query.path.is_value and is_tagged_value(query.path.type)):
            return _dynamic(compiled, bound, rows, store.schema, headers)
        return _property(compiled, bound, rows, _objects(compiled, bound, rows, store)[0], headers)
    target = _objects(compiled, bound, rows, store)[0]
    if bound.tracking is not None:
        target = {**target, "@odata.deltaLink": bound.tracking.delta_link}
        headers.update(applied_headers(context.preferences, tracked=True))
    return Response(200, headers, _documents(compiled, bound).entity(target))


def _documents(compiled: CompiledRead, bound: BoundRead) -> EntityDocuments:
    return EntityDocuments(bound.request, compiled.context, _context_url(compiled, bound))


def _objects(compiled: CompiledRead, bound: BoundRead, rows: Rows, store: Store) -> list[dict[str, object]]:
    base_url, path, page = bound.request.base_url, compiled.query.path, bound.page
    is_inside = path.entity_set is not None and path.entity_set.is_contained
    home = base_url + collection_url(path, bound.values) if is_inside else ""
    nested = NestedPages(bound.request, page.query, store, bound.limits, page.secret)
    return nested.objects(compiled, rows, bound.values, home)


def _property(
    compiled: CompiledRead, bound: BoundRead, rows: Rows, members: Mapping[str, object], headers: dict[str, str]
) -> Response:
    """A property, which stands among the members of its entity."""
    query, context = compiled.query, compiled.context
    shown = compiled.prepared.plan.shape.fields[0]
    value = members.get(shown.name)
    _require_place(query, shown, rows)
    if value is None:
        return no_content(context)
    if query.path.is_count:
        count = count_of(rows.rows[0][shown.index]) if isinstance(shown, Field) else 1
        return Response(200, {**headers, "Content-Type": _PLAIN}, str(count).encode("ascii"))
    if query.path.is_value:
        assert isinstance(shown, Field), "complex values have no raw value"
        body, media_type = raw_value(rows.rows[0][shown.index], shown.type)
        return Response(200, {**headers, "Content-Type": media_type}, body)
    url, names = _context_url(compiled, bound), ("@odata.type", "@odata.count")
    told = {name: members[shown.name + name] for name in names if shown.name + name in members}
    body = write_property(value, shown.type, context=url, format=context.format, told=told)
    return Response(200, headers, body)


def _dynamic(compiled: CompiledRead, bound: BoundRead, rows: Rows, schema: Schema, headers: dict[str, str]) -> Response:
    """A value that says itself of which type it is, or what is inside it: what the entity does not have is null."""
    path, context = compiled.query.path, compiled.context
    shown = compiled.prepared.plan.shape.fields[0]
    assert isinstance(shown, Field), "such values are kept in one text"
    _require_place(compiled.query, shown, rows)
    if shown.type_index is None:
        value = dynamic_value(_text(rows.rows[0][shown.index]), path.dynamic, schema)
    else:
        whole = stated_value(_text(rows.rows[0][shown.index]), _text(rows.rows[0][shown.type_index]), schema)
        value = value_inside(whole, path.dynamic, schema)
    if value.kept is None:
        return no_content(context)
    if path.is_count:
        return Response(200, {**headers, "Content-Type": _PLAIN}, str(count_dynamic(value)).encode("ascii"))
    if path.is_value:
        body, media_type = raw_dynamic(value, schema)
        return Response(200, {**headers, "Content-Type": media_type}, body)
    return Response(200, headers, write_dynamic(value, _context_url(compiled, bound), schema, context.format))


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _require_place(query: Query, shown: Field | ComplexField, rows: Rows) -> None:
    """`NotFound` where a path leads to a member of a collection by a place, or as of a type, that it does not have."""
    if isinstance(shown, Field) and shown.present is not None and rows.rows[0][shown.present] is None:
        typed = " of this type" if query.path.tests else ""
        hint = "Places count from 0, from the end from -1."
        raise NotFound(f"The collection has no member{typed} at this place.", hint=hint)


def _absent(compiled: CompiledRead, bound: BoundRead, store: Store) -> Response:
    """No row: a null navigation property where its source exists, else nothing is there (Protocol 11.2.7).

    Null from a function is no content too (Protocol 11.5.3).
    """
    query = compiled.query
    if bound.result is None and isinstance(query.path.steps[-1], GivenStep):
        return no_content(compiled.context)
    source = query.path.entity_set
    if isinstance(query.path.steps[-1], EntitySetStep | CastStep) and source is not None and source.is_single:
        return _absent_singleton(source, compiled.context)
    if compiled.exists is not None and query.property is None and not _ends_with_key(query):
        _require_parent(compiled.exists, bound, store)
        return no_content(compiled.context)
    if query.path.tests:
        raise NotFound(
            "No entity has this key, or a value on the path is of another type.",
            hint="Leave out the type, or look the key up in the entity set.",
        )
    raise no_entity()


def _absent_singleton(source: EntitySet, context: Context) -> Response:
    if source.nullable:
        return no_content(context)
    raise NotFound(
        f"'{source.name}' has no value yet, and defaults do not suffice for one.",
        hint=f"Fill it with PUT, or load a file {source.name}.json.",
    )


def _ends_with_key(query: Query) -> bool:
    return isinstance(query.path.steps[-1], KeyStep)


def _require_parent(exists: PreparedCount | None, bound: BoundRead, store: Store) -> None:
    if exists is not None and not store.count(exists, bound.values, bound.given):
        raise NotFound("The entity before the navigation property does not exist.")


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether If-None-Match holds this tag; raises where If-Match asks for another."""
    demanded = read_tags("If-Match", request.headers.get("if-match"))
    if demanded is not None and not demanded.match(tag):
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
    known = read_tags("If-None-Match", request.headers.get("if-none-match"))
    return known is not None and known.match(tag)


def _context_url(compiled: CompiledRead, bound: BoundRead) -> str:
    return compiled.url.text(bound.request.base_url, bound.values)


def _integer(value: object) -> int:
    assert isinstance(value, int), "versions are counters"
    return value
