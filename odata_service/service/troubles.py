"""What the log says of failures that are nobody's request's fault: a full disk, a database that is away or broken."""

import logging
from time import monotonic

from odata_service.errors import ODataError
from odata_service.service.message import Request

_LOG = logging.getLogger("odata_service")
_SILENT_SECONDS = 60.0
_MOST = 100
_TOLD = {500, 503, 507}


class Troubles:
    """Tells of each failure once a minute, with the request that met it and the words of the database."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def met(self, request: Request, error: ODataError) -> None:
        """A request has failed; a line in the log, unless the same has just been said, or the request is at fault."""
        if error.status not in _TOLD:
            return
        now, before = monotonic(), self._told.get(error.message)
        if before is not None and now - before < _SILENT_SECONDS:
            return
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[error.message] = now
        cause = "" if error.__cause__ is None else f" It says: {' '.join(str(error.__cause__).split())}"
        _LOG.error(
            "request %s failed with %d: %s /%s: %s%s",
            request.request_id, error.status, request.method, request.path, error.message, cause,
        )  # fmt: skip
