from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.customers import write_customers
from tests.clients.installed import HERE
from tests.clients.pages import browser, served_pages
from tests.serving import ROOT, served

collect_ignore_glob = ["*/client.py", "*/generated/*", "schemathesis_hooks.py"]
"""What runs in environments of clients, or is made there."""


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service with a dozen customers, started without an option; clients make others."""
    directory = tmp_path_factory.mktemp("customers")
    write_customers(directory)
    with served(directory / "customers.db", "--data", str(directory / "Customers.json")) as (base_url, _):
        yield base_url


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the catalogue of examples/, started as its README does."""
    source, database = ROOT / "examples" / "catalogue", tmp_path_factory.mktemp("catalogue") / "catalogue.db"
    arguments = ("--data", str(source / "rows"), "--code", str(source / "catalogue.py"))
    with served(database, *arguments, source=source / "model.csdl.xml") as (base_url, _):
        yield base_url


@pytest.fixture(scope="session")
def seen_on_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], dict[str, Any]]]:
    """What the page of a client sees of a dozen customers: its origin is another than the service's."""
    browser()
    directory = tmp_path_factory.mktemp("pages")
    write_customers(directory)
    rows = str(directory / "Customers.json")
    with (
        served_pages(HERE) as pages,
        served(directory / "customers.db", "--data", rows, "--cors-origin", pages.origin) as (base_url, _),
    ):
        yield lambda client: pages.seen_by(client, base_url, directory / client)
