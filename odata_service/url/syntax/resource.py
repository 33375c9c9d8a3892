"""Resource paths and whole URLs (URL Conventions 4)."""

from msgspec import Struct, field

from odata_service.errors import Span
from odata_service.structs import PartlyCompared
from odata_service.url.syntax.expression import Expression, KeyPredicate
from odata_service.url.syntax.leaves import UNPLACED, Name
from odata_service.url.syntax.options import Options


class Segment(PartlyCompared, frozen=True):
    """One segment of the resource path, decoded: its name, and the parentheses behind it where there are any.

    `name` holds system segments with their `$`. A bare segment may turn out to be a key (key-as-segment) or the place
    of a member in a collection: only the schema tells. `arguments` is what stands in parentheses: a key predicate or a
    function's parameters, which the grammar cannot tell apart; `key` is the key behind a function's parameters.
    """

    name: str
    arguments: KeyPredicate | None = None
    key: KeyPredicate | None = None
    span: Span = UNPLACED


class FilterSegment(PartlyCompared, frozen=True):
    """`$filter(predicate)`: the members of the collection before it that satisfy the predicate."""

    predicate: Expression
    key: KeyPredicate | None = None
    span: Span = UNPLACED


class CrossJoin(PartlyCompared, frozen=True):
    """`$crossjoin(Products,Sales)`: the Cartesian product of entity sets."""

    entity_sets: tuple[Name, ...]
    span: Span = UNPLACED


PathSegment = Segment | FilterSegment | CrossJoin


class ODataUrl(Struct, frozen=True):
    """A whole request URL relative to the service root."""

    segments: tuple[PathSegment, ...]
    options: Options = field(default_factory=Options)
