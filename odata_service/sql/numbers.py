"""The number that an insert gives the next entity of a source: an expression among the values of the statement."""

from peewee import SQL, Case, Entity, Expression, Node, Select, Table, fn

from odata_service.edm.types import PRIMITIVE_TYPES, TypeRef
from odata_service.sql.expression import is_null

_FIRST = SQL("1")


def next_number(table: str, column: str, type_ref: TypeRef, among: Expression | None) -> Node:
    """One more than the greatest number of a column, at least 1, or where the type ends, the least that is free.

    `among` says which rows of the table count, all without it. Each SELECT stands in one around it, since MariaDB reads
    a table that it inserts into in no other way.
    """
    least, most = Entity("l", "least"), PRIMITIVE_TYPES[type_ref.primitive.name].maximum
    greatest, number, following = Entity("g", "greatest"), Entity("p", "number"), Entity("p", "following")
    rows, stored = Table(table), Entity(table, column)

    def found(*columns: Node, where: Expression | None = None) -> Select:
        conditions = [part for part in (among, where) if part is not None]
        query = Select([rows], list(columns))
        return query.where(*conditions) if conditions else query

    positive = Expression(stored, ">=", _FIRST)
    first = Select([found(fn.min(stored).alias("least"), where=positive).alias("l")], [least])
    ahead = fn.lead(stored).over(order_by=[stored]).alias("following")
    pairs = found(stored.alias("number"), ahead, where=positive).alias("p")
    is_gap = Expression(following, ">", Expression(number, "+", _FIRST))
    gap = Select([pairs], [Expression(fn.min(number), "+", _FIRST)]).where(is_gap)
    chosen = Case(
        None,
        [
            (is_null(greatest), _FIRST),
            (Expression(greatest, "<", _FIRST), _FIRST),
            (Expression(greatest, "<", SQL(str(most))), Expression(greatest, "+", _FIRST)),
            (Expression(first, ">", _FIRST), _FIRST),
        ],
        gap,
    )
    return Select([found(fn.max(stored).alias("greatest")).alias("g")], [chosen])
