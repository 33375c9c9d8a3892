"""`odata-service export`: entities of a database as a row file."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

import click
from tqdm import tqdm

from odata_service.cli.options import config_option, database_of, database_option, fail, option, schema_of
from odata_service.cli.outputs import replacing
from odata_service.cli.stores import is_missing, store_of, timezone_option
from odata_service.database.sqlite_files import sqlite_path
from odata_service.errors import ODataError
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.transfer import FORMATS, Pages, UnwritableRows, export_rows

_LIMITS = Limits(max_url_bytes=0, statement_seconds=0)
"""Who runs a command may wait for it."""


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="SOURCE... ENTITYSET")
@option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="CSV, XLSX, JSON Lines or an array of JSON.  [default: what the file's name ends with, else csv]",
)
@option("--query", metavar="OPTIONS", default="", help="Query options of a URL: '$filter=…&$select=…'.")
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file, whole or not at all.")
@database_option()
@timezone_option
@config_option
def export(arguments: tuple[str, ...], output: Path | None, **options: Any) -> None:
    """Write the entities of ENTITYSET, as `odata-service load` reads them.

    They are read as a GET reads them, all at one moment. JSON has complex values and what is expanded as objects; the
    other two have their members under paths such as address/city.
    """
    if len(arguments) < 2:
        raise click.UsageError("A source and an entity set are needed.")
    *sources, name = arguments
    chosen = options["format_name"] or _told_by(output) or "csv"
    if output is None and chosen == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("A workbook is nothing for a terminal: --output FILE.")
    settings = Settings(limits=_LIMITS, timezone=options["timezone"], track_changes=False)
    database = database_of(options["database"], tuple(sources))
    if is_missing(database):
        fail(f"{sqlite_path(database)}:1: there is no such database.")
    store = store_of(database, schema_of(tuple(sources)), settings)
    try:
        with _file(output) as file, tqdm(unit=" rows", disable=not sys.stderr.isatty()) as bar:
            service = Service(store.schema, store, settings)
            count = export_rows(Pages(service, name, options["query"]), file, chosen, bar.update)
    except ODataError as error:
        fail(error.message)
    except UnwritableRows as error:
        fail(str(error))
    except OSError as error:
        if output is None and isinstance(error, BrokenPipeError):
            raise  # who reads has enough, as `head` has: click ends the command without a word
        fail(f"{output or 'standard output'}:1: {error.strerror}.")
    finally:
        store.close()
    if output is not None:
        click.echo(f"{count} rows in {output}")


def _told_by(output: Path | None) -> str | None:
    ending = "" if output is None else output.suffix[1:].lower()
    return ending if ending in FORMATS else None


def _file(output: Path | None) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdout.buffer) if output is None else replacing(output)
