"""The JSON of documentation pages: comments, ellipses and stray commas are passed over, the rest read by pattern."""

import json
import re
from typing import Literal

Form = Literal["json", "repaired", "pattern"]
"""How a text could be read: as it is, after commas were dropped, or by picking out what looks like a member."""

_BEGUN = r'"(?:[^"\\\n]++|\\.)*+'
_STRING = f'{_BEGUN}"'
_PASSED = f'{_BEGUN}"?'
"""A string, also one that is never closed: what stands in it is not looked through again from its next quote on."""
_NOISE = re.compile(rf"({_PASSED})|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|\.\.\.|…", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_PASSED})|,(?=\s*[}}\],])|(?<=[{{\[])\s*,")
_NUMBER = r"-?(?:0|[1-9]\d{0,99})(?:\.\d{1,99})?"
_MARKS = re.compile(rf"({_STRING})\s*:\s*({_STRING}|{_NUMBER}|[A-Za-z]\w*|[{{\[])?|{_PASSED}|[{{}}\[\]]")
_OPEN = frozenset("{[")


def read_members(text: str) -> tuple[dict[str, object], Form]:
    """The members of a JSON object, and how they could be read.

    >>> read_members('{"a": [1, ...], }')
    ({'a': [1]}, 'repaired')
    >>> read_members('{"a": String "b": {"c": 1}')
    ({'a': 'String', 'b': {}}, 'pattern')
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _repaired_members(text)
    return (found, "json") if isinstance(found, dict) else ({}, "pattern")


def _repaired_members(text: str) -> tuple[dict[str, object], Form]:
    bare = _NOISE.sub(lambda match: match[1] or "", text)
    without_commas = _TRAILING_COMMA.sub(lambda match: match[1] or "", bare)
    try:
        found = json.loads(without_commas)
    except (ValueError, RecursionError):
        return _by_pattern(bare), "pattern"
    if not isinstance(found, dict):
        return {}, "pattern"
    return found, "json" if without_commas == bare else "repaired"


def _by_pattern(text: str) -> dict[str, object]:
    """The members that can be made out at the outermost level of a text that is not JSON."""
    found: dict[str, object] = {}
    depth = 0
    for match in _MARKS.finditer(text):
        name, value = match[1], match[2]
        if name is not None and depth <= 1:
            found.setdefault(name[1:-1], _value(value))
        mark = value if name is not None else match[0]
        if mark in _OPEN:
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
    return found


def _value(text: str | None) -> object:
    match text:
        case None:
            return None
        case "{":
            return {}
        case "[":
            return []
        case "true" | "false" | "null":
            return json.loads(text)
        case _ if text[0] == '"':
            return text[1:-1]
        case _ if text[0].isalpha():
            return text
        case _:
            return json.loads(text)
