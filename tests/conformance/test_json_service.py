"""What a service of the JSON format does, each test named by the id of its row."""

import json

from odata_service.service import Service
from tests.asking import ROOT, ask, final


def test_jsons_12_json_is_answered(service: Service) -> None:
    answer = ask(service, "GET", "Customers", accept="application/json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json;odata.metadata=minimal")


def test_jsons_13_answers_are_well_formed(service: Service) -> None:
    targets = ("", "Customers", "Customers('a')", "Customers('a')/tags", "Orders/$ref", "Customers('nobody')")
    answers = [ask(service, "GET", target) for target in targets]
    assert [type(json.loads(answer.body.decode("utf-8"))) for answer in answers] == [dict] * 6


def test_jsons_14_full_metadata(service: Service) -> None:
    entity = ask(service, "GET", "Orders(4)", accept="application/json;odata.metadata=full").json
    tag = entity["@odata.etag"]
    assert entity == {
        "@odata.context": f"{ROOT}$metadata#Orders/$entity",
        "@odata.type": "#shop.Order",
        "@odata.id": f"{ROOT}Orders(4)",
        "@odata.etag": tag,
        "@odata.editLink": f"{ROOT}Orders(4)",
        "number@odata.type": "#Int32",
        "number": 4,
        "title": "blue car",
        "amount@odata.type": "#Decimal",
        "amount": 20,
        "day@odata.type": "#Date",
        "day": "2024-03-05",
        "customerId": "b",
        "customer@odata.associationLink": f"{ROOT}Orders(4)/customer/$ref",
        "customer@odata.navigationLink": f"{ROOT}Orders(4)/customer",
    }


def test_jsons_15_the_next_link_answers_the_rest(service: Service) -> None:
    first = ask(service, "GET", "Customers?$select=id", prefer="maxpagesize=4")
    rest = ask(service, "GET", first.json["@odata.nextLink"].removeprefix(ROOT))
    assert (first.column("id"), rest.column("id")) == (["a", "b", "c", "d"], ["e's/x"])


def test_jsons_18_nulls_empty_collections_and_names_as_declared(service: Service) -> None:
    entity = ask(service, "GET", "Customers('d')").json
    names = [name for name in entity if not name.startswith("@")]
    assert names == [
        *("id", "displayName", "contractType", "countryLetterCode", "isDeleted", "createdDateTime"),
        *("rank", "span", "rate", "address", "tags", "managerId"),
    ]
    assert (entity["displayName"], entity["address"], entity["tags"]) == (None, None, [])


def test_jsons_19_format_goes_before_accept(service: Service) -> None:
    answer = ask(service, "GET", "Orders(1)?$format=application/json;odata.metadata=none", accept="application/xml")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=none"
    assert ask(service, "GET", "Orders(1)?$format=atom", accept="application/json").status == 406


def test_jsons_20_streaming_is_taken(service: Service) -> None:
    answer = ask(service, "GET", "Orders(1)", accept="application/json;odata.metadata=minimal;odata.streaming=true")
    assert (answer.status, next(iter(answer.json))) == (200, "@odata.context")
    assert answer.headers["Content-Type"].endswith(";odata.streaming=true")


def test_jsons_21_what_was_asked_for_is_sent(service: Service) -> None:
    assert "@odata.editLink" not in ask(service, "GET", "Orders(1)", accept="application/json").json


def test_jsons_22_nulls_and_defaults_stay_unless_they_may_be_left_out(service: Service) -> None:
    usual = ask(service, "GET", "Orders(5)")
    assert "Preference-Applied" not in usual.headers
    assert (usual.json["day"], usual.json["customerId"]) == (None, None)
    short = ask(service, "GET", "Orders(5)", prefer="omit-values=nulls")
    assert short.headers["Preference-Applied"] == "omit-values=nulls"
    assert [name for name in short.json if not name.startswith("@")] == ["number", "title", "amount"]
    plain = ask(service, "GET", "Orders(5)", prefer="omit-values=defaults")
    assert plain.headers["Preference-Applied"] == "omit-values=defaults"
    assert "day" not in plain.json


def test_jsons_23_4_0_json_answers_who_takes_4_0_at_most(service: Service) -> None:
    answer = ask(service, "GET", "Orders(1)", odata_maxversion="4.0")
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal"


def test_jsons_24_4_0_bodies_are_read(changing: Service) -> None:
    sent = {"@odata.type": "#shop.Order", "number": 9, "amount@odata.type": "#Decimal", "amount": 5}
    answer = ask(changing, "POST", "Orders", sent, odata_version="4.0")
    assert (answer.status, answer.headers["OData-Version"], answer.json["amount"]) == (201, "4.0", 5)


def test_jsons_26_4_01_json_answers_who_takes_4_01(service: Service) -> None:
    answer = ask(service, "GET", "Orders(1)", odata_maxversion="4.01")
    assert answer.headers["OData-Version"] == "4.01"
    assert answer.headers["Content-Type"] == "application/json;metadata=minimal"


def test_jsons_27_4_01_bodies_are_read(changing: Service) -> None:
    sent = {"@type": "#shop.Order", "number": 9, "amount@type": "Decimal", "amount": 5}
    answer = ask(changing, "POST", "Orders", sent, odata_version="4.01")
    assert (answer.status, answer.headers["OData-Version"], answer.json["amount"]) == (201, "4.01", 5)


def test_jsons_28_an_etag_inside_a_body_guards(changing: Service) -> None:
    tag = ask(changing, "GET", "Orders(1)").json["@odata.etag"]
    stale = ask(changing, "PATCH", "Orders(1)", {"@etag": 'W/"1"', "title": "x"}, odata_version="4.01")
    assert (stale.status, ask(changing, "GET", "Orders(1)").json["title"]) == (412, "red bike")
    assert ask(changing, "PATCH", "Orders(1)", {"@etag": tag, "title": "x"}, odata_version="4.01").status == 200
    assert ask(changing, "PUT", "Orders(1)", {"@etag": tag, "title": "y"}, odata_version="4.01").status == 412


def test_jsons_25_an_answer_that_comes_later_is_wrapped_for_who_reads_messages(deferring: Service) -> None:
    answer = final(deferring, "Customers?$filter=id eq 'a'&$select=id", accept="application/http")
    assert answer.headers["Content-Type"] == "application/http"
    head, _, body = answer.body.partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert [entity["id"] for entity in json.loads(body)["value"]] == ["a"]


def test_jsons_29_an_answer_of_4_01_that_comes_later_stands_for_itself(deferring: Service) -> None:
    answer = final(deferring, "Customers?$filter=id eq 'a'&$select=id", odata_maxversion="4.01")
    assert (answer.status, answer.headers["AsyncResult"]) == (200, "200")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.column("id") == ["a"]
