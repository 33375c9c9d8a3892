"""Plans: what a request will do, named by effect, still without SQL.

A plan holds no value of a request: values come beside it, by slot (`Parameter`) or by place (writes), so that one
prepared plan serves every request of its shape.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.types import TypeRef
from odata_service.semantics.resolved import (
    Advertised,
    CastStep,
    FilterStep,
    GivenStep,
    Joined,
    KeyStep,
    NavigationStep,
    NestedGroup,
    OrderItem,
    QueryOptions,
    Selection,
    ShownAnnotation,
)
from odata_service.semantics.transformations import Pipeline
from odata_service.semantics.tree import EntityOwner, Expression


class PathSource(Struct, frozen=True):
    """The entities at the end of a path: a set, then keys, navigation and casts, joined from the set on.

    `target` is the source that they live in, `entity_type` what the path says of their type.
    """

    entity_set: EntitySet
    steps: tuple[KeyStep | NavigationStep | CastStep | FilterStep | GivenStep, ...]
    entity_type: str
    target: EntitySet


class ApplySource(Struct, frozen=True):
    """What transformations make of the entities at the end of a path, or of the instances of a cross join."""

    path: "PathSource | JoinedSource"
    pipeline: Pipeline


class JoinedSource(Struct, frozen=True):
    """Every combination of entities of some sets."""

    members: tuple[Joined, ...]


Source = PathSource | ApplySource | JoinedSource

Rules = tuple[tuple[str, Expression], ...]
"""Which entities of some sources there are for a caller: a condition by the name of each; see `plan.rules`."""


class ValueColumn(Struct, frozen=True):
    """A column of the result: the value of an expression over the source's entity."""

    expression: Expression
    type: TypeRef


class LeafColumn(Struct, frozen=True):
    """A column of the result: a leaf that no expression reaches, of the entity that `owner` leads to."""

    path: str
    type: TypeRef
    owner: EntityOwner = None


class VersionColumn(Struct, frozen=True):
    """A column of the result: the version counter behind an entity's ETag, of the entity that `owner` leads to."""

    owner: EntityOwner = None


class TypeColumn(Struct, frozen=True):
    """A column of the result: the name of the type of the entity that `owner` leads to."""

    owner: EntityOwner = None


class IdColumn(Struct, frozen=True):
    """A column of the result: the name by which contained entities refer to the entity that `owner` leads to."""

    owner: EntityOwner = None


class StreamColumn(Struct, frozen=True):
    """A column of the result: the `type`, `version` or `value` of a stream of the entity that `owner` leads to.

    Null where there is none. `name` is that of the property, or MEDIA.
    """

    name: str
    part: Literal["type", "version", "value"]
    owner: EntityOwner = None


class CodedColumn(Struct, frozen=True):
    """A place of the result for what code makes of the values at other places, where there is an entity.

    `present` is a place where null says that there is none, or none whose type has the property.
    """

    work: Callable[[Sequence[object]], object]
    inputs: tuple[int, ...]
    present: int


HiddenColumn = LeafColumn | VersionColumn | TypeColumn | IdColumn | StreamColumn | CodedColumn
"""A column that no expression stands for."""

Column = ValueColumn | HiddenColumn


class Field(Struct, frozen=True):
    """A member of an entity in the payload and the place of its value in the row.

    `owner` is the derived type whose entities alone have it, or None. `type_index` is the place of the value's type
    where the member is of an abstract one. `told` is the type that is told of a member that no type declares. `count`
    is the place of a collection's count where that is told, `shown` what is shown of values that are kept whole, None
    for all. `present` is a place where null says that a collection has no such member, or None where all are there.
    `within` is what is asked inside of a value that is kept whole: the places hold lists, see `semantics.within`, and
    `way` leads to what has the member.
    """

    name: str
    index: int
    type: TypeRef
    owner: str | None = None
    type_index: int | None = None
    told: TypeRef | None = None
    count: int | None = None
    shown: Selection | None = None
    present: int | None = None
    within: "tuple[Field, ...]" = ()
    way: tuple[str, ...] = ()

    @property
    def places(self) -> Iterator[int]:
        """The places of what is gathered of it as a member within a value, as `semantics.within` has the columns."""
        yield self.index
        if self.count is not None:
            yield self.count
        for part in self.within:
            yield from part.places


class ComplexField(Struct, frozen=True):
    """A complex member whose own members stand in the row.

    `marker` is a place where null says that the whole value is null, or None where it never is; with several
    `variants` it holds the name of the value's type. The first variant is that of the declared type. `owner` as in
    `Field`.
    """

    name: str
    type: TypeRef
    marker: int | None
    variants: "tuple[ComplexVariant, ...]"
    owner: str | None = None


class DynamicField(Struct, frozen=True):
    """The place of dynamic properties; `names` are those that are shown, None for all."""

    index: int
    names: tuple[str, ...] | None = None


class ComplexVariant(Struct, frozen=True):
    """How a complex value of exactly this type is made."""

    type: str
    fields: "tuple[Field | ComplexField, ...]"
    dynamic: DynamicField | None = None
    annotations: tuple[ShownAnnotation, ...] = ()


class StreamField(Struct, frozen=True):
    """A stream of an entity, which the payload tells about: the places of its media type and its version.

    `name` is that of the property, or MEDIA; `owner` as in `Field`. `content` is the place of its bytes where it is
    expanded.
    """

    name: str
    type: int
    version: int
    owner: str | None = None
    content: int | None = None


class ToOneShape(Struct, frozen=True):
    """An expanded single-valued navigation property, its columns in the same row; null where its `present` is null.

    `owner` as in `Field`.
    """

    name: str
    shape: "EntityShape"
    present: int
    owner: str | None = None


class ToManyShape(Struct, frozen=True):
    """An expanded collection: the rows of `plan.expands[place]`.

    `count` writes `name@odata.count` too, `count_only` nothing else. `owner` as in `Field`. `narrowed` is the type that
    its entities are narrowed to. No type declares what has a `context`, the name of the source that it is from; of what
    is made of the query's own instances `described` are the options that say what is shown.
    """

    name: str
    place: int
    shape: "EntityShape"
    count: bool = False
    count_only: bool = False
    owner: str | None = None
    narrowed: str | None = None
    context: str | None = None
    described: QueryOptions | None = None


class EntityShape(Struct, frozen=True):
    """How a row becomes an entity: fields in order of declaration, the key, the version, what is expanded.

    `key` lists every key property with its place, whether it is shown or not. `version` is None where the entity has
    no version column. `reference` writes only the id (`$ref`). `type` is the place of the type's name where entities
    may be of types derived from `entity_type`. `declared` is the type that a reader takes them for where it is another.
    `operations` are told of, `annotations` are shown as they are. `depth` is how many complex values are around the one
    that its `fields` alone show.
    `context` is the context URL of an entity whose navigation property no type declares.
    What is `transient` has no id: it stands for no entity. With `joined` it is an instance of a cross join, of whose
    entities those are told of by a link alone that are not expanded. What `is_apart` tells
    of its source, which the context does not. `part` is the place of a number that says which of
    `parts` the row has the shape of, where there are several.
    """

    entity_set: EntitySet
    entity_type: str
    fields: tuple[Field | ComplexField, ...]
    key: tuple[Field, ...]
    version: int | None
    dynamic: DynamicField | None = None
    expands: tuple[ToOneShape | ToManyShape, ...] = ()
    links: tuple[NavigationProperty, ...] = ()
    reference: bool = False
    type: int | None = None
    streams: tuple[StreamField, ...] = ()
    declared: str | None = None
    operations: tuple[Advertised, ...] = ()
    transient: bool = False
    part: int | None = None
    parts: "tuple[EntityShape, ...]" = ()
    joined: tuple[ToOneShape, ...] | None = None
    context: str | None = None
    is_apart: bool = False
    annotations: tuple[ShownAnnotation, ...] = ()
    depth: int = 0


class Seek(Struct, frozen=True):
    """Where a page begins: behind the row whose values of the plan's order stand in `values`.

    Each is a `Constant` (null) or a `Parameter`: which of them are null belongs to the shape.
    """

    values: tuple[Expression, ...]


class ReadPlan(Struct, frozen=True):
    """Rows of one source in a stable order.

    `order` ends with the key. `order_columns` are the places in `columns` of the order's values, from which the next
    page's token is made. `limit` and `skip` are `Constant` or `Parameter`; the page size is given when it is run.
    `rules` hold wherever the plan meets a source.
    """

    source: Source
    columns: tuple[Column, ...]
    shape: EntityShape
    where: Expression | None = None
    order: tuple[OrderItem, ...] = ()
    order_columns: tuple[int, ...] = ()
    skip: Expression | None = None
    limit: Expression | None = None
    seek: Seek | None = None
    count: bool = False
    expands: "tuple[ToMany, ...]" = ()
    rules: Rules = ()


OUTER = -1
"""The place in the rows of an expanded collection of the number of the parent that each belongs to."""


class ToMany(Struct, frozen=True):
    """An expanded collection: one more statement for all parents of a page.

    `parent` are the places in the PARENT's row of what the child's rows refer to it by: its key, its own name (see
    `IdColumn`), or the properties of a referential constraint. `parent_type` is the type whose entities have the
    navigation property. The child's rows hold `plan.columns` and, last, the
    number of the parent they belong to. The child plan's `limit` and `skip` count per parent; its source is the whole
    target set, no steps. `parent_set` is the set of the parents. `count_only`: nothing but counts is asked for. With a
    `group` the rows are made of those that the parent's row is, and `parent` are the places of what they are equal in;
    where the parent's rows are an expanded collection the first is OUTER, that of the number of its own parent.
    """

    navigation: NavigationProperty
    parent: tuple[int, ...]
    plan: ReadPlan
    parent_set: EntitySet
    parent_type: str
    count_only: bool = False
    group: NestedGroup | None = None

    @property
    def is_group(self) -> bool:
        """Whether each row has a collection of its own that no other request reads, so that it has no pages."""
        return self.group is not None and bool(self.parent)

    @property
    def is_inside(self) -> bool:
        """Whether it is a group of what an expanded collection is made of."""
        return self.parent[:1] == (OUTER,)


class CountPlan(Struct, frozen=True):
    """How many entities of the source satisfy `where`: a statement of its own, never a window."""

    source: Source
    where: Expression | None = None
    rules: Rules = ()


class Insert(Struct, frozen=True):
    """A new entity with values for `leaves`, in this order; the store sets the version.

    `generated` are the parts of its key that the database makes; if `numbered`, there is one, and it is the next number
    among the entities that it tells this one from. `begun` are the places of values that are the instant
    at which the store creates the entity, where a value is given that is not null.
    """

    entity_set: EntitySet
    entity_type: str
    leaves: tuple[Leaf, ...]
    generated: tuple[Leaf, ...] = ()
    begun: tuple[int, ...] = ()
    numbered: bool = False


class Update(Struct, frozen=True):
    """New values for `leaves` of the entity with this key: the values are given first, then the key's.

    With no leaves at all the version alone moves on. `guarded`: the versions that are acceptable are given last.
    """

    entity_set: EntitySet
    entity_type: str
    leaves: tuple[Leaf, ...]
    key: tuple[Leaf, ...]
    guarded: bool = False


class Delete(Struct, frozen=True):
    """The end of the entity with this key; `guarded` as in `Update`."""

    entity_set: EntitySet
    entity_type: str
    key: tuple[Leaf, ...]
    guarded: bool = False


class PutStream(Struct, frozen=True):
    """A stream's new content. The values: the entity's own name, the stream's, the media type, the bytes."""


class DropStream(Struct, frozen=True):
    """The end of a stream. The values: the entity's own name, the stream's."""


class Link(Struct, frozen=True):
    """A relation between two entities that are there.

    The values: what others refer to the source's entity by, its key in a set, else its own name; that of the target's.
    """

    source: EntitySet
    owner: str
    navigation: NavigationProperty


class Unlink(Struct, frozen=True):
    """The end of a relation; the values as in `Link`."""

    source: EntitySet
    owner: str
    navigation: NavigationProperty


Write = Insert | Update | Delete | PutStream | DropStream | Link | Unlink


class Written(Struct, frozen=True):
    """How many entities a write met: 0 or 1; and what the database made of the key of a new one, as the plan asks."""

    count: int
    generated: tuple[object, ...] = ()


class Rows(Struct, frozen=True):
    """The rows of a page in plan order, and whether more follow behind the last one.

    `expanded[i]` has the rows of `plan.expands[i]` by the key of their parent: a tuple, in key order. A parent without
    any is absent. `count` is set where the plan asks for it: for nested rows that of their parent's collection.
    """

    rows: list[tuple[object, ...]]
    more: bool = False
    count: int | None = None
    expanded: "tuple[dict[tuple[object, ...], Rows], ...]" = ()
