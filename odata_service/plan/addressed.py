"""The value that a path ends in: of a property, or inside a member of a collection (URL Conventions 4.6 to 4.11)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from odata_service.edm.computations import Coded
from odata_service.edm.leaves import UNTYPED
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.types import BOOLEAN, NULL, TypeRef, kind_of
from odata_service.plan.model import ComplexField, Field
from odata_service.semantics.access import Owner, base_of, steps_of
from odata_service.semantics.conditions import all_of
from odata_service.semantics.nested import way_of
from odata_service.semantics.resolved import EVERYTHING, NOTHING, Query, ResourcePath, Selection, picked
from odata_service.semantics.rooted import rooted
from odata_service.semantics.tree import (
    Binary,
    Case,
    Constant,
    DynamicProperty,
    EntityOwner,
    Expression,
    Logical,
    PropertyAccess,
    TypeTest,
    Variable,
)
from odata_service.semantics.within import Within, within_members, within_value

_MEMBER = "value"
"""What a member of a collection is called, which has no name."""


class Layout(Protocol):
    """Where the columns of a row are collected."""

    @property
    def schema(self) -> Schema:
        """The model."""

    def place(self, expression: Expression) -> int:
        """The place of a value in the row."""

    def member(self, access: PropertyAccess, selection: Selection) -> Field | ComplexField:
        """The member for a property, its columns put into the row."""

    def coded(self, access: PropertyAccess, selection: Selection, source: EntitySet, narrowed: str | None) -> Field:
        """The member for what code makes of other properties."""

    def document(self, owner: Owner) -> int:
        """The place of the dynamic properties of an entity, or of a complex value that has columns."""


def addressed(
    found: PropertyAccess | Variable | DynamicProperty, query: Query, source: EntitySet, layout: Layout
) -> Field | ComplexField:
    """The member for the value that a path ends in, its columns put into the row."""
    if isinstance(found, PropertyAccess) and isinstance(found.property.computation, Coded):
        return layout.coded(found, query.options.selection, source, None)
    if isinstance(found, DynamicProperty):
        return _document(found, query, layout)
    selection, ordinals = query.options.selection, query.path.ordinals
    if isinstance(found, PropertyAccess) and not ordinals:
        return layout.member(found, selection)
    name = found.property.name if isinstance(found, PropertyAccess) else _MEMBER
    arrangement, count = selection.arrangement, None
    value: Expression = found
    if arrangement is None:
        asked = within_value(selection, found, layout.schema, ordinals)
    else:
        value = arrangement.of(found)
        count = layout.place(picked(ordinals, arrangement.counted(found))) if arrangement.count else None
        asked = within_members(selection, arrangement, found, layout.schema, ordinals)
    place, present = layout.place(picked(ordinals, value)), layout.place(picked(ordinals, _is_there(query.path)))
    within = fields_within(asked, layout.place)
    return Field(name, place, query.path.type, count=count, shown=part_of(selection), present=present, within=within)


def fields_within(
    asked: Sequence[Within], place: Callable[[Expression], int], owner: EntityOwner = None
) -> tuple[Field, ...]:
    """The members for what is asked inside of a value of the entity that `owner` leads to.

    `place` gives an expression its place in the row.
    """
    return tuple(
        Field(
            part.name,
            place(rooted(part.value, owner)),
            part.type,
            part.owner,
            told=part.type if part.shown is None else None,
            count=None if part.count is None else place(rooted(part.count, owner)),
            shown=part.shown,
            within=fields_within(part.inner, place, owner),
            way=part.way,
        )
        for part in asked
    )


def part_of(selection: Selection) -> Selection | None:
    """What is shown of a value that is kept whole, None for all of it."""
    found = replace(selection, arrangement=None, computed=())
    return None if found == EVERYTHING else found


def holding(query: Query) -> Selection:
    """What is shown of the entity that has the value: that alone, where there may be streams in it."""
    found = query.property
    if not isinstance(found, PropertyAccess) or kind_of(found.type) is not None or query.path.ordinals:
        return NOTHING
    selection = query.options.selection
    for step in reversed(steps_of(found)):
        name = step.property.name
        selection = Selection(frozenset({name}), ((name, selection),), ())
    return selection


def depth_of(found: PropertyAccess | Variable | DynamicProperty) -> int:
    """How many steps are before the last property of the path from an entity to a value."""
    return len(way_of(found, found.property.type.name)) - 1 if isinstance(found, PropertyAccess) else 0


def casts_hold(path: ResourcePath) -> tuple[Expression, ...]:
    """What must be true of the entity at the end of a path: the complex values on the way are of the types said."""
    return tuple(_holds(test) for test in path.tests if base_of(test.owner) is None)


def _is_there(path: ResourcePath) -> Expression:
    """True for the member at the last place of a path, null where what is said of its type does not hold."""
    there = Constant(True, BOOLEAN)
    tests = tuple(_holds(test) for test in path.tests if base_of(test.owner) is not None)
    if not tests:
        return there
    return Case(((all_of(tests), there),), BOOLEAN)


def _holds(test: TypeTest) -> Expression:
    """Whether a complex value is of a type, as null is of any."""
    assert isinstance(test.owner, PropertyAccess | Variable), "complex values stand in properties and collections"
    return Logical("or", (Binary("eq", test.owner, Constant(None, NULL), BOOLEAN), test))


def _document(found: DynamicProperty, query: Query, layout: Layout) -> Field:
    """The text of the JSON object that a dynamic property is a member of."""
    owner, ordinals = found.owner, query.path.ordinals
    assert owner is None or isinstance(owner, PropertyAccess | Variable), "a path leads from the entity to the property"
    if not ordinals and (owner is None or layout.schema.is_taken_apart(_declared(owner))):
        return Field(found.name, layout.document(owner), UNTYPED)
    assert owner is not None, "ordinals stand behind collections"
    present = layout.place(picked(ordinals, _is_there(query.path))) if ordinals else None
    return Field(found.name, layout.place(picked(ordinals, owner)), UNTYPED, present=present)


def _declared(owner: PropertyAccess | Variable) -> TypeRef:
    return owner.property.type if isinstance(owner, PropertyAccess) else owner.type
