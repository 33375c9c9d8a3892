"""What 4.01 adds to the level Minimal, each test named by the id of its row."""

import json

from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, ask, final

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"


def annotations(service: Service, tag: str) -> dict[str | None, etree._Element]:
    """The annotations directly below the first element of this tag, by term."""
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    parent = next(document.iter(f"{EDM}{tag}"))
    return {element.get("Term"): element for element in parent.findall(f"{EDM}Annotation")}


def test_min401_02_answers_are_4_01_json(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')", odata_maxversion="4.01")
    assert answer.headers["OData-Version"] == "4.01"
    assert answer.headers["Content-Type"] == "application/json;metadata=minimal"


def test_min401_04_preferences_stand_with_and_without_prefix(service: Service) -> None:
    plain = ask(service, "GET", "Customers", prefer="maxpagesize=2")
    prefixed = ask(service, "GET", "Customers", prefer="odata.maxpagesize=2")
    assert [len(answer.values) for answer in (plain, prefixed)] == [2, 2]
    assert plain.headers["Preference-Applied"] == "maxpagesize=2"
    both = ask(service, "GET", "Customers", prefer="odata.maxpagesize=1, maxpagesize=3")
    assert (len(both.values), both.headers["Preference-Applied"]) == (3, "maxpagesize=3")


def test_min401_05_only_the_schema_that_stands_is_found(service: Service) -> None:
    assert f"{CORE}.SchemaVersion" not in annotations(service, "EntityContainer")
    assert ask(service, "GET", "Customers/$count?$schemaversion=*").body == b"5"
    assert ask(service, "GET", "Customers?$schemaversion=nope").status == 404
    assert ask(service, "GET", "$metadata?$schemaversion=nope").status == 404


def test_min401_06_options_stand_without_dollar(service: Service) -> None:
    answer = ask(service, "GET", "Customers?filter=contractType eq 2&select=id&orderby=id desc&top=5&count=true")
    assert (answer.column("id"), answer.json["@odata.count"]) == (["e's/x", "b"], 2)


def test_min401_07_names_of_options_operators_and_functions_in_any_case(service: Service) -> None:
    target = "Customers?$FILTER=CONTAINS(displayName,'lph') AND contractType EQ 1&$Select=id"
    assert ask(service, "GET", target).column("id") == ["a"]
    assert ask(service, "GET", "Customers?$OrderBy=id DESC&$TOP=1").column("id") == ["e's/x"]


def test_min401_08_names_come_back_in_the_case_of_metadata(service: Service) -> None:
    assert "displayName" in ask(service, "GET", "Customers('a')?$SELECT=displayName").json


def test_min401_09_syntax_of_both_versions_is_read_for_every_client(service: Service) -> None:
    target = "Customers/a?select=id"
    answers = [ask(service, "GET", target, odata_maxversion=version) for version in ("4.0", "4.01")]
    assert [answer.json["id"] for answer in answers] == ["a", "a"]


def test_min401_09a_text_is_cast(service: Service) -> None:
    target = "Customers?$filter=cast('2',Edm.Int32) eq contractType"
    assert ask(service, "GET", target).column("id") == ["b", "e's/x"]
    assert ask(service, "GET", "Customers?$filter=cast('PT2H',Edm.Duration) eq span").column("id") == ["a"]


def test_min401_09b_literals_are_read_without_their_type(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=span gt 'PT1H'").column("id") == ["a"]
    assert ask(service, "GET", "Customers?$filter=rank eq 'gold'").column("id") == ["a"]
    assert ask(service, "GET", "Customers?$filter=rank in ('silver','gold')").column("id") == ["a", "b"]


def test_min401_09f_aliases_stand_for_keys(service: Service) -> None:
    assert ask(service, "GET", "Customers(@k)?@k='e''s/x'").json["displayName"] == "O'Brien"


def test_min401_09c_an_imported_function_is_called_with_and_without_parentheses(service: Service) -> None:
    answers = [ask(service, "GET", target) for target in ("TopCustomers", "TopCustomers()")]
    assert [answer.column("id") for answer in answers] == [["d", "b"], ["d", "b"]]


def test_min401_09d_an_action_without_parameters_takes_no_body_or_an_empty_object(changing: Service) -> None:
    assert ask(changing, "POST", "Customers('a')/shop.archive").status == 204
    assert ask(changing, "POST", "Customers('d')/shop.archive", {}).status == 204
    assert ask(changing, "GET", "Customers?$filter=isDeleted").column("id") == ["a", "b", "d"]


def test_min401_09e_operations_of_a_default_namespace_are_called_without_it(changing: Service) -> None:
    assert ask(changing, "POST", "Customers('a')/archive").status == 204
    assert ask(changing, "GET", "Customers('a')/isDeleted").json["value"] is True


def test_min401_09g_parameters_stand_as_query_options_of_their_name(service: Service) -> None:
    targets = ("CustomersByType?contractType=2", "CustomersByType?@contractType=2", "CustomersByType(contractType=2)")
    found = [ask(service, "GET", target).column("id") for target in targets]
    assert found == [["b", "e's/x"], ["b", "e's/x"], ["b", "e's/x"]]


def test_min401_09h_a_navigation_property_is_compared_with_null(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=manager eq null").column("id") == ["a", "d"]
    assert ask(service, "GET", "Customers?$filter=manager ne null").column("id") == ["b", "c", "e's/x"]


def test_min401_09i_in(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=contractType in (1,4)").column("id") == ["a", "d"]
    assert ask(service, "GET", "Customers?$filter=countryLetterCode in ('FR',null)").column("id") == ["b", "d"]


def test_min401_09j_divby(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=contractType divby 4 eq 0.5").column("id") == ["b", "e's/x"]


def test_min401_09k_substring_with_a_negative_start(service: Service) -> None:
    assert ask(service, "GET", "Customers?$filter=substring(displayName,-2) eq 'ha'").column("id") == ["a"]


def test_min401_09l_keys_stand_as_segments(service: Service) -> None:
    assert ask(service, "GET", "Customers/a/displayName").json["value"] == "Alpha"
    assert ask(service, "GET", "Customers/e's%2Fx").json["displayName"] == "O'Brien"
    assert ask(service, "GET", "Customers/a/orders/3/title").json["value"] == "bell"


def test_min401_09l1_keys_stand_in_parentheses_as_well(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')").json["id"] == "a"
    assert ask(service, "GET", "Customers(id='a')").json["id"] == "a"


def test_min401_10_metadata_in_xml_and_json(service: Service) -> None:
    document = ask(service, "GET", "$metadata", accept="application/json", odata_maxversion="4.01")
    assert document.headers["Content-Type"] == "application/json"
    assert json.loads(document.body)["shop"]["Customer"]["$Key"] == ["id"]
    assert etree.fromstring(ask(service, "GET", "$metadata", odata_maxversion="4.01").body).get("Version") == "4.01"


def test_min401_11_no_two_names_differ_in_case_alone(service: Service) -> None:
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    scopes = [[child.get("Name", "").lower() for child in element] for element in document.iter() if len(element)]
    named = [[name for name in names if name] for names in scopes]
    assert [names for names in named if len(names) != len(set(names))] == []


def test_min401_12_the_container_states_its_versions(service: Service) -> None:
    assert annotations(service, "EntityContainer")[f"{CORE}.ODataVersions"].get("String") == "4.0 4.01"


def test_min401_13_capabilities_are_stated(service: Service) -> None:
    found = annotations(service, "EntityContainer").keys()
    assert {f"{CAPABILITIES}.{name}" for name in ("ConformanceLevel", "FilterFunctions")} <= found


def test_min401_14_values_of_annotations_are_compared(service: Service) -> None:
    described = ask(service, "GET", "Customers/$count?$filter=@Core.Description eq 'Whom we sell to'")
    of_property = ask(service, "GET", "Customers?$filter=rate@Measures.Unit eq 'percent' and rate gt 1")
    assert (described.body, of_property.column("id")) == (b"5", ["a"])
    assert ask(service, "GET", "Customers/$count?$filter=@Org.OData.Core.V1.Description eq null").body == b"0"


def test_min401_15_values_are_computed(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$compute=length(displayName) as len&$select=id,len&$filter=len ne null")
    assert answer.column("len") == [5, 5, 7, 7]


def test_min401_16_collections_of_values_are_searched(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')/tags?$search=LUE").json["value"] == ["blue"]
    assert ask(service, "GET", "Customers('a')/tags?$search=blue OR cyan").json["value"] == ["blue", "cyan"]


def test_min401_17_the_version_is_what_the_client_asks_for(service: Service) -> None:
    assert ask(service, "GET", "Customers", odata_maxversion="4.0").headers["OData-Version"] == "4.0"
    assert ask(service, "GET", "Customers", odata_maxversion="4.01").headers["OData-Version"] == "4.01"
    assert ask(service, "GET", "Customers", odata_version="4.01").headers["OData-Version"] == "4.01"


def test_min401_25_writes_take_a_derived_type(changing: Service) -> None:
    answer = ask(changing, "POST", "Customers/shop.VipCustomer", {"id": "v", "discount": 5})
    assert (answer.status, answer.json["@odata.type"], answer.json["discount"]) == (201, "#shop.VipCustomer", 5)
    changed = ask(changing, "PATCH", "Customers('v')/shop.VipCustomer", {"discount": 6})
    assert (changed.status, changed.json["discount"]) == (200, 6)
    assert ask(changing, "DELETE", "Customers('a')/shop.VipCustomer").status == 404
    assert ask(changing, "DELETE", "Customers('v')/shop.VipCustomer").status == 204


def test_min401_27_select_and_expand_shape_the_answers_of_changes(changing: Service) -> None:
    body = {"id": "n", "managerId": "a"}
    answer = ask(changing, "POST", "Customers?$select=id&$expand=manager($select=displayName)", body)
    assert answer.status == 201
    assert answer.json["manager"]["displayName"] == "Alpha"
    assert "contractType" not in answer.json


def test_min401_09m_a_filtered_collection_is_counted(service: Service) -> None:
    target = "Customers?$filter=orders/$filter(amount gt 5)/$count gt 1"
    assert ask(service, "GET", target).column("id") == ["a"]


def test_min401_09n_a_complex_value_is_compared_as_a_whole(service: Service) -> None:
    value = '{"street":"High Street 1","city":"Bonn","country":"DE"}'
    assert ask(service, "GET", f"Customers?$filter=address eq @a&@a={value}").column("id") == ["a"]


def test_min401_23_a_value_is_added_to_a_collection(changing: Service) -> None:
    assert ask(changing, "POST", "Customers('a')/tags", {"value": "z"}).status == 204
    assert ask(changing, "POST", "Customers('a')/tags?$index=0", {"value": "y"}).status == 204
    assert ask(changing, "GET", "Customers('a')/tags").json["value"] == ["y", "blue", "amber", "cyan", "z"]


def test_min401_19_the_reference_of_a_member_is_removed_by_its_key(changing: Service) -> None:
    assert ask(changing, "DELETE", "Customers('a')/orders(2)/$ref").status == 204
    assert ask(changing, "GET", "Customers('a')/orders").column("number") == [1, 3]
    assert ask(changing, "GET", "Orders(2)").json["customerId"] is None


def test_min401_20_put_takes_the_entities_around(changing: Service) -> None:
    body = {"displayName": "A", "orders": [{"number": 1, "title": "only"}, {"number": 9}]}
    answer = ask(changing, "PUT", "Customers('a')", body, odata_version="4.01")
    assert (answer.status, answer.json["contractType"]) == (200, None)
    assert [(order["number"], order["amount"]) for order in answer.json["orders"]] == [(1, None), (9, None)]


def test_min401_21_patch_changes_the_entities_around(changing: Service) -> None:
    changes = [{"number": 1, "title": "new"}, {"@removed": {"reason": "changed"}, "number": 2}, {"number": 9}]
    answer = ask(changing, "PATCH", "Customers('a')", {"orders@delta": changes}, odata_version="4.01")
    assert answer.status == 200
    orders = ask(changing, "GET", "Customers('a')/orders")
    assert (orders.column("number"), orders.column("title")[0]) == ([1, 3, 9], "new")


def test_min401_22_all_references_are_replaced_and_removed(changing: Service) -> None:
    target, body = "Customers('a')/orders/$ref", {"value": [{"@id": "Orders(3)"}, {"@id": "Orders(5)"}]}
    assert ask(changing, "PUT", target, body).status == 204
    assert ask(changing, "GET", "Customers('a')/orders").column("number") == [3, 5]
    assert ask(changing, "DELETE", target, odata_version="4.01").status == 204
    assert ask(changing, "GET", "Customers('a')/orders").column("number") == []


def test_min401_24_members_of_a_collection_are_changed_and_deleted(changing: Service) -> None:
    assert ask(changing, "PATCH", "Customers('a')/orders/$each", {"title": "all"}).column("title") == ["all"] * 3
    assert ask(changing, "DELETE", "Orders/$filter(amount lt 5)/$each").status == 204
    assert ask(changing, "GET", "Orders").column("number") == [1, 3, 4]


def test_min401_26_a_set_is_changed_by_a_delta_payload(changing: Service) -> None:
    changes = [{"number": 1, "title": "new"}, {"number": 9}, {"@removed": {"reason": "deleted"}, "@id": "Orders(2)"}]
    body = {"@context": "#$delta", "value": changes}
    answer = ask(changing, "PATCH", "Orders", body, odata_version="4.01", prefer="return=representation")
    assert (answer.status, answer.json["@odata.context"]) == (200, f"{ROOT}$metadata#Orders/$delta")
    assert ask(changing, "GET", "Orders").column("number") == [1, 3, 4, 5, 9]


def test_min401_03_an_answer_that_comes_later_tells_its_status(deferring: Service) -> None:
    answer = final(deferring, "Customers('a')", odata_maxversion="4.01")
    assert (answer.status, answer.headers["AsyncResult"]) == (200, "200")
