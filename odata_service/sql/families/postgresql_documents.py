"""JSON in PostgreSQL: jsonb, whose members are read as text and converted."""

from collections.abc import Callable, Mapping, Sequence
from json import dumps

from peewee import SQL, Cast, Entity, Expression, Node, NodeList, fn

from odata_service.edm.leaves import UNTYPED
from odata_service.edm.types import BINARY, STRING, Kind, TypeRef, kind_of
from odata_service.sql.families.family import Answers, Documents, ElementRows, Gathering
from odata_service.sql.families.postgresql_casts import CASTS
from odata_service.sql.families.postgresql_instants import written
from odata_service.sql.slots import held

_by_character = written('{0} COLLATE "C"')


def _to(sql_type: str) -> Callable[[Node], Node]:
    return lambda node: Cast(node, sql_type)


def _text(node: Node) -> Node:
    return _by_character([node], ())


_READ: Mapping[Kind | None, Callable[[Node], Node]] = {
    Kind.BOOLEAN: _to("boolean"),
    Kind.INTEGER: _to("bigint"),
    Kind.DECIMAL: _to("numeric"),
    Kind.FLOAT: _to("double precision"),
    Kind.STRING: _text,
    Kind.GUID: _to("uuid"),
    Kind.BINARY: lambda node: CASTS.cast(_text(node), STRING, BINARY),
    Kind.DATE: _to("date"),
    Kind.TIME_OF_DAY: _text,
    Kind.INSTANT: _text,
    Kind.DURATION: _to("bigint"),
    Kind.ENUMERATION: _to("bigint"),
    Kind.GEOGRAPHY: _text,
    Kind.GEOMETRY: _text,
}


def array_text(names: Sequence[str]) -> str:
    """Names as the text of an array: `{"address","city"}`."""
    return "{" + ",".join(f'"{name}"' for name in names) + "}"


def _value(document: Node, names: Sequence[str], type_ref: TypeRef) -> Node:
    path = Cast(held(array_text(names)), "text[]")
    read = _READ.get(kind_of(type_ref))
    if read is not None:
        return read(NodeList((SQL("("), document, SQL("#>>"), path, SQL(")"))))
    found = NodeList((SQL("("), document, SQL("#>"), path, SQL(")"))) if names else document
    return fn.nullif(found, SQL("'null'::jsonb"))


def _elements(document: Node, name: str) -> ElementRows:
    source = NodeList((fn.jsonb_array_elements(document), SQL(f'WITH ORDINALITY AS "{name}" ("value", "number")')))
    place, value = Expression(Entity(name, "number"), "-", SQL("1")), Entity(name, "value")
    return ElementRows(source, place, value, value)


def _gathered(members: Gathering) -> Node:
    return fn.to_jsonb(fn.ARRAY(members.select(SQL("ALL"))))


def _kept(node: Node, type_ref: TypeRef) -> Node:
    """A value as JSON has it."""
    match kind_of(type_ref):
        case Kind.DECIMAL | Kind.FLOAT:
            return Cast(node, "text")
        case Kind.BINARY:
            return CASTS.cast(node, BINARY, STRING)
        case _:
            return node


def _text_of(node: Node, type_ref: TypeRef) -> Node:
    plain = fn.trim_scale(node) if kind_of(type_ref) is Kind.DECIMAL else node
    return fn.encode(fn.convert_to(Cast(plain, "text"), SQL("'UTF8'")), SQL("'hex'"))


_part = written(
    "SELECT coalesce(jsonb_agg(v ORDER BY n), '[]') FROM jsonb_array_elements({0}) WITH ORDINALITY AS p (v, n) "
    "WHERE n > CASE WHEN {1} < 0 THEN jsonb_array_length({0}) + {1} ELSE {1} END "
    "AND n <= CASE WHEN {1} < 0 THEN greatest(jsonb_array_length({0}) + {1}, 0) ELSE {1} END + {2}"
)


def _part_of(arguments: Sequence[Node]) -> Node:
    array, start, *length = arguments
    return _part([array, start, length[0] if length else Cast(SQL("2147483647"), "bigint")], ())


def _key(values: Sequence[Node]) -> Node:
    return Cast(fn.jsonb_build_array(*(Cast(value, "text") for value in values)), "text")


def _answer(answers: Node, key: Node) -> Node:
    return NodeList((SQL("("), Cast(answers, "jsonb"), SQL("->"), key, SQL(")")))


def _written(answers: Mapping[str, str]) -> str:
    """One object, which jsonb looks names up in by halves."""
    return "{" + ",".join(f"{dumps(key)}:{value}" for key, value in answers.items()) + "}"


ANSWERS = Answers(_key, _answer, _written)
"""What code makes of values."""

DOCUMENTS = Documents(
    _value,
    _elements,
    array=lambda values, type_ref: fn.jsonb_build_array(*(_kept(node, type_ref) for node in values)),
    joined=lambda left, right: Expression(left, "||", right),
    part=_part_of,
    text=_text_of,
    texts=lambda node, order: fn.string_agg(NodeList((node, SQL(", '' ORDER BY"), order))),
    type=lambda document, names: fn.jsonb_typeof(_value(document, names, UNTYPED)),
    types={"boolean": ("boolean",), "string": ("string",), "number": ("number",), "array": ("array",)},
    gathered=_gathered,
    quoted=lambda node: Cast(fn.to_json(Cast(node, "text")), "text"),
    whole=lambda document, type_ref: _value(document, (), type_ref),
)
