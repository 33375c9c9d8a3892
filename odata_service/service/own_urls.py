"""URLs of this service in any of their forms, as paths below the service root (URL Conventions 4.3, RFC 3986 5)."""

import re
from urllib.parse import urlsplit

_ABSOLUTE = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?//([^/]*)", re.IGNORECASE)
_DEFAULT_PORT = re.compile(r":(?:80|443)?\Z")
_SCHEMES = frozenset({"http", "https"})


def below_root(url: str, base_url: str) -> str | None:
    """What follows the service root in a URL without its query; None for a URL of another service.

    An absolute one may have either scheme, since a proxy may end TLS before the service, and say the default port. A
    path that begins with a slash is one of the host, or else of the service root, as some clients mean it.

    >>> below_root("https://HOST/odata/Things(1)", "http://host/odata/"), below_root("/Things(1)", "http://host/odata/")
    ('Things(1)', 'Things(1)')
    """
    root = urlsplit(base_url)
    absolute = _ABSOLUTE.match(url)
    if absolute is not None:
        scheme, authority = absolute[1] or root.scheme, absolute[2]
        is_here = scheme.lower() in _SCHEMES and is_host_of(authority, base_url)
        return _below(url[absolute.end() :], root.path) if is_here else None
    if not url.startswith("/"):
        return url.removeprefix("./")
    below = _below(url, root.path)
    return url[1:] if below is None else below


def is_host_of(authority: str, base_url: str) -> bool:
    """Whether a host, with its port or without, is that of the service."""
    return _bare(authority) == _bare(urlsplit(base_url).netloc)


def _bare(authority: str) -> str:
    return _DEFAULT_PORT.sub("", authority.strip().lower())


def _below(path: str, root: str) -> str | None:
    """What follows the path of the service root, or None where a path does not begin with it."""
    if path.startswith(root):
        return path[len(root) :]
    return "" if f"{path}/" == root else None
