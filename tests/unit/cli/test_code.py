"""`--code`: what a file beside the definition adds, and what is said of one that does not fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.cli.code import run_code
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import stationery_schema


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        yield service


def test_a_file_registers_bodies(shop: Service, tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(
        "def register(service):\n"
        "    @service.function('shop.Nobody')\n"
        "    def nobody(call):\n"
        "        return 'somebody'\n"
    )
    run_code(file, shop)
    assert ask(shop, "GET", "Nobody()").json["value"] == "somebody"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "code.py:1: the file has no function register(service)."),
        ("x = 1\ndef (", "code.py:2: invalid syntax."),
        (
            "def register(service): service.action('shop.Stok')(lambda call, size: None)",
            "code.py:1: The model has no action 'shop.Stok'. Did you mean 'shop.Stock'?",
        ),
    ],
)
def test_a_file_that_does_not_fit_ends_the_command(
    shop: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "code.py"
    file.write_text(text)
    with pytest.raises(SystemExit):
        run_code(file, shop)
    assert capsys.readouterr().err.strip().endswith(said)
