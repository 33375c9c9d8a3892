"""`odata-service migrate`: an existing database's tables are brought to a definition."""

from collections.abc import Callable
from typing import Any

import click
from msgspec.structs import replace

from odata_service.cli.options import (
    config_option,
    database_of,
    database_option,
    fail,
    option,
    schema_of,
    search_index_option,
    sources_argument,
    track_changes_option,
    tracking,
)
from odata_service.cli.stores import fail_of_database, fail_of_mismatch, is_missing
from odata_service.definition import shown_url
from odata_service.edm.model import Schema
from odata_service.errors import MigrationFailed, ODataError, StorageMismatch
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.migrate import Planned, planned
from odata_service.storage.migrate import migrate as run_migration


@click.command()
@sources_argument
@database_option()
@option("--dry-run", is_flag=True, help="Print the steps as SQL and change nothing.")
@option("--allow-drop", is_flag=True, help="Drop tables and columns that nothing in the definition stands for.")
@search_index_option
@track_changes_option
@config_option
def migrate(sources: tuple[str, ...], **options: Any) -> None:
    """Bring an existing database's tables to the definitions in SOURCE...

    Rows keep their values. What cannot be done without losing some is refused before anything changes, with what to
    do instead.
    """
    schema, url = schema_of(sources), database_of(options["database"], sources)
    settings = tracking(Settings(search_index=options["search_index"]), options["track_changes"])
    allow_drop: bool = options["allow_drop"]
    if options["dry_run"]:
        known = "sqlite://" if is_missing(url) else url
        _with_store(known, schema, settings, lambda store: _print_plan(planned(store, allow_drop=allow_drop)))
    else:
        run(url, schema, settings, allow_drop=allow_drop)


def run(url: str, schema: Schema, settings: Settings, *, allow_drop: bool = False, is_answer: bool = True) -> None:
    """Migrates and prints each step, as the answer or beside it; ends the command where it cannot be done."""

    def say(sentence: str) -> None:
        click.echo(sentence, err=not is_answer)

    def work(store: DatabaseStore) -> None:
        plan = run_migration(store, say, allow_drop=allow_drop)
        for sentence in (*plan.lost, *plan.migration.left):
            say(sentence)
        if not plan.migration.steps:
            say(f"Nothing to do: the tables in {shown_url(url)} fit the definition.")

    _with_store(url, schema, settings, work)


def _with_store(url: str, schema: Schema, settings: Settings, work: Callable[[DatabaseStore], None]) -> None:
    """Does work on a store that waits for long statements; its failures end the command."""
    settings = replace(settings, limits=replace(settings.limits, statement_seconds=0))
    try:
        store = open_store(url, schema, settings)
    except ValueError as error:
        fail(str(error), code=2)
    try:
        work(store)
    except StorageMismatch as error:
        fail_of_mismatch(
            error, f"The tables in {shown_url(url)} cannot be brought to the definition; nothing was changed:"
        )
    except MigrationFailed as error:
        fail(str(error))
    except ODataError as error:
        fail_of_database(error, url)
    finally:
        store.close()


def _print_plan(plan: Planned) -> None:
    for step in plan.migration.steps:
        click.echo(f"-- {step.comment}")
        if step.statement:
            click.echo(f"{step.statement};")
    for sentence in (*plan.lost, *plan.migration.left):
        click.echo(f"-- {sentence}")
    if not plan.migration.steps:
        click.echo("-- Nothing to do: the tables fit the definition.")
