"""What clients of OData V2 do first: pyodata, OpenUI5's V2 model, Excel's reader of older versions.

(OData Version 2, JSON and Atom formats.)
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from odata_service.definition.safe_xml import Element, parse_document
from odata_service.doctor.chart import JSON, Chart
from odata_service.doctor.findings import Place, Said
from odata_service.doctor.model import local
from odata_service.doctor.old_payload import entities
from odata_service.doctor.old_steps import ASKING, check_steps
from odata_service.doctor.wire import Exchange

_PYODATA = ("pyodata",)
_EVERY = ("pyodata", "OpenUI5 V2", "odata2ts")
_EXCEL = ("Excel", "Power Query")
_ATOM = {
    "Accept": "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7",
    "MaxDataServiceVersion": "3.0",
}
_XML = {"application/xml", "text/xml", "application/atom+xml"}
_MOST_SETS = 20
_COUNTABLE = "{http://www.sap.com/Protocols/SAPData}countable"


def check_version_2(chart: Chart) -> None:
    """The sequence of a V2 client."""
    root = _metadata(chart)
    if root is None:
        return
    types = dict(_named(root, "EntityType"))
    declared = {part.get("Name", ""): part for part in root.iter() if local(part) == "EntitySet"}
    sets = {name: part.get("EntityType", "") for name, part in declared.items()}
    chart.report.entity_sets = len(sets)
    for fault, element, why in _unresolved(root, types):
        chart.fails((*_EVERY, *_EXCEL), "UnknownType", Said(fault, why), chart.element(element))
    for name, type_name in islice(sets.items(), _MOST_SETS):
        counts = declared[name].get(_COUNTABLE) != "false"
        chart.rows[name] = _page(name, type_name, types, chart, counts=counts)
    check_steps(types, sets, chart)
    _documents(chart)


def _metadata(chart: Chart) -> Element | None:
    exchange = chart.asked(_EVERY, chart.metadata_url, {"Accept": "*/*"})
    if exchange is None:
        return None
    if exchange.status != 200 or exchange.media_type not in _XML:
        texts = Said(
            f"$metadata is answered by {exchange.status} as '{exchange.media_type}'.",
            "pyodata takes 200 and XML.",
        )
        chart.fails(_PYODATA, "Metadata", texts, chart.header(exchange, "Content-Type"))
    chart.metadata = exchange.text
    root, problems = parse_document(exchange.body, chart.metadata_url)
    for problem in problems:
        place = Place(exchange.url, problem.origin.line)
        chart.fails(_EVERY, "NotXml", Said(problem.message, "Without a model nothing can be read."), place)
    if root is not None and root.get("Version") != "1.0":
        texts = Said(f"The root is {local(root)} of version {root.get('Version')}.", "V2's is Edmx of version 1.0.")
        chart.fails(_EVERY, "EdmxVersion", texts, chart.element(root))
    return root


def _named(root: Element, kind: str) -> Iterator[tuple[str, Element]]:
    for schema in root.iter():
        if local(schema) == "Schema":
            for part in schema:
                if local(part) == kind:
                    yield f"{schema.get('Namespace', '')}.{part.get('Name', '')}", part


def _unresolved(root: Element, types: Mapping[str, Element]) -> Iterator[tuple[str, Element, str]]:
    declared = {**dict(_named(root, "ComplexType")), **dict(_named(root, "EnumType"))}
    associations = dict(_named(root, "Association"))
    aliases = {part.get("Alias"): part.get("Namespace") for part in root.iter() if local(part) == "Schema"}

    def resolved(name: str) -> str:
        namespace, dot, last = name.rpartition(".")
        return f"{aliases.get(namespace) or namespace}{dot}{last}"

    for element in root.iter():
        kind = local(element)
        if kind == "EntitySet" and resolved(element.get("EntityType", "")) not in types:
            yield f"'{element.get('EntityType')}' is no entity type here.", element, "The set cannot be read."
        elif kind == "Property":
            name = element.get("Type", "").removeprefix("Collection(").removesuffix(")")
            if not name.startswith("Edm.") and resolved(name) not in declared:
                yield f"'{name}' is no type here.", element, "pyodata refuses the whole document."
        elif kind == "NavigationProperty" and resolved(element.get("Relationship", "")) not in associations:
            stated = element.get("Relationship")
            fault = f"'{stated}' is no association here." if stated else "The navigation property has no Relationship."
            yield fault, element, "The document is refused."


def _page(
    name: str, type_name: str, types: Mapping[str, Element], chart: Chart, *, counts: bool
) -> list[Mapping[str, object]]:
    """Tells what is wrong with the first page of a set; its entities."""
    option = "&$inlinecount=allpages" if counts else ""
    exchange = chart.asked(_EVERY, chart.url(f"{name}?$top=20{option}"), ASKING)
    if exchange is None:
        return []
    if exchange.status != 200:
        texts = Said(f"'{name}' is answered by {exchange.status}.", "This table cannot be read.")
        chart.hinders(_EVERY, "Unreadable", texts, chart.at(exchange))
        return []
    version = exchange.version("DataServiceVersion")
    if version not in {"1.0", "2.0"} or exchange.all("OData-Version"):
        texts = Said(f"DataServiceVersion is '{version}'.", "Clients of V2 take 1.0 and 2.0.")
        chart.hinders(_EVERY, "DataServiceVersion", texts, chart.header(exchange, "DataServiceVersion"))
    document = chart.json_of(exchange, _EVERY)
    told = document.get("d") if document is not None else None
    results = told.get("results") if isinstance(told, dict) else told
    if document is None:
        return []
    if not isinstance(results, list):
        texts = Said("The page has no d.results.", "Clients take the entities from it.")
        chart.fails(_EVERY, "NoResults", texts, chart.at(exchange))
        return []
    if isinstance(told, dict) and counts:
        _count(told.get("__count"), exchange, chart)
    for wrong in entities(results, type_name, types):
        chart.wrong(wrong, exchange)
    _following(told, exchange, chart)
    return [entity for entity in results if isinstance(entity, dict)]


def _count(stated: object, exchange: Exchange, chart: Chart) -> None:
    if isinstance(stated, str) and stated.isdecimal():
        return
    if isinstance(stated, int) and not isinstance(stated, bool):
        texts = Said("__count is a number, and no string of digits.", "Clients with types declare a string.")
        chart.hinders(("odata2ts", "SAP Cloud SDK"), "Count", texts, chart.member(exchange, "d/__count"))
        return
    texts = Said("__count is no string of digits.", "Clients parse it, and show pages by it.")
    chart.fails(_EVERY, "Count", texts, chart.member(exchange, "d/__count"))


def _following(told: object, exchange: Exchange, chart: Chart) -> None:
    link = told.get("__next") if isinstance(told, dict) else None
    if isinstance(link, str) and not chart.wire.is_own(link):
        texts = Said(f"__next leads elsewhere: '{link}'.", "pyodata takes next links of the same origin alone.")
        chart.fails(_PYODATA, "ForeignHost", texts, chart.member(exchange, "d/__next"))


def _documents(chart: Chart) -> None:
    """The service document as OpenUI5 and Excel ask for it, and a refusal."""
    head = chart.asked(("OpenUI5 V2",), chart.root, {"X-CSRF-Token": "Fetch", "Accept": JSON}, "HEAD")
    if head is not None and head.status != 200:
        texts = Said(f"HEAD of the service root is answered by {head.status}.", "The client asks it for a token first.")
        chart.hinders(("OpenUI5 V2",), "Head", texts, chart.at(head))
    atom = chart.asked(_EXCEL, chart.root, _ATOM)
    if atom is not None and (atom.status != 200 or parse_document(atom.body, atom.url)[0] is None):
        texts = Said(
            f"The Atom service document is answered by {atom.status} of type '{atom.media_type}'.",
            "Readers of V2 and V3 begin with it.",
        )
        chart.hinders((*_EXCEL, "Tableau", "Power Pivot"), "Atom", texts, chart.at(atom))
    refused = chart.asked(_EVERY, chart.url("NothingOfThisName"), ASKING)
    if refused is not None and (refused.status < 400 or refused.status >= 500 or b'"value"' not in refused.body):
        texts = Said(
            f"What is not there is answered by {refused.status} without error.message.value.", "Clients show it."
        )
        chart.hinders(_EVERY, "Error", texts, chart.at(refused))
