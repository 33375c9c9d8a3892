"""Every problem of a definition, warnings included, without serving it."""

from pathlib import Path

from odata_service.definition.load import read_sources
from odata_service.errors import DefinitionError, Problem
from odata_service.garbage import collecting_later


def check(*sources: str | Path) -> tuple[Problem, ...]:
    """All problems of the sources, in order of file and line; empty where there is nothing to say."""
    with collecting_later():
        builder = read_sources(sources)
        try:
            builder.freeze()
        except DefinitionError as error:
            return error.problems
        return builder.problems
