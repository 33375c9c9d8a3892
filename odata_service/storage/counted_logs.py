"""Versions of logs whose rows are numbered in another order than they are committed, without a look at all of them.

Such a log is another one when its first or last position is, or the number of its rows: what is committed late has a
smaller position than the last, and adds one. Rows are counted once up to a place that no writer under way is before,
and from then on those behind it alone.
"""

from contextlib import suppress
from time import monotonic

from msgspec import Struct

from odata_service.errors import Unavailable
from odata_service.sql.families import CountedLog
from odata_service.storage.failures import Contention
from odata_service.storage.session import Session

_MOST_BEHIND = 1_000
"""So many rows are counted for each version before another place is looked for."""
_SECONDS_BETWEEN_LOOKS = 1.0


class _Settled(Struct, frozen=True):
    """A place that nothing will be committed before, and the rows up to it, in the log that begins at `first`."""

    first: object = None
    position: int = 0
    rows: int = 0


_NOTHING = _Settled()


class CountedLogs:
    """What a process knows of such logs, in the connections and transactions of a store."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._settled: dict[str, _Settled] = {}
        self._looked: dict[str, float] = {}

    def version(self, log: CountedLog) -> str:
        """A text that is another one whenever the log is."""
        settled = self._settled.get(log.name, _NOTHING)
        first, last, behind = self._session.rows(log.state, (settled.position,))[0]
        if settled.first not in {None, first}:
            self._settled.pop(log.name, None)  # the log has been shortened
            return self.version(log)
        if _integer(behind) > _MOST_BEHIND:
            self._settle(log)
        return f"{first}.{last}.{settled.rows + _integer(behind)}"

    def _settle(self, log: CountedLog) -> None:
        """Looks for the place that the log has come to where nobody is writing; where somebody is, later.

        A transaction around it may see what nobody else does, and would hold writers up until it ends.
        """
        looked, now = self._looked.get(log.name), monotonic()
        if self._session.is_in_transaction or (looked is not None and now - looked < _SECONDS_BETWEEN_LOOKS):
            return
        self._looked[log.name] = now
        with suppress(Unavailable, Contention):
            with self._session.transaction():
                self._session.rows(log.alone)
                first, last = self._session.rows(log.ends)[0]
            rows = self._session.rows(log.until, (last,))[0][0]  # type: ignore[arg-type]  # positions are integers
            self._settled[log.name] = _Settled(first, _integer(last), _integer(rows))


def _integer(value: object) -> int:
    assert isinstance(value, int), "positions and counts are integers"
    return value
