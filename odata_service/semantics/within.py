"""What is asked inside of values that are kept whole: computed values, and collections with options of their own.

A value that is kept whole is shown from its text. What options ask for inside of it is an expression over its entity
like any other; that of all members of a collection is gathered into one array, and what is asked inside of these into
an array of arrays.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.edm.types import INT64, TypeRef
from odata_service.semantics.access import access_of, declared_type
from odata_service.semantics.resolved import Arrangement, OrdinalStep, Selection, picked
from odata_service.semantics.tree import Expression, Listed, PropertyAccess, Variable

Gather = Callable[[Expression], Expression]
"""From an expression about a holder to what is gathered of all that stand for it."""


class Within(Struct, frozen=True):
    """One member of objects inside of a value: `way` leads to the object from the holder, with casts as in `owner`, the
    type that alone has the member.

    `value` is gathered: for each holder there is a list with the one value, which has the `type`. `arrangement` is that
    of a collection, of whose members as much is `shown`; its `count` is gathered as the value is, as all `inner` is,
    for each of the members in turn. `depth` is how many lists are around the values of single holders.
    """

    way: tuple[str, ...]
    name: str
    value: Expression
    type: TypeRef
    depth: int
    owner: str | None = None
    shown: Selection | None = None
    count: Expression | None = None
    inner: "tuple[Within, ...]" = ()

    @property
    def columns(self) -> Iterator["Column"]:
        """What is gathered of it, and of all inside: the value, the count, the rest."""
        yield Column(self.value, self.type, self.depth)
        if self.count is not None:
            yield Column(self.count, INT64, self.depth)
        for part in self.inner:
            yield from part.columns


class Column(Struct, frozen=True):
    """An expression that is gathered, the type of the single values, and how many lists are around them."""

    value: Expression
    type: TypeRef
    depth: int


def asks_inside(selection: Selection) -> bool:
    """Whether anything is asked inside of a value beside what its text shows."""
    inner = (known for _, known in selection.inner)
    return bool(selection.computed) or any(known.arrangement is not None or asks_inside(known) for known in inner)


def within_value(
    selection: Selection, value: PropertyAccess | Variable, schema: Schema, ordinals: tuple[OrdinalStep, ...] = ()
) -> tuple[Within, ...]:
    """What is asked inside of a single value, behind places in collections."""

    def gather(expression: Expression) -> Expression:
        return picked(ordinals, Listed((expression,), replace(expression.type, collection=True)))

    return tuple(_Asking(schema, gather, 0).inside(selection, value))


def within_members(
    selection: Selection,
    arrangement: Arrangement,
    collection: PropertyAccess | Variable,
    schema: Schema,
    ordinals: tuple[OrdinalStep, ...] = (),
) -> tuple[Within, ...]:
    """What is asked inside of each of the members that an arrangement leaves of a collection."""

    def gather(expression: Expression) -> Expression:
        return picked(ordinals, arrangement.of(collection, expression))

    return tuple(_Asking(schema, gather, 1).inside(selection, arrangement.variable))


class _Asking(Struct, frozen=True):
    """How what is asked of single holders is gathered."""

    schema: Schema
    gather: Gather
    depth: int

    def inside(self, selection: Selection, holder: PropertyAccess | Variable) -> Iterator[Within]:
        """What a selection asks inside of a holder."""
        for name, expression in selection.computed:
            yield Within((), name, self.gather(expression), expression.type, self.depth)
        for path, inner in selection.inner:
            owner, _, name = path.rpartition("/")
            access = self._member(name, owner, holder)
            if not access.property.type.collection:
                for found in self.inside(inner, access):
                    yield replace(found, way=(path, *found.way))
            elif inner.arrangement is not None:
                yield self._members(access, owner or None, inner, inner.arrangement)

    def _members(
        self, access: PropertyAccess, owner: str | None, selection: Selection, arrangement: Arrangement
    ) -> Within:
        """A collection with options of its own."""

        def gather(expression: Expression) -> Expression:
            return self.gather(arrangement.of(access, expression))

        return Within(
            (),
            access.property.name,
            self.gather(arrangement.of(access)),
            access.property.type,
            self.depth,
            owner,
            replace(selection, arrangement=None),
            self.gather(arrangement.counted(access)) if arrangement.count else None,
            tuple(_Asking(self.schema, gather, self.depth + 1).inside(selection, arrangement.variable)),
        )

    def _member(self, name: str, owner: str, holder: PropertyAccess | Variable) -> PropertyAccess:
        base = declared_type(holder)
        taken = holder.type.name if isinstance(holder, Variable) else base
        types = (owner,) if owner else (taken, *self.schema.derived_from(taken))
        known = next(found for found in types if name in self.schema.properties(found))
        return access_of(self.schema.properties(known)[name], known, base, holder, self.schema)
