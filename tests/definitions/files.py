"""The broken definitions beside this file, each with the text of its problems."""

import os
from pathlib import Path

from odata_service.definition import check

BROKEN = Path(__file__).parent / "broken"
SOURCES = tuple(source for source in sorted(BROKEN.iterdir()) if source.suffix != ".txt")


def expectation(source: Path) -> Path:
    """The file with the expected problems of a source."""
    return source.with_suffix(".txt")


def problems(source: Path) -> str:
    """Every problem of a source, one a line, as `check` prints them in the directory of the source."""
    before = Path.cwd()
    os.chdir(source.parent)
    try:
        return "".join(f"{problem}\n" for problem in check(source.name))
    finally:
        os.chdir(before)
