"""Entities as files of rows: what stands in them, and what is told where they cannot be written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from odata_service.edm.model import Schema
from odata_service.errors import ODataError
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from odata_service.transfer import Pages, UnwritableRows, export_rows, load_files, row_files
from tests.asking import ask, store_of
from tests.models import company_schema, partners_schema


@contextmanager
def opened(schema: Schema) -> Iterator[Service]:
    with store_of(schema, Settings()) as store:
        yield Service(store.schema, store, Settings(limits=Limits(page_size=2)))


@pytest.fixture
def company() -> Iterator[Service]:
    with opened(company_schema()) as service:
        yield service


@pytest.fixture
def partners() -> Iterator[Service]:
    with opened(partners_schema()) as service:
        yield service


def made(service: Service, entity_set: str, *bodies: object) -> None:
    for body in bodies:
        answer = ask(service, "POST", entity_set, body)
        assert answer.status == 201, answer.body


def written(service: Service, name: str, query: str = "", format_name: str = "csv") -> bytes:
    file = BytesIO()
    export_rows(Pages(service, name, query), file, format_name)
    return file.getvalue()


def sheet(content: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))


CUSTOMERS = (
    {"id": "a", "name": 'Ada, "A"\n&Söhne', "isActive": True, "employees": 3},
    {"id": "b", "name": "", "since": "2024-02-29T10:00:00.5Z", "isActive": False},
)


def test_csv_tells_null_from_the_empty_text(partners: Service) -> None:
    made(partners, "Customers", *CUSTOMERS)
    header, *lines = written(partners, "Customers", "$select=id,name&$orderby=id").decode().split("\r\n")
    assert header == "id,name"
    assert lines == ['a,"Ada, ""A""\n&Söhne"', 'b,""', ""]


def test_numbers_keep_their_digits(partners: Service) -> None:
    body = b'{"id":"a","credit":12345678901234567.25}'
    assert ask(partners, "POST", "Customers", body).status == 201
    assert written(partners, "Customers", "$select=credit") == b"credit\r\n12345678901234567.25\r\n"
    assert written(partners, "Customers", "$select=credit", "jsonl") == b'{"credit":12345678901234567.25}\n'
    assert sheet(written(partners, "Customers", "$select=credit", "xlsx"))[1] == ("12345678901234567.25",)


def test_a_workbook_has_numbers_and_truth_values_and_no_formulas(partners: Service) -> None:
    made(partners, "Customers", {"id": "=1+1", "credit": 1.5, "isActive": True, "employees": 3})
    rows = sheet(written(partners, "Customers", "$select=id,credit,isActive,employees", "xlsx"))
    assert rows == [("id", "credit", "isActive", "employees"), ("=1+1", 1.5, True, 3)]


def test_all_pages_are_read(partners: Service) -> None:
    made(partners, "Customers", *({"id": str(number)} for number in range(5)))
    assert json.loads(written(partners, "Customers", "$select=id", "json")) == [{"id": str(one)} for one in range(5)]


def test_a_result_without_entities_has_its_columns(partners: Service) -> None:
    assert written(partners, "Customers", "$select=id,name") == b"id,name\r\n"
    assert json.loads(written(partners, "Customers", "", "json")) == []


def test_an_expanded_entity_stands_under_its_path_and_a_collection_is_json(partners: Service) -> None:
    made(partners, "Partners", {"id": "p", "name": "P"})
    made(partners, "Customers", {"id": "a", "partnerId": "p"}, {"id": "b"})
    found = written(partners, "Customers", "$select=id&$expand=partner($select=name),orderLines&$orderby=id")
    assert found == b"id,partner/name,orderLines\r\na,P,[]\r\nb,,[]\r\n"


def test_what_is_computed_and_grouped_is_written(partners: Service) -> None:
    made(partners, "Customers", {"id": "a", "name": "x"}, {"id": "b", "name": "x"})
    assert written(partners, "Customers", "$apply=groupby((name),aggregate($count as n))") == b"name,n\r\nx,2\r\n"


def test_types_are_told_where_entities_are_of_several(company: Service, tmp_path: Path) -> None:
    made(
        company,
        "People",
        {"@odata.type": "#firm.Person", "id": "a", "name": "A"},
        {"@odata.type": "#firm.Director", "id": "b", "salary": 1, "bonus": 2.5},
    )
    file = tmp_path / "People.csv"
    file.write_bytes(written(company, "People", "$orderby=id"))
    with opened(company_schema()) as other:
        assert isinstance(other.store, DatabaseStore)
        assert load_files(other.store, row_files([file])).rejected == []
        assert ask(other, "GET", "People('b')/firm.Director/bonus").json["value"] == 2.5


def test_contained_entities_that_are_expanded_are_loaded_again(company: Service, tmp_path: Path) -> None:
    body = {"@odata.type": "#firm.Person", "id": "a", "notes": [{"number": n, "text": "t"} for n in range(4)]}
    made(company, "People", body)
    file = tmp_path / "People.jsonl"
    file.write_bytes(written(company, "People", "$expand=notes", "jsonl"))
    with opened(company_schema()) as other:
        assert isinstance(other.store, DatabaseStore)
        assert load_files(other.store, row_files([file])).loaded == 5
        assert ask(other, "GET", "People('a')/notes/$count").body == b"4"


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("Customer", "", "Did you mean 'Customers'?"),
        ("Customers", "$filter=nam eq 'a'", "Did you mean 'name'?"),
        ("Customers", "$deltatoken=x", "deltatoken"),
    ],
    ids=["set", "filter", "delta"],
)
def test_what_is_wrong_is_told(partners: Service, name: str, query: str, message: str) -> None:
    with pytest.raises(ODataError, match=message.replace("?", r"\?")):
        written(partners, name, query)


class Closed(BytesIO):
    """A pipe whose reader has gone."""

    def write(self, _: object) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("format_name", ["csv", "json", "xlsx"])
def test_a_file_that_cannot_be_written_is_told_once(partners: Service, format_name: str) -> None:
    made(partners, "Customers", {"id": "a", "name": "A"})
    with pytest.raises(BrokenPipeError):
        export_rows(Pages(partners, "Customers"), Closed(), format_name)


@pytest.mark.parametrize(
    ("text", "message"),
    [("\x01", "'name' in row 2 has a control character"), ("x" * 32_768, "'name' in row 2 has 32,768 characters")],
    ids=["control", "long"],
)
def test_what_a_workbook_does_not_hold_is_refused(partners: Service, text: str, message: str) -> None:
    made(partners, "Customers", {"id": "a", "name": text})
    with pytest.raises(UnwritableRows, match=message):
        written(partners, "Customers", "$select=name", "xlsx")
