"""The command line: one module a command."""

from odata_service.cli.main import main

__all__ = ["main"]
