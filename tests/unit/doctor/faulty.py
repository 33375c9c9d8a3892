"""A little service of version 4 that is in order, on a port of its own, and ways to spoil single answers."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

from odata_service.doctor import Access, Finding, Report, examine
from odata_service.doctor.findings import Place

METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
<edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml">
<edmx:Include Namespace="Org.OData.Capabilities.V1"/></edmx:Reference>
<edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="shop" Alias="self">
<EntityType Name="Product">
<Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false" MaxLength="10"/>
<Property Name="price" Type="Edm.Decimal" Precision="8" Scale="2"/>
<Property Name="since" Type="Edm.DateTimeOffset"/>
<Property Name="kind" Type="shop.Kind"/>
<NavigationProperty Name="maker" Type="shop.Maker" Nullable="true"/>
</EntityType>
<EntityType Name="Maker">
<Key><PropertyRef Name="number"/></Key>
<Property Name="number" Type="Edm.Int32" Nullable="false"/>
</EntityType>
<EnumType Name="Kind"><Member Name="small" Value="1"/></EnumType>
<EntityContainer Name="Container">
<EntitySet Name="Products" EntityType="self.Product">
<NavigationPropertyBinding Path="maker" Target="Makers"/></EntitySet>
<EntitySet Name="Makers" EntityType="shop.Maker"/>
<Annotation Term="Org.OData.Capabilities.V1.FilterFunctions">
<Collection><String>contains</String></Collection></Annotation>
</EntityContainer>
</Schema>
</edmx:DataServices>
</edmx:Edmx>
"""
PRODUCT = {"id": "a", "price": 1.5, "since": "2024-01-02T03:04:05Z", "kind": "small"}
PART = b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n"
BATCH = PART * 2 + b"--b--\r\n"
JSON_TYPE = "application/json;odata.metadata=minimal"


@dataclass
class Reply:
    """An answer; a spoiler changes it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    pauses: Iterator[bytes] | None = field(default=None)

    @property
    def json(self) -> dict[str, object]:
        """The body as an object."""
        found: dict[str, object] = json.loads(self.body)
        return found

    def with_json(self, document: object) -> None:
        """Sets the body."""
        self.body = json.dumps(document).encode()

    def set(self, name: str, value: str | None) -> None:
        """Sets a header, or takes it out."""
        self.headers = [(key, old) for key, old in self.headers if key != name]
        if value is not None:
            self.headers.append((name, value))


Spoiler = Callable[[str, Mapping[str, str], Reply], None]
"""Gets the path with the query, the headers of the request, and the answer that it may change."""

InOrder = Callable[[str, str, str], Reply]
"""The answer of a service in order, by method, path and service root."""


def healthy(method: str, target: str, base: str) -> Reply:
    """The answer of a service that is in order."""
    parts = urlsplit(target)
    options = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    path = unquote(parts.path).removeprefix("/svc").strip("/")
    headers = [("OData-Version", "4.0"), ("Content-Type", JSON_TYPE)]
    context = f"{base}$metadata"
    if path == "":
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in ("Products", "Makers")]
        return Reply(200, headers, json.dumps({"@odata.context": context, "value": sets}).encode())
    if path == "$metadata":
        return Reply(200, [("OData-Version", "4.0"), ("Content-Type", "application/xml")], METADATA.encode())
    if path == "$batch":
        return Reply(200, [("OData-Version", "4.0"), ("Content-Type", "multipart/mixed;boundary=b")], BATCH)
    if path.endswith("/$count"):
        return Reply(200, [("OData-Version", "4.0"), ("Content-Type", "text/plain")], b"1")
    if "nothing_of_this_name" in options.get("$filter", ""):
        return Reply(400, headers, b'{"error":{"code":"x","message":"No such property."}}')
    rows = [PRODUCT] if path == "Products" and options.get("$top") != "0" and options.get("$skip", "0") == "0" else []
    if path in {"Products", "Makers"}:
        page: dict[str, object] = {"@odata.context": f"{context}#{path}", "value": rows}
        if options.get("$count") == "true":
            page["@odata.count"] = 1
        return Reply(200, headers, json.dumps(page).encode())
    return Reply(200, headers, json.dumps({"@odata.context": f"{context}#Products/$entity", **PRODUCT}).encode())


class Handler(BaseHTTPRequestHandler):
    """Answers as the service in order does, spoilt by the server's `spoil`."""

    protocol_version = "HTTP/1.1"
    spoil: Spoiler | None = None
    in_order: InOrder

    def answer(self) -> None:
        """Answers one request."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.in_order(self.command, self.path, f"http://{self.headers['Host']}/svc/")
        if self.spoil is not None:
            self.spoil(self.path, {name.lower(): value for name, value in self.headers.items()}, reply)
        with suppress(OSError):  # a client that has seen enough
            self.send(reply)

    def send(self, reply: Reply) -> None:
        """Sends an answer, in its pauses where it has some."""
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.pauses is None and not any(name == "Content-Length" for name, _ in reply.headers):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.close_connection = True
        for piece in reply.pauses or ([] if self.command == "HEAD" else [reply.body]):
            self.wfile.write(piece)
            self.wfile.flush()

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving(spoil: Spoiler | None = None, in_order: InOrder = healthy) -> Iterator[str]:
    """The URL of the service; `spoil` changes its answers."""
    members = {"spoil": staticmethod(spoil) if spoil is not None else None, "in_order": staticmethod(in_order)}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Spoilt", (Handler,), members))
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/svc/"
    finally:
        server.shutdown()
        server.server_close()


def examined(spoil: Spoiler | None = None, access: Access | None = None, in_order: InOrder = healthy) -> Report:
    """The report on the service with its answers spoilt."""
    with serving(spoil, in_order) as url:
        return examine(url, access)


def found(report: Report, code: str) -> Finding[Place]:
    """The first finding of a kind."""
    return next(finding for finding in report.findings if finding.code == code)
