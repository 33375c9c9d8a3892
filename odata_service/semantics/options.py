"""Which system query option stands on which resource: one table (URL Conventions 5.1; Protocol 11.2)."""

from msgspec.structs import replace

from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import NotSupported, OptionNotAllowed
from odata_service.semantics.resolved import ResourcePath
from odata_service.semantics.tree import DynamicProperty, PropertyAccess, Variable
from odata_service.url.syntax import TEMPORAL, Options, PathSegment, Segment

_COLLECTION = frozenset(
    {"filter", "search", "orderby", "select", "expand", "compute", "skip", "top", "count", "skiptoken", "apply"}
)
_SINGLE = frozenset({"select", "expand", "compute"})
_NOWHERE: frozenset[str] = frozenset()
_VALUES = frozenset({"filter", "search", "orderby", "skip", "top", "count", "index"})

_PASSED_OVER = frozenset({"orderby", "skip", "top", "expand"})
"""What a count is not affected by (Protocol 11.2.10)."""

ALLOWED = {
    "a collection of entities": _COLLECTION,
    "a collection of references": frozenset(
        {"compute", "filter", "search", "orderby", "skip", "top", "count", "skiptoken", "id"}
    ),
    "one entity": _SINGLE,
    "all entities": frozenset({"search", "skip", "top", "count", "skiptoken"}),
    "all of a type": _COLLECTION - {"apply"},
    "a cross join": _COLLECTION,
    "a count": _PASSED_OVER | {"filter", "search", "apply"},
    "a count of primitive values": _PASSED_OVER | {"filter", "search"},
    "a property": _NOWHERE,
    "a dynamic property": frozenset({"index"}),
    "a complex value": _SINGLE,
    "a collection of primitive values": _VALUES,
    "a collection of complex values": _VALUES | {"select", "compute", "expand"},
    "a raw value": _NOWHERE,
    "a reference": frozenset({"id"}),
    "an expanded collection": _COLLECTION - {"skiptoken"},
    "an expanded entity": _SINGLE,
    "the count of an expanded collection": frozenset({"filter", "search"}),
    "references in an expanded collection": frozenset({"filter", "search", "orderby", "skip", "top", "count"}),
    "a reference to an expanded entity": _NOWHERE,
}
"""What each kind of resource takes; options of the representation ($format, $schemaversion) stand everywhere."""

_NOT_YET = {
    "deltatoken": "It is taken by a GET whose changes are tracked.",
    **dict.fromkeys(TEMPORAL.values()),
}
_WRITTEN = {field: option for option, field in TEMPORAL.items()}
_CHECKED = (*sorted(_COLLECTION), "id", "levels", "index", *_NOT_YET)


def kind_of_resource(path: ResourcePath, found: PropertyAccess | Variable | DynamicProperty | None) -> str:
    """What a resource path leads to, in the words of the table."""
    if path.dynamic:
        return "a raw value" if path.is_value or path.is_count else "a dynamic property"
    if path.is_count:
        return "a count" if found is None or kind_of(path.type.element) is None else "a count of primitive values"
    if path.is_value:
        return "a raw value"
    if path.is_ref:
        return "a collection of references" if path.type.collection else "a reference"
    if found is not None and path.type.collection:
        return collection_of_values(path.type)
    if found is not None:
        return "a property" if kind_of(path.type) is not None else "a complex value"
    return "a collection of entities" if path.type.collection else "one entity"


def is_count(segment: PathSegment) -> bool:
    """Whether a segment that ends a path counts what the path leads to."""
    return isinstance(segment, Segment) and segment.name == "$count"


def of_count(options: Options) -> Options:
    """What a count is affected by: it is that of all, in whatever order and part of it they are asked for."""
    return replace(options, **dict.fromkeys(_PASSED_OVER))


def collection_of_values(type_ref: TypeRef) -> str:
    """A collection that is the value of a property, in the words of the table."""
    return f"a collection of {'complex' if kind_of(type_ref.element) is None else 'primitive'} values"


def check_options(options: Options, resource: str) -> None:
    """Refuses the options that this kind of resource does not take, and those that are not there yet."""
    for name in _CHECKED:
        if getattr(options, name) is None:
            continue
        if name in _NOT_YET:
            raise NotSupported(f"{_WRITTEN.get(name, f'${name}')} is not supported yet.", hint=_NOT_YET[name])
        if name not in ALLOWED[resource]:
            takers = [kind for kind, taken in ALLOWED.items() if name in taken]
            raise OptionNotAllowed(
                f"${name} does not go with {resource}.",
                target=f"${name}",
                hint=f"It goes with {', '.join(takers[:2])}." if takers else "Write it behind an item of $expand.",
            )
