"""Rows of files into the entity sets that are empty, before a service starts: `serve --data`."""

from pathlib import Path

import click

from odata_service.cli.options import fail
from odata_service.errors import ODataError
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import is_empty
from odata_service.transfer import UnreadableFile, load_files, row_files


def fill(store: DatabaseStore, paths: tuple[Path, ...]) -> None:
    """Loads the files whose entity sets are empty; a bad row ends the command with its line."""
    try:
        files = [file for file in row_files(paths) if _is_wanted(store, file.entity_set)]
        report = load_files(store, files)
    except (UnreadableFile, ODataError) as error:
        fail(str(error))
    for rejected in report.rejected:
        click.echo(str(rejected), err=True)
    if report.rejected:
        raise SystemExit(1)


def _is_wanted(store: DatabaseStore, entity_set: str) -> bool:
    """Whether a set is still empty; of an unknown one the loader speaks."""
    return store.schema.source(entity_set) is None or is_empty(store, entity_set)
