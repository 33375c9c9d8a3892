"""Which entities of a set have changed behind a place in the log that triggers keep beside its table."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from time import monotonic, time

from odata_service.database import Stored
from odata_service.edm.model import EntitySet
from odata_service.edm.values import PrimitiveValue
from odata_service.sql import Mapping
from odata_service.sql.logs import LogStatements, log_statements, logged_tables
from odata_service.sql.mapping import ColumnMapping
from odata_service.storage.driver import Connection, Driver, Row, translated
from odata_service.storage.store import Keys, Values

_SECONDS_A_DAY = 86_400
_SECONDS_BETWEEN_SHORTENINGS = 3_600


class ChangeLogs:
    """The logs of a store, in its connections and transactions."""

    def __init__(
        self,
        driver: Driver,
        mapping: Mapping,
        connection: Callable[[], Connection],
        transaction: Callable[[], AbstractContextManager[None]],
        retention_days: int,
    ) -> None:
        self._driver = driver
        self._mapping = mapping
        self._connection = connection
        self._transaction = transaction
        self._retention_seconds = retention_days * _SECONDS_A_DAY
        self._statements: dict[str, LogStatements] = {}
        self._shortened: dict[str, float] = {}

    def tracks(self, source: EntitySet) -> bool:
        """Whether changes of a source's entities are written down."""
        return self._mapping.tables[source.name].logged

    def place(self, source: EntitySet) -> str:
        """What will be changed, and what is being changed and not to be seen yet, lies behind this place.

        Its text has the instant at which it was asked for, which tells when it is too old, and in which log it is.
        """
        statements = self._of(source)
        self._shorten(source, statements)
        *before, last = statements.position
        if not before:
            return self._told(statements, self._rows(last))
        with self._transaction():
            for statement in before:
                self._rows(statement)
            return self._told(statements, self._rows(last))

    def _told(self, statements: LogStatements, rows: Sequence[Row]) -> str:
        return f"{int(time())}/{self._identity(statements)}/{rows[0][0]}"

    def _identity(self, statements: LogStatements) -> int:
        return _integer(self._rows(statements.identity)[0][0])

    def is_known(self, source: EntitySet, since: str) -> bool:
        """Whether the log still has all that lies behind a place."""
        statements = self._of(source)
        asked, identity, _ = since.split("/")
        if self._retention_seconds and int(asked) < int(time()) - self._retention_seconds:
            return False
        if int(identity) != self._identity(statements):
            return False
        return not _integer(self._rows(statements.unknown, self._since(source, since))[0][0])

    def changed(self, source: EntitySet, since: str, after: Values | None, most: int) -> Keys:
        """The keys of entities that changed behind a place, each once and in order: those after one of them."""
        statements, behind = self._of(source), self._since(source, since)
        if after is None:
            rows = self._rows(statements.changed, (*behind, most))
        else:
            last = [self._encoded(*part) for part in zip(self._columns(source), after, strict=True)]
            rows = self._rows(statements.following, (*behind, *last, most))
        decoders = [self._mapping.codec(column).decode for column in self._columns(source)]
        return [
            [_primitive(part if decode is None else decode(part)) for part, decode in zip(row, decoders, strict=True)]
            for row in rows
        ]

    def count(self, source: EntitySet, since: str) -> int:
        """How many entities changed behind a place."""
        return _integer(self._rows(self._of(source).count, self._since(source, since))[0][0])

    def _since(self, source: EntitySet, since: str) -> list[Stored]:
        """The parameters that a place becomes."""
        return [since.rpartition("/")[2]] * self._of(source).repeated

    def _shorten(self, source: EntitySet, statements: LogStatements) -> None:
        """Lets go of what is older than any place that is followed, now and then.

        A day more is kept: what a transaction wrote in that time may have been committed behind such a place.
        """
        last = self._shortened.get(source.name)
        if not self._retention_seconds or (last is not None and monotonic() - last < _SECONDS_BETWEEN_SHORTENINGS):
            return
        self._shortened[source.name] = monotonic()
        oldest = int(time()) - self._retention_seconds - _SECONDS_A_DAY
        if self._old(statements, oldest) is None:
            return
        with self._transaction(), translated(self._driver):
            old = self._old(statements, oldest)
            if old is not None:
                self._connection().execute(statements.shorten, (old,))
                self._connection().execute(statements.begin, (old,))

    def _old(self, statements: LogStatements, oldest: int) -> int | None:
        """The last position of changes before an instant; None where there are none, apart from the first row."""
        found, first = self._rows(statements.old, (oldest,))[0][0], self._rows(statements.first)[0][0]
        return None if found is None or found == first else _integer(found)

    def _of(self, source: EntitySet) -> LogStatements:
        known = self._statements.get(source.name)
        if known is None:
            log = logged_tables(self._mapping)[self._mapping.tables[source.name].name]
            known = self._statements[source.name] = log_statements(log, self._columns(source), self._mapping)
        return known

    def _columns(self, source: EntitySet) -> Sequence[ColumnMapping]:
        columns = self._mapping.tables[source.name].columns
        return [columns[leaf.path] for _, leaf in self._mapping.schema.key_leaves(source.entity_type)]

    def _encoded(self, column: ColumnMapping, value: PrimitiveValue | None) -> Stored:
        encode = self._mapping.codec(column).encode
        return value if encode is None else encode(value)  # type: ignore[return-value]  # without a codec values are kept as they are

    def _rows(self, statement: str, parameters: Sequence[Stored] = ()) -> list[Row]:
        with translated(self._driver):
            return self._connection().execute(statement, parameters).fetchall()


def _integer(value: object) -> int:
    assert isinstance(value, int), "positions and counts are integers"
    return value


def _primitive(value: object) -> PrimitiveValue:
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    return value
