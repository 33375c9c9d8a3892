"""What each stage makes of a URL, for people: syntax tree, typed tree, plan, SQL, the database's own query plan."""

from collections.abc import Iterator, Sequence
from enum import Enum

from msgspec import Struct

from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import Span
from odata_service.plan.counts import plan_count
from odata_service.plan.look import plan_stream
from odata_service.plan.read import plan_read
from odata_service.semantics.resolved import Query
from odata_service.service.compile import bind, converters_of, resolve_request
from odata_service.settings import Settings
from odata_service.sql import Statement
from odata_service.storage import DatabaseStore
from odata_service.structs import PartlyCompared
from odata_service.url import parse_url, shape_of

_NAMED = EntitySet | EntityType | Property | NavigationProperty


def explain(url_text: str, store: DatabaseStore, settings: Settings) -> str:
    """The explanation of a URL relative to the service root, its literals as numbered parameters."""
    path, _, query = url_text.partition("?")
    shape = shape_of(path, query, store.schema.container.entity_sets.keys())
    literals = shape.literals if shape is not None else ()
    url = parse_url(path, query, settings.limits)
    parts = [section("Syntax tree", describe(url))]
    resolved = resolve_request(path, query, literals, store, settings.limits).query
    parts.append(section("Typed tree", describe(resolved)))
    if isinstance(resolved, Query):
        values = bind(converters_of(resolved.parameters, literals), literals)
        parts += _plan_sections(resolved, values, store)
    return "\n".join(parts)


def _plan_sections(query: Query, values: list[PrimitiveValue | None], store: DatabaseStore) -> Iterator[str]:
    if query.path.is_count:
        counted = plan_count(query)
        yield section("Plan", describe(counted))
        statements: Sequence[Statement] = (store.prepare_count(counted).built.statement,)
    else:
        stream = query.path.stream
        plan = plan_read(query, store.schema) if stream is None else plan_stream(query.path, stream, whole=True)
        yield section("Plan", describe(plan))
        statements = store.prepare_read(plan).statements()
    for statement in statements:
        yield section("SQL", describe_statement(statement))
        yield section("Query plan", "\n".join(store.query_plan(statement, values)))


def describe(node: object) -> str:
    """A tree of frozen objects as indented lines: one line where it is short, spans and empty parts left out.

    >>> describe(TypeRef("Edm.String", collection=True))
    'Collection(Edm.String)'
    """
    return "\n".join(_lines(node))


def describe_statement(statement: Statement) -> str:
    """SQL text and, below it, what each placeholder is filled with."""
    filled = ", ".join(statement.parameters)
    return f"{statement.text}\n    with {filled}" if filled else statement.text


def section(title: str, text: str) -> str:
    """A titled part of the explanation."""
    body = "\n".join(f"  {line}" for line in text.splitlines())
    return f"{title}\n{body}\n"


def _lines(node: object) -> list[str]:
    whole = _short(node)
    if len(whole) <= 100:
        return [whole]
    if isinstance(node, tuple | list):
        return ["[", *_indented(line for part in node for line in _lines(part)), "]"]
    if not isinstance(node, Struct):
        return [whole]
    return [f"{type(node).__name__}(", *_indented(_members(node)), ")"]


def _members(node: Struct) -> Iterator[str]:
    for name, value in _shown(node):
        first, *rest = _lines(value)
        yield f"{name}={first}"
        yield from rest


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _shown(node: Struct) -> Iterator[tuple[str, object]]:
    beside = node.beside if isinstance(node, PartlyCompared) else ()
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if (
            name not in beside
            and value is not None
            and value != ()
            and value is not False
            and not isinstance(value, Span)
        ):
            yield name, value


def _short(node: object) -> str:
    match node:
        case TypeRef():
            return str(node)
        case Enum():
            return str(node.value)
        case _ if isinstance(node, _NAMED):
            return node.name
        case tuple() | list():
            return f"[{', '.join(_short(part) for part in node)}]"
        case _ if isinstance(node, Struct):
            return f"{type(node).__name__}({', '.join(f'{name}={_short(value)}' for name, value in _shown(node))})"
        case _:
            return repr(node)
