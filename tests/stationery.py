"""The shop of tests/models/stationery.xml with articles in it and bodies for its operations."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from odata_service import Conflict
from odata_service.service import Call, Entities, Entity, Service
from tests.asking import ask
from tests.models import stationery_schema
from tests.standing import standing_service

ARTICLES: list[dict[str, object]] = [
    {"number": 1, "name": "pen", "price": 2.5, "groupCode": "a", "tags": ["blue", "new"]},
    {"number": 2, "name": "ink", "price": 10, "groupCode": "a", "size": {"width": 2, "height": 3}},
    {"number": 3, "name": "desk", "price": 1200, "groupCode": "b"},
]


def fill(service: Service) -> None:
    """Two groups, three articles."""
    for code in ("a", "b"):
        assert ask(service, "POST", "Groups", {"code": code}).status == 201
    for article in ARTICLES:
        assert ask(service, "POST", "Articles", article).status == 201


def dearest(call: Call, count: int = 10, below: Decimal = Decimal(10_000)) -> list[Entity]:
    options = f"$filter=price lt @below&$orderby=price desc&$top={count}"
    return call.read("Articles", options, below=below)


def best(call: Call) -> Entity | None:
    return call.entities("Articles").first("$filter=price gt 10000")


def say(call: Call, words: tuple[str, ...]) -> str:
    return " ".join(words)


def area(call: Call, size: dict[str, int] | None) -> int | None:
    return None if size is None else size["width"] * size["height"]


def sizes(call: Call) -> list[dict[str, int]]:
    return [{"width": 1, "height": 2}, {"width": 3}]


def with_tax(call: Call, article: Entity, tax: Decimal) -> object:
    price = article["price"]
    assert isinstance(price, Decimal)
    return price * (1 + tax)


def mean(call: Call, articles: Entities) -> float:
    prices = [float(str(article["price"])) for article in articles]
    return sum(prices) / len(prices)


def family(call: Call, article: Entity) -> dict[str, object]:
    return {"code": article["groupCode"]}


def reduce(call: Call, article: Entity, by: Decimal, reason: str | None) -> Entity:
    price = article["price"]
    assert isinstance(price, Decimal)
    reduced = call.update(article, price=price - by, name=reason or article["name"])
    if price < by:
        raise Conflict("The price is too low for that.", hint="Reduce it by less.")
    return reduced


def clear(call: Call, articles: Entities) -> None:
    for article in articles:
        call.delete(article)


def stock(call: Call, size: dict[str, int] | None) -> int:
    made = call.create("Articles", {"number": 9, "name": "box", "price": 1, "size": size})
    return int(str(made["number"]))


def register(service: Service) -> None:
    """The bodies of all operations but `Nobody`."""
    service.function("shop.Dearest")(dearest)
    service.function("shop.Best")(best)
    service.function("shop.Say")(say)
    service.function("shop.Area")(area)
    service.function("shop.Sizes")(sizes)
    service.function("shop.With")(with_tax)
    service.function("shop.Mean")(mean)
    service.function("shop.Family")(family)
    service.action("shop.Reduce")(reduce)
    service.action("shop.Clear")(clear)
    service.action("shop.Stock")(stock)


@contextmanager
def stocked(family: str) -> Iterator[Service]:
    """The shop with its articles and the bodies of its operations, in a database of a family."""
    with standing_service(family, stationery_schema) as service:
        register(service)
        fill(service)
        yield service
