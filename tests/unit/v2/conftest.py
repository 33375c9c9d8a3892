from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.settings import Limits, Settings
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.stationery import fill
from tests.unit.v2.shop import Shop

MODEL = Path(__file__).parents[2] / "models" / "stationery.xml"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with service_of(load_schema(str(MODEL)), Settings(limits=Limits(page_size=2))) as service:
        fill(service)
        yield Shop(service, V2Service(service))
