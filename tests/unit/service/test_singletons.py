"""Singletons: one entity each, by name (CSDL 13.3, Protocol 11.1.1)."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask

FULL = "application/json;odata.metadata=full"


def test_what_must_be_there_is_there_from_the_start(company: Service) -> None:
    answer = ask(company, "GET", "Settings")
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata#Settings",
        "@odata.etag": answer.headers["ETag"],
        "theme": "light",
        "size": 10,
    }


def test_one_that_may_be_null_is_no_content(company: Service) -> None:
    assert ask(company, "GET", "Guest").status == 204


def test_one_that_defaults_cannot_make_says_how_to_fill_it(company: Service) -> None:
    answer = ask(company, "GET", "Me")
    assert answer.status == 404
    assert "Fill it with PUT, or load a file Me.json." in answer.error["message"]


def test_the_first_write_makes_it(company: Service) -> None:
    made = ask(company, "PATCH", "Me", {"@odata.type": "#firm.Employee", "id": "me", "salary": 3})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}Me")
    assert ask(company, "GET", "Me/firm.Employee/salary").json["value"] == 3


def test_it_is_changed_and_replaced(company: Service) -> None:
    changed = ask(company, "PATCH", "Settings", {"theme": "dark"})
    assert (changed.status, changed.json["theme"], changed.json["size"]) == (200, "dark", 10)
    replaced = ask(company, "PUT", "Settings", {"size": 3}, if_match=changed.headers["ETag"])
    assert (replaced.json["theme"], replaced.json["size"]) == ("light", 3)
    assert ask(company, "PATCH", "Settings", {"size": 4}, if_match=changed.headers["ETag"]).status == 412


def test_only_one_that_may_be_null_is_deleted(company: Service) -> None:
    ask(company, "PUT", "Guest", {"name": "G"})
    assert ask(company, "DELETE", "Guest").status == 204
    assert ask(company, "GET", "Guest").status == 204
    assert ask(company, "DELETE", "Settings").headers["Allow"] == "GET, HEAD, PATCH, PUT"


def test_its_properties_and_related_entities_have_urls(company: Service) -> None:
    assert ask(company, "GET", "Settings/theme/$value").body == b"light"
    assert ask(company, "GET", "Settings/home").status == 204
    assert ask(company, "GET", "Settings/pinned").values == []


def test_it_contains_entities_of_its_own(company: Service) -> None:
    made = ask(company, "POST", "Settings/pinned", {"number": 1, "text": "first"})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}Settings/pinned(1)")
    assert ask(company, "GET", "Settings?$expand=pinned($select=text)").json["pinned"][0]["text"] == "first"


def test_full_metadata_names_it(company: Service) -> None:
    entity = ask(company, "GET", "Settings", accept=FULL).json
    assert (entity["@odata.id"], entity["@odata.editLink"]) == (f"{ROOT}Settings", f"{ROOT}Settings")


def test_it_stands_in_the_service_document(company: Service) -> None:
    assert {"name": "Settings", "kind": "Singleton", "url": "Settings"} in ask(company, "GET", "").values


@pytest.mark.parametrize("target", ["Settings('x')", "Settings/$count", "Settings(1)/theme"])
def test_it_is_no_collection(company: Service, target: str) -> None:
    assert ask(company, "GET", target).status == 404
