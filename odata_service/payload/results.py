"""What operations give beside entities of a source: values, alone or in collections (JSON Format 11, 12, 13)."""

from collections.abc import Mapping

from msgspec.structs import replace

from odata_service.edm.kept import keep
from odata_service.edm.structured import Value
from odata_service.edm.types import TypeRef
from odata_service.payload.documents import write_property
from odata_service.payload.kept import KeptWriters, type_annotation
from odata_service.plan.model import Field
from odata_service.semantics.in_memory import Shown
from odata_service.semantics.resolved import Query, Selection


def write_result(shown: Shown, query: Query, context: str, links: Mapping[str, str], writers: KeptWriters) -> bytes:
    """The document of a value that is not null, or of a page of a collection; `links` are those to other pages."""
    type_ref, format = query.path.type, writers.format
    told: dict[str, object] = {f"@odata.{name}": link for name, link in links.items()}
    if format.metadata_level == "full":
        told["@odata.type"] = type_annotation(type_ref, format)
    if shown.count is not None:
        told["@odata.count"] = str(shown.count) if format.ieee754 else shown.count
    value = _written(shown, type_ref, query.options.selection, writers)
    return write_property(value, type_ref, context=context, format=format, told=told)


def _written(shown: Shown, type_ref: TypeRef, selection: Selection, writers: KeptWriters) -> object:
    """A value as orjson writes it, from texts as databases have them."""
    shape = replace(selection, arrangement=None, computed=())
    fields = tuple(Field(name, 0, expression.type) for name, expression in selection.computed)
    texts = [_gathered(value, part.type, type_ref, writers) for value, part in zip(shown.computed, fields, strict=True)]
    return writers.text_writer(type_ref, shape, fields)(keep(shown.value, type_ref, writers.schema), *texts)


def _gathered(computed: Value, type_ref: TypeRef, around: TypeRef, writers: KeptWriters) -> str:
    """What was computed for a value, or for each member of a collection, in the form in which a database gathers it."""
    values = computed if around.collection else (computed,)
    assert isinstance(values, tuple), "there is one for each member"
    texts = [f"[{keep(value, type_ref, writers.schema) or 'null'}]" for value in values]
    return f"[{','.join(texts)}]" if around.collection else texts[0]
