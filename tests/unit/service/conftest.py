"""Services that several tests of this stage ask."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import service_of
from tests.models import sales_schema
from tests.servers import FAMILIES, database_url
from tests.trade import fill


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The sales of the Data Aggregation extension's example, on each database."""
    with database_url(request.param) as url, service_of(sales_schema(), url=url) as service:
        fill(service)
        yield service
