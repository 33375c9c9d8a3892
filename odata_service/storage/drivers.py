"""The driver for each family of databases."""

from peewee import Database, MySQLDatabase, PostgresqlDatabase, SqliteDatabase

from odata_service.settings import Settings
from odata_service.storage.driver import Driver
from odata_service.storage.sqlite import SqliteDriver


def driver_of(database: Database, settings: Settings) -> Driver:
    """The driver of a database that is not opened yet; that of a server is imported when one is used."""
    match database:
        case SqliteDatabase():
            return SqliteDriver(database, settings)
        case PostgresqlDatabase():
            from odata_service.storage.postgresql import PostgresqlDriver

            return PostgresqlDriver(database, settings)
        case MySQLDatabase():
            from odata_service.storage.mariadb import MariadbDriver

            return MariadbDriver(database, settings)
        case _:
            raise AssertionError("connect gives databases of the families that have a driver")
