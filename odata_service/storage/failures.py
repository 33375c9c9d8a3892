"""Errors of the database become errors of the service, in this one place."""

import sqlite3
from collections.abc import Callable, Iterator
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
    if any(part in str(error) for part in _TOO_DEEP):
        return LimitExceeded("The expression is nested deeper than the database takes.", hint="Simplify it.")
    name = getattr(error, "sqlite_errorname", "") or ""
    family = "_".join(name.split("_")[:2])
    make = _FAILURES.get(name) or _FAILURES.get(family)
    return ServiceError("The database did not answer this request.") if make is None else make()


def _taken() -> ODataError:
    return Conflict("An entity with this key exists already.", hint="Change it with PATCH, or use another key.")


def _busy() -> ODataError:
    return Unavailable("The database is busy with other changes.", hint="Try again in a moment.")


def _away() -> ODataError:
    return Unavailable("The database cannot be used at present.", retry_after_seconds=10)


_FAILURES: dict[str, Callable[[], ODataError]] = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": _taken,
    "SQLITE_CONSTRAINT_UNIQUE": _taken,
    "SQLITE_CONSTRAINT": lambda: PayloadError("The entity breaks a rule of the database.", hint="Check its values."),
    "SQLITE_BUSY": _busy,
    "SQLITE_LOCKED": _busy,
    "SQLITE_INTERRUPT": lambda: Unavailable(
        "The database took too long to answer.", hint="Narrow the request down, or try again."
    ),
    "SQLITE_FULL": lambda: InsufficientStorage("The database's disk is full: nothing was changed."),
    "SQLITE_READONLY": lambda: Unavailable("The database can only be read at present.", retry_after_seconds=10),
    "SQLITE_TOOBIG": lambda: PayloadError("A value is larger than the database takes."),
    "SQLITE_CANTOPEN": _away,
    "SQLITE_IOERR": _away,
    "SQLITE_CORRUPT": _away,
    "SQLITE_NOTADB": _away,
    "SQLITE_PROTOCOL": _away,
}
"""By the driver's name of the failure, or of its family."""
