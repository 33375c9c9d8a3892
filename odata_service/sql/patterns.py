"""Patterns that a database might go through without end: it tries one way after another, and does not get them.

They are code to it, our own automaton, which goes through a text once whatever the pattern (`edm.patterns`).
"""

from collections.abc import Sequence
from functools import partial

from peewee import Node

from odata_service.edm.computations import Code, Coded
from odata_service.edm.pattern_ways import is_quick, trimmed
from odata_service.edm.patterns import automaton_of, parse_pattern
from odata_service.edm.types import BOOLEAN, STRING
from odata_service.semantics.tree import Call, CodeCall, Constant
from odata_service.sql import expression
from odata_service.sql.code import code_call


def matched_by_code(node: Call, scope: "expression.Scope") -> Node | None:
    """Whether a text matches, as code says it; None where the database itself matches the pattern."""
    text, pattern = node.arguments
    assert isinstance(pattern, Constant) and isinstance(pattern.value, str), "patterns are constant texts"
    if not scope.family.operations.backtracks or is_quick(trimmed(parse_pattern(pattern.value))):
        return None
    coded = Coded(partial(_is_in, pattern.value), ("text",))
    code = Code(f"matchesPattern({pattern.value})", (STRING,), BOOLEAN, coded, needs=True)
    return code_call(CodeCall(code, (text,), BOOLEAN), scope)


def _is_in(pattern: str, values: Sequence[object]) -> bool:
    (text,) = values
    return automaton_of(pattern).is_in(str(text))
