"""PUT, PATCH, POST and DELETE of single properties (Protocol 11.4.9)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.company import fill as fill_company
from tests.conformance.rows import fill
from tests.models import company_schema, shop_schema
from tests.places import places as visitors

REPRESENTATION = "return=representation"


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(shop_schema()) as service:
        fill(service)
        yield service


@pytest.fixture
def company() -> Iterator[Service]:
    with service_of(company_schema()) as service:
        fill_company(service)
        yield service


@pytest.fixture
def places() -> Iterator[Service]:
    with visitors() as service:
        yield service


def test_a_property_that_is_put_moves_the_etag_of_its_entity(shop: Service) -> None:
    before = ask(shop, "GET", "Customers('a')")
    answer = ask(shop, "PUT", "Customers('a')/displayName", {"value": "New"}, if_match=before.headers["ETag"])
    after = ask(shop, "GET", "Customers('a')")
    assert (answer.status, answer.body, answer.headers["ETag"]) == (204, b"", after.headers["ETag"])
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.json == {**before.json, "displayName": "New", "@odata.etag": after.headers["ETag"]}


def test_the_representation_is_that_of_the_property(shop: Service) -> None:
    answer = ask(shop, "PUT", "Customers('a')/displayName", {"value": "New"}, prefer=REPRESENTATION)
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, REPRESENTATION)
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#Customers('a')/displayName", "value": "New"}


def test_patch_merges_a_complex_value_and_put_replaces_it(shop: Service) -> None:
    patched = ask(shop, "PATCH", "Customers('a')/address", {"city": "Ulm", "country": "AT"}, prefer=REPRESENTATION)
    assert (patched.json["street"], patched.json["city"], patched.json["country"]) == ("High Street 1", "Ulm", "AT")
    replaced = ask(shop, "PUT", "Customers('a')/address", {"city": "Ulm"}, prefer=REPRESENTATION)
    assert (replaced.json["street"], replaced.json["city"], replaced.json["country"]) == (None, "Ulm", "DE")


def test_a_member_is_changed_inside_its_complex_value(shop: Service) -> None:
    assert ask(shop, "PUT", "Customers('a')/address/city", {"value": "Ulm"}).status == 204
    assert ask(shop, "DELETE", "Customers('a')/address/country").status == 204
    address = ask(shop, "GET", "Customers('a')").json["address"]
    assert address == {"street": "High Street 1", "city": "Ulm", "country": None}


def test_a_member_of_null_makes_the_value_unless_it_is_deleted(shop: Service) -> None:
    assert ask(shop, "DELETE", "Customers('c')/address/city").status == 204
    assert ask(shop, "GET", "Customers('c')").json["address"] is None
    assert ask(shop, "PUT", "Customers('c')/address/city", {"value": "Ulm"}).status == 204
    assert ask(shop, "GET", "Customers('c')").json["address"] == {"street": None, "city": "Ulm", "country": "DE"}


def test_delete_makes_a_value_null_and_a_collection_empty(shop: Service) -> None:
    targets = ("displayName", "address", "tags", "contractType/$value")
    assert [ask(shop, "DELETE", f"Customers('a')/{target}").status for target in targets] == [204] * 4
    entity = ask(shop, "GET", "Customers('a')").json
    assert [entity[name] for name in ("displayName", "address", "tags", "contractType")] == [None, None, [], None]


@pytest.mark.parametrize(
    ("index", "tags"),
    [
        ("", ["blue", "amber", "cyan", "z"]),
        ("?$index=0", ["z", "blue", "amber", "cyan"]),
        ("?$index=-1", ["blue", "amber", "cyan", "z"]),
        ("?$index=-2", ["blue", "amber", "z", "cyan"]),
    ],
)
def test_post_adds_a_member_to_a_collection(shop: Service, index: str, tags: list[str]) -> None:
    answer = ask(shop, "POST", f"Customers('a')/tags{index}", {"value": "z"}, prefer=REPRESENTATION)
    assert (answer.status, answer.json["value"]) == (200, tags)


def test_put_replaces_a_collection(shop: Service) -> None:
    answer = ask(shop, "PUT", "Customers('a')/tags", {"value": ["x", "y"]}, prefer=REPRESENTATION)
    assert answer.json["value"] == ["x", "y"]


@pytest.mark.parametrize(
    ("method", "path", "body", "tags"),
    [
        ("PUT", "0", {"value": "x"}, ["x", "amber", "cyan"]),
        ("PATCH", "-1", {"value": "x"}, ["blue", "amber", "x"]),
        ("PUT", "1/$value", b"x", ["blue", "x", "cyan"]),
        ("DELETE", "0", None, ["amber", "cyan"]),
        ("DELETE", "-3", None, ["amber", "cyan"]),
    ],
)
def test_a_member_is_changed_at_its_place(shop: Service, method: str, path: str, body: object, tags: list[str]) -> None:
    kind = {"content_type": "text/plain"} if isinstance(body, bytes) else {}
    answer = ask(shop, method, f"Customers('a')/tags/{path}", body, **kind)
    after = ask(shop, "GET", "Customers('a')")
    assert (answer.status, answer.headers["ETag"], after.json["tags"]) == (204, after.headers["ETag"], tags)


def test_a_complex_member_is_changed_at_its_place(places: Service) -> None:
    stays = [{"city": "Ulm", "country@odata.bind": "Countries('DE')"}, {"@odata.type": "#geo.ForeignAddress"}]
    assert ask(places, "PUT", "Visitors('ann')/stays", {"value": stays}).status == 204
    path, shown = "Visitors('ann')/stays", {"prefer": REPRESENTATION}
    assert ask(places, "PATCH", f"{path}/1", {"city": "Bern"}, **shown).json["city"] == "Bern"
    assert ask(places, "PUT", f"{path}/0/city", {"value": "Bonn"}).status == 204
    assert ask(places, "GET", f"{path}/0/country/name/$value").body == b"Germany"
    assert ask(places, "PUT", f"{path}/0/geo.ForeignAddress/city", {"value": "x"}).status == 404
    bound = {"country@odata.bind": "Countries('FR')"}
    assert ask(places, "PUT", f"{path}/-2", bound, **shown).json["city"] is None
    assert ask(places, "GET", f"{path}/0/country/name/$value").body == b"France"
    assert ask(places, "DELETE", f"{path}/0").status == 204
    assert ask(places, "GET", f"{path}/$count").body == b"1"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "3", {"value": "x"}, 404, "The collection has no member at this place."),
        ("DELETE", "-4", None, 404, "The collection has no member at this place."),
        ("PUT", "0", {"value": 5}, 400, "Property 'tags': 5 is not an Edm.String."),
        ("POST", "0", {"value": "x"}, 405, "This resource does not take POST."),
        ("PUT", "$filter($it eq 'blue')/0", {"value": "x"}, 405, "This resource does not take PUT."),
    ],
)
def test_a_place_that_cannot_be_changed_is_refused(
    shop: Service, method: str, path: str, body: object, status: int, words: str
) -> None:
    before = ask(shop, "GET", "Customers('a')").json
    answer = ask(shop, method, f"Customers('a')/tags/{path}", body)
    assert answer.status == status
    assert words in answer.error["message"]
    assert ask(shop, "GET", "Customers('a')").json == before


def test_a_raw_value_is_put(shop: Service) -> None:
    for name, text in (("displayName", "Ä b"), ("contractType", "12"), ("rank", "silver"), ("span", "PT3H")):
        answer = ask(shop, "PUT", f"Customers('a')/{name}/$value", text.encode(), content_type="text/plain")
        assert (answer.status, ask(shop, "GET", f"Customers('a')/{name}/$value").body) == (204, text.encode())


def test_a_property_is_reached_by_navigation(shop: Service) -> None:
    answer = ask(shop, "PUT", "Orders(1)/customer/displayName", {"value": "By order"}, prefer=REPRESENTATION)
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers('a')/displayName"
    assert ask(shop, "GET", "Customers('a')").json["displayName"] == "By order"
    assert ask(shop, "PUT", "Orders(5)/customer/displayName", {"value": "x"}).status == 404


def test_a_property_of_a_derived_type_is_changed_in_entities_of_that_type(shop: Service) -> None:
    assert ask(shop, "PUT", "Customers('e''s%2Fx')/shop.VipCustomer/discount", {"value": 7}).status == 204
    assert ask(shop, "GET", "Customers('e''s%2Fx')").json["discount"] == 7
    assert ask(shop, "PUT", "Customers('a')/shop.VipCustomer/discount", {"value": 7}).status == 404


def test_properties_of_contained_entities_and_singletons_are_changed(company: Service) -> None:
    for target in ("People('ann')/notes(1)/text", "People('bob')/notes(1)/replies(1)/text", "Settings/theme"):
        answer = ask(company, "PUT", target, {"value": "new"}, prefer=REPRESENTATION)
        assert (answer.status, answer.json["value"]) == (200, "new")
    assert ask(company, "GET", "People('bob')/notes(1)/text").json["value"] == "bob 1"


def test_entities_are_changed_and_deleted_by_navigation(shop: Service) -> None:
    changed = ask(shop, "PATCH", "Customers('a')/orders(1)", {"title": "new"})
    assert (changed.status, changed.json["@odata.context"]) == (200, f"{ROOT}$metadata#Orders/$entity")
    assert ask(shop, "GET", "Orders(1)").json["title"] == "new"
    assert ask(shop, "DELETE", "Customers('a')/orders(2)").status == 204
    assert ask(shop, "GET", "Orders(2)").status == 404
    assert ask(shop, "DELETE", "Customers('a')/orders(4)").status == 404
    assert ask(shop, "GET", "Orders(4)").status == 200


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "message"),
    [
        ("PUT", "Customers('a')/id", {"value": "x"}, 405, "Property 'id' is part of the key, which never changes."),
        ("PATCH", "Customers('a')/tags", {"value": ["x"]}, 405,
         "This resource does not take PATCH. It takes GET, HEAD, POST, PUT, DELETE."),
        ("PUT", "Customers('a')/contractType", {"value": "x"}, 400,
         'Property \'contractType\': "x" is not an Edm.Int32. Write a whole number, without quotes.'),
        ("PUT", "Customers('a')/displayName", {"displayName": "x"}, 400,
         "The body states no value for 'displayName', or more than that. "
         'Send {"value": …}, and nothing beside it.'),
        ("PUT", "Customers('a')/address", {"town": "x"}, 400,
         "Property 'town' is not declared in 'shop.Address'."),
        ("PUT", "Customers('a')/tags", {"value": None}, 400,
         "Property 'tags' must not be null. Give it a value."),
        ("POST", "Customers('a')/tags?$index=9", {"value": "x"}, 400,
         "There is no place 9 in a collection of 3. Leave $index out to add the member behind all others."),
        ("PUT", "Customers('a')/tags?$index=1", {"value": ["x"]}, 400,
         "$index says where a POST adds a member. Leave it out, or send a POST."),
        ("PUT", "Customers('z')/displayName", {"value": "x"}, 404,
         "No entity has this key. It may have been deleted already."),
        ("PUT", "Customers('z')/address/city", {"value": "x"}, 404,
         "No entity has this key. Look the key up in the entity set."),
        ("PUT", "Customers('z')/contractType", {"value": "x"}, 404,
         "No entity has this key. Look the key up in the entity set."),
        ("PATCH", "Customers('z')/manager/address", {"town": "x"}, 404,
         "'manager' leads to no such entity. Create it in 'Customers', then relate it by manager/$ref."),
    ],
)  # fmt: skip
def test_a_property_that_cannot_be_so_is_refused(
    shop: Service, method: str, target: str, body: object, status: int, message: str
) -> None:
    before = ask(shop, "GET", "Customers").body
    assert ask(shop, method, target, body).refusal == (status, message)
    assert ask(shop, "GET", "Customers").body == before


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("People('ann')/name", "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"),
        ("People('ann')/id", "GET, HEAD, OPTIONS"),
        ("People('ann')/notes(1)/number", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tell_what_a_property_takes(company: Service, path: str, allowed: str) -> None:
    answer = ask(company, "OPTIONS", path)
    assert (answer.status, answer.headers["Allow"]) == (204, allowed)


def test_what_must_have_a_value_is_not_deleted(company: Service) -> None:
    answer = ask(company, "DELETE", "Settings/size")
    assert (answer.status, answer.error["target"]) == (400, "size")
    assert ask(company, "GET", "Settings/size").json["value"] == 10


def test_raw_text_is_read_from_plain_text(shop: Service) -> None:
    target = "Customers('a')/contractType/$value"
    assert ask(shop, "PUT", target, b"1", content_type="application/json").status == 415
    refused = ask(shop, "PUT", target, b"1x", content_type="text/plain")
    assert (refused.status, refused.error["target"]) == (400, "contractType")


def test_conditions_speak_of_the_entity(shop: Service) -> None:
    for target in ("displayName", "address/city"):
        assert ask(shop, "PUT", f"Customers('a')/{target}", {"value": "x"}, if_match='W/"1"').status == 412
    assert ask(shop, "PUT", "Customers('a')/displayName", {"value": "x"}, if_none_match="*").status == 412
    assert ask(shop, "GET", "Customers('a')").json["displayName"] == "Alpha"
