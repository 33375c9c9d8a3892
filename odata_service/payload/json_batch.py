"""JSON batches: one object becomes units of requests, and answers one object (JSON Format 19).

Bodies are cut out of the text as they stand: no number in them is rounded, and the reader of each finds its faults.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

import orjson
from msgspec import Struct

from odata_service.errors import BadRequest, ODataError, PayloadError
from odata_service.payload.batch import (
    MAX_HEADER_BYTES,
    BatchRequest,
    Counter,
    Malformed,
    Part,
    Replies,
    Reply,
    Unit,
    checked_header,
    checked_id,
)
from odata_service.payload.read import check_depth
from odata_service.settings import Limits

_AROUND_BODIES = 3
"""Levels of JSON that the batch itself has around the body of a request."""

_BLANKS = re.compile(r"[ \t\r\n]*")
_JSON = re.compile(r"application/(?:json|[\w.+-]+\+json)", re.ASCII)
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


class _Number(str):
    """A number as it is written."""


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number)


class _Member(Struct, frozen=True):
    """A member of a request object: its value, and the text that it was read from."""

    value: object
    text: str


def read_json_batch(body: bytes, limits: Limits) -> tuple[Unit, ...]:
    """The units of a batch, in order.

    `PayloadError` for what is no batch, for ids that are doubled, unknown or ahead; `PayloadTooLarge` beyond
    `max_batch` requests. What is wrong inside a request is told by a `Malformed` in its place.
    """
    check_depth(body, limits.max_depth and limits.max_depth + _AROUND_BODIES)
    try:
        objects = _Reader(body.decode("utf-8-sig"), Counter(limits.max_batch)).requests()
    except UnicodeDecodeError as error:
        raise PayloadError("The body is not UTF-8.", hint="Encode it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise PayloadError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    parts = [_grouped(found, f"requests/{place}") for place, found in enumerate(objects)]
    _check_ids(parts)
    units: list[Unit] = []
    for group, members in groupby(parts, key=itemgetter(0)):
        together = tuple(part for _, part in members)
        units += [Unit(together, group)] if group is not None else [Unit((part,)) for part in together]
    return tuple(units)


def write_json_batch(units: Iterable[Replies], spelled: Callable[[str], str]) -> Iterator[bytes]:
    """The answers of a batch, a piece for each unit; `spelled` gives the name of a header as it is to stand there."""
    before = b'{"responses":['
    for unit in units:
        for reply in unit.replies:
            yield before + orjson.dumps(_response(reply, unit.group, spelled))
            before = b","
    yield b"]}" if before == b"," else before + b"]}"


class _Reader:
    """Walks through the text of a batch; positions are those of its text."""

    def __init__(self, text: str, counter: Counter) -> None:
        self._text = text
        self._counter = counter

    def requests(self) -> list[dict[str, _Member]]:
        """The members of each request, by name."""
        found: list[dict[str, _Member]] | None = None
        position = self._after_blanks(0)
        if self._text[position : position + 1] != "{":
            raise PayloadError("The body is not an object.", hint='Send {"requests": […]}.')
        position = self._after_blanks(position + 1)
        while self._text[position : position + 1] != "}":
            name, position = self._name(position)
            if name == "requests":
                if found is not None:
                    raise PayloadError("The name 'requests' stands twice.", target="requests", hint="Write it once.")
                found, position = self._array(position)
            else:
                _, position = _DECODER.raw_decode(self._text, position)
            position = self._after_item(position, "}")
        if self._after_blanks(position + 1) < len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, self._after_blanks(position + 1))
        if found is None:
            raise PayloadError("The batch has no requests.", target="requests", hint='Send {"requests": […]}.')
        return found

    def _array(self, position: int) -> tuple[list[dict[str, _Member]], int]:
        if self._text[position : position + 1] != "[":
            raise PayloadError("'requests' is not an array.", target="requests", hint='Send {"requests": […]}.')
        found: list[dict[str, _Member]] = []
        position = self._after_blanks(position + 1)
        while self._text[position : position + 1] != "]":
            self._counter.add()
            members, position = self._request(position, f"requests/{len(found)}")
            found.append(members)
            position = self._after_item(position, "]")
        return found, position + 1

    def _request(self, position: int, path: str) -> tuple[dict[str, _Member], int]:
        if self._text[position : position + 1] != "{":
            raise PayloadError(f"'{path}' is not an object.", target=path, hint="Give it id, method and url.")
        members: dict[str, _Member] = {}
        position = self._after_blanks(position + 1)
        while self._text[position : position + 1] != "}":
            name, start = self._name(position)
            if name in members:
                raise PayloadError(
                    f"The name '{name[:40]}' stands twice in '{path}'.", target=path, hint="Once is enough."
                )
            value, position = _DECODER.raw_decode(self._text, start)
            members[name] = _Member(value, self._text[start:position])
            position = self._after_item(position, "}")
        return members, position + 1

    def _name(self, position: int) -> tuple[str, int]:
        """A name at a position, and where its value begins."""
        if self._text[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting a name in double quotes", self._text, position)
        name, position = _DECODER.raw_decode(self._text, position)
        position = self._after_blanks(position)
        if self._text[position : position + 1] != ":":
            raise json.JSONDecodeError("Expecting ':'", self._text, position)
        return name, self._after_blanks(position + 1)

    def _after_item(self, position: int, closing: str) -> int:
        """The place of the next item, or of the closing bracket."""
        position = self._after_blanks(position)
        if self._text[position : position + 1] == ",":
            following = self._after_blanks(position + 1)
            if self._text[following : following + 1] == closing:
                raise json.JSONDecodeError("Expecting a value behind ','", self._text, following)
            return following
        if self._text[position : position + 1] != closing:
            raise json.JSONDecodeError(f"Expecting ',' or '{closing}'", self._text, position)
        return position

    def _after_blanks(self, position: int) -> int:
        blanks = _BLANKS.match(self._text, position)
        assert blanks is not None, "no blanks are blanks too"
        return blanks.end()


def _grouped(members: Mapping[str, _Member], path: str) -> tuple[str | None, Part]:
    """A request and the group that it belongs to."""
    values = {name: member.value for name, member in members.items()}
    given = _id(values.get("id"), f"{path}/id")
    stated = values.get("atomicityGroup")
    group = None if stated is None else _id(stated, f"{path}/atomicityGroup")
    needs = values.get("dependsOn") or []
    if not isinstance(needs, list) or not all(type(need) is str for need in needs):
        raise PayloadError(f"'{path}/dependsOn' is no array of ids.", target=f"{path}/dependsOn", hint='Write ["1"].')
    try:
        return group, _request(given, members, tuple(needs), path)
    except ODataError as error:
        return group, Malformed(given, error)


def _id(value: object, path: str) -> str:
    if type(value) is not str:
        raise PayloadError(
            f"'{path}' is no text.", target=path, hint='Give each request an id of its own, such as "1".'
        )
    try:
        return checked_id(value, path)
    except BadRequest as error:
        raise PayloadError(error.text, target=path, hint=error.hint) from error


def _request(given: str, members: Mapping[str, _Member], needs: tuple[str, ...], path: str) -> BatchRequest:
    method = _text(members, "method", path).upper()
    if method not in _METHODS:
        raise PayloadError(
            f"'{method[:20]}' is no method of a batch.",
            target=f"{path}/method",
            hint="Write get, post, patch, put or delete.",
        )
    headers = _headers(members.get("headers"), path)
    condition = members.get("if")
    if condition is not None and type(condition.value) is not str:
        raise PayloadError(f"'{path}/if' is no expression.", target=f"{path}/if", hint="Write it as text.")
    has_body = method not in {"GET", "DELETE"}
    if has_body:
        headers.setdefault("content-type", "application/json")
    body = _body(members.get("body"), headers["content-type"], path) if has_body else b""
    told = None if condition is None else str(condition.value)
    return BatchRequest(given, method, _text(members, "url", path), headers, body, needs, told)


def _text(members: Mapping[str, _Member], name: str, path: str) -> str:
    found = members.get(name)
    if found is None or type(found.value) is not str:
        raise PayloadError(f"'{path}/{name}' is no text.", target=f"{path}/{name}", hint="Each request has one.")
    return found.value


def _headers(member: _Member | None, path: str) -> dict[str, str]:
    if member is None or member.value is None:
        return {}
    if not isinstance(member.value, dict) or not all(type(value) is str for value in member.value.values()):
        raise PayloadError(
            f"'{path}/headers' is no object of texts.", target=f"{path}/headers", hint='Write {"prefer": "…"}.'
        )
    if len(member.text) > MAX_HEADER_BYTES:
        raise PayloadError(f"The headers are longer than {MAX_HEADER_BYTES} characters.", target=f"{path}/headers")
    pairs = [checked_header(name, value) for name, value in member.value.items()]
    headers = dict(pairs)
    if len(headers) < len(pairs):
        raise PayloadError(
            "A header stands twice.", target=f"{path}/headers", hint="Letter case makes no other header."
        )
    return headers


def _body(member: _Member | None, content_type: str, path: str) -> bytes:
    """The bytes of a body: JSON as it stands, text, or what base64url stands for."""
    if member is None or member.value is None:
        return b""
    media_type = content_type.partition(";")[0].strip().lower()
    target = f"{path}/body"
    if _JSON.fullmatch(media_type):
        return _encoded(member.text, target)
    if type(member.value) is not str:
        raise PayloadError(f"A body of '{media_type[:40]}' is a text.", target=target, hint="Encode it with base64url.")
    if media_type.startswith("text/"):
        return _encoded(member.value, target)
    try:
        text = member.value.rstrip("=")
        return urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise PayloadError("The body is no base64url.", target=target, hint="Encode its bytes so.") from error


def _encoded(text: str, target: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PayloadError("The body holds half a surrogate pair.", target=target, hint="Send whole ones.") from error


def _check_ids(parts: Iterable[tuple[str | None, Part]]) -> None:
    """`PayloadError` for ids that are not unique, groups in pieces, and needs that no earlier request meets."""
    known: set[str] = set()
    current = None
    for place, (group, part) in enumerate(parts):
        assert part.id is not None, "each request of a JSON batch has an id"
        path = f"requests/{place}"
        if group is not None and group != current:
            _refuse_known(group, known, f"{path}/atomicityGroup")
            known.add(group)
        current = group
        needs = part.needs if isinstance(part, BatchRequest) else ()
        unknown = next((need for need in needs if need not in known or need == group), None)
        if unknown is not None:
            raise PayloadError(
                f"'{unknown[:40]}' is no id of a request before this one.",
                target=f"{path}/dependsOn",
                hint="A request depends on earlier ones, and on groups that it does not belong to.",
            )
        _refuse_known(part.id, known, f"{path}/id")
        known.add(part.id)


def _refuse_known(text: str, known: set[str], path: str) -> None:
    if text in known:
        raise PayloadError(
            f"'{text}' has been an id or a group before.",
            target=path,
            hint="Give each request an id of its own, and let the requests of a group stand together.",
        )


def _response(reply: Reply, group: str | None, spelled: Callable[[str], str]) -> dict[str, object]:
    members: dict[str, object] = {} if reply.id is None else {"id": reply.id}
    if group is not None:
        members["atomicityGroup"] = group
    members["status"] = reply.status
    members["headers"] = {spelled(name): value for name, value in reply.headers.items()}
    if reply.body:
        members["body"] = _shown(reply)
    return members


def _shown(reply: Reply) -> object:
    media_type = reply.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    if _JSON.fullmatch(media_type):
        return orjson.Fragment(reply.body)
    if media_type.startswith("text/"):
        try:
            return reply.body.decode("utf-8")
        except UnicodeDecodeError:  # a stream that says it is text in another charset
            return reply.body.decode("latin-1")
    return urlsafe_b64encode(reply.body).rstrip(b"=").decode("ascii")
