"""The operations and a hook of the catalogue: run by `odata-service serve … --code catalogue.py`."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

from odata_service import Call, Entities, Entity, Service
from odata_service.errors import BadRequest

NAMESPACE = "ComplianceService"
SETS = (
    "Categories",
    "Products",
    "ProductDescriptions",
    "MediaItems",
    "ReadOnlyItems",
    "DecimalSamples",
    "HierarchyNodes",
    "Company",
)
STREAM = {"$value_base64", "@odata.mediaContentType"}
DISCONTINUED, IN_STOCK = 4, 1
ROWS = {name: json.loads((Path(__file__).parent / "rows" / f"{name}.json").read_text("utf-8")) for name in SETS}


def top_products(call: Call, count: int = 10, category: str | None = None) -> list[Entity]:
    """Products by price, the dearest first; of one category where it is named."""
    named = "&$filter=Category/Name eq @category" if category is not None else ""
    return call.read("Products", f"$orderby=Price desc&$top={max(count, 0)}{named}", category=category)


def product_stats(call: Call) -> dict[str, object]:
    """How many products there are, and what they cost."""
    prices = [product["Price"] for product in call.entities("Products")]
    return {
        "totalProducts": len(prices),
        "averagePrice": sum(prices) / len(prices) if prices else 0,
        "maxPrice": max(prices, default=0),
        "minPrice": min(prices, default=0),
    }


def find_products(call: Call, name: str, maxPrice: float) -> list[Entity]:
    """Products with a text in their name that cost no more than this."""
    return call.read("Products", "$filter=contains(Name,@name) and Price le @most", name=name, most=maxPrice)


def double(call: Call, value: int) -> int:
    """Twice the value."""
    return whole(value * 2)


def add(call: Call, a: int, b: int) -> int:
    """The sum."""
    return whole(a + b)


def whole(result: int) -> int:
    """A result that is an Edm.Int64."""
    if not -(2**63) <= result < 2**63:
        raise BadRequest("The result is beyond 64 bits.", hint="Write smaller numbers.")
    return result


def convert_text(call: Call, input: str) -> str:
    """A text with what it is before it."""
    return f"String: {input}"


def convert_number(call: Call, number: int) -> str:
    """A number with what it is before it."""
    return f"Number: {number}"


def total_price(call: Call, product: Entity, taxRate: float) -> float:
    """The price with tax."""
    return product["Price"] * (1 + taxRate)


def calculated_price(call: Call, product: Entity, discount: float, tax: float = 0) -> float:
    """The price less a discount in percent, then plus tax in percent."""
    return product["Price"] * (1 - discount / 100) * (1 + tax / 100)


def information(call: Call, product: Entity, format: str) -> str:
    """A line about the product."""
    return f"Product: {product['Name']} (Price: {product['Price']:.2f}) in {format} format"


def related_products(call: Call, product: Entity) -> list[Entity]:
    """Up to five others of the same category."""
    others = "$filter=CategoryID eq @category and ID ne @self&$top=5"
    return call.read("Products", others, category=product["CategoryID"], self=product["ID"])


def average_price(call: Call, products: Entities) -> float | None:
    """The mean price of the products before it in the path."""
    prices = [product["Price"] for product in products]
    return sum(prices) / len(prices) if prices else None


def apply_discount(call: Call, product: Entity, percentage: float) -> Entity:
    """Lowers the price by a percentage."""
    return call.update(product, Price=discounted(product, percentage))


def increase_price(call: Call, product: Entity, amount: float) -> None:
    """Raises the price by an amount."""
    call.update(product, Price=product["Price"] + amount)


def activate(call: Call, product: Entity) -> None:
    """Puts the product in stock again."""
    call.update(product, Status=product["Status"] & ~DISCONTINUED | IN_STOCK)


def calculate_discount(call: Call, product: Entity, percentage: float) -> float:
    """What the price would be after a discount."""
    return discounted(product, percentage)


def discounted(product: Entity, percentage: float) -> float:
    """A price less a percentage."""
    return product["Price"] * (1 - percentage / 100)


def mark_all_as_reviewed(call: Call, products: Entities) -> None:
    """Moves the version of each product on."""
    for product in products:
        call.update(product)


def process(call: Call, percentage: float, minPrice: float | None = None) -> None:
    """Lowers all prices by a percentage, or those of at least a price."""
    wanted = "$filter=Price ge @least" if minPrice is not None else ""
    for product in call.read("Products", wanted, least=minPrice):
        call.update(product, Price=discounted(product, percentage))


def reset_all_prices(call: Call) -> None:
    """Gives the first products their first prices."""
    prices = {row["ID"]: row["Price"] for row in ROWS["Products"]}
    for product in call.entities("Products"):
        if product["ID"] in prices:
            call.update(product, Price=prices[product["ID"]])


def reset_products(call: Call) -> None:
    """Brings the first products back."""
    refill(call, ("Products", "ProductDescriptions"))


def reseed(call: Call) -> None:
    """Brings all first rows back."""
    refill(call, SETS)


def refill(call: Call, names: tuple[str, ...]) -> None:
    """Brings the first rows back; requests see all of it or nothing."""
    for name in reversed(names):
        for entity in call.entities(name):
            call.delete(entity)
    for name in names:
        for row in ROWS[name]:
            made = call.create(name, {part: value for part, value in row.items() if part not in STREAM})
            if "$value_base64" in row:
                call.put_stream(made, b64decode(row["$value_base64"]), row["@odata.mediaContentType"])


def complete_media(call: Call, values: dict[str, object]) -> None:
    """Names a media item that was sent as its stream alone, which has no room for properties."""
    media_type = call.request.headers.get("content-type", "application/json")
    if not media_type.startswith("application/json"):
        now = datetime.now(UTC)
        stated = {"Name": "unnamed", "ContentType": media_type, "CreatedAt": now, "ModifiedAt": now}
        values.update(stated | values)


FUNCTIONS = {
    "GetTopProducts": (top_products,),
    "GetProductStats": (product_stats,),
    "FindProducts": (find_products,),
    "Calculate": (double, add),
    "Convert": (convert_text, convert_number),
    "GetTotalPrice": (total_price,),
    "CalculatePrice": (calculated_price,),
    "GetInfo": (information,),
    "GetRelatedProducts": (related_products,),
    "GetAveragePrice": (average_price,),
}
ACTIONS = {
    "ApplyDiscount": apply_discount,
    "IncreasePrice": increase_price,
    "Activate": activate,
    "CalculateDiscount": calculate_discount,
    "MarkAllAsReviewed": mark_all_as_reviewed,
    "ResetAllPrices": reset_all_prices,
    "ResetProducts": reset_products,
    "Process": process,
    "Reseed": reseed,
}


def register(service: Service) -> None:
    """Gives each operation its body, and media items their hook."""
    for name, bodies in FUNCTIONS.items():
        for body in bodies:
            service.function(f"{NAMESPACE}.{name}")(body)
    for name, body in ACTIONS.items():
        service.action(f"{NAMESPACE}.{name}")(body)
    service.before_create("MediaItems")(complete_media)
