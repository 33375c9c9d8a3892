"""Batches in both formats, for tests: written as clients write them, and their answers read."""

import json
import re
from dataclasses import dataclass
from typing import Any

from odata_service.service import Request, Response, Service
from tests.asking import ROOT

JSON = "Content-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one request of a multipart batch; a change set has `parts`, and no status."""

    status: int
    headers: dict[str, str]
    body: bytes
    content_id: str | None = None
    parts: tuple["Part", ...] = ()

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


def http(line: str, body: object = None, headers: str = "", content_id: str = "") -> str:
    """A part that is one request; a body that is no text is sent as JSON."""
    mime = f"Content-ID: {content_id}\r\n" if content_id else ""
    sent = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    typed = JSON if body is not None and not isinstance(body, str) else ""
    return f"Content-Type: application/http\r\n{mime}\r\n{line} HTTP/1.1\r\n{typed}{headers}\r\n{sent}"


def change_set(*parts: str) -> str:
    """A part that is a change set."""
    return "Content-Type: multipart/mixed; boundary=changes\r\n\r\n" + divided("changes", *parts)


def divided(boundary: str, *parts: str) -> str:
    """A multipart body."""
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"


def send(service: Service, body: str | bytes, content_type: str, **headers: str) -> Response:
    """POST $batch, the answer's body as a whole."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, bytes) else body.encode()
    answer = service.handle(Request("POST", "$batch", "", {"content-type": content_type, **sent}, text, ROOT, "test"))
    whole = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    return Response(answer.status, answer.headers, whole)


def multipart(service: Service, *parts: str, **headers: str) -> list[Part]:
    """The answers to a multipart batch that is accepted."""
    answer = send(service, divided("b", *parts), "multipart/mixed; boundary=b", **headers)
    assert answer.status == 200, answer.body
    assert isinstance(answer.body, bytes)
    return parts_of(answer.body, answer.headers["Content-Type"])


def in_json(service: Service, *requests: dict[str, object], **headers: str) -> list[dict[str, Any]]:
    """The answers to a JSON batch that is accepted; requests have their places as ids, unless they say other ones."""
    numbered = [{"id": str(place), "method": "get", **request} for place, request in enumerate(requests, 1)]
    answer = send(service, json.dumps({"requests": numbered}), "application/json", **headers)
    assert answer.status == 200, answer.body
    assert isinstance(answer.body, bytes)
    found: list[dict[str, Any]] = json.loads(answer.body)["responses"]
    return found


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts of a multipart answer, which is read strictly."""
    match = re.fullmatch(r"multipart/mixed; boundary=([\w-]+)", content_type)
    assert match is not None, content_type
    pieces = (b"\r\n" + body).split(f"\r\n--{match[1]}".encode())
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    return [_part(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _part(text: bytes) -> Part:
    mime, content = _headed(text)
    if mime["Content-Type"].startswith("multipart/mixed"):
        return Part(0, mime, b"", None, tuple(parts_of(content + b"\r\n", mime["Content-Type"])))
    assert (mime["Content-Type"], mime["Content-Transfer-Encoding"]) == ("application/http", "binary")
    line, _, rest = content.partition(b"\r\n")
    headers, body = _headed(rest)
    assert int(headers.get("Content-Length", "0")) == len(body)
    return Part(int(line.split()[1]), headers, body, mime.get("Content-ID"))


def _headed(text: bytes) -> tuple[dict[str, str], bytes]:
    head, _, rest = text.partition(b"\r\n\r\n")
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")), rest
