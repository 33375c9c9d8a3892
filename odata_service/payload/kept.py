"""JSON text as it is kept becomes JSON as clients read it: functions made once for a type and a format (`edm.kept`).

Where both forms are the same, as of a collection of texts, the text goes out as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from msgspec import Struct, field

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.kept import TYPE_MEMBER, recall
from odata_service.edm.leaves import is_tagged_value
from odata_service.edm.model import Property, Schema
from odata_service.edm.structured import named_type
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.payload.format import Format
from odata_service.payload.omitted import default_of, marked
from odata_service.payload.values import writer_for
from odata_service.plan.model import Field
from odata_service.semantics.resolved import EVERYTHING, Selection

Write = Callable[..., object]
"""From a kept value that is not null to what orjson writes."""

OBVIOUS = frozenset({"Edm.String", "Edm.Boolean", "Edm.Double"})
"""The types that JSON values show by themselves."""

_AS_KEPT = frozenset({Kind.BOOLEAN, Kind.INTEGER, Kind.STRING, Kind.GUID, Kind.BINARY, Kind.DATE})


def type_annotation(type_ref: TypeRef, format: Format) -> str:
    """What `@odata.type` says of a type: built-in ones without their namespace, with a hash sign before 4.01.

    >>> type_annotation(TypeRef("Edm.Int32", collection=True), Format("full", "4.0"))
    '#Collection(Int32)'
    """
    bare = type_ref.name.removeprefix("Edm.")
    name = f"Collection({bare})" if type_ref.collection else bare
    return name if format.version == "4.01" and bare != type_ref.name else f"#{name}"


def annotates(type_ref: TypeRef, format: Format) -> bool:
    """Whether the type of a declared property is told beside it: with full metadata all but those that JSON shows."""
    is_complex = kind_of(type_ref) is None and not type_ref.collection
    return format.metadata_level == "full" and type_ref.name not in OBVIOUS - _collected(type_ref) and not is_complex


def count_of(text: object) -> int:
    """How many members a kept collection has."""
    assert text is None or isinstance(text, str), "collections are kept as text"
    found = orjson.loads(text) if text is not None else []
    assert isinstance(found, list), "collections are kept as arrays"
    return len(found)


def _collected(type_ref: TypeRef) -> frozenset[str]:
    return frozenset({type_ref.name}) if type_ref.collection else frozenset()


class KeptWriters(Struct):
    """The functions for one schema and format, each made when it is first asked for."""

    schema: Schema
    format: Format
    complex: dict[str, Mapping[str, Write]] = field(default_factory=dict)

    def text_writer(self, type_ref: TypeRef, shown: Selection = EVERYTHING, within: Sequence[Field] = ()) -> Write:
        """For the text of a collection or of a complex value that is kept whole, of which so much is shown.

        The texts of what is asked `within` it come behind it, see `semantics.within`.
        """
        if within:
            return self._asked_within(type_ref, shown, within)
        if type_ref.collection and self._goes_as_kept(type_ref.element):
            return orjson.Fragment
        write = self._writer(type_ref, shown)
        return lambda text: write(read_exact(text))

    def _asked_within(self, type_ref: TypeRef, shown: Selection, within: Sequence[Field]) -> Write:
        """For a complex value or a collection of such, with what is asked inside of it, or of each of its members."""
        write_objects = self._objects(type_ref, shown, within)
        if type_ref.collection:
            return lambda text, *texts: write_objects(read_exact(text), [read_exact(known) for known in texts])

        def write(text: str, *texts: str) -> object:
            (found,) = write_objects([read_exact(text)], [[read_exact(known)] for known in texts])
            return found

        return write

    def _objects(
        self, type_ref: TypeRef, shown: Selection, within: Sequence[Field]
    ) -> Callable[[Any, Sequence[Any]], list[Any]]:
        """From kept objects, and columns with a list of one value for each of them, to what shows them."""
        write = self._writer(type_ref.element, shown)
        put = [self._put(part, type_ref.name) for part in within]

        def write_all(kept: Any, columns: Sequence[Any]) -> list[Any]:
            objects = []
            for known, *cells in zip(kept, *columns, strict=True):
                found = None if known is None else write(known)
                if isinstance(found, dict):
                    values = iter([value for (value,) in cells])
                    for put_member in put:
                        put_member(known, found, values)
                objects.append(found)
            return objects

        return write_all

    def _put(self, part: Field, declared: str) -> Callable[[Any, dict[str, Any], Iterator[Any]], None]:
        """What puts a member into an object, from what is kept of that and the values of what is asked within."""
        width, write = sum(1 for _ in part.places), self._member_within(part)

        def put(kept: Any, found: dict[str, Any], values: Iterator[Any]) -> None:
            cells, name = list(islice(values, width)), str(kept.get(TYPE_MEMBER, declared))
            for step in part.way:
                owner, _, last = step.rpartition("/")
                if kept.get(last) is None or (owner and not self.schema.is_derived(name, owner)):
                    return
                kept, found, inner = kept[last], found[last], self.schema.properties(name)[last].type.name
                name = str(kept.get(TYPE_MEMBER, inner))
            if part.owner is None or self.schema.is_derived(name, part.owner):
                told = {known: found.pop(known) for known in [*found] if known.partition("@")[0] == part.name}
                told.pop(part.name, None)
                found.update(told)
                found.update(write(cells))

        return put

    def _member_within(self, part: Field) -> Callable[[list[Any]], dict[str, object]]:
        """From what was asked for a member within a value to the members that show it."""
        if part.told is not None:
            write_value, told = self._computed_writer(part.type), self._told(part)
            return lambda cells: {**told, part.name: None if cells[0] is None else write_value(cells[0])}
        write_all = self._writer(part.type, part.shown or EVERYTHING)
        write_objects = self._objects(part.type, part.shown or EVERYTHING, part.within)

        def write(cells: list[Any]) -> dict[str, object]:
            value, *others = cells
            told: dict[str, object] = {}
            if part.count is not None:
                count = others.pop(0)
                told[f"{part.name}@odata.count"] = str(count) if self.format.ieee754 else count
            return {**told, part.name: write_objects(value, others) if part.within else write_all(value or [])}

        return write

    def _told(self, part: Field) -> dict[str, object]:
        """What tells the type of a computed value, where JSON does not show it."""
        if self.format.metadata_level == "none" or part.type.name in OBVIOUS:
            return {}
        return {f"{part.name}@odata.type": type_annotation(part.type, self.format)}

    def _computed_writer(self, type_ref: TypeRef) -> Write:
        """For a value of an expression as databases make JSON of it: exact numbers are text, truth may be a number."""
        match kind_of(type_ref):
            case Kind.BOOLEAN:
                return bool
            case Kind.FLOAT:
                write = writer_for(type_ref, self.format) or _same
                return lambda value: write(float(value))
            case Kind.DECIMAL:
                write_decimal = writer_for(type_ref, self.format) or _same
                return lambda value: write_decimal(_trimmed(str(value)))
            case _:
                return self._writer(type_ref)

    def tagged_writer(self, name: str) -> Callable[[str | None, str | None], dict[str, object]]:
        """For a property of an abstract type: from its text and the name of its type to the members that show it."""

        def write(text: str | None, stated: str | None) -> dict[str, object]:
            if text is None:
                return {name: None}
            return self._tagged(name, read_exact(text), stated)

        return write

    def stated_members(self, kept: object, stated: str | None) -> dict[str, object]:
        """The members `value` and `value@odata.type` that show a value which says of which type it is."""
        return self._tagged("value", kept, stated)

    def dynamic_writer(self, names: tuple[str, ...] | None) -> Callable[[str | None], dict[str, object]]:
        """For dynamic properties: from their text to the members that show them, or those of these names."""

        def write(text: str | None) -> dict[str, object]:
            if text is None:
                return {} if names is None else dict.fromkeys(names)
            kept = read_exact(text)
            assert isinstance(kept, dict), "dynamic properties are kept as an object"
            return self._dynamic(kept, names)

        return write

    def _goes_as_kept(self, type_ref: TypeRef) -> bool:
        is_long = type_ref.primitive.name == "Edm.Int64" and self.format.ieee754
        return kind_of(type_ref) in _AS_KEPT and not is_long

    def _writer(self, type_ref: TypeRef, shown: Selection = EVERYTHING) -> Write:
        """For a value as JSON parses it."""
        if type_ref.collection:
            item = self._writer(type_ref.element, shown)
            return lambda kept: [None if part is None else item(part) for part in kept]
        kind = kind_of(type_ref)
        match kind:
            case None:
                return lambda kept: self._complex(kept, type_ref.name, says_type=TYPE_MEMBER in kept, shown=shown)
            case Kind.UNTYPED | Kind.GEOGRAPHY | Kind.GEOMETRY:
                return _raw
            case Kind.FLOAT:
                write = writer_for(type_ref, self.format) or _same
                return lambda kept: kept if isinstance(kept, str) else write(float(kept))
            case Kind.DECIMAL:
                write_decimal = writer_for(type_ref, self.format) or _same
                return lambda kept: write_decimal(Decimal(kept))
            case Kind.BINARY | Kind.BOOLEAN:
                return _same
            case _:
                return writer_for(type_ref, self.format) or _same

    def _complex(
        self, kept: Mapping[str, object], declared: str, *, says_type: bool, shown: Selection = EVERYTHING
    ) -> dict[str, object]:
        name = str(kept.get(TYPE_MEMBER, declared))
        level, shown = self.format.metadata_level, shown.of_type(name, self.schema)
        result: dict[str, object] = {}
        if level == "full" or (says_type and level == "minimal"):
            result["@odata.type"] = f"#{name}"
        told = [one for one in shown.annotations if one.owner is None or self.schema.is_derived(name, one.owner)]
        parts = self.schema.properties(name)
        apart = {one.target for one in told if one.target is None or not shown.chooses(one.target)}
        result.update({one.name: orjson.Fragment(one.value) for one in told if one.target in apart})
        for part in parts.values():
            if shown.shows(part):
                result.update({one.name: orjson.Fragment(one.value) for one in told if one.target == part.name})
                result.update(self._member(part, kept, shown.inside(part.name)))
        if shown.dynamic != ():
            others = {key: inner for key, inner in kept.items() if key.partition("@")[0] not in parts}
            result.update(self._dynamic(others, shown.dynamic))
        return result

    def _member(self, part: Property, kept: Mapping[str, object], shown: Selection) -> dict[str, object]:
        inner = kept.get(part.name)
        if is_tagged_value(part.type):
            return self._tagged(part.name, inner, kept.get(part.name + TYPE_MEMBER))
        result: dict[str, object] = {}
        if annotates(part.type, self.format):
            result[f"{part.name}@odata.type"] = type_annotation(part.type, self.format)
        if inner is None:
            result[part.name] = [] if part.type.collection else None
        else:
            result[part.name] = self._writer(part.type, shown)(inner)
        default = None if len(result) > 1 else default_of(part, self.format)
        if default is not None:
            known = None if inner is None else recall(write_exact(inner), part.type, self.schema)
            result[part.name] = marked(default)(known, result[part.name])
        return result

    def _dynamic(self, kept: Mapping[str, object], names: tuple[str, ...] | None) -> dict[str, object]:
        result: dict[str, object] = {}
        for name in names or [name for name in kept if "@" not in name]:
            result.update(self._tagged(name, kept.get(name), kept.get(name + TYPE_MEMBER)))
        return result

    def _tagged(self, name: str, kept: object, stated: object) -> dict[str, object]:
        """The members that show a value which says of which type it is; text, numbers and truth need not."""
        type_ref = named_type(str(stated), self.schema) if stated is not None else None
        if type_ref is None:
            return {name: None if kept is None else _raw(kept)}
        if kind_of(type_ref) is None and not type_ref.collection:
            assert isinstance(kept, dict), "complex values are kept as objects"
            return {name: self._complex(kept, type_ref.name, says_type=True)}
        shown = {name: self._writer(type_ref)(kept)}
        if self.format.metadata_level == "none" or (type_ref.name in OBVIOUS and _is_obvious(kept, type_ref)):
            return shown
        return {f"{name}@odata.type": type_annotation(type_ref, self.format), **shown}


def _trimmed(text: str) -> Decimal:
    """A decimal without the zeros at its end: how many there are is a matter of the database."""
    return Decimal(text.rstrip("0").rstrip(".") if "." in text and "E" not in text.upper() else text)


def _is_obvious(kept: object, type_ref: TypeRef) -> bool:
    """Whether JSON itself shows the type of a value; INF and NaN are text there."""
    return not type_ref.collection and (type_ref.name != "Edm.Double" or not isinstance(kept, str))


def _raw(kept: object) -> object:
    return orjson.Fragment(write_exact(kept))


def _same(kept: object) -> object:
    return kept
