"""A property's description in, what its sentences state out: read-only, required, lengths, values, query options."""

import re
from typing import NamedTuple

_READ_ONLY = re.compile(r"\bread[- ]?only\b(?! if| when| for)", re.IGNORECASE)
_NOT_READ_ONLY = re.compile(
    r"\bnot read[- ]?only\b|(?:^|[.;>] ?)(?:once|after)\b[^.]{0,80}\bread[- ]?only\b|"
    r"\bread[- ]?only (?:access|mode|permission)",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"(?:^|[.;:>*(] ?)(?:this (?:property|field) is )?Required\b"
    r"(?! (?:if|when|for|only|format|fields?|by|permissions?|roles?)\b)",
    re.IGNORECASE,
)
_NOT_NULLABLE = re.compile(
    r"\b(?:not[- ]|non[- ]?)null(?:able)?\b|\b(?:cannot|can't|must not) be null\b", re.IGNORECASE
)
_KEY = re.compile(
    r"(?:^|[.;>] ?)(?:The )?(?:Primary )?Key(?: of the entity)?(?:\.|;|$|, *(?:not|non)[- ]?null)|"
    r"\bNotes?\b\W{1,8}key\b|\bkey\. *not nullable",
    re.IGNORECASE,
)
_IMMUTABLE = re.compile(
    r"\bimmutable\b|\b(?:cannot|can't|can not|may not) be (?:changed|modified|updated)\b(?! (?:by|if|when|while))",
    re.IGNORECASE,
)
_MAX_LENGTH = re.compile(
    r"\bmax(?:imum)?\.? (?:allowed )?(?:length|size|number of characters)\D{0,12}?(\d[\d,]*)|"
    r"\bmax(?:imum)?(?:\. (\d+)|\.?(?: of)? (\d[\d,]*) characters)|"
    r"\b(?:limited to|up to|at most) (\d[\d,]*) characters",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"\bdefault(?: value)?(?: is|:| =|,)?(?: set to)? ?`([^`]*)`", re.IGNORECASE)
_DEPRECATED = re.compile(r"(?:^|[.;:>\[*(_] ?)\(?deprecated\b|\bis deprecated\b", re.IGNORECASE)
_INHERITED = re.compile(
    r"\bInherited from (?:the )?(?:\[([^\]]*)\](?:\(([^)]*)\))?|[*`]*([A-Za-z][\w.]*))", re.IGNORECASE
)
_OPTION = re.compile(
    r"\b(supports?|does(?: not|n't) support|not support(?:ed)?|can(?:not|'t) be used (?:in|with))\b([^.]*)",
    re.IGNORECASE,
)
_FILTER = re.compile(r"\$filter`?\s*(?:\(([^)]*)\)|with ([^.]*))?")
_OPERATOR = re.compile(r"\b(?:eq|ne|gt|ge|lt|le|in|not|startsWith|endsWith|contains|any|has)\b", re.IGNORECASE)

_VALUES = re.compile(
    r"\b(?:(?:possible|allowed|supported|valid|permitted|accepted|acceptable|available) (?:enum |string )?values?"
    r"(?: for [^:.`]{1,60}?| of [^:.`]{1,60}?)?|(?:one of )?the following values(?: [^:.`]{1,60}?)?|"
    r"must be(?= one of)|(?:^|(?<=[.>] )|property )values(?=:| are:))"
    r"(?: (?:are|is|include|includes|can be))?(?: one of)?(?: the following)?\s*[:=]?\s*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\bcomma[- ](?:separated|delimited)\b|\bseparated by commas?\b|\b(?:values|they) (?:can|may) be combined\b|"
    r"\bany combination of\b",
    re.IGNORECASE,
)
_MORE_VALUES = re.compile(r"get the following (?:values?|members?)[^:`]*:", re.IGNORECASE)
_TICKED = re.compile(
    r"(?:[\s,;|/]|</?(?:br|ul|li|p)\s*/?>)*(?:\b(?:and|or)\b)?[\s,;|/&]*[\"'*]*`[\"']?([^`]*?)[\"']?`[\"'*]*(?:\s*\((?:[^()]*)\))?",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(r"`([^`]+)`[*\s]*[-\u2013\u2014:=]")
_FIRST_EXPLAINED = re.compile(rf"(?:\s|</?(?:br|ul|li|p)\b[^<>]*>|[-*\u2022])*{_EXPLAINED.pattern}", re.IGNORECASE)
_GOES_ON = re.compile(r"\s*`[^`]+`\s+[a-z]")
"""A first value that words follow: others stand behind them, and those alone would be too few."""

_BARE_LIST = re.compile(r"[^.;<`\[]*(?:\.\w[^.;<`\[]*)*")
_SEPARATOR = re.compile(r"\s*(?:,|\||\bor\b|\band\b)\s*", re.IGNORECASE)
_REMARK = re.compile(r"\s*\([^()]*\)")
_TICKED_VALUE = re.compile(r"[^\s`]+(?: [^\s`]+){0,3}")
_NO_VALUE = re.compile(rf"\$.*|true|false|null|{_OPERATOR.pattern}", re.IGNORECASE)
_BARE_VALUE = re.compile(r"[\w-]+")


class Statements(NamedTuple):
    """What a description states; None where it says nothing.

    `filter_operators` are the operators and functions after `Supports $filter`; `not_queryable` are the system query
    options that the description says are not supported. `several` says that one text may hold several of the values.
    """

    read_only: bool = False
    required: bool = False
    not_nullable: bool = False
    key: bool = False
    immutable: bool = False
    deprecated: bool = False
    max_length: int | None = None
    default: str | None = None
    values: tuple[str, ...] = ()
    several: bool = False
    filter_operators: tuple[str, ...] = ()
    not_queryable: frozenset[str] = frozenset()
    inherited_from: str | None = None


NOTHING = Statements()


def read_statements(text: str) -> Statements:
    """What a description says in the phrases that such pages use.

    >>> read_statements("Kind of task. Possible values are: `low`, `high`. Read-only.").values
    ('low', 'high')
    """
    lower = text.lower()
    found: dict[str, object] = {}
    if "read" in lower and _READ_ONLY.search(text) and not _NOT_READ_ONLY.search(text):
        found["read_only"] = True
    if "required" in lower and _REQUIRED.search(text):
        found["required"] = True
    if "null" in lower and _NOT_NULLABLE.search(text):
        found["not_nullable"] = True
    if "key" in lower and _KEY.search(text):
        found["key"] = True
    if "deprecated" in lower and _DEPRECATED.search(text):
        found["deprecated"] = True
    _read_limits(text, lower, found)
    if "inherited from" in lower and (base := _INHERITED.search(text)):
        found["inherited_from"] = (base[1] or base[3] or "").strip("* `.") or None
    if "$" in text and "support" in lower:
        _read_options(text, found)
    if "value" in lower and (values := listed_values(text)):
        found["values"] = values
        if _SEVERAL.search(text):
            found["several"] = True
    return Statements(**found) if found else NOTHING  # type: ignore[arg-type]  # each name was given its own type


def _read_limits(text: str, lower: str, found: dict[str, object]) -> None:
    if ("immutable" in lower or " be " in lower) and _IMMUTABLE.search(text):
        found["immutable"] = True
    if ("max" in lower or "characters" in lower) and (length := _MAX_LENGTH.search(text)):
        found["max_length"] = int(next(filter(None, length.groups())).replace(",", ""))
    if "default" in lower and (default := _DEFAULT.search(text)):
        found["default"] = default[1].strip("\"' ")


def _read_options(text: str, found: dict[str, object]) -> None:
    """The system query options that are said to be supported, or not to be."""
    supported: set[str] = set()
    refused: set[str] = set()
    for match in _OPTION.finditer(text):
        options = set(re.findall(r"\$(filter|orderby|search|expand)\b", match[2]))
        (supported if match[1].lower().startswith("support") else refused).update(options)
    if refused - supported:
        found["not_queryable"] = frozenset(refused - supported)
    stated = _FILTER.search(text) if "filter" in supported else None
    if stated is not None:
        operators = _OPERATOR.findall(stated[1] or stated[2] or "")
        if operators:
            found["filter_operators"] = tuple(dict.fromkeys(operator.lower() for operator in operators))


def listed_values(text: str) -> tuple[str, ...]:
    """The values that a description lists, without repetition, in their order; empty where it lists none.

    >>> listed_values("Supported values are home, work, and other. Read-only.")
    ('home', 'work', 'other')
    """
    start = next((match.end() for match in _VALUES.finditer(text) if _listed(text, match.end())), None)
    if start is None:
        return ()
    values = _listed(text, start)
    if len(values) == 1 and _GOES_ON.match(text, start):
        return ()
    further = _MORE_VALUES.search(text, start)
    if further is not None and values:
        values = (*values, *_ticked(text, further.end()))
    return tuple(dict.fromkeys(value for value in values if value.lower() != "null"))


def loosely_listed_values(text: str) -> tuple[str, ...]:
    """The first list of several back-ticked values, whatever leads to it; for properties whose type must be a list.

    >>> loosely_listed_values("The kind: `daily`, `weekly`. Supports `$filter` (`eq`, `ne`).")
    ('daily', 'weekly')
    """
    start = 0
    while (place := text.find("`", start)) >= 0:
        found = _ticked(text, place)
        if len(found) > 1 and not any(_NO_VALUE.fullmatch(value) for value in found):
            return tuple(dict.fromkeys(found))
        start = text.find("`", place + 1) + 1 or len(text)
    return ()


def _listed(text: str, start: int) -> tuple[str, ...]:
    return _explained(text, start) or _ticked(text, start) or _bare(text, start)


def _explained(text: str, start: int) -> tuple[str, ...]:
    """The back-ticked values of a list whose first one is explained, `a` - one way, `b` - another."""
    if not _FIRST_EXPLAINED.match(text, start):
        return ()
    return tuple(value for value in _EXPLAINED.findall(text, start) if _TICKED_VALUE.fullmatch(value))


def _ticked(text: str, start: int) -> tuple[str, ...]:
    """The back-ticked values from a place on, up to the first other word."""
    values = []
    while (match := _TICKED.match(text, start)) is not None and _TICKED_VALUE.fullmatch(match[1].strip()):
        values.append(match[1].strip().rstrip(",;"))
        start = match.end()
    return tuple(values)


def _bare(text: str, start: int) -> tuple[str, ...]:
    """The values of a list without back-ticks; nothing where one of its parts is more than a word."""
    match = _BARE_LIST.match(text, start)
    parts = _SEPARATOR.split(_REMARK.sub("", match[0]).strip()) if match else []
    values = [part.strip("\"'*_ ") for part in parts if part.strip("\"'*_ ")]
    return tuple(values) if len(values) > 1 and all(_BARE_VALUE.fullmatch(value) for value in values) else ()
