"""An error as the bytes of its response (JSON Format 21)."""

from collections.abc import Mapping

import orjson

from odata_service.edm.annotations import CORE
from odata_service.errors import ODataError


def write_error(error: ODataError, *, version: str, inner: Mapping[str, str] | None = None) -> bytes:
    """The error object; `inner` is what whoever looks into the failure is told beside it."""
    members = _members(error)
    if inner is not None:
        members["innerError"] = inner
    return orjson.dumps({"error": members})


def _members(error: ODataError) -> dict[str, object]:
    """What is said of an error: code and message always, target and details where there are any."""
    body: dict[str, object] = {"code": error.code, "message": error.message}
    if error.target is not None:
        body["target"] = error.target
    if error.details:
        body["details"] = [
            {"code": detail.code, "message": detail.message, **({"target": detail.target} if detail.target else {})}
            for detail in error.details
        ]
    return body


def failed_change(error: ODataError, operation: str) -> dict[str, object]:
    """Why a change of one entity failed, as the annotation beside it (Core.DataModificationException)."""
    info = {**_members(error), "severity": "error"}
    stated = {"failedOperation": operation, "responseCode": error.status, "info": info}
    return {f"@{CORE}.DataModificationException": stated}
