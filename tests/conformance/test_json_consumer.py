"""What the service reads in bodies, each test named by the id of its row."""

from odata_service.service import Service
from tests.asking import ask


def made(service: Service, body: object, **headers: str) -> dict[str, object]:
    """The customer that a POST of this body made."""
    answer = ask(service, "POST", "Customers", body, **headers)
    assert answer.status == 201, answer.body
    found: dict[str, object] = answer.json
    return found


def test_jsonc_01_minimal_metadata_is_read(changing: Service) -> None:
    sent = {"@odata.context": "http://host/$metadata#Customers/$entity", "id": "n", "contractType": 3}
    assert made(changing, sent, content_type="application/json;odata.metadata=minimal")["contractType"] == 3


def test_jsonc_02_full_metadata_is_read(changing: Service) -> None:
    full = ask(changing, "GET", "Customers('a')", accept="application/json;odata.metadata=full").json
    answer = made(changing, {**full, "id": "n"})
    assert (answer["id"], answer["displayName"], answer["tags"]) == ("n", "Alpha", ["blue", "amber", "cyan"])


def test_jsonc_03_a_value_of_every_type_is_read(changing: Service) -> None:
    sent: dict[str, object] = {
        "id": "n",
        "contractType": -5,
        "isDeleted": True,
        "createdDateTime": "2024-01-01T01:00:00+01:00",
        "rank": "silver",
        "span": "P1DT1S",
        "rate": 0.1,
        "address": {"city": "Ulm"},
        "tags": ["x", "x"],
    }
    answer = made(changing, sent)
    stored = {
        **sent,
        "createdDateTime": "2024-01-01T00:00:00Z",
        "address": {"street": None, "city": "Ulm", "country": "DE"},
    }
    assert {name: answer[name] for name in sent} == stored
    order = ask(changing, "POST", "Orders", {"number": 9, "amount": 12.345678, "day": "2024-02-29"})
    assert (order.json["amount"], order.json["day"]) == (12.345678, "2024-02-29")


def test_jsonc_04_control_information_is_that_of_the_version(changing: Service) -> None:
    stale = {"@odata.etag": 'W/"1"', "displayName": "new"}
    assert ask(changing, "PATCH", "Customers('a')", stale, odata_version="4.0").status == 200
    assert ask(changing, "PATCH", "Customers('a')", stale, odata_version="4.01").status == 412


def test_jsonc_05_unknown_annotations_are_passed_over(changing: Service) -> None:
    sent = {"@odata.future": 1, "@my.term#q": {}, "displayName@my.term": True, "id": "n", "displayName": "N"}
    assert made(changing, sent)["displayName"] == "N"


def test_jsonc_06_the_order_of_members_does_not_matter(changing: Service) -> None:
    answer = made(changing, {"discount": 3, "id": "n", "@odata.type": "#shop.VipCustomer"})
    assert (answer["@odata.type"], answer["discount"]) == ("#shop.VipCustomer", 3)


def test_jsonc_07a_names_with_the_prefix_are_read(changing: Service) -> None:
    sent = {"@odata.type": "#shop.VipCustomer", "id": "n", "discount": 3, "contractType@odata.type": "#Int32"}
    assert made(changing, sent, odata_version="4.0")["discount"] == 3


def test_jsonc_07b_a_type_with_its_hash_is_read(changing: Service) -> None:
    assert made(changing, {"@odata.type": "#shop.VipCustomer", "id": "n"})["@odata.type"] == "#shop.VipCustomer"
    wrong = ask(changing, "POST", "Customers", {"@odata.type": "#shop.Order", "id": "m"})
    assert wrong.status == 400


def test_jsonc_07e_infinities_and_nan_are_doubles(changing: Service) -> None:
    found = [made(changing, {"id": rate, "rate": rate})["rate"] for rate in ("INF", "-INF", "NaN")]
    assert found == ["INF", "-INF", "NaN"]


def test_jsonc_07f_annotations_stand_before_or_behind_their_property(changing: Service) -> None:
    sent = {"displayName@my.t": 1, "displayName": "x", "id": "n", "contractType": 2, "contractType@my.t": 1}
    answer = made(changing, sent)
    assert (answer["displayName"], answer["contractType"]) == ("x", 2)


def test_jsonc_08a_control_information_has_its_prefix_or_none(changing: Service) -> None:
    plain = made(changing, {"@type": "#shop.VipCustomer", "id": "n", "discount": 1}, odata_version="4.01")
    prefixed = made(changing, {"@odata.type": "#shop.VipCustomer", "id": "m", "discount": 2}, odata_version="4.01")
    assert [plain["discount"], prefixed["discount"]] == [1, 2]


def test_jsonc_08b_a_primitive_type_has_its_hash_or_none(changing: Service) -> None:
    sent = {"contractType@type": "Int32", "contractType": 2, "span@type": "#Duration", "span": "PT1S"}
    answer = made(changing, {"id": "n", **sent}, odata_version="4.01")
    assert (answer["contractType"], answer["span"]) == (2, "PT1S")


def test_jsonc_08g_decimals_may_have_an_exponent(changing: Service) -> None:
    answer = ask(changing, "POST", "Orders", b'{"number":9,"amount":1.25e3}', odata_version="4.01")
    assert (answer.status, answer.json["amount"]) == (201, 1250)


def test_jsonc_07c_relations_are_bound(changing: Service) -> None:
    made(changing, {"id": "n", "manager@odata.bind": "Customers('a')", "orders@odata.bind": ["Orders(1)", "Orders(5)"]})
    assert ask(changing, "GET", "Customers('n')/manager").json["id"] == "a"
    assert ask(changing, "GET", "Customers('n')/orders").column("number") == [1, 5]
    for method in ("PATCH", "PUT"):
        assert ask(changing, method, "Customers('n')", {"manager@odata.bind": "Customers('b')"}).status == 200
        assert ask(changing, "GET", "Customers('n')").json["managerId"] == "b"


def test_jsonc_07d_a_link_that_ended_names_its_target(changing: Service) -> None:
    ended = {"@odata.context": "#Customers/$deletedLink", "source": "Customers('b')", "relationship": "manager"}
    body = {"@odata.context": "#$delta", "value": [{**ended, "target": "Customers('a')"}]}
    assert ask(changing, "PATCH", "Customers", body, odata_version="4.0").status == 204
    assert ask(changing, "GET", "Customers('b')").json["managerId"] is None


def test_jsonc_08c_references_inside_navigation_properties_bind(changing: Service) -> None:
    sent = {
        "id": "n",
        "manager": {"@id": "Customers('a')"},
        "orders": [{"@id": "Orders(1)"}, {"@odata.id": "Orders(5)"}],
    }
    assert made(changing, sent, odata_version="4.01")["managerId"] == "a"
    assert ask(changing, "GET", "Customers('n')/orders").column("number") == [1, 5]


def test_jsonc_08d_a_single_link_that_ended_needs_no_target(changing: Service) -> None:
    ended = {"@context": "#Customers/$deletedLink", "source": "Customers('b')", "relationship": "manager"}
    assert ask(changing, "PATCH", "Customers", {"value": [ended]}, odata_version="4.01").status == 204
    assert ask(changing, "GET", "Customers('b')").json["managerId"] is None


def test_jsonc_08f_changes_hold_related_entities_and_their_changes(changing: Service) -> None:
    nested = [{"@removed": {"reason": "changed"}, "number": 1}, {"number": 9}]
    changes = [{"id": "a", "orders@delta": nested}, {"id": "n", "manager": {"id": "m"}}]
    assert ask(changing, "PATCH", "Customers", {"value": changes}, odata_version="4.01").status == 204
    assert ask(changing, "GET", "Customers('a')/orders").column("number") == [2, 3, 9]
    assert ask(changing, "GET", "Customers('n')").json["managerId"] == "m"
