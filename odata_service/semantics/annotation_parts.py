"""What $select shows of an annotation: the whole, or members of it and of what is inside (URL Conventions 5.1.4)."""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.errors import NotSupported, SemanticError, Span
from odata_service.semantics.scope import Scope
from odata_service.url.syntax import UNPLACED, Name, Options, SelectItem

_Tree = dict[str, "_Tree | None"]
"""The members that are shown, each with those of it, or None where it is shown whole."""


class AnnotationParts(Struct):
    """A value as JSON has it, and the members of it that items of one $select name."""

    value: object
    chosen: _Tree = field(default_factory=dict)
    is_whole: bool = False
    skip: int = 0
    top: int | None = None

    def add(self, path: Sequence[Name], options: Options | None, scope: Scope) -> None:
        """Takes in what an item names behind the term."""
        if options is not None and (options.skip or options.top):
            if path or not isinstance(self.value, list):
                raise SemanticError(
                    f"$skip and $top cut the collection that an annotation is{scope.place(_span(path, options))}.",
                    target=scope.target,
                    hint="Write $select alone.",
                )
            self.skip = options.skip.value if options.skip is not None else 0
            self.top = options.top.value if options.top is not None else None
        inner = _selected(options, scope)
        if not path and inner is None:
            self.is_whole = True
            return
        paths = [tuple(path)] if inner is None else [(*path, *item) for item in inner]
        for one in paths:
            _check(self.value, one, scope)
            _choose(self.chosen, one)

    def shown(self) -> object:
        """The value with what is chosen of it."""
        value = self.value
        if isinstance(value, list):
            value = value[self.skip :][: self.top]
        return value if self.is_whole else _part(value, self.chosen)


def _selected(options: Options | None, scope: Scope) -> list[tuple[Name, ...]] | None:
    """The paths that a nested $select names, None where there is none or it names everything."""
    if options is None:
        return None
    if replace(options, select=None, skip=None, top=None) != Options():
        raise NotSupported(
            f"Of an annotation $select, $skip and $top alone choose a part{scope.place(_span((), options))}.",
            target=scope.target,
            hint="Leave the other options out.",
        )
    if options.select is None or any(item.wildcard and not item.path for item in options.select):
        return None
    return [path for item in options.select for path in _paths(item, scope)]


def _paths(item: SelectItem, scope: Scope) -> list[tuple[Name, ...]]:
    names = tuple(step for step in item.path if isinstance(step, Name))
    inner = _selected(item.options, scope)
    return [names] if inner is None else [(*names, *path) for path in inner]


def _span(path: Sequence[Name], options: Options) -> Span:
    """Where an item speaks of a part."""
    numbers = [number.span for number in (options.skip, options.top) if number is not None]
    return path[0].span if path else next(iter(numbers), UNPLACED)


def _check(value: object, path: Sequence[Name], scope: Scope) -> None:
    """Refuses members of what has none."""
    for place, name in enumerate(path):
        if isinstance(value, list):
            for member in value:
                _check(member, path[place:], scope)
            return
        if value is None:
            return
        if not isinstance(value, dict):
            raise SemanticError(
                f"'{name.name}' is no member of an annotation's value{scope.place(name.span)}.",
                target=scope.target,
                hint="Leave it out: the value is shown whole.",
            )
        value = value.get(name.name)


def _choose(tree: _Tree, path: Sequence[Name]) -> None:
    for name in path[:-1]:
        known = tree.setdefault(name.name, {})
        if known is None:
            return
        tree = known
    tree[path[-1].name] = None


def _part(value: object, chosen: _Tree) -> object:
    match value:
        case list():
            return [_part(member, chosen) for member in value]
        case dict():
            found = ((name, chosen[name]) for name in value if name in chosen)
            return {name: value[name] if inner is None else _part(value[name], inner) for name, inner in found}
        case _:
            return value
