"""A resolved query becomes a `ReadPlan` or `CountPlan`: columns, stable order, expands (Protocol 11.2).

Every plan reads the key of its entities, shown or not: ids, paging and expanded collections need it. The order ends
with the key, so that no two rows are equal in it and pages neither repeat nor lose rows.
"""

from dataclasses import dataclass, field

from odata_service.edm.model import EntitySet, NavigationProperty, Property, Schema
from odata_service.edm.types import TypeRef
from odata_service.plan.model import (
    Column,
    CountPlan,
    EntityShape,
    Field,
    PathSource,
    ReadPlan,
    Seek,
    ToMany,
    ToManyShape,
    ToOneShape,
    ValueColumn,
    VersionColumn,
)
from odata_service.semantics.promotion import bare
from odata_service.semantics.tree import (
    Constant,
    EntitySetStep,
    Expansion,
    Expression,
    KeyStep,
    NavigationAccess,
    NavigationStep,
    OrderItem,
    PropertyAccess,
    Query,
    QueryOptions,
    ResourcePath,
)


def plan_read(query: Query, schema: Schema, *, seek: Seek | None = None, limit: Expression | None = None) -> ReadPlan:
    """The plan that answers a GET of entities, of one entity, or of one of its properties.

    With `seek` the plan reads what follows a page: `limit` then stands for what is left of `$top`, and `$skip` has
    been spent on the first page.
    """
    source = source_of(query.path)
    layout = _Layout(schema)
    shape = layout.entity(source.entity_type, query.path.entity_set, query.options, reference=query.path.is_ref)
    order = _stable_order(query.options.orderby, source.entity_type, schema)
    order_columns = tuple(layout.place(item.expression) for item in order)
    return ReadPlan(
        source=source,
        columns=tuple(layout.columns),
        shape=shape,
        where=query.options.filter,
        order=order,
        order_columns=order_columns,
        skip=None if seek else query.options.skip,
        limit=limit if seek else query.options.top,
        seek=seek,
        count=query.options.count and seek is None,
        expands=tuple(layout.expands),
    )


def plan_count(query: Query) -> CountPlan:
    """The plan that answers `/$count`."""
    return CountPlan(source_of(query.path), query.options.filter)


def plan_exists(path: ResourcePath) -> CountPlan | None:
    """Whether the entity before the last navigation step exists; None for a path that has none."""
    steps = path.steps
    last = max((place for place, step in enumerate(steps) if isinstance(step, NavigationStep)), default=0)
    if last == 0:
        return None
    return CountPlan(source_of(ResourcePath(steps[:last], path.type, None)))


def source_of(path: ResourcePath) -> PathSource:
    """The entities that a resource path leads to; a property at its end is left to the columns."""
    first = path.steps[0]
    assert isinstance(first, EntitySetStep), "a resource path begins with an entity set"
    steps = tuple(step for step in path.steps[1:] if isinstance(step, KeyStep | NavigationStep))
    entity_type = first.entity_set.entity_type
    for step in steps:
        if isinstance(step, NavigationStep):
            entity_type = step.navigation.target
    return PathSource(first.entity_set, steps, entity_type)


def _stable_order(orderby: tuple[OrderItem, ...], entity_type: str, schema: Schema) -> tuple[OrderItem, ...]:
    ordered = {item.expression for item in orderby}
    rest = (_access(part) for part in schema.key_properties(entity_type))
    return (*orderby, *(OrderItem(access) for access in rest if access not in ordered))


def _access(part: Property, owner: NavigationAccess | None = None) -> PropertyAccess:
    """A property as the resolver refers to it, so that equal expressions are one column."""
    return PropertyAccess(part, bare(part.type), owner)


@dataclass(slots=True)
class _Layout:
    """The columns of one statement as they are collected; equal expressions share one."""

    schema: Schema
    columns: list[Column] = field(default_factory=list)
    expands: list[ToMany] = field(default_factory=list)
    places: dict[Expression | VersionColumn, int] = field(default_factory=dict)

    def place(self, expression: Expression) -> int:
        """The place of an expression's value in the row."""
        return self._add(expression, ValueColumn(expression, expression.type))

    def _add(self, identity: Expression | VersionColumn, column: Column) -> int:
        known = self.places.get(identity)
        if known is None:
            known = self.places[identity] = len(self.columns)
            self.columns.append(column)
        return known

    def entity(
        self,
        entity_type: str,
        entity_set: EntitySet | None,
        options: QueryOptions,
        *,
        owner: NavigationAccess | None = None,
        reference: bool = False,
    ) -> EntityShape:
        """The shape of an entity, its columns put into the row."""
        shown = () if reference else options.selection.properties
        key = tuple(self._field(part, owner) for part in self.schema.key_properties(entity_type))
        fields = tuple(self._field(part, owner) for part in shown)
        version = VersionColumn(owner)
        return EntityShape(
            entity_set=entity_set,
            entity_type=entity_type,
            fields=fields,
            key=key,
            version=self._add(version, version) if entity_set is not None else None,
            expands=tuple(self._expand(item, entity_set, key, owner) for item in options.expand),
            links=self._links(entity_type, options),
            reference=reference,
        )

    def _field(self, part: Property, owner: NavigationAccess | None) -> Field:
        return Field(part.name, self.place(_access(part, owner)), part.type)

    def _links(self, entity_type: str, options: QueryOptions) -> tuple[NavigationProperty, ...]:
        expanded = {item.navigation.name for item in options.expand}
        declared = self.schema.navigation_properties(entity_type)
        return tuple(declared[name] for name in options.selection.navigation if name not in expanded)

    def _expand(
        self, item: Expansion, source: EntitySet | None, key: tuple[Field, ...], owner: NavigationAccess | None
    ) -> ToOneShape | ToManyShape:
        navigation = item.navigation
        if navigation.collection:
            return self._to_many(item, source, key)
        access = NavigationAccess(navigation, item.source_type, TypeRef(navigation.target), owner)
        reference = item.suffix == "$ref"
        shape = self.entity(navigation.target, item.entity_set, item.options, owner=access, reference=reference)
        return ToOneShape(navigation.name, shape)

    def _to_many(self, item: Expansion, source: EntitySet | None, key: tuple[Field, ...]) -> ToManyShape:
        assert source is not None, "the resolver refuses to expand where no set is bound"
        plan = _nested_plan(item, self.schema)
        place = len(self.expands)
        parent = tuple(part.index for part in key)
        count_only = item.suffix == "$count"
        count = item.options.count or count_only
        self.expands.append(ToMany(item.navigation, parent, plan, source))
        return ToManyShape(item.navigation.name, place, plan.shape, count=count, count_only=count_only)


def _nested_plan(item: Expansion, schema: Schema) -> ReadPlan:
    target = item.navigation.target
    assert item.entity_set is not None, "the resolver refuses to expand a collection without a bound set"
    layout = _Layout(schema)
    shape = layout.entity(target, item.entity_set, item.options, reference=item.suffix == "$ref")
    order = _stable_order(item.options.orderby, target, schema)
    order_columns = tuple(layout.place(part.expression) for part in order)
    count_only = item.suffix == "$count"
    return ReadPlan(
        source=PathSource(item.entity_set, (), target),
        columns=tuple(layout.columns),
        shape=shape,
        where=item.options.filter,
        order=order,
        order_columns=order_columns,
        skip=item.options.skip,
        limit=Constant(0, TypeRef("Edm.Int64")) if count_only else item.options.top,
        count=item.options.count or count_only,
        expands=tuple(layout.expands),
    )
