"""Derived types, singletons, contained entities and streams in every family of databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from odata_service.transfer import load_files, row_files
from tests.asking import ROOT, ask, store_of
from tests.company import fill
from tests.models import company_schema
from tests.servers import FAMILIES, database_url

PNG = b"\x89PNG\x00\xff" * 1_000


@pytest.fixture(params=FAMILIES, scope="module")
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, store_of(company_schema(), Settings(), url=url) as store:
        service = Service(company_schema(), store)
        fill(service)
        yield service


def test_entities_of_derived_types_live_in_one_set(company: Service) -> None:
    assert ask(company, "GET", "People?$filter=id le 'di'").column("name") == ["Ann", "Bob", "Cy", "Di"]
    assert ask(company, "GET", "People/firm.Employee?$filter=id le 'di'").column("salary") == [5, 9]
    assert ask(company, "GET", "People?$filter=firm.Guest/grade eq 7 or isof(firm.Director)").column("id") == [
        "cy",
        "di",
    ]
    assert ask(company, "PATCH", "People('bob')", {"salary": 6}).json["@odata.type"] == "#firm.Employee"


def test_contained_entities_live_in_their_parents(company: Service) -> None:
    expand = "notes($expand=replies($select=text),signature)"
    found = ask(company, "GET", f"People?$select=id&$expand={expand}&$filter=id lt 'c'").values
    assert [[note["text"] for note in person["notes"]] for person in found] == [["ann 1", "ann 2"], ["bob 1"]]
    assert [reply["text"] for reply in found[1]["notes"][0]["replies"]] == ["yes"]
    made = ask(company, "PUT", "People('ann')/notes(1)/signature", {"by": "Ann"})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}People('ann')/notes(1)/signature")
    assert ask(company, "POST", "People('ann')/notes", {"number": 1}).status == 409


def test_what_is_contained_goes_with_its_parent(company: Service) -> None:
    ask(company, "PUT", "People('gone')", {"name": "G"})
    ask(company, "POST", "People('gone')/notes", {"number": 1})
    ask(company, "POST", "People('gone')/notes(1)/attachments", b"%PDF", content_type="application/pdf")
    assert ask(company, "DELETE", "People('gone')").status == 204
    ask(company, "PUT", "People('gone')", {"name": "G"})
    assert ask(company, "GET", "People('gone')/notes").values == []
    assert ask(company, "DELETE", "People('gone')").status == 204


def test_singletons_are_one_row_each(company: Service) -> None:
    assert ask(company, "GET", "Settings").json["size"] == 10
    assert ask(company, "PATCH", "Settings", {"theme": "dark"}).json["theme"] == "dark"
    assert ask(company, "PUT", "Me", {"name": "I"}).status == 201
    assert ask(company, "POST", "Me/notes", {"number": 1, "text": "mine"}).status == 201
    assert ask(company, "GET", "Me?$expand=notes").json["notes"][0]["text"] == "mine"


def test_streams_keep_their_bytes_and_types(company: Service) -> None:
    assert ask(company, "GET", "People('cy')/portrait").status == 204
    tag = ask(company, "PUT", "People('cy')/portrait", PNG, content_type="image/png").headers["ETag"]
    read = ask(company, "GET", "People('cy')/portrait")
    assert (read.body, read.headers["Content-Type"], read.headers["ETag"]) == (PNG, "image/png", tag)
    assert ask(company, "PUT", "People('cy')/portrait", b"new", content_type="image/png", if_match=tag).status == 204
    assert ask(company, "GET", "People('cy')").json["portrait@odata.mediaContentType"] == "image/png"
    assert ask(company, "DELETE", "People('cy')/portrait").status == 204


def test_rows_are_loaded_with_their_parts_or_not_at_all(company: Service, tmp_path: Path) -> None:
    good = {"id": "x1", "@odata.type": "#firm.Guest", "notes": [{"number": 1, "replies": [{"number": 1}]}]}
    media = {"id": "x2", "portrait": "iVBORw==", "portrait@odata.mediaContentType": "image/png"}
    bad = {"id": "x3", "notes": [{"number": 1}, {"number": 2, "text": 5}]}
    (tmp_path / "People.json").write_text(json.dumps([good, bad, media]))
    assert isinstance(company.store, DatabaseStore)
    report = load_files(company.store, row_files([tmp_path]))
    assert (report.loaded, [rejected.line for rejected in report.rejected]) == (4, [2])
    assert ask(company, "GET", "People?$filter=startswith(id,'x')").column("id") == ["x1", "x2"]
    assert ask(company, "GET", "People('x1')/notes(1)/replies/$count").body == b"1"
    assert ask(company, "GET", "People('x2')/portrait").body == b"\x89PNG"
