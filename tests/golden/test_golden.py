from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden.files import GOLDEN


@pytest.mark.parametrize(("path", "make"), GOLDEN.items(), ids=[path.name for path in GOLDEN])
def test_the_file_is_what_the_code_writes(path: Path, make: Callable[[], bytes]) -> None:
    assert path.read_bytes() == make(), "run `make golden` and read the difference"
