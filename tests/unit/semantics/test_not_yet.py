"""What the grammar knows and the resolver does not is answered by 501, or by a 400 that is due anyway, never by 500."""

import pytest

from odata_service.service import Service
from tests.asking import ask


@pytest.mark.parametrize(
    "target",
    [
        "Customers?$at=min",
        "Customers?$from=2024-01-01&$to=max",
        "Customers?$filter=microsoft.graph.F(a=[1,{\"b\":2}])/name eq 'x'",
        "Customers?$deltatoken=x",
    ],
)
def test_what_is_not_there_yet_is_said(service: Service, target: str) -> None:
    answer = ask(service, "GET", target)
    assert (answer.status, answer.error["code"]) in {(501, "NotSupported"), (400, "UnknownFunction")}
