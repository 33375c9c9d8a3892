"""What multiplies is refused before it has grown."""

import pytest

from odata_service.errors import LimitExceeded
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.semantics.tree import Logical
from odata_service.settings import Limits
from odata_service.url import parse_url
from tests.models import customer_schema

DOUBLED = "concat(identity,identity)/"


@pytest.mark.parametrize(
    "apply",
    [f"{DOUBLED * 24}aggregate($count as n)", f"groupby(({','.join(['rollup(contractType,id)'] * 24)}))"],
    ids=["concat", "rollup"],
)
def test_results_that_double_at_each_step_are_refused(apply: str) -> None:
    limits = Limits()
    with pytest.raises(LimitExceeded, match=r"more than 200 results together \(--max-nodes\)"):
        resolve(parse_url("Customers", f"$apply={apply}", limits), customer_schema(), limits=limits)


def test_values_that_double_at_each_name_are_refused() -> None:
    items = ",".join(["concat(id,id) as n0", *(f"concat(n{place},n{place}) as n{place + 1}" for place in range(30))])
    with pytest.raises(LimitExceeded, match=r"^What names of \$compute and of parameters stand for has more than 2000"):
        resolve(parse_url("Customers", f"$compute={items}"), customer_schema())


@pytest.mark.parametrize(
    "step",
    [
        "compute(concat(n,n) as n{0})/aggregate(n{0} with max as n)/",
        "compute(odata.service.replace(n,'a','{1}') as n{0})/aggregate(n{0} with max as n)/",
        "compute(concat(case(true:n),n) as m{0})/aggregate(m{0} with max as n)/",
    ],
    ids=["concat", "replace", "case"],
)
def test_texts_that_double_at_each_transformation_are_refused(step: str) -> None:
    steps = "".join(step.format(place, "b" * 90) for place in range(24))
    with pytest.raises(LimitExceeded, match=r"^\$apply makes texts of more than 2000 others \(--max-nodes\)"):
        resolve(parse_url("Customers", f"$apply=compute(id as n)/{steps}aggregate($count as c)"), customer_schema())


def test_texts_may_be_made_of_others_made_before() -> None:
    steps = "".join(f"compute(concat(concat(n{place},' '),displayName) as n{place + 1})/" for place in range(9))
    query = resolve(parse_url("Customers", f"$apply=compute(id as n0)/{steps}groupby((n9))"), customer_schema())
    assert isinstance(query, Query) and query.options.apply is not None
    assert len(query.options.apply.steps) == 11


def test_a_name_may_stand_often_for_what_is_short() -> None:
    condition = " or ".join(f"n eq {number}" for number in range(900))
    query = resolve(parse_url("Customers", f"$compute=length(id) as n&$filter={condition}"), customer_schema())
    assert isinstance(query, Query) and isinstance(query.options.filter, Logical)
    assert len(query.options.filter.operands) == 900
