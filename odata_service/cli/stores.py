"""The store that a command works on, and the ways in which it ends where a database does not do."""

from pathlib import Path
from typing import NoReturn

import click

from odata_service.cli.options import Decorated, fail, option
from odata_service.database.clocks import UnknownTimezone, clock_of
from odata_service.database.sqlite_files import sqlite_path
from odata_service.definition import shown_url
from odata_service.edm.model import Schema
from odata_service.errors import ODataError, StorageMismatch
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore, open_store


def _known(_: click.Context, __: click.Parameter, timezone: str) -> str:
    try:
        clock_of(timezone)
    except UnknownTimezone as error:
        raise click.BadParameter(str(error)) from None
    return timezone


def timezone_option(command: Decorated) -> Decorated:
    """`--timezone NAME`, an IANA name."""
    text = "What zone a database's own timestamps without one are in: an IANA name."
    return option("--timezone", metavar="NAME", default="UTC", callback=_known, help=text)(command)


def is_missing(database: str) -> bool:
    """Whether a database is a file that is not there, and would be made."""
    path = sqlite_path(database)
    return path is not None and not Path(path).exists()


def store_of(database: str, schema: Schema, settings: Settings) -> DatabaseStore:
    """The store behind a database URL, its tables made; ends the command where they do not fit.

    The database of its state is made before, so that whichever fails is named.
    """
    try:
        store = open_store(database, schema, settings)
    except ValueError as error:
        fail(str(error), code=2)
    if store.state is not None:
        _make(store.state, settings.state)
    _make(store, database)
    return store


def _make(store: DatabaseStore, database: str) -> None:
    try:
        store.create()
    except StorageMismatch as error:
        fail_of_mismatch(error, f"The tables in {shown_url(database)} do not fit the definition:")
    except ODataError as error:
        fail_of_database(error, database)


def fail_of_database(error: ODataError, database: str) -> NoReturn:
    """Ends the command with what the database itself said, for the person who runs it."""
    said = str(error.__cause__.args[-1]).splitlines() if error.__cause__ is not None and error.__cause__.args else []
    reason = f" It says: {said[0].rstrip('.')}." if said else ""
    fail(f"{shown_url(database)}: {error.message}{reason}")


def fail_of_mismatch(error: StorageMismatch, heading: str) -> NoReturn:
    """Ends the command with each difference on a line of its own."""
    click.echo(heading, err=True)
    for difference in error.differences:
        click.echo(f"  {difference}", err=True)
    raise SystemExit(1) from error
