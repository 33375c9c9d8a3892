import pytest

from odata_service.openapi import Offer
from odata_service.openapi.security import security_schemes
from tests.models import customer_schema
from tests.unit.openapi.describing import described

BASIC = {"type": "http", "scheme": "basic", "description": "realm: a, b, charset: UTF-8"}
BEARER = {"type": "http", "scheme": "bearer", "description": "authorization_uri: https://login.example/x?y=1"}


@pytest.mark.parametrize(
    ("challenge", "schemes"),
    [
        ('Basic realm="a, b", charset="UTF-8"', {"basic": BASIC}),
        ("Bearer", {"bearer": {"type": "http", "scheme": "bearer"}}),
        ('Bearer authorization_uri="https://login.example/x?y=1"', {"bearer": BEARER}),
        ('ApiKey name="code", in="query"', {"apiKey": {"type": "apiKey", "in": "query", "name": "code"}}),
        ("ApiKey name=X-Key in=nowhere", {"apiKey": {"type": "apiKey", "in": "header", "name": "X-Key"}}),
        (
            'Basic realm="a, b", charset="UTF-8", Bearer authorization_uri="https://login.example/x?y=1"',
            {"basic": BASIC, "bearer": BEARER},
        ),
        ("", {}),
    ],
)
def test_a_challenge_states_schemes(challenge: str, schemes: dict[str, object]) -> None:
    assert security_schemes(challenge) == schemes


def test_any_scheme_of_the_challenge_will_do() -> None:
    document = described(customer_schema(), Offer(challenge='Basic realm="x", Bearer'))
    assert document["security"] == [{"basic": []}, {"bearer": []}]
    assert set(document["components"]["securitySchemes"]) == {"basic", "bearer"}
