"""The first requests of other clients of version 4, and what each needs of the answers: a table."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import quote

import orjson
from msgspec import Struct

from odata_service.definition.safe_xml import parse_document
from odata_service.doctor.chart import JSON, Chart
from odata_service.doctor.findings import Said, Severity
from odata_service.doctor.power_query import OPEN
from odata_service.doctor.wire import Exchange

Judgement = Callable[[Exchange, Chart], Said | None]
"""What is wrong with an answer: the message, why, and what to do instead; None where nothing is."""


class FirstStep(Struct, frozen=True):
    """A request of a client; `{set}` stands for a table that has rows, `{text}` for a property of it that is text.

    `{key}` is the key of its first row as a segment, `{literal}` the same as a literal, `{named}` the property's name.
    """

    clients: tuple[str, ...]
    url: str
    headers: Mapping[str, str]
    judge: Judgement
    severity: Severity = Severity.FAILS
    method: str = "GET"


def check_first_steps(chart: Chart) -> None:
    """Tries the table on the set that had most rows to show."""
    name = max(chart.readable_sets(), key=lambda found: len(chart.rows[found]), default="")
    values = {"set": quote(name), "text": _text_property(name, chart), **_key_of(name, chart)}
    for step in _STEPS:
        if any("{" + field + "}" in step.url and not value for field, value in values.items()):
            continue
        url = chart.url(step.url.format(**values)) if step.url else chart.root
        exchange = chart.asked(step.clients, url, step.headers, step.method)
        texts = step.judge(exchange, chart) if exchange is not None else None
        if exchange is not None and texts is not None:
            chart.tell(step.severity, step.clients, "FirstStep", texts, chart.at(exchange))


def _text_property(name: str, chart: Chart) -> str:
    members = chart.model.members(chart.model.sets[name].type) if name else {}
    return next((part.name for part in members.values() if part.type == "Edm.String"), "")


def _key_of(name: str, chart: Chart) -> dict[str, str]:
    """The key of the first row in the spellings of clients, where it is one plain value."""
    type_name = chart.model.sets[name].type if name else ""
    keys = chart.model.key(type_name) if name else ()
    value = chart.rows[name][0].get(keys[0]) if len(keys) == 1 else None
    if not isinstance(value, str | int) or isinstance(value, bool):
        return {"key": "", "literal": "", "named": ""}
    is_text = chart.model.members(type_name)[keys[0]].type == "Edm.String"
    quoted = "'" + str(value).replace("'", "''") + "'"
    return {
        "key": quote(str(value), safe=""),
        "literal": quote(quoted if is_text else str(value), safe=""),
        "named": quote(keys[0]),
    }


def _ok(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.status == 200:
        return None
    return Said(f"{exchange.method} is answered by {exchange.status}.", "The client takes 200 alone.")


def _no_fault(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.status < 500:
        return None
    return Said(f"{exchange.method} is answered by {exchange.status}.", "The client takes any answer but a failure.")


def _json(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.status != 200:
        return _ok(exchange, chart)
    if exchange.media_type == JSON:
        return None
    found = f"The answer is of type '{exchange.media_type}'."
    return Said(found, "The client reads JSON.", "Answer application/json where Accept takes it.")


def _row(exchange: Exchange, chart: Chart) -> Said | None:
    """The one row that a condition on the key finds."""
    rows = _rows(exchange)
    if exchange.status == 200 and len(rows) == 1:
        return None
    found = f"answered by {exchange.status} with {len(rows)} rows"
    return Said(f"A condition on the key is {found}.", "The client reads an entity so, and takes the first row.")


def _all_rows(exchange: Exchange, chart: Chart) -> Said | None:
    """The first 500 rows, behind which the client asks for 500 more, unless there were fewer at last."""
    texts, rows = _json(exchange, chart), _rows(exchange)
    if texts is not None or len(rows) >= _STEP:
        return texts
    counted = chart.asked(_SUPERSET, f"{exchange.url.partition('?')[0]}/$count", {"Accept": "*/*"})
    total = counted.number if counted is not None and counted.status == 200 else None
    is_paged = b"@odata.nextLink" in exchange.body
    if total is None or total <= (_STEP if is_paged else len(rows)):
        return None
    found = f"Of {_STEP} rows that are asked for {len(rows)} come, and there are {total}."
    return Said(
        found, "The client takes a page of fewer rows for the last, and reads no more.", "Answer them in one page."
    )


def _rows(exchange: Exchange) -> list[object]:
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(exchange.body)
        rows = found.get("value") if isinstance(found, dict) else None
        return rows if isinstance(rows, list) else []
    return []


def _counted(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.status == 200 and b"@odata.count" in exchange.body:
        return None
    if exchange.status != 200:
        return _ok(exchange, chart)
    return Said("The answer has no @odata.count.", "The client shows pages by it, also with $top=0.")


def _version_4(exchange: Exchange, chart: Chart) -> Said | None:
    root = parse_document(exchange.body, exchange.url)[0]
    stated = root.get("Version") if root is not None else None
    if exchange.status == 200 and stated == "4.0":
        return None
    why = "The client sends no version with this request, and reads 4.0 alone."
    found = f"$metadata is answered by {exchange.status}, with Version {stated}."
    return Said(found, why, "Answer 4.0 unless asked for 4.01.")


def _not_newer(exchange: Exchange, chart: Chart) -> Said | None:
    version = exchange.first("OData-Version")
    if version in {"", "4.0"} and not exchange.all("DataServiceVersion"):
        return None
    return Said(
        f"OData-Version is '{version}'.",
        "The client compares it with 4.0 by its letters, and throws for anything else, and for V2's header.",
    )


def _says_version(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.all("OData-Version"):
        return None
    why = "In the group $direct, without batches, the client throws where an answer does not say it."
    return Said("OData-Version is absent.", why, "Send OData-Version: 4.0 with every answer.")


def _number(exchange: Exchange, chart: Chart) -> Said | None:
    if exchange.status != 200:
        return _ok(exchange, chart)
    if exchange.number is not None:
        return None
    return Said("/$count is no bare number.", "The client parses the body as a number.")


def _told(exchange: Exchange, chart: Chart) -> Said | None:
    """A refusal that says what is wrong."""
    if exchange.status < 400:
        why = "The user takes the answer for a filtered one, and is not told of his mistake."
        return Said("A property that is not there is not refused.", why)
    if exchange.status >= 500 or b'"message"' not in exchange.body or b'"error"' not in exchange.body:
        why = "Clients show error.message to their users."
        return Said(f"A wrong request is answered by {exchange.status} without error.message.", why)
    return None


_VERBOSE = "application/json;odata=verbose,text/plain, */*; q=0.01"
_FETCH = {"Accept": JSON, "X-CSRF-Token": "Fetch"}
_MAX = {
    "Accept": "application/json;odata.metadata=minimal;IEEE754Compatible=true",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
}
_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
_V3 = {"Accept": "application/json;odata=minimalmetadata", "MaxDataServiceVersion": "3.0"}

_STEP = 500
_SUPERSET = ("sqlalchemy-odata", "Superset")
_IN_JSON = {"Accept": JSON, "Content-Type": JSON}
_PYTHON = {"Accept": JSON, "OData-Version": "4.0"}
_NEWEST = {"Accept": JSON, "OData-Version": "4.01", "OData-MaxVersion": "4.01"}
_CALLED = "{set}?$filter=startsWith({text},%27x%27)&$top=1"
_PLUS = "{set}?%24count=true&%24top=3&%24filter=tolower%28{text}%29+eq+%27x%27"

_STEPS = (
    FirstStep(("OpenUI5", "SAP Cloud SDK"), "$metadata", {"Accept": "*/*", "Accept-Language": "*"}, _version_4),
    FirstStep(("OpenUI5",), "{set}?$count=true&$skip=0&$top=100", _MAX, _counted),
    FirstStep(("OpenUI5",), "{set}?$skip=0&$top=1", _MAX, _not_newer),
    FirstStep(("OpenUI5",), "{set}?$skip=0&$top=1", _MAX, _says_version, Severity.HINDERS),
    FirstStep(_SUPERSET, "$metadata", {"Accept": "application/xml"}, _ok),
    FirstStep(_SUPERSET, "{set}?%24top=500&%24skip=0", {"Accept": JSON}, _all_rows),
    FirstStep(("python-odata",), "{set}?%24filter=%28{named}%20eq%20{literal}%29", _PYTHON, _row),
    FirstStep(("python-odata", "SAP Cloud SDK"), "{set}/$count", _IN_JSON, _number, Severity.HINDERS),
    FirstStep(("SAP Cloud SDK",), "{set}({named}={literal})", _IN_JSON, _ok),
    FirstStep(("odatapy",), "{set}?$top=1", _NEWEST, _json, Severity.HINDERS),
    FirstStep(("odata2ts",), "{set}?%24count=true&%24top=1", _IN_JSON, _counted),
    FirstStep(("devextreme",), "{set}?%24top=0&%24count=true", {"Accept": _VERBOSE}, _counted),
    FirstStep(("Graph clients",), "{set}/$count", {"Accept": "*/*"}, _number),
    FirstStep(("Graph clients",), "{set}/{key}", {"Accept": "*/*", "ConsistencyLevel": "eventual"}, _ok, Severity.NOTE),
    FirstStep(("ag-grid",), _PLUS, {"Accept": "*/*"}, _ok, Severity.HINDERS),
    FirstStep(("ts-odata-client",), _CALLED, {"Accept": "*/*"}, _ok, Severity.HINDERS),
    FirstStep(("SAP Cloud SDK",), "{set}/", _FETCH, _no_fault, method="HEAD"),
    FirstStep(("curl",), "{set}?$top=1", {"Accept": "*/*"}, _no_fault, method="HEAD"),
    FirstStep(("browsers",), "{set}?$top=1", _BROWSER, _ok, Severity.HINDERS),
    FirstStep(("Excel", "every client"), "{set}?$filter=nothing_of_this_name%20eq%201", OPEN, _told, Severity.HINDERS),
    FirstStep(("Excel",), "", _V3, _no_fault),
    FirstStep(("Power BI",), "", {**OPEN, "Authorization": "Bearer"}, _no_fault),
)
