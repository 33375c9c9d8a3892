"""JSON in SQLite: text, whose members are SQL values where they are no arrays or objects."""

from collections.abc import Callable, Mapping, Sequence

from peewee import SQL, Case, Cast, Entity, Expression, Node, NodeList, Select, fn

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.sql.families.family import Documents, ElementRows, Gathering
from odata_service.sql.slots import held


def _from_text(name: str) -> Callable[[Node], Node]:
    """A literal's text as a value of a type."""
    return lambda node: fn.odata_cast(node, SQL("'Edm.String'"), SQL(f"'{name}'"))


def _float(node: Node) -> Node:
    """A number, or the text of what JSON has no number for."""
    is_text = Expression(fn.typeof(node), "=", SQL("'text'"))
    return Case(None, [(is_text, _from_text("Edm.Double")(node))], Cast(node, "REAL"))


_READ: Mapping[Kind | None, Callable[[Node], Node]] = {
    Kind.DECIMAL: _from_text("Edm.Decimal"),
    Kind.FLOAT: _float,
    Kind.BINARY: _from_text("Edm.Binary"),
}
"""How values are read that JSON keeps in another form than expressions have."""


def json_path(names: Sequence[str]) -> str:
    """Names as a JSON path: `$."address"."city"`."""
    return "$" + "".join(f'."{name}"' for name in names)


def _value(document: Node, names: Sequence[str], type_ref: TypeRef) -> Node:
    kind, path = kind_of(type_ref), held(json_path(names))
    if kind is Kind.UNTYPED and names:
        return fn.nullif(Expression(document, "->", path), SQL("'null'"))
    found = fn.json_extract(document, path) if names else document
    read = _READ.get(kind)
    return found if read is None else read(found)


def _whole(document: Node, type_ref: TypeRef) -> Node:
    return _value(fn.json_extract(document, SQL("'$'")), (), type_ref)


def _elements(document: Node, name: str) -> ElementRows:
    source = NodeList((fn.json_each(document), SQL("AS"), Entity(name)))
    place = Entity(name, "key")
    return ElementRows(source, place, Entity(name, "value"), Expression(Entity(name, "json"), "->", place))


def _gathered(members: Gathering) -> Node:
    inner = members.select(SQL("-1")).alias("g")
    return Select([inner], [fn.json_group_array(fn.json(inner.c.j))])


_KEPT: Mapping[Kind | None, str] = {Kind.DECIMAL: "Edm.Decimal", Kind.FLOAT: "Edm.Double", Kind.BINARY: "Edm.Binary"}
"""What is text in JSON."""


def _array(values: Sequence[Node], type_ref: TypeRef) -> Node:
    kind = kind_of(type_ref)
    if kind is None:
        return fn.json_array(*(fn.json(node) for node in values))
    name = _KEPT.get(kind)
    if name is None:
        return fn.json_array(*values)
    return fn.json_array(*(fn.odata_cast(node, SQL(f"'{name}'"), SQL("'Edm.String'")) for node in values))


DOCUMENTS = Documents(
    _value,
    _elements,
    _array,
    joined=lambda left, right: fn.odata_array_join(left, right),
    part=lambda arguments: fn.odata_array_part(*arguments),
    text=lambda node, _: fn.hex(node),
    texts=lambda node, _: fn.group_concat(node, SQL("''")),
    type=lambda document, names: fn.json_type(document, held(json_path(names))),
    types={"boolean": ("true", "false"), "string": ("text",), "number": ("integer", "real"), "array": ("array",)},
    gathered=_gathered,
    quoted=lambda node: fn.json_quote(node),
    whole=_whole,
)
