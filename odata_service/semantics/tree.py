"""The typed tree of expressions: what they mean against one schema. Every name is resolved, every node has its type.

Literals of a request that may change without changing the meaning are `Parameter`s: their place among the literals of
the URL is the slot. `service.cache` keeps one plan for all requests that differ only in these values.
"""

from msgspec import Struct

from odata_service.edm.computations import Code
from odata_service.edm.leaves import UNTYPED, Leaf
from odata_service.edm.model import NavigationProperty, Property
from odata_service.edm.types import BOOLEAN, INT64, TypeRef


class Constant(Struct, frozen=True):
    """A value that belongs to the meaning: null, true, false, and whatever is not a slot."""

    value: object
    type: TypeRef


class Parameter(Struct, frozen=True):
    """The literal number `slot` of the request; `type` is the type its value is converted to (see `bind`)."""

    slot: int
    type: TypeRef


class Variable(Struct, frozen=True):
    """Each member of a collection in turn; `depth` tells it from those of the collections around it.

    `source` is the navigation source that entities live in, None for members that are values; `base` is the type that
    the collection is declared of, where a cast has made it another.
    """

    depth: int
    type: TypeRef
    source: str | None = None
    base: str | None = None


RESULT = 0
"""The depth of the variable that stands for what an operation gave and no source holds."""


class Itself(Struct, frozen=True):
    """The current instance of the query as a value, an entity of a source; `key` is the first part of its key."""

    type: TypeRef
    source: str
    key: "PropertyAccess | None" = None


class RootEntity(Struct, frozen=True):
    """One entity of a navigation source, whatever the current instance is: $root/Set('key'), $root/Singleton."""

    source: str
    key: "tuple[KeyValue, ...]"
    type: TypeRef


class PropertyAccess(Struct, frozen=True):
    """The value of a structural property of `owner`: an entity, a value, or None, the current instance.

    `cast` is the derived type that declares the property where the type of the source does not, or that of the complex
    property: the value is null in instances of other types.
    """

    property: Property
    type: TypeRef
    owner: "NavigationAccess | PropertyAccess | Variable | RootEntity | None" = None
    cast: str | None = None


class NavigationAccess(Struct, frozen=True):
    """The entity that a navigation property of `owner` leads to: of a collection the one with the key."""

    navigation: NavigationProperty
    source_type: str
    type: TypeRef
    owner: "NavigationAccess | Variable | RootEntity | None" = None
    key: "tuple[KeyValue, ...]" = ()


class DynamicProperty(Struct, frozen=True):
    """The value of a dynamic property of `owner` where that is of the type, else null; untyped it is any.

    So is a member of a value whose type no definition tells, that of another dynamic property among them; without a
    name it is such a value itself.
    """

    name: str
    type: TypeRef = UNTYPED
    owner: "NavigationAccess | PropertyAccess | DynamicProperty | Variable | RootEntity | None" = None


EntityOwner = NavigationAccess | Variable | RootEntity | None
"""What stands for an entity: one that a path leads to, a member of a collection; None for the current instance."""


class TypeTest(Struct, frozen=True):
    """Whether an entity or complex value (None: the current instance) is of one of these types."""

    types: tuple[str, ...]
    owner: "NavigationAccess | PropertyAccess | Variable | RootEntity | None" = None
    type: TypeRef = BOOLEAN


class Call(Struct, frozen=True):
    """A canonical function by its name in lower case; `signature` is the key of its row in `semantics.functions`."""

    name: str
    arguments: "tuple[Expression, ...]"
    type: TypeRef


class CodeCall(Struct, frozen=True):
    """What code makes of the values of some expressions."""

    code: Code
    values: "tuple[Expression, ...]"
    type: TypeRef


class Logical(Struct, frozen=True):
    """A chain of `and` or of `or`: three-valued, over two or more operands."""

    operator: str
    operands: "tuple[Expression, ...]"
    type: TypeRef = BOOLEAN


class Binary(Struct, frozen=True):
    """A comparison or arithmetic operator between operands that promotion has made alike."""

    operator: str
    left: "Expression"
    right: "Expression"
    type: TypeRef


class Unary(Struct, frozen=True):
    """`not` or `-`."""

    operator: str
    operand: "Expression"
    type: TypeRef


class In(Struct, frozen=True):
    """Whether the operand equals one of the values, null equal to null."""

    operand: "Expression"
    values: "tuple[Expression, ...]"
    type: TypeRef = BOOLEAN


class Cast(Struct, frozen=True):
    """A conversion that the client wrote: cast(x,Edm.String)."""

    operand: "Expression"
    type: TypeRef


class Convert(Struct, frozen=True):
    """A conversion that promotion put in, such as Int32 to Double."""

    operand: "Expression"
    type: TypeRef


class Case(Struct, frozen=True):
    """The result of the first branch whose condition is true; null when none is."""

    branches: "tuple[tuple[Expression, Expression], ...]"
    type: TypeRef


class NavigationMembers(Struct, frozen=True):
    """The entities that a collection-valued navigation property of `owner` leads to."""

    navigation: NavigationProperty
    source_type: str
    type: TypeRef
    owner: EntityOwner = None


class SetMembers(Struct, frozen=True):
    """All entities of a navigation source: $root/Set."""

    source: str
    type: TypeRef


class Listed(Struct, frozen=True):
    """A collection that is written out: [1,2]."""

    members: "tuple[Expression, ...]"
    type: TypeRef


class Members(Struct, frozen=True):
    """Those members of a collection for which `where` is true, each in turn the variable's value."""

    collection: "NavigationMembers | SetMembers | Expression"
    variable: Variable
    where: "Expression | None" = None


class Lambda(Struct, frozen=True):
    """Whether the predicate is true for a member (`any`) or for each (`all`); without one whether there are any."""

    operator: str
    members: Members
    predicate: "Expression | None" = None
    type: TypeRef = BOOLEAN


class Count(Struct, frozen=True):
    """How many members there are."""

    members: Members
    type: TypeRef = INT64


class Aggregated(Struct, frozen=True):
    """The sum, min, max, count or countdistinct of what an expression is for members of a collection, null left out.

    Of none at all the sum and the extremes are null.
    """

    members: Members
    method: str
    operand: "Expression"
    type: TypeRef


class Defined(Struct, frozen=True):
    """Whether an instance that transformations have made still has a property, or an entity that it is related to.

    `parts` are the kinds of instances that have it, `part` tells of which kind one is.
    """

    access: PropertyAccess | NavigationAccess
    part: PropertyAccess
    parts: tuple[int, ...]
    type: TypeRef = BOOLEAN


class Descends(Struct, frozen=True):
    """Whether one node of a recursive hierarchy is below another one, at most `distance` levels.

    `nodes` are all that there are, `name` and `parent` what names each of them and the one above it. With `itself`
    every node is below itself.
    """

    nodes: Members
    name: "Expression"
    parent: "Expression"
    node: "Expression"
    ancestor: "Expression"
    distance: "Expression | None" = None
    itself: bool = False
    type: TypeRef = BOOLEAN


class Arranged(Struct, frozen=True):
    """Members of a collection of values in an order, and cut: those behind the first `skip`, at most `top`.

    Each item of `order` is a value with whether it goes down; members that are equal in it stay as they stood. With a
    `value` there is what that is for each member, in an array of its own.
    """

    members: Members
    type: TypeRef
    order: "tuple[tuple[Expression, bool], ...]" = ()
    skip: "Expression | None" = None
    top: "Expression | None" = None
    value: "Expression | None" = None


class Picked(Struct, frozen=True):
    """The value of an expression for one member of a collection of values: that at a place, from the end below zero.

    Null where there is no such member.
    """

    members: Members
    place: int
    value: "Expression"
    type: TypeRef


class Ordinal(Struct, frozen=True):
    """The place of an entity among those that an operation gave, from 0."""

    type: TypeRef = INT64


Expression = (
    Constant
    | Parameter
    | Variable
    | Itself
    | RootEntity
    | PropertyAccess
    | NavigationAccess
    | DynamicProperty
    | Listed
    | Lambda
    | Count
    | Descends
    | Aggregated
    | Defined
    | TypeTest
    | Call
    | CodeCall
    | Logical
    | Binary
    | Unary
    | In
    | Cast
    | Convert
    | Case
    | Ordinal
    | Arranged
    | Picked
)


class KeyValue(Struct, frozen=True):
    """One part of a key predicate: its name there, the leaf, and the value, a `Constant` or `Parameter` of its type."""

    name: str
    leaf: Leaf
    value: Expression
