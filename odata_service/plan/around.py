"""The complex values around navigation properties that are expanded or selected (Protocol 11.2.5.1, 11.2.5.2).

They show wherever what is inside does, if with nothing else.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.edm.nested import property_steps
from odata_service.semantics.resolved import NOTHING, QueryOptions, Selection


def with_values_around(selection: Selection, options: QueryOptions, entity_type: str, schema: Schema) -> Selection:
    """What is shown of entities, and the complex values around what is expanded: related entities and streams."""
    for path in options.streams:
        selection = _showing(selection, property_steps(path)[:-1])
    for item in options.expand:
        way = property_steps(item.name)[:-1]
        if way and way[0] not in schema.properties(entity_type):
            selection = _showing_derived(selection, way, item.source_type, schema)
        else:
            selection = _showing(selection, way)
    for linked in options.linked:
        if linked.way[0] in schema.properties(entity_type):
            selection = _showing(selection, linked.way)
    return selection


def _showing_derived(selection: Selection, way: Sequence[str], holder: str, schema: Schema) -> Selection:
    """What is shown, and a complex value at the end of a path that begins at a property of a derived type."""
    first, *rest = way
    declaring = next(part.name for part in schema.ancestry(holder) if part.declares(first))
    known, path = (declaring, schema.properties(holder)[first]), f"{declaring}/{first}"
    is_shown = known in selection.derived
    inner = _showing(selection.inside(path) if is_shown else NOTHING, rest)
    derived = selection.derived if is_shown else (*selection.derived, known)
    return replace(selection, derived=derived, inner=_with(selection, path, inner))


def _showing(selection: Selection, way: Sequence[str]) -> Selection:
    """What is shown, and a complex value inside at the end of a path."""
    if not way:
        return selection
    first, *rest = way
    inner = _showing(selection.inside(first) if selection.chooses(first) else NOTHING, rest)
    return replace(
        selection,
        chosen=None if selection.chosen is None else selection.chosen | {first},
        inner=_with(selection, first, inner),
    )


def _with(selection: Selection, path: str, inner: Selection) -> tuple[tuple[str, Selection], ...]:
    return (*(known for known in selection.inner if known[0] != path), (path, inner))


def shows_stream(selection: Selection, path: str) -> bool:
    """Whether a stream is among what is shown, itself or in a complex value."""
    first, _, rest = path.partition("/")
    if not rest:
        return selection.chooses(first)
    if "." in first:
        return shows_stream(selection, rest)
    return selection.chooses(first) and shows_stream(selection.inside(first), rest)


def named_links(selection: Selection, before: str = "") -> Iterator[str]:
    """The paths of the navigation properties that stand in $select: they show as links."""
    yield from (before + name for name in selection.navigation)
    for name, inner in selection.inner:
        yield from named_links(inner, f"{before}{name}/")
