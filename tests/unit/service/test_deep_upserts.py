"""Entities that are created by PUT or PATCH at their own address, together with those around them (Protocol 11.4.4).

Such a request is that of a create: what it states inside of the entity is created with it, in version 4.0 as well,
in which an update of what is there states nothing of the kind.
"""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import stationery_schema
from tests.stationery import fill


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        fill(service)
        yield service


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("version", ["4.0", "4.01", "4.0;NetFx", "4.01;NetFx"])
def test_what_is_created_at_its_address_is_created_with_those_inside_of_it(
    shop: Service, method: str, version: str
) -> None:
    body = {"articles": [{"number": 41, "name": "one", "price": 1}]}
    made = ask(shop, method, "Groups('n')", body, odata_version=version)
    assert (made.status, [one["number"] for one in made.json["articles"]]) == (201, [41])
    assert ask(shop, "GET", "Articles(41)/group/code").json["value"] == "n"
    again = ask(shop, method, "Groups('n')", {"articles": []}, odata_version=version)
    assert again.status == (200 if version.startswith("4.01") else 400)


def test_what_is_created_in_a_collection_of_related_ones_is_created_with_those_inside_of_it(shop: Service) -> None:
    body = {"name": "one", "price": 1, "group": {"code": "n"}}
    made = ask(shop, "PUT", "Articles(42)", body, odata_version="4.0")
    assert (made.status, made.json["group"]["code"]) == (201, "n")
    inside = ask(shop, "PUT", "Groups('n')/articles(43)", {"name": "two", "price": 1}, odata_version="4.0")
    assert inside.status == 201
