"""How many rows a table has, by `/$count`, as the clients of either version ask for it."""

from collections.abc import Mapping

from msgspec import Struct

from odata_service.doctor.chart import Chart
from odata_service.doctor.findings import Said


class Counting(Struct, frozen=True):
    """Who asks how many there are of what; what follows where that is refused, and where no number is answered."""

    clients: tuple[str, ...]
    headers: Mapping[str, str]
    counted: str
    refused: str
    unread: Said


def check_count(name: str, counting: Counting, chart: Chart) -> None:
    """Asks how many rows a table has."""
    exchange = chart.asked(counting.clients, chart.url(f"{name}/$count"), counting.headers)
    if exchange is None:
        return
    if exchange.status != 200:
        texts = Said(f"The number of {counting.counted} is answered by {exchange.status}.", counting.refused)
        chart.hinders(counting.clients, "Count", texts, chart.at(exchange))
    elif exchange.number is None:
        chart.fails(counting.clients, "Count", counting.unread, chart.at(exchange))
