"""What a name may mean at a place of a URL, and how an error there speaks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, NavigationProperty, Property, Schema
from odata_service.edm.nested import value_path
from odata_service.edm.sources import is_stream
from odata_service.edm.types import STRING, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import (
    LimitExceeded,
    NotSupported,
    SemanticError,
    Span,
    TypeMismatch,
    UnknownProperty,
    UnknownType,
    did_you_mean,
)
from odata_service.semantics.access import Owner, chain_of, marker_access
from odata_service.semantics.bind import converter, literal_type
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import Expansion
from odata_service.semantics.transformations import Aggregate, Related, Result, added_member
from odata_service.semantics.tree import (
    Aggregated,
    Constant,
    Count,
    Expression,
    Lambda,
    Members,
    NavigationAccess,
    NavigationMembers,
    Parameter,
    PropertyAccess,
    RootEntity,
    SetMembers,
    Variable,
)
from odata_service.semantics.walk import Sizes, size_of
from odata_service.settings import Limits
from odata_service.url.syntax import Alias, Literal, LiteralKind, Number
from odata_service.url.syntax import Expression as SyntaxExpression

if TYPE_CHECKING:
    from odata_service.semantics.property_path import Place

Slots = Mapping[tuple[str, int, str], int]
"""The slots of literals by option, place and text: what looks like a time of day may turn out to be two numbers."""


Instance = Variable | NavigationAccess | PropertyAccess | RootEntity | NavigationMembers | SetMembers | Members | None
"""What names without a variable belong to: None is the current instance of the query."""

NODES_OF_A_RESULT = 10
"""As many operators as a result of its own costs, since what follows is done for each."""


class Request(Struct):
    """What the whole of one URL shares: the schema, the slots of its literals, its aliases, the parameters used.

    `custom` are its other query options, which may be parameters of functions. `gathered` are the aggregates of all
    instances that are asked for, None where none may be. `repeated` counts the operators of what names stand for,
    `longest` the texts that the longest one is made of which transformations make.
    """

    schema: Schema
    slots: Slots
    limits: Limits
    aliases: Mapping[str, SyntaxExpression] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    open_aliases: list[str] = field(default_factory=list)
    open_functions: list[str] = field(default_factory=list)
    custom: Mapping[str, str] = field(default_factory=dict)
    gathered: list[Aggregate] | None = None
    expansions: int = 0
    expanded: int = 0
    nesting: int = 0
    repeated: int = 0
    sizes: Sizes = field(default_factory=dict)
    longest: int = 1

    def gathering(self) -> "Gathering":
        """The aggregates of all instances that are asked for in what is resolved meanwhile."""
        return Gathering(self)

    @contextmanager
    def nested(self, count: int, target: str) -> Iterator[None]:
        """Collections in transformations while they are resolved: they are read as those of $expand are."""
        self.expanded += count
        self.nesting += 1
        items, levels = self.limits.max_expand_items, self.limits.max_expand_depth
        if items and self.expanded > items:
            raise LimitExceeded(
                f"$apply and $expand name more than {items} collections (--max-expand-items).",
                target=target,
                hint="Read some of them in requests of their own.",
            )
        if levels and self.nesting > levels:
            raise LimitExceeded(
                f"Collections are transformed inside of others deeper than {levels} levels (--max-expand-depth).",
                target=target,
                hint="Read the deeper ones in a request of their own.",
            )
        yield
        self.nesting -= 1

    def gather(self, aggregate: Aggregate) -> PropertyAccess:
        """The hidden member of instances under which they have an aggregate; equal ones are one."""
        assert self.gathered is not None, "it is asked first whether any may be"
        self.expansions += 1
        made = replace(aggregate, alias=added_member(f"$gathered{self.expansions}", aggregate.alias.type))
        same = next((known for known in self.gathered if replace(known, alias=made.alias) == made), None)
        if same is None:
            self.gathered.append(made)
        return (same or made).alias

    @contextmanager
    def without_gathering(self) -> Iterator[None]:
        """A place where no aggregates of all instances may be asked for."""
        around, self.gathered = self.gathered, None
        yield
        self.gathered = around

    @contextmanager
    def opened(self, name: str, target: str) -> Iterator[None]:
        """An alias while what it stands for is resolved; refuses cycles and endless growth."""
        self.expansions += 1
        if name in self.open_aliases:
            raise SemanticError(f"The alias '@{name}' refers to itself.", target=target, hint="Give it a value.")
        if self.limits.max_nodes and self.expansions > self.limits.max_nodes:
            raise LimitExceeded(
                f"Aliases stand for more than {self.limits.max_nodes} expressions (--max-nodes).", target=target
            )
        self.open_aliases.append(name)
        yield
        self.open_aliases.pop()

    @contextmanager
    def function(self, name: str, target: str) -> Iterator[None]:
        """A function of the model while its expression is resolved; refuses cycles and endless growth."""
        self.expansions += 1
        self.check_ends(name, target)
        if self.limits.max_nodes and self.expansions > self.limits.max_nodes:
            raise LimitExceeded(
                f"Functions stand for more than {self.limits.max_nodes} expressions (--max-nodes).", target=target
            )
        self.open_functions.append(name)
        yield
        self.open_functions.pop()

    def check_ends(self, name: str, target: str) -> None:
        """Refuses a function whose expression is being resolved."""
        if name in self.open_functions:
            raise NotSupported(f"The expression of '{name}' calls itself.", target=target)

    def repeat(self, expression: Expression, target: str) -> Expression:
        """A value of $compute or an argument of a function where its name stands; refuses endless growth."""
        self.repeated += size_of(expression, self.sizes)
        if self.limits.max_nodes and self.repeated > self.limits.max_nodes:
            raise LimitExceeded(
                f"What names of $compute and of parameters stand for has more than {self.limits.max_nodes} operators "
                "(--max-nodes).",
                target=target,
                hint="Name what is long less often.",
            )
        return expression

    def results(self, count: int, target: str) -> None:
        """Refuses too many results put behind one another, which concat and rollup multiply."""
        most = self.limits.max_nodes // NODES_OF_A_RESULT
        if self.limits.max_nodes and count > most:
            raise LimitExceeded(
                f"$apply puts more than {most} results together (--max-nodes).",
                target=target,
                hint="Use fewer concat and rollup behind each other.",
            )


class Gathering:
    """A while in which aggregates of all instances are gathered: each request has several, so this is no generator."""

    __slots__ = ("_around", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._around = request.gathered

    def __enter__(self) -> list[Aggregate]:
        gathered = self._request.gathered = []
        return gathered

    def __exit__(self, *_: object) -> None:
        self._request.gathered = self._around


class Scope(Struct, frozen=True):
    """A place: the structured type whose names are known there, its set, the option it stands in.

    `option` names the text that spans count in; `target` is what errors name. `instance` is what names without a
    variable belong to, None for the current instance of the query, which `outermost` is the place of. Of a complex
    value `around` is the place of the entity that has it. `variables` are the range variables that are known, the
    innermost first. `result` is what instances have behind $apply, None where they are as the type says. `computed` are
    the values of $compute by name, of the instance `computed_for`. `arguments` are what aliases stand for inside the
    expression of a function, None elsewhere; there `entity_type` is empty where nothing is bound. `aliases` are those
    among nested options, the innermost first. `is_out_of_reach` marks an outermost place that no path leads back to.
    `rollup` are the nodes of the group that a sequence of $apply is run for, one for each `rolluprecursive`. `kinds`
    are the results that there are of several kinds of instances. `is_inside` marks a sequence that is run for each of
    many collections. `these` is the collection that the instance is one of,
    where the expression names that.
    """

    request: Request
    entity_type: str
    entity_set: EntitySet | None
    option: str
    target: str
    instance: Instance = None
    around: "Scope | None" = None
    variables: tuple[tuple[str, Variable], ...] = ()
    outermost: "Scope | None" = None
    depth: int = 0
    result: Result | None = None
    computed: tuple[tuple[str, Expression], ...] = ()
    computed_for: Instance = None
    arguments: "tuple[tuple[str, Expression | Place], ...] | None" = None
    aliases: tuple[tuple[str, SyntaxExpression], ...] = ()
    is_out_of_reach: bool = False
    rollup: tuple[RootEntity, ...] = ()
    kinds: tuple[Result, ...] = ()
    is_inside: bool = False
    these: Members | None = None

    def at(self, option: str, target: str | None = None) -> "Scope":
        """The same names in another option."""
        target = target or f"${option}"
        if option == self.option and target == self.target:
            return self
        return replace(self, option=option, target=target)

    def inside(self, variable: Variable, name: str | None = None) -> "Scope":
        """The place inside a collection: by name the members are a variable's, else they are the instance there."""
        if name is not None:
            return replace(self, variables=((name, variable), *self.variables), depth=variable.depth)
        inner = self.behind(variable)
        outermost = self.outermost or self
        return replace(inner, instance=variable, around=None, depth=variable.depth, outermost=outermost, these=None)

    def among(self, members: Members) -> "Scope":
        """The place inside a collection whose members are the instance there, all of which are `$these`."""
        return replace(self.inside(members.variable), these=members)

    def behind(self, variable: Variable) -> "Scope":
        """The names that the members of a collection have."""
        source = None if variable.source is None else self.request.schema.source(variable.source)
        return replace(self, entity_type=variable.type.name, entity_set=source)

    @property
    def holder(self) -> Owner:
        """What has the properties that are named here: a single instance, which a collection is not."""
        assert not isinstance(self.instance, NavigationMembers | SetMembers | Members), "members have properties"
        return self.instance

    def computed_value(self, name: str) -> Expression | None:
        """What $compute says of the current instance under this name, or None."""
        if self.instance != self.computed_for:
            return None
        return next((found for known, found in self.computed if known == name), None)

    def aliased(self, name: str) -> SyntaxExpression | None:
        """What an alias stands for, None where it has no value or is the parameter of a function."""
        if self.arguments is not None:
            return None
        return next((value for known, value in self.aliases if known == name), self.request.aliases.get(name))

    @contextmanager
    def alias(self, name: str) -> Iterator[tuple[SyntaxExpression | None, "Scope"]]:
        """What an alias stands for and the place where that stands, while it is resolved; see `Request.opened`."""
        is_nested = any(known == name for known, _ in self.aliases)
        with self.request.opened(name, self.target):
            yield self.aliased(name), self.at(self.option if is_nested else f"@{name}", f"@{name}")

    def argument(self, node: Alias) -> "Expression | Place | None":
        """What a parameter of the function stands for whose expression this is; None outside of such expressions."""
        if self.arguments is None:
            return None
        found = dict(self.arguments).get(node.name)
        if found is None:
            raise SemanticError(
                f"'@{node.name}' is no parameter of the function{self.place(node.span)}.",
                target=self.target,
                hint=did_you_mean(node.name, [name for name, _ in self.arguments]),
            )
        return found

    def variable(self, name: str) -> Variable | None:
        """The range variable of this name, or None."""
        return next((found for known, found in self.variables if known == name), None)

    def place(self, span: Span) -> str:
        """The end of a message that tells where in the option something stands."""
        return f" (at position {span.start + 1} of {self.target})"

    def property(self, name: str) -> Property | None:
        """The structural property of this name, or None."""
        schema = self.request.schema
        return schema.properties(self.entity_type).get(name) if schema.structured_type(self.entity_type) else None

    def member(self, name: str) -> PropertyAccess | None:
        """The member of this name that transformations have given the instances, or None."""
        return None if self.result is None else self.result.member(name)

    def relation(self, name: str) -> Related | None:
        """The single entity of this name that transformations have given the instances, or None."""
        return None if self.result is None else self.result.relation(name)

    def nested(self, name: str) -> Expansion | None:
        """The collection or entity of this name that transformations have put into the instances, or None."""
        known = self.result.nested if self.result is not None else ()
        return next((part for part in known if part.alias == name), None)

    def is_nested(self, name: str) -> bool:
        """Whether transformations have put a collection or an entity of this name into the instances."""
        return self.nested(name) is not None

    def is_added(self, name: str) -> bool:
        """Whether transformations have given the instances a member that no type declares."""
        return self.result is not None and self.result.member(name) in self.result.added

    def left(self, found: Expression) -> Expression:
        """What a path from the instance is worth behind $apply: null where the property has been aggregated away."""
        if self.result is None:
            return found
        path = _path_of(found)
        if isinstance(found, PropertyAccess) and kind_of(found.type) is None and not self.result.has(found):
            return self._complex(found, self.result)
        if self.result.whole if path is None else self.result.has(path) or self._is_relation(path):
            return found
        return Constant(None, bare(found.type) if kind_of(found.type) is not None else STRING)

    def _complex(self, found: PropertyAccess, result: Result) -> Expression:
        """What is null where a complex value is that groups are made by; its members stand among those of instances."""
        marker = marker_access(found, self.request.schema)
        if marker in result.members:
            return marker
        return found if any(found in chain_of(known) for known in result.members) else Constant(None, STRING)

    def _is_relation(self, path: PropertyAccess | NavigationAccess) -> bool:
        return self.result is not None and any(path == known.access for known in self.result.related)

    def navigation(self, name: str) -> NavigationProperty | None:
        """The navigation property of this name, or None."""
        schema = self.request.schema
        if schema.structured_type(self.entity_type) is None:
            return None
        return schema.navigation_properties(self.entity_type).get(name)

    def is_stream(self, name: str) -> bool:
        """Whether this is the name of a stream property."""
        declared = self.property(name)
        return declared is not None and is_stream(declared)

    def cast(self, name: str) -> str | None:
        """The derived type that has to be named before a property among all entities of the source, or None."""
        if self.entity_set is None:
            return None
        return self.request.schema.member_cast(self.entity_set.entity_type, self.entity_type, name)

    def related(self, navigation: NavigationProperty) -> EntitySet | None:
        """The source that a navigation property leads to, or None."""
        known = self.relation(navigation.name)
        if known is not None and known.access.navigation == navigation:
            return known.source
        if self.entity_set is None:
            return None
        return self.request.schema.target(self.entity_set, self.entity_type, navigation)

    def narrowed(self, name: str, span: Span) -> "Scope":
        """The place behind a cast to a type: that of the scope itself, a derived one, or one that it inherits from."""
        schema = self.request.schema
        if schema.structured_type(name) is None:
            raise UnknownType(f"'{name}' is no type of this service.", hint=did_you_mean(name, list(schema.types)))
        if schema.structured_type(self.entity_type) is not None and schema.is_derived(self.entity_type, name):
            return self
        if not schema.is_derived(name, self.entity_type):
            raise TypeMismatch(
                f"'{name}' is not derived from '{self.entity_type}'{self.place(span)}.",
                target=self.target,
                hint=did_you_mean(name, list(schema.derived_from(self.entity_type))),
            )
        return replace(self, entity_type=name)

    def narrowed_from(self, declared: str, name: str, span: Span) -> str:
        """A type that a value of a declared type may be of: that one, or one derived from it."""
        return replace(self, entity_type=declared).narrowed(name, span).entity_type

    def unknown(self, name: str, span: Span, path: str = "") -> UnknownProperty:
        """The error for a name that the type does not have, with the nearest one that it has; `path` leads to it."""
        schema = self.request.schema
        leading = (name for name in schema.navigation_properties(self.entity_type) if not value_path(name))
        known = [*schema.properties(self.entity_type), *leading]
        inside = f", in '{path}/{name}'" if path else ""
        return UnknownProperty(
            f"Property '{name}' is not declared in '{self.entity_type}'{inside}{self.place(span)}.",
            target=self.target,
            hint=did_you_mean(name, known) or f"It declares {', '.join(known[:20])}.",
        )

    def leads_nowhere(self, navigation: NavigationProperty, span: Span) -> SemanticError:
        """The error for a navigation property whose entities have no place in the service."""
        return SemanticError(
            f"'{navigation.name}' is bound to no entity set, so it leads nowhere{self.place(span)}.",
            target=self.target,
            hint="Leave it out; or bind it in the definition: <NavigationPropertyBinding Path=… Target=…/>.",
        )

    def inside_complex(self, name: str, span: Span) -> NotSupported:
        """The error for a navigation property of a complex value that is kept whole: it has no row to lead from."""
        return NotSupported(
            f"'{name}' is a navigation property of a complex value that is kept whole, as members of collections are, "
            f"and these are not followed{self.place(span)}.",
            target=self.target,
            hint="Declare it in the entity type in the definition.",
        )

    def value(self, literal: Literal, wanted: TypeRef) -> Constant | Parameter:
        """A literal as a value of a type: a slot's parameter, or a constant where the literal has no slot."""
        if literal.kind is LiteralKind.NULL:
            return Constant(None, wanted)
        slot = self.request.slots.get((self.option, literal.span.start, literal.text))
        value = self.convert(literal, wanted)
        if slot is None or literal.kind is LiteralKind.BOOLEAN or value != value:
            return Constant(value, wanted)
        parameter = Parameter(slot, wanted)
        self.request.parameters.append(parameter)
        return parameter

    def convert(self, literal: Literal, wanted: TypeRef) -> PrimitiveValue | None:
        """The value that a literal stands for; `TypeMismatch` naming its place."""
        try:
            return converter(literal.kind, wanted)(literal.text)
        except TypeMismatch as error:
            raise TypeMismatch(f"{error.text[:-1]}{self.place(literal.span)}.", target=self.target) from error

    def number(self, number: Number | None, wanted: TypeRef) -> Constant | Parameter | None:
        """The number of $top or $skip."""
        if number is None:
            return None
        literal = Literal(LiteralKind.INTEGER, str(number.value), span=number.span)
        if literal_type(literal.kind, literal.text).name == "Edm.Decimal":
            raise TypeMismatch(f"{number.value} is too large{self.place(number.span)}.", target=self.target)
        return self.value(literal, wanted)


def _path_of(found: Expression) -> PropertyAccess | NavigationAccess | None:
    """The path from the instance on that an expression is, or that leads to the collection it asks about."""
    match found:
        case PropertyAccess() | NavigationAccess():
            return found
        case Lambda() | Count() | Aggregated():
            collection = found.members.collection
            if isinstance(collection, NavigationMembers):
                return collection.owner if isinstance(collection.owner, NavigationAccess) else None
            return collection if isinstance(collection, PropertyAccess) else None
        case _:
            return None
