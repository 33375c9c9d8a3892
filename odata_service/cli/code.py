"""`--code FILE.py`: Python beside a definition that adds to the service before its first request."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from odata_service.cli.options import fail
from odata_service.service import Service


def run_code(path: Path, service: Service) -> None:
    """Runs the file's `register(service)`; ends the command where there is none, or the model lacks what it adds to."""
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        fail(f"{path}:1: this is no Python file: its name ends in .py.", code=2)
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        fail(f"{path}:{error.lineno or 1}: {error.msg}.", code=2)
    register = getattr(module, "register", None)
    if not callable(register):
        fail(f"{path}:1: the file has no function register(service).", code=2)
    try:
        register(service)
    except ValueError as error:
        fail(f"{path}:1: {error}", code=2)
