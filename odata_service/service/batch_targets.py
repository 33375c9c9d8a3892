"""Where a request of a batch goes: its URL in any of its forms, below the service root (Protocol 11.7.7.1)."""

import re
from urllib.parse import unquote, urlsplit

from odata_service.errors import BadRequest

_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_UNPRINTED = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def is_batch_path(path: str) -> bool:
    """Whether a path below the service root leads to `$batch`, a slash at its end or not."""
    return path.endswith(("batch", "batch/")) and unquote(path).removesuffix("/") == "$batch"


def target_of(url: str, host: str | None, base_url: str) -> tuple[str, str]:
    """Path below the service root and query of a URL, both as they stand; `host` is what the request says of it.

    Absolute URLs must be of this service; a path that begins with a slash is one of the host, or else of the service
    root, as some clients mean it. `BadRequest` for all others.
    """
    if _UNPRINTED.search(url):
        raise BadRequest("The URL holds a control character.", hint="Percent-encode it.")
    root = urlsplit(base_url)
    path, _, query = url.partition("?")
    if _ABSOLUTE.match(path):
        scheme, _, rest = path.partition("//")
        authority, slash, path = rest.partition("/")
        if scheme.lower() not in {"", "http:", "https:"} or authority.lower() != root.netloc.lower():
            raise _elsewhere(url, base_url)
        below = _below(slash + path, root.path)
        if below is None:
            raise _elsewhere(url, base_url)
        return below, query
    if not path.startswith("/"):
        return path.removeprefix("./"), query
    if host is not None and host.strip().lower() != root.netloc.lower():
        raise _elsewhere(f"{host}{url}", base_url)
    below = _below(path, root.path)
    return path[1:] if below is None else below, query


def _below(path: str, root: str) -> str | None:
    """What follows the path of the service root, or None where a path does not begin with it."""
    if path.startswith(root):
        return path[len(root) :]
    return "" if f"{path}/" == root else None


def _elsewhere(url: str, base_url: str) -> BadRequest:
    return BadRequest(
        f"'{url[:80]}' is no URL of this service.", hint=f"Write a URL that begins with {base_url}, or a relative one."
    )
