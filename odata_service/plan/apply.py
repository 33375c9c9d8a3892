"""$apply in a plan: the shape of what comes out, and the order that tells its rows apart (Data Aggregation 3.1).

Transformations stay as they are: how they nest is a matter of SQL. What is decided here is which members a row shows,
and that no two rows are equal in the order: entities end with their key, groups with all their members.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.nested import value_path
from odata_service.edm.types import DECIMAL, INT64, TypeRef, kind_of
from odata_service.plan.model import (
    ApplySource,
    ComplexField,
    ComplexVariant,
    EntityShape,
    Field,
    JoinedSource,
    PathSource,
    Source,
    ToManyShape,
    ToOneShape,
)
from odata_service.plan.source import source_of
from odata_service.semantics.access import chain_of, marker_access, name_of
from odata_service.semantics.nested import values_around
from odata_service.semantics.ordering import WITHOUT_ORDER
from odata_service.semantics.resolved import EVERYTHING, Expansion, OrderItem, QueryOptions, Selection
from odata_service.semantics.result_selection import member_path, shown
from odata_service.semantics.rooted import rooted
from odata_service.semantics.transformations import (
    PART,
    THERE,
    Aggregating,
    Calling,
    Concatenating,
    Grouping,
    Joining,
    Nesting,
    Ordering,
    Pipeline,
    Ranking,
    Related,
    Result,
    TopLevels,
    Transformations,
    Traversing,
    UpPath,
    added_member,
)
from odata_service.semantics.tree import EntityOwner, Expression, NavigationAccess, PropertyAccess

PLACE = added_member("$place", INT64)
"""The place of a row among those of its kind."""


class Layout(Protocol):
    """Where the columns of a row are collected."""

    @property
    def schema(self) -> Schema:
        """The model."""

    def place(self, expression: Expression) -> int:
        """The place of a value in the row."""

    def entity(
        self, entity_type: str, source: EntitySet, options: QueryOptions, *, owner: EntityOwner = None
    ) -> EntityShape:
        """The shape of an entity, its columns put into the row."""

    def to_one(self, item: Expansion) -> ToOneShape:
        """The shape of a single entity that instances are related to, its columns put into the row."""

    def member(self, access: PropertyAccess, selection: Selection) -> Field | ComplexField:
        """The member for a property, its columns put into the row."""

    def of_input(self, item: Expansion, path: PathSource) -> ToManyShape:
        """The shape of a collection that is made of all that a path leads to; its rows are read apart."""


def applied(path: PathSource | JoinedSource, options: QueryOptions) -> Source:
    """The source of a read with these options."""
    if options.apply is None:
        return path
    begun = options.apply.begun
    return ApplySource(path if begun is None else source_of(begun), options.apply)


def result_shape(pipeline: Pipeline, path: PathSource, options: QueryOptions, layout: Layout) -> EntityShape:
    """How the rows that come out of a pipeline become instances."""
    shapes = [_kind(kind, path, _of_kind(options, kind, pipeline.result), layout) for kind in pipeline.kinds]
    if len(shapes) == 1:
        return shapes[0]
    empty = EntityShape(path.target, path.entity_type, (), (), None)
    return replace(empty, part=layout.place(PART), parts=tuple(shapes))


def result_order(
    pipeline: Pipeline, orderby: tuple[OrderItem, ...], key: Sequence[Expression]
) -> tuple[OrderItem, ...]:
    """The order of a result: $orderby, else that of the transformations; then what tells rows apart."""
    asked = orderby or order_behind(pipeline.steps, key)
    if len(pipeline.kinds) > 1:
        return (*asked, OrderItem(PART), OrderItem(PLACE))
    return (*asked, *apart(pipeline.result, key, asked))


def apart(result: Result, key: Sequence[Expression], order: Sequence[OrderItem]) -> Iterator[OrderItem]:
    """The items that make an order one in which no two rows are equal."""
    known = {item.expression for item in order}
    joined = (member for member in result.members if result.around(member) or member in result.replaced)
    rest = (*key, *joined) if result.whole else result.members
    return (OrderItem(part) for part in rest if part not in known and kind_of(part.type) not in WITHOUT_ORDER)


def order_behind(steps: Transformations, key: Sequence[Expression]) -> tuple[OrderItem, ...]:
    """The order that transformations leave: the last that was asked for, those before it breaking its ties.

    The greatest and the least stand in the order in which they were found.

    `key` is that of the entities: members that are joined in an order stand in it behind each.
    """
    order: tuple[OrderItem, ...] = ()
    for step in steps:
        match step:
            case Ordering(items):
                order = (*items, *order)
            case Ranking():
                order = (OrderItem(step.value, step.descending), *order)
            case Joining(steps=inner):
                alias = step.alias
                members = order_behind(inner, alias.key)
                joined = (replace(item, expression=rooted(item.expression, alias.access)) for item in members)
                order = (*order, *(OrderItem(part) for part in key), *joined) if members else order
            case Traversing(place=place) | TopLevels(place=place):
                order = (OrderItem(place), *order)
            case Calling(place=place):
                order = (OrderItem(place),)
            case Grouping(steps=inner, spreads=spreads):
                ways = tuple(OrderItem(spread.way[0]) for spread in spreads if spread.way)
                are_nodes = any(spread.whole for spread in spreads)
                order = ways if are_nodes else (*ways, *order_behind(inner or (), key))
            case Aggregating() | Concatenating() | Nesting(navigation=None):
                order = ()
    return order


def _of_kind(options: QueryOptions, kind: Result, every: Result) -> QueryOptions:
    """The options for instances of one kind: what is expanded that these have."""
    own = [known.access.navigation for known in kind.related if known.whole]
    nested = {item.name for item in kind.nested}
    others = [known.access.navigation for known in every.related if known.access.navigation not in own]
    shown_here = (
        item
        for item in options.expand
        if (item.name in nested if item.alias is not None else _is_of(item, kind, own, others))
    )
    return replace(options, expand=tuple(shown_here))


def _is_of(
    item: Expansion, kind: Result, own: Sequence[NavigationProperty], others: Sequence[NavigationProperty]
) -> bool:
    return item.navigation in own or (kind.whole and item.navigation not in others)


def _as_related(part: ToOneShape | ToManyShape, result: Result, layout: Layout) -> ToOneShape | ToManyShape:
    """A joined entity with its context URL, which no type tells, and what transformations have added to it."""
    if isinstance(part, ToOneShape):
        above = tuple(_above(path, layout) for path in result.paths if _leads_to(path, part.name))
        part = replace(part, shape=replace(part.shape, fields=(*above, *part.shape.fields))) if above else part
    known = result.relation(part.name)
    if known is None or not isinstance(part, ToOneShape):
        return part
    inner = known.result or Result()
    added = (member for member in inner.values if member in inner.added)
    fields = tuple(_field(rooted(member, known.access), result, layout) for member in added)
    context = f"#{known.source.name}/$entity" if known.dynamic else None
    return replace(part, shape=replace(part.shape, fields=(*part.shape.fields, *fields), context=context))


def _leads_to(path: UpPath, name: str) -> bool:
    """Whether an annotation is one of what a navigation property of the instance itself leads to."""
    return path.owner is not None and path.owner.owner is None and path.owner.navigation.name == name


def _above(path: UpPath, layout: Layout) -> Field:
    """The annotation with the nodes on the way to the one that an instance belongs to."""
    return Field(path.name, layout.place(path.member), TypeRef("Edm.String", True))


def _kind(result: Result, path: PathSource, options: QueryOptions, layout: Layout) -> EntityShape:
    base, schema = path.target.entity_type, layout.schema
    members = tuple((_steps(member, base, schema), member) for member in shown(result, options.selection))
    if result.whole:
        own = tuple(item for item in options.expand if item.group is None)
        entity = layout.entity(path.entity_type, path.target, replace(options, expand=own))
        entity = replace(entity, version=None, transient=True) if result.is_told else entity
        added = tuple(_nested(members, result, layout))
        expands = tuple(_as_related(part, result, layout) for part in entity.expands)
        above = tuple(_above(path, layout) for path in result.paths if path.owner is None)
        of_groups = (layout.of_input(item, path) for item in options.expand if item.group is not None)
        return replace(entity, fields=(*above, *entity.fields, *added), expands=(*expands, *of_groups))
    names = options.selection.names
    inside = tuple(
        (_steps(known.access, base, schema), known)
        for known in result.related
        if known.access.owner is not None and (not options.selection.explicit or member_path(known.access) in names)
    )
    around = tuple((_steps(known.access, base, schema)[:-1], None) for known in result.related if _is_inside(known))
    fields = tuple(_nested((*members, *inside, *around), result, layout))
    related = (_as_related(layout.to_one(item), result, layout) for item in options.expand if item.group is None)
    expands = (*related, *(layout.of_input(item, path) for item in options.expand if item.group is not None))
    return EntityShape(path.target, path.entity_type, fields, (), None, transient=True, expands=expands)


_Step = PropertyAccess | NavigationAccess
_Placed = tuple[tuple[_Step, ...], PropertyAccess | Related | None]
"""A member, or None for a complex value itself, and the steps that lead to it from an instance on."""


def _steps(access: _Step, base: str, schema: Schema) -> tuple[_Step, ...]:
    """The steps of a path, the complex values among them that a navigation property belongs to."""
    found: list[_Step] = []
    for step in chain_of(access):
        found += [*values_around(step, base, schema), step] if isinstance(step, NavigationAccess) else [step]
    return tuple(found)


def _is_inside(known: Related) -> bool:
    """Whether a related entity of the instance itself is shown in a complex value."""
    return known.access.owner is None and value_path(known.access.navigation.name) != ""


def _nested(members: Sequence[_Placed], result: Result, layout: Layout) -> Iterator[Field | ComplexField]:
    """The fields of an instance: what belongs to one related entity or complex value stands together in it."""
    groups: dict[_Step, list[_Placed]] = {}
    for steps, member in members:
        groups.setdefault(steps[0], []).extend([(steps[1:], member)] if steps[1:] or member is not None else [])
    for first, inner in groups.items():
        entity = next((member for steps, member in inner if not steps and isinstance(member, Related)), None)
        if entity is not None:
            yield _entity(entity, layout)
            continue
        value = next((member for steps, member in inner if not steps and isinstance(member, PropertyAccess)), None)
        if value is not None:
            yield _field(value, result, layout)
            continue
        if isinstance(first, PropertyAccess) and _is_whole(first, inner, layout.schema):
            yield layout.member(first, EVERYTHING)
            continue
        variant = ComplexVariant(first.type.name, tuple(_nested(inner, result, layout)))
        there = next((known for known in result.members if known == replace(THERE, owner=first)), None)
        marker = layout.place(there) if there is not None else None
        yield ComplexField(_shown_name(first), TypeRef(first.type.name), marker, (variant,))


def _shown_name(step: _Step) -> str:
    """The name of a step where it is shown: inside the complex value that it belongs to."""
    return name_of(step).rpartition("/")[2]


def _is_whole(complex_value: PropertyAccess, inner: Sequence[_Placed], schema: Schema) -> bool:
    """Whether groups are made by all of a complex value, which tells it from null."""
    marker = marker_access(complex_value, schema)
    return any(member == marker for _, member in inner)


def _entity(known: Related, layout: Layout) -> ComplexField:
    """An entity inside of what is none: its properties."""
    access = known.access
    shape = layout.entity(access.type.name, known.source, QueryOptions(EVERYTHING), owner=access)
    variant = ComplexVariant(access.type.name, shape.fields)
    return ComplexField(_shown_name(access), TypeRef(access.type.name), shape.key[0].index, (variant,))


def _field(member: PropertyAccess, result: Result, layout: Layout) -> Field:
    told = None
    if member in result.added:
        told = DECIMAL if member.type == INT64 else member.type  # Data Aggregation 3.2.1.3.5 has it of counts.
    return Field(member.property.name, layout.place(member), member.property.type, told=told)
