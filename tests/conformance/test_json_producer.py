"""What the service writes, each test named by the id of its row."""

import json

from odata_service.service import Service
from tests.asking import ROOT, ask

FULL = "application/json;odata.metadata=full"


def annotations(value: object) -> set[str]:
    """The names with an @ among the members of a JSON value, what stands before it taken off."""
    if isinstance(value, list):
        return set().union(*map(annotations, value))
    if not isinstance(value, dict):
        return set()
    own = {"@" + name.partition("@")[2] for name in value if "@" in name}
    return own.union(*map(annotations, value.values()))


def test_jsonp_09_4_0_json_is_written(service: Service) -> None:
    answer = ask(service, "GET", "Customers", odata_maxversion="4.0")
    assert answer.headers["OData-Version"] == "4.0"
    assert list(answer.json) == ["@odata.context", "value"]


def test_jsonp_09a_the_prefix_is_always_there(service: Service) -> None:
    answer = ask(
        service, "GET", "Customers?$expand=orders($count=true)&$count=true", accept=FULL, odata_maxversion="4.0"
    )
    assert answer.headers["Content-Type"] == FULL
    assert [name for name in annotations(answer.json) if not name.startswith("@odata.")] == []


def test_jsonp_09b_a_type_has_its_hash_always(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')", accept=FULL, odata_maxversion="4.0").json
    types = {name: value for name, value in entity.items() if name.endswith("@odata.type")}
    assert types == {
        "@odata.type": "#shop.Customer",
        "contractType@odata.type": "#Int32",
        "createdDateTime@odata.type": "#DateTimeOffset",
        "rank@odata.type": "#shop.Rank",
        "span@odata.type": "#Duration",
        "tags@odata.type": "#Collection(String)",
    }


def test_jsonp_09d_decimals_have_no_exponent(service: Service) -> None:
    assert b'"amount":0.000001' in ask(service, "GET", "Orders(5)", odata_maxversion="4.0").body


def test_jsonp_09e_no_operation_has_a_propertys_prefix(changing: Service) -> None:
    entity = ask(changing, "GET", "Customers('a')", accept=FULL, odata_maxversion="4.0").json
    assert [name for name in entity if "#" in name] == ["#shop.archive"]


def test_jsonp_09f_no_operation_is_null(changing: Service) -> None:
    answer = ask(changing, "GET", "Customers", accept=FULL, odata_maxversion="4.0")
    target = f"{ROOT}Customers('{answer.values[0]['id']}')/shop.archive"
    assert answer.values[0]["#shop.archive"] == {"title": "shop.archive", "target": target}
    assert [entity for entity in answer.values if entity["#shop.archive"] is None] == []


def test_jsonp_09g_infinities_are_doubles_alone(changing: Service) -> None:
    assert ask(changing, "POST", "Customers", {"id": "n", "rate": "-INF"}).json["rate"] == "-INF"
    assert ask(changing, "POST", "Orders", {"number": 9, "amount": "INF"}).status == 400


def test_jsonp_10a_an_annotation_stands_right_before_its_property(service: Service) -> None:
    body = ask(service, "GET", "Customers('a')?$expand=orders($count=true)", odata_maxversion="4.01").body
    names = [name for name, _ in json.loads(body, object_pairs_hook=list)]
    assert names[names.index("orders@odata.count") + 1] == "orders"


def test_jsonp_10c_a_primitive_type_has_no_hash(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')", accept=FULL, odata_maxversion="4.01").json
    assert (entity["contractType@odata.type"], entity["@odata.type"]) == ("Int32", "#shop.Customer")


def test_jsonp_10f_decimals_are_written_out(service: Service) -> None:
    assert b'"amount":0.000001' in ask(service, "GET", "Orders(5)", odata_maxversion="4.01").body


def test_jsonp_10d_changes_hold_related_entities(changing: Service) -> None:
    target = "Customers?$filter=id eq 'a'&$select=id&$expand=orders($select=number)"
    first = ask(changing, "GET", target, prefer="track-changes", odata_maxversion="4.01")
    assert ask(changing, "PATCH", "Orders(1)", {"customerId": "b"}).status == 200
    told = ask(changing, "GET", first.json["@odata.deltaLink"].removeprefix(ROOT), odata_maxversion="4.01")
    assert [[order["number"] for order in item["orders"]] for item in told.values if "orders" in item] == [[2, 3]]
