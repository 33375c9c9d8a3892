"""python-odata with classes that it generates from $metadata: what it saw of two services, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from features import feature, report
from odata import ODataService
from odata.exceptions import ODataError

root, catalogue_root = sys.argv[1:]
LAPTOP = "bbbbbbbb-0000-4000-8000-000000000001"
CHAIR = "bbbbbbbb-0000-4000-8000-000000000004"
kept: dict[str, str] = {}


def generated(url: str, package: str) -> ODataService:
    return ODataService(url, reflect_entities=True, reflect_output_package=package, quiet_progress=True)


shutil.rmtree("generated", ignore_errors=True)
generated(root, "generated.customers")
from generated.customers import Customers  # noqa: E402

service = ODataService(root, reflect_output_package="generated.customers", quiet_progress=True)
customers = service.query(Customers)
catalogue = generated(catalogue_root, "generated.catalogue")
Products, Categories = (catalogue.entities[name] for name in ("Products", "Categories"))
products = catalogue.query(Products)


def ids(query: object) -> list[str]:
    return [customer.id for customer in query]


def refusal(work: Callable[[], object]) -> list[str]:
    try:
        work()
    except ODataError as error:
        return [error.status_code, error.code]
    return ["nothing was refused"]


def generate() -> list[object]:
    kinds = {name: type(part).__name__ for name, part in vars(Customers).items() if not name.startswith("_")}
    found = [kinds[name] for name in ("displayName", "contractType", "isDeleted", "cosmosCreatedDateTimeUTC")]
    return [*found, Customers.id.primary_key, Products.Version.is_computed_value, sorted(catalogue.functions)]


def read() -> list[object]:
    customer = customers.get("c01")
    return [customer.displayName, customer.contractType, customer.isDeleted, customer.deletedDateTime]


def dates() -> list[object]:
    noon = datetime(2024, 1, 10, 10, tzinfo=UTC)
    later = customers.filter(Customers.cosmosCreatedDateTimeUTC > noon).order_by(Customers.id.asc())
    return [ids(later), later.first().cosmosCreatedDateTimeUTC == datetime(2024, 1, 11, 10, tzinfo=UTC)]


def filtered() -> list[str]:
    french = Customers.countryLetterCode == "FR"
    return ids(customers.filter(french & (Customers.displayName.contains("1") | (Customers.contractType == 0))))


def starts() -> list[str]:
    begins = Customers.displayName.startswith("Name 1")
    return ids(customers.filter(begins).filter(Customers.displayName.lacks("2")).filter(Customers.domain.is_null()))


def aggregate() -> list[list[object]]:
    groups = customers.raw({"$apply": "groupby((countryLetterCode),aggregate(contractType with sum as n))"})
    return [[group["countryLetterCode"], group["n"]] for group in groups]


def create() -> list[object]:
    """A new customer states every property, null where it has none; the service gives it a key."""
    made = Customers()
    made.displayName, made.contractType = "Made & 'more' #1", 7
    made.cosmosCreatedDateTimeUTC = datetime(2024, 5, 6, 7, 8, 9)
    service.save(made)
    kept["key"] = made.id
    return [made.displayName, made.domain, made.cosmosCreatedDateTimeUTC.isoformat()]


def update() -> list[object]:
    changed = customers.get(kept["key"])
    changed.displayName = "Changed"
    service.save(changed)
    found = customers.get(kept["key"])
    return [found.displayName, found.contractType]


def delete() -> str:
    service.delete(customers.get(kept["key"]))
    return f"{customers.filter(Customers.displayName == 'Changed').count()} left"


def along() -> list[object]:
    """What a product leads to is read when it is asked for, and filtered by."""
    laptop = products.get(LAPTOP)
    electronics = products.filter(Products.Category.Name == "Electronics").filter(Products.Quantity > 100)
    languages = sorted(description.LanguageKey for description in laptop.Descriptions)
    return [laptop.Category.Name, languages, sorted(product.Name for product in electronics)]


def references() -> list[str]:
    """A product is moved into another category, and back."""
    laptop, (first, second) = products.get(LAPTOP), catalogue.query(Categories).order_by(Categories.Name.asc()).limit(2)
    names = [laptop.Category.Name]
    for category in (second, first):
        laptop.Category = category
        catalogue.save(laptop)
        names.append(products.get(LAPTOP).Category.Name)
    return names


def calls() -> list[object]:
    mean = Products.GetAveragePrice()
    total = catalogue.functions["Calculate"](a=1, b=2)
    products.get(CHAIR).Activate()
    catalogue.actions["Reseed"]()
    return [mean > 0, total]


feature("v4-generate", generate)
feature("v4-read", read)
feature("v4-select", lambda: customers.select(Customers.id, Customers.displayName).limit(1).all()[0]["displayName"])
feature("v4-filter", filtered)
feature("v4-starts", starts)
feature("v4-dates", dates)
feature("v4-sort", lambda: ids(customers.order_by(Customers.displayName.desc(), Customers.id.asc()).limit(3)))
feature("v4-page", lambda: ids(customers.order_by(Customers.id.asc()).offset(5).limit(3)))
feature("v4-count", lambda: customers.filter(Customers.contractType == 1).count())
feature("v4-aggregate", aggregate)
feature("v4-create", create)
feature("v4-update", update)
feature("v4-delete", delete)
feature("v4-along", along)
feature("v4-references", references)
feature("v4-calls", calls)
feature("v4-error", lambda: refusal(lambda: customers.raw({"$filter": "nme eq 'x'"})))
report()
