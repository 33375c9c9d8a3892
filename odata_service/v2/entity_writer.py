"""A plan's shape becomes a function from row tuples to entities in verbose JSON (V2 JSON Format 5 to 8).

It is what `payload.compile_writer` makes for V4. What an entity says of itself and its links are one text, the value of
`__metadata` and members behind it: they are URIs, which hold nothing that JSON escapes.
"""

from collections.abc import Callable
from urllib.parse import quote

import orjson
from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.types import Kind, kind_of
from odata_service.payload import EntityWriter, Format
from odata_service.payload.entities import ExpandedPlace, Link, Objects
from odata_service.payload.generated import NO_ROWS, Cells, Source, Typed, complex_source, parent_of, row_cells, step_of
from odata_service.payload.ids import key_text as v4_key_text
from odata_service.payload.kept import KeptWriters
from odata_service.payload.values import writer_for
from odata_service.plan.model import (
    ComplexField,
    ComplexVariant,
    EntityShape,
    Field,
    ReadPlan,
    Rows,
    ToManyShape,
    ToOneShape,
)
from odata_service.semantics.resolved import MEDIA
from odata_service.v2.literals import key_text
from odata_service.v2.options import Wanted
from odata_service.v2.plain_keys import text_keys_of
from odata_service.v2.rows import Inner, Layout, Layouts, next_of
from odata_service.v2.values import INSTANTS

_FORMAT = Format("minimal", "4.0", ieee754=True)
_BINARY = "application/octet-stream"

Write = Callable[[Rows, str, str, Link], Objects]


def compile_v2_writer(plan: ReadPlan, wanted: Wanted, layouts: Layouts) -> EntityWriter:
    """The writer for the entities that a plan reads, of which this is wanted."""
    source, write = _compiled(plan, wanted, layouts, is_plain=True)
    keys = text_keys_of(plan)
    if keys.is_empty:
        return EntityWriter(write, source)
    made: list[Write] = []

    def write_any(rows: Rows, base_url: str, home: str, link: Link) -> Objects:
        if keys.are_plain(rows):
            return write(rows, base_url, home, link)
        if not made:
            made.append(_compiled(plan, wanted, layouts, is_plain=False)[1])
        return made[0](rows, base_url, home, link)

    return EntityWriter(write_any, source)


def _compiled(plan: ReadPlan, wanted: Wanted, layouts: Layouts, *, is_plain: bool) -> tuple[str, Write]:
    """The source of a writer and what it defines; `is_plain` where keys that are texts stand in URIs as they are."""
    names = {"F": orjson.Fragment, "I": INSTANTS.kept.get, "J": INSTANTS.made}
    code = _Code(layouts, Source(names), KeptWriters(layouts.model.schema, _FORMAT), is_plain)
    cells = Cells("r", plan, "rows.expanded", "''")
    body = code.entity(plan.shape, wanted, cells)
    source = f"def write(rows, base, home, link):\n    return [{body} for ({cells.names}) in rows.rows]"
    return source, code.source.compiled(source)


class _Uri(Struct, frozen=True):
    """The URI of an entity as a part of an f-string: where it is written first, and where it is written again."""

    first: str
    again: str


class _Code(Struct):
    """The source of one writer; the URI of each entity in a row has a name of its own."""

    layouts: Layouts
    source: Source
    kept: KeptWriters
    is_plain: bool
    entities: int = 0

    def entity(self, shape: EntityShape, wanted: Wanted, cells: Cells) -> str:
        """The object of one entity."""
        if shape.type is None:
            return self._object(shape, wanted, cells)
        typed = Typed(self.layouts.model.schema)
        return self.source.by_type(shape, cells, lambda one, inside: self._object(one, wanted, inside), typed)

    def _object(self, shape: EntityShape, wanted: Wanted, cells: Cells) -> str:
        layout = self.layouts.of_type(shape.entity_set.name, shape.entity_type, wanted)
        uri = self._uri(shape, cells.row)
        parts = {part.name: part for part in shape.fields}
        members = [f"'__metadata': {self._metadata(shape, layout, uri, cells.row)}"]
        members += [f"{name!r}: {self._member(parts.get(name), cells.row)}" for name, _, _ in layout.members]
        expands = {item.name: item for item in shape.expands}
        for inner in layout.inner:
            item = expands.get(inner.name)
            if isinstance(item, ToOneShape):
                members.append(f"{inner.name!r}: {self._to_one(item, inner, cells)}")
            elif item is not None:
                members.append(f"{inner.name!r}: {self._to_many(item, inner, (shape, uri), cells)}")
        return "{" + ", ".join(members) + "}"

    def _metadata(self, shape: EntityShape, layout: Layout, uri: _Uri, row: str) -> str:
        """What an entity says of itself, and its links behind that, in one text; it writes the URI first."""
        stream = next((part for part in shape.streams if part.name == MEDIA), None)
        told = f'"type":"{layout.type}"'
        if shape.version is not None:
            told += f',"etag":"W/\\\\"{{{row}{shape.version}}}\\\\""'
        written = f'f"""{{{{"id":"{uri.first}","uri":"{uri.again}",{told}'
        if stream is None or not layout.is_media:
            return f'F({written}}}}}{_links(uri, layout)}""")'
        media = f'{self.source.name(_media)}(f"""{uri.again}""", {row}{stream.type}, {row}{stream.version})'
        return f'F({written},""" + {media} + f"""{_links(uri, layout)}""")'

    def _uri(self, shape: EntityShape, row: str) -> _Uri:
        """The URI of an entity; what takes a call to be written has a name."""
        aliases = [part.path for part in self.layouts.model.schema.key(shape.entity_set.entity_type)]
        name = quote(shape.entity_set.name)
        texts = [self._key_text(part, row) for part in shape.key]
        if all(texts):
            key = texts[0] if len(texts) == 1 else ",".join(map("{}={}".format, aliases, texts))
            return _Uri(f"{{base}}{name}({key})", f"{{base}}{name}({key})")
        values = [self._key_value(part, row) for part in shape.key]
        pairs = " + ',' + ".join(f"{alias + '='!r} + {value}" for alias, value in zip(aliases, values, strict=True))
        self.entities += 1
        named = f"u{self.entities}"
        written = f"base + {name + '('!r} + {values[0] if len(values) == 1 else pairs} + ')'"
        return _Uri(f"{{({named} := {written})}}", f"{{{named}}}")

    def _key_text(self, part: Field, row: str) -> str:
        """A value of a key as a part of an f-string; empty where it takes a call."""
        cell, kind = f"{row}{part.index}", kind_of(part.type)
        if kind is Kind.STRING and self.is_plain:
            return f"'{{{cell}}}'"
        if kind is Kind.INTEGER:
            return f"{{{cell}}}{'L' if part.type.primitive.name == 'Edm.Int64' else ''}"
        return ""

    def _key_value(self, part: Field, row: str) -> str:
        write = self.source.name(key_text(kind_of(part.type), part.type.primitive.name))
        return f"{write}({self._v4_value(part, row)})"

    def _member(self, part: Field | ComplexField | None, row: str) -> str:
        if part is None:
            return "None"
        if isinstance(part, ComplexField):
            return self._complex(part, row)
        kind = kind_of(part.type)
        cell = f"{row}{part.index}"
        if kind is Kind.INSTANT:
            return f"({cell} and (I({cell}) or J({cell})))"
        convert = self.layouts.writer(part.type)
        value = self._v4_value(part, row)
        if convert is None:
            return value
        return f"None if {cell} is None else {self.source.name(convert)}({value})"

    def _v4_value(self, part: Field, row: str) -> str:
        """A value as V4's JSON has it, as an expression; null stays null."""
        cell, kind = f"{row}{part.index}", kind_of(part.type)
        if kind is None:
            write_text = self.source.name(_as_read(self.kept.text_writer(part.type)))
            return f"None if {cell} is None else {write_text}({cell})"
        if kind is Kind.BOOLEAN:
            return f"B[{cell}]"
        write = writer_for(part.type, _FORMAT)
        return cell if write is None else f"(None if {cell} is None else {self.source.name(write)}({cell}))"

    def _complex(self, part: ComplexField, row: str) -> str:
        return complex_source(part, row, [self._variant(variant, row) for variant in part.variants])

    def _variant(self, variant: ComplexVariant, row: str) -> str:
        parts = {part.name: part for part in variant.fields}
        members = [f"'__metadata': {{'type': {variant.type!r}}}"]
        members += [
            f"{name!r}: {self._member(parts.get(name), row)}" for name in self.layouts.model.properties(variant.type)
        ]
        return "{" + ", ".join(members) + "}"

    def _to_one(self, item: ToOneShape, inner: Inner, cells: Cells) -> str:
        body = self.entity(item.shape, inner.wanted, replace(cells, path=(*cells.path, step_of(item))))
        return f"None if {cells.row}{item.present} is None else {body}"

    def _to_many(self, item: ToManyShape, inner: Inner, owner: tuple[EntityShape, _Uri], cells: Cells) -> str:
        """The entities of a collection; `owner` is the shape of what they are around, and the name of its URI."""
        found = f"{cells.expanded}[{item.place}].get({parent_of(item, cells)}, {self.source.name(NO_ROWS)})"
        child, (shape, uri) = cells.plan.expands[item.place], owner
        rows, row, path = f"{cells.row}n", f"{cells.row}c", (*cells.path, step_of(item))
        written = self.entity(item.shape, inner.wanted, Cells(row, child.plan, f"{rows}.expanded", "''", path))
        unpacked = row_cells(row, len(child.plan.columns) + 1)
        listed = f"[{written} for ({unpacked}) in {rows}.rows]"
        key = "".join(f"{cells.row}{part.index}, " for part in shape.key)
        leads = self.layouts.model.schema.member_path(shape.entity_set.entity_type, shape.entity_type, item.name)
        follow = self.source.name(_Following(shape, leads, ExpandedPlace(path, child.plan), inner))
        following = f'{follow}(link, base, f"""{uri.again}""", {rows}, ({key}))'
        more = f"**({{'__next': {following}}} if {rows}.more else {{}})"
        return f"[{{'results': {listed}, {more}}} for {rows} in ({found},)][0]"


class _Following(Struct, frozen=True):
    """Makes the URI of what follows the entities that are shown along a navigation property: `path` as V4 has it."""

    shape: EntityShape
    path: str
    place: ExpandedPlace
    inner: Inner

    def __call__(self, link: Link, base_url: str, uri: str, rows: Rows, key: tuple[object, ...]) -> str:
        names = [part.name for part in self.shape.key]
        predicate = v4_key_text(names, [part.type for part in self.shape.key], key)
        v4_url = f"{base_url}{self.shape.entity_set.name}({predicate})/{self.path}"
        return next_of(link(self.place, v4_url, rows), self.inner, uri)


def _media(uri: str, media_type: object, version: object) -> str:
    """What is said of the stream of a media entity behind its other metadata."""
    told = {"content_type": media_type or _BINARY, "media_src": f"{uri}/$value", "edit_media": f"{uri}/$value"}
    if version is not None:
        told["media_etag"] = f'W/"{version}"'
    return orjson.dumps(told).decode("utf-8")[1:]


def _links(uri: _Uri, layout: Layout) -> str:
    """The links of an entity, as further members of the object that the text of a member stands in."""
    written = (f'"{name}":{{{{"__deferred":{{{{"uri":"{uri.again}{ending}"}}}}}}}}' for name, ending in layout.links)
    return "".join(map(",{}".format, written))


def _as_read(write: Callable[[str], object]) -> Callable[[str], object]:
    """The value that a writer gives, as it is when its JSON has been read."""
    return lambda text: orjson.loads(orjson.dumps(write(text)))
