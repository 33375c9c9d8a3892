"""Entities as the bodies of operations see them: read by query options, their values as `edm.values` has them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from odata_service.edm.json_text import read_exact
from odata_service.edm.kept import recall, recall_members
from odata_service.edm.leaves import UNTYPED, is_kept_whole, is_tagged_value
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.structured import ComplexValue, TypedValue, named_type
from odata_service.edm.types import BINARY, DURATION, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_float, print_value
from odata_service.plan.model import ComplexField, DynamicField, EntityShape, Field
from odata_service.plan.read import plan_read
from odata_service.semantics.resolved import EntitySetStep, GivenStep, Query, ResourcePath
from odata_service.semantics.scope import Request as Names
from odata_service.semantics.scope import Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.set_functions import at_home
from odata_service.service.address import Address, KeyedPath, Keys, home_of
from odata_service.service.compile import bind, converters_of
from odata_service.service.workshop import AskedRead, Workshop
from odata_service.url import ScannedLiteral, parse_url, parse_value
from odata_service.url.shape import distinction
from odata_service.url.syntax import Literal

TYPE_ANNOTATION = "@odata.type"
"""The member of a mapping that tells of which type a complex value is, where its place does not."""

_EVERYTHING = 2**62
"""A page that holds all rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity(Mapping[str, Any]):
    """An entity: the values of its properties by name, those of a complex one as a mapping of its own.

    `source` and `key` tell where it lives, `version` is the counter behind its ETag. Of a contained one the `address`
    tells in what it is; None where that is not known.
    """

    source: EntitySet
    type: str
    key: Keys
    version: int
    values_by_name: Mapping[str, Any]
    address: Address | None = None

    def __getitem__(self, name: str) -> Any:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


class Entities(Struct, frozen=True):
    """The entities at the end of a path, to be read as often as it takes: each time as the database has them then."""

    address: Address
    workshop: Workshop
    given: Sequence[Keys] = ()

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.read())

    def read(self, options: str = "", /, **values: object) -> list[Entity]:
        """Those that query options leave, as in `read("$filter=Price le @most&$orderby=Price desc", most=20)`.

        `values` stand for the aliases of their names: they need no quotes, and no text in them is taken for syntax.
        """
        asked, literals = self._asked(options, values)
        bound = [*self.address.keys, *bind(asked.converters, literals)]
        rows = self.workshop.store.read(asked.prepared, bound, page_size=_EVERYTHING, given=self.given).rows
        shape, schema = asked.prepared.plan.shape, self.workshop.schema
        return [self._placed(entity_of(row, shape, schema)) for row in rows]

    def first(self, options: str = "", /, **values: object) -> Entity | None:
        """The first of those that query options leave, or None."""
        return next(iter(self.read(options, **values)), None)

    def _placed(self, entity: Entity) -> Entity:
        """The entity with its address, where more than its source and key tell that."""
        path = self.address.path
        if not entity.source.is_contained or any(isinstance(step, GivenStep) for step in path.steps):
            return entity
        is_one = entity.source.is_single or not path.type.collection
        return replace(entity, address=self.address if is_one else self.workshop.keyed(self.address, entity.key))

    def _asked(self, options: str, values: Mapping[str, object]) -> tuple[AskedRead, list[ScannedLiteral]]:
        literals = [scanned(name, value) for name, value in values.items()]
        told = ((known.option, known.kind, distinction(known.kind, known.text)) for known in literals)
        shape = (self.address.keyed.signature, options, *told)
        known = self.workshop.asked.find(shape, literals)
        if known is None:
            known, fixed = self._prepared(options, values, literals)
            self.workshop.asked.keep(shape, literals, fixed, known)
        return known, literals

    def _prepared(
        self, options: str, values: Mapping[str, object], literals: Sequence[ScannedLiteral]
    ) -> tuple[AskedRead, tuple[int, ...]]:
        path, first = self.address.path, len(self.address.keys)
        aliases = [f"@{name}={quote(literal_of(value))}" for name, value in values.items()]
        url = parse_url("", "&".join(part for part in (options, *aliases) if part))
        slots = {(known.option, known.start, known.text): first + place for place, known in enumerate(literals)}
        limits = self.workshop.settings.limits
        names = Names(self.workshop.schema, slots, limits, dict(url.options.aliases))
        resolved = resolve_options(url.options, Scope(names, path.type.name, path.entity_set, "", "the query"))
        if resolved.apply is not None:
            path, resolved = at_home(path, resolved, resolved.apply)
        query = Query(path, resolved)
        bound = {parameter.slot - first for parameter in names.parameters}
        parameters = [type(known)(known.slot - first, known.type) for known in names.parameters]
        prepared = self.workshop.store.prepare_read(plan_read(query, self.workshop.schema))
        fixed = tuple(place for place in range(len(literals)) if place not in bound)
        return AskedRead(prepared, converters_of(parameters, literals)), fixed


def entities_of(source: EntitySet, workshop: Workshop) -> Entities:
    """All entities of a source."""
    return Entities(home_of(source), workshop)


def entities_given(source: EntitySet, keys: Sequence[Keys], workshop: Workshop) -> Entities:
    """The entities of a source that have these keys."""
    path = ResourcePath((EntitySetStep(source), GivenStep()), TypeRef(source.entity_type, collection=True), source)
    return Entities(Address(KeyedPath(path), ()), workshop, keys)


def address_of(entity: Entity, workshop: Workshop) -> Address:
    """Where an entity is written; `ValueError` for a contained one of which that is not known."""
    if not entity.source.is_contained:
        return workshop.at(entity.source, entity.key)
    if entity.address is None:
        raise ValueError(f"What contains {entity.key} of '{entity.source.name}' is not known: read it again.")
    return entity.address.uncast


def scanned(name: str, value: object) -> ScannedLiteral:
    """A Python value as the literal that stands for an alias; `ValueError` for one that has none."""
    parsed = parse_value(literal_of(value), name)
    if not isinstance(parsed, Literal):
        raise ValueError(f"'{name}' is {value!r:.60}, which no literal stands for.")
    return ScannedLiteral(f"@{name}", parsed.span.start, parsed.kind, parsed.text)


def literal_of(value: object) -> str:
    """A Python value as a literal of an expression; `ValueError` where there is none."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | Decimal() | UUID():
            return str(value)
        case float():
            return print_float(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"duration'{print_value(value // timedelta(microseconds=1) * 10, DURATION)}'"
        case bytes():
            return f"binary'{print_value(value, BINARY)}'"
        case _:
            raise ValueError(f"{value!r:.60} has no literal.")


def entity_of(row: Sequence[object], shape: EntityShape, schema: Schema) -> Entity:
    """The entity that a row of this shape holds, with those of its properties that were read."""
    stated = row[shape.type] if shape.type is not None else None
    actual = str(stated) if stated is not None else shape.entity_type
    version = row[shape.version] if shape.version is not None else None
    assert isinstance(version, int), "entities have versions"
    members: dict[str, object] = {}
    for part in shape.fields:
        if part.owner is None or schema.is_derived(actual, part.owner):
            members[part.name] = _member(part, row, schema)
    members.update(_dynamic_members(shape.dynamic, row, schema))
    key = tuple(row[part.index] for part in shape.key)
    assert all(isinstance(part, PrimitiveValue) for part in key), "keys are primitive"
    return Entity(shape.entity_set, actual, key, version, members)  # type: ignore[arg-type]  # asserted in the line before


def typed(result: object, type_ref: TypeRef) -> object:
    """Entities that are given where any of a type may live: each of a derived type says of which it is."""
    if type_ref.collection and isinstance(result, Iterable) and not isinstance(result, str | Mapping):
        return [typed(member, type_ref.element) for member in result]
    if isinstance(result, Entity) and result.type != type_ref.name:
        return {TYPE_ANNOTATION: f"#{result.type}", **result}
    return result


def _member(part: Field | ComplexField, row: Sequence[object], schema: Schema) -> object:
    if isinstance(part, Field):
        stated = row[part.type_index] if part.type_index is not None else None
        named = named_type(str(stated), schema) if stated is not None else None
        return cell_value(row[part.index], named or part.type, schema, is_told=named is not None)
    marker = row[part.marker] if part.marker is not None else True
    if marker is None:
        return None
    variant = next((known for known in part.variants if known.type == marker), part.variants[0])
    members = {inner.name: _member(inner, row, schema) for inner in variant.fields}
    members.update(_dynamic_members(variant.dynamic, row, schema))
    return members if variant.type == part.type.name else {TYPE_ANNOTATION: f"#{variant.type}", **members}


def _dynamic_members(part: DynamicField | None, row: Sequence[object], schema: Schema) -> dict[str, object]:
    kept = row[part.index] if part is not None else None
    found = {} if kept is None else recall_members(str(kept), schema)
    return {name: plain(value, UNTYPED, schema) for name, value in found.items()}


def cell_value(cell: object, type_ref: TypeRef, schema: Schema, *, is_told: bool = False) -> object:
    """A value as bodies see it that stands in one cell of a row; `is_told` where it says itself of which type it is."""
    if cell is None:
        return () if type_ref.collection else None
    if is_told:
        return plain(TypedValue(recall(str(cell), type_ref, schema), type_ref), UNTYPED, schema)
    if not (is_kept_whole(type_ref) or is_tagged_value(type_ref)):
        return bool(cell) if kind_of(type_ref) is Kind.BOOLEAN else cell  # SQLite and MariaDB have numbers for them
    return plain(recall(str(cell), type_ref, schema), type_ref, schema)


def plain_members(members: Mapping[str, object], holder: str, schema: Schema) -> dict[str, Any]:
    """Members of a type as bodies see them; those that it does not declare are dynamic."""
    declared = schema.properties(holder)
    types = {name: declared[name].type if name in declared else UNTYPED for name in members}
    return {name: plain(value, types[name], schema) for name, value in members.items()}


def plain(value: object, type_ref: TypeRef, schema: Schema) -> object:
    """A value as bodies see it: complex ones are mappings, which tell their types where their places do not.

    A value without a type is what its JSON shows, and one that states its type stays a `TypedValue`.
    """
    match value:
        case None | TypedValue(None):
            return None
        case ComplexValue(name, members, says_type):
            told = {TYPE_ANNOTATION: f"#{name}"} if says_type or type_ref.name != name else {}
            return {**told, **plain_members(members, name, schema)}
        case TypedValue(ComplexValue() as inner):
            return plain(inner, UNTYPED, schema)
        case TypedValue(inner, None):
            found = read_exact(str(inner))
            return tuple(found) if type_ref.collection and isinstance(found, list) else found
        case TypedValue():
            return value
        case tuple():
            return tuple(plain(inner, type_ref.element, schema) for inner in value)
        case _:
            return read_exact(str(value)) if is_tagged_value(type_ref) else value
