"""From values of one type to those of another, exactly or not at all: a table by the kinds of both.

What does not fit raises `ValueError` with a sentence. Whatever has literals goes into a String and comes out of one.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from odata_service.edm.kept import keep, recall
from odata_service.edm.model import Schema
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, applicable_facets, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parse, print_float, print_value
from odata_service.sql.migration.record import keeps_alike

Convert = Callable[[PrimitiveValue], PrimitiveValue]
_Between = Callable[[PrimitiveValue, TypeRef, TypeRef], PrimitiveValue]

_MIDNIGHT = "T00:00:00"


class Conversion(Struct, frozen=True):
    """The way from one type to another: `changes` tells that values become others, `may_fail` that not all may fit."""

    source: TypeRef
    target: TypeRef
    convert: Convert
    changes: bool
    may_fail: bool


def conversion_between(source: TypeRef, target: TypeRef, schema: Schema) -> Conversion | None:
    """The conversion; None where there is none. Of two types that keep the same it changes nothing and never fails."""
    if keeps_alike(source, target):
        return Conversion(source, target, lambda value: value, changes=False, may_fail=False)
    if source.collection and target.collection:
        return _of_members(source, target, schema)
    first, second = kind_of(source), kind_of(target)
    if first is None or second is None:
        return None
    if first is second and first is not Kind.ENUMERATION:
        return Conversion(source, target, _exactly(target), changes=False, may_fail=not _is_wider(source, target))
    if first is Kind.ENUMERATION and second is Kind.ENUMERATION and _has_members(target, source):
        return Conversion(source, target, lambda value: value, changes=False, may_fail=False)
    between = _TABLE.get((first, second)) or _by_literal(first, second)
    if between is None:
        return None

    def convert(value: PrimitiveValue) -> PrimitiveValue:
        return fit(between(value, source, target), target)

    return Conversion(source, target, convert, changes=True, may_fail=(first, second) not in _ALWAYS_FIT)


def _of_members(source: TypeRef, target: TypeRef, schema: Schema) -> Conversion | None:
    """The conversion of collections, which are kept as JSON."""
    inner = conversion_between(source.element, target.element, schema)
    if inner is None:
        return None

    def convert(text: PrimitiveValue) -> PrimitiveValue:
        members = recall(str(text), source, schema)
        assert isinstance(members, tuple), "collections are kept as arrays"
        changed = tuple(None if member is None else inner.convert(member) for member in members)  # type: ignore[arg-type]  # members of primitive types
        kept = keep(changed, target, schema)
        assert kept is not None, "a collection is never null"
        return kept

    return Conversion(source, target, convert, inner.changes, inner.may_fail)


def _exactly(target: TypeRef) -> Convert:
    """The value itself, where it fits as it is."""

    def convert(value: PrimitiveValue) -> PrimitiveValue:
        fitted = fit(value, target)
        if fitted != value and value == value:
            raise ValueError(f"{value!r} is not exact as {target.name}.")
        return fitted

    return convert


def _is_wider(source: TypeRef, target: TypeRef) -> bool:
    """Whether each value of one type is one of another of the same kind."""
    source, target = source.primitive, target.primitive
    kind = kind_of(target)
    stated, had = applicable_facets(target.facets, kind), applicable_facets(source.facets, kind)
    if kind is Kind.INTEGER:
        before, after = PRIMITIVE_TYPES[source.name], PRIMITIVE_TYPES[target.name]
        return after.minimum <= before.minimum and before.maximum <= after.maximum
    if kind is Kind.FLOAT:
        return target.name == "Edm.Double" or source.name == target.name
    if kind is Kind.DECIMAL:
        return stated.precision is None and not isinstance(stated.scale, int)
    pairs = ((stated.max_length, had.max_length), (stated.precision, had.precision))
    return all(not isinstance(after, int) or (isinstance(before, int) and before <= after) for after, before in pairs)


def _has_members(one: TypeRef, other: TypeRef) -> bool:
    """Whether an enumeration has all members of another under the same numbers."""
    return _members(other).items() <= _members(one).items()


def _members(type_ref: TypeRef) -> Mapping[str, int]:
    known = type_ref.definition.values if type_ref.definition is not None else None
    assert known is not None, "enumerations have members"
    return known


def _number(value: PrimitiveValue, target: TypeRef) -> Decimal:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{print_float(value)} is not an {target.name}.")
    assert isinstance(value, int | float | Decimal), "numbers are converted to numbers"
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _to_integer(value: PrimitiveValue, _: TypeRef, target: TypeRef) -> int:
    number = _number(value, target)
    if number != number.to_integral_value():
        raise ValueError(f"{number} is not a whole number.")
    return int(number)


def _to_decimal(value: PrimitiveValue, _: TypeRef, target: TypeRef) -> Decimal:
    return _number(value, target)


def _to_float(value: PrimitiveValue, _: TypeRef, target: TypeRef) -> float:
    number = _number(value, target)
    rounded = fit(float(number), target)
    assert isinstance(rounded, float), "floats stay floats"
    if Decimal(repr(rounded)) != number and Decimal(rounded) != number:
        raise ValueError(f"{number} is not exact as {target.name}.")
    return rounded


def _to_boolean(value: PrimitiveValue, _: TypeRef, __: TypeRef) -> bool:
    if value not in (0, 1):
        raise ValueError(f"{value!r} is neither 0 nor 1.")
    return bool(value)


def _to_member(value: PrimitiveValue, _: TypeRef, target: TypeRef) -> PrimitiveValue:
    assert isinstance(value, int), "integers become members"
    return parse(str(value), target)


def _to_other_member(value: PrimitiveValue, source: TypeRef, target: TypeRef) -> PrimitiveValue:
    """The member of the same name; a number that no member has stays one."""
    return parse(print_value(value, source), target)


def _to_date(value: PrimitiveValue, _: TypeRef, __: TypeRef) -> str:
    assert isinstance(value, str), "instants are texts"
    if not value.endswith(_MIDNIGHT):
        raise ValueError(f"'{value}Z' is not midnight.")
    return value.removesuffix(_MIDNIGHT)


_TABLE: Mapping[tuple[Kind, Kind], _Between] = {
    (Kind.BOOLEAN, Kind.INTEGER): lambda value, _, __: int(value),
    (Kind.INTEGER, Kind.BOOLEAN): _to_boolean,
    (Kind.INTEGER, Kind.DECIMAL): _to_decimal,
    (Kind.INTEGER, Kind.FLOAT): _to_float,
    (Kind.INTEGER, Kind.ENUMERATION): _to_member,
    (Kind.DECIMAL, Kind.INTEGER): _to_integer,
    (Kind.DECIMAL, Kind.FLOAT): _to_float,
    (Kind.FLOAT, Kind.INTEGER): _to_integer,
    (Kind.FLOAT, Kind.DECIMAL): _to_decimal,
    (Kind.ENUMERATION, Kind.INTEGER): lambda value, _, __: value,
    (Kind.ENUMERATION, Kind.ENUMERATION): _to_other_member,
    (Kind.DATE, Kind.INSTANT): lambda value, _, __: str(value) + _MIDNIGHT,
    (Kind.INSTANT, Kind.DATE): _to_date,
}

_WITH_LITERALS = frozenset(Kind) - {Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED}
_ALWAYS_FIT = frozenset({(Kind.DATE, Kind.INSTANT)})


def _by_literal(source: Kind, target: Kind) -> _Between | None:
    if target is Kind.STRING and source in _WITH_LITERALS:
        return lambda value, source_type, _: print_value(value, source_type)
    if source is Kind.STRING and target in _WITH_LITERALS:
        return lambda value, _, target_type: parse(str(value), target_type)
    return None
