"""JSON in MariaDB: text, whose members are read as text and converted."""

from collections.abc import Callable, Mapping, Sequence

from peewee import SQL, Alias, Cast, CommaNodeList, Entity, Expression, Node, NodeList, Select, fn

from odata_service.database.mariadb import COLLATION
from odata_service.edm.types import BINARY, DOUBLE, STRING, Kind, TypeRef, kind_of
from odata_service.sql.families.family import Answers, Documents, ElementRows, Gathering
from odata_service.sql.families.mariadb_casts import CASTS
from odata_service.sql.families.mariadb_instants import DECIMAL, written
from odata_service.sql.slots import held

_ALL = str(2**63 - 1)
"""As many members as there may be: there is no OFFSET without a LIMIT."""

_COLLATED = SQL(f"COLLATE {COLLATION}")


def _to(sql_type: str) -> Callable[[Node], Node]:
    return lambda node: Cast(node, sql_type)


def _text(node: Node) -> Node:
    return NodeList((SQL("("), node, _COLLATED, SQL(")")))


def _float(node: Node) -> Node:
    """What JSON has no number for is text; NaN has no place in the database."""
    return CASTS.cast(fn.nullif(_text(node), SQL("'NaN'")), STRING, DOUBLE)


_READ: Mapping[Kind | None, Callable[[Node], Node]] = {
    Kind.BOOLEAN: _to("SIGNED"),
    Kind.INTEGER: _to("SIGNED"),
    Kind.DECIMAL: _to(DECIMAL),
    Kind.FLOAT: _float,
    Kind.STRING: _text,
    Kind.GUID: _text,
    Kind.BINARY: lambda node: CASTS.cast(_text(node), STRING, BINARY),
    Kind.DATE: _to("DATE"),
    Kind.TIME_OF_DAY: _text,
    Kind.INSTANT: _text,
    Kind.DURATION: _to("SIGNED"),
    Kind.ENUMERATION: _to("SIGNED"),
    Kind.GEOGRAPHY: _text,
    Kind.GEOMETRY: _text,
}


def json_path(names: Sequence[str]) -> str:
    """Names as a JSON path: `$."address"."city"`."""
    return "$" + "".join(f'."{name}"' for name in names)


def _value(document: Node, names: Sequence[str], type_ref: TypeRef) -> Node:
    kind = kind_of(type_ref)
    path = held(json_path(names))
    if kind in {Kind.GEOGRAPHY, Kind.GEOMETRY} or kind not in _READ:
        found = fn.nullif(fn.json_extract(document, path) if names else document, SQL("'null'"))
        return found if kind not in _READ else _text(found)
    return _READ[kind](fn.json_value(document, path))


def _elements(document: Node, name: str) -> ElementRows:
    columns = "'$[*]' COLUMNS (\"number\" FOR ORDINALITY, \"value\" JSON PATH '$')".replace('"', "`")
    source = NodeList((SQL("JSON_TABLE("), document, SQL(f", {columns}) AS `{name}`")), glue="")
    place, value = Expression(Entity(name, "number"), "-", SQL("1")), Entity(name, "value")
    return ElementRows(source, place, value, fn.coalesce(value, SQL("'null'")))


def _gathered(members: Gathering) -> Node:
    """A subquery in FROM would not see the array, so the aggregate itself orders and cuts."""
    parts: list[Node] = [members.rows.json, SQL("ORDER BY"), CommaNodeList(list(members.order)), SQL("SEPARATOR ','")]
    if members.limit is not None or members.offset is not None:
        parts += [SQL("LIMIT"), SQL(_ALL) if members.limit is None else members.limit]
    if members.offset is not None:
        parts += [SQL("OFFSET"), members.offset]
    texts = fn.coalesce(fn.group_concat(NodeList(tuple(parts))), SQL("''"))
    query = Select([members.rows.source], [fn.CONCAT(SQL("'['"), texts, SQL("']'"))])
    return query if members.where is None else query.where(members.where)


def _kept(node: Node, type_ref: TypeRef) -> Node:
    """A value as JSON has it."""
    match kind_of(type_ref):
        case None:
            return fn.json_extract(node, SQL("'$'"))
        case Kind.DECIMAL:
            return Cast(node, "CHAR")
        case Kind.BINARY:
            return CASTS.cast(node, BINARY, STRING)
        case _:
            return node


_part = written(
    "SELECT CONCAT('[', COALESCE(GROUP_CONCAT(v ORDER BY n SEPARATOR ','), ''), ']') "
    "FROM JSON_TABLE({0}, '$[*]' COLUMNS (n FOR ORDINALITY, v JSON PATH '$')) AS p "
    "WHERE n > CASE WHEN {1} < 0 THEN JSON_LENGTH({0}) + {1} ELSE {1} END "
    "AND n <= CASE WHEN {1} < 0 THEN GREATEST(JSON_LENGTH({0}) + {1}, 0) ELSE {1} END + {2}"
)


def _part_of(arguments: Sequence[Node]) -> Node:
    array, start, *length = arguments
    return _part([array, start, length[0] if length else SQL("2147483647")], (Kind.STRING, Kind.INTEGER, Kind.INTEGER))


def _key(values: Sequence[Node]) -> Node:
    parts: list[Node] = [fn.QUOTE(value) for value in values] or [SQL("''")]
    return NodeList((SQL("CONVERT("), fn.SHA2(fn.CONCAT_WS(SQL("','"), *parts), SQL("256")), SQL("USING ascii)")))


def _answer(answers: Node, key: Node) -> Node:
    """The answers as a table of its own: what is grouped is kept, and has an index of the keys."""
    table = NodeList((SQL("JSON_TABLE("), answers, SQL(f", {_ANSWER_COLUMNS}) AS j")), glue="")
    listed = Select([table], [Entity("j", "k"), Alias(fn.MIN(Entity("j", "v")), "v")]).group_by(Entity("j", "k"))
    known = listed.alias("a")
    return Select([known], [Entity("a", "v")]).where(Expression(Entity("a", "k"), "=", key))


def _written(answers: Mapping[str, str]) -> str:
    return "[" + ",".join(f'["{key}",{value}]' for key, value in answers.items()) + "]"


_ANSWER_COLUMNS = "'$[*]' COLUMNS (k CHAR(64) CHARACTER SET ascii PATH '$[0]', v JSON PATH '$[1]')"
ANSWERS = Answers(_key, _answer, _written)
"""What code makes of values."""

DOCUMENTS = Documents(
    _value,
    _elements,
    array=lambda values, type_ref: fn.json_array(*(_kept(node, type_ref) for node in values)),
    joined=lambda left, right: fn.json_merge_preserve(left, right),
    part=_part_of,
    text=lambda node, _: fn.hex(Cast(node, "CHAR")),
    texts=lambda node, order: fn.group_concat(NodeList((node, SQL("ORDER BY"), order, SQL("SEPARATOR ''")))),
    type=lambda document, names: fn.json_type(fn.json_extract(document, held(json_path(names)))),
    types={
        "boolean": ("BOOLEAN",),
        "string": ("STRING",),
        "number": ("INTEGER", "DOUBLE", "DECIMAL"),
        "array": ("ARRAY",),
    },
    gathered=_gathered,
    quoted=lambda node: fn.json_quote(node),
    whole=lambda document, type_ref: _value(document, (), type_ref),
)
