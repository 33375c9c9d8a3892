"""What the instances of a cross join are to transformations: each has one entity of every set, and nothing else."""

from collections.abc import Sequence

from odata_service.edm.model import Schema
from odata_service.semantics.access import key_of_type
from odata_service.semantics.resolved import Joined
from odata_service.semantics.transformations import Related, Result


def combined(joined: Sequence[Joined], schema: Schema) -> Result:
    """The members that transformations of a cross join begin with: the entities, told apart by their keys."""
    related = tuple(_related(part, schema) for part in joined)
    return Result(tuple(key for known in related for key in known.key), whole=False, related=related)


def _related(part: Joined, schema: Schema) -> Related:
    return Related(part.access, part.entity_set, key_of_type(part.entity_set.entity_type, schema, part.access))
