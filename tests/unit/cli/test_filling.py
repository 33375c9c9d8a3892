"""`serve --data`: rows for entity sets that are empty, all or none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.cli.filling import fill
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import is_empty
from tests.asking import store_of
from tests.models import customer_schema


@pytest.fixture
def store() -> Iterator[DatabaseStore]:
    with store_of(customer_schema(), Settings(track_changes=False)) as made:
        yield made


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('{"id":"b","contractType":"x"}', "'contractType': \"x\" is not an Edm.Int32"),
        ('{"id":"b"', "Expecting ',' delimiter"),
    ],
)
def test_a_bad_row_leaves_the_set_empty_so_that_the_next_start_fills_it(
    store: DatabaseStore, tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, complaint: str
) -> None:
    file = tmp_path / "Customers.jsonl"
    file.write_text(f'{{"id":"a"}}\n{row}\n')
    with pytest.raises(SystemExit, match="1"):
        fill(store, (file,))
    assert f"{file}:2: {complaint}" in capsys.readouterr().err
    assert is_empty(store, "Customers")
    file.write_text('{"id":"a"}\n{"id":"b"}\n')
    fill(store, (file,))
    assert not is_empty(store, "Customers")
