"""Strategies for annotations with every kind of expression, and what CSDL JSON holds of them."""

from base64 import urlsafe_b64encode
from decimal import Decimal

from hypothesis import strategies as st

from odata_service.edm.annotations import (
    OPERATORS,
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
from odata_service.edm.types import Facets, TypeRef

NAMES = st.sampled_from(["a", "B", "_c", "Zoë", "x9", "Name"])
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=8
) | st.sampled_from(["", " ", "\n\t", "\r", "<&\"'>", "]]>"])
TERMS = st.sampled_from(["words.Note", "words.Other", "Org.OData.Core.V1.Description"])
_TYPED = st.sampled_from(
    [
        Text("Edm.Date", "2024-02-29"),
        Text("Edm.DateTimeOffset", "2024-02-29T12:00:00.5Z"),
        Text("Edm.Duration", "P1DT2H"),
        Text("Edm.Guid", "00000000-0000-0000-0000-00000000000a"),
        Text("Edm.TimeOfDay", "12:00:00"),
    ]
)
CONSTANTS: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, width=32),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3),
    TEXTS,
    st.binary(max_size=5),
    _TYPED,
    st.builds(EnumMember, st.just("words.Colour"), st.lists(NAMES, min_size=1, max_size=2).map(tuple)),
    st.builds(
        Path,
        st.sampled_from(["a", "a/b", "words.Size/b", "a@words.Note#q", "@words.Note/a"]),
        st.sampled_from(["Path", "AnnotationPath", "ModelElementPath", "NavigationPropertyPath", "PropertyPath"]),
    ),
)
_FACETS = st.builds(Facets, max_length=st.none() | st.integers(1, 9))
_TYPES = st.builds(TypeRef, st.just("Edm.String"), collection=st.booleans(), facets=_FACETS)


def _inner(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    notes = st.lists(st.builds(Annotation, TERMS, CONSTANTS), max_size=1).map(tuple)
    named = st.dictionaries(NAMES, values, max_size=2)
    operations = [
        st.builds(Operation, st.just(name), st.tuples(*[values] * count), notes) for name, count in OPERATORS.items()
    ]
    return st.one_of(
        st.lists(values, max_size=2).map(tuple),
        st.builds(Record, named, st.none() | st.just("words.Size"), notes, named.flatmap(lambda _: st.just({}))),
        st.builds(
            lambda name, value, note: Record({name: value}, None, (), {name: (note,)}),
            NAMES,
            values,
            st.builds(Annotation, TERMS, CONSTANTS),
        ),
        st.builds(Null, notes),
        st.builds(UrlRef, TEXTS | values, notes),
        st.builds(LabeledElement, st.just("Label"), values, notes),
        st.builds(LabeledElementReference, st.just("words.Label")),
        st.builds(Apply, st.sampled_from(["odata.concat", "words.f"]), st.lists(values, max_size=2).map(tuple), notes),
        st.builds(Conversion, st.sampled_from(["Cast", "IsOf"]), _TYPES, values, notes),
        st.builds(If, values, values, st.none() | values, notes),
        *operations,
    )


VALUES = st.recursive(CONSTANTS, _inner, max_leaves=4)


_PLAIN = st.lists(st.builds(Annotation, TERMS, CONSTANTS), max_size=1).map(tuple)
_ONE = st.builds(Annotation, TERMS, VALUES, st.sampled_from([None, "q"]), _PLAIN)
ANNOTATIONS: st.SearchStrategy[tuple[Annotation, ...]] = st.lists(
    _ONE, min_size=1, max_size=2, unique_by=lambda found: (found.term, found.qualifier)
).map(tuple)
"""Some annotations, each of its own term and qualifier."""


def as_json(value: Value) -> Value:
    """What is left of a value in CSDL JSON.

    A constant is a JSON string or number: dates, GUIDs, members of enumerations, binary values and paths that name
    model elements are strings, of numbers those with a fraction are decimals.
    """
    match value:
        case bool() | int() | str():
            return value
        case float():
            return Decimal(repr(value)) if abs(value) != float("inf") else ("INF" if value > 0 else "-INF")
        case Decimal():
            return value
        case bytes():
            return urlsafe_b64encode(value).decode("ascii").rstrip("=")
        case Text():
            return value.text
        case EnumMember():
            return ",".join(value.members)
        case tuple():
            return tuple(as_json(part) for part in value)
        case Path():
            return value if value.kind == "Path" else value.path
        case _:
            return _dynamic_as_json(value)


def _dynamic_as_json(value: Value) -> Value:
    match value:
        case Record(values, of_type, notes, of_values):
            return Record(
                {name: as_json(part) for name, part in values.items()},
                of_type,
                annotations_as_json(notes),
                {name: annotations_as_json(part) for name, part in of_values.items()},
            )
        case UrlRef(url, notes):
            return UrlRef(as_json(url), annotations_as_json(notes))
        case LabeledElement(name, labeled, notes):
            return LabeledElement(name, as_json(labeled), annotations_as_json(notes))
        case Apply(function, arguments, notes):
            return Apply(function, tuple(map(as_json, arguments)), annotations_as_json(notes))
        case Conversion(operator, of_type, operand, notes):
            return Conversion(operator, of_type, as_json(operand), annotations_as_json(notes))
        case If(condition, then, otherwise, notes):
            last = None if otherwise is None else as_json(otherwise)
            return If(as_json(condition), as_json(then), last, annotations_as_json(notes))
        case Operation(operator, operands, notes):
            return Operation(operator, tuple(map(as_json, operands)), annotations_as_json(notes))
        case Null(notes):
            return Null(annotations_as_json(notes))
        case _:
            return value


def annotations_as_json(found: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """The annotations with what CSDL JSON holds of their values."""
    return tuple(
        Annotation(part.term, as_json(part.value), part.qualifier, annotations_as_json(part.annotations))
        for part in found
    )
