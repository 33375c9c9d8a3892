"""Which sources are databases, and what they are called; what is in one is read by `database`."""

import re

from odata_service.database.sqlite_files import sqlite_path

DATABASES = "and one SQLite file or database URL (sqlite:///…, postgresql://…, mariadb://…)"
"""What is read here, for people."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")


def is_database(source: str) -> bool:
    """Whether a source is a database: by its URL, or as a SQLite file by its ending or first bytes."""
    return "://" in source or sqlite_path(source) is not None


def url_of(source: str) -> str:
    """The URL of a database that is a source."""
    return source if "://" in source else f"sqlite:///{source}"


def shown_url(source: str) -> str:
    """A source as messages name it: the file, or the URL without user and password."""
    return _CREDENTIALS.sub("", source.removeprefix("sqlite:///"))
