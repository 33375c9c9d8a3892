"""What complex values lead to: related entities and streams, told by their path from the instance around (CSDL 8, 9).

A complex value that has leaves of its own has no row. What its type says of related entities and of streams is
therefore said of the instance that it belongs to: `address/country`, and of a derived type
`address/ns.ForeignAddress/visa`. Of values that are kept whole `edm.links` has what they lead to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from odata_service.edm.leaves import Declared, Structured
from odata_service.edm.types import PRIMITIVE_TYPES, TypeRef

Part = TypeVar("Part")


class Types(Protocol):
    """What this needs to know of a schema."""

    def ancestry(self, name: str) -> Iterator[Structured]:
        """A structured type and its base types, itself first."""

    def derived_from(self, name: str) -> tuple[str, ...]:
        """The types that inherit from a structured type."""

    def is_taken_apart(self, type_ref: TypeRef) -> bool:
        """Whether the members of a complex value have leaves of their own."""


Moved = Callable[[Part, str, bool], Part]
"""Makes of a part what is said of the instance around: from the path of the value, and whether that may be null."""


def nested_parts(
    properties: Iterable[Declared], parts_of: Callable[[str], Mapping[str, Part]], moved: Moved[Part], types: Types
) -> Iterator[Part]:
    """What the complex values among some properties lead to; `parts_of` has what is said of a type, by path."""
    for declared in properties:
        if declared.type.name in PRIMITIVE_TYPES or not types.is_taken_apart(declared.type):
            continue
        name, nullable = declared.type.name, declared.type.nullable
        for part in parts_of(name).values():
            yield moved(part, declared.name, nullable)
        for derived in types.derived_from(name):
            _, base, *_ = types.ancestry(derived)
            inherited = parts_of(base.name)
            for path, part in parts_of(derived).items():
                if path not in inherited:
                    yield moved(part, f"{declared.name}/{derived}", True)


def property_steps(path: str) -> list[str]:
    """The names of properties on a path, without those of the types that it casts to.

    >>> property_steps("address/ns.ForeignAddress/visa")
    ['address', 'visa']
    """
    return [step for step in path.split("/") if "." not in step]


def value_path(path: str) -> str:
    """The path of the complex value that a part is told of; empty for a part of the instance itself.

    >>> value_path("address/ns.ForeignAddress/visa"), value_path("country")
    ('address', '')
    """
    way = path.split("/")[:-1]
    return "/".join(way[:-1] if way and "." in way[-1] else way)
