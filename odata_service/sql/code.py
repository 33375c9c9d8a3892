"""What Python code makes of values, in statements (`edm.computations.Code`).

A database that can calls the code while it runs the statement: SQLite. Others are asked before by a statement of its
own, a question, which values there are; what code makes of them comes along with the statement as JSON. A question is
the statement itself up to the place of the call: it looks at the rows of the same tables, under those of their
conditions in which no code is asked, and where nothing but what is shown asks code, at those of the page alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from peewee import JOIN, Alias, BaseQuery, Node, Ordering, Select, fn
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin

from odata_service.edm.computations import Code
from odata_service.errors import NotSupported
from odata_service.semantics.tree import CodeCall, Constant, Parameter
from odata_service.semantics.walk import depths_of
from odata_service.sql import expression
from odata_service.sql.families import Answers, Family
from odata_service.sql.slots import Filled, filled, held
from odata_service.sql.statement import Ask, Statement, statement_of

if TYPE_CHECKING:
    from odata_service.sql.mapping import Mapping

_NAME = "answers of "


class Page(Struct, frozen=True):
    """The order and the place of the rows that a statement shows."""

    order: Sequence[Ordering]
    offset: Node | None


class Asking(Struct):
    """A call of code as a statement is built: its values there, and the scope that it stands in.

    Of one that nothing but shown values ask the rows of the `page` are enough; not so of one `of_rule`, which says
    what rows there are.
    """

    code: Code
    values: Sequence[Node]
    scope: "expression.Scope"
    varies: bool
    page: Page | None = None
    of_rule: bool = False


class Askings(Struct):
    """The calls of the statement that is built, in the order in which they can be answered."""

    known: list[Asking] = field(default_factory=list)

    def begin(self) -> None:
        """Forgets the calls of another statement."""
        self.known.clear()

    @property
    def called(self) -> int:
        """How many calls there are by now, without those of row rules."""
        return sum(not asking.of_rule for asking in self.known)

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """The time in which a row rule is built: what is called in it says what rows there are."""
        first = len(self.known)
        yield
        for asking in self.known[first:]:
            asking.of_rule = True

    def of_page(self, page: Page) -> None:
        """Tells that code is asked for the rows of a page, where it is called in these themselves."""
        for asking in self.known:
            if asking.scope.outer is None and not asking.of_rule:
                asking.page = page


def code_call(node: CodeCall, scope: "expression.Scope") -> Node:
    """What code makes of values."""
    values = [expression.value(part, scope) for part in node.values]
    askings, family = scope.mapping.askings, scope.family
    if askings is None:
        raise NotSupported(
            f"'{node.code.name.partition('(')[0]}' is carried out by code, which is not asked here.",
            hint="Ask for it in $filter, $orderby, $compute, $apply or $expand of a read.",
        )
    varies = not all(isinstance(part, Constant | Parameter) for part in node.values)
    askings.known.append(Asking(node.code, values, _owner(scope, set(depths_of(node.values))), varies))
    if family.answers is None:
        return fn.odata_code(held(node.code.name), *values)
    answers = family.answers
    found = answers.found(filled(_NAME + node.code.name), answers.key(values))
    return family.documents.value(found, (), node.type)


def _owner(scope: "expression.Scope", depths: set[int]) -> "expression.Scope":
    """The innermost scope whose rows the values are about: those further inside have no part in them."""
    while scope.outer is not None and (scope.variable is None or scope.variable.depth not in depths):
        scope = scope.outer
    return scope


def asking(query: BaseQuery, mapping: "Mapping") -> Statement:
    """A query as a statement that knows which code it asks: all that has been called since `begin`."""
    statement, askings = statement_of(query, mapping.family), mapping.askings
    if askings is None or not askings.known:
        return statement
    return replace(statement, asks=tuple(_ask(one, mapping.family) for one in askings.known))


def _ask(one: Asking, family: Family) -> Ask:
    codecs = [family.value_codec(type_ref) for type_ref in one.code.types]
    decoders = tuple(codec.decode for codec in codecs)
    if family.answers is None:
        return Ask(one.code, decoders, encode=family.value_codec(one.code.type).encode)
    question = statement_of(_question(one, family.answers, family), family)
    return Ask(one.code, decoders, _NAME + one.code.name, question, family.answers.written)


def _question(one: Asking, answers: Answers, family: Family) -> Select:
    """The SELECT of the values that there are, each behind the text that stands for them."""
    columns = [Alias(part, f"v{place}") for place, part in enumerate((answers.key(one.values), *one.values))]
    if not one.varies:
        return Select(columns=columns)
    scopes = [*reversed([*_around(one.scope)])]
    sources = (source for scope in scopes for source in scope.sources())
    query = Select([reduce(_beside, sources)], columns)
    conditions = [part for scope in scopes for whole in scope.conditions for part in _conjuncts(whole)]
    unknown = [f"{family.dialect.quoted(name)}." for scope in scopes for name in scope.told_by_code()]
    known = [part for part in conditions if not _asks(part, unknown, family)]
    if known:
        query = query.where(expression.balanced("AND", known))
    if one.page is None:
        return query.distinct().limit(filled("values"))
    query = query.order_by(*one.page.order).limit(filled("limit"))
    return query if one.page.offset is None else query.offset(one.page.offset)


def _beside(left: Node, right: Node) -> Node:
    """Two sources, to the first of which what is joined to the second may refer."""
    return SqlJoin(left, right, JOIN.CROSS)


def _around(scope: "expression.Scope | None") -> Iterator["expression.Scope"]:
    """A scope and those around it, the innermost first."""
    while scope is not None:
        yield scope
        scope = scope.outer


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, SqlExpression) and node.op == "AND":
        yield from _conjuncts(node.lhs)
        yield from _conjuncts(node.rhs)
    else:
        yield node


def _asks(node: Node, unknown: Sequence[str], family: Family) -> bool:
    """Whether code is asked in a condition, or for what it speaks of: columns of tables that code leads to."""
    text, parameters = family.dialect.printer.get_sql_context().parse(node)  # type: ignore[no-untyped-call]  # no stub
    asked = any(isinstance(part, Filled) and part.name.startswith(_NAME) for part in parameters)
    return asked or any(name in text for name in unknown)
