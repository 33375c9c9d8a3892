"""What outlives a request: the store, the settings, and everything prepared once and run often."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.links import values_lead_on
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.nested import value_path
from odata_service.edm.sources import is_required
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import Forbidden, NotFound
from odata_service.payload import ValueReader, context_url_of
from odata_service.plan.look import plan_find, plan_leaves, plan_look, plan_stream
from odata_service.plan.model import Rules, Written
from odata_service.plan.read import plan_read
from odata_service.plan.values import LeafValues, Stated
from odata_service.plan.write import (
    Change,
    Outline,
    Place,
    outline_delete,
    outline_insert,
    outline_patch,
    outline_replace,
    outline_set,
    stated_names,
)
from odata_service.semantics.nested import leads_on
from odata_service.semantics.resolved import Query, QueryOptions
from odata_service.semantics.scope import Request as Names
from odata_service.semantics.scope import Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.service.address import Address, KeyedPath, Keys, home_of
from odata_service.service.body import has_quoted_numbers
from odata_service.service.cache import ShapeCache
from odata_service.service.compile import Compiled, CompiledRead, CompiledWrite, Converters
from odata_service.service.delta_items import Defining
from odata_service.service.hooks import Hook, Hooks
from odata_service.service.linked import compile_links
from odata_service.service.message import Request
from odata_service.service.negotiate import Context
from odata_service.service.presentation import writer_of
from odata_service.settings import Settings
from odata_service.storage import PreparedRead, PreparedWrite, Store, StoreView
from odata_service.url import parse_url

_OUTLINES: Mapping[str, Callable[[Place, Collection[str], Schema], Outline]] = {
    "POST": outline_insert,
    "PATCH": outline_patch,
    "PUT": outline_replace,
    "DELETE": outline_delete,
    "SET": outline_set,
}

_EVERYTHING = 2**62
"""A page that holds all rows."""


RuleMark = Callable[[Collection[str]], str]
"""A text for the row rules of sources by name, with the caller's values: another one for others; empty for none."""


class Standing(Struct, frozen=True):
    """An entity as it stands: its version, its type, and its own name where contained entities refer to it by one.

    `key` is told where it is asked for.
    """

    version: int
    entity_type: str
    name: str | None
    key: Keys = ()


class AskedRead(Struct, frozen=True):
    """A read that code asks for, and how the values that come with it are bound."""

    prepared: PreparedRead
    converters: Converters


class Workshop:
    """A store with its caches, shared by all requests of a process.

    Where code runs around what happens, each request has a view of its own, with its `hooks` and with the request
    itself; `running` are the hooks that it is inside of. Under row rules its store has not all entities of the
    `ruled` sources, and `rule_mark` tells rules of some from others.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._make_caches()
        self._outlines: ShapeCache[Outline] = ShapeCache()
        self._keyed: ShapeCache[KeyedPath] = ShapeCache()
        self._statements: ShapeCache[PreparedWrite] = ShapeCache()
        self._required: dict[tuple[str, str], tuple[NavigationProperty, ...]] = {}
        self._homes: dict[str, Address] = {}
        self.reader = ValueReader(store.schema)
        self._quoted = ValueReader(store.schema, quotes=True)
        self.values_lead_on = values_lead_on(store.schema)
        self.secret = store.secret("skiptoken")
        self.hooks: Hooks | None = None
        self.request: Request | None = None
        self.running: frozenset[Hook] = frozenset()
        self.ruled: frozenset[str] = frozenset()
        self.rule_mark: RuleMark = _no_mark
        self._sees_all: Workshop | None = None
        self._owed: list[Address] = []

    def _make_caches(self) -> None:
        """The caches of what depends on what a caller may see."""
        self.reads: ShapeCache[Compiled] = ShapeCache()
        self.writes: ShapeCache[CompiledWrite] = ShapeCache()
        self.asked: ShapeCache[AskedRead] = ShapeCache()
        self._by_key: ShapeCache[CompiledRead] = ShapeCache()
        self._looks: ShapeCache[PreparedRead] = ShapeCache()
        self.followed: ShapeCache[Defining] = ShapeCache()

    def _take_caches(self, other: "Workshop") -> None:
        self.reads, self.writes, self.asked = other.reads, other.writes, other.asked
        self._by_key, self._looks, self.followed = other._by_key, other._looks, other.followed

    def serving(self, request: Request, hooks: Hooks | None) -> "Workshop":
        """The view of one request, which shares everything else."""
        view = copy(self)
        view.request, view.hooks, view._owed = request, hooks, []
        return view

    def reading(self, content_type: str) -> "Workshop":
        """The view of a request whose body is of a media type: its numbers may be strings where that says so."""
        if not has_quoted_numbers(content_type):
            return self
        view = copy(self)
        view.reader = self._quoted
        return view

    @property
    def unruled(self) -> "Workshop":
        """The view of the same request that sees everything."""
        return self._sees_all or self

    def under(
        self, rules: Rules, values: Sequence[PrimitiveValue | None], mark: RuleMark, everything: "Workshop"
    ) -> "Workshop":
        """The view of `everything` under rules, compiled under which is what this one keeps."""
        view = copy(everything)
        view.store = StoreView(everything.store, rules, values)
        view.ruled, view._sees_all, view.rule_mark = frozenset(name for name, _ in rules), everything, mark
        view._take_caches(self)
        return view

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction for writing, at whose end the caller may see all that it has written."""
        return self._checked() if self.ruled else self.store.transaction()

    @contextmanager
    def _checked(self) -> Iterator[None]:
        with self.store.transaction():
            yield
            self.check_owed()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A part of a transaction that is undone by itself where it fails, as where the caller may not see its end."""
        try:
            with self.store.savepoint(always=True):
                yield
                self.check_owed()
        finally:
            self._owed.clear()

    def inside(self, hook: Hook) -> "Workshop":
        """The view of a hook that is running: it sees everything, and so does what it writes."""
        view = copy(self.unruled)
        view.running = self.running | {hook}
        return view

    def apart(self) -> "Workshop":
        """The same with caches of its own, for plans under certain rules."""
        view = copy(self)
        view.request = None
        view._make_caches()
        return view

    def hides(self, address: Address) -> bool:
        """Whether there is no entity at an address for the caller, where some are hidden."""
        return address.source.name in self.ruled and self.look(address) is None

    def is_hidden(self, address: Address) -> bool:
        """Whether there is an entity at an address, and the caller does not see it."""
        return self.hides(address) and self.unruled.look(address) is not None

    def owe(self, address: Address) -> None:
        """Keeps in mind that what has been written at an address must be there for the caller in the end."""
        if address.source.name in self.ruled:
            self._owed.append(address)

    def check_owed(self) -> None:
        """Refuses what the caller has written and may not see."""
        owed, self._owed = self._owed, []
        for address in owed:
            if self.is_hidden(address):
                raise Forbidden(
                    f"This would be an entity of '{address.source.name}' that is not yours to see.",
                    hint="Write one that you may see.",
                )

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""
        return self.store.schema

    def run(self, change: Change, versions: tuple[int, ...] = (), parent: str | None = None) -> bool:
        """Runs a write inside the current transaction; whether it met an entity; `parent` names its container."""
        return self._write(change, versions, parent).count > 0

    def insert(self, change: Change, parent: str | None = None) -> tuple[PrimitiveValue | None, ...]:
        """Creates an entity inside the current transaction; the parts of its key that the database made."""
        generated = self._write(change, (), parent).generated
        return tuple(part for part in generated if isinstance(part, PrimitiveValue))

    def _write(self, change: Change, versions: tuple[int, ...], parent: str | None) -> Written:
        prepared = self._statements.find(change.shape, ())
        if prepared is None:
            prepared = self.store.prepare_write(change.plan)
            self._statements.keep(change.shape, (), (), prepared)
        return self.store.write(prepared, change.values, versions, parent)

    def outline(self, kind: str, place: Place, stated: Stated) -> Outline:
        """The outline of a POST, PATCH, PUT or DELETE at a place by bodies that state what this one does.

        A SET is a PATCH whose complex values are whole.
        """
        names = stated_names(stated, place.entity_type, self.schema)
        shape = (kind, place.source.name, place.entity_type, place.computes, names)
        outline = self._outlines.find(shape, ())
        if outline is None:
            outline = _OUTLINES[kind](place, names, self.schema)
            self._outlines.keep(shape, (), (), outline)
        return outline

    def change(self, kind: str, place: Place, stated: Stated) -> Change:
        """The write that a body asks for at a place, where nothing must be known before."""
        return self.outline(kind, place, stated).change(place, stated, self.schema)

    def keyed(self, address: Address, key: Keys) -> Address:
        """The entity with a key in the collection at an address."""
        shape = address.keyed.signature
        path = self._keyed.find(shape, ())
        if path is None:
            path = address.keyed.keyed(self.schema.key_leaves(address.source.entity_type))
            self._keyed.keep(shape, (), (), path)
        return Address(path, (*address.keys, *key))

    def look(self, address: Address) -> Standing | None:
        """What an entity says of itself, or None where there is none."""
        shape = address.keyed.signature
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(plan_look(address.path))
            self._looks.keep(shape, (), (), prepared)
        rows = self.store.read(prepared, address.keys, page_size=1).rows
        return _standing(rows[0], address) if rows else None

    def find(self, address: Address) -> Standing | None:
        """What the entity at an address says of itself, with its key; None where there is none."""
        return next(iter(self.find_all(address, page_size=1)), None)

    def find_all(self, address: Address, page_size: int = _EVERYTHING) -> list[Standing]:
        """What all entities at an address say of themselves, with their keys, in the order of these."""
        shape = ("find", address.keyed.signature)
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(plan_find(address.path, self.schema))
            self._looks.keep(shape, (), (), prepared)
        rows = self.store.read(prepared, address.keys, page_size=page_size).rows
        return [_standing(row, address) for row in rows]

    def at(self, source: EntitySet, key: Keys) -> Address:
        """The entity with a key in a set, or a singleton, which has none."""
        home = self._homes.get(source.name)
        if home is None:
            home = self._homes[source.name] = home_of(source)
        return home if source.is_single else self.keyed(home, key)

    def look_at_stream(self, address: Address, name: str) -> tuple[str, int | None] | None:
        """The own name of an entity and the version of one of its streams, or None where there is no entity."""
        shape = (address.keyed.signature, name)
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(plan_stream(address.path, name, whole=False))
            self._looks.keep(shape, (), (), prepared)
        rows = self.store.read(prepared, address.keys, page_size=1).rows
        if not rows:
            return None
        owner, _, version = rows[0]
        assert version is None or isinstance(version, int), "versions are counters"
        return str(owner), version

    def parent(self, address: Address) -> str | None:
        """The name of the entity that contains what is written, or None; `NotFound` where it is not there."""
        container = address.container
        if container is None:
            return None
        standing = self.look(container)
        if standing is None:
            raise NotFound("The entity that is to contain this one does not exist.", hint="Create it first.")
        return standing.name

    def holds(self, address: Address, path: str) -> bool:
        """Whether the entity at an address has the complex value that what is at a path belongs to."""
        return self._has(address, path, address.path.type.name)

    def leads_on(self, address: Address) -> bool:
        """Whether the entity before the last navigation property has the complex value that this belongs to."""
        origin, step = address.origin, address.keyed.last_navigation
        if origin is None or step is None or not value_path(step.navigation.name):
            return True
        return self._has(origin, step.navigation.name, step.source_type)

    def _has(self, address: Address, path: str, holder: str) -> bool:
        condition = leads_on(path, holder, address.source.entity_type, self.schema) if value_path(path) else None
        if condition is None:
            return True
        shape = ("has", address.keyed.signature, path)
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(replace(plan_look(address.path), where=condition))
            self._looks.keep(shape, (), (), prepared)
        return bool(self.store.read(prepared, address.keys, page_size=1).rows)

    def read_by_key(self, query: Query, address: Address, options: str, context: Context) -> CompiledRead:
        """The read of the entity at an address with a query's $select and $expand; the values are its keys."""
        shape = (address.keyed.signature, options, context.format, context.presentation)
        compiled = self._by_key.find(shape, ())
        if compiled is None:
            one = replace(query, path=address.path)
            plan = plan_read(one, self.schema)
            writer = writer_of(plan, context, self.schema)
            url = context_url_of(one, context.version)
            links = compile_links(one, plan.shape.fields, context, self.store)
            prepared = self.store.prepare_read(plan)
            compiled = CompiledRead(one, context, prepared, writer, url, None, (), links=links)
            self._by_key.keep(shape, (), (), compiled)
        return replace(compiled, context=context)

    def required(self, source: EntitySet, entity_type: str) -> tuple[NavigationProperty, ...]:
        """The navigation properties that lead somewhere from every entity of a type in a source (CSDL 8.2)."""
        known = self._required.get((source.name, entity_type))
        if known is None:
            known = self._required[source.name, entity_type] = tuple(
                navigation
                for navigation in self.schema.navigation_properties(entity_type).values()
                if is_required(navigation, source, entity_type, self.schema)
            )
        return known

    def options_of(self, text: str, entity_type: str, source: EntitySet) -> QueryOptions:
        """The options that a text states of entities of a type in a source."""
        url = parse_url("", text, self.settings.limits)
        names = Names(self.schema, {}, self.settings.limits, {})
        return resolve_options(url.options, Scope(names, entity_type, source, "", "the query"))

    def leaves(self, address: Address, leaves: Sequence[Leaf]) -> tuple[int, LeafValues] | None:
        """The version of an entity and the values of some of its leaves; None where there is none."""
        shape = (address.keyed.signature, *(leaf.path for leaf in leaves))
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(plan_leaves(address.path, leaves))
            self._looks.keep(shape, (), (), prepared)
        rows = self.store.read(prepared, address.keys, page_size=1).rows
        if not rows:
            return None
        version, *values = rows[0]
        assert isinstance(version, int), "versions are counters"
        return version, {leaf.path: _primitive(value) for leaf, value in zip(leaves, values, strict=True)}


def _no_mark(names: Collection[str]) -> str:
    return ""


def _standing(row: Sequence[object], address: Address) -> Standing:
    version, entity_type, name, *key = row
    declared = address.source.entity_type
    assert isinstance(version, int), "versions are counters"
    stated = None if name is None else str(name)
    return Standing(version, str(entity_type or declared), stated, tuple(map(_primitive, key)))


def _primitive(value: object) -> PrimitiveValue | None:
    assert value is None or isinstance(value, PrimitiveValue), "rows hold primitive values"
    return value
