"""What holds of migrations holds on servers too: the tests of SQLite, run there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migrating import place
from tests.unit.storage import test_migrate as of_sqlite


@pytest.fixture(params=("postgresql", "mariadb"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as made:
        yield made


globals().update({name: test for name, test in vars(of_sqlite).items() if name.startswith("test_")})
