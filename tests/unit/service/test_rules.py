"""What the model says of writes: who makes a property's value, and what an entity cannot be without."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import COMPUTED_DEFAULT_VALUE, Annotation
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.migrating import a, items
from tests.models import rules_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.tables import tables

V401 = {"odata_version": "4.01"}


@pytest.fixture(params=FAMILIES)
def law(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, rules_schema) as service:
        body = {"code": "A", "opened": "2024-01-01", "judges": [{"id": 1}], "rulings": [{"id": 1}]}
        assert ask(service, "POST", "Courts", body).status == 201
        yield service


def test_what_the_service_makes_is_not_taken_from_a_body(law: Service) -> None:
    made = ask(law, "POST", "Courts", {"code": "B", "cases": 7, "seal": "wax"})
    assert (made.status, made.json["cases"], made.json["seal"]) == (201, 0, "none")
    for method in ("PATCH", "PUT"):
        changed = ask(law, method, "Courts('A')", {"cases": 7, "seal": "wax", "opened": "2000-01-01"})
        assert (changed.json["cases"], changed.json["seal"], changed.json["opened"]) == (0, "none", "2024-01-01")


def test_what_the_service_has_a_default_for_may_be_left_out_and_stated() -> None:
    given = (Annotation(COMPUTED_DEFAULT_VALUE),)
    parts = (a("made!", "DateTimeOffset"), a("size!", "Int32"), a("note"))
    schema = items(*(replace(part, annotations=given) for part in parts))
    with service_of(schema) as service:
        begun = ask(service, "POST", "Items", {"id": "a"}).json
        assert (begun["made"][:2], begun["size"], begun["note"]) == ("20", 0, None)
        stated = {"made": "2001-02-03T04:05:06Z", "size": 7, "note": "n"}
        made = ask(service, "POST", "Items", {"id": "b", **stated}).json
        assert {name: made[name] for name in stated} == stated
        kept = ask(service, "PUT", "Items('b')", {"size": 8}).json
        assert {name: kept[name] for name in stated} == {**stated, "size": 8}
        assert ask(service, "PATCH", "Items('b')", {"size": None}).status == 400


@pytest.mark.parametrize("name", ["code", "cases", "seal", "opened"])
def test_what_a_client_does_not_write_has_no_url_to_write_to(law: Service, name: str) -> None:
    before = tables(law)
    for method in ("PUT", "DELETE"):
        answer = ask(law, method, f"Courts('A')/{name}", {"value": None})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert tables(law) == before


def test_an_entity_leads_from_the_start_wherever_it_must(law: Service) -> None:
    before = tables(law)
    for target, body in (("Rulings", {"id": 2}), ("Judges", {"id": 2}), ("Rulings", {"id": 2, "court": None})):
        assert ask(law, "POST", target, body).status == 400
    upsert = ask(law, "PUT", "Rulings(2)", {"text": "x"})
    assert (upsert.status, upsert.error["target"]) == (400, "court")
    assert tables(law) == before
    assert ask(law, "POST", "Rulings", {"id": 2, "court@odata.bind": "Courts('A')"}).status == 201
    assert ask(law, "POST", "Judges", {"id": 2, "courtCode": "A"}).status == 201
    assert ask(law, "POST", "Judges", {"id": 3, "court": {"code": "C"}}).json["court"]["code"] == "C"
    assert ask(law, "POST", "Courts('A')/rulings", {"id": 4}).status == 201
    assert ask(law, "PATCH", "Courts('A')/judges(5)", {}).status == 201
    assert ask(law, "GET", "Courts('A')/rulings/$count").body == b"3"


def test_a_patch_that_meets_nothing_and_is_no_whole_entity_finds_none(law: Service) -> None:
    before = tables(law)
    for target in ("Rulings(2)", "Judges(2)"):
        answer = ask(law, "PATCH", target, {})
        assert (answer.status, answer.error["target"]) == (404, "court")
        assert answer.error["message"].startswith("No entity has this key")
        assert 'Add "court@odata.bind"' in answer.error["message"]
        assert ask(law, "PUT", target, {}).status == 400
    assert tables(law) == before
    with service_of(items(a("size!", "Int32"), a("weight!", "Int32"), a("note"))) as service:
        answer = ask(service, "PATCH", "Items('a')", {"note": "n"})
        assert answer.status == 404
        assert [detail["target"] for detail in answer.error["details"]] == ["size", "weight"]
        assert ask(service, "PATCH", "Items('a')", {"size": 1, "weight": "much"}).status == 400
        assert ask(service, "PATCH", "Items('a')", {"size": 1, "weight": 2}).status == 201


def test_what_is_missing_inside_of_an_entity_or_where_one_is_to_be_made_is_a_fault_of_the_body(
    law: Service,
) -> None:
    before = tables(law)
    inside = ask(law, "PATCH", "Rulings(2)", {"court": {"opened": "2024-01-01"}})
    assert (inside.status, inside.error["code"], inside.error["target"]) == (400, "PayloadError", "court/code")
    told = ask(law, "PATCH", "Rulings(2)", {"text": "x"}, if_none_match="*")
    assert (told.status, told.error["code"], told.error["target"]) == (400, "PayloadError", "court")
    assert tables(law) == before


def test_an_entity_never_leads_nowhere_where_it_must_lead(law: Service) -> None:
    before = tables(law)
    refused = {
        "court@odata.bind": ask(law, "PATCH", "Rulings(1)", {"text": "x", "court@odata.bind": None}),
        "court": ask(law, "PATCH", "Judges(1)", {"court": None}, **V401),
        "judges": ask(law, "PATCH", "Courts('A')", {"judges": []}, **V401),
        "rulings": ask(law, "PATCH", "Courts('A')", {"rulings": [{"id": 9}]}, **V401),
    }
    assert [answer.status for answer in refused.values()] == [400] * 4
    assert tables(law) == before


def test_an_entity_that_must_be_related_leaves_by_its_end_alone(law: Service) -> None:
    removed = [{"@removed": {"reason": "deleted"}, "id": 1}]
    assert ask(law, "PATCH", "Courts('A')", {"judges@delta": removed, "rulings@delta": removed}, **V401).status == 200
    assert [ask(law, "GET", f"{name}/$count").body for name in ("Judges", "Rulings")] == [b"0", b"0"]


def test_a_listed_member_that_must_be_related_stays_what_it_is(law: Service) -> None:
    listed = {"judges": [{"id": 1}], "rulings": [{"id": 1, "text": "new"}]}
    answer = ask(law, "PUT", "Courts('A')", listed, **V401)
    assert (answer.status, answer.json["judges"][0]["courtCode"], answer.json["rulings"][0]["text"]) == (
        200,
        "A",
        "new",
    )
    assert ask(law, "POST", "Courts('A')/judges/$ref", {"@odata.id": "Judges(1)"}).status == 204
