"""The rows that the tests of conformance ask about: customers with their orders and managers, and a photo."""

from odata_service.service import Call, Entity, Service
from tests.asking import ask

CUSTOMERS: list[dict[str, object]] = [
    {
        "id": "a",
        "displayName": "Alpha",
        "contractType": 1,
        "countryLetterCode": "DE",
        "isDeleted": False,
        "createdDateTime": "2024-01-02T03:04:05.678Z",
        "rank": "gold",
        "span": "PT2H",
        "rate": 1.5,
        "address": {"street": "High Street 1", "city": "Bonn"},
        "tags": ["blue", "amber", "cyan"],
    },
    {
        "id": "b",
        "displayName": "Beta%",
        "contractType": 2,
        "countryLetterCode": "FR",
        "isDeleted": True,
        "rank": "silver",
        "address": {"city": "Lyon", "country": "FR"},
        "tags": ["blue"],
        "managerId": "a",
    },
    {"id": "c", "displayName": "Gämma_x", "countryLetterCode": "DE", "managerId": "b"},
    {"id": "d", "contractType": 4, "isDeleted": False},
    {
        "@odata.type": "#shop.VipCustomer",
        "id": "e's/x",
        "displayName": "O'Brien",
        "contractType": 2,
        "countryLetterCode": "US",
        "isDeleted": False,
        "managerId": "a",
        "discount": 10,
    },
]
"""Five customers; a manages b and e's/x, and b manages c; the last is a VIP customer."""

ORDERS: list[dict[str, object]] = [
    {"number": 1, "title": "red bike", "amount": 10, "day": "2024-01-05", "customerId": "a"},
    {"number": 2, "title": "blue bike", "amount": 4.5, "day": "2024-02-05", "customerId": "a"},
    {"number": 3, "title": "bell", "amount": 7, "day": "2024-03-05", "customerId": "a"},
    {"number": 4, "title": "blue car", "amount": 20, "day": "2024-03-05", "customerId": "b"},
    {"number": 5, "title": "spare wheel", "amount": 0.000001},
]
"""Three orders of a, one of b, one of nobody."""


def fill(service: Service) -> None:
    """Creates them all, and a photo with three bytes."""
    for customer in CUSTOMERS:
        assert ask(service, "POST", "Customers", customer).status == 201
    for order in ORDERS:
        assert ask(service, "POST", "Orders", order).status == 201
    assert ask(service, "POST", "Photos", {"number": 1, "title": "Portrait"}).status == 201
    assert ask(service, "PUT", "Photos(1)/$value", b"png", content_type="image/png").status == 204


def top_customers(call: Call) -> list[Entity]:
    return call.read("Customers", "$filter=contractType ne null&$orderby=contractType desc,id&$top=2")


def customers_by_type(call: Call, contractType: int) -> list[Entity]:
    return call.read("Customers", "$filter=contractType eq @wanted", wanted=contractType)


def archive(call: Call, customer: Entity) -> None:
    call.update(customer, isDeleted=True)


def register(service: Service) -> None:
    """The bodies of the operations."""
    service.function("shop.TopCustomers")(top_customers)
    service.function("shop.CustomersByType")(customers_by_type)
    service.action("shop.archive")(archive)
