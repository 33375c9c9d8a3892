"""What operations give beside entities of a source: values, alone or in collections (JSON Format 11, 12, 13)."""

from odata_service.edm.kept import keep
from odata_service.edm.model import Schema
from odata_service.edm.structured import Value
from odata_service.edm.types import TypeRef
from odata_service.payload.documents import write_property
from odata_service.payload.format import Format
from odata_service.payload.kept import KeptWriters, type_annotation


def write_result(value: Value, type_ref: TypeRef, *, context: str, schema: Schema, format: Format) -> bytes:
    """The document of a value that is not null."""
    text = keep(value, type_ref, schema)
    assert text is not None, "null has no document"
    shown = KeptWriters(schema, format).text_writer(type_ref)(text)
    told = {"@odata.type": type_annotation(type_ref, format)} if format.metadata_level == "full" else {}
    return write_property(shown, type_ref, context=context, format=format, told=told)
