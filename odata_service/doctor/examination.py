"""The whole examination of a service: what it speaks, then each client in turn. Nothing is changed at the service."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import orjson

from odata_service.definition.safe_xml import parse_document
from odata_service.doctor.batches import check_batch
from odata_service.doctor.chart import Chart
from odata_service.doctor.findings import Place, Report, Said
from odata_service.doctor.first_steps import check_first_steps
from odata_service.doctor.folding import check_folding
from odata_service.doctor.model import local
from odata_service.doctor.power_query import (
    CLIENTS,
    OPEN,
    check_names,
    check_opening,
    check_page,
    check_previews,
    read_metadata,
)
from odata_service.doctor.version_2 import check_version_2
from odata_service.doctor.wire import Access, Exchange, Silent, absolute, wire_to

_EVERY = ("every client",)
_REDIRECTS = range(300, 400)
_MOST_REDIRECTS = 3


def examine(url: str, access: Access | None = None) -> Report:
    """What clients would stumble over at a service; `ValueError` for what is no URL of one."""
    wire = wire_to(url, access or Access())
    report = Report(wire.shown(url))
    asked, url = url, _service_of(url)
    chart = Chart(wire, report, _with_slash(url))
    if url != asked:
        texts = Said(f"This is the URL of $metadata; '{url}' is examined.", "Clients are given the service root.")
        chart.note(CLIENTS, "MetadataUrl", texts, Place(asked))
    try:
        _examine(url, chart)
    except Silent as error:
        texts = Said(f"The service no longer answers. {error}", "The rest was not looked at.")
        chart.fails(_EVERY, "NoAnswer", texts, Place(url))
    report.requests = len(wire.exchanges)
    return report


def _examine(url: str, chart: Chart) -> None:
    opening = _opened(url, chart)
    if opening is None or _is_refused(opening, chart):
        return
    document = _document(opening)
    if not _is_version_4(opening, document, chart):
        chart.report.version = "3.0" if opening.version("DataServiceVersion") == "3.0" else "2.0"
        chart.metadata_url = chart.url("$metadata")
        check_version_2(chart)
        return
    chart.report.version = opening.version()
    check_opening(opening, document, chart)
    if not read_metadata(chart):
        return
    chart.report.version = chart.report.version or "4"
    fragment = str(document.get("@odata.context", "")).partition("#")[2]
    if fragment in chart.model.sets:
        check_page(opening, chart.model.sets[fragment], chart, most=1_000_000)
    elif not fragment and "value" in document:
        check_names(opening, document, chart)
        for wrong in chart.payload().everything(document):
            chart.wrong(wrong, opening)
    _check_slashes(chart)
    check_previews(chart)
    check_folding(chart)
    check_batch(chart)
    check_first_steps(chart)


def _opened(url: str, chart: Chart) -> Exchange | None:
    """The first answer; redirects on the same host are followed, as clients do with a GET, and told."""
    for _ in range(_MOST_REDIRECTS):
        opening = chart.asked(CLIENTS, url, OPEN)
        if opening is None or opening.status not in _REDIRECTS:
            return opening
        target = absolute(opening.url, opening.first("Location"))
        if not opening.all("Location") or not chart.wire.is_own(target):
            return opening
        texts = Said(
            f"The URL is redirected to '{target}'.",
            "Clients follow each time anew, and what changes something is not sent again.",
            "Give that URL to users.",
        )
        chart.hinders(_EVERY, "Redirect", texts, chart.header(opening, "Location"))
        url, chart.root = target, _with_slash(target)
    return opening


def _is_version_4(opening: Exchange, document: Mapping[str, object], chart: Chart) -> bool:
    """Whether a service is of version 4, as its first answer says, else its `$metadata`."""
    if "@odata.context" in document or opening.all("OData-Version"):
        return True
    if "d" in document or opening.all("DataServiceVersion"):
        return False
    metadata = chart.asked(_EVERY, chart.url("$metadata"), {"Accept": "*/*"})
    root = parse_document(metadata.body, metadata.url)[0] if metadata is not None else None
    return root is None or local(root) != "Edmx" or str(root.get("Version", "")).startswith("4")


def _is_refused(opening: Exchange, chart: Chart) -> bool:
    """Whether there is nothing to examine: the first answer is a redirect, a refusal, or a failure."""
    if opening.status in _REDIRECTS:
        target = absolute(opening.url, opening.first("Location"))
        where = "without end" if chart.wire.is_own(target) else "to another host"
        texts = Said(
            f"The URL is redirected {where}: '{target}'.",
            "Clients lose their credentials on the way, or do not follow.",
            "Examine that URL, and give it to users.",
        )
        chart.fails(_EVERY, "Redirect", texts, chart.header(opening, "Location"))
        return True
    if opening.status in {401, 403}:
        _check_challenge(opening, chart)
        return True
    if opening.status != 200:
        why = "The reader says: The given URL neither points to an OData service or a feed."
        chart.fails(CLIENTS, "Opening", Said(f"The URL is answered by {opening.status}.", why), chart.at(opening))
        return True
    return False


def _check_challenge(opening: Exchange, chart: Chart) -> None:
    challenge = opening.first("WWW-Authenticate")
    if opening.status == 401 and challenge:
        texts = Said(
            f"The service asks who is there: {challenge}.",
            "Nothing else can be looked at.",
            "Give --basic, --bearer or --api-key.",
        )
        chart.fails(_EVERY, "Credentials", texts, chart.header(opening, "WWW-Authenticate"))
        return
    why = "The reader says: this credential type isn't supported for this resource."
    texts = Said(f"{opening.status} comes without WWW-Authenticate.", why, "Answer 401 with a challenge.")
    chart.fails(CLIENTS, "Challenge", texts, chart.header(opening, "WWW-Authenticate"))


def _check_slashes(chart: Chart) -> None:
    """The service root is typed with a slash and without one."""
    bare = chart.root.rstrip("/")
    if not urlsplit(bare).path:
        return
    exchange = chart.asked(CLIENTS, bare, OPEN)
    if exchange is not None and exchange.status != 200:
        texts = Said(f"The service root without its last slash is answered by {exchange.status}.", "Users type it so.")
        chart.hinders(CLIENTS, "Slash", texts, chart.at(exchange))


def _document(exchange: Exchange) -> Mapping[str, object]:
    try:
        found = orjson.loads(exchange.body)
    except orjson.JSONDecodeError:
        return {}  # told by the check of the answer
    return found if isinstance(found, dict) else {}


def _service_of(url: str) -> str:
    """The URL of a service, also where that of its `$metadata` is given."""
    parts = urlsplit(url)
    if not parts.path.endswith("/$metadata"):
        return url
    return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix("$metadata"), "", ""))


def _with_slash(url: str) -> str:
    """The URL as the root that relative ones are seen from, until a context says where that is."""
    parts = urlsplit(url)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
