"""What has become of the requests of a batch, and how later ones refer to it by `$<id>`.

(Protocol 11.7.4, 11.7.5; JSON Format 19.1.)
"""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from msgspec import Struct, field

from odata_service.errors import BadRequest, FailedDependency
from odata_service.service.message import Request, Response
from odata_service.service.repeatability import forgetting_of

_SYSTEM = frozenset({"batch", "crossjoin", "all", "entity", "root", "id", "metadata"})
"""Resources of the system, which come before ids of the same name."""


class Outcome(Struct, frozen=True):
    """A request that was carried out, and its answer."""

    request: Request
    response: Response

    @property
    def url(self) -> str:
        """The URL of the entity that was created, or that the request was about."""
        location = self.response.headers.get("Location")
        return location if location is not None else self.request.base_url + self.request.path


class Outcomes(Struct):
    """The requests so far: the outcomes of those that have succeeded, and whether each request and group has."""

    found: dict[str, Outcome] = field(default_factory=dict)
    successes: dict[str, bool] = field(default_factory=dict)

    def keep(self, given: str | None, outcome: Outcome) -> None:
        """Notes that a request has succeeded."""
        if given is not None:
            self.found[given] = outcome
            self.successes[given] = True

    def keep_failure(self, names: Iterable[str | None]) -> None:
        """Notes that requests, or a group, have failed."""
        for name in names:
            if name is not None:
                self.found.pop(name, None)
                self.successes[name] = False

    def forget(self, names: Iterable[str | None]) -> None:
        """Forgets requests that are carried out again."""
        for name in names:
            if name is not None:
                self.found.pop(name, None)
                self.successes.pop(name, None)

    def check(self, needs: Iterable[str]) -> None:
        """`FailedDependency` where one of these requests or groups has failed."""
        failed = next((need for need in needs if not self.successes.get(need, False)), None)
        if failed is not None:
            raise FailedDependency(f"Request '{failed}' has failed, and this one depends on it.")

    def outcome(self, name: str) -> Outcome:
        """What an earlier request has come to; `FailedDependency` where it has failed, `BadRequest` for none such."""
        if name not in self.successes:
            raise BadRequest(
                f"'${name[:40]}' refers to no request before this one.", hint="Give the earlier request this id."
            )
        self.check((name,))
        return self.found[name]

    def url_of(self, text: str) -> str:
        """The URL that `$<id>` or `$<id>/…` stands for."""
        first, slash, rest = text.partition("/")
        return f"{self.outcome(first[1:]).url}{slash}{rest}"

    def path_of(self, path: str, base_url: str) -> str:
        """A path below the service root, its first segment replaced where that refers to an earlier request."""
        first, slash, rest = path.partition("/")
        name = unquote(first)
        if not name.startswith("$") or name[1:].partition("(")[0] in _SYSTEM or forgetting_of(path) is not None:
            return path
        return f"{self.outcome(name[1:]).url.removeprefix(base_url)}{slash}{rest}"

    def headers_of(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers, in which `If-Match: $<id>` has become the ETag of an earlier answer."""
        changed = dict(headers)
        for header in ("if-match", "if-none-match"):
            text = changed.get(header, "").strip()
            if text.startswith("$"):
                tag = self.outcome(text[1:]).response.headers.get("ETag")
                if tag is None:
                    raise BadRequest(f"The answer to request '{text[1:]}' has no ETag.", target=header)
                changed[header] = tag
        return changed
