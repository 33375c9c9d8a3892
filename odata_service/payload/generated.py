"""What generated writers of entities are made of: names for objects, cells of rows, functions by the type of a row."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.plan.model import (
    OUTER,
    ComplexField,
    EntityShape,
    Field,
    ReadPlan,
    Rows,
    StreamField,
    ToManyShape,
    ToOneShape,
)
from odata_service.semantics.resolved import ShownAnnotation

NO_ROWS = Rows([])


class Cells(Struct, frozen=True):
    """Where the source of a writer finds an entity: `row` begins the names of its cells, `expanded` is the expression
    of the rows of `plan.expands`, `home` that of the URL of what it is contained in. `path` are the items of $expand
    that lead to it.
    """

    row: str
    plan: ReadPlan
    expanded: str
    home: str
    path: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """The names of all cells of the row."""
        return row_cells(self.row, len(self.plan.columns))

    def given(self, names: str) -> str:
        """What the function that writes an entity of this row is called with; `names` are those beside the cells."""
        return f"{names.replace('home', self.home).replace('expanded', self.expanded)}, {self.names}"


def row_cells(row: str, width: int) -> str:
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


class Source:
    """The source of one writer and the objects that it names; `B` makes a Boolean of what databases keep."""

    def __init__(self, names: dict[str, object]) -> None:
        self._names = {"B": {0: False, 1: True, None: None}, **names}

    def name(self, value: object) -> str:
        """A name for an object in the source; equal ones share it."""
        for name, known in self._names.items():
            if known is value:
                return name
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name

    def compiled(self, source: str) -> Callable[..., Any]:
        """The function `write` that a source defines."""
        exec(compile(source, "<entity writer>", "exec"), self._names)  # made of the model's names alone
        write: Callable[..., Any] = self._names["write"]  # type: ignore[assignment]  # defined by the source
        return write

    def function(self, body: str, cells: Cells, names: str) -> Callable[..., Any]:
        """A function of the cells of a row, and of further names before them, that gives an expression."""
        return self.compiled(f"def write({names}, {cells.names}):\n    return {body}")

    def by_type(
        self, shape: EntityShape, cells: Cells, body: Callable[[EntityShape, Cells], str], typed: "Typed"
    ) -> str:
        """The call of the function for the type that a row has, which `body` gives the expression of."""
        inside = replace(cells, expanded="expanded", home="home")

        def variant(name: str | None) -> Callable[..., object]:
            return self.function(body(_of_type(shape, name, typed.schema), inside), cells, typed.names)

        return f"{self.name(_Variants(variant))}[{cells.row}{shape.type}]({cells.given(typed.names)})"


class Typed(Struct, frozen=True):
    """The model that tells types apart, and the names that functions for each of them are given beside the cells."""

    schema: Schema
    names: str = "base, home, link, expanded"


def _of_type(shape: EntityShape, name: str | None, schema: Schema) -> EntityShape:
    """What an entity of a type shows; a type that the model has no more is taken for the declared one."""
    declared = shape.entity_type
    actual = declared if name is None or not schema.is_derived(name, declared) else name

    def has(part: Field | ComplexField | StreamField | ToOneShape | ToManyShape | ShownAnnotation) -> bool:
        return part.owner is None or schema.is_derived(actual, part.owner)

    return replace(
        shape,
        entity_type=actual,
        fields=tuple(filter(has, shape.fields)),
        streams=tuple(filter(has, shape.streams)),
        annotations=tuple(filter(has, shape.annotations)),
        expands=tuple(filter(has, shape.expands)),
        type=None,
        dynamic=shape.dynamic if schema.is_open(actual) else None,
    )


def parent_of(item: ToManyShape, cells: Cells) -> str:
    """What the rows of an expanded collection call the row that it belongs to."""
    places = (len(cells.plan.columns) if place == OUTER else place for place in cells.plan.expands[item.place].parent)
    return "(" + "".join(f"{cells.row}{place}," for place in places) + ")"


def step_of(item: ToOneShape | ToManyShape) -> str:
    """An item of $expand as it is called among those beside it."""
    return item.name if item.owner is None else f"{item.owner}/{item.name}"


def complex_source(part: ComplexField, row: str, variants: Sequence[str]) -> str:
    """The source of a complex value: which of its variants it is, where there are several, its marker tells."""
    first, *derived = variants
    if part.marker is None:
        return first
    marker = f"{row}{part.marker}"
    others = zip(part.variants[1:], derived, strict=True)
    choice = "".join(f"{body} if {marker} == {variant.type!r} else " for variant, body in others)
    return f"(None if {marker} is None else {choice}{first})"
