"""A test for each covered requirement of the level Minimal, named by its id."""

from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, ask

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def test_min_01_the_root_answers_a_service_document(service: Service) -> None:
    answer = ask(service, "GET", "")
    assert answer.status == 200
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata",
        "value": [{"name": "Customers", "kind": "EntitySet", "url": "Customers"}],
    }


def test_min_02_data_is_odata_json(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$select=id,displayName&$top=1")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal"
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(displayName,id)"
    assert [{name: entity[name] for name in ("id", "displayName")} for entity in answer.values] == [
        {"id": "a", "displayName": "Alpha"}
    ]


def test_min_03_a_part_carries_a_next_link_and_the_last_part_none(service: Service) -> None:
    first = ask(service, "GET", "Customers", prefer="odata.maxpagesize=3")
    second = ask(service, "GET", first.json["@odata.nextLink"].removeprefix(ROOT), prefer="odata.maxpagesize=3")
    assert first.column("id") + second.column("id") == ["a", "b", "c", "d", "e's/x"]
    assert "@odata.nextLink" not in second.json


def test_min_04_every_response_states_odata_version(service: Service) -> None:
    targets = ("", "$metadata", "Customers", "Customers('a')", "Customers/$count", "Nothing", "Customers?$top=x")
    assert {ask(service, "GET", target).headers["OData-Version"] for target in targets} == {"4.0"}


def test_min_05a_accept_is_obeyed_or_refused(service: Service) -> None:
    full = ask(service, "GET", "Customers('a')", accept="application/json;odata.metadata=full")
    assert full.json["@odata.editLink"] == f"{ROOT}Customers('a')"
    assert ask(service, "GET", "Customers", accept="text/csv").status == 406
    assert ask(service, "GET", "Customers", accept="application/json;unknown=1").status == 406


def test_min_05b_the_maximum_version_is_obeyed_or_refused(service: Service) -> None:
    assert ask(service, "GET", "", odata_maxversion="4.0").headers["OData-Version"] == "4.0"
    assert ask(service, "GET", "", odata_maxversion="4.01").headers["OData-Version"] == "4.01"
    assert ask(service, "GET", "", odata_maxversion="3.0").status == 400


def test_min_06a_custom_query_options_have_no_effect(service: Service) -> None:
    assert ask(service, "GET", "Customers?debug=1&$select=id").json == ask(service, "GET", "Customers?$select=id").json


def test_min_06b_unknown_annotations_in_a_body_are_passed_over(service: Service) -> None:
    body = {"id": "n", "@my.note": {"x": 1}, "displayName@my.note": "y", "@odata.etag": 'W/"7"', "displayName": "New"}
    assert ask(service, "POST", "Customers", body).json["displayName"] == "New"


def test_min_06c_an_unknown_function_fails(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$filter=shout(displayName) eq 'A'")
    assert (answer.status, answer.error["code"]) == (400, "UnknownFunction")
    assert ask(service, "GET", "TopCustomers()").status == 404


def test_min_06d_custom_headers_have_no_effect(service: Service) -> None:
    assert ask(service, "GET", "Customers/$count", x_mine="1").body == b"5"


def test_min_07_what_is_missing_answers_501_and_what_is_wrong_400(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=geo.length(displayName) gt 1").status == 501
    assert ask(service, "GET", "Customers?$search=x").status == 501
    assert ask(service, "GET", "Customers?$filter=displayName eq").status == 400


def test_min_08_every_type_is_one_of_csdl(service: Service) -> None:
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    types = {element.get("Type") for element in document.iter(f"{EDM}Property")}
    assert types == {"Edm.String", "Edm.Int32", "Edm.Boolean", "Edm.DateTimeOffset"}


def test_min_09_annotations_can_be_left_unread(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')", accept="application/json;odata.metadata=none").json
    assert not [name for name in entity if "@" in name]


def test_min_10_a_key_in_the_body_of_an_update_is_ignored(service: Service) -> None:
    answer = ask(service, "PATCH", "Customers('a')", {"id": "z", "displayName": "Changed"})
    assert (answer.status, answer.json["id"], answer.json["displayName"]) == (200, "a", "Changed")
    assert ask(service, "GET", "Customers('z')").status == 404


def test_min_11_an_unknown_system_query_option_is_refused(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$filtr=id eq 'a'")
    assert answer.status == 400
    assert "$filter" in answer.error["message"]


def test_min_12_expand_brings_related_entities(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers('c1')?$expand=partner($select=name)&$select=id")
    assert answer.json["partner"]["name"] == "Partner 1"
    assert [c["id"] for c in ask(partners, "GET", "Partners('p1')?$expand=customers").json["customers"]] == [
        "c1",
        "c2",
        "c3",
    ]


def test_min_13_metadata_is_csdl_xml(service: Service) -> None:
    answer = ask(service, "GET", "$metadata")
    assert answer.headers["Content-Type"] == "application/xml"
    assert etree.fromstring(answer.body).get("Version") == "4.0"


def test_min_14_preferences_with_the_prefix_are_understood(service: Service) -> None:
    answer = ask(service, "GET", "Customers", prefer="odata.maxpagesize=2")
    assert len(answer.values) == 2
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"


def test_min_15_duration_literals_carry_their_type(service: Service) -> None:
    target = "Customers?$filter=cosmosCreatedDateTimeUTC add duration'P1D' gt 2024-01-03T00:00:00Z&$select=id"
    assert ask(service, "GET", target).column("id") == ["a"]


def test_min_16_answers_come_at_once_as_themselves(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')", prefer="respond-async", odata_maxversion="4.0")
    assert (answer.status, answer.json["id"]) == (200, "a")
    assert "Preference-Applied" not in answer.headers


def test_min_17_no_answer_has_an_async_result(service: Service) -> None:
    assert "AsyncResult" not in ask(service, "GET", "Customers", prefer="respond-async").headers


def test_min_18_every_entity_has_an_edit_link(service: Service) -> None:
    target = "Customers?$select=id"
    links = ask(service, "GET", target, accept="application/json;odata.metadata=full").column("@odata.editLink")
    assert [ask(service, "GET", link.removeprefix(ROOT)).status for link in links] == [200] * 5


def test_min_19_post_creates(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n", "displayName": "New"})
    assert answer.status == 201
    assert ask(service, "GET", "Customers('n')").json["displayName"] == "New"


def test_min_23_patch_changes_what_it_states_and_nothing_else(service: Service) -> None:
    answer = ask(service, "PATCH", "Customers('a')", {"displayName": "Changed"})
    assert (answer.json["displayName"], answer.json["contractType"]) == ("Changed", 1)


def test_min_24_delete_removes(service: Service) -> None:
    assert ask(service, "DELETE", "Customers('a')").status == 204
    assert ask(service, "GET", "Customers('a')").status == 404


def test_min_26_if_match_guards(service: Service) -> None:
    tag = ask(service, "GET", "Customers('a')").headers["ETag"]
    assert ask(service, "PATCH", "Customers('a')", {"displayName": "1"}, if_match=tag).status == 200
    assert ask(service, "PATCH", "Customers('a')", {"displayName": "2"}, if_match=tag).status == 412
    assert ask(service, "DELETE", "Customers('a')", if_match=tag).status == 412
    assert ask(service, "GET", "Customers('a')").json["displayName"] == "1"


def test_min_27_a_create_answers_location(service: Service) -> None:
    assert ask(service, "POST", "Customers", {"id": "n/1"}).headers["Location"] == f"{ROOT}Customers('n%2F1')"


def test_min_28_a_create_without_body_carries_the_entity_id(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n"}, prefer="return=minimal")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["OData-EntityId"] == answer.headers["Location"] == f"{ROOT}Customers('n')"


def test_min_29_patch_and_put_to_a_new_key_create(service: Service) -> None:
    assert ask(service, "PATCH", "Customers('n1')", {"displayName": "N"}).status == 201
    assert ask(service, "PUT", "Customers('n2')", {"displayName": "N"}).status == 201
    assert ask(service, "PATCH", "Customers('n3')", {}, if_match="*").status == 412
    assert ask(service, "GET", "Customers('n3')").status == 404
