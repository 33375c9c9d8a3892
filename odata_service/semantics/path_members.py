"""Members of collections of values in a path: those that satisfy a predicate or are of a type, and one by its place.

(URL Conventions 4.11, 4.12.)
"""

import re

from msgspec.structs import replace

from odata_service.edm.types import TypeRef
from odata_service.semantics import expression
from odata_service.semantics.path_walk import Walk
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import MembersStep, OrdinalStep
from odata_service.semantics.tree import Logical, Members, PropertyAccess, TypeTest, Variable
from odata_service.url.syntax import FilterSegment, Segment

PLACE = re.compile(r"-?\d{1,18}", re.ASCII)
"""The place of a member: 0 is the first, -1 the last."""


def members_left(segment: Segment | FilterSegment, walk: Walk, element: TypeRef) -> None:
    """Leaves those members of a collection of values that satisfy a predicate, or are of a derived type."""
    walk.check_kept()
    before, schema = walk.left, walk.scope.request.schema
    variable = before.variable if before else Variable(len(walk.path.ordinals) + 1, bare(element))
    if isinstance(segment, FilterSegment):
        assert isinstance(walk.found, PropertyAccess | Variable), "properties and results are collections"
        scope = replace(walk.scope, entity_type=element.name, entity_set=None, instance=variable, depth=variable.depth)
        scope = replace(scope, these=Members(walk.found, variable, before.where if before else None))
        where, cast = expression.resolve_filter(segment.predicate, scope), None
    else:
        base, cast = variable.base or walk.type.name, element.name
        variable = replace(variable, type=bare(element), base=base)
        where = TypeTest((cast, *schema.derived_from(cast)), variable)
    if before is not None:
        where, cast = Logical("and", (before.where, where)), cast or before.cast
        walk.steps.pop()
    walk.steps.append(MembersStep(variable, where, cast))
    walk.type = replace(walk.type, name=element.name)


def member_at(segment: Segment, walk: Walk) -> None:
    """One member of a collection of values by its place, which has no other name (URL Conventions 4.11)."""
    place, element = int(segment.name), walk.type.element
    walk.check_kept()
    before = walk.left
    variable = before.variable if before else Variable(len(walk.path.ordinals) + 1, bare(element))
    assert isinstance(walk.found, PropertyAccess | Variable), "properties and results are collections"
    walk.steps.append(OrdinalStep(Members(walk.found, variable, before.where if before else None), place))
    walk.found, walk.type, walk.around = variable, element, None
    base = variable.base or variable.type.name
    walk.scope, walk.base = replace(walk.scope, entity_type=element.name, entity_set=None), base
