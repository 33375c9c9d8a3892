"""`/-/connect/…`: files that open a connection in Excel and Power BI Desktop."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from odata_service import Principal, blueprint, create_app
from odata_service.definition import load_schema
from odata_service.service import Request, Service
from odata_service.settings import Settings
from odata_service.web.connect.excel import Query, formula_of, write_odc
from tests.models import customer_schema

OFFICE = "{urn:schemas-microsoft-com:office:odc}"
MASHUP = "{http://schemas.microsoft.com/DataMashup}"
BROWSER = {"Accept": "text/html"}

SIGHTS = """\
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="town" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="Sight" OpenType="true"><Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
  <EntityType Name="Road"><Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
  <EntityType Name="Motorway" BaseType="town.Road"/>
  <EntityContainer Name="all">
    <EntitySet Name="Gebäude" EntityType="town.Sight"/>
    <EntitySet Name="Roads" EntityType="town.Road"/>
    <EntitySet Name="Hidden" EntityType="town.Road" IncludeInServiceDocument="false"/>
    <EntitySet Name="Unread" EntityType="town.Road">
      <Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record>
        <PropertyValue Property="Readable" Bool="false"/></Record></Annotation></EntitySet>
  </EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>
"""


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}").test_client()


@pytest.fixture
def town(tmp_path: Path) -> FlaskClient:
    definition = tmp_path / "town.xml"
    definition.write_text(SIGHTS, encoding="utf-8")
    return create_app(load_schema(definition), f"sqlite:///{tmp_path / 'town.db'}").test_client()


def _connection_of(page: str) -> ElementTree.Element:
    """What Office reads of the page: the second of its pieces of XML."""
    island = re.search(r"<xml id=msodc>(.*?)</xml>", page, re.DOTALL)
    assert island is not None
    return ElementTree.fromstring(island[1])


def _query_of(page: str) -> ElementTree.Element:
    """The query in the mashup document, that the connection holds as text."""
    mashup = _connection_of(page).findtext(f"{OFFICE}PowerQueryMashupData")
    assert mashup is not None
    query = ElementTree.fromstring(mashup).find(f"{MASHUP}Items/{MASHUP}Query")
    assert query is not None
    return query


def test_excel_gets_a_connection_to_an_entity_set(client: FlaskClient) -> None:
    answer = client.get("/-/connect/Customers.odc", headers={"Host": "shop.example:81"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/x-ms-odc; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Customers.odc"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    connection = _connection_of(answer.text).find(f"{OFFICE}PowerQueryConnection")
    assert connection is not None
    assert [part.text for part in connection] == [
        'Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location=Customers;Extended Properties=""',
        "SQL",
        "SELECT * FROM [Customers]",
    ]
    query = _query_of(answer.text)
    assert query.get("Name") == "Customers"
    assert query.findtext(f"{MASHUP}Formula") == formula_of(
        Query("Customers", "http://shop.example:81/", has_more_columns=False)
    )


def test_a_url_of_any_characters_stands_in_every_layer() -> None:
    page = write_odc(Query("Customers", "http://host/a\"b'&amp;<c>]]>#(lf)\n/")).decode()
    formula = _query_of(page).findtext(f"{MASHUP}Formula")
    assert formula is not None
    url = 'http://host/a""b\'&amp;<c#(003E)]]#(003E)#(#)(lf)#(000A)/'
    assert f'OData.Feed("{url}", null' in formula


def test_power_bi_gets_a_connection_to_an_entity_set(client: FlaskClient) -> None:
    answer = client.get("/-/connect/Customers.pbids")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Customers.pbids"'
    details = {"protocol": "odata", "address": {"url": "http://localhost/Customers"}}
    assert answer.get_json() == {
        "version": "0.1",
        "connections": [{"details": details, "options": {}, "mode": "Import"}],
    }


def _url_in(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> str:
    url: str = client.get(path, headers=headers).get_json()["connections"][0]["details"]["address"]["url"]
    return url


def test_power_bi_gets_a_connection_to_the_whole_service(client: FlaskClient) -> None:
    assert _url_in(client, "/-/connect/odata-service.pbids") == "http://localhost/"


def test_the_url_is_the_public_one(tmp_path: Path) -> None:
    settings = Settings(public_url="https://public.example/odata")
    client = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}", settings=settings).test_client()
    assert _url_in(client, "/-/connect/Customers.pbids") == "https://public.example/odata/Customers"
    assert 'OData.Feed("https://public.example/odata/",' in str(
        _query_of(client.get("/-/connect/Customers.odc").text).findtext(f"{MASHUP}Formula")
    )


def test_the_url_is_that_which_a_trusted_proxy_tells(tmp_path: Path) -> None:
    settings = Settings(trusted_proxies=1)
    client = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}", settings=settings).test_client()
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "outer", "X-Forwarded-Prefix": "/data"}
    assert _url_in(client, "/-/connect/Customers.pbids", proxied) == "https://outer/data/Customers"


def test_the_url_is_below_the_prefix_of_a_blueprint(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}"), url_prefix="/odata")
    assert _url_in(app.test_client(), "/odata/-/connect/Customers.pbids", {"Host": "h"}) == "http://h/odata/Customers"


def test_head_tells_the_length(client: FlaskClient) -> None:
    whole, head = client.get("/-/connect/Customers.odc"), client.head("/-/connect/Customers.odc")
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole.data)


def test_other_methods_are_refused(client: FlaskClient) -> None:
    answer = client.post("/-/connect/Customers.odc")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.get_json()["error"]["code"] == "MethodNotAllowed"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Custmers.odc", "Did you mean 'Customers.odc'?"),
        ("customers.pbids", "Did you mean 'Customers.pbids'?"),
        ("Customers.pbid", "Did you mean 'Customers.pbids'?"),
        ("odata-service.odc", "Write an entity set and .odc or .pbids, or odata-service.pbids."),
        ("%3Cb%3E", "Write an entity set and .odc or .pbids, or odata-service.pbids."),
    ],
)
def test_an_unknown_name_is_answered_by_the_nearest(client: FlaskClient, name: str, hint: str) -> None:
    answer = client.get(f"/-/connect/{name}")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (404, "NotFound")
    assert error["message"].endswith(hint)


def test_a_name_beyond_ascii_is_encoded_where_it_must_be(town: FlaskClient) -> None:
    answer = town.get("/-/connect/Geb%C3%A4ude.odc")
    disposition = "attachment; filename=\"Geb_ude.odc\"; filename*=UTF-8''Geb%C3%A4ude.odc"
    assert answer.headers["Content-Disposition"] == disposition
    assert _query_of(answer.text).get("Name") == "Gebäude"
    assert _url_in(town, "/-/connect/Gebäude.pbids") == "http://localhost/Geb%C3%A4ude"


@pytest.mark.parametrize("name", ["Gebäude", "Roads"], ids=["of an open type", "of several types"])
def test_excel_reads_the_columns_that_the_type_does_not_declare(town: FlaskClient, name: str) -> None:
    formula = _query_of(town.get(f"/-/connect/{name}.odc").text).findtext(f"{MASHUP}Formula")
    assert formula == formula_of(Query(name, "http://localhost/", has_more_columns=True))
    assert "MoreColumns=true" in formula


@pytest.mark.parametrize("name", ["Hidden.odc", "Hidden.pbids", "Unread.odc", "Unread.pbids"])
def test_what_clients_do_not_find_or_may_not_read_has_no_file(town: FlaskClient, name: str) -> None:
    assert town.get(f"/-/connect/{name}").status_code == 404
    assert name not in town.get("/", headers=BROWSER).text


def test_the_page_of_a_browser_links_the_files(client: FlaskClient) -> None:
    page = client.get("/", headers=BROWSER).text
    links = re.findall(r'href="(http://localhost/-/connect/[^"]*)"', page)
    assert [link.rpartition("/")[2] for link in links] == ["odata-service.pbids", "Customers.odc", "Customers.pbids"]
    assert [client.get(link).status_code for link in links] == [200, 200, 200]


def test_who_is_not_known_gets_no_file_and_no_name(tmp_path: Path) -> None:
    app = create_app(customer_schema(), f"sqlite:///{tmp_path / 'x.db'}")
    service: Service = app.extensions["odata"]

    @service.authenticate('ApiKey name="code", in="query"')
    def known(request: Request) -> Principal | None:
        return Principal("ann") if request.query == "code=secret" else None

    client = app.test_client()
    assert client.get("/-/connect/Customers.odc").status_code == 401
    refused = client.get("/-/connect/Custmers.odc")
    assert (refused.status_code, "Customers" in refused.text) == (401, False)
    answer = client.get("/-/connect/Customers.odc?code=secret")
    assert (answer.status_code, "secret" in answer.text) == (200, False)


def test_the_files_are_written_by_what_is_loaded_for_the_first() -> None:
    script = "import sys, odata_service.web.app; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [name for name in ran.stdout.split() if name.startswith("odata_service.web.connect.")] == []
