"""A shop of which a caller sees a part, and a shop that has no more than this part: they must answer alike."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from odata_service.service import Call, Principal, Service
from odata_service.storage import DatabaseStore
from tests.asking import Answer, ask, service_of
from tests.conformance.rows import fill, register
from tests.models import shop_schema
from tests.servers import database_url
from tests.standing import standing_service

VIP: dict[str, object] = {
    "@odata.type": "#shop.VipCustomer",
    "id": "v",
    "displayName": "Vera",
    "countryLetterCode": "DE",
    "contractType": 2,
    "managerId": "b",
    "gifts@odata.bind": ["Orders(1)", "Orders(2)", "Orders(4)"],
}
MORE: dict[str, object] = {"number": 6, "title": "green bike", "amount": 30, "customerId": "c"}

RULES: dict[str, str] = {"Customers": "countryLetterCode eq @country", "Orders": "amount ge @least"}
VALUES: dict[str, object] = {"country": "DE", "least": 7}
CODED: dict[str, str] = {
    "Customers": "shop.IsIn(code=countryLetterCode,country=@country)",
    "Orders": "shop.IsLarge(number=number)",
}
"""Rules that ask code, and leave the same."""
_TAG = re.compile(r'W/\\?"\d+\\?"|skiptoken=[^"&]*')


def filled(service: Service) -> Service:
    """The service with the rows of the shop, one more VIP with gifts, and one more order."""
    register(service)
    fill(service)
    assert ask(service, "POST", "Customers", VIP).status == 201
    assert ask(service, "POST", "Orders", MORE).status == 201
    return service


def coded(service: Service) -> Service:
    """The service with the functions that rules ask, one of values, and one that reads by itself."""

    @service.function("shop.IsIn")
    def is_in(call: Call, code: str | None, country: str) -> bool:
        return code == country

    @service.function("shop.IsLarge")
    def is_large(call: Call, number: int) -> bool:
        amount = call.read("Orders", "$filter=number eq @n", n=number)[0]["amount"]
        return amount is not None and amount >= 7

    return service


def rule(service: Service, rules: Mapping[str, str], values: Mapping[str, object]) -> None:
    """Registers rules by set with what they compare with."""
    for name, text in rules.items():
        known = {key: value for key, value in values.items() if f"@{key}" in text}

        def stated(principal: Principal | None, text: str = text, known: Mapping[str, object] = known) -> Any:
            return text, known

        service.rows(name)(stated)


def reduce(service: Service, rules: Mapping[str, str], values: Mapping[str, object]) -> None:
    """Deletes what the rules hide; what refers to it stays as it is."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    quoted = store.mapping.family.dialect.quoted
    hidden = {}
    for name, text in rules.items():
        key = {"Customers": "id", "Orders": "number"}[name]
        aliases = "".join(f"&@{alias}={_literal(value)}" for alias, value in values.items())
        seen = ask(service, "GET", f"{name}?$filter={text}{aliases}").column(key)
        every = ask(service, "GET", name).column(key)
        hidden[name] = key, [known for known in every if known not in seen]
    links = [link for link in store.mapping.links() if link.source]
    with store.transaction():
        connection = store.connection()
        for name, (key, keys) in hidden.items():
            for value in keys:
                sql = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
                for link in links if name == "Orders" else ():
                    connection.execute(f"DELETE FROM {quoted(link.name)} WHERE {quoted(link.target[0].name)} = {sql}")
                connection.execute(f"DELETE FROM {quoted(name)} WHERE {quoted(key)} = {sql}")


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def shown(answer: Answer) -> object:
    """What an answer says, but for what differs between any two databases."""
    text = _TAG.sub("", answer.body.decode())
    return answer.status, json.loads(text) if text.startswith("{") else text


@contextmanager
def under_rules(family: str) -> Iterator[Service]:
    """A service under rules."""
    with standing_service(family, shop_schema) as service:
        rule(filled(service), RULES, VALUES)
        yield service


@contextmanager
def pair(
    family: str, rules: Mapping[str, str] = RULES, values: Mapping[str, object] = VALUES
) -> Iterator[tuple[Service, Service]]:
    """A service under rules, and one over what these leave."""
    with ExitStack() as stack:
        urls = [stack.enter_context(database_url(family)) for _ in range(2)]
        ruled, reduced = (coded(filled(stack.enter_context(service_of(shop_schema(), url=url)))) for url in urls)
        rule(ruled, rules, values)
        reduce(reduced, rules, values)
        yield ruled, reduced
