"""Annotations of CSDL JSON and their expressions (CSDL JSON 14.3, 14.4)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, assert_never

import orjson

from odata_service.csdl.told import Told
from odata_service.edm.annotations import (
    Annotation,
    Apply,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Record,
    Text,
    UrlRef,
    Value,
)
from odata_service.edm.types import TypeRef
from odata_service.edm.values import print_decimal, print_float

Members = dict[str, object]
Dynamic = UrlRef | LabeledElement | LabeledElementReference | Apply | Conversion | If | Operation | Path | Null


class WriteAnnotations(Protocol):
    """Writes annotations as members: of the object around them, or of its member `of`."""

    def __call__(self, annotations: Sequence[Annotation], *, of: str = "", qualifier: str | None = None) -> Members:
        """The members, by `of@Term#Qualifier`."""
        ...


def annotations_writer(told: Told) -> WriteAnnotations:
    """The function that writes those annotations that are told."""

    def write(annotations: Sequence[Annotation], *, of: str = "", qualifier: str | None = None) -> Members:
        members: Members = {}
        for annotation in annotations:
            if not told(annotation):
                continue
            chosen = annotation.qualifier or qualifier
            name = f"{of}@{annotation.term}" + (f"#{chosen}" if chosen else "")
            members[name] = value_of(annotation.value, write)
            members.update(write(annotation.annotations, of=name))
        return members

    return write


def value_of(value: Value, write: WriteAnnotations) -> object:
    """A value as JSON."""
    match value:
        case bool() | int() | str() | float() | Decimal() | bytes() | Text() | EnumMember():
            return _constant(value)
        case tuple():
            return [value_of(member, write) for member in value]
        case Record():
            return _record(value, write)
        case Path(path, kind) if kind != "Path":
            return path
        case Null(annotations=()):
            return None
        case _:
            return {**_dynamic(value, write), **write(value.annotations)}


def _constant(value: bool | int | str | float | Decimal | bytes | Text | EnumMember) -> object:
    match value:
        case float():
            return value if value == value and abs(value) != float("inf") else print_float(value)
        case Decimal():
            return orjson.Fragment(print_decimal(value).encode("ascii"))
        case bytes():
            return urlsafe_b64encode(value).decode("ascii").rstrip("=")
        case Text():
            return value.text
        case EnumMember(_, members):
            return ",".join(members)
        case _:
            return value


def _record(record: Record, write: WriteAnnotations) -> Members:
    members: Members = {"@type": f"#{record.type}"} if record.type else {}
    for name, value in record.values.items():
        members[name] = value_of(value, write)
        members.update(write(record.value_annotations.get(name, ()), of=name))
    return {**members, **write(record.annotations)}


def _dynamic(value: Dynamic, write: WriteAnnotations) -> Members:
    def inner(operand: Value) -> object:
        return value_of(operand, write)

    match value:
        case Path(path):
            return {"$Path": path}
        case Null():
            return {"$Null": None}
        case UrlRef(url):
            return {"$UrlRef": inner(url)}
        case LabeledElement(name, labeled):
            return {"$LabeledElement": inner(labeled), "$Name": name}
        case LabeledElementReference(name):
            return {"$LabeledElementReference": name}
        case _:
            return _computed(value, inner)


def _computed(value: Apply | Conversion | If | Operation, inner: Callable[[Value], object]) -> Members:
    match value:
        case Apply(function, arguments):
            return {"$Apply": [inner(argument) for argument in arguments], "$Function": function}
        case Conversion(operator, type_ref, operand):
            return {f"${operator}": inner(operand), **_type(type_ref)}
        case If(condition, then, otherwise):
            parts = (condition, then) if otherwise is None else (condition, then, otherwise)
            return {"$If": [inner(part) for part in parts]}
        case Operation(operator, operands) if len(operands) == 1:
            return {f"${operator}": inner(operands[0])}
        case Operation(operator, operands):
            return {f"${operator}": [inner(operand) for operand in operands]}
        case _:
            assert_never(value)


def _type(type_ref: TypeRef) -> Members:
    facets = type_ref.facets
    stated = {
        "$Type": type_ref.name,
        "$Collection": True if type_ref.collection else None,
        "$MaxLength": facets.max_length if isinstance(facets.max_length, int) else None,
        "$Precision": facets.precision,
        "$Scale": facets.scale,
        "$SRID": None if facets.srid is None else str(facets.srid),
    }
    return {name: fact for name, fact in stated.items() if fact is not None}
