"""JSON in PostgreSQL: jsonb, whose members are read as text and converted."""

from collections.abc import Callable, Mapping, Sequence

from peewee import SQL, Cast, Entity, Expression, Node, NodeList, fn

from odata_service.edm.types import BINARY, STRING, Kind, TypeRef, kind_of
from odata_service.sql.families.family import Documents, ElementRows
from odata_service.sql.families.postgresql_casts import cast
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
    Kind.BINARY: lambda node: cast(_text(node), STRING, BINARY),
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
    return ElementRows(source, Expression(Entity(name, "number"), "-", SQL("1")), Entity(name, "value"))


DOCUMENTS = Documents(_value, _elements)
