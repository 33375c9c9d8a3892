"""The current instance as a value, and the ids of entities, in expressions."""

from collections.abc import Iterator
from typing import Annotated

import pytest

from odata_service.service import Call, Entity, Service
from tests.asking import ask
from tests.models import stationery_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.stationery import fill

Article = Annotated[Entity, "shop.Article"]


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, stationery_schema) as service:

        @service.function("shop.Dearer")
        def dearer(call: Call, article: Article, other: Article) -> bool:
            return bool(article["price"] > other["price"])

        @service.function("shop.Cheaper", expression="price lt @other/price and group eq @other/group")
        def cheaper(call: Call, article: Article, other: Article) -> bool:
            return bool(article["price"] < other["price"])

        fill(service)
        yield service


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=shop.Dearer(other=$root/Articles(1))", [2, 3]),
        ('$filter=shop.Dearer(other=@a)&@a={"@odata.id":"Articles(2)"}', [3]),
        ("$filter=$root/Articles(2)/shop.Dearer(other=$it)", [1]),
        ("$filter=group/articles/any(x:shop.Dearer(other=x))", [2]),
        ("$filter=shop.Cheaper(other=$root/Articles(2))", [1]),
        ("$filter=group/articles/any(x:x/shop.Cheaper(other=$it))", [2]),
        ("$filter=group/articles/any(x:x eq $it and x/number gt 1)", [2, 3]),
        ('$filter=$it eq {"@odata.id":"Articles(2)"}', [2]),
        ('$filter=$it eq {"@odata.id":"Articles(3)"}', [3]),
        ('$filter=$it eq @a&@a={"@id":"http://host/Articles(1)"}', [1]),
        ('$filter=group ne {"@odata.id":"Groups(\'a\')"}', [3]),
        ('$filter=$it eq {"@odata.id":"Articles(77)"}', []),
    ],
)
def test_entities_are_compared_and_given_to_functions(shop: Service, options: str, numbers: list[int]) -> None:
    assert ask(shop, "GET", f"Articles?{options}").column("number") == numbers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            '$filter=$it eq {"@odata.id":"Nothing(1)"}',
            "'Nothing(1)' is the id of no entity here (at position 8 of $filter). "
            'Write {"@odata.id":"Set(\'key\')"}.',
        ),
        (
            "$filter=$it",
            "$filter must be true or false, and $it is a shop.Article (at position 1 of $filter). "
            "Compare it with a value, as in … eq 'text'.",
        ),
        (
            "$apply=groupby((groupCode))/filter($it eq null)",
            "The instance itself is no entity, and no value here (at position 29 of $apply). "
            "Write one of its properties.",
        ),
    ],
)
def test_what_is_no_entity_is_refused(shop: Service, options: str, message: str) -> None:
    assert ask(shop, "GET", f"Articles?{options}").refusal == (400, message)
