"""A resolved query becomes a `ReadPlan`: columns, stable order, expands (Protocol 11.2).

Every plan reads the key of its entities, shown or not: ids, paging and expanded collections need it. The order ends
with the key, so that no two rows are equal in it and pages neither repeat nor lose rows.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.computations import Coded
from odata_service.edm.leaves import DYNAMIC, TYPE, UNTYPED, Leaf, is_tagged_value, marker_of
from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property, Schema, SourceKind
from odata_service.edm.sources import is_stream
from odata_service.edm.types import BOOLEAN, STRING, TypeRef
from odata_service.errors import NotSupported
from odata_service.plan.addressed import addressed, casts_hold, depth_of, fields_within, holding, part_of
from odata_service.plan.apply import applied, result_order, result_shape
from odata_service.plan.around import named_links, shows_stream, with_values_around
from odata_service.plan.cross_join import joined_order, joined_shape
from odata_service.plan.model import (
    OUTER,
    CodedColumn,
    Column,
    ComplexField,
    ComplexVariant,
    DynamicField,
    EntityShape,
    Field,
    HiddenColumn,
    IdColumn,
    JoinedSource,
    LeafColumn,
    PathSource,
    ReadPlan,
    Seek,
    Source,
    StreamColumn,
    StreamField,
    ToMany,
    ToManyShape,
    ToOneShape,
    TypeColumn,
    ValueColumn,
    VersionColumn,
)
from odata_service.plan.source import key_of, source_of, stable_order
from odata_service.semantics.access import Owner, access_along, access_of, entity_of, key_of_source, path_of, steps_of
from odata_service.semantics.combinations import combined
from odata_service.semantics.conditions import all_of
from odata_service.semantics.resolved import (
    MEDIA,
    Arrangement,
    Expansion,
    GivenStep,
    Joined,
    OrderItem,
    Query,
    QueryOptions,
    Selection,
)
from odata_service.semantics.rooted import rooted
from odata_service.semantics.transformations import Filtering, Transformations
from odata_service.semantics.tree import (
    Case,
    Constant,
    EntityOwner,
    Expression,
    Logical,
    NavigationAccess,
    Ordinal,
    PropertyAccess,
    TypeTest,
)
from odata_service.semantics.within import within_members, within_value


def plan_read(query: Query, schema: Schema, *, seek: Seek | None = None, limit: Expression | None = None) -> ReadPlan:
    """The plan that answers a GET of entities, of one entity, or of one of its properties.

    With `seek` the plan reads what follows a page: `limit` then stands for what is left of `$top`, and `$skip` has
    been spent on the first page.
    """
    layout = _Layout(schema)
    source, shape, order = _joined(query, layout) if query.path.joined else _read(query, layout)
    order_columns = tuple(layout.place(item.expression) for item in order)
    return ReadPlan(
        source=source,
        columns=tuple(layout.columns),
        shape=shape,
        where=_where(query),
        order=order,
        order_columns=order_columns,
        skip=None if seek else query.options.skip,
        limit=limit if seek else query.options.top,
        seek=seek,
        count=query.options.count and seek is None,
        expands=tuple(layout.expands),
    )


def _where(query: Query) -> Expression | None:
    """The condition of the options, and of the path: that the value is there that it ends in."""
    where = query.options.where
    parts = (*casts_hold(query.path), *(() if where is None else (where,)))
    return all_of(parts) if parts else None


def _joined(query: Query, layout: "_Layout") -> tuple[Source, EntityShape, tuple[OrderItem, ...]]:
    """The instances of a cross join, their shape and their order."""
    joined, options = query.path.joined, query.options
    if options.apply is not None:
        first, source = joined[0], applied(JoinedSource(joined), options)
        if options.apply.result == combined(joined, layout.schema):
            return source, joined_shape(joined, options, layout), result_order(options.apply, options.orderby, ())
        layout.joined = joined
        path = PathSource(first.entity_set, (), first.access.source_type, first.entity_set)
        shape = result_shape(options.apply, path, options, layout)
        return source, shape, result_order(options.apply, options.orderby, ())
    shape = joined_shape(joined, options, layout)
    return JoinedSource(joined), shape, joined_order(joined, options.orderby, layout.schema)


def _read(query: Query, layout: "_Layout") -> tuple[Source, EntityShape, tuple[OrderItem, ...]]:
    """The entities that a path leads to, their shape and their order."""
    source, schema, apply = source_of(query.path), layout.schema, query.options.apply
    options = query.options if query.property is None else replace(query.options, selection=holding(query), linked=())
    if apply is not None:
        shape = result_shape(apply, source, options, layout)
        order = result_order(apply, options.orderby, key_of_source(source.target, schema))
    else:
        shape = layout.entity(source.entity_type, source.target, options, reference=query.path.is_ref)
        order = stable_order(query.options.orderby, source.target, schema)
        if any(isinstance(step, GivenStep) for step in source.steps) and query.path.type.collection:
            order = (*query.options.orderby, OrderItem(Ordinal()))
    if query.property is not None:
        field = addressed(query.property, query, source.target, layout)
        shape = replace(shape, fields=(field,), depth=depth_of(query.property))
    return applied(source, options), shape, order


class _Layout(Struct):
    """The columns of one statement as they are collected; equal expressions share one.

    Where combinations of a cross join are transformed, they are `joined`. `is_nested`: the rows are those of an
    expanded collection, to which transformations do `begun` before all that the request says.
    """

    schema: Schema
    columns: list[Column] = field(default_factory=list)
    expands: list[ToMany] = field(default_factory=list)
    places: dict[Expression | HiddenColumn, int] = field(default_factory=dict)
    joined: tuple[Joined, ...] = ()
    is_nested: bool = False
    begun: Transformations = ()

    def place(self, expression: Expression) -> int:
        """The place of an expression's value in the row."""
        return self._add(expression, ValueColumn(expression, expression.type))

    def hidden(self, column: HiddenColumn) -> int:
        """The place of a column that no expression stands for."""
        return self._add(column, column)

    def _add(self, identity: Expression | HiddenColumn, column: Column) -> int:
        known = self.places.get(identity)
        if known is None:
            known = self.places[identity] = len(self.columns)
            self.columns.append(column)
        return known

    def entity(
        self,
        entity_type: str,
        source: EntitySet,
        options: QueryOptions,
        *,
        owner: EntityOwner = None,
        reference: bool = False,
    ) -> EntityShape:
        """The shape of an entity, its columns put into the row."""
        row = _Row(self, source, entity_type, owner)
        key = tuple(row.key_field(name, leaf) for name, leaf in key_of(source, self.schema))
        shown = with_values_around(options.selection, options, entity_type, self.schema)
        fields = () if reference else tuple(row.fields(shown))
        may_vary = not reference and self.schema.is_polymorphic(entity_type)
        return EntityShape(
            entity_set=source,
            entity_type=entity_type,
            fields=fields,
            key=key,
            version=self.hidden(VersionColumn(owner)),
            expands=tuple(row.expand(item, key) for item in options.expand),
            links=self._links(entity_type, options),
            reference=reference,
            type=self.hidden(TypeColumn(owner)) if may_vary else None,
            dynamic=None if reference else self.dynamic(options.selection, row.types(), owner),
            streams=() if reference else tuple(row.streams(options)),
            operations=options.selection.operations,
            annotations=() if reference else options.selection.annotations,
        )

    def coded(self, access: PropertyAccess, selection: Selection, source: EntitySet, narrowed: str | None) -> Field:
        """The member for what code makes of other properties of the entity that holds this one."""
        computation = access.property.computation
        assert isinstance(computation, Coded), "code makes it"
        if selection.arrangement is not None or selection.computed:
            raise NotSupported(
                f"'{access.property.name}' is worked out by code, and shown whole.", hint="Leave out what is in it."
            )
        schema, owner, holder = self.schema, entity_of(access), access.cast or source.entity_type
        known = schema.properties(holder)
        inputs = (access_of(known[name], holder, source.entity_type, owner, schema) for name in computation.inputs)
        if access.cast is None:
            present = self.hidden(VersionColumn(owner))
        else:
            test = _type_test(access.cast, owner, schema)
            present = self.place(Case(((test, Constant(True, BOOLEAN)),), BOOLEAN))
        column = CodedColumn(computation.work, tuple(self.place(part) for part in inputs), present)
        declared = access.property
        return Field(declared.name, self.hidden(column), declared.type, narrowed, shown=part_of(selection))

    def reference(self, source: EntitySet, owner: EntityOwner) -> EntityShape:
        """The shape of an entity of which nothing but the key is read."""
        row = _Row(self, source, source.entity_type, owner)
        key = tuple(row.key_field(name, leaf) for name, leaf in key_of(source, self.schema))
        return EntityShape(source, source.entity_type, (), key, None, reference=True)

    def to_one(self, item: Expansion, owner: EntityOwner = None) -> ToOneShape:
        """The shape of what a single-valued navigation property of an entity leads to, its columns put into the row."""
        navigation, source = item.navigation, item.entity_set
        assert source is not None, "the resolver refuses to expand where nothing is bound"
        access = NavigationAccess(navigation, item.source_type, TypeRef(navigation.target), owner)
        entity_type, reference = item.narrowed or navigation.target, item.suffix == "$ref"
        shape = self.entity(entity_type, source, item.options, owner=access, reference=reference)
        shape = replace(shape, declared=navigation.target)
        present = shape.version if not shape.key else shape.key[0].index
        assert present is not None, "entities have a key or a version"
        if item.narrowed is not None:
            test = _type_test(item.narrowed, access, self.schema)
            present = self.place(Case(((test, Constant(True, BOOLEAN)),), BOOLEAN))
        if item.alias is not None:
            shape = replace(shape, context=f"#{source.name}/$entity")
        return ToOneShape(item.name, shape, present, item.cast)

    def of_input(self, item: Expansion, path: PathSource) -> ToManyShape:
        """The shape of a collection that is made of what a path leads to, all or a group; its rows are read apart."""
        assert item.group is not None, "the resolver says what it is made of"
        if any(isinstance(step, GivenStep) for step in path.steps):
            raise NotSupported("nest does not go with what an operation gives.", hint="Write addnested, or groupby.")
        plan = _nested_plan(item, self.schema, path, self.joined)
        place, told = len(self.expands), tuple(self.place(key) for key in item.group.told)
        parent = (OUTER, *told) if self.is_nested else told
        group = replace(item.group, before=(*self.begun, *item.group.before))
        count_only = item.suffix == "$count"
        many = ToMany(item.navigation, parent, plan, path.target, item.source_type, count_only, group)
        self.expands.append(many)
        count = item.options.count or count_only
        shape = ToManyShape(item.name, place, plan.shape, count=count, count_only=count_only)
        context = f"Collection({path.entity_type})" if self.joined else path.target.name
        return replace(shape, context=context, described=item.options)

    def computed(self, selection: Selection, owner: EntityOwner = None) -> Iterator[Field]:
        """The members for what $compute has worked out."""
        for name, expression in selection.computed:
            place = self.place(rooted(expression, owner))
            yield Field(name, place, expression.type, told=expression.type)

    def member(self, access: PropertyAccess, selection: Selection, narrowed: str | None = None) -> Field | ComplexField:
        """The member for a property, its columns put into the row; `narrowed` is the type that alone shows it."""
        declared = access.property
        if self.schema.is_taken_apart(declared.type) and not self._is_inside(access):
            return self._complex(access, selection, narrowed)
        if selection.arrangement is not None:
            return self._arranged(access, selection, selection.arrangement, narrowed)
        tag = self._beside(access, TYPE, STRING) if is_tagged_value(declared.type) else None
        within = fields_within(within_value(selection, access, self.schema), self.place, entity_of(access))
        place, shown = self.place(access), part_of(selection)
        return Field(declared.name, place, declared.type, narrowed, tag, shown=shown, within=within)

    def _is_inside(self, access: PropertyAccess) -> bool:
        """Whether a value around a property is kept whole, and the property with it."""
        return any(not self.schema.is_taken_apart(step.property.type) for step in steps_of(access)[:-1])

    def _arranged(
        self, access: PropertyAccess, selection: Selection, arrangement: Arrangement, narrowed: str | None
    ) -> Field:
        """A collection of which some members are shown, and how many these would be without the cut."""
        asked = rooted(arrangement, entity_of(access))
        count = self.place(asked.counted(access)) if asked.count else None
        shown, declared = part_of(selection), access.property
        inner = within_members(selection, arrangement, access, self.schema)
        within = fields_within(inner, self.place, entity_of(access))
        place = self.place(asked.of(access))
        return Field(declared.name, place, declared.type, narrowed, count=count, shown=shown, within=within)

    def dynamic(self, selection: Selection, types: Sequence[str], owner: Owner) -> DynamicField | None:
        """The dynamic properties of an instance that may be of these types, its column put into the row."""
        if selection.dynamic == () or not any(self.schema.is_open(name) for name in types):
            return None
        return DynamicField(self.document(owner), selection.dynamic)

    def document(self, owner: Owner) -> int:
        """The place of the dynamic properties of an entity, or of a complex value that has columns."""
        if isinstance(owner, PropertyAccess):
            return self._beside(owner, DYNAMIC, UNTYPED)
        return self.hidden(LeafColumn(DYNAMIC, UNTYPED, owner))

    def _complex(self, access: PropertyAccess, selection: Selection, narrowed: str | None) -> ComplexField:
        declared = access.property.type
        marker = marker_of(declared, self.schema)
        place = None if marker is None else self._beside(access, marker, STRING if marker == TYPE else BOOLEAN)
        types = (declared.name, *self.schema.derived_from(declared.name))
        variants = tuple(self._variant(name, access, selection) for name in types)
        return ComplexField(access.property.name, declared, place, variants, narrowed)

    def _variant(self, name: str, access: PropertyAccess, selection: Selection) -> ComplexVariant:
        """What is shown of a complex value of exactly this type."""
        base, known = access.property.type.name, self.schema.properties(name).values()
        own = selection.of_type(name, self.schema)
        fields = tuple(
            self.member(access_of(part, name, base, access, self.schema), own.inside(part.name))
            for part in known
            if own.shows(part)
        )
        computed = tuple(self.computed(own, entity_of(access)))
        told = tuple(one for one in own.annotations if one.owner is None or self.schema.is_derived(name, one.owner))
        return ComplexVariant(name, (*fields, *computed), self.dynamic(own, (name,), access), told)

    def _beside(self, access: PropertyAccess, name: str, type_ref: TypeRef) -> int:
        return self.hidden(LeafColumn(f"{path_of(access)}/{name}", type_ref, entity_of(access)))

    def _links(self, entity_type: str, options: QueryOptions) -> tuple[NavigationProperty, ...]:
        expanded = {item.navigation.name for item in options.expand}
        declared = self.schema.navigation_properties(entity_type)
        links = (declared.get(name) for name in named_links(options.selection) if name not in expanded)
        return tuple(link for link in links if link is not None)


class _Row(Struct, frozen=True):
    """Where the columns of one entity are put: those of the statement's own, or of one that `owner` leads to."""

    layout: _Layout
    source: EntitySet
    entity_type: str
    owner: EntityOwner

    def key_field(self, name: str, leaf: Leaf) -> Field:
        """A part of the key and its place."""
        access = access_along(leaf.path, self.source.entity_type, self.layout.schema, self.owner)
        return Field(name, self.layout.place(access), leaf.type)

    def types(self) -> tuple[str, ...]:
        """The types that the entity may be of."""
        return (self.entity_type, *self.layout.schema.derived_from(self.entity_type))

    def fields(self, selection: Selection) -> Iterator[Field | ComplexField]:
        """What is shown of the entity: first what all have, then what those of derived types add."""
        for part in self.layout.schema.properties(self.entity_type).values():
            if selection.shows(part):
                yield self._field(part, self.entity_type, selection)
        for narrowed, part in selection.derived:
            if not is_stream(part):
                yield self._field(part, narrowed, selection, narrowed)
        yield from self.layout.computed(selection, self.owner)

    def _field(
        self, part: Property, holder: str, selection: Selection, narrowed: str | None = None
    ) -> Field | ComplexField:
        schema = self.layout.schema
        access = access_of(part, holder, self.source.entity_type, self.owner, schema)
        inside = selection.inside(part.name if narrowed is None else f"{narrowed}/{part.name}")
        if isinstance(part.computation, Coded):
            return self.layout.coded(access, inside, self.source, narrowed)
        return self.layout.member(access, inside, narrowed)

    def streams(self, options: QueryOptions) -> Iterator[StreamField]:
        """What is told of streams: of those that are chosen or expanded, and of that of a media entity always."""
        schema, selection = self.layout.schema, options.selection
        if schema.has_stream(self.entity_type):
            yield self._stream(MEDIA, None, options)
        else:
            for name in schema.derived_from(self.entity_type):
                declared = schema.types[name]
                if isinstance(declared, EntityType) and declared.has_stream:
                    yield self._stream(MEDIA, name, options)
        for path in schema.stream_properties(self.entity_type):
            if shows_stream(selection, path) or path in options.streams:
                yield self._stream(path, None, options)
        for narrowed, part in selection.derived:
            for path in schema.stream_properties(narrowed):
                if path.partition("/")[0] == part.name:
                    yield self._stream(path, narrowed, options)

    def _stream(self, name: str, narrowed: str | None, options: QueryOptions) -> StreamField:
        media_type, version = StreamColumn(name, "type", self.owner), StreamColumn(name, "version", self.owner)
        content = self.layout.hidden(StreamColumn(name, "value", self.owner)) if name in options.streams else None
        return StreamField(name, self.layout.hidden(media_type), self.layout.hidden(version), narrowed, content)

    def expand(self, item: Expansion, key: tuple[Field, ...]) -> ToOneShape | ToManyShape:
        """An item of $expand: in the same row, or as rows of its own."""
        if item.navigation.collection:
            return self._to_many(item, key, item.cast)
        return self.layout.to_one(item, self.owner)

    def _to_many(self, item: Expansion, key: tuple[Field, ...], narrowed: str | None) -> ToManyShape:
        plan = _nested_plan(item, self.layout.schema)
        place = len(self.layout.expands)
        count_only = item.suffix == "$count"
        self.layout.expands.append(
            ToMany(item.navigation, self._parent(item, key), plan, self.source, item.source_type, count_only)
        )
        count = item.options.count or count_only
        shape = ToManyShape(item.name, place, plan.shape, count=count, count_only=count_only)
        context = item.entity_set.name if item.alias is not None and item.entity_set is not None else None
        described = item.options if context is not None and item.options.apply is not None else None
        return replace(shape, owner=narrowed, narrowed=item.narrowed, context=context, described=described)

    def _parent(self, item: Expansion, key: tuple[Field, ...]) -> tuple[int, ...]:
        """The places of what an expanded collection's rows refer to their parent by."""
        referenced = self._referenced(item)
        if referenced:
            return tuple(self.layout.place(access) for access in referenced)
        if self.source.kind is SourceKind.ENTITY_SET and not item.navigation.contains_target:
            return tuple(part.index for part in key)
        return (self.layout.hidden(IdColumn(self.owner)),)

    def _referenced(self, item: Expansion) -> tuple[PropertyAccess, ...]:
        """The properties of the parent that a referential constraint of the way back names."""
        schema, target = self.layout.schema, item.entity_set
        assert target is not None, "the resolver refuses to expand where nothing is bound"
        owner = item.navigation.target
        back = schema.navigation_properties(owner).get(item.navigation.partner or "")
        if back is None or back.collection or schema.target(target, owner, back) != self.source:
            return ()
        paths = [constraint.referenced_property for constraint in back.referential_constraints]
        return tuple(access_along(path, self.source.entity_type, schema, self.owner) for path in paths)


def _type_test(name: str, owner: EntityOwner, schema: Schema) -> TypeTest:
    return TypeTest((name, *schema.derived_from(name)), owner)


def _nested_where(item: Expansion, schema: Schema) -> Expression | None:
    """The filter of an expanded collection, and the type that its entities are narrowed to."""
    if item.narrowed is None:
        return item.options.where
    test = _type_test(item.narrowed, None, schema)
    return test if item.options.where is None else Logical("and", (test, item.options.where))


def _nested_plan(
    item: Expansion, schema: Schema, path: PathSource | None = None, joined: tuple[Joined, ...] = ()
) -> ReadPlan:
    target, options, begun = item.narrowed or item.navigation.target, item.options, _narrowing(item, schema)
    layout = _Layout(schema, joined=joined, is_nested=True, begun=begun)
    assert item.entity_set is not None, "the resolver refuses to expand a collection without a bound set"
    path = path or PathSource(item.entity_set, (), target, item.entity_set)
    if options.apply is not None:
        shape = result_shape(options.apply, path, options, layout)
        key = () if joined else key_of_source(item.entity_set, schema)
        order = result_order(options.apply, options.orderby, key)
        options = replace(options, apply=replace(options.apply, steps=(*begun, *options.apply.steps)))
    else:
        shape = layout.entity(target, item.entity_set, options, reference=item.suffix == "$ref")
        order = stable_order(options.orderby, item.entity_set, schema)
    order_columns = tuple(layout.place(part.expression) for part in order)
    return ReadPlan(
        source=applied(JoinedSource(joined) if joined else path, options),
        columns=tuple(layout.columns),
        shape=replace(shape, declared=item.navigation.target),
        where=options.where if options.apply is not None else _nested_where(item, schema),
        order=order,
        order_columns=order_columns,
        skip=options.skip,
        limit=options.top,
        count=options.count,
        expands=tuple(layout.expands),
    )


def _narrowing(item: Expansion, schema: Schema) -> Transformations:
    """What leaves those of expanded entities that are of the type that a cast names."""
    return () if item.narrowed is None else (Filtering(_type_test(item.narrowed, None, schema)),)
