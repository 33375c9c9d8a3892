"""The requests of Power Query (Excel, Power BI) in their order, as they go over the wire."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.asking import Answer
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


def test_the_metadata_is_4_0_xml_whatever_accept_says(root: str) -> None:
    answer = get(f"{root}$metadata")
    assert answer.headers["content-type"] == "application/xml"
    document = etree.fromstring(answer.body)
    assert document.get("Version") == "4.0"
    names = {element.get("Name") for element in document.iter(f"{EDM}EntitySet")}
    assert names == {entry["name"] for entry in get(root).values}
    terms = {element.get("Term") for element in document.iter(f"{EDM}Annotation")}
    assert "Org.OData.Capabilities.V1.FilterFunctions" in terms


def test_the_preview_of_a_table(root: str) -> None:
    answer = get(f"{root}Customers?$top=1000")
    assert answer.json["@odata.context"] == f"{root}$metadata#Customers"
    assert len(answer.values) == 200


def test_the_full_load_follows_next_links_and_equals_the_count(root: str) -> None:
    url: str | None = f"{root}Customers"
    keys: list[str] = []
    while url is not None:
        page = fetch(url, headers={**OPENING, "Prefer": "odata.maxpagesize=70"})
        keys += page.column("id")
        url = page.json.get("@odata.nextLink")
    assert len(keys) == len(set(keys)) == int(get(f"{root}Customers/$count").body)


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


def test_the_number_of_rows_with_a_filter(root: str) -> None:
    count = int(get(f"{root}Customers/$count?$filter=isDeleted%20eq%20true").body)
    assert count == len(get(f"{root}Customers?$filter=isDeleted%20eq%20true").values) == 40


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


def test_a_refusal_is_a_sentence(root: str) -> None:
    answer = get(f"{root}Customers?$filter=nothing%20eq%201")
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["message"].endswith(".") or "?" in answer.error["message"]
