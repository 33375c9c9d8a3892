"""Files that others publish, which tests read from the directory in ODATA_REFERENCE_DATA."""

import os
from pathlib import Path

import pytest


def reference(relative: str) -> Path:
    directory = os.environ.get("ODATA_REFERENCE_DATA")
    if not directory:
        pytest.skip("needs ODATA_REFERENCE_DATA: the directory with the reference data (docs/testing.md)")
    return Path(directory) / relative
