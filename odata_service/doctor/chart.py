"""What is known of a service while it is examined, and how findings get into the report."""

from collections.abc import Mapping, Sequence

import orjson
from msgspec import Struct, field

from odata_service.doctor.findings import Finding, Place, Report, Said, Severity
from odata_service.doctor.model import Model
from odata_service.doctor.payload import Payload, Wrong
from odata_service.doctor.wire import Exchange, Unreachable, Wire, absolute

JSON = "application/json"
SLOW_MILLISECONDS = 10_000


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
        self.report.add(Finding(severity, tuple(clients), code, message, why, shown, hint))

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

    def at(self, exchange: Exchange, needle: str = "", path: str = "") -> Place:
        """The place of a fault in an answer: the line that holds the needle, else the status or the beginning."""
        text = exchange.text[:1_000_000]
        found = text.find(needle) if needle else -1
        if found < 0:
            return Place(exchange.url, None, f"{exchange.status} {text[:120]}".strip(), path)
        start = max(text.rfind("\n", 0, found) + 1, found - 60)
        end = text.find("\n", found)
        return Place(
            exchange.url, text.count("\n", 0, found) + 1, text[start : end if end > 0 else len(text)][:160], path
        )

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
        """Adds what is wrong with a payload, at its line."""
        last = found.at.rpartition("/")[2]
        texts = Said(found.message, found.why, found.hint)
        needle = f'"{last}"' if not last.isdigit() else ""
        self.tell(found.severity, found.clients, found.code, texts, self.at(exchange, needle, found.at))

    def payload(self) -> Payload:
        """What payloads are compared with."""
        return Payload(self.model, self.metadata_url)

    def url(self, relative: str) -> str:
        """A URL below the service root."""
        return absolute(self.root, relative)

    def readable_sets(self) -> list[str]:
        """The entity sets that had rows to show."""
        return [name for name, rows in self.rows.items() if rows]
