"""What multiplies is refused before it has grown."""

import pytest

from odata_service.errors import LimitExceeded
from odata_service.semantics import resolve
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
