"""Clients from npm: `python -m tests.clients.installed` installs them, and tests run what is installed.

Each is a directory with its package.json and package-lock.json. Without node, or without a way to the registry, nothing
is installed, and the tests of these clients are skipped and say so.
"""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
_SECONDS = 600


def main() -> None:
    """Installs what is not installed as its lock file says."""
    projects = sorted(lock.parent for lock in HERE.glob("*/package-lock.json"))
    if shutil.which("npm") is None:
        print("No npm: the tests of clients that need it are skipped.")
        return
    with ThreadPoolExecutor(2) as pool:
        for told in pool.map(_install, projects):
            print(told)


def directory_of(client: str) -> Path:
    """Where a client is installed; the test is skipped where it is not."""
    directory = HERE / client
    if shutil.which("node") is None:
        pytest.skip("no node runs clients from npm")
    if not _stamp(directory).exists():
        pytest.skip(f"{client} is not installed from npm: make test-clients does it")
    return directory


def run(directory: Path, *command: str) -> str:
    """The standard output of a command; what it says is shown where it fails."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=_SECONDS)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return done.stdout


def seen_by(client: str, base_url: str, script: str = "client.mjs") -> dict[str, Any]:
    """What a client saw of a service, by feature: a failure is an object with `failed`."""
    directory = directory_of(client)
    seen: dict[str, Any] = json.loads(run(directory, "node", script, base_url).splitlines()[-1])
    return seen


def _install(project: Path) -> str:
    lock, stamp = project / "package-lock.json", _stamp(project)
    if stamp.exists() and stamp.read_text("utf-8") == lock.read_text("utf-8"):
        return f"{project.name}: installed"
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        return f"{project.name}: not installed, its tests are skipped: {done.stderr.strip()[-300:]}"
    stamp.write_text(lock.read_text("utf-8"), "utf-8")
    return f"{project.name}: installed now"


def _stamp(project: Path) -> Path:
    """A copy of the lock file that was installed."""
    return project / "node_modules" / ".installed"


if __name__ == "__main__":
    main()
