"""$search as a condition over the texts of an entity (Protocol 11.2.6.6; URL Conventions 5.1.7).

A word or a phrase is found in a text that contains it, whatever the case of its letters.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from odata_service.edm.annotations import CAPABILITIES, EnumMember, Record, annotation_value
from odata_service.edm.searched import SearchedPath, searched_paths
from odata_service.edm.types import BOOLEAN, STRING, Kind, kind_of
from odata_service.errors import LimitExceeded, OptionNotAllowed
from odata_service.semantics.access import Owner, access_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Binary, Call, Constant, Expression, Logical, PropertyAccess, Unary
from odata_service.url.syntax import (
    Literal,
    LiteralKind,
    SearchChain,
    SearchExpression,
    SearchIncomplete,
    SearchNot,
    SearchTerm,
)

_RESTRICTIONS = f"{CAPABILITIES}.SearchRestrictions"


def resolve_search(node: SearchExpression, scope: Scope) -> Expression:
    """The condition that a search stands for: true or false, never null."""
    _check_restrictions(node, scope)
    texts = _texts(scope)
    if not texts:
        raise OptionNotAllowed(
            f"{_searched(scope)} has no texts to search in.", target=scope.target, hint="Use $filter."
        )
    limit = scope.request.limits.max_nodes
    if limit and len(texts) * sum(1 for _ in _terms(node)) > limit:
        raise LimitExceeded(
            f"A search of {len(texts)} properties for so many words is more than {limit} comparisons (--max-nodes).",
            target=scope.target,
            hint="Search for fewer words.",
        )
    return _condition(node, texts, scope)


def _texts(scope: Scope) -> list[Expression]:
    """Where a search at a place looks: into the searched properties, or a member of a collection that is a text itself.

    Behind transformations that make other instances, into all texts that these have.
    """
    instance, schema = scope.holder, scope.request.schema
    if instance is not None and schema.structured_type(instance.type.name) is None:
        return [instance] if kind_of(instance.type) is Kind.STRING else []
    if scope.result is not None and instance is None and not scope.result.whole:
        return [member for member in scope.result.members if kind_of(member.type) is Kind.STRING]
    return [_access(path, scope) for path in searched_paths(scope.entity_type, schema)]


def _looked_for(text: str, texts: Sequence[Expression], scope: Scope) -> tuple[str, Sequence[Expression]]:
    """What a term looks for, and where: a model with this habit names the property in front, `name:Ada`.

    What stands before the colon and is none of the texts belongs to what is looked for.
    """
    name, colon, rest = text.partition(":")
    if not (colon and rest and scope.request.schema.profile.search_names_property):
        return text, texts
    named = [known for known in texts if isinstance(known, PropertyAccess) and known.property.name == name]
    return (rest, named) if named else (text, texts)


def _searched(scope: Scope) -> str:
    """What is searched, for people."""
    is_result = scope.result is not None and scope.instance is None and not scope.result.whole
    return "What the transformations leave" if is_result else f"'{scope.entity_type}'"


def _access(path: SearchedPath, scope: Scope) -> PropertyAccess:
    """A searched property of the current instance."""
    source = scope.entity_set
    base = scope.entity_type if source is None else source.entity_type
    owner: Owner = scope.holder
    for holder, part in path:
        owner = access_of(part, holder, base, owner, scope.request.schema)
        base = part.type.name
    assert isinstance(owner, PropertyAccess), "a path has a step"
    return owner


def _condition(node: SearchExpression, texts: Sequence[Expression], scope: Scope) -> Expression:
    match node:
        case SearchTerm(text):
            wanted, places = _looked_for(text, texts, scope)
            return _contained(scope.value(Literal(LiteralKind.SEARCHED, wanted, span=node.span), STRING), places)
        case SearchIncomplete(text):
            words = text.replace('"', " ").split()
            return _chain("and", [_contained(Constant(word, STRING), texts) for word in words])
        case SearchNot(operand):
            return Unary("not", _condition(operand, texts, scope), BOOLEAN)
        case SearchChain(operator, operands):
            return _chain(operator.lower(), [_condition(operand, texts, scope) for operand in operands])
        case _:
            assert_never(node)


def _contained(term: Expression, texts: Sequence[Expression]) -> Expression:
    """Whether some text contains a word or phrase: one that is null does not."""
    wanted = Call("tolower", (term,), STRING)
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
