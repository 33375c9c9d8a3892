"""Writes the expected problems of the broken definitions anew: `make golden`; the difference is for people to read."""

from tests.definitions.files import SOURCES, expectation, problems

if __name__ == "__main__":
    for source in SOURCES:
        expectation(source).write_text(problems(source), encoding="utf-8")
