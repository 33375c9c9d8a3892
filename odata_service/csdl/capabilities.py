"""What the service as a whole and each entity set can do, as annotations of the Capabilities vocabulary."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import (
    AGGREGATION,
    APPLY_SUPPORTED,
    APPLY_SUPPORTED_DEFAULTS,
    CAPABILITIES,
    ODATA_VERSIONS,
    OTHER_VOCABULARY_URLS,
    REPEATABILITY,
    VOCABULARY_URLS,
    Annotation,
    EnumMember,
    Record,
    Value,
)
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.document import Include, Reference
from odata_service.edm.made_keys import is_upsertable
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.searched import is_searched

_CONFORMANCE = EnumMember(f"{CAPABILITIES}.ConformanceLevelType", ("Minimal",))
_BATCHES = Record(
    {
        "Supported": True,
        "ContinueOnErrorSupported": True,
        "ReferencesInRequestBodiesSupported": True,
        "ReferencesAcrossChangeSetsSupported": True,
        "EtagReferencesSupported": True,
        "RequestDependencyConditionsSupported": True,
        "SupportedFormats": ("multipart/mixed", "application/json"),
    }
)
_TRACKING = (Annotation(f"{CAPABILITIES}.ChangeTracking", Record({"Supported": True})),)
_ROLLUP = EnumMember(f"{AGGREGATION}.RollupType", ("MultipleHierarchies",))
_REPEATABILITY = tuple(
    Annotation(f"{REPEATABILITY}.{name}", True)
    for name in ("Supported", "DeleteWithClientIDSupported", "DeleteWithRequestIDSupported")
)
_JSON_FORMATS = (
    "application/json",
    "application/json;odata.metadata=none",
    "application/json;odata.metadata=minimal",
    "application/json;odata.metadata=full",
)


class Abilities(Struct, frozen=True):
    """What depends on how a service is set up.

    The content codings that bodies of requests may have, the entity sets whose changes are told, and whether requests
    can be answered later, and be repeated.
    """

    encodings: Sequence[str] = ("gzip", "deflate")
    tracked: Collection[str] = ()
    asynchronous: bool = True
    repeatable: bool = True


_USUAL = Abilities()


def announced(
    schema: Schema,
    filter_functions: Sequence[str],
    transformations: Sequence[str] = (),
    abilities: Abilities = _USUAL,
) -> Schema:
    """The schema as the service shows it: with what it can do, and references to the vocabularies that say so.

    What the definition states itself stands. `filter_functions` are the functions that $filter takes, `transformations`
    those of $apply.
    """
    container = schema.container
    offers = _Offers(schema, filter_functions)
    sets = {
        name: replace(
            found,
            annotations=_added(
                _with_methods(found.annotations, tuple(schema.methods)) if schema.methods else found.annotations,
                (*offers.of(found), *(_TRACKING if name in abilities.tracked else ())),
            ),
        )
        for name, found in container.entity_sets.items()
    }
    offered = (
        *container_annotations(filter_functions, abilities),
        *_aggregation(transformations, tuple(schema.methods)),
    )
    stated = _added(container.annotations, offered)
    includes = [include for reference in schema.references for include in reference.includes]
    included = {*schema.namespaces, *(include.namespace for include in includes)}
    taken = {*schema.aliases, *(include.alias for include in includes)}
    others = (*((AGGREGATION,) if transformations else ()), *((REPEATABILITY,) if abilities.repeatable else ()))
    urls = VOCABULARY_URLS | {namespace: OTHER_VOCABULARY_URLS[namespace] for namespace in others}
    added = tuple(
        Reference(url, (Include(namespace, None if namespace.split(".")[2] in taken else namespace.split(".")[2]),))
        for namespace, url in urls.items()
        if namespace not in included
    )
    return replace(
        schema,
        container=replace(container, entity_sets=sets, annotations=stated),
        references=(*schema.references, *added),
    )


def _aggregation(transformations: Sequence[str], methods: tuple[str, ...]) -> tuple[Annotation, ...]:
    """What every collection of entities can be transformed by."""
    known: dict[str, Value] = {"CustomAggregationMethods": methods} if methods else {}
    stated = Record({"Transformations": tuple(transformations), **known, "Rollup": _ROLLUP, "From": True})
    return (Annotation(APPLY_SUPPORTED_DEFAULTS, stated),) if transformations else ()


def _with_methods(annotations: Sequence[Annotation], methods: tuple[str, ...]) -> tuple[Annotation, ...]:
    """Annotations of which one that says what $apply takes names custom methods too, where it leaves them out."""
    return tuple(
        replace(one, value=Record({**one.value.values, "CustomAggregationMethods": methods}))
        if one.term == APPLY_SUPPORTED
        and isinstance(one.value, Record)
        and "CustomAggregationMethods" not in one.value.values
        else one
        for one in annotations
    )


class _Offers:
    """What entity sets offer: sets that offer the same have the same annotations, which are written once."""

    def __init__(self, schema: Schema, filter_functions: Sequence[str]) -> None:
        self._schema = schema
        self._filter_functions = filter_functions
        self._searched: dict[str, bool] = {}
        self._known: dict[tuple[Capabilities, bool, bool], tuple[Annotation, ...]] = {}

    def of(self, entity_set: EntitySet) -> tuple[Annotation, ...]:
        """The annotations of a set."""
        searched = self._searched.get(entity_set.entity_type)
        if searched is None:
            searched = self._searched[entity_set.entity_type] = is_searched(entity_set.entity_type, self._schema)
        offered = (entity_set.capabilities, is_upsertable(entity_set, self._schema), searched)
        known = self._known.get(offered)
        if known is None:
            known = self._known[offered] = set_annotations(*offered, self._filter_functions)
        return known


def _added(stated: Sequence[Annotation], offered: Sequence[Annotation]) -> tuple[Annotation, ...]:
    known = {annotation.term for annotation in stated}
    return (*stated, *(annotation for annotation in offered if annotation.term not in known))


def container_annotations(filter_functions: Sequence[str], abilities: Abilities) -> tuple[Annotation, ...]:
    """The annotations of the entity container; for its parameters see `announced`."""
    return (
        Annotation(ODATA_VERSIONS, "4.0 4.01"),
        _term("ConformanceLevel", _CONFORMANCE),
        _term("SupportedFormats", _JSON_FORMATS),
        _term("SupportedMetadataFormats", ("application/xml", "application/json")),
        _term("AcceptableEncodings", tuple(abilities.encodings)),
        _term("AsynchronousRequestsSupported", abilities.asynchronous),
        _term("BatchSupported", True),
        _term("BatchSupport", _BATCHES),
        _term("CrossJoinSupported", False),
        _term("KeyAsSegmentSupported", True),
        _term("FilterFunctions", tuple(filter_functions)),
        _term("SelectSupport", Record({"Supported": True, "Expandable": False, "Filterable": False})),
        *(_REPEATABILITY if abilities.repeatable else ()),
    )


def set_annotations(
    capabilities: Capabilities, upsertable: bool, searchable: bool, filter_functions: Sequence[str]
) -> tuple[Annotation, ...]:
    """The annotations of an entity set: which requests it takes, and how it can be queried."""
    by_key = Record({"Readable": capabilities.readable_by_key})
    return (
        _term("ReadRestrictions", Record({"Readable": capabilities.readable, "ReadByKeyRestrictions": by_key})),
        _term("InsertRestrictions", Record({"Insertable": capabilities.insertable})),
        _term("UpdateRestrictions", Record({"Updatable": capabilities.updatable, "Upsertable": upsertable})),
        _term("DeleteRestrictions", Record({"Deletable": capabilities.deletable})),
        _term("SearchRestrictions", Record({"Searchable": searchable})),
        _term("CountRestrictions", Record({"Countable": True})),
        _term("FilterFunctions", tuple(filter_functions)),
    )


def _term(name: str, value: bool | EnumMember | Record | tuple[str, ...]) -> Annotation:
    return Annotation(f"{CAPABILITIES}.{name}", value)
