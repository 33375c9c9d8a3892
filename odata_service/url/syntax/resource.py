"""Resource paths and whole URLs (URL Conventions 4)."""

from dataclasses import dataclass, field

from odata_service.errors import Span
from odata_service.url.syntax.expression import Expression, KeyPredicate
from odata_service.url.syntax.leaves import UNPLACED, Name
from odata_service.url.syntax.options import Options


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of the resource path, decoded: its name, and the parentheses behind it where there are any.

    `name` holds system segments with their `$`. A bare segment may turn out to be a key (key-as-segment) or the place
    of a member in a collection: only the schema tells. `arguments` is what stands in parentheses: a key predicate or a
    function's parameters, which the grammar cannot tell apart; `key` is the key behind a function's parameters.
    """

    name: str
    arguments: KeyPredicate | None = None
    key: KeyPredicate | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class FilterSegment:
    """`$filter(predicate)`: the members of the collection before it that satisfy the predicate."""

    predicate: Expression
    key: KeyPredicate | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class CrossJoin:
    """`$crossjoin(Products,Sales)`: the Cartesian product of entity sets."""

    entity_sets: tuple[Name, ...]
    span: Span = field(default=UNPLACED, compare=False)


PathSegment = Segment | FilterSegment | CrossJoin


@dataclass(frozen=True, slots=True)
class ODataUrl:
    """A whole request URL relative to the service root."""

    segments: tuple[PathSegment, ...]
    options: Options = field(default_factory=Options)
