from collections.abc import Iterator

import pytest

from tests.clients.customers import write_customers
from tests.serving import served


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service that has a dozen customers, started without an option."""
    directory = tmp_path_factory.mktemp("customers")
    write_customers(directory)
    with served(directory / "customers.db", "--data", str(directory / "Customers.json")) as (base_url, _):
        yield base_url
