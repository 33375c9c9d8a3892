"""How changes are told: entities as they are now, those that are gone, and links in the form of 4.0 (JSON Format 15).

| | 4.0 | 4.01 |
|---|---|---|
| related entities | beside the entity, each with its context, and a link | inside the entity, all that are expanded |
| one that is no longer related | a deleted link | not among those inside |

Clients of Microsoft Graph, which ask by its function delta and name no version, know `@removed` beside the key alone.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, Schema, SourceKind
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.payload import collection_url, compile_writer, entity_url
from odata_service.payload.ids import key_text
from odata_service.payload.values import writer_for
from odata_service.plan.delta import ChangesPlan
from odata_service.plan.look import plan_leaves
from odata_service.plan.model import EntityShape, ReadPlan
from odata_service.semantics.reach import Chain, Hop
from odata_service.semantics.resolved import (
    CastStep,
    EntitySetStep,
    Expansion,
    FilterStep,
    GivenStep,
    NavigationStep,
    Query,
    ResourcePath,
    Step,
)
from odata_service.semantics.tree import NavigationAccess, NavigationMembers
from odata_service.semantics.walk import parts_of
from odata_service.service.compile import CompiledRead
from odata_service.service.nested_pages import NestedPages
from odata_service.storage import PreparedChanges, PreparedRead, Store

Key = tuple[PrimitiveValue | None, ...]
Item = dict[str, object]

_EVERYTHING = 2**62
"""A page that holds all members of what is expanded."""


class Defining(Struct, frozen=True):
    """The query that says which entities a client knows, and how they are told.

    `read` gives entities by their keys, or the single one at the end of a path; `changes` finds the keys of those that
    have changed. `present` gives those of some keys that there are, whether the query gives them or not; `hidden` those
    that there are though no row rule lets them be seen, where there is such a rule.
    """

    query: Query
    read: CompiledRead
    changes: PreparedChanges
    present: PreparedRead | None
    hidden: PreparedRead | None = None

    @property
    def source(self) -> EntitySet:
        """Where the entities live."""
        return self.changes.plan.target

    @property
    def is_flat(self) -> bool:
        """Whether related entities are told beside those that they are related to; a single entity has them inside."""
        query = self.query
        return self.read.context.version == "4.0" and bool(query.options.expand) and query.path.type.collection


def given_in(path: ResourcePath) -> ResourcePath:
    """A path to a collection that leads to those of its entities alone that are told by their keys."""
    steps = path.steps
    last = max((place for place, step in enumerate(steps) if isinstance(step, NavigationStep)), default=0)
    return replace(path, steps=(*steps[: last + 1], GivenStep(), *steps[last + 1 :]))


def apart(compiled: CompiledRead, schema: Schema) -> CompiledRead:
    """A read whose expanded entities say where they are from, so that they can be told by themselves."""
    plan: ReadPlan = compiled.prepared.plan
    shown = replace(plan, shape=_apart(plan.shape))
    return replace(compiled, writer=compile_writer(shown, schema, compiled.context.format))


def _apart(shape: EntityShape) -> EntityShape:
    expands = tuple(replace(part, shape=_apart(replace(part.shape, is_apart=True))) for part in shape.expands)
    return replace(shape, expands=expands)


def plan_present(defining: Query, schema: Schema) -> ReadPlan:
    """The plan of entities by keys that are no longer in a result, but may be elsewhere; of the one at a path."""
    path, source = defining.path, defining.path.entity_set
    assert source is not None, "entities live somewhere"
    if not path.type.collection:
        return plan_leaves(path, ())
    leaves = [leaf for _, leaf in schema.key_leaves(source.entity_type)]
    steps: tuple[Step, ...] = (EntitySetStep(source), GivenStep())
    if source.kind is not SourceKind.ENTITY_SET:
        steps = tuple(step for step in given_in(path).steps if not isinstance(step, FilterStep | CastStep))
    return plan_leaves(ResourcePath(steps, TypeRef(source.entity_type, collection=True), source), leaves)


class Telling(Struct, frozen=True):
    """What is told of changes behind places, by the request's values.

    The `stores` are the one that the caller sees, and the one that has everything. `removes_by_key`: what is gone is
    told as Microsoft Graph tells it, in answers of 4.0, too.
    """

    defining: Defining
    schema: Schema
    stores: tuple[Store, Store]
    base_url: str
    values: Sequence[PrimitiveValue | None]
    since: tuple[str, ...]
    page_size: int
    nested: NestedPages
    removes_by_key: bool = False

    @property
    def store(self) -> Store:
        """What the caller sees."""
        return self.stores[0]

    def items(self, keys: Sequence[Key]) -> Iterator[Item]:
        """The entities of these keys as they are, and as removed those that the defining query does not give."""
        shown = self._shown(keys)
        gone = [key for key in keys if key not in shown]
        present = self._present(gone) | self._hidden(gone)
        ended = self._ended_links(shown) if self.defining.is_flat else {}
        expand = self.defining.query.options.expand
        for key in keys:
            if key not in shown:
                yield self.removed(key, "changed" if key in present else "deleted")
                continue
            whole = identified(shown[key], self.base_url + self.url(key))
            if self.defining.is_flat:
                yield from self._flat(whole, _Owner(self.url(key), self._home(), self.defining.source), expand, ended)
            else:
                yield whole

    def single(self) -> Item | None:
        """The entity at the end of a path; None where there is none."""
        objects = self._objects(())
        return objects[0][1] if objects else None

    def removed(self, key: Key, reason: str) -> Item:
        """An entity that is not in the result any more; the one at the end of a path has no key here."""
        if self.removes_by_key:
            return {"@removed": {"reason": reason}, **self._key_members(key)}
        url = self.url(key)
        if self.defining.read.context.version == "4.0":
            return {"@odata.context": f"{self._home()}/$deletedEntity", "id": url, "reason": reason}
        return {"@removed": {"reason": reason}, "@id": url}

    def url(self, key: Key) -> str:
        """The URL of an entity, relative to the service root."""
        source, path = self.defining.source, self.defining.query.path
        if not path.type.collection:
            return entity_url(path, self.values)
        if source.is_contained:
            return f"{collection_url(path, self.values)}({self._key_text(source, key)})"
        return f"{source.name}({self._key_text(source, key)})"

    def _key_text(self, source: EntitySet, key: Key) -> str:
        leaves = self.schema.key_leaves(source.entity_type)
        return key_text([name for name, _ in leaves], [leaf.type for _, leaf in leaves], key)

    def _key_members(self, key: Key) -> Item:
        format, leaves = self.defining.read.context.format, self.schema.key_leaves(self.defining.source.entity_type)
        writers = [writer_for(leaf.type, format) or (lambda value: value) for _, leaf in leaves]
        return {name: write(value) for (name, _), write, value in zip(leaves, writers, key, strict=True)}

    def _home(self) -> str:
        source, path = self.defining.source, self.defining.query.path
        root = collection_url(path, self.values) if source.is_contained or source.is_single else source.name
        return f"{self.base_url}$metadata#{root}"

    def _shown(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The entities among these that the defining query gives, each in full."""
        return dict(self._objects(keys))

    def _objects(self, keys: Sequence[Key]) -> list[tuple[Key, Item]]:
        read = self.defining.read
        size = _EVERYTHING if self.defining.is_flat else max(self.page_size, 1)
        rows = self.store.read(read.prepared, self.values, page_size=size, given=keys)
        found = [tuple(_primitive(row[part.index]) for part in read.prepared.plan.shape.key) for row in rows.rows]
        home = ""
        if self.defining.source.is_contained:
            home = self.base_url + collection_url(self.defining.query.path, self.values)
        return list(zip(found, self.nested.objects(read, rows, self.values, home), strict=True))

    def _present(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Those of some keys that entities have, whether the defining query gives them or not."""
        return self._found(self.defining.present, keys, self.store)

    def _found(self, prepared: PreparedRead | None, keys: Sequence[Key], store: Store) -> frozenset[Key]:
        if not keys or prepared is None:
            return frozenset()
        rows = store.read(prepared, self.values, page_size=len(keys), given=keys).rows
        return frozenset(tuple(map(_primitive, row[1:])) for row in rows)

    def _hidden(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Those of some keys that entities have which the caller no longer sees."""
        return self._found(self.defining.hidden, keys, self.stores[1])

    def is_hidden(self) -> bool:
        """Whether the entity at the end of a path is there, though the caller does not see it."""
        hidden = self.defining.hidden
        return hidden is not None and bool(self.stores[1].read(hidden, self.values, page_size=1).rows)

    def _flat(self, whole: Item, owner: "_Owner", expand: Sequence[Expansion], ended: "_Ended") -> Iterator[Item]:
        """An entity without those that are expanded, these, and the links that are there and that have ended."""
        names = {item.name for item in expand}
        yield {name: value for name, value in whole.items() if name.partition("@")[0] not in names}
        for item in expand:
            chain, target = owner.chain(item), item.entity_set
            assert target is not None, "what leads nowhere is not expanded"
            related = whole.get(item.name)
            members = related if isinstance(related, list) else [related] if isinstance(related, dict) else []
            targets = {str(member["@odata.id"]) for member in members}
            for known in ended.get((chain, owner.url), ()):
                if known not in targets:
                    yield self._linked("deletedLink", owner, item, known)
            home = f"{self.base_url}$metadata#{target.name}"
            for member in members:
                url = str(member["@odata.id"])
                if item.suffix is None:
                    inner = _Owner(url.removeprefix(self.base_url), home, target, chain)
                    yield from self._flat(member, inner, item.options.expand, ended)
                yield self._linked("link", owner, item, url)

    def _linked(self, kind: str, owner: "_Owner", item: Expansion, target: str) -> Item:
        return {
            "@odata.context": f"{owner.home}/${kind}",
            "source": owner.url,
            "relationship": item.path,
            "target": target.removeprefix(self.base_url),
        }

    def _ended_links(self, shown: Mapping[Key, Item]) -> "_Ended":
        """The URLs to which links may have ended, by the chain of these and the URL of the entity that they were of."""
        found: dict[tuple[Chain, str], list[str]] = {}
        for chain, item in _expanded(self.defining.query.options.expand, self.defining.source):
            source = chain[-1].source
            for key, other in self.store.changes.related(self.defining.changes, chain, self.since, self.values):
                if len(chain) > 1:
                    owner = f"{source.name}({self._key_text(source, key)})"
                elif key in shown:
                    owner = self.url(key)
                else:
                    continue
                found.setdefault((chain, owner), []).append(self._target_url(owner, item, other))
        return found

    def _target_url(self, owner: str, item: Expansion, other: Key) -> str:
        """The absolute URL of a related entity."""
        target = item.entity_set
        assert target is not None, "what leads nowhere is not expanded"
        root = f"{owner}/{item.path}" if target.is_contained else target.name
        return self.base_url + (root if target.is_single else f"{root}({self._key_text(target, other)})")


_Ended = Mapping[tuple[Chain, str], Sequence[str]]
"""The URLs to which links of an entity may have ended, by their chain and the entity's URL."""


class _Owner(Struct, frozen=True):
    """An entity whose links are told: its URL, the context of its source, and the chain that has led to it."""

    url: str
    home: str
    source: EntitySet
    before: Chain = ()

    def chain(self, item: Expansion) -> Chain:
        """The chain to what is expanded in it."""
        return (*self.before, _hop(item, self.source))


def _hop(item: Expansion, source: EntitySet) -> Hop:
    assert item.entity_set is not None, "what leads nowhere is not expanded"
    return Hop(source, item.source_type, item.navigation, item.entity_set)


def _expanded(expand: Sequence[Expansion], source: EntitySet, before: Chain = ()) -> Iterator[tuple[Chain, Expansion]]:
    """All that is expanded, at any depth, each with the chain to it."""
    for item in expand:
        hop = _hop(item, source)
        yield (*before, hop), item
        yield from _expanded(item.options.expand, hop.target, (*before, hop))


def identified(entity: Item, id: str) -> Item:
    """An entity with its id, which stands behind its type (JSON Format 4.4)."""
    known = {"@odata.type": entity["@odata.type"]} if "@odata.type" in entity else {}
    return {**known, "@odata.id": id, **entity}


def expands_ruled(plan: ChangesPlan) -> bool:
    """Whether a row rule hides some of what is expanded or asked about."""
    ruled = {name for name, _ in plan.rules}
    return any(hop.target.name in ruled for chain in plan.chains for hop in chain)


def tells_flat(query: Query, plan: ChangesPlan) -> bool:
    """Whether changes can be told in the form of 4.0: of related entities nothing but that they are related, and what
    they are themselves.

    A link says not where it is expanded, so that each navigation property shows the same entities wherever it is.
    """
    found = list(_expanded(query.options.expand, plan.target))
    chains = {chain for chain, _ in found}
    shown = [(chain[-1], item.options.filter, item.options.search, item.narrowed) for chain, item in found]
    if any(hop == other and known != those for hop, *known in shown for other, *those in shown):
        return False
    return all(len(chain) == 1 or chain in chains for chain in plan.chains) and all(
        item.suffix in {None, "$ref"}
        and "/" not in item.name
        and not (item.options.count or item.options.top or item.options.skip)
        and not (item.options.expand and chain[-1].target.is_contained)
        and not _asks_others(item.options.filter)
        for chain, item in found
    )


def _asks_others(node: object) -> bool:
    """Whether a condition asks about other entities than its own."""
    return isinstance(node, NavigationAccess | NavigationMembers) or any(map(_asks_others, parts_of(node)))


def _primitive(value: object) -> PrimitiveValue:
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    return value
