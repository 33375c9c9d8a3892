"""References between entities: read, added, set and removed by `/$ref` (Protocol 11.4.6)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of
from tests.company import fill as fill_company
from tests.models import company_schema, stationery_schema
from tests.stationery import fill


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        fill(service)
        yield service


def ids(service: Service, target: str) -> list[str]:
    return [reference["@odata.id"].removeprefix(ROOT) for reference in ask(service, "GET", target).values]


def test_a_single_reference_is_set_and_removed(shop: Service) -> None:
    assert ask(shop, "PUT", "Articles(1)/group/$ref", {"@odata.id": "Groups('b')"}).status == 204
    assert ask(shop, "GET", "Articles(1)/group/$ref").json["@odata.id"] == f"{ROOT}Groups('b')"
    assert ask(shop, "GET", "Articles(1)").json["groupCode"] == "b"
    assert ask(shop, "DELETE", "Articles(1)/group/$ref").status == 204
    assert ask(shop, "GET", "Articles(1)/group").status == 204
    assert ask(shop, "DELETE", "Articles(1)/group/$ref").status == 404


def test_references_are_added_to_many_and_removed(shop: Service) -> None:
    added = ask(shop, "POST", "Groups('b')/articles/$ref", {"@odata.id": f"{ROOT}Articles(1)"})
    assert (added.status, ids(shop, "Groups('b')/articles/$ref")) == (204, ["Articles(1)", "Articles(3)"])
    assert ids(shop, "Groups('a')/articles/$ref") == ["Articles(2)"]
    assert ask(shop, "DELETE", "Groups('b')/articles(1)/$ref").status == 204
    assert ask(shop, "DELETE", "Groups('b')/articles/$ref?$id=Articles(3)").status == 204
    assert ids(shop, "Groups('b')/articles/$ref") == []
    for target in ("Groups('b')/articles/$ref?$id=Articles(2)", "Groups('b')/articles/$ref?$id=Articles(77)"):
        assert ask(shop, "DELETE", target).refusal == (404, "'articles' does not lead to this entity.")


@pytest.mark.parametrize("option", ["$id", "id", "@id", "%40id"])
def test_the_id_of_a_removed_reference_may_be_written_as_clients_of_kiota_do(shop: Service, option: str) -> None:
    assert ask(shop, "DELETE", f"Groups('a')/articles/$ref?x=1&{option}={ROOT}Articles(2)").status == 204
    assert ids(shop, "Groups('a')/articles/$ref") == ["Articles(1)"]


def test_all_references_of_many_are_replaced_and_removed(shop: Service) -> None:
    wanted = {"value": [{"@odata.id": "Articles(2)"}, {"@odata.id": "Articles(3)"}]}
    assert ask(shop, "PUT", "Groups('a')/articles/$ref", wanted).status == 204
    assert (ids(shop, "Groups('a')/articles/$ref"), ids(shop, "Groups('b')/articles/$ref")) == (
        ["Articles(2)", "Articles(3)"], [],
    )  # fmt: skip
    wrong = {"value": [{"@odata.id": "Articles(1)"}, {"@odata.id": "Articles(77)"}]}
    assert ask(shop, "PUT", "Groups('a')/articles/$ref", wrong).status == 400
    assert ids(shop, "Groups('a')/articles/$ref") == ["Articles(2)", "Articles(3)"]
    assert ask(shop, "DELETE", "Groups('a')/articles/$ref", odata_version="4.01").status == 204
    assert ids(shop, "Groups('a')/articles/$ref") == []
    assert ask(shop, "DELETE", "Groups('a')/articles/$ref", odata_version="4.01").status == 204


def test_an_entity_has_another_version_when_its_reference_changes(shop: Service) -> None:
    before = ask(shop, "GET", "Articles(1)").json["@odata.etag"]
    assert ask(shop, "PUT", "Articles(1)/group/$ref", {"@id": "Groups('b')"}).status == 204
    assert ask(shop, "GET", "Articles(1)").json["@odata.etag"] != before


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "message"),
    [
        ("POST", "Groups('a')/articles/$ref", {"@odata.id": "Groups('a')"}, 400,
         "'Groups('a')' is no entity of 'Articles'. Write Articles(…)."),
        ("POST", "Groups('a')/articles/$ref", {"@odata.id": "Articles(77)"}, 400,
         "There is no entity 'Articles(77)'. Create it first."),
        ("POST", "Groups('a')/articles/$ref", {}, 400,
         "The body refers to no entity. Send {\"@odata.id\": \"Set(…)\"}."),
        ("POST", "Groups('z')/articles/$ref", {"@odata.id": "Articles(1)"}, 404,
         "The entity before the navigation property does not exist."),
        ("DELETE", "Groups('a')/articles/$ref", None, 400,
         "Which reference is to be removed is not said. Add $id=Set('key'), or write nav('key'); in 4.01 "
         "(OData-Version: 4.01) this removes all."),
        ("PUT", "Groups('a')/articles/$ref", {}, 400,
         "The body has no collection of references. Send {\"value\": [{\"@odata.id\": \"…\"}]}."),
        ("PUT", "Groups('a')/articles/$ref", {"value": [1]}, 400,
         "The body refers to no entity. Send {\"@odata.id\": \"Set(…)\"}."),
        ("POST", "Articles(1)/group/$ref", {}, 405,
         "This resource does not take POST. It takes GET, HEAD, PUT, DELETE."),
        ("POST", "Articles/$ref", {}, 405, "This resource does not take POST. It takes GET, HEAD."),
    ],
)  # fmt: skip
def test_a_reference_that_cannot_be_is_refused(
    shop: Service, method: str, target: str, body: object, status: int, message: str
) -> None:
    assert ask(shop, method, target, body).refusal == (status, message)


def test_contained_entities_have_no_other_place() -> None:
    with service_of(company_schema()) as service:
        assert ask(service, "POST", "People", {"id": "ann", "name": "Ann"}).status == 201
        answer = ask(service, "POST", "People('ann')/notes/$ref", {"@odata.id": "People('ann')/notes(1)"})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_what_singletons_and_contained_entities_are_related_to_is_changed() -> None:
    with service_of(company_schema()) as service:
        fill_company(service)
        assert ask(service, "POST", "Projects", {"code": "P"}).status == 201
        for target in ("Settings/home/$ref", "People('ann')/notes(1)/about/$ref"):
            assert ask(service, "PUT", target, {"@odata.id": "/Projects('P')"}).status == 204
            assert ask(service, "GET", target).json["@odata.id"] == f"{ROOT}Projects('P')"
            assert ask(service, "DELETE", target).status == 204
            assert ask(service, "GET", target).status == 204
        seen = "People('ann')/notes(1)/seenBy/$ref"
        assert ask(service, "POST", seen, {"@odata.id": "People('ann')/notes(1)/author"}).status == 204
        assert ids(service, seen) == ["People('ann')"]


def test_references_are_changed_where_the_conditions_hold(shop: Service) -> None:
    tag = ask(shop, "GET", "Articles(1)").headers["ETag"]
    body = {"@odata.id": "Groups('b')"}
    for headers in ({"if_match": 'W/"1"'}, {"if_none_match": tag}, {"if_none_match": "*"}):
        answer = ask(shop, "PUT", "Articles(1)/group/$ref", body, **headers)
        assert (answer.status, answer.error["code"]) == (412, "PreconditionFailed")
    assert ask(shop, "PUT", "Articles(1)/group/$ref", body, if_match=tag).status == 204
    assert ask(shop, "DELETE", "Articles(1)/group/$ref", if_match=tag).status == 412
    assert ask(shop, "DELETE", "Articles(1)/group/$ref", if_match="*").status == 204


def test_references_of_a_guarded_service_are_changed_by_whom_has_read_the_entity() -> None:
    with service_of(stationery_schema(), Settings(track_changes=False, require_etag=True)) as service:
        fill(service)
        body = {"@odata.id": "Groups('b')"}
        for method, target in (("PUT", "Articles(1)/group/$ref"), ("DELETE", "Articles(1)/group/$ref")):
            refused = ask(service, method, target, body)
            assert (refused.status, refused.error["code"]) == (428, "PreconditionRequired")
        assert ask(service, "POST", "Groups('a')/articles/$ref", {"@odata.id": "Articles(3)"}).status == 428
        tag = ask(service, "GET", "Groups('a')").headers["ETag"]
        added = ask(service, "POST", "Groups('a')/articles/$ref", {"@odata.id": "Articles(3)"}, if_match=tag)
        assert added.status == 204
        assert ids(service, "Groups('a')/articles/$ref") == ["Articles(1)", "Articles(2)", "Articles(3)"]
