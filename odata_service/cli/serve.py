"""`odata-service serve`: a definition becomes a running service."""

import logging
import os
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from odata_service.cli.options import (
    config_option,
    database_of,
    database_option,
    fail,
    limit_options,
    limits_of,
    option,
    origins_of,
    schema_of,
    search_index_option,
    sources_argument,
    track_changes_option,
    tracking,
)
from odata_service.cli.stores import store_of, timezone_option
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from odata_service.web.address import Address
from odata_service.web.lines import lines_apart
from odata_service.web.listeners import PortInUse
from odata_service.web.server import CannotServe
from odata_service.web.server import serve as run_server

_LOG = logging.getLogger("odata_service")
_ARGUMENTS = "odata_service.arguments"
_SETTINGS = (
    "default_version",
    "public_url",
    "trusted_proxies",
    "require_etag",
    "durability",
    "read_only",
    "timezone",
    "search_index",
    "change_retention_days",
    "collection_etags",
    "state",
    "async_seconds",
    "repeatable_seconds",
    "callback_hosts",
    "cors_origins",
    "v2_path",
)
"""The options that are fields of `Settings`."""


class _KeptArguments(click.Command):
    """A command that keeps its arguments: they are read again, with the files and variables around them."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of a call, which has the arguments as they were given."""
        given = list(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.meta[_ARGUMENTS] = given
        return context


@click.command(cls=_KeptArguments)
@sources_argument
@database_option()
@option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Rows for empty entity sets: a file named as its set, or a directory of such files.",
)
@option("--host", default="127.0.0.1", help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=8080, help="Port to listen on; 0 picks a free one.")
@option("--workers", type=click.IntRange(min=1), help="Worker processes.  [default: one a core]")
@option("--tls-cert", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Certificate chain (PEM).")
@option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its private key (PEM).")
@option("--shutdown-seconds", type=click.IntRange(min=1), default=30, help="Time for running requests at the end.")
@option("--access-log", is_flag=True, help="Write a line for each request.")
@option("--default-version", type=click.Choice(["4.0", "4.01"]), default="4.0", help="For clients that name none.")
@option("--public-url", metavar="URL", help="What links begin with, behind a proxy.")
@option("--trusted-proxies", type=click.IntRange(min=0), default=0, help="Proxies whose X-Forwarded-* are believed.")
@option("--require-etag", is_flag=True, help="Changes need If-Match.")
@option("--durability", type=click.Choice(["full", "normal"]), default="full", help="normal: faster, less safe.")
@timezone_option
@option("--migrate", is_flag=True, help="Bring existing tables to the definition first, dropping nothing.")
@option(
    "--code",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A Python file whose register(service) adds the bodies of functions and actions.",
)
@search_index_option
@track_changes_option
@option(
    "--change-retention-days",
    type=click.IntRange(min=0),
    default=30,
    help="How long a delta link can be followed; 0: for ever.",
)
@option(
    "--state",
    metavar="URL",
    default="",
    help="Where secrets and asynchronous requests are kept, if not in the database.",
)
@option("--collection-etags", is_flag=True, help="ETags of collections, by the log of changes of SQLite or PostgreSQL.")
@option(
    "--async-seconds",
    type=click.IntRange(min=0),
    default=3_600,
    help="How long the answer to an asynchronous request is kept. 0: all requests are answered at once.",
)
@option(
    "--repeatable-seconds",
    type=click.IntRange(min=0),
    default=86_400,
    help="How long a repeatable request is remembered, so that it is carried out once. 0: none is taken.",
)
@option(
    "--callback-host",
    "callback_hosts",
    metavar="HOST[:PORT]",
    multiple=True,
    help="A host that may be told when an asynchronous request is answered.",
)
@option(
    "--cors-origin",
    "cors_origins",
    metavar="ORIGIN",
    multiple=True,
    callback=origins_of,
    help="An origin whose pages may send requests from browsers, as https://app.example; * for all.",
)
@option("--v2-path", default="/v2", metavar="PATH", help="Where OData V2 is served; empty: nowhere.")
@option("--read-only", is_flag=True, help="Refuse every change.")
@limit_options
@config_option
@click.pass_context
def serve(context: click.Context, /, sources: tuple[str, ...], **options: Any) -> None:
    """Serve the definitions in SOURCE..."""
    if bool(options["tls_cert"]) != bool(options["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key go together.")
    with lines_apart():
        logging.basicConfig(level=logging.INFO if options["access_log"] else logging.WARNING)
        service, store = _made(sources, options)
        try:
            run_server(service, store, _address(options), partial(_made_anew, context))
        except PortInUse as error:
            fail(str(error))


def _made_anew(context: click.Context) -> tuple[Service, DatabaseStore]:
    """The service of what the arguments of a call lead to now; `CannotServe` says why there is none."""
    said = StringIO()
    try:
        with redirect_stderr(said), redirect_stdout(said):
            again = serve.make_context(context.info_name, list(context.meta[_ARGUMENTS]), context.parent)
            sources, options = again.params.pop("sources"), again.params
            if _address(options) != _address(context.params):
                _LOG.warning("SIGHUP: host, port, workers, files for TLS and the log of requests take a new start.")
            made = _made(sources, options)
    except click.ClickException as error:
        raise CannotServe(error.format_message()) from error
    except SystemExit as error:
        raise CannotServe(said.getvalue().strip()) from error
    except Exception as error:
        _LOG.exception("SIGHUP: the service cannot be made anew.")
        raise CannotServe("The service cannot be made anew.") from error
    return made


def _made(sources: tuple[str, ...], options: dict[str, Any]) -> tuple[Service, DatabaseStore]:
    """The service of the definitions, with all that they ask for in the database."""
    # What an option asks for is imported then: it would stay in the memory of each worker.
    limits = limits_of(options)
    stated = {name: options[name] for name in _SETTINGS}
    settings = tracking(replace(Settings(limits=limits), **stated), options["track_changes"])
    schema = schema_of(sources)
    database = database_of(options["database"], sources)
    if options["migrate"]:
        from odata_service.cli.migrate import run as run_migration

        run_migration(database, schema, settings, is_answer=False)
    store = store_of(database, schema, settings)
    if options["data"]:
        from odata_service.cli.filling import fill

        fill(store, options["data"])
    service = Service(schema, store, settings)
    if options["code"]:
        from odata_service.cli.code import run_code

        run_code(options["code"], service)
    return service, store


def _address(options: dict[str, Any]) -> Address:
    return Address(
        options["host"],
        options["port"],
        options["workers"] or os.cpu_count() or 1,
        options["shutdown_seconds"],
        options["access_log"],
        options["tls_cert"],
        options["tls_key"],
    )
