"""All rules over one model, in the order of the standard."""

from collections.abc import Iterator

from odata_service.edm.draft import Draft
from odata_service.edm.model import EntityType
from odata_service.edm.rules.aggregation import aggregation_problems
from odata_service.edm.rules.alternate_keys import alternate_key_problems
from odata_service.edm.rules.annotations import annotation_problems
from odata_service.edm.rules.bindings import binding_problems
from odata_service.edm.rules.container import container_problems
from odata_service.edm.rules.inheritance import depth_problems, inheritance_problems
from odata_service.edm.rules.inspection import Inspection
from odata_service.edm.rules.keys import key_problems
from odata_service.edm.rules.names import member_name_problems, name_problems
from odata_service.edm.rules.navigation import navigation_problems
from odata_service.edm.rules.nesting import nesting_problems
from odata_service.edm.rules.operations import operation_problems
from odata_service.edm.rules.properties import property_problems
from odata_service.edm.rules.scalars import scalar_problems
from odata_service.edm.rules.terms import term_problems
from odata_service.errors import Problem


def problems_of(draft: Draft) -> Iterator[Problem]:
    """Every breach of a rule, in no particular order.

    Where types inherit without end, or values go on in values so, nothing else is looked at: most rules ask for what is
    inherited, and what is made of the model for what is in it.
    """
    model = Inspection(draft)
    endless = list(depth_problems(draft)) or list(nesting_problems(model))
    if endless:
        yield from endless
        return
    yield from name_problems(draft)
    yield from scalar_problems(model)
    for structured in draft.structured_types():
        yield from inheritance_problems(structured, model)
        yield from member_name_problems(structured, model)
        yield from property_problems(structured, model)
        yield from navigation_problems(structured, model)
        yield from aggregation_problems(structured.annotations, structured, structured.origin, model)
        for part in structured.properties:
            yield from aggregation_problems(part.annotations, structured, part.origin, model)
        if isinstance(structured, EntityType):
            yield from key_problems(structured, model)
            yield from alternate_key_problems(structured.annotations, structured, structured.origin, model)
    yield from operation_problems(model)
    yield from term_problems(model)
    yield from container_problems(model)
    yield from binding_problems(model)
    yield from annotation_problems(model)
    for source in draft.container.entity_sets.values():
        declared = draft.structured_type(source.entity_type)
        if isinstance(declared, EntityType):
            yield from alternate_key_problems(source.annotations, declared, source.origin, model)
            yield from aggregation_problems(source.annotations, declared, source.origin, model)
