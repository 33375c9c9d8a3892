"""What Power Query does with a service of version 4: Excel, Power BI and dataflows begin so.

It reads the URL as typed, `$metadata` by the context, then previews of tables; each further step of the user becomes a
longer URL.
"""

from collections.abc import Mapping
from itertools import islice

from odata_service.definition.safe_xml import Element, line_of, parse_document
from odata_service.doctor.chart import JSON, Chart
from odata_service.doctor.findings import Place, Said
from odata_service.doctor.grammar import EDMX
from odata_service.doctor.model import Member, read_model
from odata_service.doctor.rules import faults_of
from odata_service.doctor.standard import broken_rules
from odata_service.doctor.wire import Exchange, Unreachable, absolute

CLIENTS = ("Excel", "Power Query")
OPEN = {
    "Accept": (
        "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
        "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
    ),
    "OData-MaxVersion": "4.0",
    "MaxDataServiceVersion": "3.0",
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
}
_OTHERS = ("every client",)
_XML = {"application/xml", "text/xml"}
_FORMAT_PARAMETERS = {"odata.metadata", "odata.streaming", "ieee754compatible", "charset"}
_MOST_SETS = 50
_PREVIEW = 20


def check_opening(exchange: Exchange, document: Mapping[str, object], chart: Chart) -> None:
    """What is wrong with the first answer, whatever it is of; sets the service root and the URL of `$metadata`."""
    versions = exchange.all("OData-Version")
    if len(versions) != 1 or exchange.version() != "4.0":
        why = "The reader asks for at most 4.0, and takes an answer with exactly one OData-Version."
        texts = Said(f"OData-Version is {', '.join(versions) or 'absent'}.", why, "Send OData-Version: 4.0 once.")
        chart.fails(CLIENTS, "ODataVersion", texts, chart.header(exchange, "OData-Version"))
    check_content_type(exchange, chart)
    context = document.get("@odata.context")
    base, is_part, _ = context.partition("#") if isinstance(context, str) else ("", "", "")
    url = absolute(exchange.url if is_part else chart.root, base)
    if not isinstance(context, str):
        why = "The reader says: The given URL neither points to an OData service or a feed."
        texts = Said("The answer has no @odata.context.", why, "Begin each answer with an absolute context URL.")
        chart.fails(CLIENTS, "ContextUrl", texts, chart.at(exchange))
        url = absolute(chart.root, "$metadata")
    elif "://" not in base and base:
        why = "The reader says: Invalid URI: The hostname could not be parsed."
        texts = Said("The context URL is relative.", why, "Write it absolute.")
        chart.fails(CLIENTS, "ContextUrl", texts, chart.member(exchange, "@odata.context"))
    if not chart.wire.is_own(url):
        why = "Clients read $metadata where the context leads; behind a proxy that must be the outer address."
        texts = Said(
            f"The context URL leads to another host: '{base}'.", why, "Write the scheme and host that were asked."
        )
        chart.fails(CLIENTS, "ForeignHost", texts, chart.member(exchange, "@odata.context"))
        url = absolute(chart.root, "$metadata")
    chart.metadata_url = url
    chart.root = absolute(url, ".")


def check_content_type(exchange: Exchange, chart: Chart) -> None:
    """The media type of an answer, with parameters that 4.0 has alone."""
    stated = exchange.first("Content-Type")
    place = chart.header(exchange, "Content-Type")
    if exchange.media_type != JSON:
        why = "The reader says: A missing or empty content type header was found, or none of the types matches."
        texts = Said(
            f"The answer is of type '{stated or 'none'}'.", why, "Answer application/json;odata.metadata=minimal."
        )
        chart.fails(CLIENTS, "ContentType", texts, place)
        return
    names = [part.partition("=")[0].strip().lower() for part in stated.split(";")[1:]]
    if "odata.metadata" not in names:
        why = "Readers of 4.0 take JSON without it for verbose or plain JSON."
        texts = Said("Content-Type has no odata.metadata.", why, "Write application/json;odata.metadata=minimal.")
        chart.hinders(CLIENTS, "ContentType", texts, place)
    for name in names:
        if name and name not in _FORMAT_PARAMETERS:
            why = "Readers of 4.0 refuse a media type with a parameter that they do not know."
            chart.fails(CLIENTS, "ContentType", Said(f"4.0 has no parameter '{name}'.", why, "Leave it out."), place)


def read_metadata(chart: Chart) -> bool:
    """Reads `$metadata` and tells its faults; whether there is a model now."""
    exchange = chart.asked(CLIENTS, chart.metadata_url, OPEN)
    if exchange is None:
        return False
    if exchange.status == 200 and exchange.media_type not in _XML:
        why = "The reader says: None of the supported type(s) 'application/xml' matches the content type."
        hint = "Answer it as application/xml: 4.0 knows no other form of it."
        texts = Said(f"$metadata is of type '{exchange.first('Content-Type')}'.", why, hint)
        chart.fails(CLIENTS, "MetadataType", texts, chart.header(exchange, "Content-Type"))
        other = chart.asked(_OTHERS, chart.metadata_url, {"Accept": "application/xml"})
        exchange = other if other is not None and other.status == 200 else exchange
    if exchange.status != 200:
        texts = Said(f"$metadata is answered by {exchange.status}.", "Without a model there are no tables.")
        chart.fails(CLIENTS, "Metadata", texts, chart.at(exchange))
        return False
    root, problems = parse_document(exchange.body, chart.metadata_url)
    chart.metadata = exchange.text
    for problem in problems:
        place = Place(exchange.url, problem.origin.line, _line(chart, problem.origin.line))
        chart.fails(CLIENTS, "NotXml", Said(problem.message, "Without a model there are no tables."), place)
    if root is None:
        return False
    if root.tag != f"{{{EDMX}}}Edmx" or root.get("Version") != "4.0":
        why = "The reader asks for 4.0; OpenUI5 and the generator of the SAP Cloud SDK refuse what else there is."
        texts = Said(
            f"The root is {root.tag} of version {root.get('Version')}.",
            why,
            f'Write <edmx:Edmx xmlns:edmx="{EDMX}" Version="4.0">.',
        )
        chart.fails((*CLIENTS, "OpenUI5", "SAP Cloud SDK"), "EdmxVersion", texts, chart.element(root))
    chart.model = read_model(root)
    _check_rules(root, exchange, chart)
    chart.report.entity_sets = len(chart.model.sets)
    return bool(chart.model.sets or chart.model.singletons)


def _check_rules(root: Element, exchange: Exchange, chart: Chart) -> None:
    """What readers are known to refuse, then what breaks the standard in other lines."""
    told = set()
    for fault in faults_of(root, chart.model):
        told.add(line_of(fault.place))
        texts = Said(fault.message, fault.why, fault.hint)
        chart.tell(fault.severity, fault.clients, fault.code, texts, chart.element(fault.place))
    for problem in broken_rules(root, exchange.body):
        line = problem.origin.line
        if line not in told or line == 1:
            why = "The standard rules it out: strict readers refuse it, others differ in what they make of it."
            tell = chart.hinders if problem.severity == "error" else chart.note
            tell(("strict readers",), "Csdl", Said(problem.message, why), Place(exchange.url, line, _line(chart, line)))


def _line(chart: Chart, line: int) -> str:
    lines = chart.metadata.splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""


def check_names(exchange: Exchange, document: Mapping[str, object], chart: Chart) -> None:
    """Entity sets of the service document that the model does not have, and the reverse."""
    listed = document.get("value")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    sets = {str(entry.get("name")) for entry in entries if entry.get("kind", "EntitySet") == "EntitySet"}
    for name in sorted(sets - set(chart.model.sets)):
        texts = Said(f"'{name}' is listed, and $metadata has no such entity set.", "Such a table cannot be opened.")
        chart.fails(CLIENTS, "UnknownEntitySet", texts, chart.at(exchange, f'"{name}"'))
    for name, member in chart.model.sets.items():
        if name not in sets and member.element.get("IncludeInServiceDocument") != "false":
            texts = Said(
                f"Entity set '{name}' is not listed in the service document.", "The navigator may not show it."
            )
            chart.hinders(CLIENTS, "UnlistedEntitySet", texts, chart.element(member.element))
    for entry in entries:
        url = absolute(chart.root, str(entry.get("url", "")))
        if not chart.wire.is_own(url):
            texts = Said(f"The URL '{entry.get('url')}' leads to another host.", "Clients would ask somebody else.")
            chart.fails(CLIENTS, "ForeignHost", texts, chart.at(exchange, str(entry.get("url"))))


def check_previews(chart: Chart) -> None:
    """The first rows of each entity set, as the navigator shows them."""
    for name, member in islice(chart.model.sets.items(), _MOST_SETS):
        exchange = chart.asked(CLIENTS, chart.url(f"{name}?$top={_PREVIEW}"), OPEN)
        if exchange is not None:
            chart.rows[name] = check_page(exchange, member, chart)
    left = len(chart.model.sets) - _MOST_SETS
    if left > 0:
        texts = Said(f"{left} entity sets were not looked at.", f"The first {_MOST_SETS} stand for all.")
        chart.note(CLIENTS, "NotLookedAt", texts, Place(chart.root))


def check_page(exchange: Exchange, member: Member, chart: Chart, most: int = _PREVIEW) -> list[Mapping[str, object]]:
    """What is wrong with a page of entities; the entities in it."""
    if exchange.status != 200:
        if exchange.status in {401, 403, 404, 405}:
            texts = Said(f"'{member.name}' is answered by {exchange.status}.", "This table cannot be shown.")
            chart.hinders(CLIENTS, "Unreadable", texts, chart.at(exchange))
        else:
            texts = Said(
                f"A preview of '{member.name}' is answered by {exchange.status}.", "This table cannot be shown."
            )
            chart.fails(CLIENTS, "Preview", texts, chart.at(exchange))
        return []
    check_content_type(exchange, chart)
    document = chart.json_of(exchange, CLIENTS)
    if document is None:
        return []
    if "@odata.context" not in document:
        texts = Said("The page has no @odata.context.", "The reader does not know what it is.")
        chart.fails(CLIENTS, "ContextUrl", texts, chart.at(exchange))
    found = document.get("value")
    if not isinstance(found, list):
        texts = Said("The page has no array 'value'.", "The reader takes the entities from it.")
        chart.fails(CLIENTS, "NoValue", texts, chart.at(exchange))
        return []
    if len(found) > most:
        why = "What is cut off by $top must not come: the reader shows and counts it."
        chart.fails(CLIENTS, "WrongTop", Said(f"$top={most} gave {len(found)} entities.", why), Place(exchange.url))
    payload = chart.payload()
    for wrong in (*payload.everything(document), *payload.entities(found, member.type)):
        chart.wrong(wrong, exchange)
    check_next_link(exchange, document, chart)
    return [entity for entity in found if isinstance(entity, dict)]


def check_next_link(exchange: Exchange, document: Mapping[str, object], chart: Chart) -> None:
    """A next link is absolute, of the same host, without the key of the caller, and can be followed."""
    link = document.get("@odata.nextLink")
    if link is None:
        return
    place = chart.member(exchange, "@odata.nextLink")
    if not isinstance(link, str) or "://" not in link:
        why = "The reader says: Invalid URI: The hostname could not be parsed."
        chart.fails((*CLIENTS, "Graph clients"), "NextLink", Said(f"The next link '{link}' is relative.", why), place)
        link = absolute(exchange.url, str(link))
    if not chart.wire.is_own(link):
        why = "Clients follow it there, with their credentials."
        chart.fails(CLIENTS, "ForeignHost", Said(f"The next link leads to another host: '{link}'.", why), place)
        return
    if any(secret in link for secret in chart.wire.access.secrets()):
        why = "Next links are kept in files and logs."
        chart.fails(CLIENTS, "KeyInLink", Said("The next link holds the key of the caller.", why), place)
    try:
        following = chart.wire.get(link, OPEN)
    except Unreachable as error:
        chart.fails(CLIENTS, "NextLink", Said(f"The next link has no answer. {error}", "Rows would be missing."), place)
        return
    if following.status != 200:
        texts = Said(f"The next link is answered by {following.status}.", "Loading ends with an error.")
        chart.fails(CLIENTS, "NextLink", texts, chart.at(following))
    elif following.body == exchange.body:
        texts = Said("The next link gives the same page again.", "Loading never ends.")
        chart.fails(CLIENTS, "NextLink", texts, place)
