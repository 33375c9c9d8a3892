"""`odata-service COMMAND`."""

import click

from odata_service.cli.check import check
from odata_service.cli.explain import explain
from odata_service.cli.load import load
from odata_service.cli.metadata import metadata
from odata_service.cli.migrate import migrate
from odata_service.cli.serve import serve
from odata_service.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="odata-service")
def main() -> None:
    """Turns a resource definition into an OData service.

    A SOURCE is a Markdown resource page or a directory of such pages. Every option can also stand in a TOML file
    (--config) or in an environment variable ODATA_SERVICE_<OPTION>; the command line wins over the environment, and
    that over the file.
    """


for command in (serve, metadata, check, load, explain, migrate):
    main.add_command(command)
