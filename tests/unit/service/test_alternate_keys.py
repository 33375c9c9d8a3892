"""Alternate keys: entities are found, changed and related by them, and the database keeps them distinct."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service import load_schema
from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.models import MODELS, alternate_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

FIRST = {"id": 1, "sku": "a/1", "code": {"letters": "x", "number": 1}, "name": "One"}
SECOND = {"id": 2, "sku": "b", "code": {"letters": "x", "number": 2}, "name": "Two"}


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, alternate_schema) as service:
        for body in (FIRST, SECOND, {"id": 3}, {"id": 4}):
            assert ask(service, "POST", "Products", body).status == 201
        assert ask(service, "POST", "Makers", {"id": 9, "products@odata.bind": ["Products(sku='b')"]}).status == 201
        yield service


def name_of(service: Service, key: int) -> str | None:
    found: str | None = ask(service, "GET", f"Products({key})").json["name"]
    return found


def test_an_entity_is_found_by_each_of_its_keys_and_tells_its_own(shop: Service) -> None:
    found = [
        ask(shop, "GET", f"Products({key})?$format=application/json;odata.metadata=full").json
        for key in ("1", "id=1", "sku='a%2F1'", "letters='x',number=1", "number=1,letters='x'")
    ]
    assert [entity["@odata.id"] for entity in found] == [f"{ROOT}Products(1)"] * 5
    assert [entity["@odata.context"] for entity in found] == [f"{ROOT}$metadata#Products/$entity"] * 5


def test_what_is_behind_an_alternate_key_is_read(shop: Service) -> None:
    assert ask(shop, "GET", "Products(sku='b')/name/$value").body == b"Two"
    assert ask(shop, "GET", "Products(sku='b')/maker").json["id"] == 9
    assert ask(shop, "GET", "Makers(9)/products(sku='b')").json["id"] == 2
    assert ask(shop, "GET", "Makers(9)/products(sku='a%2F1')").status == 404
    assert ask(shop, "GET", "Products(sku=@k)/name?@k='b'").json["value"] == "Two"
    context = ask(shop, "GET", "Products(sku='b')/name").json["@odata.context"]
    assert context == f"{ROOT}$metadata#Products(sku='b')/name"
    assert ask(shop, "GET", f"$entity?$id={ROOT}Products(sku='b')").json["id"] == 2


def test_an_alternate_key_stands_in_expressions(shop: Service) -> None:
    found = ask(shop, "GET", "Products?$filter=name eq $root/Products(sku='b')/name&$select=id")
    assert found.column("id") == [2]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("sku='c'", 404),
        ("name='One'", 400),
        ("sku=1", 400),
        ("letters='x'", 400),
        ("sku='b',id=2", 400),
        ("sku=null", 400),
    ],
)
def test_what_is_no_key_of_an_entity_leads_nowhere(shop: Service, key: str, status: int) -> None:
    assert ask(shop, "GET", f"Products({key})").status == status


def test_an_entity_is_changed_and_deleted_by_an_alternate_key(shop: Service) -> None:
    tag = ask(shop, "GET", "Products(sku='b')").headers["ETag"]
    changed = ask(shop, "PATCH", "Products(sku='b')", {"name": "New", "sku": "c"}, if_match=tag)
    assert (changed.status, changed.json["id"], changed.json["sku"]) == (200, 2, "c")
    assert ask(shop, "PATCH", "Products(sku='c')", {"name": "Late"}, if_match=tag).status == 412
    assert ask(shop, "PUT", "Products(sku='c')/name", {"value": "Newer"}).status == 204
    assert name_of(shop, 2) == "Newer"
    assert ask(shop, "PUT", "Products(letters='x',number=2)", {"name": "Newest"}).status == 200
    assert ask(shop, "GET", "Products(2)").json["sku"] is None
    assert ask(shop, "DELETE", "Products(sku='a%2F1')").status == 204
    assert ask(shop, "GET", "Products?$select=id").column("id") == [2, 3, 4]


def test_nothing_is_created_by_an_alternate_key(shop: Service) -> None:
    for method in ("PATCH", "PUT", "DELETE"):
        answer = ask(shop, method, "Products(sku='new')", {"name": "New"} if method != "DELETE" else None)
        assert answer.status == 404
    assert ask(shop, "GET", "Products/$count").body == b"4"


def test_relations_are_begun_and_ended_by_alternate_keys(shop: Service) -> None:
    assert ask(shop, "POST", "Makers(9)/products/$ref", {"@odata.id": "Products(sku='a%2F1')"}).status == 204
    assert ask(shop, "GET", "Makers(9)/products?$select=id").column("id") == [1, 2]
    assert ask(shop, "DELETE", "Makers(9)/products(sku='b')/$ref").status == 204
    assert ask(shop, "DELETE", "Makers(9)/products(sku='b')/$ref").status == 404
    assert ask(shop, "PUT", "Products(sku='b')/maker/$ref", {"@odata.id": "Makers(9)"}).status == 204
    assert ask(shop, "GET", "Makers(9)/products?$select=id").column("id") == [1, 2]


def test_an_alternate_key_that_another_entity_has_is_a_conflict(shop: Service) -> None:
    answer = ask(shop, "POST", "Products", {"id": 5, "sku": "b"})
    assert (answer.status, "sku" in answer.error["message"]) == (409, True)
    assert ask(shop, "PATCH", "Products(3)", {"code": {"letters": "x", "number": 2}}).status == 409
    assert ask(shop, "PATCH", "Products(3)", {"code": {"letters": "x", "number": 3}}).status == 200
    assert ask(shop, "GET", "Products/$count").body == b"4"


def test_contained_entities_have_alternate_keys_among_those_beside_them(shop: Service) -> None:
    for path in ("Products(1)/parts", "Products(2)/parts"):
        assert ask(shop, "POST", path, {"no": 1, "label": "l"}).status == 201
        assert ask(shop, "POST", path, {"no": 2, "label": "l"}).status == 409
    assert ask(shop, "PATCH", "Products(sku='b')/parts(label='l')", {"label": "m"}).status == 200
    found = [ask(shop, "GET", f"Products({key})/parts(1)").json["label"] for key in (1, 2)]
    assert found == ["l", "m"]


def test_streams_are_written_by_alternate_keys(shop: Service) -> None:
    assert ask(shop, "PUT", "Products(sku='b')/photo", b"x", content_type="image/png").status == 204
    assert ask(shop, "GET", "Products(2)/photo").body == b"x"


def test_alternate_keys_are_stated_by_the_older_term_of_asp_net_as_well(tmp_path: Path) -> None:
    model = (MODELS / "alternate.xml").read_text()
    (tmp_path / "model.xml").write_text(model.replace("Core.AlternateKeys", "OData.Community.Keys.V1.AlternateKeys"))
    with service_of(load_schema(tmp_path / "model.xml")) as service:
        assert ask(service, "POST", "Products", FIRST).status == 201
        assert ask(service, "GET", "Products(letters='x',number=1)").json["id"] == 1
        assert ask(service, "POST", "Products", {"id": 2, "sku": "a/1"}).status == 409
