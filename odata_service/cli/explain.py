"""`odata-service explain`: what each stage makes of a URL."""

import click

from odata_service.cli.options import config_option, database_of, database_option, fail, schema_of, search_index_option
from odata_service.cli.stores import is_missing, store_of, timezone_option
from odata_service.errors import ODataError
from odata_service.service.explain import explain as explain_url
from odata_service.settings import Settings


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="SOURCE... URL")
@database_option(default="sqlite://")
@timezone_option
@search_index_option
@config_option
def explain(arguments: tuple[str, ...], database: str | None, timezone: str, search_index: bool) -> None:
    """Print what each stage makes of a URL such as 'Customers?$filter=…'.

    The URL is relative to the service root. Without a database that exists the tables are made in memory, empty.
    """
    if len(arguments) < 2:
        raise click.UsageError("A source and a URL are needed.")
    *sources, url = arguments
    wanted = database_of(database, tuple(sources), "sqlite://")
    settings = Settings(timezone=timezone, search_index=search_index)
    store = store_of("sqlite://" if is_missing(wanted) else wanted, schema_of(tuple(sources)), settings)
    try:
        click.echo(explain_url(url, store, settings))
    except ODataError as error:
        fail(error.message)
    finally:
        store.close()
