"""Many transformations behind and inside of each other, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ask

GROUPS = "groupby((Product/Name,Amount))"
CASES = {
    "computed and cut": "/".join(f"compute(Amount as a{place})/top(9)" for place in range(30)),
    "grouped again and again": "/".join([f"{GROUPS}/topcount(9,Amount)"] * 30),
    "groups inside of groups": f"{'groupby((Amount),' * 30}top(1){')' * 30}",
    "compared with all": "/".join(["filter(Amount ge $these/aggregate(Amount with min))"] * 7),
    "relatives of relatives": "/".join(["descendants($root/Offices,Offices,OfficeID,top(9),keep start)"] * 5),
}


@pytest.mark.parametrize("apply", CASES.values(), ids=CASES.keys())
def test_they_are_answered(trade: Service, apply: str) -> None:
    answer = ask(trade, "GET", f"Sales/$count?$apply={apply}")
    assert answer.status == 200, answer.body
    assert int(answer.body) >= 4
