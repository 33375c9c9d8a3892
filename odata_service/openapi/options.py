"""System query options as parameters, each where capabilities let it stand (OData to OpenAPI Mapping, 4.3.1)."""

from collections.abc import Callable, Collection, Iterator, Sequence

from odata_service.edm.model import Property, Schema
from odata_service.edm.searched import is_searched
from odata_service.edm.sources import is_stream
from odata_service.edm.types import Kind, kind_of
from odata_service.openapi.components import Components, Json, component_name
from odata_service.openapi.places import Place, restricted_names

_MOST = 2**63 - 1
"""The greatest number of items that a URL can name here."""
_UNSORTED = {Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED}

_SHARED: dict[str, tuple[str, Json]] = {
    "top": ("How many items to give at most.", {"type": "integer", "minimum": 0, "maximum": _MOST}),
    "skip": ("How many items to leave out at the beginning.", {"type": "integer", "minimum": 0, "maximum": _MOST}),
    "count": ("Whether to tell how many items there are in all.", {"type": "boolean"}),
    "filter": (
        "Which items to give, as an expression that is true for them.",
        {"type": "string", "minLength": 1, "format": "odata-filter"},
    ),
    "search": ("Words that the items have.", {"type": "string", "minLength": 1, "format": "odata-search"}),
    "apply": (
        "Transformations of the items, one after another.",
        {"type": "string", "minLength": 1, "format": "odata-apply"},
    ),
    "compute": (
        "Properties to add, each an expression with its name.",
        {"type": "string", "minLength": 1, "format": "odata-compute"},
    ),
    "deltatoken": (
        "Give the changes since a token that a delta link has, or a delta link from now on: latest.",
        {"type": "string", "minLength": 1, "format": "odata-delta-token"},
    ),
}
"""The options whose values are the same for every type, with their descriptions."""


class QueryOptions:
    """Makes the parameters of places."""

    def __init__(self, schema: Schema, components: Components, tracked: Collection[str] = ()) -> None:
        self._schema = schema
        self._tracked = tracked
        self._components = components
        self._lists: dict[str, list[Json]] = {}

    def of_collection(self, place: Place) -> list[Json]:
        """The options of a collection of entities."""
        ordering = self._kept("orderby", place, self._order)
        told = [*self._paging(place), *self._choosing(place), self._shared("apply"), *ordering, *self.of_entity(place)]
        is_tracked = place.source is not None and not place.along and place.source.name in self._tracked
        return [*told, self._shared("deltatoken")] if is_tracked else told

    def of_count(self, place: Place) -> list[Json]:
        """The options of the number of entities."""
        return list(self._choosing(place))

    def of_entity(self, place: Place) -> list[Json]:
        """The options of a single entity."""
        select, expand = self._kept("select", place, self._select), self._kept("expand", place, self._expand)
        computed = [self._shared("compute")] if _selects(place) else []
        return [*computed, *select, *expand]

    def of_references(self, place: Place) -> list[Json]:
        """The options of a collection of references."""
        return [*self._paging(place), *self._choosing(place), *self._kept("orderby", place, self._order)]

    def _kept(self, name: str, place: Place, make: Callable[[Place], Iterator[Json]]) -> list[Json]:
        """An option that lists names: made once for all places of a source where nothing on the way restricts it."""
        if place.along:
            return list(make(place))
        key = _component(place, name)
        known = self._lists.get(key)
        if known is None:
            known = self._lists[key] = list(make(place))
        return known

    def _paging(self, place: Place) -> Iterator[Json]:
        for name, term in (("top", "TopSupported"), ("skip", "SkipSupported")):
            if place.supports(term):
                yield self._shared(name)
        if place.record("CountRestrictions").get("Countable") is not False:
            yield self._shared("count")

    def _choosing(self, place: Place) -> Iterator[Json]:
        searchable = place.record("SearchRestrictions").get("Searchable") is not False
        if searchable and is_searched(place.type, self._schema):
            yield self._shared("search")
        if place.record("FilterRestrictions").get("Filterable") is not False:
            yield self._filter(place)

    def _filter(self, place: Place) -> Json:
        stated = place.record("FilterRestrictions")
        demanded = stated.get("RequiresFilter") is True or bool(stated.get("RequiredProperties"))
        if not demanded:
            return self._shared("filter")
        return {**_parameter("filter", *_SHARED["filter"]), "required": True}

    def _order(self, place: Place) -> Iterator[Json]:
        if place.record("SortRestrictions").get("Sortable") is not False:
            unsorted = restricted_names(place, "SortRestrictions", "NonSortableProperties")
            rising = restricted_names(place, "SortRestrictions", "AscendingOnlyProperties")
            falling = restricted_names(place, "SortRestrictions", "DescendingOnlyProperties")
            names = [part.name for part in self._structural(place) if _is_sorted(part) and part.name not in unsorted]
            ways = [
                way
                for name in names
                for way, excluded in ((name, falling), (f"{name} desc", rising))
                if name not in excluded
            ]
            yield from self._list(place, "orderby", "The order of the items.", ways)

    def _select(self, place: Place) -> Iterator[Json]:
        if _selects(place):
            names = [part.name for part in self._structural(place)]
            yield from self._list(place, "select", "The properties to give.", names)

    def _expand(self, place: Place) -> Iterator[Json]:
        stated = place.record("ExpandRestrictions")
        closed = restricted_names(place, "ExpandRestrictions", "NonExpandableProperties")
        if stated.get("Expandable") is not False and stated.get("MaxLevels") != 0:
            names = [name for name in self._schema.navigation_properties(place.type) if name not in closed]
            yield from self._list(place, "expand", "The related entities to give as well.", names, unique=True)

    def _structural(self, place: Place) -> Sequence[Property]:
        return [part for part in self._schema.properties(place.type).values() if not is_stream(part)]

    def _list(
        self, place: Place, name: str, description: str, values: Sequence[str], *, unique: bool = False
    ) -> Iterator[Json]:
        """An option that lists names, perhaps each once: one component for all places where it is the same."""
        is_open = self._schema.is_open(place.type)
        if not values and not is_open:
            return
        items: Json = {"type": "string"} if is_open else {"type": "string", "enum": list(values)}

        def make() -> Json:
            once: Json = {"uniqueItems": True} if unique else {}
            made = _parameter(name, description, {"type": "array", "minItems": 1, **once, "items": items})
            return {**made, "style": "form", "explode": False}

        if place.along:
            yield make()
        else:
            yield self._component(_component(place, name), make)

    def _shared(self, name: str) -> Json:
        return self._component(name, lambda: _parameter(name, *_SHARED[name]))

    def _component(self, name: str, make: Callable[[], Json]) -> Json:
        return self._components.ref("parameters", name, make)


def _selects(place: Place) -> bool:
    """Whether what is given can be chosen, also from what is computed."""
    return place.record("SelectSupport").get("Supported") is not False


def _component(place: Place, name: str) -> str:
    owner = place.source.name if place.source is not None else place.type
    return component_name(owner.replace("/", "."), name)


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {"name": f"${name}", "in": "query", "description": description, "schema": schema}


def _is_sorted(part: Property) -> bool:
    kind = kind_of(part.type)
    return kind is not None and kind not in _UNSORTED
