from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from msgspec import Struct, field

from odata_service.settings import Settings
from odata_service.web.heard import environ_of, request_heard


class Scope(Struct):
    """A request as granian tells of it: its path is decoded, its query is not."""

    path: str = "/Customers"
    query_string: str = ""
    headers: "dict[str, str] | Headers" = field(default_factory=lambda: {"host": "host:8080"})
    method: str = "GET"
    scheme: str = "http"
    server: str = "127.0.0.1:8080"
    client: str = "127.0.0.1:5000"
    http_version: str = "1.1"
    authority: str | None = None


def test_characters_that_a_client_has_not_encoded_are() -> None:
    request = request_heard(Scope("/Customers('ä')", "$filter=name eq 'Weiß€'&$top=1"), b"", Settings())
    assert request.path == "Customers('%C3%A4')"
    assert request.query == "$filter=name eq 'Wei%C3%9F%E2%82%AC'&$top=1"


def test_wsgi_has_the_bytes_of_a_query_that_is_not_encoded() -> None:
    query = environ_of(Scope(query_string="key=€"), b"")["QUERY_STRING"]
    assert unquote_to_bytes(query.encode("latin-1")) == "key=€".encode()


class Headers:
    """Headers as granian has them: it knows the names of all, each once, and gives the values that are ASCII."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs

    def __len__(self) -> int:
        return len(dict(self._pairs))

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._pairs))

    def items(self) -> list[tuple[str, str]]:
        return [pair for pair in self._pairs if pair[1].isascii()]

    def get_all(self, name: str) -> list[str]:
        return [value for known, value in self.items() if known == name]


def test_a_header_that_stands_twice_is_one_list() -> None:
    pairs = (("host", "host"), ("prefer", "maxpagesize=2"), ("accept", "a"), ("prefer", "track-changes"))
    headers = request_heard(Scope(headers=Headers(*pairs)), b"", Settings()).headers
    assert headers == {"host": "host", "prefer": "maxpagesize=2,track-changes", "accept": "a"}


def test_a_header_that_is_not_read_is_there() -> None:
    pairs = (("host", "host"), ("if-match", 'W/"é"'), ("accept", "a"), ("accept", "b"), ("prefer", ""))
    headers = request_heard(Scope(headers=Headers(*pairs)), b"", Settings()).headers
    assert headers == {"host": "host", "if-match": "\xff", "accept": "a,b", "prefer": ""}
