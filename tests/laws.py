"""How often a law is tried: a part of the examples in every run, all of them and others where one looks for more."""

import os

LOOKS_FOR_MORE = bool(os.environ.get("ODATA_TEST_RANDOM"))


def examples(number: int) -> int:
    """How many examples a law of so many gets in this run."""
    return number if LOOKS_FOR_MORE else number // 3
