"""What operations give beside entities of a source: values, alone or in collections (JSON Format 11, 12, 13)."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from msgspec.structs import replace

from odata_service.edm.kept import keep
from odata_service.edm.model import EntityType, Schema
from odata_service.edm.types import TypeRef
from odata_service.payload.documents import write_property
from odata_service.payload.kept import KeptWriters, type_annotation
from odata_service.plan.addressed import fields_within, part_of
from odata_service.semantics.in_memory import Shown
from odata_service.semantics.resolved import EVERYTHING, Query
from odata_service.semantics.within import Column


def write_result(shown: Shown, query: Query, context: str, links: Mapping[str, str], writers: KeptWriters) -> bytes:
    """The document of a value that is not null, or of a page of a collection; `links` are those to other pages."""
    type_ref, format = query.path.type, writers.format
    told: dict[str, object] = {f"@odata.{name}": link for name, link in links.items()}
    if format.metadata_level == "full":
        told["@odata.type"] = type_annotation(type_ref, format)
    if shown.count is not None:
        told["@odata.count"] = str(shown.count) if format.ieee754 else shown.count
    numbers = count()
    fields = fields_within(shown.within, lambda _: next(numbers))
    columns = (column for part in shown.within for column in part.columns)
    texts = [
        _text(known, column, type_ref, writers.schema) for known, column in zip(shown.columns, columns, strict=True)
    ]
    write = writers.text_writer(type_ref, part_of(query.options.selection) or EVERYTHING, fields)
    value = write(keep(shown.value, type_ref, writers.schema), *texts)
    if format.version == "4.0" and format.metadata_level != "none" and _is_entity(type_ref, writers.schema):
        value = [_transient(one) for one in value] if isinstance(value, list) else _transient(value)
    return write_property(value, type_ref, context=context, format=format, told=told)


def _is_entity(type_ref: TypeRef, schema: Schema) -> bool:
    return isinstance(schema.types.get(type_ref.name), EntityType)


def _transient(value: object) -> object:
    """An entity that lives nowhere: in 4.0 its id is null (JSON Format 4.5.8)."""
    if not isinstance(value, dict):
        return value
    told = {name: value[name] for name in ("@odata.type",) if name in value}
    return {**told, "@odata.id": None, **value}


def _text(value: Any, column: Column, type_ref: TypeRef, schema: Schema) -> str:
    """A column as a database has it, of a single value or of the members of a collection."""
    return _gathered(value, column, schema) if type_ref.collection else f"[{_gathered(value[0], column, schema)}]"


def _gathered(value: Any, column: Column, schema: Schema) -> str:
    """Values in memory in the form in which a database gathers them: each member of a list is one of its own."""
    if column.depth == 0:
        return keep(value, column.type, schema) or "null"
    inner = replace(column, depth=column.depth - 1)
    return "[" + ",".join(f"[{_gathered(part, inner, schema)}]" for part in value) + "]"
