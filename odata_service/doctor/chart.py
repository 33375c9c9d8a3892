"""What is known of a service while it is examined, and how findings get into the report."""

from collections.abc import Mapping, Sequence

import orjson
from msgspec import Struct, field

from odata_service.definition.safe_xml import Element
from odata_service.doctor.findings import Finding, Place, Report, Said, Severity
from odata_service.doctor.model import Model
from odata_service.doctor.payload import Payload, Wrong
from odata_service.doctor.places import line_around, line_of_element, offset_of
from odata_service.doctor.wire import Exchange, Unreachable, Wire, absolute

JSON = "application/json"
SLOW_MILLISECONDS = 10_000
REFUSED = frozenset({400, 404, 405, 501})
"""By these a service says that it does not have what was asked for."""
_MOST_TEXT = 1_000_000


class Chart(Struct):
    """The service root with its slash, `$metadata` with its URL and text, the model, and the first rows of each set."""

    wire: Wire
    report: Report
    root: str
    metadata_url: str = ""
    metadata: str = ""
    model: Model = field(default_factory=Model)
    rows: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)

    def tell(self, severity: Severity, clients: Sequence[str], code: str, texts: Said, place: Place) -> None:
        """Adds a finding."""
        message, why, hint = map(self.wire.shown, texts)
        shown = Place(self.wire.shown(place.url), place.line, self.wire.shown(place.text), self.wire.shown(place.path))
        if self.report.takes(clients, code, message, shown):
            self.report.findings.append(Finding(severity, tuple(clients), code, message, why, shown, hint))

    def fails(self, clients: Sequence[str], code: str, texts: Said, place: Place) -> None:
        """A client would fail."""
        self.tell(Severity.FAILS, clients, code, texts, place)

    def hinders(self, clients: Sequence[str], code: str, texts: Said, place: Place) -> None:
        """A client would be slow, or lack something."""
        self.tell(Severity.HINDERS, clients, code, texts, place)

    def note(self, clients: Sequence[str], code: str, texts: Said, place: Place) -> None:
        """Something to know."""
        self.tell(Severity.NOTE, clients, code, texts, place)

    def asked(
        self,
        clients: Sequence[str],
        url: str,
        headers: Mapping[str, str],
        method: str = "GET",
        body: bytes | None = None,
    ) -> Exchange | None:
        """The answer to a request, or None where there is none, which is told."""
        try:
            found = self.wire.ask(method, url, headers, body)
        except Unreachable as error:
            texts = Said(f"{method} has no answer. {error}", "Nothing can be read.")
            self.fails(clients, "NoAnswer", texts, Place(url))
            return None
        if found.is_cut:
            why = "So much in one answer takes a client's memory and time."
            texts = Said("The answer is longer than this examination reads.", why, "Answer in pages, with next links.")
            self.hinders(clients, "TooLong", texts, self.at(found))
        elif found.milliseconds > SLOW_MILLISECONDS:
            texts = Said(f"The answer took {found.milliseconds / 1_000:.1f} s.", "Users wait for each step they take.")
            self.hinders(clients, "Slow", texts, self.at(found))
        return found

    def at(self, exchange: Exchange, needle: str = "") -> Place:
        """The place of a fault in an answer: the line that holds the needle, else the status and the beginning."""
        text = exchange.text[:_MOST_TEXT]
        found = text.find(needle) if needle else -1
        if found < 0:
            return Place(exchange.url, None, f"{exchange.status} {text[:120]}".strip())
        return Place(exchange.url, *line_around(text, found))

    def member(self, exchange: Exchange, path: str) -> Place:
        """The place of a member of an answer in JSON: where it is known that it is told, its line."""
        text = exchange.text[:_MOST_TEXT]
        found = offset_of(text, path)
        if found < 0:
            return Place(exchange.url, None, f"{exchange.status} {text[:120]}".strip(), path)
        return Place(exchange.url, *line_around(text, found), path)

    def element(self, element: Element) -> Place:
        """The place of an element of `$metadata`."""
        return Place(self.metadata_url, *line_of_element(self.metadata, element))

    def header(self, exchange: Exchange, name: str) -> Place:
        """The place of a header of an answer."""
        values = exchange.all(name)
        text = "; ".join(f"{name}: {value}" for value in values) or f"no {name}"
        return Place(exchange.url, None, text)

    def json_of(self, exchange: Exchange, clients: Sequence[str]) -> Mapping[str, object] | None:
        """The JSON object that an answer is, or None where it is none, which is told."""
        try:
            found = orjson.loads(exchange.body)
        except orjson.JSONDecodeError as error:
            texts = Said(f"The body is not JSON: {error}.", "It cannot be read.")
            self.fails(clients, "NoJson", texts, Place(exchange.url, error.lineno, exchange.text[:120]))
            return None
        if not isinstance(found, dict):
            texts = Said("The body is no JSON object.", "It cannot be read.")
            self.fails(clients, "NoJson", texts, self.at(exchange))
            return None
        return found

    def wrong(self, found: Wrong, exchange: Exchange) -> None:
        """Adds what is wrong with a payload, at its line, which is looked for where the finding is told alone."""
        place = Place(self.wire.shown(exchange.url), path=found.place)
        if self.report.takes(found.clients, found.code, self.wire.shown(found.message), place):
            texts = Said(found.message, found.why, found.hint)
            self.tell(found.severity, found.clients, found.code, texts, self.member(exchange, found.place))

    def payload(self) -> Payload:
        """What payloads are compared with."""
        return Payload(self.model, self.metadata_url)

    def url(self, relative: str) -> str:
        """A URL below the service root."""
        return absolute(self.root, relative)

    def readable_sets(self) -> list[str]:
        """The entity sets that had rows to show."""
        return [name for name, rows in self.rows.items() if rows]
