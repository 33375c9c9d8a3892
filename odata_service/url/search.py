"""$search: words and phrases, NOT before AND before OR, AND where nothing is written (URL Conventions 5.1.7).

The operators are in capitals, and words where no operand follows them. A semicolon belongs to a word unless an option
begins behind it.
"""

import re
from collections.abc import Iterator

from odata_service.url.lexer import Cursor
from odata_service.url.syntax import SearchChain, SearchExpression, SearchIncomplete, SearchNot, SearchTerm

_FOLLOWED = r"(?=\s+[^\s);]|\()"
_OR = re.compile(rf"\s+OR{_FOLLOWED}\s*")
_AND = re.compile(rf"\s+(?:AND{_FOLLOWED}\s*)?(?=[^\s);])")
_NOT = re.compile(rf"NOT{_FOLLOWED}\s*")
_PHRASE = re.compile(r'"([^"]+)"')
_WORD = re.compile(r"""[^\s()"';](?:[^\s()";]|;(?![ \t]*[$@]?\w+[ \t]*=))*""")
_INCOMPLETE = re.compile(r"'([^']*(?:''[^']*)*)'")
_TOKEN = re.compile(rf"(?P<term>{_PHRASE.pattern}|{_WORD.pattern})|[()]|\s+")
_MISTAKES = (
    (re.compile(r'\s*""'), "words between double quotes"),
    (re.compile(r'\s*"'), "a second double quote where the phrase ends"),
    (re.compile(r"\s*'"), "a second quote where the text ends, and '' for a quote inside it"),
)
_NAMING = re.compile(r'"?\w+:')
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def search(cursor: Cursor) -> SearchExpression:
    """A search expression, or an incomplete one in single quotes."""
    cursor.blanks()
    start = cursor.position
    incomplete = cursor.match(_INCOMPLETE)
    if incomplete is not None:
        return SearchIncomplete(incomplete[1].replace("''", "'"), cursor.span(start))
    return _alternatives(cursor)


def scanned_terms(text: str, position: int) -> Iterator[tuple[int, int]]:
    """Where the words and phrases of a search stand that begins at a position, found without parsing it.

    What may be an operator is none of them, nor what may name a property, nor anything of an incomplete search.

    >>> [text[start:end] for text in ['(a OR "b c" OR "name:d")) e'] for start, end in scanned_terms(text, 0)]
    ['a', '"b c"']
    """
    depth = 0
    while (found := _TOKEN.match(text, position)) is not None:
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth < 0:
            return
        if found["term"] is not None and found[0] not in _OPERATORS and not _NAMING.match(found[0]):
            yield found.span()
        position = found.end()


def _alternatives(cursor: Cursor) -> SearchExpression:
    start = cursor.position
    operands = [_conjunction(cursor)]
    while cursor.match(_OR):
        cursor.budget.node()
        operands.append(_conjunction(cursor))
    return operands[0] if len(operands) == 1 else SearchChain("OR", tuple(operands), cursor.span(start))


def _conjunction(cursor: Cursor) -> SearchExpression:
    start = cursor.position
    operands = [_operand(cursor)]
    while _OR.match(cursor.text, cursor.position) is None and cursor.match(_AND):
        cursor.budget.node()
        operands.append(_operand(cursor))
    return operands[0] if len(operands) == 1 else SearchChain("AND", tuple(operands), cursor.span(start))


def _operand(cursor: Cursor) -> SearchExpression:
    start = cursor.position
    if cursor.match(_NOT):
        cursor.budget.node()
        cursor.budget.enter()
        negated = _operand(cursor)
        cursor.budget.leave()
        return SearchNot(negated, cursor.span(start))
    if cursor.accept("("):
        return _group(cursor)
    phrase = cursor.match(_PHRASE)
    if phrase is not None:
        return SearchTerm(phrase[1], phrase=True, span=cursor.span(start))
    word = cursor.match(_WORD)
    if word is None:
        raise cursor.error("a word, a phrase in double quotes or NOT", mistakes=_MISTAKES)
    return SearchTerm(word[0], span=cursor.span(start))


def _group(cursor: Cursor) -> SearchExpression:
    cursor.budget.node()
    cursor.budget.enter()
    cursor.blanks()
    inner = _alternatives(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return inner
