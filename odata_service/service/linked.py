"""Related entities of values that are kept whole: told by key there, read in a statement for each item of $expand.

What an item asks of each collection is done here: the entities come in its order, and each value takes its own of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.json_text import read_exact
from odata_service.edm.kept import KEY_MEMBER, TYPE_MEMBER, linked_leaves, recall_keys
from odata_service.edm.model import NavigationProperty, Schema
from odata_service.edm.structured import Links
from odata_service.edm.types import TypeRef
from odata_service.errors import NotFound
from odata_service.payload import EntityWriter
from odata_service.plan.model import ComplexField, Field, Rows
from odata_service.plan.read import plan_read
from odata_service.semantics import number_of
from odata_service.semantics.resolved import (
    EVERYTHING,
    CastStep,
    EntitySetStep,
    GivenStep,
    Leading,
    Linked,
    OperationCall,
    Query,
    QueryOptions,
    ResourcePath,
    Step,
)
from odata_service.service.address import Keys
from odata_service.service.negotiate import Context
from odata_service.service.presentation import writer_of
from odata_service.storage import ExpandedRoom, PreparedRead, Store

Object = dict[str, Any]
Place = tuple[Mapping[str, Any], Object]
"""An object as it is kept, and as it is shown."""


class CompiledLink(Struct, frozen=True):
    """An item of $expand about values that are kept whole, ready to be read by keys."""

    linked: Linked
    prepared: PreparedRead
    writer: EntityWriter
    ieee754: bool


class CompiledLinks(Struct, frozen=True):
    """All such items of a request, the members of what it shows, and the name of the one that was asked for alone."""

    items: tuple[CompiledLink, ...]
    fields: tuple[Field | ComplexField, ...]
    alone: str | None

    def show(self, rows: Rows, objects: Sequence[Object], asked: tuple[Sequence[Any], str], store: Store) -> None:
        """Puts related entities into the values of rows that lead to them, in the objects that these are shown as.

        `asked` are the values of the request by slot, and the base URL. All collections of all items together have no
        more rows than expanded collections may have.
        """
        room = ExpandedRoom(store.limits.max_expanded_rows)
        for link in self.items:
            way = link.linked.way if self.alone is None else (self.alone, *link.linked.way)
            shown = zip(rows.rows, objects, strict=True)
            places = [place for row, found in shown for place in _places(self.fields, way, row, found)]
            _show(link, places, asked, (store, room))


def compile_links(
    query: Query, fields: Sequence[Field | ComplexField], context: Context, store: Store
) -> CompiledLinks | None:
    """What a query expands of values that are kept whole; None where that is nothing."""
    if not query.options.linked:
        return None
    items = tuple(_compiled(linked, context, store) for linked in query.options.linked)
    return CompiledLinks(items, tuple(fields), None if query.property is None else fields[0].name)


def _compiled(linked: Linked, context: Context, store: Store) -> CompiledLink:
    """What reads the entities of an item by their keys: all that its filter leaves, in its order."""
    item = linked.item
    source, name = item.entity_set, item.narrowed or item.navigation.target
    assert source is not None, "the resolver refuses what leads nowhere"
    steps: tuple[Step, ...] = (EntitySetStep(source), GivenStep())
    if name != source.entity_type:
        steps = (*steps, CastStep(name))
    path = ResourcePath(steps, TypeRef(name, collection=True), source, is_ref=item.suffix == "$ref")
    options = replace(item.options, skip=None, top=None, count=False)
    plan = plan_read(Query(path, options), store.schema)
    plan = replace(plan, shape=replace(plan.shape, declared=item.navigation.target))
    return CompiledLink(
        linked, store.prepare_read(plan), writer_of(plan, context, store.schema), context.format.ieee754
    )


def _show(
    link: CompiledLink, places: Sequence[Place], asked: tuple[Sequence[Any], str], reading: tuple[Store, ExpandedRoom]
) -> None:
    (store, room), item, (values, _) = reading, link.linked.item, asked
    schema = store.schema
    leading = [(kept, found, _keys(kept, link.linked, schema)) for kept, found in places]
    given = list(dict.fromkeys(key for _, _, keys in leading for key in keys or ()))
    related = _related(link, given, asked, reading) if given else {}
    skip, top = (number_of(part, values) for part in (item.options.skip, item.options.top))
    first, name = skip or 0, link.linked.navigation
    for _, found, keys in leading:
        if keys is None:
            continue
        known = [related[key] for key in sorted({*keys} & related.keys(), key=lambda key: related[key][0])]
        if not item.navigation.collection:
            found[name] = known[0][1] if known else None
            continue
        if item.options.count or item.suffix == "$count":
            found[f"{name}@odata.count"] = str(len(known)) if link.ieee754 else len(known)
        if item.suffix != "$count":
            members = found[name] = [one for _, one in known[first : None if top is None else first + top]]
            room.take(len(members))


def _related(
    link: CompiledLink,
    given: Sequence[Keys],
    asked: tuple[Sequence[Any], str],
    reading: tuple[Store, ExpandedRoom],
) -> dict[Keys, tuple[int, Object]]:
    """The entities of some keys that an item shows, each with its place among all."""
    (store, room), (values, base_url) = reading, asked
    size = room.left if link.linked.item.navigation.collection else len(given)
    rows = store.read(link.prepared, values, page_size=size, given=given)
    if rows.more:
        raise room.too_many()
    objects = link.writer.objects(rows, base_url, "", _no_link)
    places = [part.index for part in link.prepared.plan.shape.key]
    keys = (tuple(row[place] for place in places) for row in rows.rows)
    return {key: (number, found) for number, (key, found) in enumerate(zip(keys, objects, strict=True))}  # type: ignore[misc]  # keys are primitive


def _no_link(*_: object) -> str:
    raise AssertionError("everything is on one page")


def keys_led_to(call: OperationCall, values: Sequence[Any], store: Store) -> Links:
    """The keys of the entities that a value leads to; `NotFound` where it is not there, or of another type."""
    assert call.leads is not None and call.binding is not None, "a navigation property is one of a value"
    query = Query(call.binding, QueryOptions(EVERYTHING), property=call.leads.value)
    plan = plan_read(query, store.schema)
    rows = store.read(store.prepare_read(plan), values, page_size=1).rows
    shown = plan.shape.fields[0]
    assert isinstance(shown, Field), "the value is kept whole"
    kept = read_exact(str(rows[0][shown.index])) if rows and rows[0][shown.index] is not None else None
    found = _keys(kept, call.leads, store.schema) if isinstance(kept, dict) else None
    if found is None:
        raise NotFound(f"The value before '{call.leads.navigation}' is not there, or has no such navigation property.")
    return found


def _keys(kept: Mapping[str, Any], linked: Linked | Leading, schema: Schema) -> Links | None:
    """The keys of the entities that an object leads to; None where its type has no such navigation property."""
    declared = schema.navigation_properties(str(kept.get(TYPE_MEMBER, linked.declared)))
    navigation = declared.get(linked.navigation)
    if navigation is None:
        return None
    if navigation.referential_constraints:
        return _dependent_key(kept, navigation, schema)
    leaves = linked_leaves(linked.holder, linked.navigation, schema)
    return recall_keys(kept.get(linked.navigation + KEY_MEMBER), leaves)


def _dependent_key(kept: Mapping[str, Any], navigation: NavigationProperty, schema: Schema) -> Links:
    """The key that the properties of an object hold; none where one of them is null."""
    named = {part.referenced_property: part.property for part in navigation.referential_constraints}
    leaves = [leaf for _, leaf in schema.key_leaves(navigation.target)]
    parts = {leaf.path: kept.get(named.get(leaf.path, "")) for leaf in leaves}
    return () if None in parts.values() else recall_keys(parts, leaves)


def _places(
    fields: Sequence[Field | ComplexField], way: Sequence[str], row: Sequence[Any], found: Any
) -> Iterator[Place]:
    """The objects that a way leads to in what a row is shown as, from the members of an instance."""
    first, *rest = way
    inner = found.get(first) if isinstance(found, dict) else None
    part = next((part for part in fields if part.name == first and _is_in(part, rest)), None)
    if inner is None or part is None:
        return
    if isinstance(part, Field):
        text = row[part.index]
        yield from _objects(read_exact(str(text)) if text is not None else None, inner, rest)
    else:
        every = [member for variant in part.variants for member in variant.fields]
        yield from _places(every, rest, row, inner)


def _is_in(part: Field | ComplexField, rest: Sequence[str]) -> bool:
    """Whether a way goes on in a member."""
    if isinstance(part, Field):
        return True
    return bool(rest) and any(member.name == rest[0] for variant in part.variants for member in variant.fields)


def _objects(kept: Any, found: Any, way: Sequence[str]) -> Iterator[Place]:
    """The objects that a way leads to in a kept value, and in what it is shown as."""
    if isinstance(kept, list):
        for one, other in zip(kept, found, strict=True):
            yield from _objects(one, other, way)
    elif isinstance(kept, dict) and isinstance(found, dict):
        if way:
            yield from _objects(kept.get(way[0]), found.get(way[0]), way[1:])
        else:
            yield kept, found
