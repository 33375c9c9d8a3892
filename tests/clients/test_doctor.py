"""The examination of this service itself, in both versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.doctor import examine
from tests.models import METADATA
from tests.serving import served

pytestmark = pytest.mark.client


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("served") / "x.db"
    with served(database, "--data", str(METADATA / "data")) as (base_url, _):
        yield base_url


@pytest.mark.parametrize(("path", "version"), [("", "4.0"), ("v2/", "2.0"), ("Customers?$top=3", "4.0")])
def test_no_client_stumbles(root: str, path: str, version: str) -> None:
    report = examine(f"{root}{path}")
    assert (report.findings, report.version, report.entity_sets) == ([], version, 1)
