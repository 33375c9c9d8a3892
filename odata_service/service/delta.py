"""Changes of a result since a client read it: delta links, and what they give (Protocol 11.3, JSON Format 15).

| request | answer |
|---|---|
| `Prefer: track-changes`, `…/$delta`, `…/delta()` | the collection in pages, or the entity; a delta link at the end |
| `$deltatoken=latest` | no entity, a delta link |
| a delta link | what changed, as it is now, in pages; a new delta link at the end |
| a delta link with `/$count` behind its path | how many entities changed |

A delta link holds `$filter`, `$search`, `$select`, `$expand` and the like. The places in logs of changes that it stands
for are asked for before anything is read: what changes meanwhile is told now or the next time, and may be told both
times.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.operations import Function, Operation
from odata_service.edm.values import PrimitiveValue, parse, print_value
from odata_service.errors import BadRequest, Gone, NotFound, NotSupported, ODataError
from odata_service.payload import write_collection, write_entity
from odata_service.plan.delta import ChangesPlan, DeltaToken, Places, read_delta_token, write_delta_token
from odata_service.semantics.resolved import CastStep, EntitySetStep, FilterStep, KeyStep, NavigationStep, Query
from odata_service.service.compile import Compiled, CompiledRead, bind, compile_read, resolve_request
from odata_service.service.delta_items import (
    Defining,
    Item,
    Key,
    Telling,
    apart,
    expands_ruled,
    given_in,
    identified,
    plan_present,
    tells_flat,
)
from odata_service.service.hooked_reads import hooked_read
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import negotiated
from odata_service.service.nested_pages import NestedPages
from odata_service.service.pages import Page, Tracking
from odata_service.service.preferences import applied_headers
from odata_service.service.read import count_response, no_entity, success_headers
from odata_service.service.workshop import Workshop
from odata_service.storage import PreparedRead, Store

_TOKEN = re.compile(r"(?:^|(?<=&))(?:\$|%24)?deltatoken=([^&]*)&?", re.IGNORECASE)
_SELECT = re.compile(r"(?:^|(?<=&))(?:\$|%24)?select=[^&]+", re.IGNORECASE)
_FUNCTION = ("delta", "delta()")
_SEGMENT = "/$delta"
_COUNT = "/$count"
_OUTSIDE = frozenset({"top", "skip", "count", "orderby", "skiptoken"})
"""Options that say nothing about which entities a client knows."""


def may_track(request: Request) -> bool:
    """Whether a GET may be one of changes: it asks for a delta link, follows one, or its path ends in `delta`."""
    return (
        "track-changes" in request.headers.get("prefer", "").lower()
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
    """A GET of a result that is tracked.

    `path` is its URL as it is linked to, `request` and `page` are those of the result, without a delta token; `home` is
    the page of the `defining` query, which tokens belong to, `values` are those of its literals; `store` is what is
    read of.
    """

    path: str
    request: Request
    page: Page
    home: Page
    compiled: CompiledRead
    defining: Defining
    values: Sequence[PrimitiveValue | None]
    workshop: Workshop
    store: Store

    @property
    def base_url(self) -> str:
        """The service root."""
        return self.request.base_url

    @property
    def rules(self) -> str:
        """What tells the row rules that hold for the caller here from others."""
        return self.workshop.rule_mark(self.defining.changes.plan.sources)

    def token(
        self, since: Places | None, until: Places | None = None, after: tuple[str, ...] | None = None
    ) -> DeltaToken:
        """What the caller knows, under the rules that hold for it."""
        return DeltaToken(since, until, after, self.rules)


class Deltas:
    """Delta links of a service."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def answer(self, request: Request, workshop: Workshop) -> Response | None:
        """The answer with a delta link or from one; None where changes are not told, and the request asks for none."""
        text, query = _without_token(request.query)
        path = request.path
        is_counted = text not in {None, "latest"} and path.endswith(_COUNT)
        plain = replace(request, path=path.removesuffix(_COUNT) if is_counted else path, query=query)
        inner = self._inner(plain, workshop)
        asked = self._asked(plain.path, inner or plain, workshop)
        if asked is None:
            if text is None and not plain.path.endswith(_SEGMENT):
                return None
            raise NotSupported(
                "Changes of this resource are not written down, so that no delta link leads to it.",
                target="$deltatoken",
                hint="Read it whole. Changes are told of what is tracked (--track-changes), without $apply, and under "
                "row rules where these ask for properties that are written down of changes (Storage.Logged).",
            )
        if text is None:
            return self._first(asked, _places(asked))
        if text == "latest":
            return self._latest(asked)
        token = read_delta_token(text, asked.home.identity, asked.home.secret)
        if token.rules != asked.rules:
            raise _gone(asked, "What the caller may see is not what it was when this delta link was given.")
        if token.since is None:
            assert token.until is not None, "what is read for the first time is known up to somewhere then"
            return self._first(asked, token.until)
        answer = self._count if is_counted else self._changes if _is_collection(asked) else self._change
        tell = partial(answer, asked, token, token.since)
        return hooked_read(asked.compiled.query, tell, workshop)

    def _inner(self, request: Request, workshop: Workshop) -> Request | None:
        """The request for what `/$delta` stands behind, or for the collection that a function delta is bound to.

        That is one that the model has, and no code carries out.
        """
        if request.path.endswith(_SEGMENT):
            return replace(request, path=request.path.removesuffix(_SEGMENT))
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
        if not is_delta or not call.binding:
            return None
        names = [part.path for part in workshop.schema.key(call.operation.return_type.type.name)]
        return replace(request, path=request.path.rpartition("/")[0], query=_with_keys(request.query, names))

    def _asked(self, path: str, request: Request, workshop: Workshop) -> _Asked | None:
        page = self._reading.page(request)
        compiled = self._reading.compiled(request, page, workshop)
        if not isinstance(compiled, CompiledRead) or not _is_tracked(compiled):
            return None
        home = self._reading.page(replace(request, query=_defining(request.query)))
        defining = self._defining_read(request, home, compiled, workshop)
        if defining is None:
            return None
        values = bind(defining.read.converters, home.literals)
        return _Asked(path, request, page, home, compiled, defining, values, workshop, workshop.store)

    def _defining_read(
        self, request: Request, home: Page, compiled: CompiledRead, workshop: Workshop
    ) -> Defining | None:
        """The defining query made ready; None where changes of its result are not told. Null is left out of nothing."""
        shape, stated = None, negotiated(request.headers)
        if home.shape is not None and stated is not None:
            shape = (home.shape, request.presentation, *stated)
            known = workshop.followed.find(shape, home.literals)
            if known is not None:
                return known
        store = workshop.store
        resolved = resolve_request(home.path, home.query, home.literals, store, workshop.settings.limits)
        query = resolved.query
        assert isinstance(query, Query), "the path of an entity set leads to entities"
        changes = store.changes.prepare(query)
        if changes is None:
            return None
        context = compiled.context
        context = replace(context, format=replace(context.format, omits=None, refers=False))
        given = replace(query, path=given_in(query.path)) if query.path.type.collection else query
        read = compile_read(given, context, home.literals, None, store)
        assert isinstance(read, CompiledRead), "entities are read"
        defining = Defining(query, read, changes, *self._present(query, changes.plan, workshop))
        if defining.is_flat:
            if expands_ruled(changes.plan) or not tells_flat(query, changes.plan):
                return None
            defining = replace(defining, read=apart(read, store.schema))
        if shape is not None:
            workshop.followed.keep(shape, home.literals, resolved.fixed, defining)
        return defining

    def _present(
        self, query: Query, plan: ChangesPlan, workshop: Workshop
    ) -> tuple[PreparedRead | None, PreparedRead | None]:
        """What finds entities that are no longer in a result: those that are to be seen, and those that are hidden."""
        present = plan_present(query, workshop.schema)
        seen = workshop.store.prepare_read(present) if query.path.type.collection else None
        return seen, workshop.unruled.store.prepare_read(present) if plan.rules else None

    def _link(self, asked: _Asked, token: DeltaToken, query: str | None = None) -> str:
        query = asked.home.query if query is None else query
        text = write_delta_token(token, asked.home.identity, asked.home.secret)
        return f"{asked.base_url}{asked.path}?{query}{'&' if query else ''}$deltatoken={text}"

    def _first(self, asked: _Asked, places: Places) -> Response:
        mark = write_delta_token(asked.token(None, places), asked.home.identity, asked.home.secret)
        base_url = asked.base_url
        tracking = Tracking(
            base_url + asked.path,
            base_url + asked.request.path,
            mark,
            self._link(asked, asked.token(places)),
        )
        return self._reading.answer(asked.request, tracking)

    def _latest(self, asked: _Asked) -> Response:
        links = {"deltaLink": self._link(asked, asked.token(_places(asked)))}
        self._require_parent(asked, asked.store)
        if not _is_collection(asked):
            if self._telling(asked, (), asked.store).single() is None:
                raise no_entity()
            return self._written_single(asked, {}, links["deltaLink"])
        count = 0 if asked.compiled.query.options.count else None
        return self._written(asked, [], count, links)

    def _changes(self, asked: _Asked, token: DeltaToken, since: Places, store: Store) -> Response:
        """A page of what changed, and where it ends: the next page, or the next round."""
        changes, defining = store.changes, asked.defining
        until = _places(asked) if token.until is None else token.until
        leaves = [leaf for _, leaf in asked.workshop.schema.key_leaves(defining.source.entity_type)]
        after = None if token.after is None else _values(token.after, leaves)
        size = asked.compiled.context.page_size
        self._require_known(asked, since)
        self._require_parent(asked, store)
        found = [tuple(key) for key in changes.changed(defining.changes, since, asked.values, after, size + 1)]
        keys = found[:size]
        items = list(self._telling(asked, since, store).items(keys)) if keys else []
        is_counted = asked.compiled.query.options.count and token.after is None
        count = self._counted(asked, since, store) if is_counted else None
        if len(found) <= size:
            return self._written(asked, items, count, {"deltaLink": self._link(asked, asked.token(until))})
        following = self._link(asked, asked.token(since, until, _texts(keys[-1], leaves)), asked.request.query)
        return self._written(asked, items, count, {"nextLink": following})

    def _change(self, asked: _Asked, token: DeltaToken, since: Places, store: Store) -> Response:
        """The single entity as it is, where it has changed; else nothing of it but its id."""
        until = _places(asked) if token.until is None else token.until
        self._require_known(asked, since)
        found = store.changes.changed(asked.defining.changes, since, asked.values, None, 1)
        telling = self._telling(asked, since, store)
        url, entity = telling.url(()), telling.single() if found else {}
        reason = "changed" if telling.is_hidden() else "deleted"
        told = telling.removed((), reason) if entity is None else identified(entity, asked.base_url + url)
        return self._written_single(asked, told, self._link(asked, asked.token(until)))

    def _count(self, asked: _Asked, token: DeltaToken, since: Places, store: Store) -> Response:
        self._require_known(asked, since)
        return count_response(self._counted(asked, since, store), asked.compiled.context)

    def _counted(self, asked: _Asked, since: Places, store: Store) -> int:
        if asked.defining.is_flat:
            raise NotSupported(
                "What has changed of related entities and links is not counted.",
                target="$count",
                hint="Leave $count out, or send OData-MaxVersion: 4.01, which tells them inside of entities.",
            )
        return store.changes.count(asked.defining.changes, since, asked.values)

    def _require_known(self, asked: _Asked, since: Places) -> None:
        changes = asked.store.changes
        if not changes.are_known(asked.defining.changes, since):
            raise _gone(asked, "This delta link is older than the changes that are kept.")
        if changes.is_another(asked.defining.changes, since, asked.values):
            raise _gone(asked, "What the query asks of $root has changed, and so may have any entity of its result.")

    def _require_parent(self, asked: _Asked, store: Store) -> None:
        exists = asked.defining.read.exists
        if exists is not None and not store.count(exists, asked.values):
            raise NotFound(
                "The entity before the navigation property does not exist.", hint="It may have been deleted."
            )

    def _telling(self, asked: _Asked, since: Places, store: Store) -> Telling:
        limits = asked.workshop.settings.limits
        nested = NestedPages(asked.request, asked.home.query, store, limits, asked.home.secret)
        size = asked.compiled.context.page_size
        schema = asked.workshop.schema
        is_called = asked.path.endswith(_FUNCTION) and not asked.path.endswith(_SEGMENT)
        by_key = is_called and "odata-maxversion" not in asked.request.headers
        stores = store, asked.workshop.unruled.store
        return Telling(asked.defining, schema, stores, asked.base_url, asked.values, since, size, nested, by_key)

    def _written(self, asked: _Asked, items: list[Item], count: int | None, links: Mapping[str, str]) -> Response:
        context = asked.compiled.context
        body = write_collection(items, context=_context_url(asked), count=count, links=links, format=context.format)
        return Response(200, _headers(asked), body)

    def _written_single(self, asked: _Asked, item: Item, delta_link: str) -> Response:
        told = {**item, "@odata.deltaLink": delta_link}
        body = write_entity(told, str(told.pop("@odata.context", _context_url(asked))), asked.compiled.context.format)
        return Response(200, _headers(asked), body)


def _gone(asked: _Asked, reason: str) -> Gone:
    """A link that leads on no longer; `Location` says where to begin again."""
    query = f"?{asked.home.query}" if asked.home.query else ""
    return Gone(
        reason,
        target="$deltatoken",
        hint="Read all of it anew with Prefer: track-changes; Location says where.",
        headers={"Location": f"{asked.base_url}{asked.path}{query}"},
    )


def _headers(asked: _Asked) -> dict[str, str]:
    context = asked.compiled.context
    preferences = replace(context.preferences, omits=None, refers=None)
    size = context.page_size if _is_collection(asked) else None
    return {**success_headers(context), **applied_headers(preferences, page_size=size, tracked=True)}


def _context_url(asked: _Asked) -> str:
    return f"{asked.defining.read.url.text(asked.base_url, asked.values)}/$delta"


def _is_collection(asked: _Asked) -> bool:
    return asked.defining.query.path.type.collection


def _is_tracked(compiled: CompiledRead) -> bool:
    """Whether a read may get a delta link, where changes are written down: of entities, or one that has a key."""
    query, path = compiled.query, compiled.query.path
    first, *steps = path.steps
    is_single = not path.type.collection and not isinstance(path.steps[-1], NavigationStep)
    return (
        isinstance(first, EntitySetStep)
        and all(isinstance(step, KeyStep | NavigationStep | CastStep | FilterStep) for step in steps)
        and not any(isinstance(step, KeyStep) and step.is_alternate for step in steps)
        and (path.type.collection or is_single)
        and not (path.is_ref or query.property or query.options.apply or query.options.streams)
        and compiled.context.format.metadata_level != "none"
    )


def _places(asked: _Asked) -> Places:
    """Where the logs of changes end now."""
    return asked.store.retried(lambda: asked.store.changes.places(asked.defining.changes))


def _with_keys(query: str, names: Sequence[str]) -> str:
    """A query whose `$select` names the key too: clients of Microsoft Graph know by it what they are told of."""

    def selected(found: re.Match[str]) -> str:
        stated = unquote(found[0]).partition("=")[2].split(",")
        return ",".join([found[0], *(name for name in names if not {name, "*"}.intersection(stated))])

    return _SELECT.sub(selected, query, count=1)


def _without_token(query: str) -> tuple[str | None, str]:
    """The text of the delta token in a query, and the rest of it."""
    found = _TOKEN.search(query)
    if found is None:
        return None, query
    rest = (query[: found.start()] + query[found.end() :]).rstrip("&")
    if _TOKEN.search(rest) is not None:
        raise BadRequest("$deltatoken stands there twice.", target="$deltatoken", hint="Follow the link as it is.")
    return unquote(found[1]), rest


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
