"""Every path of a description is one of the service, with the methods that the service takes there."""

import pytest

from odata_service.openapi import Offer
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.models import (
    company_schema,
    customer_schema,
    every_schema,
    functions_schema,
    made_keys_schema,
    partners_schema,
    rules_schema,
    sales_schema,
    shop_schema,
    stationery_schema,
)
from tests.unit.openapi.describing import METHODS, described, filled

SCHEMAS = {
    make.__name__.removesuffix("_schema"): make
    for make in (
        company_schema,
        customer_schema,
        every_schema,
        functions_schema,
        made_keys_schema,
        partners_schema,
        rules_schema,
        sales_schema,
        shop_schema,
        stationery_schema,
    )
}


@pytest.mark.parametrize("read_only", [False, True], ids=["writable", "read-only"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_each_path_has_the_methods_that_the_service_takes(name: str, read_only: bool) -> None:
    schema = SCHEMAS[name]()
    document = described(schema, Offer(read_only=read_only))
    stated, taken = {}, {}
    with service_of(schema, Settings(track_changes=False, read_only=read_only)) as service:
        for path, item in document["paths"].items():
            if path == "/$batch":
                continue
            answer = ask(service, "OPTIONS", filled(path, item))
            stated[path] = METHODS & item.keys()
            taken[path] = METHODS & set(answer.headers.get("Allow", "").lower().split(", "))
    assert stated == taken


def test_an_update_tells_of_a_new_entity_where_it_creates_one() -> None:
    paths = described(made_keys_schema(), Offer())["paths"]
    told = {
        path.partition("(")[0].strip("/"): {"201" in item[method]["responses"] for method in ("put", "patch")}
        for path, item in paths.items()
        if path.endswith(")") and "put" in item
    }
    assert told == {
        "Tickets": {False}, "Parts": {False}, "Scans": {False}, "Halls": {False}, "Labels": {True}, "Rooms": {True},
    }  # fmt: skip
