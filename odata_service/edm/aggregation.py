"""Custom aggregation methods: what a service makes of values, under a qualified name (Data Aggregation 3.2.1.2)."""

from collections.abc import Callable, Sequence

from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.structs import PartlyCompared


class AggregationMethod(PartlyCompared, frozen=True):
    """One method: values of the type that it `takes`, of any where that is None, become one of the type it `gives`.

    Without such a type it is that of the values. `work` is given values of `edm.values`, at least one and none of them
    null, and the type of the result. `sql` is an aggregate in SQL by the name of a family of databases, "" for all
    others: `{0}` stands for the value of each row, null for no value.
    """

    name: str
    takes: TypeRef | None = None
    gives: TypeRef | None = None
    work: Callable[[Sequence[PrimitiveValue], TypeRef], PrimitiveValue | None] | None = None
    sql: tuple[tuple[str, str], ...] = ()

    def statement(self, family: str) -> str | None:
        """The SQL of a family, or None where code does the work there."""
        known = dict(self.sql)
        return known.get(family, known.get(""))
