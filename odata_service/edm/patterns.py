"""Regular expressions as matchesPattern has them: read into a tree, and run in time linear in the text (ECMA-262 22.2).

All of ECMAScript's syntax that needs no second look at the text: no back references and no looking around. A set of
states goes through the text once, and each step is remembered, so that no pattern takes longer on one text than on
another. Servers are given the tree printed in their own syntax.
"""

from functools import lru_cache

from msgspec import Struct

_LAST = 0x10FFFF
_DIGIT = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = (
    *((code, code) for code in (0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x3000, 0xFEFF)),
    *((0x9, 0xD), (0x2000, 0x200A), (0x2028, 0x2029)),
)
_LINE_ENDS = ((0xA, 0xA), (0xD, 0xD), (0x2028, 0x2029))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_REPEATS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_CONTROLS = {"t": 0x9, "n": 0xA, "v": 0xB, "f": 0xC, "r": 0xD, "0": 0}

MOST_STATES = 5_000
"""The largest pattern whatever the limits say: it is made into as many states before it meets a text."""
DEEPEST = 50
_MOST_STEPS = 20_000
_MOST_TIMES = 255
_LAST_LATIN = 0x24F

FOLDED = "(?i)"
"""What stands before a pattern that takes characters in either case."""

Ranges = tuple[tuple[int, int], ...]


class Characters(Struct, frozen=True):
    """One character within some ranges."""

    ranges: Ranges


class Edge(Struct, frozen=True):
    """A place between characters: `^`, `$`, `b` at the edge of a word, `B` elsewhere."""

    name: str


class Chain(Struct, frozen=True):
    """Patterns one after the other."""

    parts: "tuple[Pattern, ...]"


class Choice(Struct, frozen=True):
    """One of some patterns."""

    parts: "tuple[Pattern, ...]"


class Repeat(Struct, frozen=True):
    """A pattern so many times; without `most` without bound."""

    part: "Pattern"
    least: int
    most: int | None


Pattern = Characters | Edge | Chain | Choice | Repeat


@lru_cache(maxsize=256)
def parse_pattern(text: str) -> Pattern:
    """The tree of a pattern; `ValueError` says what is wrong with it, and where. FOLDED before it takes any case."""
    reader = _Reader(text, len(FOLDED), True) if text.startswith(FOLDED) else _Reader(text)
    found = reader.choice(0)
    if reader.place < len(text):
        raise reader.error("a ( before this )")
    if size_of(found) > MOST_STATES:
        raise ValueError(f"The pattern stands for more than {MOST_STATES} steps.")
    return found


def size_of(node: Pattern) -> int:
    """How many states a pattern takes."""
    match node:
        case Characters() | Edge():
            return 1
        case Chain(parts) | Choice(parts):
            return 1 + sum(map(size_of, parts))
        case Repeat(part, least, most):
            return 1 + size_of(part) * max(least + 1, most or 1)


def inverted(ranges: Ranges) -> Ranges:
    """All other characters."""
    found, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return (*found, (start, _LAST)) if start <= _LAST else tuple(found)


class _Reader(Struct):
    """A place in the text of a pattern."""

    text: str
    place: int = 0
    folds: bool = False

    def folded(self, ranges: Ranges) -> Ranges:
        """The characters, in either case where case does not matter; scripts beyond Latin have their own."""
        if not self.folds:
            return ranges
        known = [chr(code) for low, high in ranges for code in range(low, min(high, _LAST_LATIN) + 1)]
        others = (other for one in known for other in (one.lower(), one.upper()) if len(other) == 1 and other != one)
        return (*ranges, *((ord(other), ord(other)) for other in others))

    def error(self, wanted: str) -> ValueError:
        found = self.text[self.place : self.place + 10] or "the end"
        return ValueError(f"The pattern has '{found}' at position {self.place + 1}, where {wanted} is expected.")

    def accept(self, token: str) -> bool:
        if self.text.startswith(token, self.place):
            self.place += len(token)
            return True
        return False

    def choice(self, depth: int) -> Pattern:
        if depth > DEEPEST:
            raise ValueError(f"The pattern is nested deeper than {DEEPEST} levels.")
        parts = [self.sequence(depth)]
        while self.accept("|"):
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self, depth: int) -> Pattern:
        parts: list[Pattern] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            parts.append(self.repeated(self.single(depth)))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def single(self, depth: int) -> Pattern:
        character = self.text[self.place]
        if character in "*+?{":
            raise self.error("something to repeat")
        self.place += 1
        match character:
            case "(":
                return self.group(depth)
            case "[":
                return Characters(self.bracket())
            case ".":
                return Characters(inverted(_LINE_ENDS))
            case "^" | "$":
                return Edge(character)
            case "\\":
                return self.escape()
            case _:
                return Characters(self.folded(((ord(character), ord(character)),)))

    def group(self, depth: int) -> Pattern:
        if self.accept("?") and not self.accept(":"):
            raise self.error("(?: or a plain (, since what looks around or has a name is not taken,")
        found = self.choice(depth + 1)
        if not self.accept(")"):
            raise self.error("a )")
        return found

    def repeated(self, node: Pattern) -> Pattern:
        for token, bounds in _REPEATS.items():
            if self.accept(token):
                self.accept("?")
                return Repeat(node, *bounds)
        if not self.accept("{"):
            return node
        least = self.number()
        most: int | None = least
        if self.accept(","):
            most = None if self.text[self.place : self.place + 1] == "}" else self.number()
        if not self.accept("}") or (most is not None and most < least):
            raise self.error("{2}, {2,} or {2,5}")
        self.accept("?")
        return Repeat(node, least, most)

    def number(self) -> int:
        start = self.place
        while self.text[self.place : self.place + 1] in {*"0123456789"}:
            self.place += 1
        if not start < self.place < start + 4 or int(self.text[start : self.place]) > _MOST_TIMES:
            raise self.error(f"a number of times up to {_MOST_TIMES}")
        return int(self.text[start : self.place])

    def escape(self) -> Pattern:
        if self.text[self.place : self.place + 1] in {"b", "B"}:
            self.place += 1
            return Edge(self.text[self.place - 1])
        return Characters(self.escaped())

    def escaped(self) -> Ranges:
        """The characters that an escape stands for, behind its backslash."""
        letter = self.text[self.place : self.place + 1]
        if letter.lower() in _CLASSES and letter:
            self.place += 1
            return _CLASSES[letter] if letter.islower() else inverted(_CLASSES[letter.lower()])
        code = _CONTROLS.get(letter)
        if letter in {"u", "x"}:
            digits = self.text[self.place + 1 : self.place + (5 if letter == "u" else 3)]
            if len(digits) != (4 if letter == "u" else 2) or not set(digits) <= {*"0123456789abcdefABCDEF"}:
                raise self.error("\\u and four digits, or \\x and two,")
            self.place += len(digits)
            code = int(digits, 16)
        elif code is None and (not letter or letter.isalnum()):
            raise self.error("a known escape, and no back reference,")
        self.place += 1
        known = ord(letter) if code is None else code
        return ((known, known),)

    def bracket(self) -> Ranges:
        """A set in brackets, behind the first one."""
        negated = self.accept("^")
        found: list[tuple[int, int]] = []
        while not self.accept("]"):
            first = self.member()
            if self.text[self.place : self.place + 1] == "-" and self.text[self.place + 1 : self.place + 2] != "]":
                self.place += 1
                last = self.member()
                if len(first) > 1 or len(last) > 1 or last[0][1] < first[0][0]:
                    raise self.error("a range such as a-z before")
                found.append((first[0][0], last[0][1]))
            else:
                found += first
        ranges = self.folded(tuple(found))
        return inverted(ranges) if negated else ranges

    def member(self) -> Ranges:
        if self.place >= len(self.text):
            raise self.error("a ]")
        character = self.text[self.place]
        self.place += 1
        if character != "\\":
            return ((ord(character), ord(character)),)
        return ((8, 8),) if self.accept("b") else self.escaped()


class _Program(Struct):
    """The states of a pattern: what each asks for, and where it leads."""

    states: "list[Characters | Edge | tuple[int, ...] | None]"
    following: list[int]

    def add(self, state: "Characters | Edge | tuple[int, ...] | None", following: int) -> int:
        self.states.append(state)
        self.following.append(following)
        return len(self.states) - 1

    def compile(self, node: Pattern, following: int) -> int:
        """The state that a pattern begins with, where it goes on with another one."""
        match node:
            case Characters() | Edge():
                return self.add(node, following)
            case Chain(parts):
                for part in reversed(parts):
                    following = self.compile(part, following)
                return following
            case Choice(parts):
                return self.add(tuple(self.compile(part, following) for part in parts), following)
            case Repeat():
                return self.repeat(node, following)

    def repeat(self, node: Repeat, following: int) -> int:
        if node.most is None:
            loop = self.add((), following)
            self.states[loop] = (self.compile(node.part, loop), following)
            following = loop
        else:
            end = following
            for _ in range(node.most - node.least):
                following = self.add((self.compile(node.part, following), end), end)
        for _ in range(node.least):
            following = self.compile(node.part, following)
        return following


class Automaton:
    """A pattern made ready to be looked for in texts."""

    def __init__(self, pattern: Pattern) -> None:
        self._program = _Program([None], [0])
        self._start = self._program.compile(pattern, 0)
        self._sets: list[frozenset[int]] = [frozenset({self._start})]
        self._numbers: dict[frozenset[int], int] = {self._sets[0]: 0}
        self._steps: dict[tuple[int, int, str], int] = {}

    def is_in(self, text: str) -> bool:
        """Whether the pattern matches somewhere in a text."""
        current, before = 0, 0
        steps = self._steps
        for character in text:
            found = steps.get((current, before, character))
            if found is None:
                found = self._step(current, before, character)
            if found < 0:
                return True
            current, before = found, _kind(character)
        return self._step(current, before, "") < 0

    def _step(self, current: int, before: int, character: str) -> int:
        """The number of the states behind a character; -1 where the pattern has matched before it."""
        reached = self._closure(self._sets[current], before, _kind(character))
        result = -1
        if 0 not in reached:
            moved = frozenset({self._start, *self._moved(reached, character)})
            result = self._numbers.setdefault(moved, len(self._sets))
            if result == len(self._sets):
                self._sets.append(moved)
        if len(self._steps) < _MOST_STEPS:
            self._steps[current, before, character] = result
        return result

    def _moved(self, reached: set[int], character: str) -> list[int]:
        program, code = self._program, ord(character) if character else -1
        return [
            program.following[number]
            for number in reached
            if isinstance(state := program.states[number], Characters)
            and any(low <= code <= high for low, high in state.ranges)
        ]

    def _closure(self, states: frozenset[int], before: int, behind: int) -> set[int]:
        """The states that are reached without a character, between two kinds of them."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            match self._program.states[number]:
                case Edge(name) if _holds(name, before, behind):
                    waiting.append(self._program.following[number])
                case tuple() as following:
                    waiting += following
        return reached


def _kind(character: str) -> int:
    """0 for none, 1 for one of a word, 2 for any other."""
    return 0 if not character else 1 if character == "_" or (character.isascii() and character.isalnum()) else 2


def _holds(name: str, before: int, behind: int) -> bool:
    match name:
        case "^":
            return before == 0
        case "$":
            return behind == 0
        case _:
            return ((before == 1) != (behind == 1)) is (name == "b")


@lru_cache(maxsize=256)
def automaton_of(text: str) -> Automaton:
    """The automaton of a pattern; `ValueError` as `parse_pattern`."""
    return Automaton(parse_pattern(text))


def print_pattern(node: Pattern, edges: dict[str, str], escape: str) -> str:
    """A pattern in a server's syntax: what it writes for edges, and for a character by its number."""
    match node:
        case Edge(name):
            return edges[name]
        case Characters(ranges):
            known = (f"{escape.format(max(low, 1))}-{escape.format(high)}" for low, high in ranges if high)
            return f"[{''.join(known)}]" if ranges else f"[^{escape.format(1)}-{escape.format(_LAST)}]"
        case Chain(parts):
            return "".join(print_pattern(part, edges, escape) for part in parts)
        case Choice(parts):
            return f"(?:{'|'.join(print_pattern(part, edges, escape) for part in parts)})"
        case Repeat(part, least, most):
            bound = "" if most is None else str(most)
            return f"(?:{print_pattern(part, edges, escape)}){{{least},{bound}}}"
