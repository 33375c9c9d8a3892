"""Keys that the service can make, and those that it alone makes (Protocol 11.4.2, 11.4.4)."""

from odata_service.edm.annotations import COMPUTED, EXISTING, is_tagged
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import Kind, kind_of

_GUID_LENGTH = 36


def named_key(source: EntitySet, schema: Schema) -> Leaf | None:
    """The single text or GUID that is the whole key of a source's entities and has room for a new GUID."""
    leaf = _single(source, schema)
    if leaf is None or kind_of(leaf.type) not in {Kind.STRING, Kind.GUID}:
        return None
    room = leaf.type.primitive.facets.max_length
    return None if isinstance(room, int) and room < _GUID_LENGTH else leaf


def numbered_key(source: EntitySet, schema: Schema) -> Leaf | None:
    """The integer that is the whole key of a source's entities and means nothing else; the store can choose it."""
    leaf = _single(source, schema)
    if leaf is None or source.is_single or is_tagged(source.annotations, EXISTING):
        return None
    part = schema.properties(source.entity_type).get(leaf.path)
    leading = schema.navigation_properties(source.entity_type).values()
    is_meant = any(leaf.path == tie.property for relation in leading for tie in relation.referential_constraints)
    is_number = part is not None and kind_of(part.type) is Kind.INTEGER and part.default is None
    return leaf if is_number and not is_meant else None


def made_key(source: EntitySet, schema: Schema) -> Leaf | None:
    """The key that nobody but the service states: it is computed, and one that can be made.

    What the database of others computes is not known to be one.
    """
    leaf = _single(source, schema)
    part = schema.properties(source.entity_type).get(leaf.path) if leaf is not None else None
    if part is None or not is_tagged(part.annotations, COMPUTED) or is_tagged(source.annotations, EXISTING):
        return None
    return named_key(source, schema) or numbered_key(source, schema)


def is_upsertable(source: EntitySet, schema: Schema) -> bool:
    """Whether PATCH and PUT where there is no entity may create one.

    They create no member of a set that is a media entity, or whose key the service makes.
    """
    is_created = source.is_single or not (schema.has_stream(source.entity_type) or made_key(source, schema))
    return source.capabilities.upsertable and is_created


def _single(source: EntitySet, schema: Schema) -> Leaf | None:
    leaves = schema.key_leaves(source.entity_type)
    return leaves[0][1] if len(leaves) == 1 else None
