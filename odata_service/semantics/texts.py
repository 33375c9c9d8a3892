"""How long texts become that transformations make of others: a few that double the one before would fill the memory."""

from collections.abc import Collection

from odata_service.edm.types import Kind, kind_of
from odata_service.errors import LimitExceeded
from odata_service.semantics.functions import REPLACE
from odata_service.semantics.replacement import growth
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Call, Constant, Expression, PropertyAccess
from odata_service.semantics.walk import operands_of


def check_text(value: Expression, members: Collection[PropertyAccess], scope: Scope) -> None:
    """Refuses a text that may be made of more texts that are stored than there may be operators.

    Whatever transformations have made before, of which `members` are those that there are, may be as long as the
    longest of it.
    """
    if kind_of(value.type) is not Kind.STRING:
        return
    request = scope.request
    request.longest = max(request.longest, _texts(value, members, request.longest))
    most = request.limits.max_nodes
    if most and request.longest > most:
        raise LimitExceeded(
            f"$apply makes texts of more than {most} others (--max-nodes).",
            target=scope.target,
            hint="Use concat with what compute has made less often.",
        )


def _texts(node: object, members: Collection[PropertyAccess], longest: int) -> int:
    """How many stored texts one is made of at most."""
    match node:
        case PropertyAccess():
            return longest if node in members else 1
        case Call(name="concat", arguments=arguments):
            return sum(_texts(part, members, longest) for part in arguments)
        case Call(name, (text, Constant(str() as sought), Constant(str() as other))) if name == REPLACE:
            return growth(sought, other) * _texts(text, members, longest)
        case _:
            return max((_texts(part, members, longest) for part in operands_of(node)), default=1)
