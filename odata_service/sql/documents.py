"""Values inside JSON columns: members of complex values that are kept whole, and members of collections."""

from collections.abc import Sequence
from functools import reduce

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
    return untyped_value(node.type, (document, names), stated_beside(document, names, family), family)


def stated_beside(document: Node, names: Sequence[str], family: Family) -> Node:
    """The type that stands beside a member of a document."""
    return family.documents.value(document, [*names[:-1], names[-1] + TYPE_MEMBER], STRING)


def untyped_value(type_ref: TypeRef, place: tuple[Node, Sequence[str]], stated: Node | None, family: Family) -> Node:
    """What names lead to in a document where it is of a type, which is stated or shown by its JSON; else null."""
    (document, names), documents, kind = place, family.documents, kind_of(type_ref)
    found = documents.value(document, names, type_ref) if names else documents.whole(document, type_ref)
    if type_ref.collection:
        shown = Expression(documents.type(document, names), "IN", EnclosedNodeList([held(documents.types["array"][0])]))
        return Case(None, [(shown, found)], None)
    if kind is None or kind is Kind.UNTYPED:
        return found
    tests: list[Node] = []
    if stated is not None:
        types = _NUMBERS if kind in NUMERIC else (type_ref.name,)
        tests.append(Expression(stated, "IN", EnclosedNodeList([held(name) for name in types])))
    if kind in _SHOWN:
        plain = _is_shown(document, names, kind, family)
        tests.append(plain if stated is None else Expression(Expression(stated, "IS", SQL("NULL")), "AND", plain))
    test: Node = reduce(lambda one, other: Expression(one, "OR", other), tests) if tests else SQL("1 = 0")
    return Case(None, [(test, found)], None)


def _is_shown(document: Node, names: Sequence[str], kind: Kind, family: Family) -> Node:
    """That the JSON of a value is one of those that values of a kind have."""
    shown = EnclosedNodeList([held(name) for name in family.documents.types[_SHOWN[kind]]])
    return Expression(family.documents.type(document, names), "IN", shown)


def is_of(document: Node, names: Sequence[str], types: Sequence[str], base: str, mapping: Mapping) -> Node:
    """That the value at a path is of one of some types; it says of which it is where that is not `base`."""
    stated = mapping.family.documents.value(document, [*names, TYPE_MEMBER], STRING)
    return Expression(fn.coalesce(stated, held(base)), "IN", EnclosedNodeList([held(name) for name in types]))
