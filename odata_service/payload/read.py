"""A request body becomes a JSON object, the reference in it, or the parameters of an action: strict JSON (RFC 8259)."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from odata_service.edm.json_text import LONGEST_NUMBER
from odata_service.edm.operations import Parameter
from odata_service.edm.types import TypeRef
from odata_service.errors import PayloadError, did_you_mean
from odata_service.settings import Limits

Read = TypeVar("Read")

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"{[]}"))
_NO_STRUCTURE = bytes(set(range(256)) - set(b"{:}"))
_COLON, _BEGIN = b":{"
_BYTES_OF_A_MEMBER = 100
"""So long a member of an object is thought to be, where names are looked for at the beginning of a body."""


def read_reference(body: bytes, limits: Limits) -> str:
    """The id of the entity that a body refers to (JSON Format 14)."""
    return _reference(read_object(body, limits))


def read_references(body: bytes, limits: Limits) -> list[str]:
    """The ids of the entities that a body refers to (Protocol 11.4.6.4)."""
    references = read_object(body, limits).get("value")
    if not isinstance(references, list):
        raise PayloadError(
            "The body has no collection of references.", target="value", hint='Send {"value": [{"@odata.id": "…"}]}.'
        )
    return [_reference(found if isinstance(found, dict) else {}) for found in references]


def _reference(members: Mapping[str, object]) -> str:
    found = members.get("@odata.id", members.get("@id"))
    if not isinstance(found, str):
        raise PayloadError("The body refers to no entity.", target="@odata.id", hint='Send {"@odata.id": "Set(…)"}.')
    return found


def read_parameters(
    body: bytes, parameters: Sequence[Parameter], read: Callable[[object, TypeRef, str], Read], limits: Limits
) -> dict[str, Read]:
    """The parameters that the body of an action states, by name, each as `read` reads it (Protocol 11.5.5.1).

    `PayloadError` for one that the action does not have. An empty body states none.
    """
    members = read_object(body, limits) if body.strip() else {}
    types = {parameter.name: parameter.type for parameter in parameters}
    stated = {name: value for name, value in members.items() if "@" not in name}
    unknown = next((name for name in stated if name not in types), None)
    if unknown is not None:
        known = f"It takes {', '.join(types)}." if types else "It takes none: leave the body empty."
        raise PayloadError(
            f"The action has no parameter '{unknown}'.", target=unknown, hint=did_you_mean(unknown, types) or known
        )
    return {name: read(value, types[name], name) for name, value in stated.items()}


def read_object(body: bytes, limits: Limits) -> dict[str, object]:
    """The members of the JSON object that a body is; numbers as `int` and `Decimal`, no name twice in one object."""
    if not body.strip():
        raise PayloadError("The body is empty.", hint="Send a JSON object.")
    check_depth(body, limits.max_depth)
    _check_members(body, limits.max_members)
    try:
        text = body.decode("utf-8-sig")
        parsed = _decoder(limits.max_members, may_be_halves="\\u" in text).decode(text)
    except UnicodeDecodeError as error:
        raise PayloadError("The body is not UTF-8.", hint="Encode it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise PayloadError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    if not isinstance(parsed, dict):
        raise PayloadError("The body is not an object.", hint='Send a JSON object: {"property": value}.')
    return parsed


def check_depth(body: bytes, limit: int) -> None:
    """Counts brackets before any parser recurses into them; `PayloadError` beyond a limit, 0 is 500."""
    if body.count(b"{") + body.count(b"[") > (limit or 500) and levels_of(body) > (limit or 500):
        raise PayloadError(f"The body is nested deeper than {limit or 500} levels (--max-depth).", hint="Flatten it.")


def levels_of(text: bytes) -> int:
    """How deep JSON is nested, counted without recursion."""
    depth = deepest = 0
    for character in _STRINGS.sub(b"", text).translate(None, _NO_BRACKETS):
        if character in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _check_members(body: bytes, limit: int) -> None:
    """Looks for too many names in one object near the beginning: a parser would meet the end of the object first."""
    if not limit or body.count(b":") <= limit:
        return
    counts = [0]
    for character in _STRINGS.sub(b"", body[: limit * _BYTES_OF_A_MEMBER]).translate(None, _NO_STRUCTURE):
        if character == _COLON:
            counts[-1] += 1
            if counts[-1] > limit:
                raise _too_many(limit)
        elif character == _BEGIN:
            counts.append(0)
        elif len(counts) > 1:
            counts.pop()


def _too_many(limit: int) -> PayloadError:
    return PayloadError(
        f"An object of the body has more than {limit} names (--max-members).", hint="State what the type has."
    )


def distinct_members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON; `PayloadError` for a doubled name."""
    members = dict(pairs)
    if len(members) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        doubled = next(name for name, times in counted.items() if times > 1)
        raise PayloadError(f"The name '{doubled}' stands twice in one object.", target=doubled, hint="Write it once.")
    return members


def whole_members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object whose texts may hold escapes; `PayloadError` for halves of a character, and for a doubled name."""
    members = distinct_members(pairs)
    for name, value in pairs:
        if isinstance(value, str | list) and any(_SURROGATE.search(text) for text in _texts(value)):
            raise PayloadError(
                f"Property '{name}' holds half a surrogate pair.", target=name, hint="Send whole characters."
            )
    return members


def _texts(value: str | list[object]) -> Iterator[str]:
    """The texts of a member: itself, or those in an array; an object's members have been seen."""
    if isinstance(value, str):
        yield value
    else:
        for item in value:
            if isinstance(item, str | list):
                yield from _texts(item)


def read_number(text: str) -> Decimal:
    """A number with a fraction or an exponent; `PayloadError` for one that no type has a place for."""
    value = Decimal(text)
    if len(text) > LONGEST_NUMBER or abs(value.adjusted()) > LONGEST_NUMBER:
        raise PayloadError(f"The number {text[:40]}… is out of every range.")
    return value


def read_integer(text: str) -> int:
    """A whole number; `PayloadError` for one that no type has a place for."""
    if len(text) > LONGEST_NUMBER:
        raise PayloadError(f"The number {text[:40]}… is out of every range.")
    return int(text)


def _refuse_constant(text: str) -> object:
    raise PayloadError(f"{text} is not JSON.", hint=f'Write "{text.replace("Infinity", "INF")}" for a Double.')


@lru_cache(maxsize=10)
def _decoder(limit: int, *, may_be_halves: bool) -> json.JSONDecoder:
    """What decodes texts; `limit` bounds the names of an object, and texts that have escapes may have halves of
    characters.
    """
    read: Callable[[Sequence[tuple[str, object]]], object] = whole_members if may_be_halves else distinct_members

    def members(pairs: Sequence[tuple[str, object]]) -> object:
        if limit and len(pairs) > limit:
            raise _too_many(limit)
        return read(pairs)

    return json.JSONDecoder(
        object_pairs_hook=members, parse_float=read_number, parse_int=read_integer, parse_constant=_refuse_constant
    )
