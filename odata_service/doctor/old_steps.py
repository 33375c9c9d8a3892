"""What clients of OData V2 ask of a table behind its first page: an entity, a count, filters, order, one batch."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from odata_service.definition.safe_xml import Element
from odata_service.doctor.batches import check_old_batch
from odata_service.doctor.chart import JSON, REFUSED, Chart
from odata_service.doctor.counts import Counting, check_count
from odata_service.doctor.findings import Said
from odata_service.doctor.model import local
from odata_service.doctor.wire import absolute

ASKING = {"Accept": JSON, "MaxDataServiceVersion": "2.0", "DataServiceVersion": "2.0"}
_CLIENTS = ("pyodata", "OpenUI5 V2", "SAP Cloud SDK")
_NUMBER = {"Accept": "text/plain, */*;q=0.5", "MaxDataServiceVersion": "2.0"}
_ENCODING = ("pyodata",)
_COUNTING = Counting(
    _CLIENTS,
    _NUMBER,
    "entities",
    "Lists do not know their length.",
    Said("/$count is no bare number.", "Clients parse the body as a number.", "Answer it as text/plain."),
)
_NEEDED = frozenset({"skip rows"})


def check_steps(types: Mapping[str, Element], sets: Mapping[str, str], chart: Chart) -> None:
    """Tries every step on the first table that has rows."""
    name = next(iter(chart.readable_sets()), None)
    if name is None:
        return
    declared = types.get(sets[name])
    for step, query in _steps(list(declared) if declared is not None else []):
        exchange = chart.asked(_CLIENTS, chart.url(f"{name}?{query}"), ASKING)
        if exchange is not None and exchange.status != 200:
            texts = Said(f"To {step} is answered by {exchange.status}.", "The list of the client stays empty.")
            tell = chart.fails if step in _NEEDED or exchange.status not in REFUSED else chart.hinders
            tell(_CLIENTS, "Step", texts, chart.at(exchange))
    _check_entity(name, chart)
    check_count(name, _COUNTING, chart)
    check_old_batch(name, ASKING, _CLIENTS, chart)


def _steps(parts: list[Element]) -> Iterator[tuple[str, str]]:
    """What a user does, and the query that it becomes."""
    properties = [part for part in parts if local(part) == "Property"]
    text = next((part.get("Name", "") for part in properties if part.get("Type") == "Edm.String"), "")
    first = next((part.get("Name", "") for part in properties if part.get("Type", "").startswith("Edm.")), "")
    navigation = next((part.get("Name", "") for part in parts if local(part) == "NavigationProperty"), "")
    yield "skip rows", "$skip=1&$top=1"
    if first:
        yield "sort", f"$orderby={quote(first)}%20desc&$top=1"
        yield "choose columns", f"$select={quote(first)}&$top=1"
    if text:
        yield "filter by a text", f"$filter={quote(text)}%20eq%20%27x%27&$top=1"
        yield "filter by a part of a text", f"$filter=substringof(%27x%27,{quote(text)})&$top=1"
    if navigation:
        yield "expand a navigation property", f"$expand={quote(navigation)}&$top=1"


def _check_entity(name: str, chart: Chart) -> None:
    """The entity at the URL that its row gives."""
    about = chart.rows[name][0].get("__metadata")
    uri = about.get("uri") if isinstance(about, dict) else None
    url = absolute(chart.root, uri) if isinstance(uri, str) else ""
    if not url:
        return
    if not chart.wire.is_own(url):
        texts = Said(f"__metadata.uri leads to another host: '{uri}'.", "Clients ask for the entity there.")
        chart.fails(("OpenUI5 V2",), "ForeignHost", texts, chart.at(chart.wire.exchanges[-1]))
        return
    exchange = chart.asked(_CLIENTS, url, ASKING)
    if exchange is None:
        return
    if exchange.status != 200:
        texts = Said(f"An entity at its __metadata.uri is answered by {exchange.status}.", "It cannot be opened.")
        chart.fails(_CLIENTS, "Key", texts, chart.at(exchange))
        return
    encoded = chart.asked(_ENCODING, url.replace("(", "%28").replace(")", "%29"), ASKING)
    if encoded is not None and encoded.status != 200:
        texts = Said(
            f"An entity is answered by {encoded.status} where its parentheses are percent-encoded.",
            "The client encodes them.",
            "Decode the path before it is looked at.",
        )
        chart.fails(_ENCODING, "Key", texts, chart.at(encoded))
