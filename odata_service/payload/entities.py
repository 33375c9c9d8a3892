"""A plan's shape becomes a function from row tuples to what orjson writes: generated once, run for every page.

The common case is one list comprehension of dictionary literals: nothing is called per row, and a value costs what its
kind needs. What a row has beyond its columns (expanded collections, ids) is added where the shape asks for it. Where
entities are of several types, each type has a function of its own, made when the first row of the type comes.
(JSON Format 4.5, 4.6, 6, 8.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from odata_service.edm.model import Schema
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.payload.format import Format
from odata_service.payload.ids import key_literal
from odata_service.payload.values import writer_for
from odata_service.plan.model import EntityShape, Field, ReadPlan, Rows, ToManyShape, ToOneShape

Objects = list[dict[str, object]]

_NO_ROWS = Rows([])
_UNTYPED = frozenset({"Edm.String", "Edm.Boolean", "Edm.Double"})


@dataclass(frozen=True, slots=True)
class EntityWriter:
    """The compiled form of a shape."""

    write: Callable[[Rows, str], Objects]
    source: str

    def objects(self, rows: Rows, base_url: str) -> Objects:
        """The entities of a page; ids and links begin with `base_url`."""
        return self.write(rows, base_url)


def compile_writer(plan: ReadPlan, schema: Schema, format: Format) -> EntityWriter:
    """The writer for the entities that a plan reads."""
    code = _Code(schema, format)
    body = code.entity(plan.shape, "r", plan, "rows.expanded")
    source = f"def write(rows, base):\n    return [{body} for ({_cells('r', len(plan.columns))}) in rows.rows]"
    write: Callable[[Rows, str], Objects] = code.compiled(source)
    return EntityWriter(write, source)


def _cells(row: str, width: int) -> str:
    """The names that a row tuple of this width is unpacked into: a name is read faster than a place of a tuple."""
    return "".join(f"{row}{place}, " for place in range(width))


class _Variants(dict[str | None, Callable[..., object]]):
    """The functions that write entities of each type of a shape."""

    def __init__(self, make: Callable[[str | None], Callable[..., object]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str | None) -> Callable[..., object]:
        made = self[name] = self._make(name)
        return made


@dataclass(slots=True)
class _Code:
    """The source of one writer and the objects that it names."""

    schema: Schema
    format: Format
    names: dict[str, object] = field(default_factory=lambda: {"B": {0: False, 1: True, None: None}, "key": key_literal})

    def name(self, value: object) -> str:
        """A name for an object in the source; equal ones share it."""
        for name, known in self.names.items():
            if known is value:
                return name
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def compiled(self, source: str) -> Callable[..., Any]:
        """The function `write` that a source defines."""
        exec(compile(source, "<entity writer>", "exec"), self.names)  # made of the model's names alone
        write: Callable[..., Any] = self.names["write"]  # type: ignore[assignment]  # defined by the source
        return write

    def entity(self, shape: EntityShape, row: str, plan: ReadPlan, expanded: str) -> str:
        """The dictionary of one entity: `row` begins its cells' names, `expanded` has the rows of `plan.expands`."""
        if shape.reference:
            return "{" + f"'@odata.id': {self._id(shape, row)}" + "}"
        if shape.type is None:
            return "{" + ", ".join(self._members(shape, row, plan, expanded)) + "}"
        cells = _cells(row, len(plan.columns))

        def variant(name: str | None) -> Callable[..., object]:
            body = ", ".join(self._members(self._of_type(shape, name), row, plan, "expanded", stated=shape.entity_type))
            return self.compiled(f"def write(base, expanded, {cells}):\n    return {{{body}}}")

        return f"{self.name(_Variants(variant))}[{row}{shape.type}](base, {expanded}, {cells})"

    def _of_type(self, shape: EntityShape, name: str | None) -> EntityShape:
        """What an entity of a type shows; a type that the model has no more is taken for the declared one."""
        schema, declared = self.schema, shape.entity_type
        actual = declared if name is None or not schema.is_derived(name, declared) else name

        def has(part: Field | ToOneShape | ToManyShape) -> bool:
            return part.owner is None or schema.is_derived(actual, part.owner)

        fields, expands = tuple(filter(has, shape.fields)), tuple(filter(has, shape.expands))
        return replace(shape, entity_type=actual, fields=fields, expands=expands, type=None)

    def _members(
        self, shape: EntityShape, row: str, plan: ReadPlan, expanded: str, *, stated: str | None = None
    ) -> Iterator[str]:
        """The members of an entity; `stated` is the type that the reader takes it for where nothing is said."""
        yield from self._control(shape, row, is_stated=stated in {None, shape.entity_type})
        for part in shape.fields:
            if self.format.metadata_level == "full" and part.type.name not in _UNTYPED:
                yield f"{part.name + '@odata.type'!r}: {self._type_name(part.type)!r}"
            yield f"{part.name!r}: {self._value(part, row)}"
        yield from self._links(shape, row)
        for item in shape.expands:
            if isinstance(item, ToOneShape):
                yield f"{item.name!r}: {self._to_one(item, row, plan, expanded)}"
            else:
                yield from self._to_many(item, row, plan, expanded)

    def _control(self, shape: EntityShape, row: str, *, is_stated: bool) -> Iterator[str]:
        level = self.format.metadata_level
        if level == "none":
            return
        if level == "full" or self.schema.profile.type_in_entities or not is_stated:
            yield f"'@odata.type': {'#' + shape.entity_type!r}"
        if level == "full" and shape.entity_set is not None:
            yield f"'@odata.id': {self._id(shape, row)}"
        if shape.version is not None:
            yield f"'@odata.etag': f'W/\"{{{row}{shape.version}}}\"'"
        if level == "full" and shape.entity_set is not None:
            yield f"'@odata.editLink': {self._id(shape, row)}"

    def _links(self, shape: EntityShape, row: str) -> Iterator[str]:
        level = self.format.metadata_level
        if level == "none" or shape.entity_set is None:
            return
        shown = {item.name for item in shape.expands}
        wanted = (
            self.schema.navigation_properties(shape.entity_type)
            if level == "full"
            else [part.name for part in shape.links]
        )
        for name in wanted:
            if name not in shown or level == "full":
                link = self._id(shape, row)
                yield f"{name + '@odata.navigationLink'!r}: {link} + {'/' + name!r}"
                if level == "full":
                    yield f"{name + '@odata.associationLink'!r}: {link} + {f'/{name}/$ref'!r}"

    def _type_name(self, type_ref: TypeRef) -> str:
        bare = type_ref.name.removeprefix("Edm.")
        return bare if self.format.version == "4.01" else f"#{bare}"

    def _id(self, shape: EntityShape, row: str) -> str:
        """The absolute id of an entity as an expression."""
        assert shape.entity_set is not None, "only entities of a set have ids"
        aliases = [part.name for part in self.schema.key(shape.entity_type)]
        values = [f"key({row}{part.index}, {self.name(part.type)})" for part in shape.key]
        if len(values) == 1:
            inner = values[0]
        else:
            pairs = [f"{alias + '='!r} + {value}" for alias, value in zip(aliases, values, strict=True)]
            inner = " + ',' + ".join(pairs)
        return f"base + {shape.entity_set.name + '('!r} + {inner} + ')'"

    def _value(self, part: Field, row: str) -> str:
        """A value as an expression; null stays null."""
        cell = f"{row}{part.index}"
        kind = kind_of(part.type)
        if kind is Kind.BOOLEAN:
            return f"B[{cell}]"
        if kind is Kind.INSTANT:
            return f"{cell} and {cell} + 'Z'"
        write = writer_for(part.type, ieee754=self.format.ieee754)
        if write is None:
            return cell
        return f"None if {cell} is None else {self.name(write)}({cell})"

    def _to_one(self, item: ToOneShape, row: str, plan: ReadPlan, expanded: str) -> str:
        body = self.entity(item.shape, row, plan, expanded)
        return f"None if {row}{item.present} is None else {body}"

    def _to_many(self, item: ToManyShape, row: str, plan: ReadPlan, expanded: str) -> Iterator[str]:
        """The members of an expanded collection; its rows are looked up by what they call this entity."""
        key = ", ".join(f"{row}{place}" for place in plan.expands[item.place].parent)
        found = f"{expanded}[{item.place}].get(({key},), {self.name(_NO_ROWS)})"
        if item.count:
            yield f"{item.name + '@odata.count'!r}: {found}.count or 0"
        if not item.count_only:
            child = plan.expands[item.place].plan
            rows, cells = f"{row}n", f"{row}c"
            inner = self.entity(item.shape, cells, child, f"{rows}.expanded")
            unpacked = _cells(cells, len(child.columns) + 1)
            yield f"{item.name!r}: [{inner} for {rows} in ({found},) for ({unpacked}) in {rows}.rows]"
