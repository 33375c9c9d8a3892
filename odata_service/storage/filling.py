"""What a store fills in when it writes: versions, names, the present instant."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from odata_service.database import Stored
from odata_service.plan.model import Insert, Write
from odata_service.plan.values import point_in_time
from odata_service.sql import Statement
from odata_service.storage.failures import KeyTaken, NumberTaken
from odata_service.storage.store import Values

_VERSION_BITS = 40


def new_version() -> int:
    """The first version of an entity: at random, so that one created again has another ETag than before."""
    return secrets.randbits(_VERSION_BITS) + 1


_MADE: dict[str, Callable[[], Stored]] = {
    "version": new_version,
    "id": lambda: str(uuid4()),
    "versions": lambda: "[]",
}
"""What a store fills in when it writes, unless the writer says otherwise."""


def filling(statement: Statement, parent: str | None, versions: Sequence[int] = ()) -> dict[str, Stored]:
    """What a store fills into a write: a new version and name, who contains the entity, which versions will do."""
    extra: dict[str, Stored] = {name: make() for name, make in _MADE.items() if name in statement.filled}
    if versions:
        extra["versions"] = json.dumps(list(versions))
    extra["parent"] = parent
    return extra


def beginning_now(plan: Insert, values: Values) -> Values:
    """The values of a new entity with the present instant where its plan asks for it; what is null stays null."""
    found, now = list(values), utc_now()
    for place in plan.begun:
        if found[place] is not None:
            found[place] = point_in_time(now, plan.leaves[place].type)
    return found


def utc_now() -> str:
    """The present instant in the canonical form, without an offset."""
    return canonical(datetime.now(UTC))


def canonical(instant: datetime) -> str:
    """An instant of UTC in the canonical form, without an offset."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")


@contextmanager
def numbering(plan: Write) -> Iterator[None]:
    """Where the store has chosen a number that is taken, another transaction was quicker."""
    try:
        yield
    except KeyTaken as taken:
        if not (isinstance(plan, Insert) and plan.numbered):
            raise
        raise NumberTaken(taken.message, hint="Send the request again.") from taken
