"""A resolved query becomes a `CountPlan`: how many there are, or whether there is one (Protocol 11.2.10, 11.2.7)."""

from odata_service.edm.model import Schema
from odata_service.plan.apply import applied
from odata_service.plan.model import CountPlan, JoinedSource
from odata_service.plan.source import source_of
from odata_service.semantics.nested import leads_on
from odata_service.semantics.resolved import NavigationStep, Query, ResourcePath


def plan_count(query: Query) -> CountPlan:
    """The plan that answers `/$count`."""
    if query.path.joined:
        return CountPlan(applied(JoinedSource(query.path.joined), query.options), query.options.where)
    return CountPlan(applied(source_of(query.path), query.options), query.options.where)


def plan_exists(path: ResourcePath, schema: Schema) -> CountPlan | None:
    """Whether the entity before the last navigation step exists, and the value in it that leads on.

    None for a path that has no such step.
    """
    steps = path.steps
    last = max((place for place, step in enumerate(steps) if isinstance(step, NavigationStep)), default=0)
    if last == 0:
        return None
    source, step = source_of(ResourcePath(steps[:last], path.type, None)), steps[last]
    assert isinstance(step, NavigationStep), "the place is that of a navigation step"
    return CountPlan(source, leads_on(step.navigation.name, step.source_type, source.target.entity_type, schema))
