"""What a URL is resolved to: the path's steps and the system query options, over the typed tree of `semantics.tree`."""

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property, Schema
from odata_service.edm.operations import Operation
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.semantics.tree import (
    Arranged,
    Constant,
    Count,
    DynamicProperty,
    Expression,
    KeyValue,
    Logical,
    Members,
    NavigationAccess,
    Parameter,
    Picked,
    PropertyAccess,
    TypeTest,
    Variable,
)
from odata_service.structs import PartlyCompared

if TYPE_CHECKING:  # transformations hold expressions, and options hold transformations
    from odata_service.semantics.transformations import Grouping, Pipeline, Transformations

if TYPE_CHECKING:
    from odata_service.url.syntax import Options  # printing metadata loads no parser

MEDIA = "$value"
"""What the stream of a media entity is called among the streams of its entity."""


class OrderItem(Struct, frozen=True):
    """One item of $orderby with its direction; null sorts below every value."""

    expression: Expression
    descending: bool = False


class EntitySetStep(Struct, frozen=True):
    """The path's first step: an entity set, or a singleton."""

    entity_set: EntitySet


class KeyStep(Struct, frozen=True):
    """One entity of the collection before it; the key may be an alternate one, which is not what others know it by."""

    key: tuple[KeyValue, ...]
    is_alternate: bool = False


class NavigationStep(Struct, frozen=True):
    """The related entity or entities, and the source that they live in where one is bound; `cast` as in properties."""

    navigation: NavigationProperty
    source_type: str
    target: EntitySet | None = None
    cast: str | None = None


class CastStep(Struct, frozen=True):
    """Those of the entities before it that are of a derived type."""

    entity_type: str


class PropertyStep(Struct, frozen=True):
    """A structural property's value."""

    property: Property


class DynamicStep(Struct, frozen=True):
    """A dynamic property of an open type; behind one a member of its value, a place in it, or a type."""

    name: str


class MembersStep(Struct, frozen=True):
    """Those members of the collection of values before it for which `where` is true, `variable` standing for each.

    `cast` is the derived type that leaves them where one is named.
    """

    variable: Variable
    where: Expression
    cast: str | None = None


class OrdinalStep(Struct, frozen=True):
    """The member of a collection of values at a place, from its end below zero; `members` says of which."""

    members: Members
    place: int


def picked(ordinals: "tuple[OrdinalStep, ...]", value: Expression) -> Expression:
    """An expression for the member at the last of some places, each in a collection of the member at the one before."""
    for step in reversed(ordinals):
        value = Picked(step.members, step.place, value, value.type)
    return value


class FilterStep(Struct, frozen=True):
    """Those of the entities before it for which the predicate is true."""

    predicate: Expression


class GivenStep(Struct, frozen=True):
    """Those of the entities of the source before it that an operation gave, in its order."""


class ResultStep(Struct, frozen=True):
    """What an operation gave that lives in no source: the path's first step."""


class Joined(Struct, frozen=True):
    """A set of a cross join, and how expressions reach its entity in each instance."""

    access: NavigationAccess
    entity_set: EntitySet


class CrossJoinStep(Struct, frozen=True):
    """Every combination of entities of some sets: the path's first step."""

    members: tuple[Joined, ...]


Step = (
    EntitySetStep
    | KeyStep
    | NavigationStep
    | CastStep
    | PropertyStep
    | DynamicStep
    | MembersStep
    | OrdinalStep
    | FilterStep
    | GivenStep
    | ResultStep
    | CrossJoinStep
)


class JsonArgument(Struct, frozen=True):
    """An argument in JSON, as Python parses it: the value of a collection, a complex or an entity parameter."""

    value: object


class Leading(Struct, frozen=True):
    """A navigation property of a value that is kept whole: what stands for the value, and the types that it is declared
    of and taken for.
    """

    value: PropertyAccess | Variable
    declared: str
    holder: str
    navigation: str


class OperationCall(Struct, frozen=True):
    """An operation that a path calls: the overload, its arguments by name, and the path to what it is bound to.

    That is each of the entities there where the path says so (`/$each`). The parameters of an action stand in the body,
    so that it has no arguments here. `leads` tells a navigation property of a value that is kept whole, which gives
    entities by their keys as functions do.
    """

    operation: Operation
    arguments: tuple[tuple[str, Constant | JsonArgument], ...] = ()
    binding: "ResourcePath | None" = None
    leads: Leading | None = None


class ResourcePath(Struct, frozen=True):
    """Where a request points: its steps, the type there, the source its entities live in, and what of it is asked.

    At most one of `is_count` (`/$count`), `is_value` (`/$value`), `is_ref` (`/$ref`) holds. `call` is the operation
    whose result the path begins with. With `is_each` a change is one of every entity there (`/$each`). `tests` are
    the casts of complex values on the way: what is of another type has nothing there.
    """

    steps: tuple[Step, ...]
    type: TypeRef
    entity_set: EntitySet | None
    is_count: bool = False
    is_value: bool = False
    is_ref: bool = False
    call: OperationCall | None = None
    is_each: bool = False
    tests: tuple[TypeTest, ...] = ()

    @property
    def filters(self) -> tuple[Expression, ...]:
        """The predicates along the path."""
        return tuple(step.predicate for step in self.steps if isinstance(step, FilterStep))

    @property
    def way(self) -> tuple[str, ...]:
        """The names of the properties along the path."""
        return tuple(step.property.name for step in self.steps if isinstance(step, PropertyStep))

    @property
    def ordinals(self) -> tuple[OrdinalStep, ...]:
        """The places along the path in collections of values."""
        return tuple(step for step in self.steps if isinstance(step, OrdinalStep))

    @property
    def dynamic(self) -> tuple[str, ...]:
        """The name of the dynamic property that the path leads to, and what leads on in its value; or nothing."""
        return tuple(step.name for step in self.steps if isinstance(step, DynamicStep))

    @property
    def joined(self) -> tuple[Joined, ...]:
        """The sets of a cross join; of any other path none."""
        first = self.steps[0]
        return first.members if isinstance(first, CrossJoinStep) else ()

    @property
    def is_result(self) -> bool:
        """Whether the path leads to what an operation gave and no source holds."""
        return isinstance(self.steps[0], ResultStep)

    @property
    def stream(self) -> str | None:
        """The name of the stream that is asked for: that of a property, MEDIA for a media entity's own; or None."""
        last = self.steps[-1]
        if isinstance(last, PropertyStep):
            return last.property.name if kind_of(last.property.type) is Kind.STREAM else None
        is_inside = isinstance(last, OrdinalStep | MembersStep | DynamicStep)
        return MEDIA if self.is_value and not self.is_result and not is_inside else None


class Advertised(Struct, frozen=True):
    """An overload of an operation that an entity tells of: its name, its parameters but the binding one."""

    name: str
    parameters: tuple[str, ...]
    is_function: bool


class ShownAnnotation(Struct, frozen=True):
    """What the model says with a term, as $select shows it: the member's name and its value as JSON.

    `target` is the property that it is about, None for the instance itself; `owner` the type whose instances alone show
    it, or None.
    """

    term: str
    value: str
    target: str | None = None
    owner: str | None = None

    @property
    def name(self) -> str:
        """What the member is called."""
        return f"{self.target or ''}@{self.term}"


class Arrangement(Struct, frozen=True):
    """Which members of a collection of values are shown: those for which `where` is true, in an order, cut.

    `variable` stands for each of them. `count` tells how many there are before the cut.
    """

    variable: Variable
    where: Expression | None = None
    order: tuple[OrderItem, ...] = ()
    skip: Expression | None = None
    top: Expression | None = None
    count: bool = False

    def of(self, collection: Expression, value: Expression | None = None) -> Arranged:
        """The members of a collection that are shown, or in their place the value of an expression for each."""
        order = tuple((item.expression, item.descending) for item in self.order)
        return Arranged(self._members(collection), collection.type, order, self.skip, self.top, value)

    def counted(self, collection: Expression) -> Count:
        """How many there are before the cut."""
        return Count(self._members(collection))

    def _members(self, collection: Expression) -> Members:
        return Members(collection, self.variable, self.where)


class Selection(Struct, frozen=True):
    """What is to be shown of an instance: the `chosen` properties, None for all that it has.

    `inner` has what is shown of complex values, by property. `dynamic` are the dynamic properties, None for all.
    `explicit` tells `$select=a` from no $select. `navigation` names navigation properties that stand in $select: they
    show only as links. `names` are the items as they belong into a context URL. `derived` are properties that show in
    instances of the type named with them alone: what these show of a complex value is `inner` under both names.
    `computed` are the values of $compute that are shown, `operations` what is told of, `annotations` what the model
    says. With an `arrangement` it is that of the members of a collection.
    """

    chosen: frozenset[str] | None = None
    inner: "tuple[tuple[str, Selection], ...]" = ()
    dynamic: tuple[str, ...] | None = None
    explicit: bool = False
    names: tuple[str, ...] = ()
    navigation: tuple[str, ...] = ()
    derived: tuple[tuple[str, Property], ...] = ()
    computed: "tuple[tuple[str, Expression], ...]" = ()
    operations: tuple[Advertised, ...] = ()
    annotations: tuple[ShownAnnotation, ...] = ()
    arrangement: Arrangement | None = None

    def shows(self, declared: Property) -> bool:
        """Whether the value of a declared property is shown; streams have none that could be."""
        return self.chooses(declared.name) and kind_of(declared.type) is not Kind.STREAM

    def chooses(self, name: str) -> bool:
        """Whether a declared property is among those that are asked for."""
        return self.chosen is None or name in self.chosen

    def inside(self, name: str) -> "Selection":
        """What is shown of the complex value of a property."""
        return next((selection for known, selection in self.inner if known == name), EVERYTHING)

    def of_type(self, name: str, schema: Schema) -> "Selection":
        """What is shown of an instance of exactly this type: what casts to it or to types around it name as well."""
        if self.chosen is None or not self.derived:
            return self
        chosen, inner = set(self.chosen), dict(self.inner)
        for owner, part in self.derived:
            if schema.is_derived(name, owner):
                chosen.add(part.name)
                inner[part.name] = self.inside(f"{owner}/{part.name}")
        return replace(self, chosen=frozenset(chosen), inner=tuple(inner.items()))


EVERYTHING = Selection()
"""What is shown where nothing is selected."""

NOTHING = Selection(frozenset(), dynamic=())
"""What is shown of an entity of which a property alone is read."""


class NestedGroup(Struct, frozen=True):
    """What `nest` makes a collection of: of the instances behind `before` those of a group.

    `levels` are the groupings around it from the outermost on, each with what was done in its groups before the next.
    Inside of another nested collection both begin with what that is made of.
    """

    before: "Transformations" = ()
    levels: "tuple[Grouping, ...]" = ()

    @property
    def keys(self) -> tuple[PropertyAccess, ...]:
        """What the instances of a group are equal in while it is made."""
        return tuple(dict.fromkeys(key for level in self.levels for key in level.keys))

    @property
    def told(self) -> tuple[PropertyAccess, ...]:
        """What a group is told by once it is made."""
        nodes = {spread.mark: spread.member for level in self.levels for spread in level.spreads}
        return tuple(nodes.get(key, key) for key in self.keys)


class Expansion(PartlyCompared, frozen=True):
    """One item of $expand with its own options; `suffix` is `$ref`, `$count` or None.

    `cast` is the type that a cast before it names: the item shows in entities of that type alone. `narrowed` is that of
    a cast behind it: related entities of that type alone are shown. `recursive` marks an item of $levels, whose next
    level is among its own options. `written` are its options as the URL has them. What $apply has nested is shown under
    its `alias`; with a `group` it is made of what the query's path leads to.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"written"})

    navigation: NavigationProperty
    source_type: str
    entity_set: EntitySet | None
    options: "QueryOptions"
    suffix: str | None = None
    cast: str | None = None
    narrowed: str | None = None
    recursive: bool = False
    written: "Options | None" = None
    alias: str | None = None
    group: NestedGroup | None = None

    @property
    def name(self) -> str:
        """The name under which it is shown."""
        return self.navigation.name if self.alias is None else self.alias

    @property
    def path(self) -> str:
        """The name with the cast before it."""
        name = self.name
        return name if self.cast is None else f"{self.cast}/{name}"


class Linked(Struct, frozen=True):
    """Related entities of values that are kept whole, which are told there by key.

    `way` are the properties that lead to the values from what is shown; these are `declared` of a type, and `holder` is
    the type that has the navigation property. The `item` is named by its path, and has the entity set and the options.
    """

    way: tuple[str, ...]
    declared: str
    holder: str
    item: Expansion

    @property
    def navigation(self) -> str:
        """The name of the navigation property."""
        return self.item.navigation.simple_name


class QueryOptions(Struct, frozen=True):
    """The system query options of a collection or an entity, resolved.

    `streams` are those that $expand names, `linked` what values lead to that are kept whole.
    `skip` and `top` are `Constant` or `Parameter` of Edm.Int64, or None.
    `skiptoken` is the opaque text.
    """

    selection: Selection
    filter: Expression | None = None
    orderby: tuple[OrderItem, ...] = ()
    search: Expression | None = None
    expand: tuple[Expansion, ...] = ()
    streams: tuple[str, ...] = ()
    linked: tuple[Linked, ...] = ()
    skip: Expression | None = None
    top: Expression | None = None
    count: bool = False
    skiptoken: str | None = None
    apply: "Pipeline | None" = None

    @property
    def where(self) -> Expression | None:
        """The condition that $search and $filter make together."""
        if self.search is None or self.filter is None:
            return self.filter if self.search is None else self.search
        return Logical("and", (self.search, self.filter))


class Query(PartlyCompared, frozen=True):
    """A request's URL with a resource path, resolved. `id` is the text of `$id`, for `/$ref`, `index` that of `$index`.

    `property` is what a path that ends in properties leads to, or in a member of a collection of values; the options
    then are those of the value. What stands behind an ordinal is a property of the variable of its members. Of a path
    that ends inside a dynamic property it is that property: `path.dynamic` leads on.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"parameters"})

    path: ResourcePath
    options: QueryOptions
    entity_type: EntityType | None = None
    id: str | None = None
    property: PropertyAccess | Variable | DynamicProperty | None = None
    index: int | None = None
    parameters: tuple[Parameter, ...] = ()


class AllQuery(PartlyCompared, frozen=True):
    """`$all`: what each source has of the entities, in its order.

    `options` are `$skip`, `$top` and `$count` of all, and what each expands. `directions` tell of each item of
    `$orderby` whether it goes down; the order of each part goes on with the part's place.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"parameters"})

    parts: tuple[Query, ...]
    type: TypeRef
    options: QueryOptions
    is_count: bool = False
    directions: tuple[bool, ...] = ()
    parameters: tuple[Parameter, ...] = ()


class DocumentQuery(Struct, frozen=True):
    """The service document or `$metadata`: `document` is `service` or `metadata`."""

    document: str


class EntityIdQuery(Struct, frozen=True):
    """`$entity?$id=…`: the entity whose id is this text, as one of the type `cast` where one is named."""

    id: str
    cast: str | None = None
