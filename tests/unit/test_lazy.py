"""Names of packages that are imported when they are asked for."""

import subprocess
import sys

import pytest

import odata_service
from odata_service.lazy import lazily
from odata_service.version import VERSION
from tests.models import METADATA


def test_a_name_is_found_in_its_home() -> None:
    find = lazily("odata_service", {"VERSION": "odata_service.version"})
    assert find("VERSION") is VERSION


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'odata_service' has no attribute 'Servise'"):
        odata_service.Servise  # noqa: B018  # the look-up is what is tested


def test_a_name_that_is_a_module_too_is_refused() -> None:
    with pytest.raises(AssertionError, match="are modules of package"):
        lazily("package", {"name": "package.name"})


@pytest.mark.parametrize("name", odata_service.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(odata_service, name).__name__ == name


def test_printing_metadata_of_pages_loads_neither_server_nor_database_nor_other_readers() -> None:
    script = (
        "import sys; from odata_service.cli import main; "
        "main(['metadata', sys.argv[1]], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(METADATA)], capture_output=True, text=True, check=True)
    unwanted = {
        "flask",
        "granian",
        "peewee",
        "pyodata",
        "odata_service.definition.csdl",
        "odata_service.openapi.document",
        "odata_service.service",
        "odata_service.storage",
        "odata_service.url",
    }
    assert unwanted & set(ran.stderr.split()) == set()


def test_a_service_loads_no_description_before_it_is_asked_for() -> None:
    script = "import sys, odata_service.web.app; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    rooms = {name for name in ran.stdout.split() if name.startswith(("odata_service.openapi.", "odata_service.v2."))}
    assert rooms == set()
