"""A plan's shape becomes a function from row tuples to what orjson writes: generated once, run for every page.

The common case is one list comprehension of dictionary literals: nothing is called per row, and a value costs what its
kind needs. What a row has beyond its columns (expanded collections, ids) is added where the shape asks for it. Where
entities are of several types, each type has a function of its own, made when the first row of the type comes.
(JSON Format 4.5, 4.6, 6, 8.)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import orjson
from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.model import Property, Schema
from odata_service.edm.types import Kind, kind_of
from odata_service.payload.apart import Apart, beside, inside, unshown
from odata_service.payload.context_url import shown_members
from odata_service.payload.format import Format
from odata_service.payload.generated import NO_ROWS, Cells, Source, Typed, complex_source, parent_of, row_cells, step_of
from odata_service.payload.ids import key_literal
from odata_service.payload.kept import OBVIOUS, KeptWriters, annotates, type_annotation
from odata_service.payload.omitted import default_of, marked, without_omitted
from odata_service.payload.repeated import reference_to, shown_as
from odata_service.payload.streams import stream_content
from odata_service.payload.values import writer_for
from odata_service.plan.model import (
    ComplexField,
    ComplexVariant,
    DynamicField,
    EntityShape,
    Field,
    ReadPlan,
    Rows,
    StreamField,
    ToManyShape,
    ToOneShape,
)
from odata_service.semantics.resolved import EVERYTHING, MEDIA, ShownAnnotation

Objects = list[dict[str, object]]


class ExpandedPlace(Struct, frozen=True):
    """Where an expanded collection stands: the items of $expand on the way to it, and its plan."""

    path: tuple[str, ...]
    plan: ReadPlan


Link = Callable[[ExpandedPlace, str, Rows], str]
"""From the place of an expanded collection, its URL and the page that was read to its next link."""


def whole(place: ExpandedPlace, _url: str, _rows: Rows) -> str:
    """The next link where there is none: what is read has no pages."""
    raise AssertionError(f"'{place.path[-1]}' is read in pages, and nothing links to the next one")


class EntityWriter(Struct, frozen=True):
    """The compiled form of a shape."""

    write: Callable[[Rows, str, str, Link], Objects]
    source: str
    omits: bool = False

    def objects(self, rows: Rows, base_url: str, home: str = "", link: Link = whole) -> Objects:
        """The entities of a page; ids and links begin with `base_url`.

        `home` is the URL of the collection that contained entities are in, or of a single entity itself. `link` makes
        the next links of expanded collections.
        """
        objects = self.write(rows, base_url, home, link)
        return [without_omitted(entity) for entity in objects] if self.omits else objects


def compile_writer(plan: ReadPlan, schema: Schema, format: Format) -> EntityWriter:
    """The writer for the entities that a plan reads."""
    code = _Code(schema, format, KeptWriters(schema, format))
    cells = Cells("r", plan, "rows.expanded", "home")
    body = code.entity(plan.shape, cells)
    begin = "    known = set()\n" if format.refers else ""
    written = f"[{body} for ({cells.names}) in rows.rows]"
    source = f"def write(rows, base, home, link):\n{begin}    return {written}"
    write: Callable[[Rows, str, str, Link], Objects] = code.source.compiled(source)
    return EntityWriter(write, source, format.omits is not None)


class _Code(Struct):
    """The source of one writer and the objects that it names; `shown` are the ways in which it tells of entities."""

    schema: Schema
    format: Format
    kept: KeptWriters
    shown: list[object] = field(default_factory=list)
    source: Source = field(default_factory=lambda: Source({"key": key_literal}))

    def entity(self, shape: EntityShape, cells: Cells) -> str:
        """The dictionary of one entity."""
        if shape.reference:
            return "{" + f"'@odata.id': {self._id(shape, cells)}" + "}"
        if shape.part is not None:
            return self._part(shape, cells)
        body = self._whole(shape, cells)
        if not self.format.refers or shape.transient or shape.context is not None or _is_annotated(shape):
            return body
        shown = shown_as(shape, cells.plan)
        if shown not in self.shown:
            self.shown.append(shown)
        place = self.shown.index(shown)
        return f"({self.source.name(reference_to)}({place}, {self._id(shape, cells)}, known) or {body})"

    @property
    def given(self) -> str:
        """What the functions that write single entities are given beside their cells."""
        return "base, home, link, expanded" + (", known" if self.format.refers else "")

    def _whole(self, shape: EntityShape, cells: Cells) -> str:
        if shape.type is None:
            return "{" + ", ".join(self._members(shape, cells, stated=shape.declared)) + "}"

        def variant(one: EntityShape, inside: Cells) -> str:
            return "{" + ", ".join(self._members(one, inside, stated=shape.declared or shape.entity_type)) + "}"

        return self.source.by_type(shape, cells, variant, Typed(self.schema, self.given))

    def _part(self, shape: EntityShape, cells: Cells) -> str:
        """The instance in the shape that the row says it has."""
        inside = replace(cells, expanded="expanded", home="home")
        parts = [self.source.function(self.entity(part, inside), cells, self.given) for part in shape.parts]
        return f"{self.source.name(parts)}[{cells.row}{shape.part}]({cells.given(self.given)})"

    def _members(self, shape: EntityShape, cells: Cells, *, stated: str | None = None) -> Iterator[str]:
        """The members of an entity; `stated` is the type that the reader takes it for where nothing is said."""
        yield from self._control(shape, cells, is_stated=stated in {None, shape.entity_type})
        links, expanded = [*self._links(shape, cells)], [*self._expanded(shape, cells)]
        streams = [made for stream in shape.streams for made in self._streamed(stream, shape, cells)]
        declared = {} if shape.transient else self.schema.properties(shape.entity_type)
        for target in unshown(shape.annotations, shape.fields):
            yield from self._said_of(target, shape.annotations)
        for part in shape.fields:
            yield from self._said_of(part.name, shape.annotations)
            apart = [(way[shape.depth :], member) for way, member in (*streams, *links, *expanded)]
            yield from self._member(part, cells.row, declared, inside(part.name, apart))
        yield from beside(streams)
        if shape.dynamic is not None:
            yield self._dynamic(shape.dynamic, cells.row)
        yield from beside(links)
        yield from self._operations(shape, cells)
        yield from beside(expanded)

    def _expanded(self, shape: EntityShape, cells: Cells) -> Iterator[Apart]:
        """What is expanded, each with the path of the complex value that it is shown in."""
        for item in shape.expands:
            yield from self._shown_links(item, shape, cells)
            *way, name = item.name.split("/")
            if isinstance(item, ToOneShape):
                yield way, f"{name!r}: {self._to_one(item, shape, cells)}"
            else:
                yield from ((way, member) for member in self._to_many(item, name, shape, cells))

    def _control(self, shape: EntityShape, cells: Cells, *, is_stated: bool) -> Iterator[str]:
        level = self.format.metadata_level
        if level == "none":
            return
        if shape.context is not None:
            yield f"'@odata.context': {shape.context!r}"
        if shape.transient:
            if self.format.version == "4.0" and shape.joined is None:
                yield "'@odata.id': None"
            return
        if shape.is_apart:
            yield f"'@odata.context': {self._context(shape, cells)}"
        if level == "full" or self.schema.profile.type_in_entities or not is_stated:
            yield f"'@odata.type': {'#' + shape.entity_type!r}"
        if level == "full" or shape.is_apart or not (shape.depth or _tells_its_key(shape)):
            yield f"'@odata.id': {self._id(shape, cells)}"
        if shape.version is not None:
            yield f"'@odata.etag': f'W/\"{{{cells.row}{shape.version}}}\"'"
        if level == "full":
            is_plain = is_stated or shape.entity_type == shape.entity_set.entity_type
            cast = "" if is_plain else f" + {'/' + shape.entity_type!r}"
            yield f"'@odata.editLink': {self._id(shape, cells)}{cast}"

    def _context(self, shape: EntityShape, cells: Cells) -> str:
        """The context URL of an entity that tells of its source as an expression."""
        single = "" if shape.entity_set.is_single else "/$entity"
        if shape.entity_set.is_contained:
            return f"base + '$metadata#' + {cells.home}.removeprefix(base) + {single!r}"
        return f"base + {f'$metadata#{shape.entity_set.name}{single}'!r}"

    def _streamed(self, stream: StreamField, shape: EntityShape, cells: Cells) -> Iterator[Apart]:
        """What is told of a stream, with the path of the complex value that it belongs to."""
        *way, name = stream.name.split("/")
        yield from ((way, member) for member in self._stream(stream, name, shape, cells))

    def _stream(self, stream: StreamField, name: str, shape: EntityShape, cells: Cells) -> Iterator[str]:
        """What is told of a stream: its media type and ETag where there is one; links where they are not as usual."""
        yield from self._content(stream, name, cells.row)
        level = self.format.metadata_level
        if level == "none":
            return
        is_media = stream.name == MEDIA
        prefix = "@odata." if is_media else f"{name}@odata."
        if level == "full":
            path = MEDIA if is_media else self._path(shape, stream.name)
            link = f"{self._id(shape, cells)} + {'/' + path!r}"
            yield f"{prefix + 'mediaEditLink'!r}: {link}"
            yield f"{prefix + 'mediaReadLink'!r}: {link}"
        row, tag = cells.row, f"f'W/\"{{{cells.row}{stream.version}}}\"'"
        told = f"{prefix + 'mediaContentType'!r}: {row}{stream.type}, {prefix + 'mediaEtag'!r}: {tag}"
        yield f"**({{}} if {row}{stream.version} is None else {{{told}}})"

    def _content(self, stream: StreamField, name: str, row: str) -> Iterator[str]:
        """The stream itself where it is expanded."""
        if stream.content is not None:
            cells = f"{row}{stream.content}, {row}{stream.type}"
            yield f"{name!r}: {self.source.name(stream_content)}({cells})"

    def _links(self, shape: EntityShape, cells: Cells) -> Iterator[Apart]:
        """Where navigation properties lead, each with the path of the complex value that it belongs to."""
        level = self.format.metadata_level
        for item in shape.joined or () if level != "none" else ():
            yield [], f"{item.name + '@odata.navigationLink'!r}: {self._id(item.shape, cells)}"
        if level == "none" or shape.transient:
            return
        shown = {item.name for item in shape.expands}
        wanted = (
            self.schema.navigation_properties(shape.entity_type)
            if level == "full"
            else [part.name for part in shape.links]
        )
        for name in wanted:
            if name not in shown:
                yield from self._links_of(name, shape, cells)

    def _shown_links(self, item: ToOneShape | ToManyShape, shape: EntityShape, cells: Cells) -> Iterator[Apart]:
        """The links of what is expanded, right before it (JSON Format 4.5)."""
        is_full = self.format.metadata_level == "full" and not shape.transient
        if is_full and item.name in self.schema.navigation_properties(shape.entity_type):
            yield from self._links_of(item.name, shape, cells)

    def _links_of(self, name: str, shape: EntityShape, cells: Cells) -> Iterator[Apart]:
        link, path = self._id(shape, cells), self._path(shape, name)
        *way, last = name.split("/")
        yield way, f"{last + '@odata.navigationLink'!r}: {link} + {'/' + path!r}"
        if self.format.metadata_level == "full":
            yield way, f"{last + '@odata.associationLink'!r}: {link} + {f'/{path}/$ref'!r}"

    def _operations(self, shape: EntityShape, cells: Cells) -> Iterator[str]:
        """What operations an entity has: with full metadata where, which else follows from their names."""
        level = self.format.metadata_level
        names = Counter(operation.name for operation in shape.operations)
        for operation in shape.operations if level != "none" else ():
            listed = ",".join(operation.parameters)
            given = ",".join(f"{name}=@{name}" for name in operation.parameters)
            shown = f"{operation.name}({listed})" if names[operation.name] > 1 else operation.name
            path = f"/{operation.name}{f'({given})' if operation.is_function else ''}"
            told = f"{{'title': {operation.name!r}, 'target': {self._id(shape, cells)} + {path!r}}}"
            yield f"{'#' + shown!r}: {told if level == 'full' else '{}'}"

    def _path(self, shape: EntityShape, name: str) -> str:
        """A navigation property as it stands behind the entity's URL, with a cast where one is needed."""
        return self.schema.member_path(shape.entity_set.entity_type, shape.entity_type, name)

    def _member(
        self, part: Field | ComplexField, row: str, declared: Mapping[str, Property], apart: Sequence[Apart] = ()
    ) -> Iterator[str]:
        """The members for a property; what stands `apart` from its value belongs into it."""
        if isinstance(part, ComplexField):
            yield f"{part.name!r}: {self._complex(part, row, apart)}"
        elif part.type_index is not None:
            write = self.source.name(self.kept.tagged_writer(part.name))
            yield f"**{write}({row}{part.index}, {row}{part.type_index})"
        else:
            annotations = list(self._annotations(part, row))
            yield from annotations
            default = None if annotations else default_of(declared.get(part.name), self.format)
            value = self._value(part, row)
            shown = value if default is None else f"{self.source.name(marked(default))}({row}{part.index}, {value})"
            yield f"{part.name!r}: {shown}"

    def _annotations(self, part: Field, row: str) -> Iterator[str]:
        """What stands before a property of one."""
        if part.told is not None and part.told.collection and self.format.metadata_level != "none":
            yield f"{part.name + '@odata.context'!r}: {f'#{part.told}'!r}"
        if part.told is not None and self.format.metadata_level != "none" and part.told.name not in OBVIOUS:
            yield f"{part.name + '@odata.type'!r}: {type_annotation(part.told, self.format)!r}"
        elif part.told is None and annotates(part.type, self.format):
            yield f"{part.name + '@odata.type'!r}: {type_annotation(part.type, self.format)!r}"
        if part.count is not None:
            yield f"{part.name + '@odata.count'!r}: {self._number(f'{row}{part.count}')}"

    def _number(self, count: str) -> str:
        """A count as an expression."""
        return f"str({count})" if self.format.ieee754 else count

    def _said_of(self, target: str | None, annotations: Sequence[ShownAnnotation]) -> Iterator[str]:
        """What is said of a member, right before it (JSON Format 20.2), or of the instance itself."""
        for known in annotations:
            if known.target == target:
                yield f"{known.name!r}: {self.source.name(orjson.Fragment(known.value))}"

    def _dynamic(self, part: DynamicField, row: str) -> str:
        return f"**{self.source.name(self.kept.dynamic_writer(part.names))}({row}{part.index})"

    def _complex(self, part: ComplexField, row: str, apart: Sequence[Apart]) -> str:
        """The dictionary of a complex value; which one it is, where there are several, its marker tells."""
        return complex_source(part, row, [self._variant(variant, part, row, apart) for variant in part.variants])

    def _variant(self, variant: ComplexVariant, part: ComplexField, row: str, apart: Sequence[Apart]) -> str:
        level = self.format.metadata_level
        is_told = level == "full" or (level == "minimal" and variant.type != part.type.name)
        members = [f"'@odata.type': {'#' + variant.type!r}"] if is_told else []
        known = [*self._of_value(variant.type, apart)]
        for target in unshown(variant.annotations, variant.fields):
            members += self._said_of(target, variant.annotations)
        for inner in variant.fields:
            members += self._said_of(inner.name, variant.annotations)
            members += self._member(inner, row, self.schema.properties(variant.type), inside(inner.name, known))
        if variant.dynamic is not None:
            members.append(self._dynamic(variant.dynamic, row))
        members += beside(known)
        return "{" + ", ".join(members) + "}"

    def _of_value(self, name: str, apart: Sequence[Apart]) -> Iterator[Apart]:
        """What values of a type have, without the casts that it is behind."""
        for way, member in apart:
            if not way or "." not in way[0]:
                yield way, member
            elif self.schema.is_derived(name, way[0]):
                yield way[1:], member

    def _id(self, shape: EntityShape, cells: Cells) -> str:
        """The absolute id of an entity as an expression."""
        if not shape.key:
            return cells.home if shape.entity_set.is_contained else f"base + {shape.entity_set.name!r}"
        aliases = [part.name for part in self.schema.key(shape.entity_type)]
        values = [f"key({cells.row}{part.index}, {self.source.name(part.type)})" for part in shape.key]
        if len(values) == 1:
            inner = values[0]
        else:
            pairs = [f"{alias + '='!r} + {value}" for alias, value in zip(aliases, values, strict=True)]
            inner = " + ',' + ".join(pairs)
        if shape.entity_set.is_contained:
            return f"{cells.home} + '(' + {inner} + ')'"
        return f"base + {shape.entity_set.name + '('!r} + {inner} + ')'"

    def _home(self, item: ToOneShape | ToManyShape, shape: EntityShape, cells: Cells) -> str:
        """The URL of what an expanded entity is contained in, as an expression; of others it is not asked."""
        if not item.shape.entity_set.is_contained:
            return "''"
        return f"({self._id(shape, cells)} + {'/' + self._path(shape, item.name)!r})"

    def _value(self, part: Field, row: str) -> str:
        """A value as an expression; null stays null."""
        cell = f"{row}{part.index}"
        kind = kind_of(part.type)
        if kind is None:
            write_text = self.source.name(self.kept.text_writer(part.type, part.shown or EVERYTHING, part.within))
            places = (part.index, *(place for inner in part.within for place in inner.places))
            cells = ", ".join(f"{row}{place}" for place in places)
            return f"{'[]' if part.type.collection else None} if {cell} is None else {write_text}({cells})"
        if kind is Kind.BOOLEAN:
            return f"B[{cell}]"
        if kind is Kind.INSTANT:
            return f"{cell} and {cell} + 'Z'"
        write = writer_for(part.type, self.format)
        if write is None:
            return cell
        return f"None if {cell} is None else {self.source.name(write)}({cell})"

    def _to_one(self, item: ToOneShape, shape: EntityShape, cells: Cells) -> str:
        path = (*cells.path, step_of(item))
        body = self.entity(item.shape, replace(cells, home=self._home(item, shape, cells), path=path))
        return f"None if {cells.row}{item.present} is None else {body}"

    def _to_many(self, item: ToManyShape, name: str, shape: EntityShape, cells: Cells) -> Iterator[str]:
        """The members of an expanded collection; its rows are looked up by what they call this entity."""
        found = f"{cells.expanded}[{item.place}].get({parent_of(item, cells)}, {self.source.name(NO_ROWS)})"
        if item.context is not None and self.format.metadata_level != "none":
            told = "" if item.described is None else shown_members(item.described, self.format.version)
            yield f"{name + '@odata.context'!r}: {f'#{item.context}{told}'!r}"
        if item.count:
            yield f"{name + '@odata.count'!r}: {self._number(f'({found}.count or 0)')}"
        if item.count_only:
            return
        child = cells.plan.expands[item.place].plan
        rows, row = f"{cells.row}n", f"{cells.row}c"
        path = (*cells.path, step_of(item))
        inner = self.entity(item.shape, Cells(row, child, f"{rows}.expanded", self._home(item, shape, cells), path))
        unpacked = row_cells(row, len(child.columns) + 1)
        yield f"{name!r}: [{inner} for {rows} in ({found},) for ({unpacked}) in {rows}.rows]"
        yield f"**({self._next_link(item, shape, cells)} if {found}.more else {{}})"

    def _next_link(self, item: ToManyShape, shape: EntityShape, cells: Cells) -> str:
        """The member that leads on from the page of an expanded collection."""
        child = cells.plan.expands[item.place]
        place = self.source.name(ExpandedPlace((*cells.path, step_of(item)), child.plan))
        behind = f"{'' if item.narrowed is None else '/' + item.narrowed}{'/$ref' if item.shape.reference else ''}"
        url = "''"
        if child.group is None:
            url = f"{self._id(shape, cells)} + {f'/{self._path(shape, child.navigation.name)}{behind}'!r}"
        rows = f"{cells.expanded}[{item.place}][{parent_of(item, cells)}]"
        name = item.name.rpartition("/")[2]
        return f"{{{name + '@odata.nextLink'!r}: link({place}, {url}, {rows})}}"


def _tells_its_key(shape: EntityShape) -> bool:
    """Whether the id of an entity follows from its members (JSON Format 4.5.8)."""
    return {part.index for part in shape.key} <= set(_places(shape.fields))


def _is_annotated(shape: EntityShape) -> bool:
    """Whether rows say something of an entity beside what it is, so that no other occurrence stands for it."""
    return any(part.name.startswith("@") for part in shape.fields)


def _places(fields: Iterable[Field | ComplexField]) -> Iterator[int]:
    for part in fields:
        if isinstance(part, ComplexField):
            yield from (place for variant in part.variants for place in _places(variant.fields))
        else:
            yield part.index
