"""Plans that read of an entity what none of its properties shows, or single leaves: what writes and streams need."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import Schema
from odata_service.plan.model import (
    EntityShape,
    HiddenColumn,
    IdColumn,
    LeafColumn,
    PathSource,
    ReadPlan,
    StreamColumn,
    TypeColumn,
    VersionColumn,
)
from odata_service.plan.source import key_of, source_of, stable_order
from odata_service.semantics.resolved import ResourcePath


def plan_look(path: ResourcePath) -> ReadPlan:
    """The plan that reads of one entity what no property holds: its version, its type, and its own name.

    The places are 0 to 2; a source whose entities have no names gives null.
    """
    return _hidden_plan(path, (VersionColumn(), TypeColumn(), IdColumn()))


def plan_find(path: ResourcePath, schema: Schema) -> ReadPlan:
    """The plan that reads of all entities at a path what `plan_look` does, then their keys, in the order of these."""
    looked = plan_look(path)
    assert isinstance(looked.source, PathSource), "entities are found along a path"
    target = looked.source.target
    key = (LeafColumn(leaf.path, leaf.type) for _, leaf in key_of(target, schema))
    return replace(looked, columns=(*looked.columns, *key), order=stable_order((), target, schema))


def plan_leaves(path: ResourcePath, leaves: Sequence[Leaf]) -> ReadPlan:
    """The plan that reads of one entity its version and then these leaves."""
    return _hidden_plan(path, (VersionColumn(), *(LeafColumn(leaf.path, leaf.type) for leaf in leaves)))


def plan_stream(path: ResourcePath, name: str, *, whole: bool) -> ReadPlan:
    """The plan that reads a stream of one entity: the entity's own name, the media type, the version, all the bytes.

    The places are 0 to 3; without `whole` the bytes are not read.
    """
    parts = (IdColumn(), StreamColumn(name, "type"), StreamColumn(name, "version"))
    return _hidden_plan(path, (*parts, StreamColumn(name, "value")) if whole else parts)


def _hidden_plan(path: ResourcePath, columns: tuple[HiddenColumn, ...]) -> ReadPlan:
    source = source_of(path)
    return ReadPlan(source, columns, EntityShape(source.target, source.entity_type, (), (), None))
