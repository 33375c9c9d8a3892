"""Faults of a service of version 2."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from odata_service.doctor.findings import Severity
from tests.unit.doctor.faulty import BATCH, Reply, Spoiler, examined

METADATA = """<?xml version="1.0"?>
<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">
<edmx:DataServices><Schema xmlns="http://schemas.microsoft.com/ado/2008/09/edm" Namespace="shop">
<EntityType Name="Product"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false"/>
<Property Name="since" Type="Edm.DateTimeOffset"/>
<Property Name="price" Type="Edm.Decimal"/>
<Property Name="number" Type="Edm.Int64"/>
<Property Name="weight" Type="Edm.Double"/>
</EntityType>
<EntityContainer Name="C"><EntitySet Name="Products" EntityType="shop.Product"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>
"""
ATOM = b'<service xmlns="http://www.w3.org/2007/app"/>'
FAILS, HINDERS = Severity.FAILS, Severity.HINDERS


def old(method: str, target: str, base: str) -> Reply:
    """The answer of a service of version 2 that is in order."""
    path = unquote(urlsplit(target).path).removeprefix("/svc").strip("/")
    headers = [("DataServiceVersion", "2.0"), ("Content-Type", "application/json")]
    if path == "":
        return Reply(200, [("DataServiceVersion", "2.0"), ("Content-Type", "application/atomsvc+xml")], ATOM)
    if path == "$metadata":
        return Reply(200, [("DataServiceVersion", "1.0"), ("Content-Type", "application/xml")], METADATA.encode())
    if path == "Products":
        about = {"uri": f"{base}Products('a')", "type": "shop.Product"}
        row = {
            "__metadata": about,
            "id": "a",
            "since": "/Date(0+0000)/",
            "price": "1.5",
            "number": "1",
            "weight": "1.5",
        }
        return Reply(200, headers, json.dumps({"d": {"results": [row], "__count": "1"}}).encode())
    if path == "Products/$count":
        return Reply(200, [("DataServiceVersion", "2.0"), ("Content-Type", "text/plain")], b"1")
    if path == "Products('a')":
        return Reply(200, headers, b'{"d":{}}')
    if path == "$batch":
        return Reply(202, [("DataServiceVersion", "2.0"), ("Content-Type", "multipart/mixed;boundary=b")], BATCH)
    return Reply(404, headers, b'{"error":{"code":"x","message":{"lang":"en","value":"Nothing."}}}')


def with_row(**values: Any) -> Spoiler:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "/Products?" in target:
            document: Any = reply.json
            document["d"]["results"][0].update(values)
            reply.with_json(document)

    return spoil


def with_page(**members: Any) -> Spoiler:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "/Products?" in target:
            document: Any = reply.json
            document["d"].update(members)
            reply.with_json(document)

    return spoil


def at(part: str, status: int = 200, body: bytes | None = None, **headers: str) -> Spoiler:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if part in target:
            reply.status, reply.body = status, reply.body if body is None else body
            for name, value in headers.items():
                reply.set(name.replace("_", "-"), value)

    return spoil


def test_a_service_in_order_has_nothing_to_stumble_over() -> None:
    report = examined(in_order=old)
    assert (report.findings, report.version, report.entity_sets) == ([], "2.0", 1)


@pytest.mark.parametrize(
    ("spoil", "code", "client", "severity"),
    [
        (at("$metadata", Content_Type="text/html"), "Metadata", "pyodata", FAILS),
        (at("$metadata", body=METADATA.replace('"1.0">\n', '"4.0">\n').encode()), "EdmxVersion", "pyodata", FAILS),
        (at("$metadata", body=METADATA.replace("Edm.Decimal", "shop.No").encode()), "UnknownType", "pyodata", FAILS),
        (at("$metadata", body=METADATA.replace('"shop.Product"/>', '"x"/>').encode()), "UnknownType", "Excel", FAILS),
        (at("$metadata", body=b"<a>"), "NotXml", "pyodata", FAILS),
        (at("Products?", 500), "Unreadable", "pyodata", HINDERS),
        (at("Products?", body=b'{"value":[]}'), "NoResults", "OpenUI5 V2", FAILS),
        (at("Products?", DataServiceVersion="3.0"), "DataServiceVersion", "pyodata", HINDERS),
        (at("NothingOf", 500), "Error", "pyodata", HINDERS),
        (with_page(__count=1), "Count", "odata2ts", HINDERS),
        (with_page(__count="many"), "Count", "pyodata", FAILS),
        (with_page(__next="http://elsewhere/Products"), "ForeignHost", "pyodata", FAILS),
        (with_row(since="2024-01-02T03:04:05Z"), "UnfitValue", "pyodata", FAILS),
        (with_row(price=1.5), "NumberForString", "odata2ts", HINDERS),
        (with_row(number=1), "NumberForString", "pyodata", FAILS),
        (with_row(id=None), "NullValue", "pyodata", FAILS),
        (with_row(id=7), "UnfitValue", "pyodata", FAILS),
        (at("skip=", 501), "Step", "OpenUI5 V2", FAILS),
        (at("orderby=", 500), "Step", "OpenUI5 V2", FAILS),
        (at("substringof", 501), "Step", "OpenUI5 V2", HINDERS),
        (at("Products(", 404), "Key", "pyodata", FAILS),
        (at("Products%28", 404), "Key", "pyodata", FAILS),
        (with_row(weight=""), "UnfitValue", "pyodata", FAILS),
        (at("/$count", 404), "Count", "pyodata", HINDERS),
        (at("/$count", body=b'{"d":1}'), "Count", "pyodata", FAILS),
        (at("$batch", 404), "Batch", "OpenUI5 V2", HINDERS),
        (at("$batch", 200), "Batch", "pyodata", FAILS),
        (with_row(__metadata={}), "NoUri", "OpenUI5 V2", FAILS),
        (with_row(__metadata={"uri": "x", "type": "y"}), "UnknownType", "OpenUI5 V2", FAILS),
        (with_row(__metadata={"uri": "x", "type": ["shop.Product"]}), "UnknownType", "OpenUI5 V2", FAILS),
    ],
)
def test_each_fault_is_found(spoil: Spoiler, code: str, client: str, severity: Severity) -> None:
    findings = examined(spoil, in_order=old).findings
    kinds = {(told.code, told.severity, name) for told in findings for name in told.clients}
    assert (code, severity, client) in kinds


def test_a_set_that_is_not_counted_is_not_asked_for_its_count() -> None:
    sap = 'xmlns:sap="http://www.sap.com/Protocols/SAPData" sap:countable="false"'
    metadata = METADATA.replace("<EntitySet ", f"<EntitySet {sap} ").encode()
    asked = []

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        asked.append(target)
        if target.endswith("$metadata"):
            reply.body = metadata

    assert examined(spoil, in_order=old).findings == []
    assert not any("inlinecount" in target for target in asked)


def test_a_fault_of_the_metadata_has_its_line() -> None:
    spoil = at("$metadata", body=METADATA.replace("Edm.Decimal", "shop.No").encode())
    place = next(told.place for told in examined(spoil, in_order=old).findings if told.code == "UnknownType")
    assert (place.line, place.text) == (7, '<Property Name="price" Type="shop.No"/>')
