"""The leaves of a structured type: the single values that an instance is made of, each under its path.

A complex value stands for the leaves of its members, to any depth: `address/city`. What cannot be taken apart is
one leaf, kept as JSON: collections, complex values that may contain others of their type, what has no type. Beside
the properties there are leaves that no path of a URL can name: `address/$present` tells a complex value from null,
`address/$type` says of which type it is where there are derived ones, `address/$dynamic` has its dynamic properties.
A property that a derived type adds stands behind that type: `address/ns.ForeignAddress/country`. What is
kept elsewhere, as streams are, or nowhere (Storage.ComputedBy) has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from odata_service.edm.annotations import Annotation, computed_by, kept_name
from odata_service.edm.cycles import components
from odata_service.edm.types import BOOLEAN, STRING, Kind, TypeRef, kind_of
from odata_service.structs import PartlyCompared

PRESENT, TYPE, DYNAMIC = "$present", "$type", "$dynamic"
UNTYPED = TypeRef("Edm.Untyped")

MOST_LEAVES = 60
"""A complex value of more leaves than this is kept whole: databases bound the columns of a table."""


class Declared(Protocol):
    """What the leaves need to know of a property."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> TypeRef:
        """The type of its values."""

    @property
    def default(self) -> object:
        """The value that a create gives it where none is stated."""

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """What is said about it."""


class Structured(Protocol):
    """What the leaves need to know of a structured type."""

    @property
    def name(self) -> str:
        """Its qualified name."""

    @property
    def properties(self) -> Sequence[Declared]:
        """What it declares itself."""


class Types(Protocol):
    """What the leaves need to know of a schema."""

    def properties(self, name: str) -> Mapping[str, Declared]:
        """The properties of a structured type, inherited ones first."""

    def ancestry(self, name: str) -> Iterator[Structured]:
        """A structured type and its base types, itself first."""

    def derived_from(self, name: str) -> tuple[str, ...]:
        """The types that inherit from a structured type."""

    def is_open(self, name: str) -> bool:
        """Whether instances of a structured type have dynamic properties."""

    def is_taken_apart(self, type_ref: TypeRef) -> bool:
        """Whether the members of a complex value have leaves of their own; see `taken_apart`."""


class Leaf(PartlyCompared, frozen=True):
    """A single value of an instance: its path, its type, and what the property's definition says of it."""

    path: str
    type: TypeRef
    default: object = None
    annotations: tuple[Annotation, ...] = ()


def leaves_of(name: str, types: Types) -> Iterator[Leaf]:
    """The leaves of the instances of a structured type and of all that derive from it, in order of declaration."""
    yield from _of_type(name, "", types, nullable=False)


def kept_path(path: str, name: str, types: Types) -> str:
    """The path of a leaf as storage knows it: with the names that properties had before they were renamed."""
    steps, current = [], name
    for step in path.split("/"):
        if "." in step:
            current = step
        elif not step.startswith("$"):
            declared = types.properties(current)[step]
            step, current = kept_name(step, declared.annotations), declared.type.name
        steps.append(step)
    return "/".join(steps)


def taken_apart(names: Iterable[str], types: Types) -> Iterator[tuple[str, bool]]:
    """Whether the members of values of each of some complex types have leaves of their own.

    Each type comes behind those of its members. One whose values may hold others of it is kept whole.
    """
    known = frozenset(names)
    graph = {name: [inner for inner in _single_values(name, types) if inner in known] for name in known}
    for group in components(graph):
        for name in group:
            is_recursive = len(group) > 1 or name in graph[name]
            yield name, not is_recursive and can_be_taken_apart(name, types)


def can_be_taken_apart(name: str, types: Types) -> bool:
    """Whether values of a type are made of few enough leaves to have columns for each."""
    leaves = _members(Leaf("", TypeRef(name)), types)
    return sum(1 for _ in islice(leaves, MOST_LEAVES + 1)) <= MOST_LEAVES


def marker_of(type_ref: TypeRef, types: Types) -> str | None:
    """Which leaf tells a complex value from null, below the value's own path; None where it is never null."""
    if types.derived_from(type_ref.name):
        return TYPE
    return PRESENT if type_ref.nullable else None


def is_tagged_value(type_ref: TypeRef) -> bool:
    """Whether values are of any type, so that each says of which: `Edm.Untyped`, `Edm.PrimitiveType` and the like."""
    return kind_of(type_ref.element) is Kind.UNTYPED


def is_plain(type_ref: TypeRef) -> bool:
    """Whether values are one leaf and no JSON: those of primitive types and enumerations."""
    kind = kind_of(type_ref)
    return kind is not None and kind is not Kind.UNTYPED


def is_kept_whole(type_ref: TypeRef) -> bool:
    """Whether a value that is not taken apart is one text of JSON (`edm.kept`): a collection, or a structured value."""
    return type_ref.collection or kind_of(type_ref) is None


def added_properties(name: str, types: Types) -> Iterator[tuple[str, Declared]]:
    """What the types derived from one declare beyond it, each property with the type that does so."""
    for derived in types.derived_from(name):
        for declared in next(types.ancestry(derived)).properties:
            yield derived, declared


def _leaves(declared: Declared, path: str, types: Types) -> Iterator[Leaf]:
    type_ref = declared.type
    leaf = Leaf(path, type_ref, declared.default, declared.annotations)
    if kind_of(type_ref) is Kind.STREAM or computed_by(declared.annotations) is not None:
        return
    if types.is_taken_apart(type_ref):
        yield from _members(leaf, types)
        return
    yield leaf
    if is_tagged_value(type_ref):
        yield Leaf(f"{path}/{TYPE}", STRING)


def _members(leaf: Leaf, types: Types) -> Iterator[Leaf]:
    """The leaves of a complex value: where it may be null, so may each of them."""
    name, path = leaf.type.name, leaf.path
    marker = marker_of(leaf.type, types)
    if marker is not None:
        yield Leaf(f"{path}/{marker}", replace(STRING if marker == TYPE else BOOLEAN, nullable=leaf.type.nullable))
    yield from _of_type(name, f"{path}/", types, nullable=leaf.type.nullable)


def _of_type(name: str, prefix: str, types: Types, *, nullable: bool) -> Iterator[Leaf]:
    for declared in types.properties(name).values():
        yield from _below(_leaves(declared, f"{prefix}{declared.name}", types), nullable=nullable)
    for owner, declared in added_properties(name, types):
        yield from _below(_leaves(declared, f"{prefix}{owner}/{declared.name}", types), nullable=True)
    if any(types.is_open(known) for known in (name, *types.derived_from(name))):
        yield Leaf(f"{prefix}{DYNAMIC}", UNTYPED)


def _below(leaves: Iterator[Leaf], *, nullable: bool) -> Iterator[Leaf]:
    """Leaves of a value that may be null are null with it, and have no default where it is."""
    for leaf in leaves:
        yield replace(leaf, type=replace(leaf.type, nullable=True), default=None) if nullable else leaf


def _single_values(name: str, types: Types) -> Iterator[str]:
    """The complex types of the single values in a value of a type, and the types that are derived from it."""
    for declared in types.properties(name).values():
        if not declared.type.collection and kind_of(declared.type) is None:
            yield declared.type.name
    yield from types.derived_from(name)
