"""The JSON of documentation pages: comments, ellipses and stray commas are passed over, the rest read by pattern."""

import json
import re

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_NOISE = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/|\.\.\.|…", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\],])|(?<=[{{\[])\s*,")
_MEMBER = re.compile(rf"({_STRING})\s*:\s*({_STRING}|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?|[{{\[])?")


def read_members(text: str) -> tuple[dict[str, object], bool]:
    """The members of a JSON object, and whether they could be read as JSON, if only after small repairs."""
    for candidate in (text, _repaired(text)):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return (found, True) if isinstance(found, dict) else ({}, False)
    return _by_pattern(text), False


def _repaired(text: str) -> str:
    without_noise = _NOISE.sub(lambda match: match[1] or "", text)
    return _TRAILING_COMMA.sub(lambda match: match[1] or "", without_noise)


def _by_pattern(text: str) -> dict[str, object]:
    """The members that can be made out at the outermost level of a text that is not JSON."""
    found: dict[str, object] = {}
    for match in _MEMBER.finditer(text):
        if _depth(text[: match.start()]) <= 1:
            found.setdefault(match[1][1:-1], _value(match[2]))
    return found


def _depth(text: str) -> int:
    bare = re.sub(_STRING, "", text)
    return sum(bare.count(mark) for mark in "{[") - sum(bare.count(mark) for mark in "}]")


def _value(text: str | None) -> object:
    match text:
        case None:
            return None
        case "{":
            return {}
        case "[":
            return []
        case _:
            return text[1:-1] if text.startswith('"') else json.loads(text)
