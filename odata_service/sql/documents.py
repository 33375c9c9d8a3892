"""Values inside JSON columns: members of complex values that are kept whole, and members of collections."""

from collections.abc import Sequence

from peewee import SQL, Case, EnclosedNodeList, Expression, Node, fn

from odata_service.edm.kept import TYPE_MEMBER
from odata_service.edm.types import PRIMITIVE_TYPES, STRING, Kind, TypeRef, kind_of
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.tree import DynamicProperty, PropertyAccess
from odata_service.sql.families import Family
from odata_service.sql.mapping import Mapping
from odata_service.sql.slots import held

_NUMBERS = tuple(name for name, row in PRIMITIVE_TYPES.items() if row.kind in NUMERIC)
_SHOWN = {Kind.BOOLEAN: "boolean", Kind.STRING: "string", **dict.fromkeys(NUMERIC, "number")}
"""What JSON shows by itself."""


def inside(document: Node, steps: Sequence[PropertyAccess], type_ref: TypeRef, mapping: Mapping) -> Node:
    """What a path through a document leads to: a value as expressions have it, or the document there."""
    names = [step.property.name for step in steps]
    value = mapping.family.documents.value(document, names, type_ref)
    for place, step in enumerate(steps):
        if step.cast is not None:
            types = (step.cast, *mapping.schema.derived_from(step.cast))
            value = Case(None, [(is_of(document, names[:place], types, "", mapping), value)], None)
    return value


def dynamic_value(node: DynamicProperty, document: Node, names: Sequence[str], family: Family) -> Node:
    """A dynamic property where its JSON, or the type that stands beside it, is of the type that is asked for."""
    documents, kind = family.documents, kind_of(node.type)
    found = documents.value(document, names, node.type)
    if kind is None or kind is Kind.UNTYPED:
        return found
    stated = documents.value(document, [*names[:-1], names[-1] + TYPE_MEMBER], STRING)
    types = _NUMBERS if kind in NUMERIC else (node.type.name,)
    test: Node = Expression(stated, "IN", EnclosedNodeList([held(name) for name in types]))
    if kind in _SHOWN:
        shown = EnclosedNodeList([held(name) for name in documents.types[_SHOWN[kind]]])
        plain = Expression(documents.type(document, names), "IN", shown)
        test = Expression(test, "OR", Expression(Expression(stated, "IS", SQL("NULL")), "AND", plain))
    return Case(None, [(test, found)], None)


def is_of(document: Node, names: Sequence[str], types: Sequence[str], base: str, mapping: Mapping) -> Node:
    """That the value at a path is of one of some types; it says of which it is where that is not `base`."""
    stated = mapping.family.documents.value(document, [*names, TYPE_MEMBER], STRING)
    return Expression(fn.coalesce(stated, held(base)), "IN", EnclosedNodeList([held(name) for name in types]))
