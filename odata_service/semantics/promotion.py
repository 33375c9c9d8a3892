"""What two operands become before an operator takes them: numeric promotion (URL Conventions 5.1.1.16.1)."""

from odata_service.edm.types import (
    DATE,
    DATE_TIME_OFFSET,
    DECIMAL,
    DOUBLE,
    DURATION,
    INT32,
    INT64,
    NULL,
    PRIMITIVE_TYPES,
    Kind,
    TypeRef,
    kind_of,
)

NUMERIC = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
UNORDERED = frozenset({Kind.BINARY, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})

_BARE = {(name, collection): TypeRef(name, collection) for name in PRIMITIVE_TYPES for collection in (False, True)}
_RANK = {
    "Edm.SByte": 0,
    "Edm.Byte": 0,
    "Edm.Int16": 1,
    "Edm.Int32": 2,
    "Edm.Int64": 3,
    "Edm.Decimal": 4,
    "Edm.Single": 5,
    "Edm.Double": 6,
}

_INSTANT, _DATE, _DURATION = Kind.INSTANT, Kind.DATE, Kind.DURATION
_TEMPORAL: dict[tuple[str, Kind, Kind], TypeRef] = {
    ("add", _INSTANT, _DURATION): DATE_TIME_OFFSET,
    ("add", _DURATION, _DURATION): DURATION,
    ("add", _DATE, _DURATION): DATE,
    ("sub", _INSTANT, _DURATION): DATE_TIME_OFFSET,
    ("sub", _DURATION, _DURATION): DURATION,
    ("sub", _INSTANT, _INSTANT): DURATION,
    ("sub", _DATE, _DURATION): DATE,
    ("sub", _DATE, _DATE): DURATION,
    **{
        (operator, _DURATION, number): DURATION
        for operator in ("mul", "div", "divby")
        for number in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
    },
    **{("mul", number, _DURATION): DURATION for number in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)},
}


def bare(type_ref: TypeRef) -> TypeRef:
    """The type without facets and nullability: what an expression's type is; a type definition is what it defines."""
    if type_ref.definition is None:
        return _BARE.get((type_ref.name, type_ref.collection)) or TypeRef(type_ref.name, type_ref.collection)
    found = type_ref.primitive
    return TypeRef(found.name, found.collection, definition=found.definition)


def wider(left: TypeRef, right: TypeRef) -> TypeRef:
    """The numeric type that holds the values of both."""
    name = left.name if _RANK[left.name] >= _RANK[right.name] else right.name
    return TypeRef(name)


def common(left: TypeRef, right: TypeRef) -> TypeRef | None:
    """The type in which two values can be compared, or None where there is none; null goes with everything.

    A collection without members goes with collections alone.
    """
    if left.name == NULL.name or right.name == NULL.name:
        if left.collection is not right.collection and NULL not in {left, right}:
            return None
        return bare(right if left.name == NULL.name else left)
    left_kind, right_kind = kind_of(left), kind_of(right)
    if left_kind in NUMERIC and right_kind in NUMERIC:
        return wider(left, right)
    if left_kind is Kind.ENUMERATION and left.name != right.name:
        return None
    return bare(left) if left_kind is not None and left_kind is right_kind else None


def arithmetic(operator: str, left: TypeRef, right: TypeRef) -> TypeRef | None:
    """The type of `left operator right`, or None where the operator does not take them."""
    left_kind = kind_of(right if left == NULL else left)
    right_kind = kind_of(left if right == NULL else right)
    if left_kind is None or right_kind is None:
        return NULL if left == NULL and right == NULL else None
    if left_kind in NUMERIC and right_kind in NUMERIC:
        return _numeric(operator, right if left == NULL else left, left if right == NULL else right)
    return _TEMPORAL.get((operator, left_kind, right_kind))


def _numeric(operator: str, left: TypeRef, right: TypeRef) -> TypeRef:
    result = wider(left, right)
    if operator == "divby":
        return DECIMAL if _RANK[result.name] <= _RANK["Edm.Decimal"] else result
    if result.name == "Edm.Single":
        return DOUBLE
    return INT32 if _RANK[result.name] < _RANK["Edm.Int32"] else result


def is_lossless(literal: TypeRef, wanted: TypeRef) -> bool:
    """Whether every numeric literal of a type may be taken as the wanted type in a comparison."""
    if literal.name not in _RANK or wanted.name not in _RANK:
        return False
    if kind_of(wanted) is Kind.FLOAT:
        return True
    return _RANK[literal.name] <= _RANK[wanted.name] and (wanted.name in {INT32.name, INT64.name, DECIMAL.name})
