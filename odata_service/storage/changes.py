"""Which entities have changed behind places in the logs that triggers keep beside their tables."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic, time

from msgspec import Struct

from odata_service.database import Stored
from odata_service.edm.model import EntitySet
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import Unavailable
from odata_service.plan.delta import ChangesPlan, Places, plan_changes
from odata_service.plan.model import Rules
from odata_service.semantics.reach import Chain
from odata_service.semantics.resolved import Query
from odata_service.settings import Settings
from odata_service.sql import Mapping
from odata_service.sql.changes import (
    ChangesStatement,
    RelatedStatement,
    VersionStatement,
    build_changes,
    build_related,
    build_version,
)
from odata_service.sql.families import Codec
from odata_service.sql.logs import LogStatements, log_statements, logged_tables
from odata_service.sql.mapping import ColumnMapping
from odata_service.storage.counted_logs import CountedLogs
from odata_service.storage.driver import Row, translated
from odata_service.storage.filling import canonical, utc_now
from odata_service.storage.session import Session
from odata_service.storage.store import Key, Keys, PreparedChanges, PreparedVersion, Values

_SECONDS_A_DAY = 86_400
_SECONDS_BETWEEN_SHORTENINGS = 3_600


class FoundChanges(Struct, frozen=True):
    """A plan with its statement, and the logs that this reads."""

    plan: ChangesPlan
    statement: ChangesStatement
    related: tuple[RelatedStatement, ...]
    logs: tuple[LogStatements, ...]


class ChangeLogs:
    """The logs of a store, in the connections and transactions of its session."""

    def __init__(
        self,
        session: Session,
        mapping: Callable[[], Mapping],
        settings: Settings,
    ) -> None:
        self._session = session
        self._current = mapping
        self._retention_seconds = settings.change_retention_days * _SECONDS_A_DAY
        self._tells_versions = settings.collection_etags
        self._counted = CountedLogs(session)
        self._statements: dict[str, LogStatements] = {}
        self._shortened: dict[str, float] = {}

    @property
    def _mapping(self) -> Mapping:
        return self._current()

    def tracks(self, source: EntitySet) -> bool:
        """Whether changes of a source's entities are written down."""
        return bool(self._mapping.tables[source.name].logged)

    def prepare(self, query: Query, rules: Rules = ()) -> FoundChanges | None:
        """Builds the statement that finds changes of a query's result; None where not all of them are written down."""
        plan = plan_changes(query, self._mapping.schema, self._mapping.computed, rules)
        statement = None if plan is None else build_changes(plan, self._mapping)
        if plan is None or statement is None:
            return None
        related = build_related(plan, statement.tables, self._mapping)
        return FoundChanges(plan, statement, related, tuple(self._of(table) for table in statement.tables))

    def prepare_version(self, query: Query) -> VersionStatement | None:
        """Builds the statement that tells versions of a query's result apart; None where none costs next to nothing."""
        if not self._tells_versions:
            return None
        plan = plan_changes(query, self._mapping.schema, self._mapping.computed)
        return None if plan is None else build_version(plan, self._mapping)

    def version(self, prepared: PreparedVersion) -> str:
        """A text that is another one whenever the result may be."""
        assert isinstance(prepared, VersionStatement), "what was prepared by another store does not fit this one"
        if prepared.counted:
            return "-".join([prepared.model, *map(self._counted.version, prepared.counted)])
        return "-".join([prepared.model, *map(str, self._session.rows(prepared.text)[0])])

    def places(self, prepared: PreparedChanges) -> Places:
        """What will be changed, and what is being changed and not to be seen yet, lies behind these places.

        The text of each has the instant at which it was asked for, which tells when it is too old, and in which log it
        is.
        """
        logs = _found(prepared).logs
        for log in logs:
            self._shorten(log)
        if all(len(log.position) == 1 for log in logs):
            return tuple(map(self._place, logs))
        with self._session.transaction():
            return tuple(map(self._place, logs))

    def _place(self, log: LogStatements) -> str:
        *before, last = log.position
        for statement in before:
            self._session.rows(statement)
        return f"{int(time())}/{self._identity(log)}/{self._session.rows(last)[0][0]}"

    def _identity(self, log: LogStatements) -> str:
        """Which log it is: its name tells what it is made of, the database whether it is the same one still."""
        return f"{zlib.crc32(log.name.encode()):x}-{self._session.rows(log.identity)[0][0]}"

    def are_known(self, prepared: PreparedChanges, since: Places) -> bool:
        """Whether the logs still have all that lies behind places; places of other logs are none."""
        logs = _found(prepared).logs
        return len(logs) == len(since) and all(map(self._is_known, logs, since))

    def _is_known(self, log: LogStatements, since: str) -> bool:
        asked, identity, place = since.split("/")
        if self._retention_seconds and int(asked) < int(time()) - self._retention_seconds:
            return False
        if identity != self._identity(log):
            return False
        return not _integer(self._session.rows(log.unknown, [place] * log.repeated)[0][0])

    def changed(
        self, prepared: PreparedChanges, since: Places, values: Values, after: Values | None, most: int
    ) -> Keys:
        """The keys of entities that changed behind places, each once and in order: those after one of them."""
        statement = _found(prepared).statement
        dialect, codecs = self._mapping.family.dialect, self._codecs(statement.columns)
        listed, behind, known = ", ".join(statement.names), "", list[Stored]()
        if after is not None and codecs:
            behind = f"({listed}) > ({', '.join([dialect.placeholder] * len(codecs))})"
            known = [_encoded(codec, part) for codec, part in zip(codecs, after, strict=True)]
        text = f"{statement.changed(behind)} ORDER BY {listed} LIMIT {dialect.placeholder}"
        parameters = self._parameters(statement, since, values, known)
        return [_decoded(row, codecs) for row in self._session.rows(text, (*parameters, most))]

    def is_another(self, prepared: PreparedChanges, since: Places, values: Values) -> bool:
        """Whether something has changed behind places that all of the result depends on."""
        places, roots = _filling(since), _found(prepared).statement.roots
        return any(self._session.rows(f"{root.text} LIMIT 1", root.fill(values, places)) for root in roots)

    def related(
        self, prepared: PreparedChanges, chain: Chain, since: Places, values: Values
    ) -> Iterator[tuple[Key, Key]]:
        """The keys of entities, and of those that they were or are related to, where that may be new behind places."""
        found = next(part for part in _found(prepared).related if part.chain == chain)
        codecs, others = self._codecs(found.columns), self._codecs(found.others)
        rows = [
            row for part in found.parts for row in self._session.rows(part.text, part.fill(values, _filling(since)))
        ]
        for row in dict.fromkeys(map(tuple, rows)):
            yield tuple(_decoded(row, codecs)), tuple(_decoded(row[len(codecs) :], others))

    def _codecs(self, columns: Sequence[ColumnMapping]) -> list[Codec]:
        return [self._mapping.codec(column) for column in columns]

    def count(self, prepared: PreparedChanges, since: Places, values: Values) -> int:
        """How many entities changed behind places."""
        statement = _found(prepared).statement
        text = f"SELECT count(*) FROM ({statement.changed()}) AS changed"
        return _integer(self._session.rows(text, self._parameters(statement, since, values))[0][0])

    def _parameters(
        self, statement: ChangesStatement, since: Places, values: Values, behind: Sequence[Stored] = ()
    ) -> list[Stored]:
        """What fills the text of a statement, in its order; `behind` is that of the condition of the same name."""
        now, places = utc_now(), _filling(since)
        filled = [value for part in statement.parts for value in part.fill(values, places)]
        if statement.timed is not None:
            then = _instant(since)
            for instant in (then, now, now, then):
                filled += statement.timed.fill(values, {"now": instant})
        told = [value for part in statement.told for value in part.fill(values, {**places, "now": now})]
        return [*filled, *behind, *told]

    def _shorten(self, log: LogStatements) -> None:
        """Lets go of what is older than any place that is followed, now and then; where it cannot, others will.

        A day more is kept: what a transaction wrote in that time may have been committed behind such a place.
        """
        last = self._shortened.get(log.first)
        if not self._retention_seconds or (last is not None and monotonic() - last < _SECONDS_BETWEEN_SHORTENINGS):
            return
        self._shortened[log.first] = monotonic()
        oldest = int(time()) - self._retention_seconds - _SECONDS_A_DAY
        if self._old(log, oldest) is None:
            return
        with suppress(Unavailable), self._session.transaction(), translated(self._session.driver):
            old = self._old(log, oldest)
            if old is not None:
                self._session.connection().execute(log.shorten, (old,))
                self._session.connection().execute(log.begin, (old,))

    def _old(self, log: LogStatements, oldest: int) -> int | None:
        """The last position of changes before an instant; None where there are none, apart from the first row."""
        found, first = self._session.rows(log.old, (oldest,))[0][0], self._session.rows(log.first)[0][0]
        return None if found is None or found == first else _integer(found)

    def _of(self, table: str) -> LogStatements:
        known = self._statements.get(table)
        if known is None:
            known = self._statements[table] = log_statements(logged_tables(self._mapping)[table], self._mapping)
        return known


def _instant(since: Places) -> str:
    """When places were asked for, in the form that `now` has: what time has changed until then is known."""
    asked = min(int(place.partition("/")[0]) for place in since)
    return canonical(datetime.fromtimestamp(asked, UTC))


def _filling(since: Places) -> dict[str, Stored]:
    """What the store fills into a statement of the places in logs."""
    return {f"since{number}": text.rpartition("/")[2] for number, text in enumerate(since)}


def _found(prepared: PreparedChanges) -> FoundChanges:
    assert isinstance(prepared, FoundChanges), "what was prepared by another store does not fit this one"
    return prepared


def _encoded(codec: Codec, value: PrimitiveValue | None) -> Stored:
    return value if codec.encode is None else codec.encode(value)  # type: ignore[return-value]  # without a codec values are kept as they are


def _decoded(row: Row, codecs: Sequence[Codec]) -> list[PrimitiveValue | None]:
    """The key in a row; what is single has none."""
    parts = zip(row[: len(codecs)], codecs, strict=True)
    return [_primitive(part if codec.decode is None else codec.decode(part)) for part, codec in parts]


def _integer(value: object) -> int:
    assert isinstance(value, int), "positions and counts are integers"
    return value


def _primitive(value: object) -> PrimitiveValue:
    assert isinstance(value, PrimitiveValue), "keys are primitive and never null"
    return value
