"""The page as its makers left it serves, with its API pages and alone."""

from pathlib import Path

import pytest

from odata_service.definition import load_schema
from tests.asking import ask, service_of
from tests.models import METADATA
from tests.reference import reference

SEED = "graph-pages/sample/seed"


@pytest.mark.parametrize("source", [SEED, f"{SEED}/resources/customer.md"], ids=["with its API pages", "alone"])
def test_the_seed_serves_as_customers(source: str) -> None:
    with service_of(load_schema(reference(source))) as service:
        body = {"@odata.type": "#microsoft.graph.Customer", "id": "a", "contractType": 1}
        assert ask(service, "POST", "Customers", body).status == 201
        assert ask(service, "GET", "Customers('a')").json["@odata.type"] == "#microsoft.graph.Customer"


def test_a_request_with_the_type_name_of_the_api_pages_is_understood() -> None:
    with service_of(load_schema(reference(SEED))) as service:
        body = {"@odata.type": "#microsoft.management.services.api.Customer", "id": "a"}
        assert ask(service, "POST", "Customers", body).json["@odata.type"] == "#microsoft.graph.Customer"


def test_the_seed_and_our_page_state_the_same_properties() -> None:
    def properties(source: Path) -> list[tuple[str, str]]:
        declared = load_schema(source).properties("microsoft.graph.Customer")
        return [(part.name, part.type.name) for part in declared.values()]

    assert properties(reference(f"{SEED}/resources/customer.md")) == properties(METADATA / "customer.md")
