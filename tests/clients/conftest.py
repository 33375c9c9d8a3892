from collections.abc import Iterator

import pytest

from tests.clients.customers import write_customers
from tests.serving import served

collect_ignore_glob = ["*/client.py"]
"""What runs in environments of clients."""


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service with a dozen customers, started without an option; clients make others."""
    directory = tmp_path_factory.mktemp("customers")
    write_customers(directory)
    with served(directory / "customers.db", "--data", str(directory / "Customers.json")) as (base_url, _):
        yield base_url
