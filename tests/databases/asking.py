"""A service over an existing SQLite file, asked in the words of HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import service_of


@contextmanager
def service_over(path: Path, settings: Settings | None = None) -> Iterator[Service]:
    """The service that the file alone defines."""
    settings = settings or Settings()
    schema = load_schema(path)
    with service_of(schema, settings, url=f"sqlite:///{path}") as service:
        yield service
