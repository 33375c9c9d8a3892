"""Context URLs: what a payload is, as a fragment of the `$metadata` URL (Protocol 10)."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import NavigationProperty, SourceKind
from odata_service.edm.values import PrimitiveValue
from odata_service.payload.ids import collection_url, key_predicate
from odata_service.semantics.nested import way_of
from odata_service.semantics.resolved import (
    EVERYTHING,
    CastStep,
    DynamicStep,
    EntitySetStep,
    Expansion,
    KeyStep,
    MembersStep,
    NavigationStep,
    PropertyStep,
    Query,
    QueryOptions,
    ResourcePath,
)
from odata_service.semantics.result_selection import member_path, shown
from odata_service.semantics.transformations import Pipeline
from odata_service.semantics.tree import PropertyAccess

Values = Sequence[PrimitiveValue | None]


class ContextUrl(Struct, frozen=True):
    """The context URL of the answers to a query: `fixed` is its fragment where no key of a request stands in it."""

    query: Query
    version: str
    fixed: str | None

    def text(self, base_url: str, values: Values) -> str:
        """The context URL of one answer; keys in it come from the request's values."""
        fragment = self.fixed if self.fixed is not None else context_fragment(self.query, values, self.version)
        return f"{base_url}$metadata#{fragment}"


def context_url_of(query: Query, version: str) -> ContextUrl:
    """The context URL of a query's answers in a version of the protocol."""
    source = query.path.entity_set
    is_set = query.property is None and source is not None and source.kind is SourceKind.ENTITY_SET
    return ContextUrl(query, version, context_fragment(query, (), version) if is_set or query.path.is_ref else None)


def context_fragment(query: Query, values: Values, version: str) -> str:
    """The part behind `$metadata#`."""
    path = query.path
    if path.is_ref:
        return "Collection($ref)" if path.type.collection else "$ref"
    if path.joined:
        return str(path.type)
    if path.ordinals or (path.call is not None and query.property is not None):
        return "Edm.Untyped" if path.dynamic else f"{path.type}{shown_members(query.options, version)}"
    if query.property is not None:
        inside = tuple(replace(item, navigation=_inside(item.navigation, query)) for item in query.options.expand)
        return _property(path, values) + shown_members(replace(query.options, expand=inside), version)
    source, apply = path.entity_set, query.options.apply
    assert source is not None, "the resolver refuses navigation that leads nowhere"
    if apply is not None and apply.entity_type is not None and apply.source is None:
        return f"Collection({apply.entity_type}){shown_members(query.options, version)}"
    root = source.name if source.kind is SourceKind.ENTITY_SET else collection_url(path, values)
    is_narrowed = any(isinstance(step, CastStep) for step in path.steps) and path.type.name != source.entity_type
    cast = f"/{path.type.name}" if is_narrowed else ""
    single = "/$entity" if not path.type.collection and source.kind is not SourceKind.SINGLETON else ""
    return f"{root}{cast}{shown_members(query.options, version)}{single}"


def _inside(navigation: NavigationProperty, query: Query) -> NavigationProperty:
    """A navigation property that is expanded in a complex value, as it is called there."""
    assert isinstance(query.property, PropertyAccess), "complex values that lead on stand in properties"
    prefix = "/".join(way_of(query.property, query.path.type.name))
    return replace(navigation, name=navigation.name.removeprefix(f"{prefix}/"))


def _property(path: ResourcePath, values: Values) -> str:
    """`Customers('k')/displayName`: the path of the entity, with its keys, then the property."""
    parts = []
    for step in path.steps:
        match step:
            case EntitySetStep(entity_set):
                parts.append(entity_set.name)
            case KeyStep(key, is_alternate):
                parts[-1] += f"({key_predicate(key, values, named=is_alternate)})"
            case NavigationStep(navigation):
                parts.append(navigation.name)
            case PropertyStep(declared):
                parts.append(declared.name)
            case CastStep(name) | DynamicStep(name):
                parts.append(name)
            case MembersStep(cast=str(name)):
                parts.append(name)
    return "/".join(parts)


def shown_members(options: QueryOptions, version: str) -> str:
    """What of the entities is shown: `(id,name,partner(id))`, or nothing where it is all of them.

    A 4.0 reader expects an expanded navigation property in the list only with a shape of its own; 4.01 names each.
    """
    items = [*options.selection.names] if options.selection.explicit else _members(options.apply)
    is_made = options.apply is not None and not options.apply.result.whole
    if is_made:
        items = [*_nested([name.split("/") for name in items])] if options.selection.explicit else items
    for expansion in (*options.expand, *(linked.item for linked in options.linked)):
        inner = _expanded(expansion, version) or ("()" if is_made else None)
        if inner is not None:
            name = expansion.path
            items = [item for item in items if item != name]
            items.append(f"{name}{inner}")
    if not items and is_made and options.selection.explicit:
        return "(@Core.AnyStructure)"
    return f"({','.join(items)})" if items else ""


def _members(apply: Pipeline | None) -> list[str]:
    """What transformations have left of instances, or added to entities: `Customer(Country),Total` or `*,Tax`."""
    if apply is None:
        return []
    result = apply.result
    paths = [member_path(member).split("/") for member in shown(result, EVERYTHING)]
    if not result.whole:
        paths += [member_path(known.access).split("/") for known in result.related if known.access.owner is not None]
    return [*(["*"] if result.whole and paths else []), *_nested(paths)]


def _nested(paths: Sequence[Sequence[str]]) -> Iterator[str]:
    groups: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        groups.setdefault(first, []).extend([rest] if rest else [])
    for name, inner in groups.items():
        is_part = inner and not any(path[0].startswith("$") for path in inner)
        yield f"{name}({','.join(_nested(inner))})" if is_part else name


def _expanded(expansion: Expansion, version: str) -> str | None:
    """The shape of what is expanded; one of several levels has a plus, and does not name the next ones."""
    if expansion.suffix is not None:
        return None
    options = expansion.options
    if expansion.recursive:
        name = expansion.navigation.name
        options = replace(options, expand=tuple(part for part in options.expand if part.navigation.name != name))
        return "+" + (shown_members(options, version) or ("()" if version == "4.01" else ""))
    inner = shown_members(options, version)
    return inner or ("()" if version == "4.01" else None)
