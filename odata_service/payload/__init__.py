"""Rows and values in, JSON bytes out; and request bodies the other way."""

from odata_service.payload.batch import BatchRequest, Malformed, Replies, Reply, Unit
from odata_service.payload.batch_references import may_refer, with_urls
from odata_service.payload.context_url import ContextUrl, context_url_of
from odata_service.payload.documents import (
    collection_ending,
    collection_opening,
    collection_part,
    write_collection,
    write_entity,
    write_property,
    write_service_document,
)
from odata_service.payload.dynamic import (
    count_dynamic,
    dynamic_value,
    is_place,
    raw_dynamic,
    stated_value,
    value_inside,
    write_dynamic,
)
from odata_service.payload.entities import EntityWriter, ExpandedPlace, compile_writer
from odata_service.payload.errors import failed_change, write_error
from odata_service.payload.format import Format, Omitted, content_type
from odata_service.payload.ids import collection_url, entity_url, etag_of
from odata_service.payload.json_batch import read_json_batch, write_json_batch
from odata_service.payload.kept import KeptWriters, count_of
from odata_service.payload.literals import literal_of
from odata_service.payload.multipart import boundary_of, read_multipart, write_message, write_multipart
from odata_service.payload.native import native_members, native_value, type_among
from odata_service.payload.read import read_object, read_parameters, read_reference, read_references
from odata_service.payload.read_changes import LinkChange, StatedItem, read_changes, read_collection
from odata_service.payload.read_entities import (
    EntityReader,
    EntityValue,
    Item,
    Related,
    Removed,
    item_value,
    read_entity,
    related_inside,
)
from odata_service.payload.read_links import Reference, named_alone
from odata_service.payload.read_property import property_value, read_item, read_property, read_raw
from odata_service.payload.read_values import ValueReader
from odata_service.payload.results import write_result
from odata_service.payload.values import raw_value

__all__ = [
    "BatchRequest",
    "ContextUrl",
    "EntityReader",
    "EntityValue",
    "EntityWriter",
    "ExpandedPlace",
    "Format",
    "Item",
    "KeptWriters",
    "LinkChange",
    "Malformed",
    "Omitted",
    "Reference",
    "Related",
    "Removed",
    "Replies",
    "Reply",
    "StatedItem",
    "Unit",
    "ValueReader",
    "boundary_of",
    "collection_ending",
    "collection_opening",
    "collection_part",
    "collection_url",
    "compile_writer",
    "content_type",
    "context_url_of",
    "count_dynamic",
    "count_of",
    "dynamic_value",
    "entity_url",
    "etag_of",
    "failed_change",
    "is_place",
    "item_value",
    "literal_of",
    "may_refer",
    "named_alone",
    "native_members",
    "native_value",
    "property_value",
    "raw_dynamic",
    "raw_value",
    "read_changes",
    "read_collection",
    "read_entity",
    "read_item",
    "read_json_batch",
    "read_multipart",
    "read_object",
    "read_parameters",
    "read_property",
    "read_raw",
    "read_reference",
    "read_references",
    "related_inside",
    "stated_value",
    "type_among",
    "value_inside",
    "with_urls",
    "write_collection",
    "write_dynamic",
    "write_entity",
    "write_error",
    "write_json_batch",
    "write_message",
    "write_multipart",
    "write_property",
    "write_result",
    "write_service_document",
]
