"""Services that many tests ask: the Customer resource, and partners with their customers.

Laws are tried with the same examples in every run; `ODATA_TEST_RANDOM=1` tries others, and more.
"""

import os
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.company import fill
from tests.laws import LOOKS_FOR_MORE
from tests.models import company_schema, customer_schema, partners_schema
from tests.standing import drop_databases

settings.register_profile("steady", derandomize=True)
if not LOOKS_FOR_MORE:
    settings.load_profile("steady")

CUSTOMERS: list[dict[str, object]] = [
    {
        "id": "a",
        "displayName": "Alpha",
        "contractType": 1,
        "countryLetterCode": "DE",
        "isDeleted": False,
        "cosmosCreatedDateTimeUTC": "2024-01-02T03:04:05.678Z",
    },
    {"id": "b", "displayName": "Beta%", "contractType": 2, "countryLetterCode": "FR", "isDeleted": True},
    {"id": "c", "displayName": "Gämma_x", "contractType": None, "countryLetterCode": "DE", "isDeleted": None},
    {"id": "d", "displayName": None, "contractType": 4, "countryLetterCode": None, "isDeleted": False},
    {"id": "e's/x", "displayName": "O'Brien", "contractType": 2, "countryLetterCode": "US", "isDeleted": False},
]


@pytest.fixture
def service() -> Iterator[Service]:
    """Five customers of the Customer resource."""
    with service_of(customer_schema()) as made:
        for customer in CUSTOMERS:
            assert ask(made, "POST", "Customers", customer).status == 201
        yield made


@pytest.fixture
def partners() -> Iterator[Service]:
    """Two partners; the first has three customers, the second none, one customer has no partner."""
    with service_of(partners_schema()) as made:
        for number in (1, 2):
            ask(made, "POST", "Partners", {"id": f"p{number}", "name": f"Partner {number}"})
        for number, partner in enumerate(("p1", "p1", "p1", None), 1):
            body = {"id": f"c{number}", "name": f"Customer {number}", "partnerId": partner, "employees": number}
            assert ask(made, "POST", "Customers", body).status == 201
        yield made


@pytest.fixture
def company() -> Iterator[Service]:
    """Four people of four types, with notes and replies."""
    with service_of(company_schema()) as made:
        fill(made)
        yield made


def pytest_configure(config: pytest.Config) -> None:
    """Processes of tests find modules compiled also where none is to be written beside its source."""
    if sys.dont_write_bytecode and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = TemporaryDirectory(prefix="odata-service-", ignore_cleanup_errors=True)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a third of the time tests wait for databases and other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionfinish() -> None:
    """Drops what stood for the whole run."""
    drop_databases()
