"""Functions of collections as SQL: their members are rows, compared place by place (URL Conventions 5.1.1.5)."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from peewee import SQL, Case, Negated, Node, NodeList, Ordering, Select, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import NULL, TypeRef, kind_of
from odata_service.semantics.promotion import common
from odata_service.semantics.tree import Arranged, Call, Expression, Picked
from odata_service.sql import expression
from odata_service.sql.families import Family, Gathering


def arranged(node: Arranged, scope: "expression.Scope") -> Node:
    """The JSON of a collection's members that are left; those that are equal in the order stay as they stood."""
    inner = scope.inside(node.members)
    assert inner.elements is not None, "collections of values are arranged; entities are read"
    where = node.members.where
    order = [_ordering(item, inner, descending=descending) for item, descending in node.order]
    rows, value = inner.elements, node.value
    if value is not None:
        rows = replace(rows, json=scope.family.documents.array([expression.value(value, inner)], value.type))
    condition = None if where is None else expression.condition(where, inner)
    gathering = Gathering(
        replace(rows, source=inner.sources()[0]),
        condition,
        [*order, Ordering(inner.elements.number, "ASC")],
        None if node.top is None else expression.number(node.top, scope),
        None if node.skip is None else expression.number(node.skip, scope),
    )
    return scope.family.documents.gathered(gathering)


def picked(node: Picked, scope: "expression.Scope") -> Node:
    """The value of an expression for the member at a place."""
    inner = scope.inside(node.members)
    assert inner.elements is not None, "collections of values have places; entities have keys"
    where = node.members.where
    conditions = [] if where is None else [expression.condition(where, inner)]
    query = inner.select([expression.value(node.value, inner)], conditions)
    behind, direction = (node.place, "ASC") if node.place >= 0 else (-node.place - 1, "DESC")
    return query.order_by(Ordering(inner.elements.number, direction)).limit(SQL("1")).offset(SQL(str(behind)))


def _ordering(item: Expression, scope: "expression.Scope", *, descending: bool) -> Ordering:
    said = scope.family.dialect.states_nulls
    nulls = None if not said else "last" if descending else "first"
    return Ordering(expression.ordering_value(item, scope), "DESC" if descending else "ASC", nulls=nulls)


class _Rows(Struct, frozen=True):
    """The members of a collection as rows: their places and values, in the type that they are compared in."""

    source: Node
    place: Node
    value: Node

    def select(self, column: Node, *conditions: Node) -> Select:
        """A SELECT over the members."""
        query = Select([self.source], [column])
        return query.where(expression.balanced("AND", conditions)) if conditions else query


class Collection(Struct, frozen=True):
    """A collection in SQL: its JSON, the type of its members, and the type that they are compared in."""

    document: Node
    element: TypeRef
    compared: TypeRef
    scope: "expression.Scope"

    @property
    def family(self) -> Family:
        """The family that SQL is written for."""
        return self.scope.family

    def rows(self) -> _Rows:
        """Its members as rows, under a name of their own."""
        found = self.family.documents.elements(self.document, f"e{self.scope.number()}")
        value = self.family.documents.value(found.value, (), self.element)
        if kind_of(self.element) is not kind_of(self.compared):
            value = self.family.operations.convert(value, self.element, self.compared)
        return _Rows(found.source, found.number, value)

    def count(self) -> Node:
        """How many members it has."""
        return self.rows().select(fn.count(SQL("*")))

    def same(self, left: Node, right: Node) -> Node:
        """Whether two members are equal, null equal to null."""
        return SqlExpression(left, self.family.dialect.same, right)


Build = Callable[[Sequence[Collection], Sequence[Node]], Node]
"""From the collections among the arguments, and from the other arguments, to SQL."""


def collection_call(node: Call, scope: "expression.Scope") -> Node:
    """The value of a function that takes collections."""
    collections = [part for part in node.arguments if part.type.collection]
    shared = collections[0].type.element
    for part in collections[1:]:
        found = common(shared, part.type.element)
        assert found is not None, "the resolver gives functions collections of one type"
        shared = found
    known = [_collection(part, shared, scope) for part in collections]
    others = [expression.value(part, scope) for part in node.arguments if not part.type.collection]
    return FUNCTIONS[node.name](known, others)


def _collection(node: Expression, shared: TypeRef, scope: "expression.Scope") -> Collection:
    """A collection, its members compared in a type; of one without members no type is known."""
    element = shared if node.type.element == NULL else node.type.element
    return Collection(expression.value(node, scope), element, shared, scope)


def _exists(query: Select) -> Node:
    return fn.EXISTS(query)


def _stands_at(part: Collection, whole: Collection, offset: Node) -> Node:
    """That the members of one stand in another, one after the other, from a place on."""
    rows, others = part.rows(), whole.rows()
    place = SqlExpression(others.place, "=", SqlExpression(rows.place, "+", offset))
    missing = Negated(_exists(others.select(SQL("1"), place, part.same(others.value, rows.value))))
    return Negated(_exists(rows.select(SQL("1"), missing)))


def _starts(collections: Sequence[Collection], _: Sequence[Node]) -> Node:
    whole, part = collections
    return _stands_at(part, whole, SQL("0"))


def _ends(collections: Sequence[Collection], _: Sequence[Node]) -> Node:
    whole, part = collections
    return _stands_at(part, whole, SqlExpression(whole.count(), "-", part.count()))


def _place(collections: Sequence[Collection], _: Sequence[Node]) -> Node:
    """The first place from which on a collection stands in another; an empty one stands at the beginning."""
    whole, part = collections
    rows = whole.rows()
    found = rows.select(fn.min(rows.place), _stands_at(part, whole, rows.place))
    is_empty = SqlExpression(part.count(), "=", SQL("0"))
    return fn.coalesce(found, Case(None, [(is_empty, SQL("0"))], SQL("-1")))


def _contains(collections: Sequence[Collection], others: Sequence[Node]) -> Node:
    return SqlExpression(_place(collections, others), ">=", SQL("0"))


def _has_subset(collections: Sequence[Collection], _: Sequence[Node]) -> Node:
    """That each member stands in the other collection at least as often."""
    whole, part = collections
    rows, same, others = part.rows(), part.rows(), whole.rows()
    wanted = same.select(fn.count(SQL("*")), part.same(same.value, rows.value))
    found = others.select(fn.count(SQL("*")), part.same(others.value, rows.value))
    return Negated(_exists(rows.select(SQL("1"), SqlExpression(wanted, ">", found))))


def _has_subsequence(collections: Sequence[Collection], _: Sequence[Node]) -> Node:
    """That the members stand in the other collection in their order: LIKE finds texts with anything between them."""
    whole, part = collections
    text, pattern = _text(whole, before="<", behind=">"), _text(part, before="%<", behind=">%")
    return NodeList((text, SQL("LIKE"), fn.coalesce(fn.nullif(pattern, SQL("''")), SQL("'%'"))), parens=True)


def _text(collection: Collection, before: str, behind: str) -> Node:
    """The members of a collection as one text."""
    rows, documents = collection.rows(), collection.family.documents
    plain = fn.coalesce(documents.text(rows.value, collection.compared), SQL("'-'"))
    member = collection.family.operations.functions["concat"]
    text = member([member([_quoted(before), plain], ()), _quoted(behind)], ())
    return fn.coalesce(rows.select(documents.texts(text, rows.place)), SQL("''"))


def _quoted(text: str) -> Node:
    return SQL(f"'{text}'")


FUNCTIONS: Mapping[str, Build] = {
    "concat": lambda collections, _: collections[0].family.documents.joined(*(part.document for part in collections)),
    "contains": _contains,
    "endswith": _ends,
    "hassubsequence": _has_subsequence,
    "hassubset": _has_subset,
    "indexof": _place,
    "length": lambda collections, _: collections[0].count(),
    "startswith": _starts,
    "substring": lambda collections, others: collections[0].family.documents.part([collections[0].document, *others]),
}
"""The functions that have an overload for collections."""
