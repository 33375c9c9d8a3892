"""Rows of files into the entity sets that are empty, before a service starts: `serve --data`."""

from pathlib import Path

import click

from odata_service.cli.options import fail
from odata_service.errors import ODataError
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import is_empty
from odata_service.transfer import LoadReport, LoadStopped, UnreadableFile, load_files, row_files


def fill(store: DatabaseStore, paths: tuple[Path, ...]) -> None:
    """Loads the files whose entity sets are empty, all or nothing: a set with a part of its rows would not be filled
    at the next start. A bad row ends the command with its line.
    """
    try:
        files = [file for file in row_files(paths) if _is_wanted(store, file.entity_set)]
        report = load_files(store, files, atomic=True)
    except (UnreadableFile, ODataError) as error:
        fail(str(error))
    except LoadStopped as stopped:
        tell_rejected(stopped.report)
        fail(str(stopped))
    tell_rejected(report)
    if report.rejected:
        fail("Nothing was loaded (--data). Mend these rows, or load the others by `odata-service load`.")


def tell_rejected(report: LoadReport) -> None:
    """Each row that was not loaded, on a line of standard error."""
    for rejected in report.rejected:
        click.echo(str(rejected), err=True)


def _is_wanted(store: DatabaseStore, entity_set: str) -> bool:
    """Whether a set is still empty; of an unknown one the loader speaks."""
    return store.schema.source(entity_set) is None or is_empty(store, entity_set)
