"""What binary values do in orders of transformations, in each database: they have one, though nothing compares them."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.migrating import a, items
from tests.servers import FAMILIES, database_url

TAGS = [urlsafe_b64encode(bytes([value])).decode().rstrip("=") for value in (7, 90, 200, 255)]


@pytest.fixture(scope="module", params=FAMILIES)
def tagged(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(items(a("tag", "Binary")), url=url) as service:
        for number, tag in enumerate(reversed(TAGS)):
            assert ask(service, "POST", "Items", {"id": f"i{number}", "tag": tag}).status == 201
        yield service


def test_pages_of_groups_by_binary_values_join_to_the_whole(tagged: Service) -> None:
    first = ask(tagged, "GET", "Items?$apply=groupby((tag))", prefer="odata.maxpagesize=3")
    second = ask(tagged, "GET", first.json["@odata.nextLink"].removeprefix(ROOT))
    assert [*first.column("tag"), *second.column("tag")] == TAGS
    assert "@odata.nextLink" not in second.json


@pytest.mark.parametrize("transformation", ["orderby(tag)/top(2)", "bottomcount(2,tag)"])
def test_transformations_order_by_binary_values_as_orderby_does(tagged: Service, transformation: str) -> None:
    found = ask(tagged, "GET", f"Items?$apply={transformation}&$orderby=tag")
    assert found.column("tag") == TAGS[:2]
