"""`multipart/mixed` with parts of `application/http`: bytes become units of requests, and answers bytes.

Lines end with CRLF or LF alone; text before the first and behind the last delimiter says nothing; bodies stay as they
are to the byte. (Protocol 11.7.7; RFC 2046, 5.1; RFC 9112.)
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote, unquote

from odata_service.errors import BadRequest, ODataError, UnsupportedMediaType
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

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n(?=\r?\n)")
_LINE_END = re.compile(rb"\r?\n")
_CARRIAGE_RETURN = 0x0D
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")
_VERSION = re.compile(r"HTTP/\d(?:\.\d)?")
_ID_SAFE = "!#$&'*+-.^_`|~()/:<=>?@[]{},;"
_LONGEST_BOUNDARY = 200
_WITHOUT_BODY = frozenset({204, 304})


def boundary_of(content_type: str) -> str:
    """The boundary that a Content-Type states, without its quotes; `BadRequest` where there is none."""
    match = _BOUNDARY.search(content_type)
    found = "" if match is None else match[2] or re.sub(r"\\(.)", r"\1", match[1] or "")
    if not found or len(found) > _LONGEST_BOUNDARY or not found.isprintable():
        raise BadRequest(
            f"The Content-Type '{content_type[:80]}' states no boundary of at most {_LONGEST_BOUNDARY} characters.",
            target="Content-Type",
            hint="Send multipart/mixed;boundary=… with the text that stands between the parts.",
        )
    return found


def read_multipart(body: bytes, boundary: str, max_batch: int) -> tuple[Unit, ...]:
    """The units of a batch, in order; change sets are named after their place.

    `BadRequest` for a body that is not divided by its boundary, `PayloadTooLarge` beyond `max_batch` requests. What is
    wrong inside a part is told by a `Malformed` in its place.
    """
    counter = Counter(max_batch)
    return tuple(_unit(part, place, counter) for place, part in enumerate(_divided(body, boundary), 1))


def write_multipart(units: Iterable[Replies], boundary: str) -> Iterator[bytes]:
    """The answers of a batch, one piece for each unit; a group that has failed is one answer (Protocol 11.7.7.6).

    No boundary begins as the one around it does: readers may look for beginnings of lines alone. Those of groups begin
    with `changesetresponse_`, and go on with small letters, digits and hyphens: Kendo UI and Syncfusion look for that.
    A blank stands before `boundary`: SAP's odata-library looks for that.
    """
    start = f"--{boundary}\r\n".encode("ascii")
    for number, unit in enumerate(units, 1):
        if unit.group is None:
            yield b"".join(start + _written(reply) for reply in unit.replies)
        elif unit.failure is not None:
            yield start + _written(unit.failure)
        else:
            yield start + _written_group(unit, f"changesetresponse_{number}-{boundary.rpartition('_')[2]}")
    yield f"--{boundary}--\r\n".encode("ascii")


def write_message(reply: Reply) -> bytes:
    """An answer as `application/http` has it: its status line, headers and body."""
    headers = dict(reply.headers)
    if reply.status not in _WITHOUT_BODY:
        headers.setdefault("Content-Length", str(len(reply.body)))
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + reply.body


def _divided(body: bytes, boundary: str) -> Iterator[bytes]:
    """The parts between the delimiters of a multipart body; the closing one may miss its line end."""
    text = b"\n" + body
    found = _delimiter(boundary).search(text)
    if found is None and "%" in boundary:
        boundary = unquote(boundary)
        found = _delimiter(boundary).search(text)
    if found is None:
        raise BadRequest(
            f"The body has no line '--{boundary}'.",
            target="Content-Type",
            hint="Begin each part with such a line, and end the body with it and two more dashes.",
        )
    delimiter = _delimiter(boundary)
    while found[1] is None:
        following = delimiter.search(text, found.end())
        if following is None:
            raise BadRequest(
                f"The body ends before a line '--{boundary}--'.", hint="End the last part with the closing delimiter."
            )
        last = following.start() - (text[following.start() - 1] == _CARRIAGE_RETURN)
        yield text[_behind_line_end(text, found.end()) : last]
        found = following


def _behind_line_end(text: bytes, position: int) -> int:
    line_end = _LINE_END.match(text, position)
    return position if line_end is None else line_end.end()


def _delimiter(boundary: str) -> re.Pattern[bytes]:
    return re.compile(rb"\n--" + re.escape(boundary.encode("utf-8")) + rb"(--)?[ \t]*(?=\r?\n|\Z)")


def _unit(part: bytes, place: int, counter: Counter) -> Unit:
    try:
        headers, content = _head_and_content(part)
        media_type = headers.get("content-type", "")
        if media_type.partition(";")[0].strip().lower() == "multipart/mixed":
            return Unit(tuple(_change_set(content, media_type, counter)), f"changeset-{place}")
    except ODataError as error:
        counter.add()
        return Unit((Malformed(None, error),))
    counter.add()
    return Unit((_request(headers, content),))


def _change_set(content: bytes, media_type: str, counter: Counter) -> Iterator[Part]:
    """The requests of a change set; a Content-ID names one of them alone."""
    known = set[str]()
    for part in _divided(content, boundary_of(media_type)):
        counter.add()
        headers, message = _head_and_content(part)
        found = _request(headers, message)
        yield _doubled(found.id) if found.id in known else found
        if found.id is not None:
            known.add(found.id)


def _doubled(given: str | None) -> Malformed:
    return Malformed(
        given,
        BadRequest(
            f"The Content-ID '{given}' stands twice in one change set.",
            target="Content-ID",
            hint="Give each of its requests another one.",
        ),
    )


def _request(headers: Mapping[str, str], message: bytes) -> Part:
    """The request in a part of `application/http`."""
    given = None
    try:
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/http":
            raise UnsupportedMediaType(
                "A part of a batch is a request or a change set.",
                target="Content-Type",
                hint="Send application/http, or multipart/mixed for a change set.",
            )
        if "content-id" in headers:
            given = checked_id(headers["content-id"], "Content-ID")
        return _read_message(given, message)
    except ODataError as error:
        return Malformed(given, error)


def _read_message(given: str | None, message: bytes) -> BatchRequest:
    """The request that a message is; empty lines before its request line are passed over (RFC 9112, 2.2)."""
    message = message.lstrip(b"\r\n")
    line_end = _LINE_END.search(message)
    first, rest = (message, b"") if line_end is None else (message[: line_end.start()], message[line_end.end() :])
    try:
        line = first.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The request line is no UTF-8.", hint="Percent-encode the URL.") from error
    method, _, rest_of_line = line.partition(" ")
    url = rest_of_line.strip(" \t")
    start, blank, last = url.rpartition(" ")
    if blank and _VERSION.fullmatch(last):
        url = start.rstrip(" \t")
    if not url or not _METHOD.fullmatch(method):
        raise BadRequest(f"'{line[:60]}' is no request line.", hint="Write METHOD, a blank, the URL, then HTTP/1.1.")
    headers, body = _head_and_content(rest)
    if given is None and "content-id" in headers:  # where WCF Data Services says it
        given = checked_id(headers["content-id"], "Content-ID")
    return BatchRequest(given, method.upper(), url, headers, _cut(body, headers.get("content-length")))


def _cut(body: bytes, stated: str | None) -> bytes:
    """The body of a request: as long as its Content-Length says, else all up to the delimiter.

    Some clients count the line end that belongs to the delimiter.
    """
    if stated is None:
        return body
    if not stated.isascii() or not stated.isdigit() or len(stated) > 15:
        raise BadRequest(f"Content-Length '{stated[:20]}' is no length.", target="Content-Length")
    length = int(stated)
    if length > len(body) + 2 or body[length:].strip():
        if not body.isascii() and _is_length_in_units(length, body):
            return body.rstrip(b"\r\n")
        raise BadRequest(
            f"The body of this part has {len(body)} bytes, and its Content-Length says {length}.",
            target="Content-Length",
            hint="Count bytes, or leave the header out.",
        )
    return body[:length]


def _is_length_in_units(length: int, body: bytes) -> bool:
    """Whether a length is that of a text in units of UTF-16, which JavaScript counts: SAP's odata-library states it."""
    text = body.decode("utf-8", "replace").rstrip("\r\n")
    return len(text.encode("utf-16-le")) == 2 * length


def _head_and_content(part: bytes) -> tuple[dict[str, str], bytes]:
    """The headers of a part, their names in lower case, and what follows the blank line behind them."""
    start = _behind_line_end(part, 0)
    if start:
        return {}, part[start:]
    blank = _BLANK_LINE.search(part)
    head, rest = (part, b"") if blank is None else (part[: blank.start()], part[blank.end() :])
    if len(head) > MAX_HEADER_BYTES:
        raise BadRequest(f"The headers of a part are longer than {MAX_HEADER_BYTES} bytes.", hint="Send shorter ones.")
    headers: dict[str, str] = {}
    for line in _LINE_END.split(head.rstrip(b"\r\n")) if head.strip() else ():
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if not colon:
            raise BadRequest(f"'{name[:40]}' is no header.", hint="Write each header as 'Name: value'.")
        name, value = checked_header(name, value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers, rest[_behind_line_end(rest, 0) :]


def _written(reply: Reply) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if reply.id is not None:
        lines.append(f"Content-ID: {quote(reply.id, safe=_ID_SAFE)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + write_message(reply) + b"\r\n"


def _written_group(unit: Replies, boundary: str) -> bytes:
    start = f"--{boundary}\r\n".encode("ascii")
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode("ascii")
    parts = b"".join(start + _written(reply) for reply in unit.replies)
    return head + parts + f"--{boundary}--\r\n".encode("ascii")
