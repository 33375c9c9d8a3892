"""A typed expression over one Python entity: slow, obvious, and the judge of the SQL (URL Conventions 5.1.1).

An entity is a mapping of property names to EDM values, and of navigation properties to entities or None; a complex
value is a mapping too. Names that a derived type declares stand behind its own (`ns.Employee/salary`), and `TYPE` has
the entity's type. The standard's null logic: comparisons are true or false even of null, `and`, `or` and `not` know
three values, all else is null of it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, assert_never

from msgspec import Struct, field

from odata_service.edm.computations import Code, Coded
from odata_service.edm.json_text import read_exact
from odata_service.edm.shapes import in_plane, on_sphere
from odata_service.edm.structured import TypedValue
from odata_service.edm.types import DECIMAL, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, as_float, parse, print_value
from odata_service.errors import NotSupported
from odata_service.semantics.access import Owner, chain_of, name_of
from odata_service.semantics.evaluate_aggregates import METHODS
from odata_service.semantics.evaluate_arithmetic import arithmetic
from odata_service.semantics.evaluate_functions import COLLECTION_FUNCTIONS, FUNCTIONS, MEASURES
from odata_service.semantics.evaluate_nodes import above
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.tree import (
    Aggregated,
    Arranged,
    Binary,
    Call,
    Case,
    Cast,
    CodeCall,
    Constant,
    Convert,
    Count,
    Defined,
    Descends,
    DynamicProperty,
    Expression,
    In,
    Itself,
    KeyValue,
    Lambda,
    Listed,
    Logical,
    Members,
    NavigationAccess,
    NavigationMembers,
    Ordinal,
    Parameter,
    Picked,
    PropertyAccess,
    RootEntity,
    SetMembers,
    TypeTest,
    Unary,
    Variable,
)

Entity = Mapping[str, object]
TYPE = "@type"
ORDINAL = "@ordinal"
"""The place of an entity among those that an operation gave."""
Value = PrimitiveValue | None


class Frame(Struct, frozen=True):
    """What an expression is evaluated in: the current entity, and by depth the members that variables stand for."""

    entity: Entity
    members: Mapping[int, object] = field(default_factory=dict)

    def inside(self, depth: int, member: object) -> "Frame":
        """The same, a variable standing for a member."""
        return Frame(self.entity, {**self.members, depth: member})


def no_code(code: Code, values: Sequence[Value]) -> Value:
    """What code makes of values that needs no service; refuses to ask any other."""
    if isinstance(code.carried_by, Coded):
        return _primitive(code.carried_by.work(values))
    raise NotSupported(f"'{code.name}' is carried out by code, which is not asked here.", target=code.name)


Transforming = Callable[[Sequence[Entity], Mapping[str, object]], Sequence[Entity]]
"""A function of the service that makes instances of others, given its arguments by name."""


class Evaluation:
    """Evaluates expressions over entities, with a request's values by slot, its one `now`, and entities by source.

    `work` is what code makes of values, `functions` are those that may stand among transformations.
    """

    def __init__(
        self,
        values: Sequence[Value] = (),
        now: str = "2024-01-01T00:00:00",
        sources: Mapping[str, Sequence[Entity]] = MappingProxyType({}),
        work: Callable[[Code, Sequence[Value]], Value] = no_code,
        functions: Mapping[str, Transforming] = MappingProxyType({}),
    ) -> None:
        self._values = values
        self._now = now
        self._sources = sources
        self._work = work
        self._functions = functions

    def value(self, node: Expression, entity: Entity) -> Value:
        """The value of an expression; `ArithmeticFailure` where the standard makes the request fail."""
        return _primitive(self._value(node, Frame(entity)))

    def found(self, node: Expression, frame: Frame) -> Any:
        """What an expression is in a frame: a value, or the instance or the members that a path leads to."""
        if isinstance(node, PropertyAccess | NavigationAccess | RootEntity | Variable):
            found = self._found(node, frame)
            return () if found is None and node.type.collection else found
        return self._value(node, frame)

    def called(self, name: str, instances: Sequence[Entity], arguments: Mapping[str, object]) -> list[Entity]:
        """What a function of the service gives for instances."""
        return list(self._functions[name](instances, arguments))

    def _value(self, node: Expression, frame: Frame) -> Any:
        match node:
            case Constant(value):
                return _primitive(value)
            case Parameter(slot):
                return self._values[slot]
            case PropertyAccess() | NavigationAccess() | RootEntity() | Variable() | DynamicProperty():
                return _read(self._found(node, frame), node.type)
            case Itself():
                return True
            case TypeTest(types, owner):
                source = self._instance(owner, frame)
                return source is not None and source.get(TYPE) in types
            case Listed(members):
                return tuple(self._value(member, frame) for member in members)
            case Lambda() | Count() | Arranged() | Picked() | Descends() | Aggregated() | Defined():
                return self._of_members(node, frame)
            case Case(branches):
                chosen = (result for test, result in branches if self._value(test, frame) is True)
                found = next(chosen, None)
                return None if found is None else self._value(found, frame)
            case _:
                return self._operation(node, frame)

    def _operation(
        self, node: Call | CodeCall | Logical | Binary | Unary | In | Cast | Convert | Ordinal, frame: Frame
    ) -> Any:
        match node:
            case Ordinal():
                return frame.entity[ORDINAL]
            case Call(name, arguments):
                return self._call(
                    name,
                    [self._value(part, frame) for part in arguments],
                    kind_of(arguments[0].type) if arguments else None,
                )
            case CodeCall(code, values):
                known = [self._value(part, frame) for part in values]
                return None if code.needs and known[0] is None else self._work(code, known)
            case Logical(operator, operands):
                return _logical(operator, [self._value(operand, frame) for operand in operands])
            case Binary(operator, left, right):
                return _binary(operator, self._value(left, frame), self._value(right, frame), node)
            case Unary(operator, operand):
                return _unary(operator, self._value(operand, frame))
            case In(operand, values):
                tested = self._value(operand, frame)
                return any(_equal(tested, self._value(value, frame)) for value in values)
            case Cast(operand, type_ref) | Convert(operand, type_ref):
                known = self._value(operand, frame)
                return None if known is None else cast_value(known, operand.type, type_ref)
            case _:
                assert_never(node)

    def _of_members(
        self, node: Lambda | Count | Arranged | Picked | Descends | Aggregated | Defined, frame: Frame
    ) -> Any:
        """What is asked of a collection as a whole."""
        match node:
            case Lambda(operator, members, predicate):
                tests = (
                    predicate is None or self._value(predicate, one) is True for one in self._frames(members, frame)
                )
                return any(tests) if operator == "any" else all(tests)
            case Count(members):
                return sum(1 for _ in self._frames(members, frame))
            case Descends():
                return self._descends(node, frame)
            case Aggregated(members, method, operand):
                values = (self._value(operand, one) for one in self._frames(members, frame))
                return METHODS[method]([value for value in values if value is not None])
            case Defined(access):
                return _is_defined([name_of(step) for step in chain_of(access)], frame.entity)
            case _:
                return self._chosen(node, frame)

    def _frames(self, members: Members, frame: Frame) -> Iterator[Frame]:
        """A frame for each member of a collection."""
        for member in self._collection(members.collection, frame):
            inner = frame.inside(members.variable.depth, member)
            if members.where is None or self._value(members.where, inner) is True:
                yield inner

    def related(self, access: NavigationAccess, entity: Entity) -> Entity | None:
        """The entity that a path leads to."""
        return self._instance(access, Frame(entity))

    def _chosen(self, node: Arranged | Picked, frame: Frame) -> Any:
        """The members that are left, null below every value; or what is asked of one of them."""
        frames = list(self._frames(node.members, frame))
        if isinstance(node, Picked):
            is_there = -len(frames) <= node.place < len(frames)
            return self._value(node.value, frames[node.place]) if is_there else None
        for item, descending in reversed(node.order):  # sorting by the last item first keeps the ties
            frames.sort(key=lambda one: _rank(self._value(item, one)), reverse=descending)
        skip, top = (None if part is None else int(self._value(part, frame)) for part in (node.skip, node.top))
        depth, first = node.members.variable.depth, skip or 0
        left = frames[first : None if top is None else first + top]
        if node.value is not None:
            return tuple(self._value(node.value, one) for one in left)
        return tuple(one.members[depth] for one in left)

    def _descends(self, node: Descends, frame: Frame) -> bool:
        frames = self._frames(node.nodes, frame)
        parents = [(self._value(node.name, one), self._value(node.parent, one)) for one in frames]
        lower, upper = self._value(node.node, frame), self._value(node.ancestor, frame)
        distance = None if node.distance is None else int(self._value(node.distance, frame))
        return upper in above(lower, parents, distance, itself=node.itself)

    def entities(self, source: str) -> Sequence[Entity]:
        """The entities of a source of the service."""
        return self._sources[source]

    def _collection(self, node: NavigationMembers | SetMembers | Expression, frame: Frame) -> Sequence[object]:
        match node:
            case NavigationMembers(navigation, owner=owner):
                found = _led_to(self._instance(owner, frame), navigation.name)
            case SetMembers(source):
                found = self._sources[source]
            case PropertyAccess():
                found = self._found(node, frame)
            case _:
                found = self._value(node, frame)
        assert found is None or isinstance(found, Sequence), "collections are sequences"
        return found or ()

    def _instance(self, owner: Owner, frame: Frame) -> Entity | None:
        found = frame.entity if owner is None else self._found(owner, frame)
        assert found is None or isinstance(found, Mapping), "paths lead through entities and complex values"
        return found

    def _found(
        self, node: PropertyAccess | NavigationAccess | RootEntity | Variable | DynamicProperty, frame: Frame
    ) -> object:
        """What a path leads to: a value, an entity, a collection."""
        match node:
            case PropertyAccess(declared, _, owner, cast):
                return _member(self._instance(owner, frame), declared.name, cast)
            case NavigationAccess(navigation, _, _, owner, key):
                found = _led_to(self._instance(owner, frame), navigation.name)
                return self._keyed(found, key, frame) if key else found
            case RootEntity(source, key):
                return self._keyed(self._sources[source], key, frame)
            case Variable(depth):
                return frame.members[depth]
            case DynamicProperty(type=type_ref):
                return _dynamic(self._undeclared(node, frame), type_ref)

    def _undeclared(self, node: DynamicProperty, frame: Frame) -> object:
        """What an instance, or an object whose type no definition tells, has under a name."""
        owner = node.owner
        if isinstance(owner, DynamicProperty):
            return _member(_opened(self._undeclared(owner, frame)), node.name, None)
        if owner is not None and not node.name:
            return self._found(owner, frame)
        if owner is not None and kind_of(owner.type) is Kind.UNTYPED:
            return _member(_opened(self._found(owner, frame)), node.name, None)
        return _member(self._instance(owner, frame), node.name, None)

    def _keyed(self, entities: object, key: Sequence[KeyValue], frame: Frame) -> Entity | None:
        """The entity that has a key; a singleton has none."""
        assert entities is None or isinstance(entities, Sequence), "collections are sequences"
        wanted = [(part.leaf.path, self._value(part.value, frame)) for part in key]
        return next((one for one in entities or () if all(_leaf(one, path) == value for path, value in wanted)), None)

    def _call(self, name: str, arguments: Sequence[Any], kind: Kind | None) -> Any:
        if name == "now":
            return self._now
        if any(argument is None for argument in arguments):
            return None
        if name in MEASURES:
            return MEASURES[name](*arguments, on_sphere if kind is Kind.GEOGRAPHY else in_plane)
        table = COLLECTION_FUNCTIONS if any(isinstance(argument, tuple) for argument in arguments) else FUNCTIONS
        return table[name](*arguments)


def _is_defined(path: Sequence[str], instance: object) -> bool:
    """Whether an instance has something under a path; what is null has everything."""
    if not path or instance is None:
        return True
    return isinstance(instance, Mapping) and path[0] in instance and _is_defined(path[1:], instance[path[0]])


def _rank(value: Value) -> tuple[bool, Any]:
    """What an order compares: null stands below every value."""
    return value is not None, value


def _member(holder: Entity | None, name: str, cast: str | None) -> object:
    return None if holder is None else holder.get(name if cast is None else f"{cast}/{name}")


def _led_to(holder: Entity | None, path: str) -> object:
    """What a navigation property leads to, which may be one of a complex value."""
    found: object = holder
    cast = None
    for step in path.split("/"):
        if "." in step:
            cast = step
        elif found is not None:
            assert isinstance(found, Mapping), "navigation properties are those of entities and complex values"
            found, cast = _member(found, step, cast), None
    return found


def _read(found: object, type_ref: TypeRef) -> Any:
    """What a path has led to as a value: of an instance that it is there, of an absent collection no members."""
    if isinstance(found, Mapping):
        return True
    if isinstance(found, TypedValue):
        return _dynamic(found, type_ref)
    if found is None and type_ref.collection:
        return ()
    return tuple(found) if isinstance(found, list | tuple) else _primitive(found)


def _opened(found: object) -> Entity | None:
    """The members of a value whose type no definition tells, where it is an object."""
    value = _untagged(found)
    return value if isinstance(value, Mapping) else None


def _untagged(found: object) -> object:
    """A value without the type that it may say; one that says none is JSON."""
    if not isinstance(found, TypedValue):
        return found
    return read_exact(found.value) if found.type is None and isinstance(found.value, str) else found.value


def _dynamic(found: object, type_ref: TypeRef) -> Any:
    """A dynamic property as a value of a type, and null where it is none."""
    stated = found.type if isinstance(found, TypedValue) else None
    value, kind = _untagged(found), kind_of(type_ref)
    if type_ref.collection:
        return tuple(value) if isinstance(value, list | tuple) else ()
    if value is None or kind is Kind.UNTYPED:
        return None if value is None else True
    if stated is not None and kind not in NUMERIC:
        return value if stated.name == type_ref.name else None
    shown = bool if kind is Kind.BOOLEAN else str if kind is Kind.STRING else int | float | Decimal
    if isinstance(value, bool) is not (kind is Kind.BOOLEAN) or not isinstance(value, shown):
        return None
    return cast_value(value, DECIMAL, type_ref) if kind in NUMERIC else value


def _leaf(entity: Entity, path: str) -> object:
    found: object = entity
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def cast_value(value: PrimitiveValue, source: TypeRef, target: TypeRef) -> PrimitiveValue | None:
    """A value in another type, numbers by rounding, all else by their literal text; null where it has no like there.

    (URL Conventions 5.1.1.10.1.)
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and target.name != "Edm.String":
        if kind_of(target) is Kind.FLOAT:
            return as_float(value, target)
        if isinstance(value, float) and not math.isfinite(value):
            return None
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        if kind_of(target) is Kind.DECIMAL:
            return exact
        value = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
        source = TypeRef("Edm.Int64")
    try:
        return parse(print_value(value, source), target)
    except ValueError:
        return None


def _logical(operator: str, values: Sequence[Value]) -> Value:
    decisive = operator == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _unary(operator: str, value: Value) -> Value:
    if value is None:
        return None
    if operator == "not":
        return not value
    assert isinstance(value, int | float | Decimal), "only numbers and durations are negated"
    return -value


def _binary(operator: str, left: Value, right: Value, node: Binary) -> Value:
    match operator:
        case "eq":
            return _equal(left, right)
        case "ne":
            return not _equal(left, right)
        case "gt" | "ge" | "lt" | "le":
            return _ordered(operator, left, right)
        case "has" if isinstance(left, int) and isinstance(right, int):
            return left & right == right
        case _:
            return None if left is None or right is None else arithmetic(operator, left, right, node)


def _equal(left: Value, right: Value) -> bool:
    return left is None and right is None if left is None or right is None else left == right


def _ordered(operator: str, left: Value, right: Value) -> bool:
    if left is None or right is None:
        return operator in {"ge", "le"} and left is right
    lower, higher = (left, right) if operator in {"lt", "le"} else (right, left)
    return lower < higher or (operator in {"ge", "le"} and lower == higher)  # type: ignore[operator]  # of one type


def _primitive(value: object) -> Value:
    assert value is None or isinstance(value, PrimitiveValue), "properties hold primitive values"
    return value
