"""Services that several tests of this stage ask."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.models import sales_schema
from tests.servers import FAMILIES
from tests.trade import trading


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The sales of the Data Aggregation extension's example, on each database."""
    with trading(request.param, sales_schema) as service:
        yield service
