"""What code makes of rows before a statement runs: they are read, worked on, and sent with it (`sql.stages`)."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from odata_service.database import Stored
from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.kept import keep
from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import LimitExceeded, NotSupported
from odata_service.semantics.transformations import Calling
from odata_service.sql import Stage, Statement
from odata_service.storage.driver import Row
from odata_service.storage.store import Transform, Values
from odata_service.storage.values import decoded

Run = Callable[[Statement, dict[str, Stored]], list[Row]]
"""Runs a statement with what is filled into it."""

NO_LIMIT = 2**62
"""More than there is of anything."""


class Staging(Struct, frozen=True):
    """How the stages of a request with these values are run: each reads at most so many rows."""

    run: Run
    values: Values
    transform: Transform
    schema: Schema
    most: int

    def __call__(self, stages: Sequence[Stage], extra: dict[str, Stored]) -> dict[str, Stored]:
        """What is filled into a statement together with what its stages give."""
        found = dict(extra)
        for stage in stages:
            found[stage.name] = _text(self._made(stage, found), stage.types, self.schema)
        return found

    def _made(self, stage: Stage, extra: dict[str, Stored]) -> Sequence[Row]:
        rows = self._read(stage, extra)
        match stage.work:
            case AggregationMethod() as method:
                return aggregated(method, rows, stage.keys, stage.types[-1])
            case Calling() as step:
                return self.transform(step, rows, stage.keys, self.values)

    def _read(self, stage: Stage, extra: dict[str, Stored]) -> list[Row]:
        if stage.statement is None:
            return []
        limit = self.most or NO_LIMIT
        rows = self.run(stage.statement, {**extra, "most": limit + 1})
        if len(rows) > limit:
            raise LimitExceeded(
                f"'{_named(stage)}' is carried out by code, and is asked of more than {limit} values"
                " (--max-expanded-rows).",
                target="$apply",
                hint="Leave fewer of them, as by filter(…) before it.",
            )
        return decoded(rows, stage.decoders)


def no_transform(step: Calling, *_: object) -> Sequence[Row]:
    """Refuses to call functions that nobody has."""
    name = step.call.operation.name
    raise NotSupported(f"'{name}' is carried out by code, and there is none.", target=name)


def _named(stage: Stage) -> str:
    return stage.work.name if isinstance(stage.work, AggregationMethod) else stage.work.call.operation.name


def aggregated(method: AggregationMethod, rows: Sequence[Row], keys: int, gives: TypeRef) -> list[Row]:
    """What a method makes of the values in each group, which are the last of each row, behind the keys."""
    assert method.work is not None, "code carries it out"
    groups: dict[Row, list[PrimitiveValue]] = {} if keys else {(): []}
    for *key, known in rows:
        assert isinstance(known, PrimitiveValue), "values are primitive, and none of them is null"
        groups.setdefault(tuple(key), []).append(known)
    return [(*key, method.work(values, gives) if values else None) for key, values in groups.items()]


def _text(rows: Sequence[Row], types: Sequence[TypeRef], schema: Schema) -> str:
    """Rows as an array of objects, their values as `edm.kept` has them; what is null is left out."""
    objects = (
        ",".join(
            f'"c{place}":{keep(part, type_ref, schema)}'  # type: ignore[arg-type]  # rows hold values
            for place, (part, type_ref) in enumerate(zip(row, types, strict=True))
            if part is not None
        )
        for row in rows
    )
    return f"[{','.join(f'{{{members}}}' for members in objects)}]"
