"""Graphs of names: which of them lead back to themselves, and in which order each stands behind what it leads to."""

from collections.abc import Iterable, Iterator, Mapping

Graph = Mapping[str, Iterable[str]]


def components(graph: Graph) -> Iterator[tuple[str, ...]]:
    """The groups of names that lead to each other, each behind those that it leads to (Tarjan's algorithm).

    >>> list(components({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}))
    [('d',), ('b', 'c'), ('a',)]
    """
    walk = _Walk(graph)
    for name in graph:
        if name not in walk.numbers:
            yield from walk.begin(name)


class _Walk:
    """A walk along all ways, depth first: the number of each name, and the lowest that it leads back to."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.numbers: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._waiting: dict[str, None] = {}

    def begin(self, name: str) -> Iterator[tuple[str, ...]]:
        """The groups of all that a name leads to and that has not been reached before."""
        way = [(name, self._enter(name))]
        while way:
            current, others = way[-1]
            unseen = self._look(current, others)
            if unseen is not None:
                way.append((unseen, self._enter(unseen)))
                continue
            way.pop()
            if way:
                self._lower(way[-1][0], self._lowest[current])
            if self._lowest[current] == self.numbers[current]:
                yield self._group_of(current)

    def _enter(self, name: str) -> Iterator[str]:
        self.numbers[name] = self._lowest[name] = len(self.numbers)
        self._waiting[name] = None
        return iter(self.graph[name])

    def _look(self, current: str, others: Iterator[str]) -> str | None:
        """The next name that has not been reached; what is waiting for its group lowers the name that leads to it."""
        for other in others:
            if other not in self.numbers:
                return other
            if other in self._waiting:
                self._lower(current, self.numbers[other])
        return None

    def _lower(self, name: str, number: int) -> None:
        self._lowest[name] = min(self._lowest[name], number)

    def _group_of(self, first: str) -> tuple[str, ...]:
        found = [first]
        while (name := self._waiting.popitem()[0]) != first:
            found.append(name)
        return (first, *reversed(found[1:]))
