"""$search as a condition over the texts of an entity (Protocol 11.2.6.6; URL Conventions 5.1.7).

A word or a phrase is found in a text that contains it, whatever the case of its letters.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from odata_service.edm.annotations import CAPABILITIES, EnumMember, Record, annotation_value
from odata_service.edm.searched import SearchedPath, searched_paths
from odata_service.edm.types import BOOLEAN, STRING
from odata_service.errors import LimitExceeded, OptionNotAllowed
from odata_service.semantics.access import Owner, access_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Binary, Call, Constant, Expression, Logical, PropertyAccess, Unary
from odata_service.url.syntax import SearchChain, SearchExpression, SearchIncomplete, SearchNot, SearchTerm

_RESTRICTIONS = f"{CAPABILITIES}.SearchRestrictions"


def resolve_search(node: SearchExpression, scope: Scope) -> Expression:
    """The condition that a search stands for: true or false, never null."""
    _check_restrictions(node, scope)
    texts = [_access(path, scope) for path in searched_paths(scope.entity_type, scope.request.schema)]
    if not texts:
        raise OptionNotAllowed(
            f"'{scope.entity_type}' has no texts to search in.", target=scope.target, hint="Use $filter."
        )
    limit = scope.request.limits.max_nodes
    if limit and len(texts) * sum(1 for _ in _terms(node)) > limit:
        raise LimitExceeded(
            f"A search of {len(texts)} properties for so many words is more than {limit} comparisons (--max-nodes).",
            target=scope.target,
            hint="Search for fewer words.",
        )
    return _condition(node, texts)


def _access(path: SearchedPath, scope: Scope) -> PropertyAccess:
    """A searched property of the current instance."""
    source = scope.entity_set
    base = scope.entity_type if source is None else source.entity_type
    owner: Owner = None
    for holder, part in path:
        owner = access_of(part, holder, base, owner, scope.request.schema)
        base = part.type.name
    assert isinstance(owner, PropertyAccess), "a path has a step"
    return owner


def _condition(node: SearchExpression, texts: Sequence[PropertyAccess]) -> Expression:
    match node:
        case SearchTerm(text):
            return _contained(text, texts)
        case SearchIncomplete(text):
            return _chain("and", [_contained(word, texts) for word in text.replace('"', " ").split()])
        case SearchNot(operand):
            return Unary("not", _condition(operand, texts), BOOLEAN)
        case SearchChain(operator, operands):
            return _chain(operator.lower(), [_condition(operand, texts) for operand in operands])
        case _:
            assert_never(node)


def _contained(text: str, texts: Sequence[PropertyAccess]) -> Expression:
    """Whether some text contains a word or phrase: one that is null does not."""
    wanted = Call("tolower", (Constant(text, STRING),), STRING)
    found = (Call("contains", (Call("tolower", (known,), STRING), wanted), BOOLEAN) for known in texts)
    return _chain("or", [Binary("eq", test, Constant(True, BOOLEAN), BOOLEAN) for test in found])


def _chain(operator: str, operands: Sequence[Expression]) -> Expression:
    if not operands:
        return Constant(True, BOOLEAN)
    return operands[0] if len(operands) == 1 else Logical(operator, tuple(operands))


def _terms(node: SearchExpression) -> Iterator[SearchTerm | SearchIncomplete]:
    match node:
        case SearchTerm() | SearchIncomplete():
            yield node
        case SearchNot(operand):
            yield from _terms(operand)
        case SearchChain(_, operands):
            for operand in operands:
                yield from _terms(operand)
        case _:
            assert_never(node)


def _check_restrictions(node: SearchExpression, scope: Scope) -> None:
    """Refuses what the annotations of the entity set do not allow (Capabilities: SearchRestrictions)."""
    source = scope.entity_set
    stated = None if source is None else annotation_value(source.annotations, _RESTRICTIONS)
    if source is None or not isinstance(stated, Record):
        return
    values = dict(stated.values)
    if values.get("Searchable") is False:
        raise OptionNotAllowed(f"'{source.name}' cannot be searched.", target=scope.target, hint="Use $filter.")
    unsupported = values.get("UnsupportedExpressions")
    members = unsupported.members if isinstance(unsupported, EnumMember) else ()
    for used in _kinds(node):
        if used in members:
            raise OptionNotAllowed(
                f"A search of '{source.name}' takes no {used}{scope.place(node.span)}.",
                target=scope.target,
                hint="Search for words.",
            )


def _kinds(node: SearchExpression) -> Iterator[str]:
    """What of the grammar a search uses, as members of Capabilities.SearchExpressions."""
    match node:
        case SearchTerm(_, phrase):
            yield from ("phrase",) if phrase else ()
        case SearchNot(operand):
            yield "NOT"
            yield from _kinds(operand)
        case SearchChain(operator, operands):
            yield operator
            for operand in operands:
                yield from ("group",) if isinstance(operand, SearchChain) else ()
                yield from _kinds(operand)
        case SearchIncomplete():
            return
        case _:
            assert_never(node)
