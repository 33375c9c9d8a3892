"""Changes of a collection since a client read it: delta links, and what they give (Protocol 11.3, JSON Format 15).

| request | answer |
|---|---|
| `Prefer: track-changes`, `…/delta()` | the collection in pages, a delta link at the end |
| `$deltatoken=latest` | no entity, a delta link |
| a delta link | what changed, as it is now, in pages; a new delta link at the end |

A delta link holds `$filter`, `$search`, `$select` and the like. The place in the log of changes that it stands for is
asked for before anything is read: what changes meanwhile is told now or the next time, and may be told both times.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, SourceKind
from odata_service.edm.operations import Function, Operation
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue, parse, print_value
from odata_service.errors import Gone, NotSupported, ODataError
from odata_service.payload import write_collection
from odata_service.payload.ids import key_text
from odata_service.plan.delta import DeltaToken, is_of_itself, read_delta_token, write_delta_token
from odata_service.plan.look import plan_leaves
from odata_service.semantics.resolved import CastStep, EntitySetStep, FilterStep, GivenStep, Query, ResourcePath
from odata_service.service.compile import Compiled, CompiledRead, bind, compile_read, resolve_request
from odata_service.service.hooked_reads import hooked_read
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import NEGOTIATED
from odata_service.service.pages import Page, Tracking
from odata_service.service.preferences import applied_headers
from odata_service.service.read import success_headers
from odata_service.service.workshop import Workshop
from odata_service.storage import PreparedRead, Store

Key = tuple[PrimitiveValue | None, ...]

_TOKEN = re.compile(r"(?:^|(?<=&))(?:\$|%24)?deltatoken=([^&]*)&?", re.IGNORECASE)
_FUNCTION = ("delta", "delta()")
_OUTSIDE = frozenset({"top", "skip", "count", "orderby", "skiptoken"})
"""Options that say nothing about which entities a client knows."""


def may_track(request: Request) -> bool:
    """Whether a GET may be one of changes: it asks for a delta link, follows one, or calls a function delta."""
    return (
        "track-changes" in request.headers.get("prefer", "")
        or "deltatoken" in request.query.lower()
        or request.path.endswith(_FUNCTION)
    )


class Reading(Struct, frozen=True):
    """How a service reads: the page of a GET, what it is compiled to, its answer with a delta link; its operations."""

    page: Callable[[Request], Page]
    compiled: Callable[[Request, Page, Workshop], Compiled]
    answer: Callable[[Request, Tracking], Response]
    has_body: Callable[[Operation], bool]


class _Asked(Struct, frozen=True):
    """A GET of a collection that is tracked.

    `path` is its URL as it is linked to, `request` and `page` are those of the collection, without a delta token;
    `home` is the page of the defining query, which tokens belong to; `store` is what is read of.
    """

    path: str
    request: Request
    page: Page
    home: Page
    compiled: CompiledRead
    source: EntitySet
    workshop: Workshop
    store: Store


class Deltas:
    """Delta links of a service."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._present: dict[str, PreparedRead] = {}

    def answer(self, request: Request, workshop: Workshop) -> Response | None:
        """The answer with a delta link or from one; None where changes are not told, and the request asks for none."""
        text, query = _without_token(request.query)
        plain = replace(request, query=query)
        inner = self._inner(plain, workshop)
        asked = self._asked(request.path, inner or plain, workshop)
        if asked is None:
            if text is None:
                return None
            raise NotSupported(
                "Changes of this resource are not written down, so that no delta link leads to it.",
                target="$deltatoken",
                hint="Read it whole; --track-changes and an entity set without $expand and $apply give delta links.",
            )
        if text is None:
            return self._first(asked, _place(asked))
        if text == "latest":
            return self._latest(asked)
        token = read_delta_token(text, asked.home.identity, asked.home.secret)
        if token.since is None:
            assert token.until is not None, "what is read for the first time is known up to somewhere then"
            return self._first(asked, token.until)
        since = token.since

        def changes(store: Store) -> Response:
            return self._changes(replace(asked, store=store), token, since)

        return hooked_read(asked.compiled.query, changes, workshop)

    def _inner(self, request: Request, workshop: Workshop) -> Request | None:
        """The request for the collection that a function delta is bound to, where the model has one without a body."""
        if not request.path.endswith(_FUNCTION):
            return None
        try:
            query = resolve_request(request.path, "", (), workshop.store, workshop.settings.limits).query
        except ODataError:
            return None  # the usual way finds the same, and says so
        call = query.path.call if isinstance(query, Query) else None
        if call is None or not isinstance(call.operation, Function) or self._reading.has_body(call.operation):
            return None
        is_delta = call.operation.name.rpartition(".")[2] == "delta" and call.operation.return_type.type.collection
        return replace(request, path=request.path.rpartition("/")[0]) if is_delta and call.binding else None

    def _asked(self, path: str, request: Request, workshop: Workshop) -> _Asked | None:
        page = self._reading.page(request)
        compiled = self._reading.compiled(request, page, workshop)
        if not isinstance(compiled, CompiledRead) or not _is_tracked(compiled, workshop.store):
            return None
        source = compiled.query.path.entity_set
        assert source is not None, "an entity set is a source"
        if source.name in workshop.ruled:
            return None  # the log has the keys of all that changed, and does not know who saw it
        home = self._reading.page(replace(request, query=_defining(request.query)))
        return _Asked(path, request, page, home, compiled, source, workshop, workshop.store)

    def _link(self, asked: _Asked, token: DeltaToken, query: str | None = None) -> str:
        query = asked.home.query if query is None else query
        text = write_delta_token(token, asked.home.identity, asked.home.secret)
        return f"{asked.request.base_url}{asked.path}?{query}{'&' if query else ''}$deltatoken={text}"

    def _first(self, asked: _Asked, place: str) -> Response:
        mark = write_delta_token(DeltaToken(None, place), asked.home.identity, asked.home.secret)
        base_url = asked.request.base_url
        tracking = Tracking(
            base_url + asked.path,
            base_url + asked.request.path,
            mark,
            self._link(asked, DeltaToken(place)),
        )
        return self._reading.answer(asked.request, tracking)

    def _latest(self, asked: _Asked) -> Response:
        token = DeltaToken(_place(asked))
        count = 0 if asked.compiled.query.options.count else None
        return self._written(asked, [], count, {"deltaLink": self._link(asked, token)})

    def _changes(self, asked: _Asked, token: DeltaToken, since: str) -> Response:
        """A page of what changed, and where it ends: the next page, or the next round."""
        changes, source = asked.store.changes, asked.source
        until = _place(asked) if token.until is None else token.until
        leaves = [leaf for _, leaf in asked.workshop.schema.key_leaves(source.entity_type)]
        after = None if token.after is None else _values(token.after, leaves)
        size = asked.compiled.context.page_size
        found = [tuple(key) for key in changes.changed(source, since, after, size + 1)]
        if not changes.is_known(source, since):
            raise self._expired(asked)
        keys = found[:size]
        items = list(self._items(asked, keys)) if keys else []
        is_counted = asked.compiled.query.options.count and token.after is None
        count = changes.count(source, since) if is_counted else None
        if len(found) <= size:
            return self._written(asked, items, count, {"deltaLink": self._link(asked, DeltaToken(until))})
        following = self._link(asked, DeltaToken(since, until, _texts(keys[-1], leaves)), asked.request.query)
        return self._written(asked, items, count, {"nextLink": following})

    def _expired(self, asked: _Asked) -> Gone:
        query = f"?{asked.home.query}" if asked.home.query else ""
        return Gone(
            "This delta link is older than the changes that are kept.",
            target="$deltatoken",
            hint="Read the collection anew with Prefer: track-changes; Location says where.",
            headers={"Location": f"{asked.request.base_url}{asked.path}{query}"},
        )

    def _items(self, asked: _Asked, keys: Sequence[Key]) -> Iterator[dict[str, object]]:
        """The entities of these keys as they are, and as removed those that the defining query does not give."""
        shown = self._shown(asked, keys)
        absent = [key for key in keys if key not in shown]
        present = self._remaining(asked, absent)
        names = [name for name, _ in asked.workshop.schema.key_leaves(asked.source.entity_type)]
        types = [leaf.type for _, leaf in asked.workshop.schema.key_leaves(asked.source.entity_type)]
        base_url = asked.request.base_url
        for key in keys:
            url = f"{asked.source.name}({key_text(names, types, key)})"
            if key in shown:
                yield {"@odata.id": base_url + url, **shown[key]}
                continue
            reason = "changed" if key in present else "deleted"
            if asked.compiled.context.version == "4.0":
                context = f"{base_url}$metadata#{asked.source.name}/$deletedEntity"
                yield {"@odata.context": context, "id": url, "reason": reason}
            else:
                yield {"@removed": {"reason": reason}, "@id": url}

    def _shown(self, asked: _Asked, keys: Sequence[Key]) -> dict[Key, dict[str, object]]:
        """The entities among these that the defining query gives, each in full."""
        compiled = self._by_keys(asked)
        values = bind(compiled.converters, asked.home.literals)
        rows = asked.store.read(compiled.prepared, values, page_size=len(keys), given=keys)
        key = compiled.prepared.plan.shape.key
        found = [tuple(_primitive(row[part.index]) for part in key) for row in rows.rows]
        objects = compiled.writer.objects(rows, asked.request.base_url)
        return dict(zip(found, objects, strict=True))

    def _by_keys(self, asked: _Asked) -> CompiledRead:
        """The defining query of entities that are told by their keys. Null is left out of nothing that has changed."""
        home, workshop = asked.home, asked.workshop
        shape = None
        if home.shape is not None:
            shape = ("$delta", home.shape, *map(asked.request.headers.get, NEGOTIATED))
            known = workshop.reads.find(shape, home.literals)
            if isinstance(known, CompiledRead):
                return known
        resolved = resolve_request(home.path, home.query, home.literals, workshop.store, workshop.settings.limits)
        query = resolved.query
        assert isinstance(query, Query), "the path of an entity set leads to entities"
        first, *rest = query.path.steps
        given = replace(query, path=replace(query.path, steps=(first, GivenStep(), *rest)))
        context = asked.compiled.context
        context = replace(context, format=replace(context.format, omits=None, refers=False))
        compiled = compile_read(given, context, home.literals, None, workshop.store)
        assert isinstance(compiled, CompiledRead), "entities are read"
        if shape is not None:
            workshop.reads.keep(shape, home.literals, resolved.fixed, compiled)
        return compiled

    def _remaining(self, asked: _Asked, keys: Sequence[Key]) -> frozenset[Key]:
        """Those of some keys that entities of the set have, whether the defining query gives them or not."""
        source, store = asked.source, asked.store
        options = asked.compiled.query.options
        if not keys or (options.where is None and len(asked.compiled.query.path.steps) == 1):
            return frozenset()
        prepared = self._present.get(source.name)
        if prepared is None:
            leaves = [leaf for _, leaf in asked.workshop.schema.key_leaves(source.entity_type)]
            path = ResourcePath(
                (EntitySetStep(source), GivenStep()), TypeRef(source.entity_type, collection=True), source
            )
            prepared = self._present[source.name] = store.prepare_read(plan_leaves(path, leaves))
        rows = store.read(prepared, (), page_size=len(keys), given=keys).rows
        return frozenset(tuple(map(_primitive, row[1:])) for row in rows)

    def _written(
        self, asked: _Asked, items: list[dict[str, object]], count: int | None, links: Mapping[str, str]
    ) -> Response:
        context, values = asked.compiled.context, bind(asked.compiled.converters, asked.page.literals)
        url = asked.compiled.url.text(asked.request.base_url, values)
        body = write_collection(items, context=f"{url}/$delta", count=count, links=links, format=context.format)
        preferences = replace(context.preferences, omits=None, refers=None)
        applied = applied_headers(preferences, page_size=context.page_size, tracked=True)
        return Response(200, {**success_headers(context), **applied}, body)


def _is_tracked(compiled: CompiledRead, store: Store) -> bool:
    """Whether a read gets a delta link."""
    query, path = compiled.query, compiled.query.path
    first = path.steps[0]
    return (
        isinstance(first, EntitySetStep)
        and first.entity_set.kind is SourceKind.ENTITY_SET
        and all(isinstance(step, CastStep | FilterStep) for step in path.steps[1:])
        and path.type.collection
        and not (path.is_ref or query.property or query.options.apply or query.options.streams)
        and compiled.context.format.metadata_level != "none"
        and store.changes.tracks(first.entity_set)
        and is_of_itself(compiled.prepared.plan)
    )


def _place(asked: _Asked) -> str:
    """Where the log of changes ends now."""
    return asked.store.retried(lambda: asked.store.changes.place(asked.source))


def _without_token(query: str) -> tuple[str | None, str]:
    """The text of the delta token in a query, and the rest of it."""
    found = _TOKEN.search(query)
    if found is None:
        return None, query
    return unquote(found[1]), (query[: found.start()] + query[found.end() :]).rstrip("&")


def _defining(query: str) -> str:
    """What of a query says which entities there are, and how they are told."""
    parts = (part for part in query.split("&") if part)
    return "&".join(part for part in parts if _name(part) not in _OUTSIDE)


def _name(part: str) -> str:
    return unquote(part.partition("=")[0]).strip().lower().removeprefix("$")


def _texts(key: Key, leaves: Sequence[Leaf]) -> tuple[str, ...]:
    return tuple(print_value(_primitive(part), leaf.type) for part, leaf in zip(key, leaves, strict=True))


def _values(texts: Sequence[str], leaves: Sequence[Leaf]) -> Key:
    return tuple(parse(text, leaf.type) for text, leaf in zip(texts, leaves, strict=True))


def _primitive(value: object) -> PrimitiveValue:
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    return value
