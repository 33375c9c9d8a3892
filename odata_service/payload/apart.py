"""Members that no column of an instance makes: what is expanded, links, annotations, in the values that have them."""

from collections.abc import Iterator, Sequence

from odata_service.plan.model import ComplexField, Field
from odata_service.semantics.resolved import ShownAnnotation

Apart = tuple[list[str], str]
"""The path of the complex value that a member stands in, and the source of the member."""


def beside(apart: Sequence[Apart]) -> Iterator[str]:
    """The members that stand in an instance itself."""
    return (member for way, member in apart if not way)


def inside(name: str, apart: Sequence[Apart]) -> list[Apart]:
    """The members that stand in the value of a property, or further inside."""
    return [(way[1:], member) for way, member in apart if way and way[0] == name]


def unshown(annotations: Sequence[ShownAnnotation], fields: Sequence[Field | ComplexField]) -> Iterator[str | None]:
    """What is annotated and has no member of its own to stand before: the instance, and what of it is not shown."""
    shown = {part.name for part in fields}
    return iter(dict.fromkeys(known.target for known in annotations if known.target not in shown))
