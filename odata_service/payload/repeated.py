"""`allow-entityreferences`: an entity that the payload has already is told by its id (Protocol 8.2.8.1).

It must have been told with all that is asked of it: shown in the same way, with the same expanded in it.
"""

from odata_service.plan.model import EntityShape, ReadPlan, ToManyShape

Known = set[tuple[int, str]]
"""The entities of a payload so far: the number of how each is shown, and its id."""


def shown_as(shape: EntityShape, plan: ReadPlan) -> object:
    """What is equal for shapes of one plan, or of two, that tell the same of an entity."""
    return (
        shape.entity_type,
        tuple((part.name, part.owner) for part in shape.fields),
        tuple((part.name, part.owner, part.content is None) for part in shape.streams),
        shape.dynamic and shape.dynamic.names,
        tuple((part.name, part.owner, *_expanded_as(part.shape, part, plan)) for part in shape.expands),
    )


def _expanded_as(shape: EntityShape, part: object, plan: ReadPlan) -> tuple[object, ...]:
    if not isinstance(part, ToManyShape):
        return (shape.reference, shown_as(shape, plan))
    inner = plan.expands[part.place].plan
    narrowing = (inner.source, inner.where, inner.order, inner.skip, inner.limit)
    return (part.count, part.count_only, shape.reference, narrowing, shown_as(shape, inner))


def reference_to(shown: int, id: str, known: Known) -> dict[str, object] | None:
    """The reference to an entity that the payload has; None for one that comes now."""
    if (shown, id) in known:
        return {"@odata.id": id}
    known.add((shown, id))
    return None
