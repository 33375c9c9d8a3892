"""Context URLs: what a payload is, as a fragment of the `$metadata` URL (Protocol 10)."""

from collections.abc import Sequence

from odata_service.edm.values import PrimitiveValue
from odata_service.payload.format import Format
from odata_service.payload.ids import key_literal
from odata_service.semantics.tree import (
    Constant,
    EntitySetStep,
    Expansion,
    Expression,
    KeyStep,
    KeyValue,
    NavigationStep,
    Parameter,
    PropertyStep,
    Query,
    QueryOptions,
    ResourcePath,
)

Values = Sequence[PrimitiveValue | None]


def context_url(query: Query, base_url: str, values: Values, format: Format) -> str:
    """The context URL of an answer to a query; keys in it come from the request's values."""
    return f"{base_url}$metadata#{context_fragment(query, values, format.version)}"


def context_fragment(query: Query, values: Values, version: str) -> str:
    """The part behind `$metadata#`."""
    path = query.path
    if path.is_ref:
        return "Collection($ref)" if path.type.collection else "$ref"
    if isinstance(path.steps[-1], PropertyStep):
        return _property(path, values)
    shown = _shape(query.options, version)
    root = path.entity_set.name if path.entity_set is not None else path.type.name
    if path.entity_set is None and path.type.collection:
        return f"Collection({root}){shown}"
    single = "/$entity" if not path.type.collection and path.entity_set is not None else ""
    return f"{root}{shown}{single}"


def _property(path: ResourcePath, values: Values) -> str:
    """`Customers('k')/displayName`: the path of the entity, with its keys, then the property."""
    parts = []
    for step in path.steps:
        match step:
            case EntitySetStep(entity_set):
                parts.append(entity_set.name)
            case KeyStep(key):
                parts[-1] += f"({_key(key, values)})"
            case NavigationStep(navigation):
                parts.append(navigation.name)
            case PropertyStep(declared):
                parts.append(declared.name)
    return "/".join(parts)


def _key(key: Sequence[KeyValue], values: Values) -> str:
    literals = [key_literal(_value(part.value, values), part.property.type) for part in key]
    if len(literals) == 1:
        return literals[0]
    return ",".join(f"{part.property.name}={literal}" for part, literal in zip(key, literals, strict=True))


def _value(node: Expression, values: Values) -> object:
    match node:
        case Parameter(slot):
            return values[slot]
        case Constant(value):
            return value
        case _:
            raise AssertionError("keys are values")


def _shape(options: QueryOptions, version: str) -> str:
    """What of the entities is shown: `(id,name,partner(id))`, or nothing where it is all of them.

    A 4.0 reader expects an expanded navigation property in the list only with a shape of its own; 4.01 names each.
    """
    items = [*options.selection.names] if options.selection.explicit else []
    for expansion in options.expand:
        inner = _expanded(expansion, version)
        if inner is not None:
            items = [item for item in items if item != expansion.navigation.name]
            items.append(f"{expansion.navigation.name}{inner}")
    return f"({','.join(items)})" if items else ""


def _expanded(expansion: Expansion, version: str) -> str | None:
    if expansion.suffix is not None:
        return None
    inner = _shape(expansion.options, version)
    return inner or ("()" if version == "4.01" else None)
