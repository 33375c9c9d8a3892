"""However often each of some requests is sent, and in whatever order, those that succeed are carried out once."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from tests.asking import Answer, ask, service_of
from tests.laws import examples
from tests.models import shop_schema
from tests.repeating import RESULT, repeatable


@dataclass(frozen=True)
class Sent:
    """A request that a client may send again."""

    method: str
    target: str
    body: object

    def ask(self, service: Service, headers: dict[str, str]) -> Answer:
        sent = {"accept": "application/json;odata.metadata=none", **headers}
        return ask(service, self.method, self.target, self.body, **sent)


_NUMBERS = st.integers(1, 3)
_REQUESTS = st.one_of(
    st.builds(lambda: Sent("POST", "Orders", {"title": "new"})),
    st.builds(lambda number: Sent("POST", "Orders", {"number": number}), _NUMBERS),
    st.builds(lambda number: Sent("PATCH", f"Orders({number})", {"title": "changed"}), _NUMBERS),
    st.builds(lambda number: Sent("PUT", f"Orders({number})", {"title": "put"}), _NUMBERS),
    st.builds(lambda number: Sent("DELETE", f"Orders({number})", None), _NUMBERS),
)
_SEQUENCES = st.lists(_REQUESTS, min_size=1, max_size=5).flatmap(
    lambda requests: st.tuples(st.just(requests), st.lists(st.integers(0, len(requests) - 1), max_size=12))
)


def seen(answer: Answer) -> tuple[int, bytes, str | None]:
    """What must be the same: ETags and dates are of their service."""
    return answer.status, answer.body, answer.headers.get("Location")


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Service, Service]]:
    """A service that is asked by repeatable requests, and one that is asked once."""
    with service_of(shop_schema()) as repeating, service_of(shop_schema()) as plain:
        yield repeating, plain


@settings(max_examples=examples(90), deadline=None)
@given(_SEQUENCES)
def test_sending_again_is_as_not_sending(pair: tuple[Service, Service], sequence: tuple[list[Sent], list[int]]) -> None:
    repeating, plain = pair
    requests, order = sequence
    headers = [repeatable() for _ in requests]
    done: dict[int, tuple[int, bytes, str | None]] = {}
    for service in pair:
        assert ask(service, "DELETE", "Orders/$each").status == 204
    for place in order:
        answer = requests[place].ask(repeating, headers[place])
        expected = done.get(place) or seen(requests[place].ask(plain, {}))
        assert (seen(answer), answer.headers[RESULT]) == (expected, "accepted")
        if answer.status < 300:
            done[place] = expected
    rows = [Sent("GET", "Orders?$orderby=number", None).ask(service, {}).body for service in pair]
    assert rows[0] == rows[1]
