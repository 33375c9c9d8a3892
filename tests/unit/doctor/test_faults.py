"""Each fault of a service is found, with the clients that stumble over it and the line of the answer that has it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from odata_service.doctor import Access, examine
from odata_service.doctor.findings import Severity
from tests.unit.doctor.faulty import BATCH, METADATA, PART, PRODUCT, Reply, Spoiler, examined, found, healthy, serving

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
        ('"Edm.Int32" Nullable="false"', '"Edm.Int32"', "InvalidKey", '"number" Type', HINDERS),
        ('"Edm.Int32" Nullable="false"', '"Edm.Double" Nullable="false"', "InvalidKey", "Edm.Double", HINDERS),
        ('<Key><PropertyRef Name="number"/></Key>', "", "NoKey", '"Maker"', FAILS),
        ('Name="since"', 'Name="Price"', "NamesAlike", '"Price"', FAILS),
        ('Name="since"', 'Name="price"', "DoubledName", '"price" Type="Edm.DateTimeOffset"', FAILS),
        ('Target="Makers"', 'Target="Nobody"', "InvalidBinding", "Nobody", HINDERS),
        ('Path="maker"', 'Path="nothing"', "InvalidBinding", "nothing", HINDERS),
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
            HINDERS,
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
        ({"kind": "large"}, "UnfitValue", "value/0/kind"),
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
        (changing("/svc/", OData_Version="4.0;"), "FirstStep", "OpenUI5", FAILS),
        (changing("/svc/", OData_Version=None), "FirstStep", "OpenUI5", HINDERS),
        (changing("/svc/", Content_Type=None), "ContentType", "Excel", FAILS),
        (changing("/svc/", Content_Type="application/json"), "ContentType", "Excel", HINDERS),
        (changing("Products?", Content_Type="application/json;metadata=minimal"), "ContentType", "Excel", FAILS),
        (changing("$metadata", Content_Type="application/json"), "MetadataType", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": ...}), "ContextUrl", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": "$metadata"}), "ContextUrl", "Excel", FAILS),
        (with_document("/svc/", **{"@odata.context": "http://inside/$metadata"}), "ForeignHost", "Excel", FAILS),
        (with_document("/svc/", value=[{"name": "Gone", "url": "Gone"}]), "UnknownEntitySet", "Excel", FAILS),
        (with_document("/svc/", value=[]), "UnlistedEntitySet", "Excel", HINDERS),
        (with_document("Products", **{"@odata.context": "http://x/y#Products"}), "ContextUrl", "Excel", FAILS),
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
        (answering("$skip=1", 400), "Folding", "Excel", HINDERS),
        (answering("%24skip=0", 400), "FirstStep", "Superset", FAILS),
        (answering("%24skip=0", 200, b'{"value":[]}'), "FirstStep", "Superset", FAILS),
        (answering("%28id%20eq", 200, b'{"value":[]}'), "FirstStep", "python-odata", FAILS),
        (answering("Products(id=", 404), "FirstStep", "SAP Cloud SDK", FAILS),
        (for_header("odata-version", "4.01", 400), "FirstStep", "odatapy", HINDERS),
        (answering("startsWith(", 400), "FirstStep", "ts-odata-client", HINDERS),
        (answering("/$count", 200, b'{"value":1}'), "Count", "Excel", FAILS),
        (answering("/$count", 200, "²".encode()), "Count", "Excel", FAILS),
        (answering("/$count", 200, b"9" * 5_000), "FirstStep", "Graph clients", FAILS),
        (answering("Products(", 404), "Key", "odata2ts", FAILS),
        (answering("$batch", 404), "Batch", "OpenUI5", HINDERS),
        (answering("$batch", 200, b"x", Content_Type="text/plain"), "Batch", "OpenUI5", FAILS),
        (answering("$batch", 202, BATCH), "Batch", "strict readers", HINDERS),
        (answering("$batch", 200, BATCH.replace(b"Content-T", b"content-t")), "Batch", "@odata/client", FAILS),
        (answering("$batch", 200, BATCH.replace(b"Content-Type", b"X")), "Batch", "OpenUI5", FAILS),
        (answering("$batch", 200, BATCH.replace(b"200 OK", b"404 Not")), "Batch", "OpenUI5", FAILS),
        (answering("$batch", 200, PART + PART.replace(b"200", b"404")), "Batch", "Excel", HINDERS),
        (answering("%24top=0", 406), "FirstStep", "devextreme", FAILS),
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


def test_first_steps_are_taken_on_the_set_that_shows_most_rows() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "/Makers?" in target:
            reply.status = 400 if "%24top=500" in target else 200
            reply.with_json({**reply.json, "value": [{"number": 1}, {"number": 2}]})

    told = next(finding for finding in examined(spoil).findings if "Superset" in finding.clients)
    assert "/Makers?" in told.place.url


def test_pages_that_are_smaller_than_superset_asks_for_are_told_where_there_are_more_rows() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "%24top=500" in target:
            reply.with_json({**reply.json, "@odata.nextLink": f"http://{sent['host']}/svc/Products?$skiptoken=1"})
        elif target.endswith("/$count"):
            reply.body = b"900"

    told = next(finding for finding in examined(spoil).findings if "Superset" in finding.clients)
    assert (told.severity, told.message) == (FAILS, "Of 500 rows that are asked for 1 come, and there are 900.")


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


def test_metadata_in_json_is_told_and_what_others_get_is_read() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata") and sent["accept"].startswith("application/json"):
            reply.body = b'{"$Version":"4.0"}'
            reply.set("Content-Type", "application/json")

    report = examined(spoil)
    assert ([told.code for told in report.findings], report.entity_sets) == (["MetadataType"], 2)


def test_a_service_that_says_no_version_is_told_apart_by_its_metadata() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target == "/svc/":
            reply.body = b'<service xmlns="http://www.w3.org/2007/app"/>'
            reply.headers = [("Content-Type", "application/xml")]

    report = examined(spoil)
    assert (report.version, report.entity_sets) == ("4", 2)
    assert [told.code for told in report.findings][:3] == ["ODataVersion", "ContentType", "ContextUrl"]


def test_the_url_of_the_metadata_leads_to_the_service() -> None:
    with serving() as url:
        report = examine(f"{url}$metadata")
    assert [(told.code, told.severity) for told in report.findings] == [("MetadataUrl", NOTE)]
    assert report.entity_sets == 2


def test_a_relative_context_of_a_table_is_seen_from_its_url() -> None:
    with serving(with_document("Products", **{"@odata.context": "$metadata#Products"})) as url:
        report = examine(f"{url}Products")
    assert ([told.code for told in report.findings], report.entity_sets) == (["ContextUrl"], 2)


def test_what_is_no_service_has_no_version() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        reply.status, reply.body, reply.headers = 200, b"<html></html>", [("Content-Type", "text/html")]
        if target.endswith("$metadata"):
            reply.status = 404

    report = examined(spoil)
    assert (report.version, report.fails) == ("", True)


def test_a_redirect_on_the_same_host_is_followed_and_told() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target == "/svc/":
            reply.status, reply.body = 302, b""
            reply.set("Location", "/svc/(S(1))/")

    def in_order(method: str, target: str, base: str) -> Reply:
        return healthy(method, target.replace("(S(1))/", ""), f"{base}(S(1))/")

    report = examined(spoil, in_order=in_order)
    assert [(told.code, told.severity) for told in report.findings] == [("Redirect", HINDERS)]
    assert report.entity_sets == 2


def test_a_redirect_without_end_is_left() -> None:
    report = examined(answering("/svc/", 302, Location="/svc/"))
    assert [(told.code, told.severity) for told in report.findings] == [("Redirect", HINDERS), ("Redirect", FAILS)]


def test_a_version_with_a_semicolon_is_one_for_excel() -> None:
    clients = {name for told in examined(changing("/svc/", OData_Version="4.0;")).findings for name in told.clients}
    assert clients == {"OpenUI5"}


def test_a_batch_is_sent_with_the_token_that_the_service_asks_for() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if sent.get("x-csrf-token") == "Fetch":
            reply.headers += [("X-CSRF-Token", "t0ken"), ("Set-Cookie", "session=1; path=/; HttpOnly")]
        elif target.endswith("$batch") and (sent.get("x-csrf-token"), sent.get("cookie")) != ("t0ken", "session=1"):
            reply.status, reply.body = 403, b'{"error":{"code":"x","message":"CSRF token validation failed"}}'

    findings = examined(spoil).findings
    assert [(told.code, told.severity, told.clients) for told in findings] == [
        ("Token", HINDERS, ("Excel", "Power Query"))
    ]


def test_a_top_that_is_passed_over_is_told_once() -> None:
    report = examined(with_document("Products", value=[PRODUCT] * 2))
    assert sum(told.code == "WrongAnswer" for told in report.findings) == 1


def test_what_is_wrong_with_many_entities_is_told_once_at_the_line_of_the_first() -> None:
    rows = [PRODUCT, {**PRODUCT, "price": "1"}, {**PRODUCT, "price": "2"}, {**PRODUCT, "price": "3"}]

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "/Products?" in target and reply.json.get("value"):
            reply.body = json.dumps({**reply.json, "value": rows}, indent=0).encode()

    report = examined(spoil)
    told = [finding.place for finding in report.findings if finding.code == "UnfitValue"]
    assert [(place.path, place.line, place.text) for place in told] == [("value/1/price", 12, '"price": "1",')]
    assert report.left_out["UnfitValue"] == 2


def test_base64_of_the_wrong_alphabet_hinders() -> None:
    spoil = in_rows(picture="/9j/4AAQ+w==")
    since = '<Property Name="since"'
    declare = in_metadata(since, f'<Property Name="picture" Type="Edm.Binary"/>{since}')

    def both(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        spoil(target, sent, reply)
        declare(target, sent, reply)

    assert [(told.code, told.severity) for told in examined(both).findings] == [("Base64", HINDERS)]


def test_an_element_of_a_document_in_one_line_is_shown_by_its_tag() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = METADATA.replace("\n", "").replace("shop.Kind", "shop.Sort").encode()

    place = found(examined(spoil), "UnknownType").place
    assert (place.line, place.text) == (1, '<Property Name="kind" Type="shop.Sort">')
