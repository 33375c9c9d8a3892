from benchmarks.sample_rows import write_rows
from tests.models import METADATA


def test_the_sample_rows_are_what_their_generator_writes() -> None:
    assert (METADATA / "data" / "Customers.csv").read_text(encoding="utf-8") == write_rows()
