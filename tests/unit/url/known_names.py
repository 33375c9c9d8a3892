"""What the published cases assume of the names in them: a model by kinds of names, for paths and $apply."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from urllib.parse import quote

from msgspec import Struct

from odata_service.url.syntax import (
    CustomAggregate,
    FilterSegment,
    Grouping,
    Join,
    MethodAggregate,
    Name,
    ODataUrl,
    Path,
    PathSegment,
    Segment,
)

Model = Mapping[str, Sequence[str]]
State = tuple[str, bool]
"""What a path has led to, and whether by a cast."""

SINGLE = {"entities": "entity", "complexes": "complex", "primitives": "primitive"}
KINDS = {
    "entityCol": "entities",
    "entity": "entity",
    "complexCol": "complexes",
    "complex": "complex",
    "primitiveCol": "primitives",
    "primitive": "primitive",
}
STARTS = {
    "entitySetName": "entities",
    "singletonEntity": "entity",
    "actionImport": "end",
    **{f"{prefix}FunctionImport": kind for prefix, kind in KINDS.items()},
}
MEMBERS = {
    "entityColNavigationProperty": "entities",
    "entityNavigationProperty": "entity",
    "complexColProperty": "complexes",
    "complexProperty": "complex",
    "primitiveColProperty": "primitives",
    "primitiveKeyProperty": "primitive",
    "primitiveNonKeyProperty": "primitive",
    "streamProperty": "stream",
}
OPERATIONS = {"action": "end", **{f"{prefix}Function": kind for prefix, kind in KINDS.items()}}
CASTS = {"entityTypeName": {"entities", "entity"}, "complexTypeName": {"complexes", "complex"}}
SYSTEM = {
    "$count": {"entities", "complexes", "primitives"},
    "$ref": {"entities", "entity"},
    "$value": {"entity", "primitive"},
    "$query": {*SINGLE, *SINGLE.values()},
}


def is_known(url: ODataUrl, model: Model) -> bool:
    """Whether the model has what a URL names."""
    custom = {*model.get("customName", ()), *model.get("parameterName", ())}
    return (
        _leads_somewhere(url, model)
        and all(_fits(node, model) for node in _nodes(url.options))
        and ("customName" not in model or all(name in custom for name, _ in url.options.custom))
    )


def _leads_somewhere(url: ODataUrl, model: Model) -> bool:
    """Whether some reading of the names makes the whole path one of the model."""
    first, *rest = url.segments or (None,)
    if not isinstance(first, Segment) or first.name.startswith("$"):
        return first != Segment("$entity") or url.options.id is not None
    states: set[State] = {
        (_keyed(kind, first), False) for rule, kind in STARTS.items() if _knows(model, rule, first.name)
    }
    for segment in rest:
        states = {state for before in states for state in _following(before, segment, model)}
    return bool(states)


def _following(state: State, segment: PathSegment, model: Model) -> Iterator[State]:
    kind, was_cast = state
    if isinstance(segment, FilterSegment):
        if kind == "entities":
            yield (kind if segment.key is None else "entity"), False
        return
    assert isinstance(segment, Segment), "a cross join is not followed"
    name = segment.name.rpartition(".")[2]
    if kind in SYSTEM.get(segment.name, ()):
        yield "end", False
    if segment.name == "$each" and kind == "entities":
        yield "entities", False
    if kind in {"entity", "complex"}:
        yield from ((_keyed(found, segment), False) for rule, found in MEMBERS.items() if _knows(model, rule, name))
    if kind in SINGLE or kind in SINGLE.values():
        yield from ((found, False) for rule, found in OPERATIONS.items() if _knows(model, rule, name))
    if not was_cast:
        yield from (
            (_keyed(kind, segment), True) for rule, cast in CASTS.items() if kind in cast and _knows(model, rule, name)
        )
    if kind == "entities" and {segment.name, quote(segment.name, safe="")} & {
        *model.get("keyPathLiteral", (segment.name,))
    }:
        yield from (("entity", False), ("entities", False))
    if kind in {"complexes", "primitives"} and segment.name.lstrip("-").isdigit():
        yield SINGLE[kind], False


def _knows(model: Model, rule: str, name: str) -> bool:
    """Whether a name may stand for a rule: one that the model does not restrict takes any simple name."""
    return name in model[rule] if rule in model else name.isidentifier()


def _keyed(kind: str, segment: Segment) -> str:
    has_key = segment.key is not None or (segment.arguments is not None and segment.arguments.positional is not None)
    named = segment.arguments is not None and bool(segment.arguments.named)
    return SINGLE.get(kind, kind) if has_key or (named and kind == "entities") else kind


def _fits(node: object, model: Model) -> bool:
    """Whether custom aggregates are some, computed and grouped values are single, and joins are with collections."""
    match node:
        case MethodAggregate(expression) if not isinstance(expression, Path):
            return all(_is_single(part, model) for part in _nodes(expression) if isinstance(part, Path))
        case CustomAggregate(Path(steps=(*_, Name(name)))):
            return _knows(model, "customAggregate", name)
        case Grouping(elements):
            return all(_is_single(element, model) for element in elements if isinstance(element, Path))
        case Join(_, Path(steps=(Name(name), *_))):
            return any(_knows(model, rule, name) for rule in ("entityColNavigationProperty", "complexColProperty"))
    return True


def _is_single(path: Path, model: Model) -> bool:
    """Whether what stands before a slash is one entity or one complex value."""
    names = [
        step.name
        for step, following in pairwise(path.steps)
        if isinstance(step, Name) and isinstance(following, Name) and "." not in step.name
    ]
    rules = ("entityNavigationProperty", "complexProperty")
    return all(any(_knows(model, rule, name) for rule in rules) for name in names)


def _nodes(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        for part in node:
            yield from _nodes(part)
    elif isinstance(node, Struct):
        yield node
        for name in node.__struct_fields__:
            yield from _nodes(getattr(node, name))
