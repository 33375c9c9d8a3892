"""`omit-values`: what is left out of a payload, of values and of those inside them (Protocol 8.2.8.6).

With `nulls` that is what is null, and with `defaults` what is as a property has it when nothing is stated: its default,
or null where it has none. Null stays where the default is another value, and so does what an annotation speaks of.
"""

from collections.abc import Callable
from enum import Enum

from odata_service.edm.model import Property
from odata_service.payload.format import Format


class _Mark(Enum):
    """What stands for a value until all are looked through: one that is left out, and null that stays."""

    DEFAULT = "default"
    NULL = "null"


def default_of(part: Property | None, format: Format) -> object:
    """The default of a property in a format that leaves such values out; None where null alone is left out."""
    if part is None or part.type.collection or format.omits != "defaults":
        return None
    return part.default


def marked(default: object) -> Callable[[object, object], object]:
    """From a value, and how it is written, to that or to the mark of what is not to be told, or is in spite of all."""

    def mark(value: object, written: object) -> object:
        if value is None:
            return _Mark.NULL
        return _Mark.DEFAULT if value == default else written

    return mark


def without_omitted(members: dict[str, object]) -> dict[str, object]:
    """The members that are told, inside as well; those of which an annotation speaks are."""
    annotated = {name.partition("@")[0] for name in members if "@" in name}
    return {
        name: _inside(value)
        for name, value in members.items()
        if value is not _Mark.DEFAULT and (value is not None or name in annotated or "@" in name)
    }


def _inside(value: object) -> object:
    match value:
        case dict():
            return without_omitted(value)
        case list():
            return [_inside(item) for item in value]
        case _Mark.NULL:
            return None
        case _:
            return value
