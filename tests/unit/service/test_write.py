"""POST, PATCH, PUT and DELETE through `Service.handle`."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import OPTIMISTIC_CONCURRENCY, Annotation
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.model import Schema
from odata_service.edm.sources import with_sources
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of
from tests.models import alternate_schema, customer_schema, findings_schema, partners_schema


def test_create_answers_the_entity_as_it_is_stored(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n", "cosmosCreatedDateTimeUTC": "2024-01-01T01:00:00.500+01:00"})
    assert answer.status == 201
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers/$entity"
    assert answer.json["cosmosCreatedDateTimeUTC"] == "2024-01-01T00:00:00.5Z"
    assert answer.json["displayName"] is None
    assert answer.headers["ETag"] == answer.json["@odata.etag"]


def test_a_key_that_is_left_out_is_a_new_guid(service: Service) -> None:
    one, other = (ask(service, "POST", "Customers", {"displayName": "x"}).json["id"] for _ in range(2))
    assert one != other
    assert len(one) == 36


def test_a_key_that_is_null_is_made_and_one_in_an_update_says_nothing(service: Service) -> None:
    made = ask(service, "POST", "Customers", {"id": None, "displayName": "x"})
    assert (made.status, len(made.json["id"])) == (201, 36)
    assert ask(service, "PATCH", "Customers('a')", {"id": None, "displayName": "x"}).json["id"] == "a"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_upsert_makes_no_entity_with_a_key_that_none_can_have(method: str) -> None:
    with service_of(findings_schema()) as service:
        answer = ask(service, method, "Others('12345678901')", {})
        assert ask(service, "GET", "Others('12345678901')").status == 404
        assert ask(service, method, "Others('1234567890')", {}).status == 201
    message = "Property 'id': The text has 11 characters, and at most 10 are allowed."
    assert (answer.status, answer.error["target"], answer.error["message"]) == (400, "id", message)


def test_a_number_beyond_its_type_is_no_key_of_a_new_entity() -> None:
    with service_of(alternate_schema()) as service:
        answer = ask(service, "PUT", f"Products({2**31})", {"sku": "a"})
    assert (answer.status, answer.error["target"]) == (400, "id")


def test_a_second_entity_with_a_key_is_a_conflict(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "a"})
    assert (answer.status, answer.error["code"]) == (409, "Conflict")


def test_keys_tell_case_and_accents_apart(service: Service) -> None:
    for key in ("A", "ä", "a "):
        assert ask(service, "POST", "Customers", {"id": key}).status == 201


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_numbers_may_be_strings_where_the_type_of_a_body_says_so(service: Service, method: str) -> None:
    body = {"contractType": "7"}
    answer = ask(service, method, "Customers('a')", body, content_type="application/json;IEEE754Compatible=true")
    assert (answer.status, answer.json["contractType"]) == (200, 7)
    refused = ask(service, method, "Customers('a')", body, content_type="application/json;IEEE754Compatible=false")
    assert (refused.status, refused.error["target"]) == (400, "contractType")


def test_put_resets_what_it_does_not_state(service: Service) -> None:
    answer = ask(service, "PUT", "Customers('a')", {"displayName": "Only"})
    assert (answer.status, answer.json["displayName"], answer.json["contractType"]) == (200, "Only", None)


def test_every_change_gives_a_new_etag(service: Service) -> None:
    tags = [ask(service, "PATCH", "Customers('a')", {"displayName": "same"}).headers["ETag"] for _ in range(3)]
    assert len(set(tags)) == 3


def test_an_entity_created_again_has_another_etag(service: Service) -> None:
    first = ask(service, "GET", "Customers('a')").headers["ETag"]
    ask(service, "DELETE", "Customers('a')")
    assert ask(service, "POST", "Customers", {"id": "a"}).headers["ETag"] != first


def test_return_minimal_answers_no_body(service: Service) -> None:
    answer = ask(service, "PATCH", "Customers('a')", {"displayName": "x"}, prefer="return=minimal")
    assert (answer.status, answer.body, answer.headers["Preference-Applied"]) == (204, b"", "return=minimal")
    assert answer.headers["ETag"] == ask(service, "GET", "Customers('a')").headers["ETag"]


def test_if_none_match_star_allows_a_create_alone(service: Service) -> None:
    assert ask(service, "PUT", "Customers('a')", {}, if_none_match="*").status == 412
    assert ask(service, "PUT", "Customers('n')", {}, if_none_match="*").status == 201


def test_if_match_of_a_list_or_a_star(service: Service) -> None:
    tag = ask(service, "GET", "Customers('a')").headers["ETag"]
    assert ask(service, "PATCH", "Customers('a')", {"domain": "x"}, if_match=f'"5", {tag}').status == 200
    assert ask(service, "DELETE", "Customers('a')", if_match="*").status == 204
    assert ask(service, "DELETE", "Customers('a')", if_match="*").status == 404


def test_a_refused_change_leaves_nothing_behind(service: Service) -> None:
    before = ask(service, "GET", "Customers('a')").json
    for body in ({"contractType": "x"}, {"nothing": 1}, {"displayName": "ok", "isDeleted": 3}):
        assert ask(service, "PATCH", "Customers('a')", body).status == 400
    assert ask(service, "GET", "Customers('a')").json == before


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("DELETE", "Customers", "GET, HEAD, POST, PATCH, PUT"),
        ("POST", "Customers('a')", "GET, HEAD, PATCH, PUT, DELETE"),
        ("POST", "Customers/$count", "GET, HEAD"),
        ("PATCH", "", "GET, HEAD"),
    ],
)
def test_a_method_that_a_resource_does_not_take_is_told_those_that_it_takes(
    service: Service, method: str, target: str, allow: str
) -> None:
    answer = ask(service, method, target, {})
    assert (answer.status, answer.headers["Allow"]) == (405, allow)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/json;charset=latin-1", ""])
def test_a_body_that_is_not_json_in_utf_8_is_refused(service: Service, content_type: str) -> None:
    answer = ask(service, "POST", "Customers", b"{}", content_type=content_type)
    assert (answer.status, answer.error["target"]) == (415, "Content-Type")
    assert "Content-Type" in answer.error["message"] or "harset" in answer.error["message"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;odata=verbose", "Application/JSON; charset=UTF-8"]
)
def test_json_is_read_under_all_its_names(service: Service, content_type: str) -> None:
    assert ask(service, "POST", "Customers", b'{"id":"n"}', content_type=content_type).status == 201


def test_a_read_only_service_takes_no_change() -> None:
    with service_of(customer_schema(), Settings(read_only=True)) as service:
        assert ask(service, "POST", "Customers", {"id": "n"}).headers["Allow"] == "GET, HEAD"


def test_a_service_may_demand_etags() -> None:
    with service_of(customer_schema(), Settings(require_etag=True)) as service:
        tag = ask(service, "POST", "Customers", {"id": "n"}).headers["ETag"]
        assert ask(service, "PATCH", "Customers('n')", {"domain": "x"}).status == 428
        assert ask(service, "PATCH", "Customers('n')", {"domain": "x"}, if_match=tag).status == 200


def test_a_definition_may_demand_etags_of_a_set() -> None:
    schema = customer_schema()
    demanding = (Annotation(OPTIMISTIC_CONCURRENCY, ()),)
    sets = {
        name: replace(found, annotations=(*found.annotations, *demanding))
        for name, found in schema.container.entity_sets.items()
    }
    schema = with_sources(replace(schema, container=replace(schema.container, entity_sets=sets)))
    with service_of(schema) as service:
        tag = ask(service, "POST", "Customers", {"id": "n"}).headers["ETag"]
        for method, target, body in (
            ("PATCH", "Customers('n')", {"domain": "x"}),
            ("PUT", "Customers('n')", {"domain": "x"}),
            ("PUT", "Customers('n')/domain", {"value": "x"}),
            ("DELETE", "Customers('n')", None),
            ("DELETE", "Customers/$each", None),
        ):
            answer = ask(service, method, target, body)
            assert (answer.status, answer.error["target"]) == (428, "If-Match")
        assert ask(service, "PATCH", "Customers('n')", {"domain": "x"}, if_match=tag).status == 200
        assert ask(service, "PUT", "Customers('m')", {"domain": "x"}, if_none_match="*").status == 201
        assert ask(service, "DELETE", "Customers('n')", if_match="*").status == 204


def limited(schema: Schema, capabilities: Capabilities) -> Schema:
    """The schema with one entity set's capabilities changed."""
    sets = {name: replace(found, capabilities=capabilities) for name, found in schema.container.entity_sets.items()}
    return with_sources(replace(schema, container=replace(schema.container, entity_sets=sets)))


@pytest.fixture
def frozen() -> Iterator[Service]:
    nothing = Capabilities(insertable=False, updatable=False, deletable=False)
    with service_of(limited(customer_schema(), nothing)) as service:
        yield service


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "Customers"), ("PATCH", "Customers('a')"), ("DELETE", "Customers('a')")]
)
def test_what_the_methods_table_leaves_out_answers_405(frozen: Service, method: str, target: str) -> None:
    assert ask(frozen, method, target, {}).headers["Allow"] == "GET, HEAD"


def test_without_create_an_update_creates_nothing() -> None:
    with service_of(limited(customer_schema(), Capabilities(insertable=False))) as service:
        assert ask(service, "PATCH", "Customers('n')", {"domain": "x"}).status == 404


@pytest.mark.parametrize("body", [b"{", {"domain": 5}])
def test_that_an_entity_is_not_there_goes_before_what_is_wrong_with_a_body(service: Service, body: object) -> None:
    assert ask(service, "PATCH", "Customers('n')", body).status == 400, "it would be created"
    with service_of(limited(customer_schema(), Capabilities(insertable=False))) as other:
        for method in ("PATCH", "PUT"):
            assert ask(other, method, "Customers('n')", body).status == 404


def test_every_primitive_type_survives_a_create() -> None:
    line = {
        "orderNumber": 1,
        "product": "a/b'c",
        "small": -32768,
        "large": 9007199254740993,
        "unsigned": 255,
        "signed": -128,
        "single": 0.5,
        "double": "-INF",
        "price": 12345678901234567890.125,
        "token": "0f0f0f0f-0000-0000-0000-000000000001",
        "ordered": "2024-02-29",
        "cutOff": "23:59:59.9999999",
        "lead": "-P1DT0.0000001S",
        "shipped": "9999-12-31T23:59:59.9999999Z",
        "picture": "_-8",
        "isGift": False,
        "customerId": "c",
    }
    with service_of(partners_schema()) as service:
        body = {**line, "price": "12345678901234567890.125"}
        made = ask(service, "POST", "OrderLines", body)
        assert made.headers["Location"] == f"{ROOT}OrderLines(orderNumber=1,product='a%2Fb''c')"
        read = ask(service, "GET", "OrderLines(product='a%2Fb''c',orderNumber=1)")
        assert b'"price":12345678901234567890.125' in read.body
        assert {name: read.json[name] for name in line} == line


def test_writes_of_one_shape_go_each_to_the_entity_of_its_own_key(service: Service) -> None:
    for key in ("a", "b", "c"):
        answer = ask(service, "PATCH", f"Customers('{key}')", {"displayName": f"of {key}"})
        assert (answer.json["id"], answer.json["displayName"]) == (key, f"of {key}")
    assert ask(service, "GET", "Customers?$orderby=id&$top=3").column("displayName") == ["of a", "of b", "of c"]


def test_bodies_that_state_the_same_change_each_what_they_state(service: Service) -> None:
    ask(service, "PATCH", "Customers('a')", {"displayName": "one", "contractType": None})
    ask(service, "PATCH", "Customers('b')", {"contractType": None, "displayName": "other"})
    assert ask(service, "GET", "Customers?$orderby=id&$top=2").column("displayName") == ["one", "other"]


def test_a_key_that_does_not_fit_is_refused_whether_or_not_its_shape_is_known() -> None:
    with service_of(partners_schema()) as service:
        answers = [ask(service, "DELETE", f"Partners({key})").status for key in ("'p'", "5", "'q'", "5")]
    assert answers == [404, 400, 404, 400]


def test_literals_in_the_options_of_a_write_are_part_of_its_shape(partners: Service) -> None:
    def related(name: str) -> list[str]:
        target = f"Partners('p1')?$expand=customers($filter=name eq '{name}';$select=name)"
        found = ask(partners, "PATCH", target.replace(" ", "%20"), {"name": "P"}).json["customers"]
        return [customer["name"] for customer in found]

    assert [related(f"Customer {number}") for number in (1, 2, 1)] == [["Customer 1"], ["Customer 2"], ["Customer 1"]]


@pytest.mark.parametrize(
    "option",
    [
        "$filter=id eq 'a'",
        "$search=x",
        "$orderby=id",
        "$top=1",
        "$skip=1",
        "$skiptoken=x",
        "$count=true",
        "$apply=aggregate($count as n)",
        "$apply=groupby((id))",
    ],
)
@pytest.mark.parametrize(("method", "target"), [("POST", "Customers"), ("PATCH", "Customers('a')")])
def test_options_of_pages_and_conditions_go_with_no_change(
    service: Service, method: str, target: str, option: str
) -> None:
    before = ask(service, "GET", "Customers/$count").body
    answer = ask(service, method, f"{target}?{option.replace(' ', '%20')}", {"displayName": "x"})
    assert (answer.status, answer.error["code"]) == (400, "OptionNotAllowed")
    assert ask(service, "GET", "Customers/$count").body == before
