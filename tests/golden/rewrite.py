"""Writes the golden files anew: `make golden`; the difference is for people to read."""

from tests.golden.files import GOLDEN

if __name__ == "__main__":
    for path, make in GOLDEN.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
