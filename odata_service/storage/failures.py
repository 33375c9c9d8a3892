"""What can go wrong with a database, in the words of the service; each driver says which of its errors is which."""

from odata_service.errors import (
    ArithmeticFailure,
    Conflict,
    InsufficientStorage,
    LimitExceeded,
    NotSupported,
    ODataError,
    PayloadError,
    ServiceError,
    TypeMismatch,
    Unavailable,
    UnfitValue,
)


class Contention(Unavailable):
    """Two transactions stood in each other's way and the database ended this one: it may succeed when run again.

    `retries` says how often that is worth while.
    """

    retries = 3


class KeyTaken(Conflict):
    """An entity with the key of a new one is there already."""


class NumberTaken(Contention):
    """Two entities that were created at the same time were given one number: the second gets the next, run again."""

    status = 409
    code = "Conflict"
    retries = 30


class ConnectionLost(Unavailable):
    """The connection broke: the next statement needs another."""


def key_taken() -> ODataError:
    """A key, or another value that is unique, is there already."""
    return KeyTaken("An entity with this key exists already.", hint="Change it with PATCH, or use another key.")


def value_taken(names: str) -> ODataError:
    """A value, or several together, that only one entity can have: columns, or an index, as the database names them."""
    return Conflict(f"Another entity has this value of '{names}' already.", hint="Use another value.")


def rule_broken(rule: str = "") -> ODataError:
    """A constraint of the database: its name, or what it says."""
    named = f"the rule '{rule}'" if rule else "a rule"
    return PayloadError(f"The entity breaks {named} of the database.", hint="Check its values.")


def refused(words: str) -> ODataError:
    """A trigger that ends a change, in the words that its author has for whoever makes it."""
    return PayloadError(f"The database refuses the change: {words.rstrip('.')}.")


def unfit() -> ODataError:
    """A value of the database that a function or the driver does not take, no matter whose it is."""
    message = "A value in the database is none of its column's type: a text that is not in UTF-8, or no number at all."
    return UnfitValue(message, hint="Correct it there; `SELECT … WHERE typeof(column) <> '…'` finds it.")


def reference_broken() -> ODataError:
    """A foreign key."""
    return Conflict(
        "The change would leave a reference to an entity that does not exist.",
        hint="Create what is referred to first; delete what refers first.",
    )


def busy() -> ODataError:
    """A lock that did not come free in time."""
    return Unavailable("The database is busy with other changes.", hint="Try again in a moment.")


def contended() -> ODataError:
    """A deadlock, or a transaction that cannot be put in order with another."""
    return Contention("Other changes stood in the way of this one.", hint="Try again in a moment.")


def away() -> ODataError:
    """A database that does not answer as it should."""
    return Unavailable("The database cannot be used at present.", retry_after_seconds=10)


def lost() -> ODataError:
    """A broken connection."""
    return ConnectionLost("The connection to the database was lost.", hint="Try again in a moment.")


def too_slow() -> ODataError:
    """A statement beyond its time."""
    return Unavailable("The database took too long to answer.", hint="Narrow the request down, or try again.")


def full() -> ODataError:
    """No room on the database's disk."""
    return InsufficientStorage("The database's disk is full: nothing was changed.")


def moved() -> ODataError:
    """A database file that is not where it was opened: what is written into it would be lost with it."""
    return Unavailable("The database file is not where it was.", retry_after_seconds=10)


def damaged() -> ODataError:
    """A database file in which something has been found that cannot be so."""
    return Unavailable("The database file is damaged: nothing is written into it any longer.", retry_after_seconds=60)


def spoilt_record(table: str, name: str) -> ODataError:
    """What this package has written down about tables, and something else has changed or damaged."""
    message = f"What is written down of the tables, the row '{name}' of '{table}', cannot be read."
    return Unavailable(message, hint="Take the database, or this row, from a copy.", retry_after_seconds=60)


def read_only() -> ODataError:
    """A database that takes no changes."""
    return Unavailable("The database can only be read at present.", retry_after_seconds=10)


def too_large() -> ODataError:
    """A value beyond a limit of the database or of its column."""
    return PayloadError("A value is larger than the database takes.")


def out_of_range() -> ODataError:
    """Arithmetic that has no result."""
    return ArithmeticFailure("A number is divided by zero or out of range.", hint="Filter such rows out first.")


def unfitting() -> ODataError:
    """A value that is none of the type that it is cast to, or kept in."""
    return TypeMismatch("A value does not fit the type that it is to have.", hint="Check how it is written.")


def unkept() -> ODataError:
    """A value that the database has no place for."""
    return PayloadError("A value cannot be kept in this database.")


def unsupported(wanted: str, found: str) -> ODataError:
    """A server that is not one of those we know."""
    return NotSupported(f"The database server is {found}, and {wanted} is needed.")


def too_deep() -> ODataError:
    """An expression beyond a limit of the database."""
    return LimitExceeded("The expression is nested deeper than the database takes.", hint="Simplify it.")


def too_many_ways() -> ODataError:
    """A pattern that may match a text in more ways than the database tries."""
    return LimitExceeded(
        "A pattern goes through a long text in more ways than the database tries.",
        hint="Begin it with ^, repeat less, or compare with startswith, endswith and contains.",
    )


def unknown() -> ODataError:
    """Anything else: the cause is in the log."""
    return ServiceError("The database did not answer this request.")
