"""What each canonical function is in SQL: one table (URL Conventions 5.1.1.5 to 5.1.1.12).

Instants are kept as `YYYY-MM-DDThh:mm:ss[.f]` in UTC, so that their parts are parts of the text.
"""

from collections.abc import Callable, Sequence

from peewee import Case, Expression, Node, fn

from odata_service.edm.types import Kind
from odata_service.sql.statement import constant, filled

Build = Callable[[Sequence[Node], Sequence[Kind]], Node]


def _substring(arguments: Sequence[Node], _: Sequence[Kind]) -> Node:
    """A negative start counts from the end (4.01), and never reaches before the beginning."""
    text, start = arguments[0], arguments[1]
    from_end = _plus(fn.max(Expression(fn.length(text), "+", start), constant(0)), 1)
    place = Case(None, ((_compare(start, "<", constant(0)), from_end),), _plus(start, 1))
    if len(arguments) == 2:
        return fn.substr(text, place)
    return fn.substr(text, place, fn.max(arguments[2], constant(0)))


def _compare(left: Node, operator: str, right: Node) -> Expression:
    return Expression(left, operator, right)


def _plus(left: Node, number: int) -> Expression:
    return Expression(left, "+", constant(number))


def _starts(arguments: Sequence[Node], _: Sequence[Kind]) -> Node:
    text, part = arguments
    return _compare(fn.substr(text, constant(1), fn.length(part)), "=", part)


def _ends(arguments: Sequence[Node], _: Sequence[Kind]) -> Node:
    text, part = arguments
    begin = Expression(Expression(fn.length(text), "-", fn.length(part)), "+", constant(1))
    fits = _compare(fn.length(text), ">=", fn.length(part))
    return Expression(fits, "AND", _compare(fn.substr(text, begin), "=", part))


def _part(of_instant: tuple[int, int], of_other: tuple[int, int]) -> Build:
    """A whole number cut out of a temporal text; the places differ between an instant and a date or time."""

    def build(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
        start, length = of_instant if kinds[0] is Kind.INSTANT else of_other
        return fn.substr(arguments[0], constant(start), constant(length)).cast("INTEGER")

    return build


def _call(name: str) -> Build:
    return lambda arguments, _: getattr(fn, name)(*arguments)


BUILDERS: dict[str, Build] = {
    "concat": lambda arguments, _: Expression(arguments[0], "||", arguments[1]),
    "contains": lambda arguments, _: _compare(fn.instr(*arguments), ">", constant(0)),
    "startswith": _starts,
    "endswith": _ends,
    "indexof": lambda arguments, _: Expression(fn.instr(*arguments), "-", constant(1)),
    "length": _call("length"),
    "substring": _substring,
    "tolower": _call("odata_tolower"),
    "toupper": _call("odata_toupper"),
    "trim": _call("odata_trim"),
    "date": lambda arguments, _: fn.substr(arguments[0], constant(1), constant(10)),
    "time": lambda arguments, _: fn.substr(arguments[0], constant(12)),
    "year": _part((1, 4), (1, 4)),
    "month": _part((6, 2), (6, 2)),
    "day": _part((9, 2), (9, 2)),
    "hour": _part((12, 2), (1, 2)),
    "minute": _part((15, 2), (4, 2)),
    "second": _part((18, 2), (7, 2)),
    "fractionalseconds": _call("odata_fraction"),
    "totaloffsetminutes": lambda arguments, _: Expression(fn.length(arguments[0]), "*", constant(0)),
    "totalseconds": _call("odata_seconds"),
    "now": lambda _, __: filled("now"),
    "mindatetime": lambda _, __: constant("0001-01-01T00:00:00"),
    "maxdatetime": lambda _, __: constant("9999-12-31T23:59:59.9999999"),
    "round": _call("odata_round"),
    "floor": _call("odata_floor"),
    "ceiling": _call("odata_ceiling"),
}
"""From the function's name in lower case to its SQL, given its arguments and their kinds."""
