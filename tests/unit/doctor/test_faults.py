"""Each fault of a service is found, with the clients that stumble over it and the line of the answer that has it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from odata_service.doctor import Access
from odata_service.doctor.findings import Severity
from tests.unit.doctor.faulty import METADATA, PRODUCT, Reply, Spoiler, examined, found

FAILS, HINDERS, NOTE = Severity


def test_a_service_in_order_has_nothing_to_stumble_over() -> None:
    report = examined()
    assert (report.findings, report.version, report.entity_sets, report.fails) == ([], "4.0", 2, False)
    assert report.requests > 25


def in_metadata(old: str, new: str) -> Spoiler:
    """A service whose `$metadata` says something else."""
    assert old in METADATA

    def spoil(target: str, headers: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = reply.body.replace(old.encode(), new.encode())

    return spoil


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "severity"),
    [
        ('"shop.Kind"', '"shop.Sort"', "UnknownType", '"kind"', FAILS),
        ('"self.Product"', '"other.Product"', "UnknownType", "other.Product", FAILS),
        ('"Edm.DateTimeOffset"', '"Edm.DateTimeOffset" MaxLength="5"', "UnexpectedXmlAttribute", '"since"', FAILS),
        ("<Member ", "<Property Name='x' Type='Edm.String'/><Member ", "UnexpectedXmlElement", "<Member", FAILS),
        ('"id"/></Key>', '"no"/></Key>', "InvalidKey", '"Product"', FAILS),
        ('"Edm.Int32" Nullable="false"', '"Edm.Int32"', "InvalidKey", '"number" Type', FAILS),
        ('"Edm.Int32" Nullable="false"', '"Edm.Double" Nullable="false"', "InvalidKey", "Edm.Double", FAILS),
        ('<Key><PropertyRef Name="number"/></Key>', "", "NoKey", '"Maker"', FAILS),
        ('Name="since"', 'Name="Price"', "NamesAlike", '"Price"', FAILS),
        ('Name="since"', 'Name="price"', "DoubledName", '"price" Type="Edm.DateTimeOffset"', FAILS),
        ('Target="Makers"', 'Target="Nobody"', "InvalidBinding", "Nobody", FAILS),
        ('Path="maker"', 'Path="nothing"', "InvalidBinding", "nothing", FAILS),
        ('<NavigationPropertyBinding Path="maker" Target="Makers"/>', "", "Unbound", '"maker"', HINDERS),
        ('Version="4.0"', 'Version="4.01"', "EdmxVersion", "4.01", FAILS),
        ("Org.OData.Capabilities.V1.FilterFunctions", "x.y", "FilterFunctions", "<EntityContainer", HINDERS),
        ('Type="Edm.DateTimeOffset"', 'Type="Edm.Untyped"', "NewerType", "Edm.Untyped", FAILS),
        ("</EnumType>", "</Enum>", "NotXml", "</Enum>", FAILS),
        ("<EnumType", '<EntityType Name="D" BaseType="shop.D"/><EnumType', "Csdl", "shop.D", HINDERS),
        ("<Member ", '<Member Name="small" Value="2"/><Member ', "Csdl", "<Member", HINDERS),
        ('"Edm.DateTimeOffset"', '"Collection(Edm.Stream)"', "Csdl", '"since"', HINDERS),
        (
            "</Schema>",
            '<Annotations Target="shop.None"><Annotation Term="shop.T"/></Annotations></Schema>',
            "Csdl",
            "shop.None",
            NOTE,
        ),
        (
            'Nullable="true"/>',
            'Nullable="true"><ReferentialConstraint Property="id" ReferencedProperty="number"/></NavigationProperty>',
            "InvalidConstraint",
            "ReferentialConstraint",
            FAILS,
        ),
        (
            "<EnumType",
            '<ComplexType Name="C"><NavigationProperty Name="n" Type="shop.Maker"/></ComplexType><EnumType',
            "NavigationInComplexType",
            "ComplexType",
            HINDERS,
        ),
    ],
)
def test_faults_of_the_metadata_are_told_with_their_line(
    old: str, new: str, code: str, at: str, severity: Severity
) -> None:
    finding = found(examined(in_metadata(old, new)), code)
    lines = METADATA.replace(old, new).splitlines()
    line = next(number for number, text in enumerate(lines, 1) if at in text)
    assert (finding.severity, finding.place.line, finding.place.text) == (severity, line, lines[line - 1])
    assert finding.place.url.endswith("/svc/$metadata")


def in_rows(**values: Any) -> Spoiler:
    """A service whose product has other values."""

    def spoil(target: str, headers: Mapping[str, str], reply: Reply) -> None:
        if "/Products?" in target and reply.status == 200 and reply.json.get("value"):
            reply.with_json({**reply.json, "value": [{**PRODUCT, **values}]})

    return spoil


@pytest.mark.parametrize(
    ("values", "code", "path"),
    [
        ({"since": "2024-01-02T03:04:05"}, "UnfitValue", "value/0/since"),
        ({"price": "1.5"}, "UnfitValue", "value/0/price"),
        ({"kind": 1}, "UnfitValue", "value/0/kind"),
        ({"id": None}, "NullValue", "value/0/id"),
        ({"colour": "red"}, "UndeclaredProperty", "value/0/colour"),
        ({"@odata.type": "#shop.Nothing"}, "UnknownType", "value/0/@odata.type"),
        ({"@odata.type": "#shop.Maker"}, "ForeignType", "value/0/@odata.type"),
        ({"@odata.etag": "1"}, "ControlInformation", "value/0/@odata.etag"),
        ({"@odata.editLink": 1}, "ControlInformation", "value/0/@odata.editLink"),
        ({"parts@odata.count": -1}, "ControlInformation", "value/0/parts@odata.count"),
        ({"maker@odata.context": "http://elsewhere/$metadata#Makers"}, "ContextUrl", "value/0/maker@odata.context"),
    ],
)
def test_faults_of_entities_are_told_with_their_path(values: dict[str, Any], code: str, path: str) -> None:
    finding = found(examined(in_rows(**values)), code)
    assert (finding.severity, finding.place.path, finding.place.line) == (FAILS, path, 1)


def changing(part: str, **headers: str | None) -> Spoiler:
    """A service whose answers at some URLs have other headers."""

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if part in target and reply.status == 200:
            for name, value in headers.items():
                reply.set(name.replace("_", "-"), value)

    return spoil


def with_document(part: str, **members: Any) -> Spoiler:
    """A service whose answers at some URLs have other members."""

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.split("?")[0].endswith(part) and reply.body[:1] == b"{" and reply.status == 200:
            document = {**reply.json, **members}
            reply.with_json({name: value for name, value in document.items() if value is not ...})

    return spoil


def answering(part: str, status: int, body: bytes = b"", **headers: str) -> Spoiler:
    """A service that answers otherwise at some URLs."""

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if part in target:
            reply.status, reply.body = status, body
            for name, value in headers.items():
                reply.set(name.replace("_", "-"), value)

    return spoil


def for_header(name: str, value: str, status: int) -> Spoiler:
    """A service that answers otherwise to a header."""

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if sent.get(name) == value:
            reply.status = status

    return spoil


def no_version_4(target: str, sent: Mapping[str, str], reply: Reply) -> None:
    if target.endswith("$metadata") and "odata-maxversion" not in sent:
        reply.body = reply.body.replace(b'Version="4.0"', b'Version="4.01"')


@pytest.mark.parametrize(
    ("spoil", "code", "client", "severity"),
    [
        (changing("/svc/", OData_Version="4.01"), "ODataVersion", "Excel", FAILS),
        (changing("/svc/", OData_Version=None), "ODataVersion", "Excel", FAILS),
        (changing("/svc/", Content_Type=None), "ContentType", "Excel", FAILS),
        (changing("/svc/", Content_Type="application/json"), "ContentType", "Excel", HINDERS),
        (changing("Products?", Content_Type="application/json;metadata=minimal"), "ContentType", "Excel", FAILS),
        (changing("$metadata", Content_Type="application/json"), "MetadataType", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": ...}), "ContextUrl", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": "$metadata"}), "ContextUrl", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": "http://inside/$metadata"}), "ForeignHost", "Excel", FAILS),
        (with_document("/svc/", value=[{"name": "Gone", "url": "Gone"}]), "UnknownEntitySet", "Excel", FAILS),
        (with_document("/svc/", value=[]), "UnlistedEntitySet", "Excel", HINDERS),
        (with_document("Products", **{"@odata.context": "http://x/y#Products"}), "ContextUrl", "OpenUI5", FAILS),
        (with_document("Products", **{"@odata.nextLink": "Products?$skip=1"}), "NextLink", "Excel", FAILS),
        (with_document("Products", **{"@odata.nextLink": "http://inside/x"}), "ForeignHost", "Excel", FAILS),
        (with_document("Products", value=[PRODUCT] * 30), "WrongTop", "Excel", FAILS),
        (with_document("Products", value=[PRODUCT] * 2), "WrongAnswer", "Excel", FAILS),
        (with_document("Products", value=...), "NoValue", "Excel", FAILS),
        (with_document("Products", **{"@odata.count": ...}), "FirstStep", "devextreme", FAILS),
        (answering("Products?", 200, b"<html>"), "NoJson", "Excel", FAILS),
        (answering("Products?", 500), "Preview", "Excel", FAILS),
        (answering("Products?", 403), "Unreadable", "Excel", HINDERS),
        (answering("filter=since", 501), "Folding", "Excel", HINDERS),
        (answering("filter=since", 500), "Folding", "Excel", FAILS),
        (answering("unknownoption", 400), "Folding", "Excel", FAILS),
        (answering("/$count", 200, b'{"value":1}'), "Count", "Excel", FAILS),
        (answering("Products(", 404), "Key", "odata2ts", FAILS),
        (answering("$batch", 404), "Batch", "OpenUI5", HINDERS),
        (answering("$batch", 200, b"x", Content_Type="text/plain"), "Batch", "OpenUI5", FAILS),
        (answering("nothing_of_this_name", 200, b"{}"), "FirstStep", "every client", HINDERS),
        (answering("+eq+", 400), "FirstStep", "ag-grid", HINDERS),
        (for_header("x-csrf-token", "Fetch", 500), "FirstStep", "SAP Cloud SDK", FAILS),
        (for_header("authorization", "Bearer", 500), "FirstStep", "Power BI", FAILS),
        (for_header("accept", "application/json;odata=minimalmetadata", 500), "FirstStep", "Excel", FAILS),
        (no_version_4, "FirstStep", "OpenUI5", FAILS),
        (answering("/svc/", 401, WWW_Authenticate='Basic realm="x"'), "Credentials", "every client", FAILS),
        (answering("/svc/", 401), "Challenge", "Excel", FAILS),
        (answering("/svc/", 302, Location="http://elsewhere/login"), "Redirect", "every client", FAILS),
        (answering("/svc/", 404), "Opening", "Excel", FAILS),
        (answering("$metadata", 500), "Metadata", "Excel", FAILS),
    ],
)
def test_each_fault_is_found(spoil: Spoiler, code: str, client: str, severity: Severity) -> None:
    report = examined(spoil)
    kind = (code, severity)
    finding = next(told for told in report.findings if (told.code, told.severity) == kind and client in told.clients)
    assert finding.why and finding.message.endswith((".", "'"))
    assert report.fails is any(told.severity is FAILS for told in report.findings)


def test_a_next_link_that_comes_again_is_found() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.startswith("/svc/Products?") and reply.status == 200:
            link = f"http://{sent['host']}{target}"
            reply.with_json({**reply.json, "@odata.nextLink": link})

    assert "same page" in found(examined(spoil), "NextLink").message


def test_a_key_in_a_next_link_is_found_and_not_shown() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.startswith("/svc/Products?") and reply.status == 200 and "skiptoken" not in target:
            reply.with_json(
                {**reply.json, "@odata.nextLink": f"http://{sent['host']}/svc/Products?code=s3cret&$skiptoken=1"}
            )

    report = examined(spoil, Access(api_key=("code", "s3cret")))
    assert found(report, "KeyInLink").severity is FAILS
    assert "s3cret" not in json.dumps([str(finding) for finding in report.findings])
