"""What outlives a request: the store, the settings, and everything prepared once and run often."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotFound
from odata_service.payload import compile_writer
from odata_service.plan.model import Delete, DropStream, Insert, PutStream, Update, Write, Written
from odata_service.plan.read import plan_leaves, plan_look, plan_read, plan_stream
from odata_service.plan.values import LeafValues
from odata_service.plan.write import Change
from odata_service.semantics.tree import Query
from odata_service.service.address import Address
from odata_service.service.cache import ShapeCache
from odata_service.service.compile import Compiled, CompiledRead
from odata_service.service.negotiate import Context
from odata_service.settings import Settings
from odata_service.storage import PreparedRead, PreparedWrite, Store


@dataclass(frozen=True, slots=True)
class Standing:
    """An entity as it stands: its version, its type, and its own name where contained entities refer to it by one."""

    version: int
    entity_type: str
    name: str | None


class Workshop:
    """A store with its caches, shared by all requests of a process."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.reads: ShapeCache[Compiled] = ShapeCache()
        self._by_key: ShapeCache[CompiledRead] = ShapeCache()
        self._looks: ShapeCache[PreparedRead] = ShapeCache()
        self._writes: ShapeCache[PreparedWrite] = ShapeCache()
        self.secret = store.secret("skiptoken")

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
        plan = change.plan
        shape = _shape_of(plan)
        prepared = self._writes.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_write(plan)
            self._writes.keep(shape, (), (), prepared)
        return self.store.write(prepared, change.values, versions, parent)

    def look(self, address: Address) -> Standing | None:
        """What an entity says of itself, or None where there is none."""
        shape = address.signature
        prepared = self._looks.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_read(plan_look(address.path))
            self._looks.keep(shape, (), (), prepared)
        rows = self.store.read(prepared, address.keys, page_size=1).rows
        if not rows:
            return None
        version, entity_type, name = rows[0]
        declared = address.source.entity_type
        assert isinstance(version, int), "versions are counters"
        return Standing(version, str(entity_type or declared), None if name is None else str(name))

    def look_at_stream(self, address: Address, name: str) -> tuple[str, int | None] | None:
        """The own name of an entity and the version of one of its streams, or None where there is no entity."""
        shape = (address.signature, name)
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

    def read_by_key(self, query: Query, address: Address, options: str, context: Context) -> CompiledRead:
        """The read of the entity at an address with a query's $select and $expand; the values are its keys."""
        shape = (address.signature, options, context.format)
        compiled = self._by_key.find(shape, ())
        if compiled is None:
            one = replace(query, path=address.path)
            plan = plan_read(one, self.schema)
            writer = compile_writer(plan, self.schema, context.format)
            compiled = CompiledRead(one, context, self.store.prepare_read(plan), writer, None, ())
            self._by_key.keep(shape, (), (), compiled)
        return compiled

    def leaves(self, address: Address, leaves: Sequence[Leaf]) -> tuple[int, LeafValues] | None:
        """The version of an entity and the values of some of its leaves; None where there is none."""
        shape = (address.signature, *(leaf.path for leaf in leaves))
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


def _primitive(value: object) -> PrimitiveValue | None:
    assert value is None or isinstance(value, PrimitiveValue), "rows hold primitive values"
    return value


def _shape_of(plan: Write) -> tuple[object, ...]:
    match plan:
        case Insert():
            return ("insert", plan.entity_set.name, plan.entity_type, *(leaf.path for leaf in plan.leaves))
        case Update():
            paths = (leaf.path for leaf in plan.leaves)
            return ("update", plan.entity_set.name, plan.entity_type, plan.guarded, *paths)
        case Delete():
            return ("delete", plan.entity_set.name, plan.guarded)
        case PutStream() | DropStream():
            return (type(plan).__name__,)
