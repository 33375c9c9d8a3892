"""Whether the keys of a page are texts that stand in URIs as they are: nearly all are, and one look at them tells."""

from collections.abc import Sequence
from string import ascii_letters, digits

from msgspec import Struct

from odata_service.edm.types import Kind, kind_of
from odata_service.plan.model import EntityShape, ReadPlan, Rows, ToOneShape

_PLAIN = (ascii_letters + digits + "-._~").encode("ascii")


class TextKeys(Struct, frozen=True):
    """The places of texts in the keys of the entities that rows have, and those of the rows expanded with them."""

    places: tuple[int, ...]
    expanded: "tuple[tuple[int, TextKeys], ...]"

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self.places and not self.expanded

    def are_plain(self, rows: Rows) -> bool:
        """Whether all of them are made of what no URL encodes."""
        return all(_is_plain(rows.rows, place) for place in self.places) and all(
            keys.are_plain(inner) for place, keys in self.expanded for inner in rows.expanded[place].values()
        )


def text_keys_of(plan: ReadPlan) -> TextKeys:
    """Those that the entities of a plan have."""
    places: list[int] = []
    expanded: list[tuple[int, TextKeys]] = []
    _gather(plan.shape, plan, places, expanded)
    return TextKeys(tuple(dict.fromkeys(places)), tuple(expanded))


def _gather(shape: EntityShape, plan: ReadPlan, places: list[int], expanded: list[tuple[int, TextKeys]]) -> None:
    places += [part.index for part in shape.key if kind_of(part.type) is Kind.STRING]
    for item in shape.expands:
        if isinstance(item, ToOneShape):
            _gather(item.shape, plan, places, expanded)
        else:
            keys = text_keys_of(plan.expands[item.place].plan)
            if not keys.is_empty:
                expanded.append((item.place, keys))


def _is_plain(rows: Sequence[tuple[object, ...]], place: int) -> bool:
    """Whether the texts in a column are plain; null where an entity is not there."""
    joined = "".join([row[place] or "" for row in rows])  # type: ignore[misc]  # keys of this kind are texts
    return not joined.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
