"""What outlives a request: the store, the settings, and everything prepared once and run often."""

from dataclasses import replace

from odata_service.edm.model import Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.payload import compile_writer
from odata_service.plan.model import Delete, Insert, Update, Written
from odata_service.plan.read import plan_read
from odata_service.plan.write import Change
from odata_service.semantics.tree import EntitySetStep, KeyStep, KeyValue, Parameter, Query, ResourcePath
from odata_service.service.cache import ShapeCache
from odata_service.service.compile import Compiled, CompiledRead
from odata_service.service.negotiate import Context
from odata_service.settings import Settings
from odata_service.storage import PreparedWrite, Store


class Workshop:
    """A store with its caches, shared by all requests of a process."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.reads: ShapeCache[Compiled] = ShapeCache()
        self._by_key: ShapeCache[CompiledRead] = ShapeCache()
        self._writes: ShapeCache[PreparedWrite] = ShapeCache()
        self.secret = store.secret("skiptoken")

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""
        return self.store.schema

    def run(self, change: Change, versions: tuple[int, ...] = ()) -> bool:
        """Runs a write inside the current transaction; whether it met an entity."""
        return self._write(change, versions).count > 0

    def insert(self, change: Change) -> tuple[PrimitiveValue | None, ...]:
        """Creates an entity inside the current transaction; the parts of its key that the database made."""
        generated = self._write(change, ()).generated
        return tuple(part for part in generated if isinstance(part, PrimitiveValue))

    def _write(self, change: Change, versions: tuple[int, ...]) -> Written:
        plan = change.plan
        shape = _shape_of(plan)
        prepared = self._writes.find(shape, ())
        if prepared is None:
            prepared = self.store.prepare_write(plan)
            self._writes.keep(shape, (), (), prepared)
        return self.store.write(prepared, change.values, versions)

    def read_by_key(self, query: Query, options: str, context: Context) -> CompiledRead:
        """The read of one entity of the query's set with its $select and $expand: its key are the values."""
        first = query.path.steps[0]
        assert isinstance(first, EntitySetStep), "a resource path begins with an entity set"
        shape = (first.entity_set.name, options, context.format)
        compiled = self._by_key.find(shape, ())
        if compiled is None:
            compiled = self._compile_by_key(query, first, context)
            self._by_key.keep(shape, (), (), compiled)
        return compiled

    def _compile_by_key(self, query: Query, first: EntitySetStep, context: Context) -> CompiledRead:
        parts = self.schema.key_properties(first.entity_set.entity_type)
        key = tuple(KeyValue(part, Parameter(slot, part.type)) for slot, part in enumerate(parts))
        single = replace(query.path.type, collection=False)
        one = replace(query, path=ResourcePath((first, KeyStep(key)), single, first.entity_set))
        plan = plan_read(one, self.schema)
        writer = compile_writer(plan, self.schema, context.format)
        return CompiledRead(one, context, self.store.prepare_read(plan), writer, None, ())


def _shape_of(plan: Insert | Update | Delete) -> tuple[object, ...]:
    match plan:
        case Insert():
            return ("insert", plan.entity_set.name, *(part.name for part in plan.properties))
        case Update():
            return ("update", plan.entity_set.name, plan.guarded, *(part.name for part in plan.properties))
        case Delete():
            return ("delete", plan.entity_set.name, plan.guarded)
