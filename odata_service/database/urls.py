"""Database URLs of servers: `postgresql://user:password@host:port/database?option=value`, taken apart."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct


class DatabaseUrlError(ValueError):
    """A database URL that is not understood; the message says what is."""


class ServerUrl(Struct, frozen=True):
    """Where a server's database is, and as whom to open it; None and nothing where the URL leaves it out."""

    scheme: str
    database: str
    host: str | None
    port: int | None
    user: str | None
    password: str | None
    options: Mapping[str, str]


def server_url(url: str) -> ServerUrl:
    """The parts of a URL; `DatabaseUrlError` where it names no database, or a port that is none."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise DatabaseUrlError(f"The port in the database URL '{parts.scheme}:…' is no port number.") from error
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise DatabaseUrlError(
            f"The database URL '{parts.scheme}:…' names no database. Write {parts.scheme}://user@host:port/database."
        )
    return ServerUrl(
        parts.scheme,
        database,
        unquote(parts.hostname) if parts.hostname else None,
        port,
        _decoded(parts.username),
        _decoded(parts.password),
        dict(parse_qsl(parts.query, keep_blank_values=True)),
    )


def _decoded(part: str | None) -> str | None:
    return None if part is None else unquote(part)
