"""Rows of several types, with contained entities and streams (JSON Format 9)."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from odata_service.transfer import LoadReport, load_files, row_files
from tests.asking import ask, store_of
from tests.models import company_schema
from tests.places import bare, places

PNG = b"\x89PNG\xff"


@pytest.fixture
def store() -> Iterator[DatabaseStore]:
    with store_of(company_schema(), Settings()) as made:
        yield made


def load(store: DatabaseStore, tmp_path: Path, name: str, content: object) -> LoadReport:
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_files(store, row_files([file]))


def service_over(store: DatabaseStore) -> Service:
    return Service(store.schema, store, Settings())


def test_rows_say_their_type(store: DatabaseStore, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "name": "A"},
        {"@odata.type": "#firm.Director", "id": "b", "salary": 1, "bonus": 2.5},
        {"@odata.type": "firm.Guest", "id": "c"},
        {"@odata.type": "#firm.Employee", "id": "d", "salary": 3},
        {"@odata.type": "#firm.Employee", "id": "e", "salary": 4},
    ]
    assert load(store, tmp_path, "People.json", rows).loaded == 5
    service = service_over(store)
    assert ask(service, "GET", "People/firm.Employee").column("salary") == [1, 3, 4]
    assert ask(service, "GET", "People('c')/firm.Guest/grade").json["value"] == 7


def test_a_column_of_csv_has_the_type(store: DatabaseStore, tmp_path: Path) -> None:
    text = "id,@odata.type,salary\na,firm.Employee,5\nb,firm.Person,6\nc,firm.Person,\n"
    report = load(store, tmp_path, "People.csv", text)
    assert report.loaded == 2
    assert report.rejected[0].reason == "'salary' is no property of 'firm.Person'. It has id, name, born, portrait."


def test_contained_entities_are_nested_in_their_parent(store: DatabaseStore, tmp_path: Path) -> None:
    note = {
        "number": 1,
        "text": "one",
        "signature": {"by": "x"},
        "replies": [{"number": 1, "replies": [{"number": 2}]}],
    }
    assert load(store, tmp_path, "People.json", [{"id": "a", "notes": [note, {"number": 2}]}]).loaded == 6
    service = service_over(store)
    assert ask(service, "GET", "People('a')/notes").column("number") == [1, 2]
    assert ask(service, "GET", "People('a')/notes(1)/signature/by").json["value"] == "x"
    assert ask(service, "GET", "People('a')/notes(1)/replies(1)/replies(2)").status == 200


def test_what_complex_values_contain_is_nested_in_them(tmp_path: Path) -> None:
    with places() as service:
        store = service.store
        assert isinstance(store, DatabaseStore)
        row = {"id": "eve", "address": {"city": "Ulm", "remarks": [{"number": 4, "text": "kept"}]}}
        assert load(store, tmp_path, "Visitors.json", [row]).loaded == 2
        found = ask(service, "GET", "Visitors('eve')?$expand=address/remarks($select=text)&$select=address/city").json
        assert bare(found["address"]) == {"city": "Ulm", "remarks": [{"text": "kept"}]}


def test_rows_that_are_there_are_changed_with_their_parts(store: DatabaseStore, tmp_path: Path) -> None:
    load(store, tmp_path, "People.json", [{"id": "a", "name": "A", "notes": [{"number": 1, "text": "old"}]}])
    load(store, tmp_path, "People.json", [{"id": "a", "notes": [{"number": 1, "text": "new"}, {"number": 2}]}])
    service = service_over(store)
    assert ask(service, "GET", "People('a')").json["name"] == "A"
    assert ask(service, "GET", "People('a')/notes").column("text") == ["new", None]


def test_streams_stand_in_base64(store: DatabaseStore, tmp_path: Path) -> None:
    text = b64encode(PNG).decode()
    row = {"id": "a", "portrait": text, "portrait@odata.mediaContentType": "image/png"}
    media = {"number": 1, "$value_base64": text, "@odata.mediaContentType": "image/tiff"}
    assert load(store, tmp_path, "People.json", [row]).loaded == 1
    assert load(store, tmp_path, "Scans.jsonl", json.dumps(media)).loaded == 1
    service = service_over(store)
    portrait, scan = ask(service, "GET", "People('a')/portrait"), ask(service, "GET", "Scans(1)/$value")
    assert (portrait.body, portrait.headers["Content-Type"]) == (PNG, "image/png")
    assert (scan.body, scan.headers["Content-Type"]) == (PNG, "image/tiff")


def test_a_singleton_has_a_file_of_its_own(store: DatabaseStore, tmp_path: Path) -> None:
    assert load(store, tmp_path, "Me.json", {"id": "me", "name": "I", "notes": [{"number": 1}]}).loaded == 2
    assert load(store, tmp_path, "Settings.json", [{"theme": "dark"}]).loaded == 1
    service = service_over(store)
    assert ask(service, "GET", "Me?$expand=notes").json["notes"][0]["number"] == 1
    assert ask(service, "GET", "Settings").json["theme"] == "dark"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"@odata.type": "#firm.Project", "id": "b"}, "'firm.Person' is expected here"),
        ({"id": "b", "notes": [1]}, "'notes' holds entities: an object each."),
        ({"id": "b", "notes": [{"text": "x"}]}, "the key 'number' is missing."),
        ({"id": "b", "notes": [{"number": 1, "size": 1}]}, "'size' is no property of 'firm.Note'"),
        ({"id": "b", "portrait": "***"}, "'portrait' is not base64"),
        ({"id": "b", "portrait": 5}, "'portrait' holds a stream as text in base64."),
    ],
)
def test_a_row_with_a_bad_part_is_left_out_whole(
    store: DatabaseStore, tmp_path: Path, row: dict[str, object], reason: str
) -> None:
    rows = [{"id": "a", "notes": [{"number": 1}]}, row, {"id": "c"}]
    report = load(store, tmp_path, "People.json", rows)
    assert [(rejected.line, reason in rejected.reason) for rejected in report.rejected] == [(2, True)]
    assert ask(service_over(store), "GET", "People").column("id") == ["a", "c"]


def test_entities_of_an_abstract_type_need_one_of_their_own(store: DatabaseStore, tmp_path: Path) -> None:
    report = load(store, tmp_path, "Beings.json", [{"id": "a"}, {"@odata.type": "#firm.Guest", "id": "b"}])
    assert report.loaded == 1
    assert "'firm.Being' is abstract" in report.rejected[0].reason
