"""`odata-service COMMAND`."""

from importlib import import_module

import click

from odata_service.version import VERSION

_COMMANDS = ("serve", "metadata", "check", "load", "export", "explain", "migrate", "doctor")
"""Each stands in a module of its name, which is imported when the command is run or told of."""


class _Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names in the order of the alphabet."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"odata_service.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="odata-service")
def main() -> None:
    """Turns a resource definition into an OData service.

    A SOURCE is a Markdown resource page or a directory of such pages. Every option can also stand in a TOML file
    (--config) or in an environment variable ODATA_SERVICE_<OPTION>; the command line wins over the environment, and
    that over the file.
    """
