"""Files that others publish, which tests read from the directory in ODATA_REFERENCE_DATA."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DIRECTORY = "ODATA_REFERENCE_DATA"


def reference(relative: str) -> Path:
    directory = os.environ.get(DIRECTORY)
    if not directory:
        pytest.skip(f"needs {DIRECTORY}: the directory with the reference data (docs/testing.md)")
    return Path(directory) / relative


def reference_rows(relative: str) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines, as parameters of tests; none without the data, so tests are skipped."""
    directory = os.environ.get(DIRECTORY)
    if not directory:
        return []
    return [json.loads(line) for line in (Path(directory) / relative).read_text("utf-8").splitlines()]
