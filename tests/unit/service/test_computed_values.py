"""Collections and complex values that code makes, whenever an entity is read."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import every_schema, shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A customer whose tags come from its name, and whose address from its country."""
    with standing_service(request.param, shop_schema) as service:

        @service.computed("shop.Customer", "tags")
        def tags(displayName: str | None) -> list[str]:
            return (displayName or "").split()

        @service.computed("shop.Customer", "address")
        def address(countryLetterCode: str | None) -> dict[str, object] | None:
            return None if countryLetterCode is None else {"city": f"in {countryLetterCode}", "country": "x"}

        body = {
            "id": "a",
            "displayName": "old red",
            "countryLetterCode": "DE",
            "tags": ["mine"],
            "address": {"city": "y"},
        }
        assert ask(service, "POST", "Customers", body).status == 201
        assert ask(service, "POST", "Customers", {"id": "b", "orders": [{"number": 1}]}).status == 201
        yield service


ADDRESS = {"street": None, "city": "in DE", "country": "x"}


def test_they_are_shown_whatever_clients_write(shop: Service) -> None:
    found = ask(shop, "GET", "Customers?$select=id,tags,address").values
    assert [(one["id"], one["tags"], one["address"]) for one in found] == [
        ("a", ["old", "red"], ADDRESS),
        ("b", [], None),
    ]
    assert ask(shop, "PATCH", "Customers('a')", {"tags": ["z"], "address": None}).json["tags"] == ["old", "red"]
    assert ask(shop, "GET", "Orders(1)?$expand=customer").json["customer"] is not None
    assert ask(shop, "PUT", "Customers('a')/tags", {"value": []}).status == 405


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("Customers('a')/tags", {"value": ["old", "red"]}),
        ("Customers('a')/address", ADDRESS),
        ("Customers('a')?$select=address/city", {"address": {"city": "in DE"}}),
        ("Customers('a')?$select=address($select=city)", {"address": {"city": "in DE"}}),
    ],
)
def test_they_are_read_by_their_paths(shop: Service, target: str, value: dict[str, object]) -> None:
    answer = ask(shop, "GET", target)
    assert answer.status == 200, answer.body
    assert {name: part for name, part in answer.json.items() if not name.startswith("@")} == value


def test_they_are_counted_and_may_be_null(shop: Service) -> None:
    assert ask(shop, "GET", "Customers('a')/tags/$count").body == b"2"
    assert ask(shop, "GET", "Customers('b')/address").status == 204


@pytest.mark.parametrize(
    "target",
    [
        "Customers?$filter=address/city eq 'x'",
        "Customers?$filter=tags/any(t:t eq 'red')",
        "Customers?$orderby=tags/$count",
        "Customers('a')/tags/0",
        "Customers('a')/address/city",
        "Customers('a')/tags/$filter($this eq 'red')",
        "Customers?$select=tags($filter=$this eq 'red')",
    ],
)
def test_nothing_is_asked_inside_of_them(shop: Service, target: str) -> None:
    answer = ask(shop, "GET", target)
    assert (answer.status, "worked out by code" in answer.error["message"]) == (501, True)


def test_a_function_takes_collections_and_hooks_see_what_it_makes() -> None:
    seen: list[object] = []

    with service_of(shop_schema()) as other:

        @other.computed("shop.Customer", "displayName")
        def joined(tags: tuple[str, ...], createdDateTime: str | None) -> str:
            return "+".join(tags)

        @other.computed("shop.Customer", "address")
        def always(id: str) -> dict[str, Any]:
            return {"street": id, "city": str(date(2024, 1, 2))}

        @other.after_create("Customers")
        def look(call: object, customer: Any) -> None:
            seen.extend([customer["displayName"], customer["address"]])

        assert ask(other, "POST", "Customers", {"id": "a", "tags": ["x", "y"]}).json["displayName"] == "x+y"
        assert seen == ["x+y", {"street": "a", "city": "2024-01-02"}]


@pytest.mark.parametrize("family", FAMILIES)
def test_expressions_ask_what_is_made_of_collections(family: str) -> None:
    with standing_service(family, shop_schema) as service:

        @service.computed("shop.Customer", "contractType")
        def size(tags: tuple[str, ...]) -> int:
            return sum(map(len, tags))

        for key, tags in (("a", ["x", "yy"]), ("b", []), ("c", ["zzz", "z"])):
            assert ask(service, "POST", "Customers", {"id": key, "tags": tags}).status == 201
        found = ask(service, "GET", "Customers?$filter=contractType gt 0&$orderby=contractType desc")
        assert [(one["id"], one["contractType"]) for one in found.values] == [("c", 4), ("a", 3)]


@pytest.mark.parametrize(
    ("name", "message"), [("tags", "an expression gives single primitive values alone"), ("address", "is shop.Address")]
)
def test_an_expression_gives_none_of_them(name: str, message: str) -> None:
    with service_of(shop_schema()) as service, pytest.raises(ValueError, match=message):
        service.computed("shop.Customer", name, expression="id")


def test_code_gives_no_value_that_would_have_to_say_its_type() -> None:
    with service_of(every_schema()) as service, pytest.raises(ValueError, match=r"is Edm\.Untyped, whose values say"):

        @service.computed("every.Thing", "anything")
        def anything(id: str) -> str:
            return id
