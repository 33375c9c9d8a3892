import pytest

from odata_service.edm.types import INT64
from odata_service.errors import BadRequest
from odata_service.plan.model import ReadPlan
from odata_service.plan.paging import (
    SkipToken,
    read_token,
    remaining_limit,
    seek_of,
    seek_values,
    token_after,
    write_token,
)
from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.semantics.tree import Constant, Parameter
from odata_service.url import parse_url
from tests.models import partners_schema

SECRET = b"s" * 32
SCHEMA = partners_schema()


def plan_of(options: str) -> ReadPlan:
    query = resolve(parse_url("Customers", options), SCHEMA)
    assert isinstance(query, Query)
    return plan_read(query, SCHEMA)


def test_a_token_survives_its_text() -> None:
    token = SkipToken(7, 12, ("ä'\0", None))
    assert read_token(write_token(token, "context", SECRET), "context", SECRET) == token


@pytest.mark.parametrize(
    ("context", "secret", "change"),
    [("other", SECRET, ""), ("context", b"t" * 32, ""), ("context", SECRET, "A"), ("context", SECRET, "é")],
)
def test_a_token_is_good_for_its_context_and_secret_alone(context: str, secret: bytes, change: str) -> None:
    text = write_token(SkipToken(1, None, ("a",)), "context", SECRET)
    with pytest.raises(BadRequest, match="does not belong"):
        read_token(change + text, context, secret)


def test_the_order_ends_with_the_key_and_its_values_make_the_token() -> None:
    plan = plan_of("$orderby=employees desc,name&$select=since")
    row: list[object] = [None] * len(plan.columns)
    for place, value in zip(plan.order_columns, (5, None, "k"), strict=True):
        row[place] = value
    token = token_after(row, plan, served=10, count=None)
    assert token == SkipToken(10, None, ("5", None, "k"))
    assert token.nulls == (False, True, False)
    assert seek_values(token, plan) == [5, None, "k"]
    assert [type(value) for value in seek_of(token, plan, 3).values] == [Parameter, Constant, Parameter]


def test_a_key_in_the_order_is_not_put_there_twice() -> None:
    assert len(plan_of("$orderby=id desc").order) == 1


def test_what_is_left_of_top_is_a_parameter() -> None:
    assert remaining_limit(4) == Parameter(4, INT64)
