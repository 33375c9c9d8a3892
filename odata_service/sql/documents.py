"""Values inside JSON columns: members of complex values that are kept whole, and members of collections."""

from collections.abc import Sequence

from peewee import Case, EnclosedNodeList, Expression, Node, fn

from odata_service.edm.kept import TYPE_MEMBER
from odata_service.edm.types import STRING, TypeRef
from odata_service.semantics.tree import PropertyAccess
from odata_service.sql.mapping import Mapping
from odata_service.sql.slots import held


def inside(document: Node, steps: Sequence[PropertyAccess], type_ref: TypeRef, mapping: Mapping) -> Node:
    """What a path through a document leads to: a value as expressions have it, or the document there."""
    names = [step.property.name for step in steps]
    value = mapping.family.documents.value(document, names, type_ref)
    for place, step in enumerate(steps):
        if step.cast is not None:
            types = (step.cast, *mapping.schema.derived_from(step.cast))
            value = Case(None, [(is_of(document, names[:place], types, "", mapping), value)], None)
    return value


def is_of(document: Node, names: Sequence[str], types: Sequence[str], base: str, mapping: Mapping) -> Node:
    """That the value at a path is of one of some types; it says of which it is where that is not `base`."""
    stated = mapping.family.documents.value(document, [*names, TYPE_MEMBER], STRING)
    return Expression(fn.coalesce(stated, held(base)), "IN", EnclosedNodeList([held(name) for name in types]))
