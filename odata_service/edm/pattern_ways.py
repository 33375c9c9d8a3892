"""How many ways a pattern may go through a text for engines that try one after another, and fewer ways to say the same.

Such an engine begins at each place of a text, tries each number of times that something may be repeated, and gives up
after some million steps. What might take it so many is told beforehand, from the pattern alone.
"""

from collections.abc import Sequence
from itertools import pairwise

from odata_service.edm.patterns import Chain, Characters, Choice, Edge, Pattern, Repeat

_LENGTH = 200
"""As long a text is taken for: most are shorter."""
_MOST_WAYS = 10_000_000
_NOTHING = Chain(())
_NO_END = float("inf")


def trimmed(node: Pattern) -> Pattern:
    """A pattern that is found in the same texts, without what may be left out at its beginning and its end.

    Wherever `.*ab+` is found, `ab` is.
    """
    return _trimmed(_trimmed(node, at_end=False), at_end=True)


def is_quick(node: Pattern) -> bool:
    """Whether engines that try one way after another stay quick."""
    begins = 1 if _is_anchored(node) else _LENGTH
    return _ways(node) * begins <= _MOST_WAYS


def _trimmed(node: Pattern, *, at_end: bool) -> Pattern:
    match node:
        case Repeat(part, least):
            return Repeat(part, least, least) if least else _NOTHING
        case Choice(parts):
            return Choice(tuple(_trimmed(part, at_end=at_end) for part in parts))
        case Chain(parts) if parts:
            edge, others = (parts[-1], parts[:-1]) if at_end else (parts[0], parts[1:])
            left = _trimmed(edge, at_end=at_end)
            if left == _NOTHING:
                return _trimmed(Chain(others), at_end=at_end)
            return Chain((*others, left) if at_end else (left, *others))
        case _:
            return node


def _is_anchored(node: Pattern) -> bool:
    match node:
        case Edge("^"):
            return True
        case Chain((first, *_)):
            return _is_anchored(first)
        case Choice(parts):
            return all(map(_is_anchored, parts))
        case _:
            return False


def _ways(node: Pattern) -> float:
    """In how many ways a pattern may match from one place on."""
    match node:
        case Characters() | Edge():
            return 1
        case Chain(parts):
            ways: float = 1
            for part in parts:
                ways *= _ways(part)
            return ways
        case Choice(parts):
            return 1 if _is_plain(node) else sum(map(_ways, parts))
        case Repeat(part, least, most):
            return _repeated(part, least, most)


def _repeated(part: Pattern, least: int, most: int | None) -> float:
    ways = _ways(part)
    if most is None:
        return _LENGTH if ways == 1 and _is_plain(part) else _NO_END
    if ways == 1:
        return most - least + 1
    every: float = 0
    for times in range(least, most + 1):
        every += ways ** min(times, 64) if ways < _NO_END else _NO_END
        if every > _MOST_WAYS:
            return _NO_END
    return every


def _is_plain(node: Pattern) -> bool:
    """Whether a pattern matches in one way at most, and something."""
    match node:
        case Characters():
            return True
        case Chain(parts):
            return bool(parts) and all(map(_is_plain, parts))
        case Choice(parts):
            return all(isinstance(part, Characters) for part in parts) and not _overlap(parts)
        case _:
            return False


def _overlap(parts: Sequence[Pattern]) -> bool:
    ranges = sorted(known for part in parts if isinstance(part, Characters) for known in part.ranges)
    return any(low <= before for (_, before), (low, _) in pairwise(ranges))
