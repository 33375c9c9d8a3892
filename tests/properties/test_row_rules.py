"""A law of row rules: an answer under them is the answer over a database that holds no more than they leave."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from tests.asking import ask
from tests.laws import examples
from tests.visible import CODED, VALUES, pair, shown

SETS: tuple[tuple[Mapping[str, str], Mapping[str, object]], ...] = (
    ({"Customers": "countryLetterCode eq @country"}, {"country": "DE"}),
    ({"Orders": "amount ge @least"}, {"least": 7}),
    ({"Customers": "manager eq null", "Orders": "customer/contractType eq @type"}, {"type": 1}),
    ({"Customers": "orders/any(o:o/amount gt @most)", "Orders": "contains(title,@word)"}, {"most": 5, "word": "bike"}),
    ({"Customers": "false", "Orders": "true"}, {}),
    (CODED, VALUES),
)

OF_ORDERS = st.sampled_from(
    ["amount gt 5", "customer ne null", "customer/displayName eq 'Alpha'", "customer/manager/id eq 'a'", "number lt 4"]
)
PLAIN = st.sampled_from(
    [
        "contractType eq 2",
        "isDeleted eq false",
        "manager/contractType eq 1",
        "manager eq null",
        "tags/any(t:t eq 'blue')",
    ]
)


def _filters(depth: int) -> st.SearchStrategy[str]:
    of_orders = st.builds("orders/{}(o:{})".format, st.sampled_from(["any", "all"]), OF_ORDERS.map(_within))
    counts = st.builds(
        "orders/$count($filter={}) {} {}".format, OF_ORDERS, st.sampled_from(["eq", "gt"]), st.integers(0, 2)
    )
    leaf = PLAIN | of_orders | counts
    if not depth:
        return leaf
    inner = _filters(depth - 1)
    return (
        leaf
        | st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner)
        | inner.map("not ({})".format)
    )


def _within(predicate: str) -> str:
    return f"o/{predicate}"


def _expands(depth: int) -> st.SearchStrategy[str]:
    options = st.lists(
        st.sampled_from(["$count=true", "$top=1", "$orderby=title desc"]), unique_by=lambda option: option[:3]
    ).map(";".join)
    orders = st.builds(
        "orders({})".format, st.builds("$filter={};{}".format, OF_ORDERS, options).map(lambda t: t.rstrip(";"))
    )
    managers = st.just("manager")
    if depth:
        managers |= _expands(depth - 1).map("manager($expand={})".format)
    return st.lists(orders | managers | st.just("orders/$count"), min_size=1, unique_by=lambda item: item[:3]).map(
        ",".join
    )


TAILS = st.sampled_from(
    ["", "&$count=true", "&$orderby=manager/displayName,id", "&$orderby=orders/$count desc,id&$top=2", "&$select=id"]
)


@pytest.fixture(scope="module")
def pairs() -> Iterator[list[tuple[Service, Service]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(pair("sqlite", rules, values)) for rules, values in SETS]


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(SETS) - 1), text=_filters(2), expand=_expands(2), tail=TAILS)
def test_what_rules_leave_is_all_that_there_is(
    pairs: list[tuple[Service, Service]], place: int, text: str, expand: str, tail: str
) -> None:
    ruled, reduced = pairs[place]
    target = f"Customers?$filter={text}&$expand={expand}{tail}"
    answer = ask(ruled, "GET", target)
    assert answer.status == 200, answer.body
    assert shown(answer) == shown(ask(reduced, "GET", target))
