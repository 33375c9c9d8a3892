"""Errors of the database become errors of the service, in this one place."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from odata_service.database.functions import take_failure
from odata_service.errors import (
    ArithmeticFailure,
    Conflict,
    InsufficientStorage,
    LimitExceeded,
    ODataError,
    PayloadError,
    ServiceError,
    Unavailable,
)

_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_AWAY = {"SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_PROTOCOL"}

_TOO_DEEP = ("parser stack overflow", "Expression tree is too large", "too many SQL variables")


@contextmanager
def translated() -> Iterator[None]:
    """Runs statements; what the driver raises leaves as an `ODataError`, its cause behind it."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from error
    except OverflowError as error:
        raise ArithmeticFailure("A number is beyond 64 bits.", hint="Use a smaller number.") from error


def translate(error: sqlite3.Error) -> ODataError:
    """The service's error for one of the driver's."""
    failure = take_failure()
    if failure is not None:
        return failure
    name = getattr(error, "sqlite_errorname", "") or ""
    family = "_".join(name.split("_")[:2])
    if name in {"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_ROWID"}:
        return Conflict("An entity with this key exists already.", hint="Change it with PATCH, or use another key.")
    if any(part in str(error) for part in _TOO_DEEP):
        return LimitExceeded("The expression is nested deeper than the database takes.", hint="Simplify it.")
    if family == "SQLITE_CONSTRAINT":
        return PayloadError("The entity breaks a rule of the database.", hint="Check required values.")
    if family in _BUSY:
        return Unavailable("The database is busy with other changes.", hint="Try again in a moment.")
    if family == "SQLITE_INTERRUPT":
        return Unavailable("The database took too long to answer.", hint="Narrow the request down, or try again.")
    if family == "SQLITE_FULL":
        return InsufficientStorage("The database's disk is full: nothing was changed.")
    if family == "SQLITE_READONLY":
        return Unavailable("The database can only be read at present.", retry_after_seconds=10)
    if family in _AWAY:
        return Unavailable("The database cannot be used at present.", retry_after_seconds=10)
    if family == "SQLITE_TOOBIG":
        return PayloadError("A value is larger than the database takes.")
    return ServiceError("The database did not answer this request.")
