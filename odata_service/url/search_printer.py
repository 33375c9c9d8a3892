"""Search expressions to decoded text; words that are spelt as operators stand in parentheses."""

from typing import assert_never

from odata_service.url.syntax import SearchChain, SearchExpression, SearchIncomplete, SearchNot, SearchTerm

_OPERATORS = frozenset({"AND", "OR", "NOT"})
_PRECEDENCE = {"OR": 1, "AND": 2}
_NEGATION = 3


def print_search(node: SearchExpression) -> str:
    """The decoded text of a search expression."""
    return _print(node, 0)


def _print(node: SearchExpression, minimum: int) -> str:
    match node:
        case SearchTerm(text, phrase):
            return f'"{text}"' if phrase else f"({text})" if text in _OPERATORS else text
        case SearchIncomplete(text):
            return "'" + text.replace("'", "''") + "'"
        case SearchNot(operand):
            return f"NOT {_print(operand, _NEGATION)}"
        case SearchChain(operator, operands):
            precedence = _PRECEDENCE[operator]
            text = f" {operator} ".join(_print(operand, precedence + 1) for operand in operands)
            return f"({text})" if precedence < minimum else text
        case _:
            assert_never(node)
