"""Custom aggregation methods as code registers them: their types out of annotations, their work checked."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from msgspec.structs import replace

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.payload import native_value
from odata_service.semantics.custom_methods import METHODS
from odata_service.service.signatures import value_type

Aggregating = TypeVar("Aggregating", bound=Callable[..., Any])
Types = tuple[object, object]
"""What a method takes and gives: Python types or names of EDM types, None where the values say it."""

_FAMILIES = ("sqlite", "postgresql", "mariadb")


def with_method(
    name: str, types: Types, sql: str | Mapping[str, str] | None, body: Callable[..., Any] | None, schema: Schema
) -> Schema:
    """The schema with an aggregation method; `ValueError` where that is none."""
    if "." not in name:
        hint = f"Write {schema.container.name.rpartition('.')[0]}.{name}."
        raise ValueError(f"'{name}' has no namespace: {', '.join(METHODS)} are the standard's. {hint}")
    takes, gives = _types(types, body, schema)
    statements = (("", sql),) if isinstance(sql, str) else tuple((sql or {}).items())
    for family, text in statements:
        if family and family not in _FAMILIES:
            raise ValueError(f"'{family}' is no database: there are {', '.join(_FAMILIES)}.")
        if "{0}" not in text:
            raise ValueError(f"The SQL of '{name}' says nothing of the values: write {{0}} for that of each row.")
    work = None if body is None else _work(body, schema)
    method = AggregationMethod(name, takes, gives, work, statements)
    if work is None and not is_complete(sql):
        raise ValueError(f"'{name}' needs a Python body where it has no SQL: decorate one, or state SQL for all.")
    return replace(schema, methods={**schema.methods, name: method})


def is_complete(sql: str | Mapping[str, str] | None) -> bool:
    """Whether there is SQL for all databases, so that no body is needed."""
    return isinstance(sql, str) or (sql is not None and all(family in sql for family in _FAMILIES))


def _work(
    body: Callable[..., Any], schema: Schema
) -> Callable[[Sequence[PrimitiveValue], TypeRef], PrimitiveValue | None]:
    """The body with its result as a value of the type that is wanted."""

    def work(values: Sequence[PrimitiveValue], gives: TypeRef) -> PrimitiveValue | None:
        found = native_value(body(values), gives, schema)
        assert found is None or isinstance(found, PrimitiveValue), "the type is a primitive one"
        return found

    return work


def _types(stated: Types, body: Callable[..., Any] | None, schema: Schema) -> tuple[TypeRef | None, TypeRef | None]:
    """What is stated of types, else what the annotations of the body say."""
    takes, gives = stated
    if body is not None:
        values, result = _annotations(body)
        takes = _member(values) if takes is None else takes
        gives = result if gives is None else gives
    return (
        None if takes is None else value_type(takes, "what the method takes", schema),
        None if gives is None else value_type(gives, "what the method gives", schema),
    )


def _member(hint: object) -> object:
    """What a collection of values is annotated to have."""
    if hint is None or hint in {list, tuple, Sequence}:
        return None
    parts = get_args(hint)
    if get_origin(hint) is Annotated or not parts:
        raise ValueError(f"{hint!r:.60} is no collection of values: write list[…].")
    return None if parts[0] is Any else parts[0]


def _annotations(body: Callable[..., Any]) -> Types:
    """How the values of a body and its result are annotated; functions of Python's own say nothing."""
    try:
        signature = inspect.signature(body)
    except ValueError:
        return None, None
    try:
        signature.bind([])
    except TypeError as error:
        raise ValueError("The body of an aggregation method takes the values alone.") from error
    hints = get_type_hints(body, include_extras=True)
    return hints.get(next(iter(signature.parameters))), hints.get("return")
