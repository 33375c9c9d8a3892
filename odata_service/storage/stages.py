"""What code makes of rows before a statement runs: they are read, worked on, and sent with it (`sql.stages`)."""

from collections.abc import Callable, Mapping, Sequence

from odata_service.database import Stored
from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.kept import keep
from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import LimitExceeded
from odata_service.sql import Stage, Statement
from odata_service.storage.driver import Row
from odata_service.storage.values import decoded

Run = Callable[[Statement, dict[str, Stored]], list[Row]]
"""Runs a statement with what is filled into it."""

_NO_LIMIT = 2**62


def staged(
    stages: Sequence[Stage], extra: Mapping[str, Stored], run: Run, schema: Schema, most: int
) -> dict[str, Stored]:
    """What is filled into a statement together with what its stages give; they read at most so many rows each."""
    found = dict(extra)
    for stage in stages:
        limit = most or _NO_LIMIT
        rows = run(stage.statement, {**found, "most": limit + 1})
        if len(rows) > limit:
            raise LimitExceeded(
                f"'{stage.work.name}' is carried out by code, and is asked of more than {limit} values"
                " (--max-expanded-rows).",
                target="$apply",
                hint="Leave fewer of them, as by filter(…) before it.",
            )
        made = aggregated(stage.work, decoded(rows, stage.decoders), stage.keys, stage.types[-1])
        found[stage.name] = _text(made, stage.types, schema)
    return found


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
