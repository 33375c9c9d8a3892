"""Code that statements ask for what it makes of values: called while a statement runs, or asked before (`sql.code`).

Equal values are asked for once a statement. However the code is called, there are only so many values that it is asked
for, and only so much time.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from odata_service.database import Stored
from odata_service.database.functions import calling
from odata_service.edm.computations import Code, Coded
from odata_service.edm.kept import keep
from odata_service.edm.model import Schema
from odata_service.edm.structured import Value
from odata_service.errors import LimitExceeded, NotSupported
from odata_service.settings import Limits
from odata_service.sql import Ask, Statement
from odata_service.storage.driver import Row
from odata_service.storage.failures import too_slow
from odata_service.storage.stages import NO_LIMIT, Run
from odata_service.storage.store import Values, Work, WorkOf


def no_work(code: Code) -> Work:
    """Refuses to ask code that nobody has."""
    raise NotSupported(f"'{code.name}' is carried out by code, and there is none.", target=code.name)


class Answers:
    """What code has made of values for one statement."""

    def __init__(self, asks: Sequence[Ask], work_of: WorkOf, schema: Schema, limits: Limits) -> None:
        self._asks = asks
        self._by_name = {ask.code.name: ask for ask in asks}
        self._work = {name: _work(ask.code, work_of) for name, ask in self._by_name.items()}
        self._schema = schema
        self._limits = limits
        self._left = limits.max_code_calls or NO_LIMIT
        self._deadline = monotonic() + (limits.statement_seconds or NO_LIMIT)
        self._known: dict[tuple[Stored, ...], Stored] = {}

    def rows(self, statement: Statement, run: Run, *, calls: bool) -> list[Row]:
        """The rows of the statement, which itself `calls` the code or is given the answers by `run`."""
        if not calls:
            return run(statement, self._asked(run))
        with calling(self._called):
            return run(statement, {})

    def _called(self, name: str, values: tuple[Stored, ...]) -> Stored:
        known = (name, *values)
        if known not in self._known:
            ask = self._by_name[name]
            (found,) = self._made(ask, [values])
            self._known[known] = self._stored(found, ask)
        return self._known[known]

    def _stored(self, found: Value, ask: Ask) -> Stored:
        """What code has made as the database has it: collections are JSON."""
        if ask.code.type.collection:
            return keep(found, ask.code.type, self._schema)
        return found if found is None or ask.encode is None else ask.encode(found)  # type: ignore[return-value]  # a driver takes what has no codec

    def _asked(self, run: Run) -> dict[str, Stored]:
        """The answers that come along with a statement; each question has those before it."""
        answers: dict[str, dict[str, str]] = {ask.name: {} for ask in self._asks}
        written = {ask.name: _written(ask, {}) for ask in self._asks}
        for ask in self._asks:
            known = answers[ask.name]
            assert ask.question is not None, "the database is asked which values there are"
            rows = run(ask.question, {**written, "values": self._left + 1})
            new = {str(key): values for key, *values in rows if str(key) not in known}
            made = self._made(ask, list(new.values()))  # type: ignore[arg-type]  # what a cursor gives is stored
            for key, value in zip(new, made, strict=True):
                known[key] = keep(value, ask.code.type, self._schema) or "null"
            written[ask.name] = _written(ask, known)
        return written

    def _made(self, ask: Ask, rows: Sequence[Sequence[Stored]]) -> list[Value]:
        """What the code makes of rows of values as the database has them."""
        self._left -= len(rows)
        if self._left < 0:
            raise LimitExceeded(
                f"'{ask.code.name.partition('(')[0]}' is carried out by code, which would be asked for more than "
                f"{self._limits.max_code_calls} values (--max-code-calls).",
                hint="Join it by 'and' with conditions that leave fewer rows.",
            )
        values = [_decoded(row, ask) for row in rows]
        wanted = [row for row in values if not (ask.code.needs and row[0] is None)]
        found = iter(self._work[ask.code.name](wanted, self._check_time))
        return [None if ask.code.needs and row[0] is None else next(found) for row in values]

    def _check_time(self) -> None:
        if monotonic() > self._deadline:
            raise too_slow()


def _work(code: Code, work_of: WorkOf) -> Work:
    carried = code.carried_by
    if not isinstance(carried, Coded):
        return work_of(code)

    def work(rows: Sequence[Values], check_time: Callable[[], None]) -> Iterator[object]:
        for row in rows:
            check_time()
            yield carried.work(row)

    return work  # type: ignore[return-value]  # what code gives is made a value of the type by itself


def _decoded(values: Sequence[Stored], ask: Ask) -> Values:
    return [
        value if decode is None or value is None else decode(value)
        for value, decode in zip(values, ask.decoders, strict=True)
    ]


def _written(ask: Ask, answers: dict[str, str]) -> Stored:
    assert ask.written is not None, "answers come along where the database cannot call code"
    return ask.written(answers)
