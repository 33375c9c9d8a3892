"""How a request changes the value of a property, and what all these changes share (Protocol 11.4.9)."""

from collections.abc import Callable, Sequence

from odata_service.edm.model import Property
from odata_service.edm.structured import Value
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import BadRequest, NotFound, UnsupportedMediaType

Edit = Callable[[Value, TypeRef], Value]
"""What becomes of the value of a property: the value that it has, and its type."""


def with_item(value: Value, item: Value, index: int) -> Value:
    """A collection with one more member: at its place, counted from the end where it is negative, -1 for the last."""
    members = value if isinstance(value, tuple) else ()
    place = index if index >= 0 else len(members) + 1 + index
    if not 0 <= place <= len(members):
        raise BadRequest(
            f"There is no place {index} in a collection of {len(members)}.",
            target="$index",
            hint="Leave $index out to add the member behind all others.",
        )
    return (*members[:place], item, *members[place:])


def without_item(value: Value, place: int) -> Value:
    """A collection without the member at a place."""
    members = value if isinstance(value, tuple) else ()
    at = place_in(members, place)
    return (*members[:at], *members[at + 1 :])


def place_in(members: Sequence[Value], place: int) -> int:
    """A place from the beginning; `NotFound` where the collection has no member there."""
    if not -len(members) <= place < len(members):
        raise NotFound("The collection has no member at this place.", hint="Places count from 0, from the end from -1.")
    return place % len(members)


def check_raw(content_type: str, part: Property) -> None:
    """Raw text is text/plain; the bytes of a binary property are of any type."""
    name = content_type.partition(";")[0].strip().lower()
    if name not in {"", "text/plain"} and kind_of(part.type) is not Kind.BINARY:
        raise UnsupportedMediaType(
            f"Content-Type '{content_type}' is not read here.", target="Content-Type", hint="Send text/plain."
        )
