"""A database URL in, its catalogue out: one reader a family."""

from pathlib import Path

from peewee import Database, MySQLDatabase, PeeweeException, PostgresqlDatabase

from odata_service.database.catalogue import Catalogue, CatalogueError
from odata_service.database.connections import connect
from odata_service.database.mariadb_catalogue import read_mariadb
from odata_service.database.postgresql_catalogue import read_postgresql
from odata_service.database.sqlite_catalogue import read_sqlite
from odata_service.database.sqlite_files import sqlite_path
from odata_service.database.urls import DatabaseUrlError
from odata_service.settings import Settings


def read_catalogue(url: str) -> Catalogue:
    """The catalogue of the database behind a URL; `CatalogueError` where it cannot be read."""
    path = sqlite_path(url)
    if path is not None and not Path(path).is_file():
        raise CatalogueError("There is no such file." if not Path(path).exists() else "This is no file.")
    try:
        database = connect(url, Settings())
    except DatabaseUrlError as error:
        raise CatalogueError(str(error)) from error
    try:
        return _read(database, path or "")
    except PeeweeException as error:
        reason = str(error).strip().splitlines() or ["it gives no reason"]
        raise CatalogueError(f"The database cannot be read: {reason[0].rstrip('.')}.") from error
    finally:
        database.close()


def _read(database: Database, path: str) -> Catalogue:
    match database:
        case PostgresqlDatabase():
            return read_postgresql(database)
        case MySQLDatabase():
            return read_mariadb(database)
        case _:
            return read_sqlite(database, path)
