import psycopg
import pymysql
import pytest

from odata_service.database import connect
from odata_service.errors import (
    ArithmeticFailure,
    Conflict,
    InsufficientStorage,
    LimitExceeded,
    ODataError,
    PayloadError,
    ServiceError,
    TypeMismatch,
    Unavailable,
)
from odata_service.settings import Settings
from odata_service.storage.driver import Driver
from odata_service.storage.drivers import driver_of
from odata_service.storage.failures import ConnectionLost, Contention, KeyTaken


def driver(scheme: str) -> Driver:
    return driver_of(connect(f"{scheme}://u@h/d", Settings()), Settings())


@pytest.mark.parametrize(
    ("state", "failure"),
    [
        ("23505", KeyTaken),
        ("23503", Conflict),
        ("23502", PayloadError),
        ("23514", PayloadError),
        ("40001", Contention),
        ("40P01", Contention),
        ("55P03", Unavailable),
        ("57014", Unavailable),
        ("57P01", ConnectionLost),
        ("08006", ConnectionLost),
        ("53100", InsufficientStorage),
        ("53300", Unavailable),
        ("25006", Unavailable),
        ("42501", Unavailable),
        ("22001", PayloadError),
        ("22012", ArithmeticFailure),
        ("22003", ArithmeticFailure),
        ("22P02", TypeMismatch),
        ("54001", LimitExceeded),
        ("42601", ServiceError),
    ],
)
def test_errors_of_postgresql_are_told_by_their_sqlstate(state: str, failure: type[ODataError]) -> None:
    assert type(driver("postgresql").translate(psycopg.errors.lookup(state)())) is failure


def test_without_a_sqlstate_the_connection_or_the_value_is_at_fault() -> None:
    translate = driver("postgresql").translate
    assert type(translate(psycopg.OperationalError("the connection is closed"))) is ConnectionLost
    assert type(translate(psycopg.DataError("text fields cannot contain NUL"))) is PayloadError


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (1062, Conflict),
        (1451, Conflict),
        (1452, Conflict),
        (1048, PayloadError),
        (4025, PayloadError),
        (1406, PayloadError),
        (1213, Contention),
        (1205, Unavailable),
        (1969, Unavailable),
        (2006, ConnectionLost),
        (2013, ConnectionLost),
        (1927, ConnectionLost),
        (1021, InsufficientStorage),
        (1114, InsufficientStorage),
        (1290, Unavailable),
        (1142, Unavailable),
        (1040, Unavailable),
        (1690, ArithmeticFailure),
        (1242, TypeMismatch),
        (1292, TypeMismatch),
        (1064, ServiceError),
    ],
)
def test_errors_of_mariadb_are_told_by_their_number(number: int, failure: type[ODataError]) -> None:
    assert type(driver("mariadb").translate(pymysql.err.OperationalError(number, "said"))) is failure


def test_a_closed_connection_of_mariadb_is_lost() -> None:
    assert type(driver("mariadb").translate(pymysql.err.InterfaceError(0, ""))) is ConnectionLost
