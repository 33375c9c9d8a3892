"""Whole JSON documents: collections, entities, properties, references, the service document (JSON Format 5 to 14)."""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from odata_service.edm.annotations import description_of
from odata_service.edm.exposed import ContainerChild, FunctionImport
from odata_service.edm.model import EntitySet, Schema, Singleton
from odata_service.edm.types import TypeRef, kind_of
from odata_service.payload.entities import Objects
from odata_service.payload.format import Format

_NOTHING: Mapping[str, object] = MappingProxyType({})

_NO_LINKS: Mapping[str, str] = {}


def write_collection(
    objects: Objects, *, context: str, count: int | None, links: Mapping[str, str], format: Format
) -> bytes:
    """A collection of entities, of references or of changes: the context first, its links last.

    `links` are the `nextLink` of a page behind which others are, or the `deltaLink` of one that ends a tracked result.
    """
    document: dict[str, object] = {} if format.metadata_level == "none" else {"@odata.context": context}
    if count is not None:
        document["@odata.count"] = str(count) if format.ieee754 else count
    document["value"] = objects
    for name, link in links.items():
        document[f"@odata.{name}"] = link
    return orjson.dumps(document)


def collection_opening(context: str, count: int | None, format: Format) -> bytes:
    """How a collection begins whose entities are written one after another, with commas between them."""
    whole = write_collection([], context=context, count=count, links=_NO_LINKS, format=format)
    return whole.removesuffix(b"]}")


def collection_part(objects: Objects) -> bytes:
    """Some of its entities."""
    return orjson.dumps(objects)[1:-1]


def collection_ending(links: Mapping[str, str]) -> bytes:
    """How such a collection ends; see `write_collection`."""
    stated = orjson.dumps({f"@odata.{name}": link for name, link in links.items()})[1:]
    return b"]" + (b"," if links else b"") + stated


def write_entity(target: dict[str, object], context: str, format: Format) -> bytes:
    """One entity or one reference."""
    if format.metadata_level == "none":
        return orjson.dumps(target)
    return orjson.dumps({"@odata.context": context, **target})


def write_property(
    value: object, type_ref: TypeRef, *, context: str, format: Format, told: Mapping[str, object] = _NOTHING
) -> bytes:
    """One property that is not null, as the writer of its entity has made it; `told` are its type and count."""
    document: dict[str, object] = {} if format.metadata_level == "none" else {"@odata.context": context}
    if isinstance(value, dict) and (kind_of(type_ref) is None or "@odata.type" in value):
        return orjson.dumps({**document, **value})
    document.update(told)
    document["value"] = value
    return orjson.dumps(document)


def write_service_document(schema: Schema, base_url: str, format: Format) -> bytes:
    """The entity sets, singletons and function imports of a service that are to be listed (JSON Format 5)."""
    document: dict[str, object] = {}
    if format.metadata_level != "none":
        document["@odata.context"] = f"{base_url}$metadata"
    document["value"] = [
        {
            "name": source.name,
            "kind": type(source).__name__,
            "url": source.name,
            **_title(description_of(source.annotations)),
        }
        for source in schema.container.children()
        if _is_listed(source, schema)
    ]
    return orjson.dumps(document)


def _is_listed(source: ContainerChild, schema: Schema) -> bool:
    """Whether a service document shows a child of the container: of functions those that need no parameters."""
    match source:
        case EntitySet():
            return source.include_in_service_document
        case FunctionImport(function=name):
            overloads = schema.operations.get(name, ())
            return source.include_in_service_document and any(
                not (overload.bound or overload.parameters) for overload in overloads
            )
        case _:
            return isinstance(source, Singleton)


def _title(description: str | None) -> dict[str, str]:
    return {"title": description} if description else {}
