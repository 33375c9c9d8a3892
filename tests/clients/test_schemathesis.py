"""Schemathesis against the Customer resource: it sends what the OpenAPI description allows, and what it forbids.

The answers must be those that are described.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models import METADATA
from tests.serving import ROOT, served

pytestmark = pytest.mark.client

FULL = "ODATA_SCHEMATHESIS_EXAMPLES"
"""The environment variable for the number of examples of an operation, of which a whole run tries many."""


UPSERTS = """
[[operations]]
include-method = ["PATCH", "PUT"]
checks.use_after_free.enabled = false
"""
"""An update creates what is not there, so one behind a delete is answered by 201."""


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(UPSERTS, "utf-8")
    examples = os.environ.get(FULL)
    phases = ["--max-examples", examples] if examples else ["--max-examples", "3", "--phases", "examples,fuzzing"]
    with served(tmp_path / "x.db", "--data", str(METADATA / "data")) as (base_url, _):
        run = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{base_url}-/openapi.json"),
                *("--generation-deterministic", "--no-color", *phases),
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.clients.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "No issues found" in run.stdout
