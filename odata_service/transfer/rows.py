"""Rows of files become leaves: cells of CSV and JSON values, each row with what it states and no more.

A row of CSV has a member of a complex value under its path (`address/city`), and collections, or complex values whole,
as JSON in a cell.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct, field

from odata_service.edm.annotations import COMPUTED, is_tagged
from odata_service.edm.json_text import read_exact
from odata_service.edm.kept import keep_members
from odata_service.edm.leaves import DYNAMIC, is_plain
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.structured import ComplexValue, Value, named_type
from odata_service.edm.types import Facets, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parse, parser
from odata_service.errors import PayloadError, did_you_mean
from odata_service.payload.read_values import ValueReader
from odata_service.payload.values import from_json
from odata_service.plan.values import merged_dynamic, spread, whole
from odata_service.plan.write import is_made_below
from odata_service.transfer.cells import PLACES, TYPE, UNTYPED

_FINEST = 7
"""The digits of a fraction that every temporal value has at most."""

_NO_TEXTS = PLACES | {Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT}

Result = TypeVar("Result")
Cells = Mapping[str, object]
Row = tuple[PrimitiveValue | None, ...]
Converter = Callable[[object], PrimitiveValue | None]
Spreader = Callable[[Cells], Sequence[PrimitiveValue | None]]


class RowForm(Struct, frozen=True):
    """How rows that state the same are read: the paths of their leaves, plain cells first, then all others."""

    paths: tuple[str, ...]
    plain: tuple[tuple[str, Converter], ...]
    others: tuple[Spreader, ...] = ()

    def read(self, cells: Cells) -> Row:
        """The leaves of a row; `ValueError` naming the property whose value does not fit."""
        values = [convert(cells[name]) for name, convert in self.plain]
        for spreader in self.others:
            values += spreader(cells)
        return tuple(values)


class RowForms(Struct):
    """The forms that rows have whose entities are of the type `holder`; `is_text` where cells are texts, as in CSV."""

    schema: Schema
    entity_set: EntitySet
    is_text: bool
    holder: str
    known: dict[tuple[str, ...], RowForm] = field(default_factory=dict)

    @property
    def reader(self) -> ValueReader:
        """What reads JSON values."""
        return ValueReader(self.schema)

    def form(self, stated: tuple[str, ...]) -> RowForm:
        """The form of a row that states these names; `ValueError` for a name that is no property."""
        found = self.known.get(stated)
        if found is None:
            found = self.known[stated] = self._make(stated)
        return found

    def _make(self, stated: tuple[str, ...]) -> RowForm:
        declared = self.schema.properties(self.holder)
        heads = {name: self._heads(name, stated) for name in self._names(stated)}
        paths: list[str] = []
        plain, others = [], []
        for name, cells in heads.items():
            part = declared.get(name)
            if part is None or (self._is_computed(part) and name not in self._key_names()):
                continue
            if is_plain(part.type):
                paths.append(self._path(part))
                plain.append((name, _converter(part, is_text=self.is_text)))
            else:
                others.append((part, cells))
        spreaders = [self._spreader(part, cells) for part, cells in others]
        for part, _ in others:
            paths += self._below(part)
        dynamic = [name for name in heads if name not in declared]
        if dynamic:
            paths.append(DYNAMIC)
            spreaders.append(self._dynamic(dynamic))
        return RowForm(tuple(paths), tuple(plain), tuple(spreaders))

    def _names(self, stated: Sequence[str]) -> list[str]:
        """The properties that a row states, each once; the key is among them."""
        holder = self.holder
        declared = self.schema.properties(holder)
        names = list(dict.fromkeys(name.partition("/")[0] for name in stated if "@" not in name.partition("/")[0]))
        for name in names:
            if name not in declared and not self.schema.is_open(holder):
                hint = did_you_mean(name, list(declared)) or f"It has {', '.join(declared)}."
                raise ValueError(f"'{name}' is no property of '{holder}'. {hint}")
        for name in self._key_names():
            if name not in names and not is_made_below(declared[name], self.entity_set):
                raise ValueError(f"the key '{name}' is missing.")
        return names

    def _heads(self, name: str, stated: Sequence[str]) -> list[str]:
        return [head for head in stated if head == name or head.startswith((f"{name}/", f"{name}@"))]

    def _key_names(self) -> set[str]:
        return {part.path.partition("/")[0] for part in self.schema.key(self.entity_set.entity_type)}

    def _is_computed(self, part: Property) -> bool:
        """Whether the database refuses values of others for a property."""
        return is_tagged(part.annotations, COMPUTED) and is_made_below(part, self.entity_set)

    def _below(self, part: Property) -> list[str]:
        leaves = self.schema.leaves(self.entity_set.entity_type)
        own = self._path(part)
        return [path for path in leaves if path == own or path.startswith(f"{own}/")]

    def _path(self, part: Property) -> str:
        return self.schema.member_path(self.entity_set.entity_type, self.holder, part.name)

    def _spreader(self, part: Property, heads: Sequence[str]) -> Spreader:
        """The function from a row to the leaves of a property whose value is not plain."""
        below = self._below(part)
        inner = [head for head in heads if "/" in head]
        cells = self._members(part.type, inner, len(part.name) + 1) if self.is_text and inner else None

        def read(row: Cells) -> Value:
            if cells is not None:
                return cells(row)
            told = {head: row[head] for head in heads if "@" in head and row[head] is not None}
            stated = told | {head: self._json(row[head]) for head in heads if "@" not in head}
            return self.reader.members(stated, self.holder, "").get(part.name)

        def leaves(row: Cells) -> Sequence[PrimitiveValue | None]:
            value = _accepted(lambda: whole(read(row), part.type, part.name, self.schema))
            if value is None and not part.type.nullable:
                raise ValueError(f"'{part.name}' must have a value.")
            found = dict(spread(self._path(part), value, part.type, self.schema))
            return [found.get(path) for path in below]

        return leaves

    def _members(self, type_ref: TypeRef, heads: Sequence[str], start: int) -> Callable[[Cells], ComplexValue | None]:
        """The function from a row's cells to a complex value; where all of them are empty there is none."""
        names = dict.fromkeys(head[start:].partition("/")[0] for head in heads)
        types = (type_ref.name, *self.schema.derived_from(type_ref.name))
        makers = {known: self._makers(known, names, heads, start) for known in types}
        for name in names:
            if name != TYPE and not any(name in known for known in makers.values()):
                raise ValueError(f"'{name}' is no property of '{type_ref.name}'.")
        told = next((head for head in heads if head[start:] == TYPE), None)

        def make(row: Cells) -> ComplexValue | None:
            stated = row[told] if told is not None else None
            holder = type_ref.name if stated is None else self.reader.check_type(stated, type_ref.name, heads[0])
            found = {name: maker(row) for name, maker in makers[holder].items()}
            present = {name: value for name, value in found.items() if value is not None}
            if not present and stated is None and type_ref.nullable:
                return None
            return ComplexValue(holder, present, stated is not None)

        return make

    def _makers(
        self, holder: str, names: Iterable[str], heads: Sequence[str], start: int
    ) -> dict[str, Callable[[Cells], Value]]:
        """The functions from a row's cells to the members of a complex value of one type."""
        declared = self.schema.properties(holder)
        return {name: self._cell(declared[name], heads[0][:start] + name, heads) for name in names if name in declared}

    def _cell(self, part: Property, head: str, heads: Sequence[str]) -> Callable[[Cells], Value]:
        inner = [other for other in heads if other.startswith(f"{head}/")]
        if inner:
            return self._members(part.type, inner, len(head) + 1)
        if is_plain(part.type):
            read = _text_reader(part.type)
            return lambda row: None if row[head] is None else _named(head, read, row[head])
        return lambda row: None if row[head] is None else self.reader.value(self._json(row[head]), part.type, head)

    def _dynamic(self, names: Sequence[str]) -> Spreader:
        holder = self.holder

        def leaves(row: Cells) -> Sequence[PrimitiveValue | None]:
            stated = {head: row[head] for head in row if head.partition("@")[0] in names}
            if self.is_text:
                stated = self._undeclared(stated)
            members = _accepted(lambda: self.reader.members(stated, holder, ""))
            return [keep_members(merged_dynamic({}, members, "", self.schema), holder, self.schema)]

        return leaves

    def _undeclared(self, cells: Cells) -> dict[str, object]:
        """The dynamic properties that a row of texts has: what is empty is not there, and JSON where a type says so."""
        found: dict[str, object] = {}
        for name, cell in cells.items():
            if "@" in name or cell is None:
                continue
            told = cells.get(f"{name}{TYPE}")
            found[name] = cell if told is None or self._is_text(str(told)) else self._json(cell)
            if told is not None and told != UNTYPED:
                found[f"{name}{TYPE}"] = told
        return found

    def _is_text(self, told: str) -> bool:
        """Whether JSON has values of a type as text."""
        bare = told.removeprefix("#")
        found = named_type(bare if "." in bare else f"Edm.{bare}", self.schema)
        return found is not None and is_plain(found) and kind_of(found) not in _NO_TEXTS

    def _json(self, cell: object) -> object:
        """What a cell has in it: JSON where cells are texts."""
        if not self.is_text or cell is None:
            return cell
        try:
            return read_exact(str(cell))
        except json.JSONDecodeError as error:
            raise ValueError(f"'{str(cell)[:40]}' is not JSON: {error.msg}.") from error


def _accepted(read: Callable[[], Result]) -> Result:
    """What is read; what a body would be refused for, a row is too."""
    try:
        return read()
    except PayloadError as error:
        raise ValueError(error.message) from error


def _named(name: str, read: Callable[[object], PrimitiveValue], cell: object) -> PrimitiveValue:
    try:
        return read(cell)
    except ValueError as error:
        raise ValueError(f"'{name}': {error}") from error


def _converter(part: Property, *, is_text: bool) -> Converter:
    """The function from a cell to a value; it raises `ValueError` naming the property."""
    name, nullable = part.name, part.type.nullable
    read = _text_reader(part.type) if is_text else _json_reader(part.type)

    def convert(value: object) -> PrimitiveValue | None:
        if value is None:
            if nullable:
                return None
            raise ValueError(f"'{name}' must have a value.")
        try:
            return read(value)
        except ValueError as error:
            raise ValueError(f"'{name}': {error}") from error

    return convert


def _text_reader(type_ref: TypeRef) -> Callable[[object], PrimitiveValue]:
    """For cells of CSV; texts without a length to check are taken as they are."""
    kind = kind_of(type_ref)
    if kind is Kind.STRING and type_ref.primitive.facets.max_length is None:
        return str
    if kind in PLACES:
        return lambda value: _geo(str(value), type_ref)
    read = parser(type_ref)
    if type_ref.facets in {Facets(), Facets(precision=_FINEST)} and type_ref.name != "Edm.Single":
        return lambda value: read(str(value))
    return lambda value: fit(read(str(value)), type_ref)


def _json_reader(type_ref: TypeRef) -> Callable[[object], PrimitiveValue]:
    """For JSON values and cells of XLSX; floats are taken by the digits they show, places from text as in URLs too."""
    if kind_of(type_ref) in PLACES:
        return lambda value: _geo(value, type_ref) if isinstance(value, str) else from_json(value, type_ref)
    return lambda value: from_json(Decimal(repr(value)) if isinstance(value, float) else value, type_ref)


def _geo(text: str, type_ref: TypeRef) -> PrimitiveValue:
    """A place from GeoJSON or well-known text."""
    return from_json(read_exact(text), type_ref) if text.lstrip().startswith("{") else parse(text, type_ref)
