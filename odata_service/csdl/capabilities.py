"""What the service as a whole and each entity set can do, as annotations of the Capabilities vocabulary."""

from collections.abc import Sequence

from odata_service.edm.annotations import CAPABILITIES, ODATA_VERSIONS, Annotation, EnumMember, Record
from odata_service.edm.model import EntitySet

_CONFORMANCE = EnumMember(f"{CAPABILITIES}.ConformanceLevelType", ("Minimal",))
_JSON_FORMATS = (
    "application/json",
    "application/json;odata.metadata=none",
    "application/json;odata.metadata=minimal",
    "application/json;odata.metadata=full",
)


def container_annotations(filter_functions: Sequence[str]) -> tuple[Annotation, ...]:
    """The annotations of the entity container; `filter_functions` are the functions that $filter takes."""
    return (
        Annotation(ODATA_VERSIONS, "4.0 4.01"),
        _term("ConformanceLevel", _CONFORMANCE),
        _term("SupportedFormats", _JSON_FORMATS),
        _term("SupportedMetadataFormats", ("application/xml", "application/json")),
        _term("AcceptableEncodings", ("gzip",)),
        _term("AsynchronousRequestsSupported", False),
        _term("BatchSupported", False),
        _term("CrossJoinSupported", False),
        _term("KeyAsSegmentSupported", True),
        _term("FilterFunctions", tuple(filter_functions)),
        _term("SelectSupport", Record({"Supported": True, "Expandable": False, "Filterable": False})),
    )


def set_annotations(entity_set: EntitySet, filter_functions: Sequence[str]) -> tuple[Annotation, ...]:
    """The annotations of an entity set: which requests it takes, and how it can be queried."""
    capabilities = entity_set.capabilities
    by_key = Record({"Readable": capabilities.readable_by_key})
    return (
        _term("ReadRestrictions", Record({"Readable": capabilities.readable, "ReadByKeyRestrictions": by_key})),
        _term("InsertRestrictions", Record({"Insertable": capabilities.insertable})),
        _term(
            "UpdateRestrictions", Record({"Updatable": capabilities.updatable, "Upsertable": capabilities.upsertable})
        ),
        _term("DeleteRestrictions", Record({"Deletable": capabilities.deletable})),
        _term("SearchRestrictions", Record({"Searchable": False})),
        _term("CountRestrictions", Record({"Countable": True})),
        _term("FilterFunctions", tuple(filter_functions)),
    )


def _term(name: str, value: bool | EnumMember | Record | tuple[str, ...]) -> Annotation:
    return Annotation(f"{CAPABILITIES}.{name}", value)
