"""Conditions put together: all of some, one beside another, and what one leaves of the members of a collection."""

from collections.abc import Iterable

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.semantics.access import declared_type
from odata_service.semantics.tree import Expression, Logical, Members, TypeTest, Variable


def all_of(tests: Iterable[Expression]) -> Expression:
    """That all of some conditions are true, of which there is one at least."""
    known = tuple(tests)
    return known[0] if len(known) == 1 else Logical("and", known)


def both(one: Expression | None, other: Expression) -> Expression:
    """That a condition is true, and the one before it, if any."""
    return other if one is None else Logical("and", (one, other))


def left(members: Members, test: Expression) -> Members:
    """Those of members for which a further condition is true."""
    return replace(members, where=both(members.where, test))


def of_type(members: Members, name: str, schema: Schema) -> Members:
    """The members that are of the type behind a cast, as instances of it."""
    known = members.variable
    if name == known.type.name:
        return members
    base = declared_type(known)
    narrowed = replace(members, variable=Variable(known.depth, TypeRef(name), known.source, base))
    if schema.is_derived(base, name):
        return narrowed
    return left(narrowed, TypeTest((name, *schema.derived_from(name)), narrowed.variable))
