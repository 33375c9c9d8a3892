"""`odata-service load`: rows of files into a database."""

import sys
from pathlib import Path

import click
from tqdm import tqdm

from odata_service.cli.filling import tell_rejected
from odata_service.cli.options import (
    config_option,
    database_of,
    database_option,
    fail,
    option,
    schema_of,
    sources_argument,
)
from odata_service.cli.stores import store_of, timezone_option
from odata_service.settings import Settings
from odata_service.transfer import LoadReport, LoadStopped, UnreadableFile, load_files, row_files


@click.command()
@sources_argument
@option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="CSV, JSON, JSON Lines or XLSX file named as its entity set, or a directory of such files.",
)
@database_option()
@timezone_option
@option("--atomic", is_flag=True, help="Load all rows or none.")
@config_option
def load(sources: tuple[str, ...], data: tuple[Path, ...], database: str | None, timezone: str, atomic: bool) -> None:
    """Load rows into the entity sets of SOURCE..., upserting by key."""
    # Nobody follows the changes of tables that are made here: serve makes their logs. Logs that are there are kept up.
    settings = Settings(timezone=timezone, track_changes=False)
    store = store_of(database_of(database, sources), schema_of(sources), settings)
    try:
        with tqdm(unit=" rows", disable=not sys.stderr.isatty()) as bar:
            report = load_files(store, row_files(data), atomic=atomic, on_progress=bar.update)
    except UnreadableFile as error:
        fail(str(error))
    except LoadStopped as stopped:
        tell_rejected(stopped.report)
        click.echo(str(stopped), err=True)
        fail(_kept(stopped.report))
    finally:
        store.close()
    tell_rejected(report)
    if report.rolled_back:
        fail(f"Nothing was loaded: {len(report.rejected)} bad rows (--atomic).")
    click.echo(
        f"{report.loaded} rows in {report.seconds:.2f} s ({report.rows_per_second:,.0f} rows/s), "
        f"{len(report.rejected)} rejected"
    )
    if report.rejected:
        raise SystemExit(1)


def _kept(report: LoadReport) -> str:
    """What is there of a load that was stopped, and what to do."""
    if report.last is None:
        return "Nothing was loaded."
    file, line = report.last
    return (
        f"{report.loaded} rows are loaded, up to {file}:{line}. Once the cause is mended run this again: what is there "
        "already is changed by its key."
    )
