"""Where a request of a batch goes: its URL in any of its forms, below the service root (Protocol 11.7.7.1)."""

import re
from urllib.parse import unquote

from odata_service.errors import BadRequest
from odata_service.service.own_urls import below_root, is_host_of

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
    path, _, query = url.partition("?")
    of_host = host is not None and path.startswith("/") and not path.startswith("//")
    below = None if of_host and not is_host_of(host or "", base_url) else below_root(path, base_url)
    if below is None:
        raise _elsewhere(f"{host}{url}" if of_host else url, base_url)
    return below, query


def _elsewhere(url: str, base_url: str) -> BadRequest:
    return BadRequest(
        f"'{url[:80]}' is no URL of this service.", hint=f"Write a URL that begins with {base_url}, or a relative one."
    )
