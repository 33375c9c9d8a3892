"""The complex values around navigation properties that are expanded or selected (Protocol 11.2.5.1, 11.2.5.2).

They show wherever what is inside does, if with nothing else.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.semantics.resolved import NOTHING, Expansion, Selection


def with_values_around(
    selection: Selection, expanded: Sequence[Expansion], entity_type: str, schema: Schema
) -> Selection:
    """What is shown of entities, and the complex values through which navigation properties lead that are expanded."""
    for item in expanded:
        way = [step for step in item.name.split("/")[:-1] if "." not in step]
        if way and way[0] not in schema.properties(entity_type):
            selection = _with_derived(selection, way[0], item.source_type, schema)
        selection = _showing(selection, way)
    return selection


def _with_derived(selection: Selection, name: str, holder: str, schema: Schema) -> Selection:
    """What is shown, and a property that a derived type declares."""
    declaring = next(part.name for part in schema.ancestry(holder) if part.declares(name))
    known = declaring, schema.properties(holder)[name]
    return selection if known in selection.derived else replace(selection, derived=(*selection.derived, known))


def _showing(selection: Selection, way: Sequence[str]) -> Selection:
    """What is shown, and a complex value inside at the end of a path."""
    if not way:
        return selection
    first, *rest = way
    inner = _showing(selection.inside(first) if selection.chooses(first) else NOTHING, rest)
    return replace(
        selection,
        chosen=None if selection.chosen is None else selection.chosen | {first},
        inner=(*(known for known in selection.inner if known[0] != first), (first, inner)),
    )


def named_links(selection: Selection, before: str = "") -> Iterator[str]:
    """The paths of the navigation properties that stand in $select: they show as links."""
    yield from (before + name for name in selection.navigation)
    for name, inner in selection.inner:
        yield from named_links(inner, f"{before}{name}/")
