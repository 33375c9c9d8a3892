"""Hostile requests as a file of cases describes them: sent byte by byte, and judged by what comes back."""

import base64
import gzip
import http.client
import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from tests.asking import Answer

Case = Mapping[str, Any]

SLOW_SECONDS = 2.0
_WAIT_SECONDS = 12.0
_INTERNALS = re.compile(
    r"Traceback \(most|\.py\", line \d|site-packages|sqlite3\.|psycopg|pymysql|peewee\.|werkzeug\.|SQLITE_[A-Z]"
    r"|OperationalError|IntegrityError|ProgrammingError|unrecognized token|syntax error\b.*near"
    r"|root:x:0:0|/usr/lib/python"
    r"|\bSELECT\b.+\bFROM\b.+\bWHERE\b",
    re.DOTALL,
)
_STATUS_LINE = re.compile(rb"^HTTP/1\.1 (\d{3}) ", re.MULTILINE)
_MARKUP = re.compile(r"<(?:script>alert|img src=x|svg onload)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and the seconds it took; None where the connection was closed without one."""

    answer: Answer | None
    seconds: float

    @property
    def status(self) -> str:
        """The status, or `close`."""
        return str(self.answer.status) if self.answer is not None else "close"


def reply_to(case: Case, base_url: str) -> Reply:
    """Sends the request of a case exactly as it stands."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None and parts.port is not None, "services under test have ports"
    if "raw" in case:
        text = str(case["raw"]).replace("{host}", parts.netloc).replace("{base}", parts.path)
        return _send(text.encode("utf-8", "surrogateescape"), case, (parts.hostname, parts.port))
    path = case["path"] + (_repeated(case["path_repeat"]) if "path_repeat" in case else "")
    target = path[1:] if path.startswith("//") else parts.path + path
    body = _body(case)
    headers = {"Host": parts.netloc, "Accept": "application/json", **_length(case, body)}
    stated = {name.lower(): (name, value) for name, value in [*headers.items(), *(case.get("headers") or {}).items()]}
    lines = [f"{case['method']} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in stated.values())]
    head = "\r\n".join([*lines, "Connection: close", "", ""])
    return _send(head.encode("utf-8", "surrogateescape") + body, case, (parts.hostname, parts.port))


def faults(case: Case, reply: Reply) -> Iterator[str]:
    """What is wrong with a reply, in words; nothing where it is as the case wants it."""
    if not any(_fits(reply.status, wanted) for wanted in case["expect"].split("|")):
        yield f"status {reply.status}, not {case['expect']}"
    if "hang>2s" in case["must_not"] and reply.seconds > SLOW_SECONDS:
        yield f"took {reply.seconds:.1f} seconds"
    if reply.answer is not None:
        yield from _faults_of_answer(case, reply.answer)


def _faults_of_answer(case: Case, answer: Answer) -> Iterator[str]:
    text = answer.body.decode("utf-8", "replace")
    everything = "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), "", text])
    found = _INTERNALS.search(text)
    if found:
        yield f"internals are told: {found[0][:60]!r}"
    if "html" in answer.headers.get("content-type", "") and _MARKUP.search(text):
        yield "markup of the request comes back"
    yield from (f"{part!r} is told" for part in case.get("absent", ()) if part in everything)
    yield from (f"{part!r} is missing" for part in case.get("present", ()) if part not in everything)
    has_error = answer.status >= 400 and case["method"] != "HEAD" and "raw" not in case and case.get("error") != "any"
    if has_error and not _is_error(answer):
        yield f"no OData error: {text[:80]!r}"
    if answer.status == 200:
        yield from _faults_of_content(case, answer)


def _faults_of_content(case: Case, answer: Answer) -> Iterator[str]:
    if "ids" in case:
        wanted, got = [f"abuse-seed-{number}" for number in case["ids"]], answer.column("id")
        if sorted(got) != sorted(wanted):
            yield f"entities {got[:5]}, not {wanted[:5]}"
    if "rows_max" in case and len(answer.values) > case["rows_max"]:
        yield f"{len(answer.values)} entities, not at most {case['rows_max']}"
    if "parts" in case:
        statuses = _statuses_of_parts(answer)
        if not statuses or not all(
            any(_fits(status, wanted) for wanted in case["parts"].split("|")) for status in statuses
        ):
            yield f"parts answered {statuses[:5]}, not {case['parts']}"


def _statuses_of_parts(answer: Answer) -> list[str]:
    if answer.headers["content-type"].startswith("multipart/"):
        return [found.decode() for found in _STATUS_LINE.findall(answer.body)]
    return [str(part["status"]) for part in answer.json["responses"]]


def _is_error(answer: Answer) -> bool:
    try:
        error = answer.error
    except (ValueError, KeyError):
        return False
    return all(isinstance(error.get(name), str) and error[name].strip() for name in ("code", "message"))


def _fits(status: str, wanted: str) -> bool:
    return status == wanted or (wanted.endswith("xx") and status[:1] == wanted[:1])


def _length(case: Case, body: bytes) -> dict[str, str]:
    names = {name.lower() for name in case.get("headers") or {}}
    has_body = bool(body) or case["method"] in {"POST", "PUT", "PATCH"}
    return {"Content-Length": str(len(body))} if has_body and "transfer-encoding" not in names else {}


def _body(case: Case) -> bytes:
    match case.get("body"):
        case {"base64": str(text)}:
            content = base64.b64decode(text)
        case {"json": value}:
            content = json.dumps(value).encode()
        case text:
            content = str(text or "").encode("utf-8", "surrogatepass")
    repeated = case.get("body_repeat")
    if repeated is None:
        return content
    content += _repeated(repeated).encode("utf-8", "surrogatepass")
    return gzip.compress(content) if repeated.get("gzip") else content


def _repeated(parts: Mapping[str, Any]) -> str:
    unit, count = parts.get("unit", ""), parts["count"]
    numbered = "{n}" in unit
    middle = "".join(unit.replace("{n}", str(number)) for number in range(count)) if numbered else unit * count
    return f"{parts.get('prefix', '')}{middle}{parts.get('suffix', '')}"


def _send(message: bytes, case: Case, address: tuple[str, int]) -> Reply:
    started = monotonic()
    with socket.create_connection(address, _WAIT_SECONDS) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # a long message may be refused before its end
            connection.sendall(message)
        try:
            response = http.client.HTTPResponse(connection, method=case["method"])
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(Answer(response.status, headers, response.read()), monotonic() - started)
        except (http.client.HTTPException, ConnectionError):
            return Reply(None, monotonic() - started)
