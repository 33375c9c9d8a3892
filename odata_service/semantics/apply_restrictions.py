"""What a definition allows of $apply: transformations, rollups, grouping and aggregation (Data Aggregation 5.1).

`ApplySupported` of an entity set or of its type says it, `ApplySupportedDefaults` of the container what holds where
that says nothing. `Groupable` and `Aggregatable` stand at single properties.
"""

from collections.abc import Iterable, Iterator, Mapping

from odata_service.edm.annotations import (
    AGGREGATION,
    APPLY_SUPPORTED,
    APPLY_SUPPORTED_DEFAULTS,
    Annotation,
    EnumMember,
    Path,
    Record,
    Value,
    annotation_value,
)
from odata_service.edm.model import Property
from odata_service.errors import OptionNotAllowed
from odata_service.semantics.access import path_of, steps_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import (
    Aggregate,
    Aggregating,
    Concatenating,
    Grouping,
    Pipeline,
    Transformations,
)
from odata_service.semantics.tree import PropertyAccess
from odata_service.url import syntax

_ROLLUPS = (syntax.Rollup, syntax.NamedRollup, syntax.RecursiveRollup)
_NAMES: Mapping[type, str] = {
    syntax.Aggregation: "aggregate",
    syntax.Grouping: "groupby",
    syntax.Concatenation: "concat",
    syntax.Computation: "compute",
    syntax.Filtering: "filter",
    syntax.Searching: "search",
    syntax.Ordering: "orderby",
    syntax.Identity: "identity",
    syntax.Traversal: "traverse",
}


def check_apply(sequence: syntax.Sequence, pipeline: Pipeline, scope: Scope) -> None:
    """Refuses what the definition does not allow on the entities of a scope."""
    stated = _stated(scope)
    listed = _texts(stated.get("Transformations"))
    rollup = stated.get("Rollup")
    most = _MOST.get(rollup.members[0]) if isinstance(rollup, EnumMember) else None
    for node in _every(sequence):
        name = _name(node)
        if listed and name not in listed and not isinstance(node, syntax.FunctionCall):
            raise _refusal(scope, f"'{scope.entity_type}' is not transformed by {name}", f"Use {', '.join(listed)}.")
        if most is not None and _rollups(node) > most:
            raise _refusal(scope, f"groupby takes {most or 'no'} rollup here", "List the properties themselves.")
    _check_properties(pipeline, stated, scope)


def _rollups(node: syntax.Transformation) -> int:
    elements = node.elements if isinstance(node, syntax.Grouping) else ()
    return sum(isinstance(element, _ROLLUPS) for element in elements)


_MOST = {"None": 0, "SingleHierarchy": 1}
"""How many rollups a groupby may have."""


def _check_properties(pipeline: Pipeline, stated: Mapping[str, Value], scope: Scope) -> None:
    groupable = _texts(stated.get("GroupableProperties"))
    aggregatable = dict(_aggregatable(stated.get("AggregatableProperties")))
    declared = scope.request.schema.properties(scope.entity_type)
    for access in _keys(pipeline.steps):
        if not _is_own(access, declared):
            continue
        named = (path_of(step) for step in steps_of(access))
        allowed = any(path in groupable for path in named) if groupable else _tagged(access, "Groupable")
        if not allowed:
            hint = f"Group by {', '.join(groupable)}." if groupable else "Group by another property."
            raise _refusal(scope, f"'{path_of(access)}' cannot be grouped by", hint)
    for item, access in _aggregated(pipeline.steps):
        if not _is_own(access, declared):
            continue
        name, methods = path_of(access), aggregatable.get(path_of(access), ())
        if (name not in aggregatable) if aggregatable else not _tagged(access, "Aggregatable"):
            hint = f"Aggregate {', '.join(aggregatable)}." if aggregatable else "Aggregate another property."
            raise _refusal(scope, f"'{name}' cannot be aggregated", hint)
        if methods and item.method not in methods:
            raise _refusal(scope, f"'{name}' is not aggregated with {item.method}", f"Use {', '.join(methods)}.")


def _refusal(scope: Scope, what: str, hint: str) -> OptionNotAllowed:
    return OptionNotAllowed(f"{what} ({scope.target}).", target=scope.target, hint=hint)


def _stated(scope: Scope) -> Mapping[str, Value]:
    """What is said of a collection: by its set, then its type, then the container."""
    schema = scope.request.schema
    sources: list[tuple[tuple[Annotation, ...], str]] = [(schema.container.annotations, APPLY_SUPPORTED_DEFAULTS)]
    sources += [(holder.annotations, APPLY_SUPPORTED) for holder in reversed(list(schema.ancestry(scope.entity_type)))]
    if scope.entity_set is not None:
        sources.append((scope.entity_set.annotations, APPLY_SUPPORTED))
    stated: dict[str, Value] = {}
    for annotations, term in sources:
        value = annotation_value(annotations, term)
        stated |= value.values if isinstance(value, Record) else {}
    return stated


def stated_methods(scope: Scope) -> tuple[str, ...]:
    """The custom aggregation methods that the definition names for a collection."""
    return _texts(_stated(scope).get("CustomAggregationMethods"))


def _tagged(access: PropertyAccess, term: str) -> bool:
    """Whether a property's tag allows it; without one it does."""
    return annotation_value(access.property.annotations, f"{AGGREGATION}.{term}") is not False


def _texts(value: Value | None) -> tuple[str, ...]:
    """A collection of names or of paths, or of records that have one as their Property."""
    items = value if isinstance(value, tuple) else ()
    return tuple(_text(item.values.get("Property") if isinstance(item, Record) else item) for item in items)


def _text(value: Value | None) -> str:
    return value.path if isinstance(value, Path) else str(value)


def _aggregatable(value: Value | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The properties that may be aggregated, with the methods that each allows."""
    for item in value if isinstance(value, tuple) else ():
        if isinstance(item, Record):
            yield _text(item.values.get("Property")), _texts(item.values.get("SupportedAggregationMethods"))


def _every(sequence: Iterable[syntax.Transformation]) -> Iterator[syntax.Transformation]:
    """All transformations of a sequence that are applied to its entities, those inside of others too."""
    for node in sequence:
        yield node
        match node:
            case syntax.Grouping(apply=inner) | syntax.Relatives(start=inner):
                yield from _every(inner)
            case syntax.Concatenation(sequences):
                for part in sequences:
                    yield from _every(part)


def _name(node: syntax.Transformation) -> str:
    match node:
        case syntax.Nesting(path=path):
            return "nest" if path is None else "addnested"
        case _:
            return _NAMES.get(type(node)) or str(getattr(node, "operator", ""))


def _keys(steps: Transformations) -> Iterator[PropertyAccess]:
    for step in steps:
        match step:
            case Grouping(keys, inner):
                yield from keys
                yield from _keys(inner or ())
            case Concatenating(parts):
                for part in parts:
                    yield from _keys(part.steps)


def _aggregated(steps: Transformations) -> Iterator[tuple[Aggregate, PropertyAccess]]:
    for step in steps:
        match step:
            case Aggregating(items):
                for item in items:
                    if not item.path and not item.named and isinstance(item.operand, PropertyAccess):
                        yield item, item.operand
            case Grouping(_, inner):
                yield from _aggregated(inner or ())
            case Concatenating(parts):
                for part in parts:
                    yield from _aggregated(part.steps)


def _is_own(access: PropertyAccess, declared: Mapping[str, Property]) -> bool:
    """Whether a property belongs to the entities themselves, and not to others, and has not been made on the way."""
    first = steps_of(access)[0]
    return first.owner is None and declared.get(first.property.name) == first.property
