"""One GET in a multipart batch, as OpenUI5, the SAP Cloud SDK, pyodata and Power Query send their requests.

Where a service asks for a token against forged requests, the clients that know such tokens fetch one first.
"""

from collections.abc import Mapping, Sequence

from odata_service.doctor.chart import Chart
from odata_service.doctor.findings import Place, Said
from odata_service.doctor.power_query import CLIENTS, OPEN
from odata_service.doctor.wire import Exchange

_FETCHING = {"OpenUI5", "OpenUI5 V2", "SAP Cloud SDK"}
_SENDERS = ("OpenUI5", "SAP Cloud SDK")
_STRICT = ("strict readers",)
_TOKEN = "X-CSRF-Token"
_DONE, _ACCEPTED, _FORBIDDEN = 200, 202, 403
_PART = "Content-Type: application/http"
_FOUND, _FAILED = "HTTP/1.1 200", "HTTP/1.1 4"


def check_batch(chart: Chart) -> None:
    """The batch of clients of version 4, which is answered by 200; Power Query sends what is too long for a URL so."""
    name = next(iter(chart.readable_sets()), None)
    if name is None:
        return
    accept = "application/json;odata.metadata=minimal"
    relative, whole = f"{name}?$top=1", chart.url(f"{name}?$top=1")
    exchange = _sent((relative, whole), accept, {**OPEN, "OData-Version": "4.0"}, (*CLIENTS, *_SENDERS), chart)
    if exchange is None or not _is_read(exchange, (*CLIENTS, *_SENDERS), chart):
        return
    if exchange.status != _DONE:
        why = "By 202 the answer itself is still to come."
        texts = Said(f"$batch is answered by {exchange.status}.", why, "Answer 200.")
        chart.hinders(_STRICT, "Batch", texts, chart.at(exchange))
    answered = exchange.text.count(_FOUND)
    if answered == 0:
        texts = Said("The GET in the batch is not answered by 200.", "What works alone must work in a batch.")
        chart.fails(_SENDERS, "Batch", texts, Place(exchange.url, None, exchange.text[:160]))
    elif answered == 1:
        why = "By the standard a request in a batch may state its whole URL, as Power Query does."
        texts = Said("In a batch a GET with its whole URL is not answered by 200.", why)
        chart.hinders(CLIENTS, "Batch", texts, chart.at(exchange, _FAILED))


def check_old_batch(name: str, headers: Mapping[str, str], clients: tuple[str, ...], chart: Chart) -> None:
    """The batch of clients of version 2, which is answered by 202."""
    exchange = _sent((f"{name}?$top=1",), "application/json", headers, clients, chart)
    if exchange is None or not _is_read(exchange, clients, chart):
        return
    if exchange.status != _ACCEPTED:
        texts = Said(f"$batch is answered by {exchange.status}.", "The client takes 202 alone.")
        chart.fails(("pyodata",), "Batch", texts, chart.at(exchange))
    if _FOUND not in exchange.text:
        texts = Said("The GET in the batch is not answered by 200.", "What works alone must work in a batch.")
        chart.fails(clients, "Batch", texts, Place(exchange.url, None, exchange.text[:160]))


def _sent(
    targets: Sequence[str], accept: str, headers: Mapping[str, str], clients: tuple[str, ...], chart: Chart
) -> Exchange | None:
    """The answer to a batch, with a token where the service gives one."""
    parts = (
        "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {target} HTTP/1.1\r\nAccept: {accept}\r\n\r\n\r\n"
        for target in targets
    )
    body = f"{''.join(parts)}--batch_1--\r\n".encode()
    sent = {**headers, "Content-Type": "multipart/mixed; boundary=batch_1", "Accept": "multipart/mixed"}
    exchange = chart.asked(clients, chart.url("$batch"), sent, "POST", body)
    if exchange is None or exchange.status != _FORBIDDEN:
        return exchange
    given = chart.asked(clients, chart.root, {"Accept": "application/json", _TOKEN: "Fetch"})
    token = given.first(_TOKEN) if given is not None else ""
    if given is None or not token:
        return exchange
    without = tuple(client for client in clients if client not in _FETCHING)
    texts = Said("$batch asks for a token.", "The client fetches none by itself, and sends no batches here.")
    chart.hinders(without, "Token", texts, chart.at(exchange))
    cookies = "; ".join(value.partition(";")[0] for value in given.all("Set-Cookie"))
    again = {**sent, _TOKEN: token, **({"Cookie": cookies} if cookies else {})}
    return chart.asked(clients, chart.url("$batch"), again, "POST", body)


def _is_read(exchange: Exchange, clients: tuple[str, ...], chart: Chart) -> bool:
    """Whether the answer is that of a batch; tells what is wrong with its outside."""
    if not 200 <= exchange.status < 300:
        why = "Long URLs cannot be sent; OpenUI5 sends all in batches."
        chart.hinders(clients, "Batch", Said(f"$batch is answered by {exchange.status}.", why), chart.at(exchange))
        return False
    if exchange.media_type != "multipart/mixed" or "boundary" not in exchange.first("Content-Type"):
        texts = Said("The answer to a multipart batch is no multipart with a boundary.", "Clients look for its parts.")
        chart.fails(clients, "Batch", texts, chart.header(exchange, "Content-Type"))
        return False
    if _PART not in exchange.text:
        is_there = _PART.lower() in exchange.text.lower()
        why = "The client compares this header by its letters." if is_there else "Clients look for such parts."
        texts = Said(f"No part of the batch says '{_PART}'.", why)
        chart.fails(("@odata/client",) if is_there else clients, "Batch", texts, chart.at(exchange))
    return True
