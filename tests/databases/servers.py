"""Scripts run on the databases of real servers, as others would have run them."""

from urllib.parse import urlsplit


def run_postgresql(url: str, script: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())


def run_mariadb(url: str, script: str) -> None:
    import pymysql
    from pymysql.constants import CLIENT

    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
        autocommit=True,
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(script)
        while cursor.nextset():
            pass


RUN = {"postgresql": run_postgresql, "mariadb": run_mariadb}
