"""SQL written as text with places for arguments: `written("instr({0}, {1}) > 0")`.

An argument that stands in the text more than once would be worked out, and printed, as often: a nest of such calls
would grow without bound. `sharing` names its value once, in a query of its own.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from peewee import SQL, Cast, Column, Entity, Node, NodeList, Value

from odata_service.edm.types import Kind
from odata_service.sql.families.family import Build, Wrap

Share = Callable[[Mapping[int, tuple[Node, Kind]]], Node]
"""From arguments by place to a FROM clause that names each `s.a0`, `s.a1` …"""

_PLACES = re.compile(r"\{(\d)\}")


def written(text: str, share: Share) -> Build:
    """A builder of the text in parentheses; `{0}` is the first argument."""
    pieces = _PLACES.split(text)
    places = [int(place) for place in pieces[1::2]]
    repeated = {place for place in places if places.count(place) > 1}

    def build(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
        shared = {place: (arguments[place], kinds[place]) for place in repeated if not is_simple(arguments[place])}
        named = [Entity("s", f"a{place}") if place in shared else node for place, node in enumerate(arguments)]
        parts = [SQL(piece) if number % 2 == 0 else named[int(piece)] for number, piece in enumerate(pieces)]
        body = NodeList([SQL("("), *parts, SQL(")")], glue="")
        if not shared:
            return body
        return NodeList([SQL("(SELECT "), body, SQL(" FROM "), share(shared), SQL(")")], glue="")

    return build


def by_kind(chosen: Mapping[Kind, Build], otherwise: Build) -> Build:
    """A builder that depends on the kind of the first argument."""
    return lambda arguments, kinds: chosen.get(kinds[0], otherwise)(arguments, kinds)


def substring(tail: Build, head: Build) -> Build:
    """`substring`: all from a place on, which counts from the end where it is negative (4.01), or its first characters.

    `tail` takes the text and the place, `head` what that leaves and a number of characters.
    """

    def build(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
        found = tail(arguments[:2], kinds)
        return found if len(arguments) == 2 else head([found, arguments[2]], kinds[1:])

    return build


def moved_instant(operate: Build, ticks: Build, instant: Build) -> Build:
    """An instant and a duration: `ticks` counts those of an instant, `instant` is the one that so many make."""

    def build(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
        counted = ticks(arguments[:1], kinds[:1])
        return instant([operate([counted, arguments[1]], (Kind.DURATION, Kind.DURATION))], (Kind.DURATION,))

    return build


def wrapped(build: Build) -> Wrap:
    """A builder of one argument whose kind does not matter."""
    return lambda node: build([node], ())


def is_simple(node: Node) -> bool:
    """Whether a node is a column or a placeholder, so that it may stand in a statement more than once."""
    return isinstance(node, Value | Column | Entity) or (isinstance(node, Cast) and is_simple(node.node))


def derived_table(suffix: str = "") -> Share:
    """A subquery without a source of its own, for databases where it may refer to the query around it."""

    def share(arguments: Mapping[int, tuple[Node, Kind]]) -> Node:
        parts: list[Node] = []
        for place, (node, _) in arguments.items():
            parts += [SQL("(SELECT " if not parts else ", "), node, SQL(f" AS a{place}")]
        return NodeList([*parts, SQL(f"{suffix}) AS s")], glue="")

    return share
