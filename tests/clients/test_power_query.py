"""The requests of Power Query (Excel, Power BI) in their order, as they go over the wire."""

import http.client
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, Answer, ask
from tests.models import METADATA
from tests.serving import fetch, served

pytestmark = pytest.mark.client

OPENING = {
    "Accept": (
        "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
        "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
    ),
    "OData-MaxVersion": "4.0",
    "MaxDataServiceVersion": "3.0",
    "User-Agent": "Microsoft.Data.Mashup",
}
LOWER = {name.lower().replace("-", "_"): value for name, value in OPENING.items()}
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The served Customer resource with its sample rows."""
    database: Path = tmp_path_factory.mktemp("served") / "x.db"
    with served(database, "--data", str(METADATA / "data")) as (base_url, _):
        yield base_url


def get(url: str) -> Answer:
    return fetch(url, headers=OPENING)


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_address_as_typed_answers_a_service_document(root: str, slash: str) -> None:
    answer = get(root.rstrip("/") + slash)
    assert answer.status == 200
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert answer.json["@odata.context"] == f"{root}$metadata"


def test_a_version_3_request_gets_a_readable_refusal(root: str) -> None:
    answer = fetch(root, headers={"MaxDataServiceVersion": "3.0", "Accept": "application/json;odata=minimalmetadata"})
    assert answer.status == 400
    assert "4.0" in answer.error["message"]


@pytest.mark.feature("v4-metadata")
def test_the_metadata_is_4_0_xml_whatever_accept_says(root: str) -> None:
    answer = get(f"{root}$metadata")
    assert answer.headers["content-type"] == "application/xml"
    document = etree.fromstring(answer.body)
    assert document.get("Version") == "4.0"
    names = {element.get("Name") for element in document.iter(f"{EDM}EntitySet")}
    assert names == {entry["name"] for entry in get(root).values}
    terms = {element.get("Term") for element in document.iter(f"{EDM}Annotation")}
    assert "Org.OData.Capabilities.V1.FilterFunctions" in terms


@pytest.mark.feature("v4-read")
def test_the_preview_of_a_table(root: str) -> None:
    answer = get(f"{root}Customers?$top=1000")
    assert answer.json["@odata.context"] == f"{root}$metadata#Customers"
    assert len(answer.values) == 200


@pytest.mark.feature("v4-page")
def test_the_full_load_follows_next_links_and_equals_the_count(root: str) -> None:
    url: str | None = f"{root}Customers"
    keys: list[str] = []
    while url is not None:
        page = fetch(url, headers={**OPENING, "Prefer": "odata.maxpagesize=70"})
        keys += page.column("id")
        url = page.json.get("@odata.nextLink")
    assert len(keys) == len(set(keys)) == int(get(f"{root}Customers/$count").body)


@pytest.mark.feature("v4-filter")
@pytest.mark.parametrize(
    "folded",
    [
        "$select=id%2CdisplayName",
        "$filter=displayName%20eq%20%27x%27",
        "$filter=(contractType%20eq%201)%20and%20(isDeleted%20eq%20false)",
        "$filter=contains(displayName%2C%27a%27)%20or%20not%20contains(displayName%2C%27b%27)",
        "$filter=tolower(displayName)%20eq%20%27x%27%20and%20length(displayName)%20eq%203",
        "$filter=displayName%20eq%20null%20or%20domain%20ne%20null",
        "$filter=cosmosCreatedDateTimeUTC%20ge%202024-01-01T00:00:00Z",
        "$filter=cosmosCreatedDateTimeUTC%20ge%202024-01-01T00:00:00.0000000%2B02:00",
        "$filter=year(cosmosCreatedDateTimeUTC)%20eq%202024",
        "$orderby=displayName%2CcontractType%20desc&$skip=5&$top=10",
        "%24top=5",
        "$filter=" + "%20or%20".join(f"id%20eq%20%27{number}%27" for number in range(100)),
        "apikey=secret&$top=1",
    ],
)
def test_each_folded_step_is_answered(root: str, folded: str) -> None:
    answer = get(f"{root}Customers?{folded}")
    assert answer.status == 200
    assert answer.json["@odata.context"].startswith(f"{root}$metadata#Customers")


@pytest.mark.feature("v4-count")
def test_the_number_of_rows_with_a_filter(root: str) -> None:
    count = int(get(f"{root}Customers/$count?$filter=isDeleted%20eq%20true").body)
    assert count == len(get(f"{root}Customers?$filter=isDeleted%20eq%20true").values) == 40


@pytest.mark.feature("v4-key")
def test_a_record_by_its_key(root: str) -> None:
    key = get(f"{root}Customers?$top=1").column("id")[0]
    assert get(f"{root}Customers('{key}')").json["@odata.context"] == f"{root}$metadata#Customers/$entity"


def test_every_value_is_of_its_declared_type(root: str) -> None:
    document = etree.fromstring(get(f"{root}$metadata").body)
    types = {element.get("Name"): element.get("Type") for element in document.iter(f"{EDM}Property")}
    kinds: dict[str | None, tuple[type, ...]] = {"Edm.Int32": (int,), "Edm.Boolean": (bool,), None: ()}
    for entity in get(f"{root}Customers").values:
        for name, value in entity.items():
            if "@" in name or value is None:
                continue
            assert isinstance(value, kinds.get(types[name], (str,)))
            if types[name] == "Edm.DateTimeOffset":
                assert str(value).endswith("Z")


def test_an_empty_bearer_token_is_no_fault(root: str) -> None:
    assert fetch(root, headers={**OPENING, "Authorization": "Bearer"}).status == 200


@pytest.mark.feature("v4-error")
def test_a_refusal_is_a_sentence(root: str) -> None:
    answer = get(f"{root}Customers?$filter=nothing%20eq%201")
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["message"].endswith(".") or "?" in answer.error["message"]


@pytest.mark.parametrize(
    ("typed", "fragment"),
    [
        ("", ""),
        ("Customers", "#Customers"),
        ("Customers?$filter=isDeleted%20eq%20true", "#Customers"),
        ("Customers?$select=id", "#Customers(id)"),
    ],
)
def test_the_context_says_what_the_typed_address_is(root: str, typed: str, fragment: str) -> None:
    assert get(f"{root}{typed}").json["@odata.context"] == f"{root}$metadata{fragment}"


def test_one_version_is_sent_whatever_is_asked(root: str) -> None:
    connection = http.client.HTTPConnection(root.removeprefix("http://").rstrip("/"), timeout=10)
    versions: list[str] = []
    for path in ("/", "/$metadata", "/Customers?$top=1", "/Customers?$filter=x"):
        connection.request("GET", path, headers=OPENING)
        response = connection.getresponse()
        versions += response.headers.get_all("OData-Version") or ["none"]
        response.read()
    connection.close()
    assert versions == ["4.0"] * 4


def test_version_4_alone_is_answered(root: str) -> None:
    answer = fetch(root, headers={"Accept": "application/json;odata.metadata=minimal", "OData-MaxVersion": "4.0"})
    assert (answer.status, answer.headers["odata-version"]) == (200, "4.0")


def test_pages_come_compressed_where_the_client_takes_it(root: str) -> None:
    answer = fetch(f"{root}Customers", headers={**OPENING, "Accept-Encoding": "gzip, deflate"})
    assert answer.headers["content-encoding"] in {"gzip", "deflate"}
    assert "Accept-Encoding" in answer.headers["vary"]
    wbits = {"gzip": 31, "deflate": 15}[answer.headers["content-encoding"]]
    assert len(json.loads(zlib.decompress(answer.body, wbits))["value"]) == 200


def test_every_page_has_the_same_columns(root: str) -> None:
    url: str | None = f"{root}Customers?$select=id%2CdisplayName"
    columns = set()
    while url is not None:
        page = fetch(url, headers={**OPENING, "Prefer": "odata.maxpagesize=90"})
        columns |= {tuple(row) for row in page.values}
        url = page.json.get("@odata.nextLink")
    assert len(columns) == 1


@pytest.mark.feature("v4-count")
def test_the_number_of_rows_is_plain_text(root: str) -> None:
    answer = get(f"{root}Customers/$count")
    assert (answer.headers["content-type"].partition(";")[0], answer.body) == ("text/plain", b"200")


@pytest.mark.feature("v4-aggregate")
def test_a_group_is_counted_and_the_context_has_its_columns(root: str) -> None:
    answer = get(f"{root}Customers?$apply=groupby((contractType),aggregate($count%20as%20n))")
    assert answer.json["@odata.context"] == f"{root}$metadata#Customers(contractType,n)"
    assert sum(row["n"] for row in answer.values) == 200


def test_a_window_of_a_refresh_is_folded(root: str) -> None:
    name, begun, ended = "cosmosLastModifiedDateTimeUTC", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
    window = f"{name}%20ge%20{begun}%20and%20{name}%20lt%20{ended}"
    every = get(f"{root}Customers").column(name)
    rows = get(f"{root}Customers?$filter={window}").column(name)
    assert sorted(rows) == sorted(row for row in every if row is not None and row[:4] == "2024")
    assert 0 < len(rows) < len(every)


@pytest.mark.feature("v4-batch")
def test_a_long_url_goes_in_a_batch(root: str) -> None:
    chain = "%20or%20".join(f"id%20eq%20%27{number}%27" for number in range(150))
    url = f"{root}Customers?$filter={chain}&$top=3"
    assert len(url) > 2_048
    body = (
        "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {url} HTTP/1.1\r\nAccept: application/json;odata.metadata=minimal\r\nOData-MaxVersion: 4.0\r\n\r\n\r\n"
        "--batch_1--\r\n"
    )
    headers = {**OPENING, "Content-Type": "multipart/mixed; boundary=batch_1"}
    answer = fetch(f"{root}$batch", "POST", body.encode(), headers)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "multipart/mixed")
    part = answer.body.decode()
    assert "HTTP/1.1 200 OK" in part
    assert f'"@odata.context":"{root}$metadata#Customers"' in part


@pytest.mark.parametrize("path", ["customers", "CUSTOMERS", "Customer"])
def test_a_table_of_another_name_is_not_there(root: str, path: str) -> None:
    answer = get(f"{root}{path}")
    assert answer.status == 404
    assert answer.error["message"]


@pytest.mark.feature("v4-along")
def test_a_column_of_related_rows_is_expanded(partners: Service) -> None:
    target = "Customers?$select=id%2Cpartner&$expand=partner%28%24select%3Did%2Cname%29"
    rows = ask(partners, "GET", target, **LOWER).values
    assert rows[0]["partner"] == {"@odata.etag": rows[0]["partner"]["@odata.etag"], "id": "p1", "name": "Partner 1"}
    assert rows[3]["partner"] is None


def test_a_nested_table_that_is_selected_and_not_expanded_has_its_link(partners: Service) -> None:
    target = "Customers?$select=id&$expand=partner($select=id,customers)"
    full = {**LOWER, "accept": "application/json;odata.metadata=full"}
    link = ask(partners, "GET", target, **full).values[0]["partner"]["customers@odata.navigationLink"]
    assert ask(partners, "GET", link.removeprefix(ROOT), **LOWER).column("id") == ["c1", "c2", "c3"]


def test_a_record_of_a_record_can_be_opened(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers('c1')/partner", **LOWER)
    assert (answer.status, answer.json["@odata.context"]) == (200, f"{ROOT}$metadata#Partners/$entity")


OLD = {"MaxDataServiceVersion": "3.0", "Accept": "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8"}


@pytest.mark.feature("v2-metadata")
def test_the_older_reader_begins_with_the_atom_service_document(root: str) -> None:
    answer = fetch(f"{root}v2/", headers=OLD)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "application/atomsvc+xml")
    document = etree.fromstring(answer.body)
    assert [found.get("href") for found in document.iter("{http://www.w3.org/2007/app}collection")] == ["Customers"]


@pytest.mark.feature("v2-read")
def test_the_older_reader_reads_the_model_and_the_feed(root: str) -> None:
    model = etree.fromstring(fetch(f"{root}v2/$metadata", headers=OLD).body)
    assert model.get("Version") == "1.0"
    answer = fetch(f"{root}v2/Customers?$top=3", headers=OLD)
    assert answer.headers["dataserviceversion"].startswith("2.0")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert len(list(etree.fromstring(answer.body).iter("{http://www.w3.org/2005/Atom}entry"))) == 3


CODE = """
from base64 import b64decode
from urllib.parse import parse_qs

from odata_service import Principal

CHALLENGE = (
    'Basic realm="customers", ApiKey name="code", in="query", '
    'Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
)


def register(service):
    @service.authenticate(CHALLENGE)
    def known(request):
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        known = {
            "basic": lambda: b64decode(credentials) == b"ann:secret",
            "bearer": lambda: credentials == "token",
        }.get(scheme.lower(), lambda: parse_qs(request.query).get("code") == ["key"])
        return Principal("ann") if known() else None
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, for those who are known alone."""
    directory = tmp_path_factory.mktemp("guarded")
    (directory / "code.py").write_text(CODE)
    arguments = ("--data", str(METADATA / "data"), "--code", str(directory / "code.py"))
    with served(directory / "x.db", *arguments) as (base_url, _):
        yield base_url


@pytest.mark.parametrize("path", ["", "$metadata", "Customers?$top=1", "v2/", "-/openapi.json"])
@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic x"}])
def test_whoever_is_not_known_is_challenged(guarded: str, path: str, sent: dict[str, str]) -> None:
    answer = fetch(f"{guarded}{path}", headers={**OPENING, **sent})
    assert answer.status == 401
    assert "Bearer authorization_uri=" in answer.headers["www-authenticate"]
    assert answer.headers["www-authenticate"].startswith('Basic realm="customers"')


@pytest.mark.parametrize("sent", [{"Authorization": "Basic YW5uOnNlY3JldA=="}, {"Authorization": "Bearer token"}])
def test_credentials_let_in(guarded: str, sent: dict[str, str]) -> None:
    assert len(fetch(f"{guarded}Customers", headers={**OPENING, **sent}).values) == 200


def test_a_key_stands_in_each_url_and_in_no_answer(guarded: str) -> None:
    for path in ("?code=key", "$metadata?code=key", "Customers?$top=2&code=key", "Customers/$count?code=key"):
        assert fetch(f"{guarded}{path}", headers=OPENING).status == 200
    first = fetch(f"{guarded}Customers?code=key", headers={**OPENING, "Prefer": "odata.maxpagesize=150"})
    assert b"code=" not in first.body
    following = fetch(f"{first.json['@odata.nextLink']}&code=key", headers=OPENING)
    assert (following.status, len(following.values)) == (200, 50)
