"""What clients of Microsoft Graph do, at a service whose definition is one of Graph's pages."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.models import partners_schema, stationery_schema

VERSIONS = ["v1.0", "beta"]


@pytest.mark.parametrize("version", VERSIONS)
def test_links_have_the_version_that_the_request_had(service: Service, version: str) -> None:
    page = ask(service, "GET", f"{version}/Customers?$top=3", prefer="odata.maxpagesize=2").json
    assert page["@odata.context"] == f"{ROOT}{version}/$metadata#Customers"
    assert page["@odata.nextLink"].startswith(f"{ROOT}{version}/Customers?")
    following = ask(service, "GET", page["@odata.nextLink"].removeprefix(ROOT))
    assert following.json["@odata.context"] == f"{ROOT}{version}/$metadata#Customers"


def test_a_next_link_can_be_followed_with_another_version(service: Service) -> None:
    link = ask(service, "GET", "v1.0/Customers", prefer="odata.maxpagesize=2").json["@odata.nextLink"]
    rest = ask(service, "GET", link.removeprefix(f"{ROOT}v1.0/"))
    assert (rest.status, len(rest.values)) == (200, 3)


@pytest.mark.parametrize("target", ["v1.0", "v1.0/", "beta/"])
def test_a_version_alone_is_the_service_root(service: Service, target: str) -> None:
    version = target.rstrip("/")
    assert ask(service, "GET", target).json["@odata.context"] == f"{ROOT}{version}/$metadata"


def test_what_is_created_is_at_the_version(service: Service) -> None:
    made = ask(service, "POST", "beta/Customers", {"id": "n"})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}beta/Customers('n')")
    assert ask(service, "GET", "Customers('n')").json["@odata.context"] == f"{ROOT}$metadata#Customers/$entity"


@pytest.mark.parametrize("target", ["v2.0/Customers", "v1.0x/Customers", "betaCustomers", "V1.0/Customers"])
def test_nothing_else_is_a_version(service: Service, target: str) -> None:
    assert ask(service, "GET", target).status == 404


@pytest.mark.parametrize("batch", ["$batch", "v1.0/$batch"])
@pytest.mark.parametrize(
    "url", ["/Customers('a')", "Customers('a')", "/v1.0/Customers('a')", f"{ROOT}v1.0/Customers('a')"]
)
def test_requests_in_batches_have_it_or_not(service: Service, batch: str, url: str) -> None:
    requests = [{"id": "1", "method": "GET", "url": url}]
    (reply,) = ask(service, "POST", batch, {"requests": requests}).json["responses"]
    assert (reply["status"], reply["body"]["id"]) == (200, "a")
    assert reply["headers"]["Content-Type"].startswith("application/json")


def test_what_the_model_names_goes_before_a_version() -> None:
    schema = stationery_schema()
    profile = replace(schema.profile, version_segments=("Articles",))
    with service_of(replace(schema, profile=profile)) as made:
        assert ask(made, "GET", "Articles").json["@odata.context"] == f"{ROOT}$metadata#Articles"


def test_other_definitions_have_no_versions() -> None:
    with service_of(stationery_schema()) as made:
        answer = ask(made, "GET", "v1.0/Articles")
    assert (answer.status, "innerError" in answer.error) == (404, False)


def test_relations_may_name_their_ends_with_a_version(partners: Service) -> None:
    body = {"id": "d", "name": "D", "partner@odata.bind": f"{ROOT}v1.0/Partners('p2')"}
    assert ask(partners, "POST", "Customers", body).status == 201
    assert ask(partners, "GET", "beta/Customers('d')/partner").json["id"] == "p2"


def test_a_consistency_level_is_accepted(service: Service) -> None:
    answer = ask(service, "GET", "v1.0/Customers?$count=true", consistencylevel="eventual")
    assert (answer.status, answer.json["@odata.count"]) == (200, 5)


@pytest.mark.parametrize(
    ("headers", "client"),
    [({}, "test"), ({"client_request_id": "1a-2b"}, "1a-2b"), ({"client_request_id": "<script>"}, "test")],
)
def test_an_error_tells_the_ids_of_its_request(service: Service, headers: dict[str, Any], client: str) -> None:
    inner = ask(service, "GET", "v1.0/Customers('none')", **headers).error["innerError"]
    assert (inner["request-id"], inner["client-request-id"]) == ("test", client)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", inner["date"])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ('"name:grass"', ["a"]),
        ('"id:grass"', ["grass"]),
        ("grass", ["a", "grass"]),
        ('"name:blue gr"', ["a"]),
        ('"name:blue" OR id:grass', ["a", "grass"]),
        ('NOT "name:blue"', ["b", "grass"]),
        ('"note:green"', ["b"]),
        ('"name:"', []),
    ],
)
def test_a_search_may_name_the_property_that_it_looks_into(search: str, found: list[str]) -> None:
    with service_of(partners_schema()) as made:
        for key, name in {"a": "Blue Grass", "b": "note:green", "grass": "none"}.items():
            assert ask(made, "POST", "Customers", {"id": key, "name": name}).status == 201
        for _ in range(2):  # anew, and as it is kept
            assert ask(made, "GET", f"Customers?$search={search}&$orderby=id").column("id") == found


@pytest.mark.parametrize("stated", ["", "v1.0/", "beta/"])
@pytest.mark.parametrize("asked", ["", "v1.0/", "beta/"])
@pytest.mark.parametrize("root", [ROOT, "/", ""])
def test_urls_have_another_version_than_the_request_or_none(root: str, asked: str, stated: str) -> None:
    with service_of(partners_schema()) as partners:
        for target, body in (("Partners", {"id": "p", "name": "P"}), ("Customers", {"id": "c"})):
            assert ask(partners, "POST", target, body).status == 201
        bound = {"partner@odata.bind": f"{root}{stated}Partners('p')"}
        customer = f"{root}{stated}Customers('c')"
        assert ask(partners, "PATCH", f"{asked}Customers('c')", bound).status == 200
        assert ask(partners, "DELETE", f"{asked}Partners('p')/customers/$ref?$id={customer}").status == 204
        named = {"@odata.id": customer}
        assert ask(partners, "POST", f"{asked}Partners('p')/customers/$ref", named).status == 204
        assert ask(partners, "GET", f"{asked}$entity?$id={customer}").json["id"] == "c"
        requests = [{"id": "1", "method": "GET", "url": f"{customer}/partner"}]
        (reply,) = ask(partners, "POST", f"{asked}$batch", {"requests": requests}).json["responses"]
        assert (reply["status"], reply["body"]["id"]) == (200, "p")
