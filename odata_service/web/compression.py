"""Answers in the content coding that the client likes best, where compression pays (RFC 9110, 12.5.3)."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from odata_service.encodings import Compressor, codings
from odata_service.service import Response
from odata_service.service.accept import stated_ranges

_SMALLEST_BYTES = 1_024
_AS_THEY_ARE = {"Content-Encoding", "Accept-Ranges"}
"""Headers of what is compressed already, and of what is sent in parts, which are counted in bytes as they are."""
_PAYS = re.compile(
    r"text/|multipart/mixed\b|application/(?:json|xml|javascript|http)\b|[^;]*\+(?:json|xml)\b", re.IGNORECASE
)
"""The media types that compression makes smaller: images and archives it does not."""


def compressed(response: Response, accept_encoding: str) -> Response:
    """The response, compressed where that pays and the client takes it; sent in pieces it stays so.

    A short body stays as it is; an answer to HEAD has none, and the length of that to GET. An ETag stays too: all here
    are weak, and hold for every coding. What depends on the coding of the request says so by `Vary`, a 304 as the
    answer that it stands for.
    """
    headers, body = response.headers, response.body
    if response.status == 304:
        _vary(headers)
        return response
    is_short = isinstance(body, bytes) and int(headers.get("Content-Length", len(body))) < _SMALLEST_BYTES
    if is_short or headers.keys() & _AS_THEY_ARE or not _PAYS.match(headers.get("Content-Type", "text/plain")):
        return response
    _vary(headers)
    coding = preferred_coding(accept_encoding)
    if coding is None:
        return response
    headers["Content-Encoding"] = coding
    headers.pop("Content-Length", None)
    if not body:
        return response
    compressor = codings()[coding].compressor()
    if isinstance(body, bytes):
        return Response(response.status, headers, compressor.compress(body) + compressor.flush())
    return Response(response.status, headers, _pieces(body, compressor))


@lru_cache(maxsize=100)
def preferred_coding(accept_encoding: str) -> str | None:
    """The coding that an answer is sent in, None for the body as it is.

    Of those that the client likes equally well it is the one that is best to send; a client that likes the body as it
    is better gets it so.
    """
    stated = {part.name.removeprefix("x-"): part.quality for part in stated_ranges(accept_encoding)}
    others = stated.get("*", 0.0)
    found = {name: stated.get(name, others) for name in codings()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] > 0 and found[best] >= stated.get("identity", 0.0) else None


def _pieces(body: Iterable[bytes], compressor: Compressor) -> Iterator[bytes]:
    for piece in body:
        found = compressor.compress(piece)
        if found:
            yield found
    yield compressor.flush()


def _vary(headers: dict[str, str]) -> None:
    headers["Vary"] = f"{headers['Vary']}, Accept-Encoding" if "Vary" in headers else "Accept-Encoding"
