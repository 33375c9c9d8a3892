"""V2's replace in an expression (V2 URI Conventions 4.5): what is sought and what stands for it are written out.

So it is known before how much longer texts become, also where one replace is inside of another.
"""

from collections.abc import Sequence

from odata_service.edm.types import STRING
from odata_service.errors import LimitExceeded
from odata_service.semantics.functions import REPLACE
from odata_service.semantics.operands import written_text
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Call, Constant, Expression
from odata_service.semantics.walk import nodes_of
from odata_service.url import syntax

_HINT = f"Write {REPLACE}(name,' ','')."
_MOST_GROWTH = 100
"""How many times as long as what is stored a text may become."""


def replacement(text: Expression, written: Sequence[syntax.Expression], scope: Scope) -> tuple[Expression, ...]:
    """The arguments of a call, given its text and what is written behind that."""
    sought, other = (written_text(node, scope, "What is replaced, and by what, are texts", _HINT) for node in written)
    grown = growth(sought, other)
    for node in nodes_of(text):
        match node:
            case Call(name, (_, Constant(str() as inner_sought), Constant(str() as inner_other))) if name == REPLACE:
                grown *= growth(inner_sought, inner_other)
    if grown > _MOST_GROWTH:
        raise LimitExceeded(
            f"{REPLACE} makes texts up to {grown} times as long, and {_MOST_GROWTH} times are allowed"
            f"{scope.place(written[0].span)}.",
            target=scope.target,
            hint="Put less in the place of what is sought.",
        )
    return text, Constant(sought, STRING), Constant(other, STRING)


def growth(sought: str, other: str) -> int:
    """How many times as long a text becomes at most."""
    return max(1, -(-len(other) // len(sought))) if sought else 1
