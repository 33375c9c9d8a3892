"""JSON bodies in `d` and without it."""

import pytest

from odata_service.settings import Limits
from odata_service.v2.body import object_of


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"d":{"a":1}}', {"a": 1}),
        (b'{"a":1}', {"a": 1}),
        (b'{"d":1}', {"d": 1}),
        (b'{"d":null}', {"d": None}),
        (b'{"d":{"a":1},"b":2}', {"d": {"a": 1}, "b": 2}),
        (b" ", {}),
    ],
)
def test_what_stands_in_d_is_the_body_unless_d_is_a_property(body: bytes, value: object) -> None:
    assert object_of(body, Limits()) == value
