"""The requirements of the level Minimal, each test named by the id of its row."""

from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, ask, final

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
FULL = "application/json;odata.metadata=full"


def test_min_01_the_root_answers_a_service_document(service: Service) -> None:
    answer = ask(service, "GET", "")
    assert answer.status == 200
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in ("Customers", "Orders", "Photos")],
    }


def test_min_02_data_is_odata_json(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$select=id,displayName&$top=1")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal"
    tag = answer.values[0]["@odata.etag"]
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata#Customers(id,displayName)",
        "value": [{"@odata.etag": tag, "id": "a", "displayName": "Alpha"}],
    }


def test_min_03_a_part_carries_a_next_link_and_the_last_part_none(service: Service) -> None:
    first = ask(service, "GET", "Customers", prefer="odata.maxpagesize=3")
    second = ask(service, "GET", first.json["@odata.nextLink"].removeprefix(ROOT), prefer="odata.maxpagesize=3")
    assert first.column("id") + second.column("id") == ["a", "b", "c", "d", "e's/x"]
    assert "@odata.nextLink" not in second.json


def test_min_04_every_response_states_odata_version(service: Service) -> None:
    targets = ("", "$metadata", "Customers", "Customers('a')", "Customers/$count", "Nothing", "Customers?$top=x")
    assert {ask(service, "GET", target).headers["OData-Version"] for target in targets} == {"4.0"}
    assert ask(service, "DELETE", "Customers").headers["OData-Version"] == "4.0"
    assert ask(service, "OPTIONS", "Customers").headers["OData-Version"] == "4.0"


def test_min_05a_accept_is_obeyed_or_refused(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')", accept=FULL).json["@odata.editLink"] == f"{ROOT}Customers('a')"
    refused = ("text/csv", "application/atom+xml", "application/json;unknown=1", "application/json;q=0")
    assert [ask(service, "GET", "Customers", accept=accept).status for accept in refused] == [406] * 4
    assert ask(service, "GET", "Customers", accept_charset="utf-16").status == 406


def test_min_05b_the_maximum_version_is_obeyed_or_refused(service: Service) -> None:
    assert ask(service, "GET", "", odata_maxversion="4.0").headers["OData-Version"] == "4.0"
    assert ask(service, "GET", "", odata_maxversion="4.01").headers["OData-Version"] == "4.01"
    assert ask(service, "GET", "", odata_maxversion="5.0").headers["OData-Version"] == "4.01"
    assert ask(service, "GET", "", odata_maxversion="3.0").status == 406


def test_min_06a_custom_query_options_have_no_effect(service: Service) -> None:
    assert ask(service, "GET", "Customers?debug=1&$select=id").json == ask(service, "GET", "Customers?$select=id").json


def test_min_06b_unknown_annotations_in_a_body_are_passed_over(changing: Service) -> None:
    body = {"id": "n", "@my.note": {"x": 1}, "displayName@my.note": "y", "@odata.etag": 'W/"7"', "displayName": "New"}
    assert ask(changing, "POST", "Customers", body).json["displayName"] == "New"


def test_min_06c_an_unknown_operation_fails(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$filter=shout(displayName) eq 'A'")
    assert (answer.status, answer.error["code"]) == (400, "UnknownFunction")
    assert ask(service, "GET", "LeastCustomers()").status == 404
    assert ask(service, "POST", "Customers('a')/shop.NoSuch", {}).status == 404


def test_min_06d_custom_headers_have_no_effect(service: Service) -> None:
    assert ask(service, "GET", "Customers/$count", x_mine="1").body == b"5"


def test_min_07_what_is_wrong_answers_400_and_never_passes(service: Service) -> None:
    wrong = (
        "$filter=displayName eq",
        "$top=-1",
        "$orderby=id up",
        "$select=nothing",
        "$expand=nothing",
        "$count=maybe",
    )
    assert {ask(service, "GET", f"Customers?{option}").status for option in wrong} == {400}
    assert ask(service, "GET", "Customers?$top=1&$top=2").status == 400


def test_min_08_every_type_is_one_of_csdl_or_declared(service: Service) -> None:
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    types = {element.get("Type") for element in document.iter(f"{EDM}Property")}
    primitive = {"String", "Int32", "Boolean", "DateTimeOffset", "Duration", "Double", "Decimal", "Date"}
    assert types == {*(f"Edm.{name}" for name in primitive), "shop.Rank", "shop.Address", "Collection(Edm.String)"}


def test_min_09_annotations_can_be_left_unread(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')", accept="application/json;odata.metadata=none").json
    assert not [name for name in entity if "@" in name]


def test_min_10_a_key_in_the_body_of_an_update_is_ignored(changing: Service) -> None:
    answer = ask(changing, "PATCH", "Customers('a')", {"id": "z", "displayName": "Changed"})
    assert (answer.status, answer.json["id"], answer.json["displayName"]) == (200, "a", "Changed")
    assert ask(changing, "GET", "Customers('z')").status == 404


def test_min_10_put_gives_what_it_leaves_out_its_default(changing: Service) -> None:
    answer = ask(changing, "PUT", "Customers('a')", {"displayName": "Only"})
    assert (answer.json["displayName"], answer.json["contractType"], answer.json["tags"]) == ("Only", None, [])


def test_min_11_an_unknown_system_query_option_is_refused(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$filtr=id eq 'a'")
    assert answer.status == 400
    assert "$filter" in answer.error["message"]


def test_min_12_expand_brings_related_entities(service: Service) -> None:
    answer = ask(service, "GET", "Customers('b')?$expand=manager($select=displayName),orders($select=title)&$select=id")
    assert answer.json["manager"]["displayName"] == "Alpha"
    assert [order["title"] for order in answer.json["orders"]] == ["blue car"]


def test_min_13_metadata_is_csdl_xml(service: Service) -> None:
    answer = ask(service, "GET", "$metadata")
    assert answer.headers["Content-Type"] == "application/xml"
    assert etree.fromstring(answer.body).get("Version") == "4.0"


def test_min_14_preferences_with_the_prefix_are_understood(service: Service) -> None:
    answer = ask(service, "GET", "Customers", prefer="odata.maxpagesize=2")
    assert len(answer.values) == 2
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"


def test_min_14_a_snapshot_that_cannot_be_kept_is_refused(service: Service) -> None:
    assert ask(service, "GET", "Customers", odata_isolation="snapshot").status == 200
    paged = ask(service, "GET", "Customers", isolation="snapshot", prefer="maxpagesize=2")
    assert (paged.status, paged.error["target"]) == (412, "Isolation")
    assert ask(service, "GET", "Customers", isolation="serializable").status == 412


def test_min_15_literals_of_enumerations_and_durations_carry_their_type(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=rank eq shop.Rank'gold'").column("id") == ["a"]
    assert ask(service, "GET", "Customers?$filter=span gt duration'PT1H'").column("id") == ["a"]
    target = "Customers?$filter=createdDateTime add duration'P1D' gt 2024-01-03T00:00:00Z"
    assert ask(service, "GET", target).column("id") == ["a"]


def test_min_18_every_entity_has_an_edit_link(service: Service) -> None:
    links = ask(service, "GET", "Customers?$select=id", accept=FULL).column("@odata.editLink")
    assert [ask(service, "GET", link.removeprefix(ROOT)).status for link in links] == [200] * 5


def test_min_19_post_creates(changing: Service) -> None:
    answer = ask(changing, "POST", "Customers", {"id": "n", "displayName": "New"})
    assert answer.status == 201
    assert ask(changing, "GET", "Customers('n')").json["displayName"] == "New"
    assert ask(changing, "POST", "Customers", {"id": "n"}).status == 409


def test_min_23_patch_changes_what_it_states_and_nothing_else(changing: Service) -> None:
    answer = ask(changing, "PATCH", "Customers('a')", {"displayName": "Changed", "address": {"city": "Kiel"}})
    assert (answer.json["displayName"], answer.json["contractType"]) == ("Changed", 1)
    assert answer.json["address"] == {"street": "High Street 1", "city": "Kiel", "country": "DE"}


def test_min_24_delete_removes(changing: Service) -> None:
    assert ask(changing, "DELETE", "Orders(1)").status == 204
    assert ask(changing, "GET", "Orders(1)").status == 404
    assert ask(changing, "DELETE", "Orders(1)").status == 404


def test_min_26_if_match_guards(changing: Service) -> None:
    tag = ask(changing, "GET", "Orders(1)").headers["ETag"]
    assert ask(changing, "PATCH", "Orders(1)", {"title": "1"}, if_match=tag).status == 200
    assert ask(changing, "PATCH", "Orders(1)", {"title": "2"}, if_match=tag).status == 412
    assert ask(changing, "DELETE", "Orders(1)", if_match=tag).status == 412
    assert ask(changing, "GET", "Orders(1)").json["title"] == "1"


def test_min_26_if_none_match_spares_what_is_known(service: Service) -> None:
    tag = ask(service, "GET", "Orders(1)").headers["ETag"]
    answer = ask(service, "GET", "Orders(1)", if_none_match=tag)
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert ask(service, "GET", "Orders(1)", if_match='W/"other"').status == 412


def test_min_27_a_create_answers_location(changing: Service) -> None:
    assert ask(changing, "POST", "Customers", {"id": "n/1"}).headers["Location"] == f"{ROOT}Customers('n%2F1')"


def test_min_28_a_create_without_body_carries_the_entity_id(changing: Service) -> None:
    answer = ask(changing, "POST", "Customers", {"id": "n"}, prefer="return=minimal")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["OData-EntityId"] == answer.headers["Location"] == f"{ROOT}Customers('n')"
    upsert = ask(changing, "PUT", "Customers('m')", {}, prefer="return=minimal")
    assert (upsert.status, upsert.headers["OData-EntityId"]) == (204, f"{ROOT}Customers('m')")


def test_min_29_patch_and_put_to_a_new_key_create(changing: Service) -> None:
    assert ask(changing, "PATCH", "Customers('n1')", {"displayName": "N"}).status == 201
    assert ask(changing, "PUT", "Customers('n2')", {"displayName": "N"}).status == 201
    assert ask(changing, "PATCH", "Customers('n3')", {}, if_match="*").status == 412
    assert ask(changing, "GET", "Customers('n3')").status == 404


def test_min_21_a_reference_is_added(changing: Service) -> None:
    for _ in range(2):
        assert ask(changing, "POST", "Customers('c')/orders/$ref", {"@odata.id": "Orders(5)"}).status == 204
    assert ask(changing, "GET", "Customers('c')/orders").column("number") == [5]


def test_min_22_a_single_reference_is_set(changing: Service) -> None:
    assert ask(changing, "PUT", "Customers('d')/manager/$ref", {"@odata.id": "Customers('a')"}).status == 204
    assert ask(changing, "GET", "Customers('d')/manager").json["id"] == "a"


def test_min_25_a_reference_is_removed(changing: Service) -> None:
    assert ask(changing, "DELETE", "Customers('b')/manager/$ref").status == 204
    assert ask(changing, "GET", "Customers('b')/manager").status == 204
    assert ask(changing, "DELETE", "Customers('a')/orders/$ref?$id=Orders(2)").status == 204
    assert ask(changing, "GET", "Customers('a')/orders").column("number") == [1, 3]


def test_min_33_members_are_changed_and_removed_at_once(changing: Service) -> None:
    changed = ask(changing, "PATCH", "Orders/$filter(amount gt 5)/$each", {"title": "x"})
    assert (changed.status, changed.column("number")) == (200, [1, 3, 4])
    assert ask(changing, "DELETE", "Orders/$filter(title eq 'x')/$each").status == 204
    assert ask(changing, "GET", "Orders").column("number") == [2, 5]


def test_min_30_single_properties_are_changed(changing: Service) -> None:
    assert ask(changing, "PUT", "Customers('a')/displayName", {"value": "x"}).status == 204
    assert ask(changing, "PATCH", "Customers('a')/address", {"city": "Ulm"}).status == 204
    changed = ask(changing, "GET", "Customers('a')").json
    assert (changed["displayName"], changed["address"]["city"], changed["address"]["street"]) == (
        "x",
        "Ulm",
        "High Street 1",
    )
    assert ask(changing, "PUT", "Customers('a')/address", {"city": "Ulm"}).status == 204
    assert ask(changing, "GET", "Customers('a')/address/street").status == 204


def test_min_31_a_deleted_property_is_null(changing: Service) -> None:
    assert ask(changing, "DELETE", "Customers('a')/displayName").status == 204
    assert ask(changing, "DELETE", "Customers('a')/address/city").status == 204
    changed = ask(changing, "GET", "Customers('a')").json
    assert (changed["displayName"], changed["address"]["city"]) == (None, None)


def test_min_20_a_related_entity_is_created_by_navigation(changing: Service) -> None:
    answer = ask(changing, "POST", "Customers('c')/orders", {"number": 9, "title": "new"})
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Orders(9)")
    assert ask(changing, "GET", "Customers('c')/orders").column("number") == [9]


def test_min_32_entities_are_created_with_those_around_them(changing: Service) -> None:
    body = {"id": "n", "orders": [{"number": 9, "title": "x"}, {"number": 10}], "manager": {"id": "m"}}
    answer = ask(changing, "POST", "Customers", body)
    assert answer.status == 201
    assert [order["number"] for order in answer.json["orders"]] == [9, 10]
    assert answer.json["manager"]["id"] == "m"
    refused = ask(changing, "POST", "Customers", {"id": "o", "orders": [{"number": 11}, {"number": 1}]})
    assert (refused.status, refused.error["target"]) == (409, "orders/1")
    assert [ask(changing, "GET", target).status for target in ("Customers('o')", "Orders(11)")] == [404, 404]


def test_min_16_an_answer_that_comes_later_is_a_message_for_who_reads_such(deferring: Service) -> None:
    answer = final(deferring, "Customers/$count", odata_maxversion="4.0", accept="application/http")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/http")
    head, _, body = answer.body.partition(b"\r\n\r\n")
    assert (head.partition(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"5")


def test_min_17_an_answer_that_comes_later_tells_its_status(deferring: Service) -> None:
    answer = final(deferring, "Customers('none')", accept="application/json")
    assert (answer.status, answer.headers["AsyncResult"]) == (200, "404")
