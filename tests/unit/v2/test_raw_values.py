"""Values alone, as they are: `/$value` of properties."""

from collections.abc import Iterator

import pytest

from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.models import every_schema
from tests.unit.v2.shop import Shop


@pytest.fixture(scope="module")
def every() -> Iterator[Shop]:
    with service_of(every_schema()) as service:
        shop = Shop(service, V2Service(service))
        assert shop.ask("POST", "Scalars", {"id": 1}).status == 201
        yield shop


@pytest.mark.parametrize(
    ("name", "value", "json"),
    [
        ("date", b"2024-02-29T00:00:00", "/Date(1709164800000)/"),
        ("time", b"PT12H30M1S", "PT12H30M1S"),
        ("binary", b"\x00\xff$", "AP8k"),
        ("binary", b"", ""),
        ("string", b"", ""),
        ("int64", b"12", "12"),
        ("boolean", b"false", False),
    ],
)
def test_a_value_is_read_as_it_was_written(every: Shop, name: str, value: bytes, json: object) -> None:
    assert every.ask("PUT", f"Scalars(1)/{name}/$value", value, content_type="text/plain").status == 204
    assert every.ask("GET", f"Scalars(1)/{name}/$value").body == value
    assert every.get(f"Scalars(1)/{name}") == {name: json}


def test_text_that_is_no_utf_8_is_refused(every: Shop) -> None:
    answer = every.ask("PUT", "Scalars(1)/string/$value", b"\xff", content_type="text/plain")
    assert (answer.status, answer.error["message"]["value"]) == (400, "The value is no UTF-8. Send its text.")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_complex_value_is_no_raw_value(shop: Shop, method: str) -> None:
    answer = shop.ask(method, "Articles(2)/size/$value", b"" if method == "PUT" else None)
    assert (answer.status, answer.error["message"]["value"]) == (
        404,
        "'shop.Size' has no raw value. Leave out /$value.",
    )
    assert shop.get("Articles(2)/size")["size"]["width"] == 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("instant", "x", "'x' is no date with a time. Write /Date(1709553600000)/, in XML 2024-03-04T12:00:00."),
        ("time", "x", "'x' is no time of day. Write PT12H30M15S."),
    ],
)
def test_a_body_is_told_how_its_value_is_written(every: Shop, name: str, value: str, message: str) -> None:
    answer = every.ask("MERGE", "Scalars(1)", {name: value})
    assert (answer.status, answer.error["message"]["value"]) == (400, message)


@pytest.mark.parametrize("value", ["PT12H30M1S", "12:30:01"])
def test_a_time_of_a_body_may_be_iso(every: Shop, value: str) -> None:
    assert every.ask("MERGE", "Scalars(1)", {"time": value}).status == 204
    assert every.get("Scalars(1)/time") == {"time": "PT12H30M1S"}
