"""What operations give beside entities of a source: it is asked in memory and answered (Protocol 11.5.3, 11.5.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.kept import keep
from odata_service.edm.leaves import UNTYPED
from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, TypedValue, Value
from odata_service.edm.temporal import parse_instant
from odata_service.edm.types import TypeRef
from odata_service.errors import NotSupported
from odata_service.payload import (
    KeptWriters,
    context_url_of,
    count_dynamic,
    dynamic_value,
    native_value,
    raw_dynamic,
    raw_value,
    stated_value,
    value_inside,
    write_dynamic,
    write_result,
)
from odata_service.plan.paging import SkipToken
from odata_service.semantics.evaluate import Entity, Evaluation
from odata_service.semantics.in_memory import InMemory, Shown, unseen
from odata_service.semantics.operations import given_type
from odata_service.semantics.tree import DynamicProperty
from odata_service.service.compile import CompiledResult
from odata_service.service.entities import typed
from odata_service.service.message import Response
from odata_service.service.preferences import applied_headers
from odata_service.service.read import BoundRead, Values, count_response, no_content, success_headers


def in_memory(result: object, type_ref: TypeRef, values: Values, schema: Schema) -> InMemory:
    """What an operation gave, to be asked with the values of a request by slot."""
    value = native_value(typed(result, type_ref), type_ref, schema) if result is not None else None
    if isinstance(value, TypedValue) and type_ref.collection:
        members = read_exact(str(value.value))
        assert isinstance(members, list), "a collection is an array"
        value = tuple(TypedValue(write_exact(item)) for item in members)
    now = parse_instant(datetime.now(UTC).isoformat())
    return InMemory(value, schema, Evaluation(values, now, _Nowhere()))


def answer_result(compiled: CompiledResult, bound: BoundRead, schema: Schema) -> Response:
    """The answer of what an operation gave beside entities, or of what its path leads to in it.

    Collections have pages where the request is a GET: the operation is called again for the next one.
    """
    query, context = compiled.query, compiled.context
    path, call = query.path, query.path.call
    gives = None if call is None else given_type(call)
    assert gives is not None, "an operation gave this"
    source = in_memory(bound.result, gives, bound.values, schema)
    held = source.at(path)
    if path.dynamic:
        return _dynamic(compiled, bound, unseen(held.value), schema)
    shown = source.shown(query, held)
    if shown.value is None or (bound.result is None and not path.is_count):
        return no_content(context)
    if path.is_count:
        assert isinstance(shown.value, tuple), "collections are counted"
        return count_response(len(shown.value), context)
    headers = success_headers(context)
    if path.is_value:
        body, media_type = raw_value(shown.value, path.type)
        return Response(200, {**headers, "Content-Type": media_type}, body)
    links: Mapping[str, str] = {}
    has_pages = path.type.collection and bound.request.method == "GET"
    if has_pages:
        shown, links = _page(shown, compiled, bound)
    headers.update(applied_headers(context.preferences, page_size=context.page_size if has_pages else None))
    url = context_url_of(query, context.version).text(bound.request.base_url, bound.values)
    return Response(200, headers, write_result(shown, query, url, links, KeptWriters(schema, context.format)))


def _page(shown: Shown, compiled: CompiledResult, bound: BoundRead) -> tuple[Shown, Mapping[str, str]]:
    """The members that one page shows, and the link to the next page where there is one."""
    assert isinstance(shown.value, tuple), "collections have pages"
    first, size = bound.page.token.served if bound.page.token else 0, compiled.context.page_size
    if first + size >= len(shown.value):
        return shown.page(first, size), {}
    following = bound.page.next_link(SkipToken(first + size, None, ()), bound.request.base_url)
    return shown.page(first, size), {"nextLink": following}


def _dynamic(compiled: CompiledResult, bound: BoundRead, holder: Value, schema: Schema) -> Response:
    """A dynamic property of a value, or what is inside a value whose type no definition tells."""
    query, context = compiled.query, compiled.context
    if isinstance(query.property, DynamicProperty):
        text = keep(holder, TypeRef(holder.type), schema) if isinstance(holder, ComplexValue) else None
        value = dynamic_value(text, query.path.dynamic, schema)
    else:
        type_ref = holder.type if isinstance(holder, TypedValue) else None
        text = keep(holder, UNTYPED, schema)
        whole = stated_value(text, None if type_ref is None else str(type_ref), schema)
        value = value_inside(whole, query.path.dynamic, schema)
    if value.kept is None:
        return no_content(context)
    if query.path.is_count:
        return count_response(count_dynamic(value), context)
    if query.path.is_value:
        body, media_type = raw_dynamic(value, schema)
        return Response(200, {**success_headers(context), "Content-Type": media_type}, body)
    url = context_url_of(query, context.version).text(bound.request.base_url, bound.values)
    return Response(200, success_headers(context), write_dynamic(value, url, schema, context.format))


@dataclass(frozen=True, slots=True)
class _Nowhere(Mapping[str, Sequence[Entity]]):
    """The entities of the service, which no value in memory is compared with."""

    def __getitem__(self, name: str) -> Sequence[Entity]:
        raise NotSupported(
            f"What an operation gives is not compared with entities of '{name}'.",
            target="$root",
            hint="Read the entity first, and write its value.",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
