"""Casts as tables, for databases that have SQL for them: to a text, and out of one (URL Conventions 5.1.1.10.1)."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from peewee import Node

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.sql.families.family import Build, Wrap

Casting = Callable[[Node, TypeRef], Node]
"""From a value and the type wanted to SQL."""

_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})


class Casts(Struct, frozen=True):
    """Casts from a text and to one by the other type's kind; `number` casts a number of a kind to another type.

    `single` gives a float the digits of the narrower type.
    """

    number: Callable[[Node, Kind, TypeRef], Node]
    single: Build
    from_text: Mapping[Kind, Casting]
    to_text: Mapping[Kind, Casting]

    def cast(self, node: Node, source: TypeRef, target: TypeRef) -> Node:
        """A value in another type."""
        from_kind, to_kind = kind_of(source), kind_of(target)
        if from_kind in _NUMBERS and to_kind in _NUMBERS:
            found = self.number(node, from_kind, target)
            return self.single([found], (Kind.FLOAT,)) if target.name == "Edm.Single" else found
        if from_kind is to_kind:
            return node
        table, kind = (self.to_text, from_kind) if to_kind is Kind.STRING else (self.from_text, to_kind)
        assert kind is not None, "the resolver casts single primitive values"
        return table[kind](node, target)


def always(build: Wrap) -> Casting:
    """A cast that is the same for all types of its kind."""
    return lambda node, _: build(node)


def shown(build: Build, kind: Kind) -> Casting:
    """The text of a value of a kind."""
    return lambda node, _: build([node], (kind,))


def floating(read: Wrap, single: Build) -> Casting:
    """A float out of a text; an Edm.Single has the digits of the narrower type, and is null beyond its range."""

    def build(node: Node, target: TypeRef) -> Node:
        found = read(node)
        return single([found], (Kind.FLOAT,)) if target.name == "Edm.Single" else found

    return build


def instant(local_ticks: Wrap, offset: Build, moved: Build, instant_of_ticks: Build) -> Casting:
    """An instant out of a text: the ticks of its local time less those of its offset."""

    def build(node: Node, _: TypeRef) -> Node:
        ticks = moved([local_ticks(node), offset([node], (Kind.STRING,))], (Kind.DURATION, Kind.DURATION))
        return instant_of_ticks([ticks], (Kind.DURATION,))

    return build
