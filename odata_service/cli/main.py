"""`odata-service COMMAND`."""

from errno import EDQUOT, EFBIG, EIO, ENOSPC
from importlib import import_module
from typing import Any

import click

from odata_service.version import VERSION

COMMANDS = {
    "check": "Read definitions and print each problem.",
    "doctor": "Play the first requests of Excel, Power Query and other clients against a service.",
    "explain": "Print what each stage makes of a URL.",
    "export": "Write the rows of an entity set as CSV, JSON, JSON Lines or XLSX.",
    "load": "Load rows into entity sets, upserting by key.",
    "metadata": "Print the $metadata document of definitions, or their OpenAPI description.",
    "migrate": "Bring the tables of a database to definitions.",
    "serve": "Serve definitions.",
}
"""What each is for. It stands in a module of its name, which is imported when the command is run, and not before."""


class _Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names in the order of the alphabet."""
        return sorted(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what each is for, without asking them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"odata_service.cli.{cmd_name}"), cmd_name)
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the command; one line where what it prints finds no room any longer."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.filename is not None or error.errno not in _NO_ROOM:
                raise
            click.echo(f"standard output:1: {error.strerror}.", err=True)
            raise SystemExit(1) from error


_NO_ROOM = {ENOSPC, EDQUOT, EFBIG, EIO}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="odata-service")
def main() -> None:
    """Turns a resource definition into an OData service.

    A SOURCE is a Markdown resource page or a directory of such pages. Every option can also stand in a TOML file
    (--config) or in an environment variable ODATA_SERVICE_<OPTION>; the command line wins over the environment, and
    that over the file.
    """
