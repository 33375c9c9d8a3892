"""A test for each covered requirement that 4.01 adds to the level Minimal, named by its id."""

import json

from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, ask

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
CORE = "Org.OData.Core.V1"
CAPABILITIES = "Org.OData.Capabilities.V1"


def annotations(service: Service, tag: str) -> dict[str | None, etree._Element]:
    """The annotations directly below the first element of this tag, by term."""
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    parent = next(document.iter(f"{EDM}{tag}"))
    return {element.get("Term"): element for element in parent.findall(f"{EDM}Annotation")}


def test_min401_01_what_4_0_demands_holds(service: Service) -> None:
    first = ask(service, "GET", "Customers?$select=id", odata_maxversion="4.01", prefer="maxpagesize=2")
    assert first.column("id") == ["a", "b"]
    assert first.json["@odata.nextLink"].startswith(f"{ROOT}Customers?$select=id&$skiptoken=")


def test_min401_02_answers_are_4_01_json(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')", odata_maxversion="4.01")
    assert answer.headers["OData-Version"] == "4.01"
    assert answer.headers["Content-Type"] == "application/json;metadata=minimal"


def test_min401_03_asynchronous_requests_are_not_offered(service: Service) -> None:
    answer = ask(service, "GET", "Customers/$count", odata_maxversion="4.01", prefer="respond-async")
    assert (answer.status, answer.body, "AsyncResult" in answer.headers) == (200, b"5", False)


def test_min401_04_preferences_stand_with_and_without_prefix(service: Service) -> None:
    assert len(ask(service, "GET", "Customers", prefer="maxpagesize=2").values) == 2
    assert len(ask(service, "GET", "Customers", prefer="odata.maxpagesize=2").values) == 2


def test_min401_05_schemaversion_changes_nothing_where_none_is_stated(service: Service) -> None:
    assert f"{CORE}.SchemaVersion" not in annotations(service, "EntityContainer")
    assert ask(service, "GET", "Customers/$count?$schemaversion=*").body == b"5"


def test_min401_06_options_stand_without_dollar(service: Service) -> None:
    assert ask(service, "GET", "Customers?filter=contractType eq 2&select=id").column("id") == ["b", "e's/x"]


def test_min401_07_names_of_options_operators_and_functions_in_any_case(service: Service) -> None:
    target = "Customers?$FILTER=CONTAINS(displayName,'lph') AND contractType EQ 1&$Select=id"
    assert ask(service, "GET", target).column("id") == ["a"]


def test_min401_08_names_come_back_in_the_case_of_metadata(service: Service) -> None:
    assert "displayName" in ask(service, "GET", "Customers('a')?$SELECT=displayName").json
    assert ask(service, "GET", "Customers('a')?$select=DISPLAYNAME").status == 400


def test_min401_09_syntax_of_both_versions_is_read_for_every_client(service: Service) -> None:
    target = "Customers/a?select=id"
    answers = [ask(service, "GET", target, odata_maxversion=version) for version in ("4.0", "4.01")]
    assert [answer.json["id"] for answer in answers] == ["a", "a"]


def test_min401_09a_text_is_cast(service: Service) -> None:
    target = "Customers?$filter=cast('2',Edm.Int32) eq contractType&$select=id"
    assert ask(service, "GET", target).column("id") == ["b", "e's/x"]


def test_min401_09b_durations_are_read_without_prefix(partners: Service) -> None:
    line = {"orderNumber": 1, "product": "x", "lead": "PT2H"}
    assert ask(partners, "POST", "OrderLines", line).status == 201
    assert len(ask(partners, "GET", "OrderLines?$filter=lead gt 'PT1H'").values) == 1
    assert len(ask(partners, "GET", "OrderLines?$filter=lead gt duration'PT3H'").values) == 0


def test_min401_09f_aliases_stand_for_keys(service: Service) -> None:
    assert ask(service, "GET", "Customers(@k)?@k='e''s/x'").json["displayName"] == "O'Brien"


def test_min401_09h_a_navigation_property_is_compared_with_null(partners: Service) -> None:
    assert ask(partners, "GET", "Customers?$filter=partner eq null").column("id") == ["c4"]
    assert ask(partners, "GET", "Customers?$filter=partner ne null").column("id") == ["c1", "c2", "c3"]


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


def test_min401_09l1_keys_stand_in_parentheses_as_well(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')").json["id"] == "a"
    assert ask(service, "GET", "Customers(id='a')").json["id"] == "a"


def test_min401_10_metadata_in_xml_and_json(service: Service) -> None:
    document = ask(service, "GET", "$metadata", accept="application/json", odata_maxversion="4.01")
    assert document.headers["Content-Type"] == "application/json"
    assert json.loads(document.body)["microsoft.graph"]["Customer"]["$Key"] == ["id"]
    assert etree.fromstring(ask(service, "GET", "$metadata", odata_maxversion="4.01").body).get("Version") == "4.01"


def test_min401_11_no_two_names_differ_in_case_alone(service: Service) -> None:
    names = [part.name.lower() for part in service.schema.entity_type("microsoft.graph.Customer").properties]
    assert len(names) == len(set(names))


def test_min401_12_the_container_states_its_versions(service: Service) -> None:
    assert annotations(service, "EntityContainer")[f"{CORE}.ODataVersions"].get("String") == "4.0 4.01"


def test_min401_13_capabilities_are_stated(service: Service) -> None:
    found = annotations(service, "EntityContainer").keys() | annotations(service, "EntitySet").keys()
    wanted = ("ConformanceLevel", "FilterFunctions", "InsertRestrictions", "UpdateRestrictions", "DeleteRestrictions")
    assert {f"{CAPABILITIES}.{name}" for name in wanted} <= found


def test_min401_17_the_version_is_what_the_client_asks_for(service: Service) -> None:
    assert ask(service, "GET", "Customers", odata_maxversion="4.0").headers["OData-Version"] == "4.0"
    assert ask(service, "GET", "Customers", odata_maxversion="4.01").headers["OData-Version"] == "4.01"
    assert ask(service, "GET", "Customers", odata_version="4.01").headers["OData-Version"] == "4.01"


def test_min401_27_select_and_expand_shape_the_answers_of_changes(partners: Service) -> None:
    body = {"id": "c9", "partnerId": "p2"}
    answer = ask(partners, "POST", "Customers?$select=id&$expand=partner($select=name)", body)
    assert answer.status == 201
    assert answer.json["partner"]["name"] == "Partner 2"
    assert "employees" not in answer.json
