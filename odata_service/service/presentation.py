"""How entities are written: as V4's JSON, or as the protocol has it that a request comes by way of."""

from collections.abc import Mapping

from msgspec import Struct

from odata_service.edm.model import Schema
from odata_service.payload import EntityWriter, compile_writer, content_type, write_collection, write_entity
from odata_service.payload.entities import Objects
from odata_service.plan.model import ReadPlan
from odata_service.service.message import Request
from odata_service.service.negotiate import Context


def writer_of(plan: ReadPlan, context: Context, schema: Schema) -> EntityWriter:
    """The writer for the entities that a plan reads."""
    presentation = context.presentation
    return compile_writer(plan, schema, context.format) if presentation is None else presentation.compile(plan)


class EntityDocuments(Struct, frozen=True):
    """The documents that answer one request; `url` is their context URL."""

    request: Request
    context: Context
    url: str

    def collection(self, objects: Objects, count: int | None, links: Mapping[str, str]) -> bytes:
        """A page."""
        presentation = self.request.presentation
        if presentation is None:
            return write_collection(objects, context=self.url, count=count, links=links, format=self.context.format)
        return presentation.collection(objects, count, links.get("nextLink"))

    def entity(self, target: dict[str, object]) -> bytes:
        """One entity."""
        presentation = self.request.presentation
        if presentation is None:
            return write_entity(target, self.url, self.context.format)
        return presentation.entity(target)


def media_type_of(context: Context) -> str:
    """The Content-Type of these documents."""
    if context.presentation is not None:
        return context.presentation.media_type
    return content_type(context.format, charset="utf-8" if context.charset else None)
