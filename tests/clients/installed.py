"""Clients from npm and PyPI: `python -m tests.clients.installed` installs them, and tests run what is installed.

Each is a directory with its package.json and package-lock.json, or with a requirements.txt that names every version,
for which it has an environment of its own. Without node, or without a way to npm and PyPI, nothing is installed, and
the tests of these clients are skipped and say so.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
_SHARED = HERE / "shared"
"""What scripts in Python import of each other."""

_SECONDS = 600
_AT_ONCE = 4  # they wait for the network and the disk more than they work
_NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
_PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-compile", "--retries", "1")


def main() -> None:
    """Installs what is not installed as its lock file says."""
    projects = sorted(
        path.parent for name in ("package-lock.json", "requirements.txt") for path in HERE.glob(f"*/{name}")
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for told in pool.map(_install, projects):
            print(told)


def directory_of(client: str) -> Path:
    """Where a client is installed; the test is skipped where it is not."""
    directory = HERE / client
    if not _is_python(directory) and shutil.which("node") is None:
        pytest.skip("no node runs clients from npm")
    if not _stamp(directory).exists():
        pytest.skip(f"{client} is not installed: make test-clients does it")
    return directory


def run(directory: Path, *command: str) -> str:
    """The standard output of a command; what it says is shown where it fails."""
    variables = os.environ | {"PYTHONPATH": str(_SHARED)}
    done = subprocess.run(command, cwd=directory, env=variables, capture_output=True, text=True, timeout=_SECONDS)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return done.stdout


def seen_by(client: str, *base_urls: str) -> dict[str, Any]:
    """What a client saw of services, by feature: a failure is an object with `failed`."""
    directory = directory_of(client)
    program = (str(interpreter(directory)), "client.py") if _is_python(directory) else ("node", "client.mjs")
    seen: dict[str, Any] = json.loads(run(directory, *program, *base_urls).splitlines()[-1])
    return seen


def bundled(client: str) -> None:
    """Makes one script of a client's page and of what it imports."""
    command = ("page.mjs", "--bundle", "--format=esm", "--outfile=built/page.js", "--log-level=warning")
    directory = directory_of(client)
    run(directory, "node", "node_modules/esbuild/bin/esbuild", *command)


def interpreter(project: Path) -> Path:
    """The Python that has what a project requires."""
    return project / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def _install(project: Path) -> str:
    lock, stamp = _lock(project), _stamp(project)
    if stamp.exists() and stamp.read_text("utf-8") == lock.read_text("utf-8"):
        return f"{project.name}: installed"
    command: Sequence[str] = _NPM
    if _is_python(project):
        venv.create(project / ".venv", clear=True, with_pip=False)
        command = (sys.executable, *_PIP[:2], "--python", str(interpreter(project)), *_PIP[2:], "-r", lock.name)
    elif shutil.which("npm") is None:
        return f"{project.name}: not installed, its tests are skipped: there is no npm"
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        return f"{project.name}: not installed, its tests are skipped: {done.stderr.strip()[-300:]}"
    stamp.write_text(lock.read_text("utf-8"), "utf-8")
    return f"{project.name}: installed now"


def _is_python(project: Path) -> bool:
    return (project / "requirements.txt").exists()


def _lock(project: Path) -> Path:
    return project / ("requirements.txt" if _is_python(project) else "package-lock.json")


def _stamp(project: Path) -> Path:
    """A copy of the lock file that was installed."""
    return project / (".venv" if _is_python(project) else "node_modules") / ".installed"


if __name__ == "__main__":
    main()
