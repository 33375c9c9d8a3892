"""Pages that are longer than memory should hold are made of parts, and read as if they were not."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from odata_service.errors import Unavailable
from odata_service.service import Request, Response, Service
from odata_service.settings import Limits, Settings
from odata_service.spool import Spooled
from odata_service.v2 import V2Service
from tests.asking import ask, service_of
from tests.models import partners_schema

WHOLE = replace(Limits(), page_size=0, max_page_size=0)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Customers, of whom some have no name, with order lines."""
    url = f"sqlite:///{tmp_path_factory.mktemp('long') / 'x.db'}"
    with service_of(partners_schema(), Settings(WHOLE), url=url) as service:
        for number in range(10):
            name = None if number % 4 == 0 else f"name {number % 3}"
            lines = [{"orderNumber": number, "product": f"l{place}"} for place in range(number % 3)]
            body = {"id": f"p{number}", "name": name, "orderLines": lines}
            assert ask(service, "POST", "Customers", body).status == 201
        yield service


def in_parts(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("odata_service.service.read.PART_ROWS", rows)
    monkeypatch.setattr("odata_service.service.read._PIECE_ROWS", 2)


@pytest.mark.parametrize("rows", [2, 3, 9])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "$count=true",
        "$top=7",
        "$skip=2&$top=6&$count=true",
        "$orderby=name desc,id desc",
        "$orderby=name",
        "$filter=name ne 'name 1'&$select=name",
        "$expand=orderLines($select=product)",
        "$apply=groupby((name))",
        "$filter=id eq 'p1'",
        "$filter=false",
    ],
)
def test_a_page_of_parts_is_the_page_that_it_would_be(
    service: Service, monkeypatch: pytest.MonkeyPatch, query: str, rows: int
) -> None:
    path = f"Customers?{query}"
    whole = ask(service, "GET", path)
    in_parts(monkeypatch, rows)
    made = ask(service, "GET", path)
    assert (made.status, made.json) == (200, whole.json)
    assert "@odata.nextLink" not in made.json


def test_a_page_of_parts_ends_with_the_link_to_the_next_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts(monkeypatch, 3)
    first = ask(service, "GET", "Customers?$count=true&$top=9", prefer="maxpagesize=7")
    assert (first.column("id"), first.json["@odata.count"]) == ([f"p{number}" for number in range(7)], 10)
    rest = ask(service, "GET", first.json["@odata.nextLink"].removeprefix("http://host/"), prefer="maxpagesize=7")
    assert (rest.column("id"), rest.json["@odata.count"]) == (["p7", "p8"], 10)
    assert "@odata.nextLink" not in rest.json


def test_a_long_page_is_a_file_and_a_head_tells_its_length(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(service, "GET", "Customers").body.replace(b"http://host/", b"http://localhost/")
    in_parts(monkeypatch, 3)
    monkeypatch.setattr("odata_service.spool.spooled.__defaults__", (100,))
    answer: Response = service.handle(Request("GET", "Customers"))
    assert isinstance(answer.body, Spooled)
    assert b"".join(answer.body) == whole
    assert service.handle(Request("HEAD", "Customers")).headers["Content-Length"] == str(len(whole))


def test_a_snapshot_of_a_long_page_has_all_of_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts(monkeypatch, 3)
    answer = ask(service, "GET", "Customers", isolation="snapshot")
    assert (answer.status, len(answer.values)) == (200, 10)


def test_a_long_page_of_v2_is_whole_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts(monkeypatch, 3)
    answer = ask(V2Service(service), "GET", "Customers?$format=json")  # type: ignore[arg-type]  # both handle requests
    assert len(answer.json["d"]["results"]) == 10


def test_what_fails_in_a_later_part_fails_the_request(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts(monkeypatch, 3)
    read, parts = service.store.read, []

    def failing(*arguments: object, **options: object) -> object:
        parts.append(1)
        if len(parts) == 3:
            raise Unavailable("The database is away.")
        return read(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(service.store, "read", failing)
    assert ask(service, "GET", "Customers").status == 503
