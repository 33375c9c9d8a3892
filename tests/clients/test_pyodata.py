"""pyodata, the Python client of OData V2, against the catalogue of examples/ on a real port: all that it can send."""

import http.client
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from json import loads
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyodata
import pytest
from pyodata.exceptions import HttpError
from pyodata.v2.service import GetEntitySetFilter
from pyodata.vendor.SAP import BusinessGatewayError

from tests.serving import ROOT, served

pytestmark = pytest.mark.client

CATALOGUE = ROOT / "examples" / "catalogue"
LAPTOP = "bbbbbbbb-0000-4000-8000-000000000001"
MUG = "bbbbbbbb-0000-4000-8000-000000000003"
DOCUMENT = "dddddddd-0000-4000-8000-000000000001"


class Answer:
    """An answer as pyodata reads it from the library `requests`."""

    def __init__(self, url: str, response: http.client.HTTPResponse) -> None:
        self.url = url
        self.status_code = response.status
        self.headers: Message = response.headers
        self.content = response.read()

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")

    def json(self) -> Any:
        return loads(self.content)


class Session:
    """As much of a session of `requests` as pyodata uses; `sent` are the methods and targets so far."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def get(self, url: str) -> Answer:
        return self.request("GET", url)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: str = "",
        data: str | None = None,
    ) -> Answer:
        parts = urlsplit(url)
        query = "&".join(part for part in (parts.query, params) if part)
        target = f"{parts.path}?{query}" if query else parts.path
        self.sent.append((method, target))
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        try:
            body = data.encode("utf-8") if data is not None else None
            connection.request(method, target, body, dict(headers or {}))
            return Answer(url, connection.getresponse())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("pyodata") / "catalogue.db"
    arguments = ("--data", str(CATALOGUE / "rows"), "--code", str(CATALOGUE / "catalogue.py"), "--page-size", "3")
    with served(database, *arguments, source=CATALOGUE / "model.csdl.xml") as (url, _):
        yield url


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def client(base_url: str, session: Session) -> Any:
    """The client, the catalogue having its first rows alone."""
    assert session.request("POST", f"{base_url}v2/Reseed").status_code == 204
    return pyodata.Client(f"{base_url}v2/", session)


def names(entities: Any) -> list[str]:
    return [entity.Name for entity in entities]


@pytest.mark.feature("v2-metadata")
def test_the_metadata_is_loaded_without_a_warning(client: Any) -> None:
    assert [found.name for found in client.schema.entity_sets] == [
        "Products", "Categories", "ProductDescriptions", "MediaItems", "ReadOnlyItems", "DecimalSamples",
        "HierarchyNodes",
    ]  # fmt: skip
    product = client.schema.entity_type("Product")
    assert [key.name for key in product.key_proprties] == ["ID"]
    assert product.proprty("CreatedAt").typ.name == "Edm.DateTimeOffset"
    assert product.proprty("Name").label == "Product display name"
    assert product.nav_proprty("Category").to_role.multiplicity == "0..1"


@pytest.mark.feature("v2-read")
def test_an_entity_is_read_by_its_key_with_typed_values(client: Any) -> None:
    laptop = client.entity_sets.Products.get_entity(LAPTOP).execute()
    assert (laptop.Name, laptop.Price, laptop.Quantity) == ("Laptop", 999.99, 1200)
    assert laptop.CreatedAt == datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
    assert laptop.ReleaseDate == datetime(2024, 1, 15, tzinfo=UTC)
    assert (laptop.Data, laptop.Status, laptop.Description) == ("dGVzdA==", "InStock,Featured", "")
    assert laptop.ShippingAddress["City"] == "Seattle"
    assert laptop.etag.startswith('W/"')


@pytest.mark.feature("v2-key")
def test_an_entity_with_a_key_of_two_parts_is_read(client: Any) -> None:
    found = client.entity_sets.ProductDescriptions.get_entity(ProductID=LAPTOP, LanguageKey="DE").execute()
    assert found.Description.startswith("Hochleistungs-Laptop")


@pytest.mark.feature("v2-filter")
@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"Name": "Laptop"}, ["Laptop"]),
        ({"Name__contains": "Laptop"}, ["Laptop", "Premium Laptop Pro"]),
        ({"Name__startswith": "Lap"}, ["Laptop"]),
        ({"Name__endswith": "Pro"}, ["Premium Laptop Pro"]),
        ({"Name__length": 6}, ["Laptop"]),
        ({"Name__in": ["Laptop", "Coffee Mug"]}, ["Coffee Mug", "Laptop"]),
        ({"Price__gt": 900.0, "Price__lte": 999.99}, ["Laptop"]),
        ({"Name__range": ("Cof", "Com")}, ["Coffee Mug"]),
        ({"CreatedAt": datetime(2024, 1, 15, 12, 30, tzinfo=timezone(timedelta(hours=2)))}, ["Laptop"]),
        ({"ReleaseDate": datetime(2024, 1, 15, tzinfo=UTC)}, ["Laptop"]),
    ],
)
def test_conditions_find_products(client: Any, conditions: dict[str, object], found: list[str]) -> None:
    request = client.entity_sets.Products.get_entities().filter(**conditions).order_by("Name")
    assert names(request.execute()) == found


@pytest.mark.feature("v2-filter")
def test_a_filter_in_words_is_taken_as_it_is(client: Any) -> None:
    condition = "(Price add 1M) gt 1000 and not substringof('Pro',Name) or Status eq 'Discontinued'"
    request = client.entity_sets.Products.get_entities().filter(condition).order_by("Name desc").select("Name")
    assert names(request.execute()) == ["Office Chair", "Laptop"]


@pytest.mark.feature("v2-sort")
def test_a_list_is_ordered_cut_selected_and_expanded(client: Any) -> None:
    request = client.entity_sets.Products.get_entities().order_by("Price desc,Name").skip(1).top(1)
    found = request.select("Name,Category/Name").expand("Category").execute()
    assert [(one.Name, one.Category.Name) for one in found] == [("Laptop", "Electronics")]


@pytest.mark.feature("v2-page")
def test_all_pages_are_read_along_the_next_links(client: Any) -> None:
    products = client.entity_sets.Products
    found = products.get_entities().order_by("Name").select("Name").count(inline=True).execute()
    assert (found.total_count, len(found)) == (7, 3)
    everything = names(found)
    while found.next_url is not None:
        found = products.get_entities().next_url(found.next_url).execute()
        everything += names(found)
    assert len(everything) == 7
    assert everything == sorted(everything)


@pytest.mark.feature("v2-count")
def test_entities_are_counted_alone_and_beside_the_list(client: Any) -> None:
    products = client.entity_sets.Products
    assert products.get_entities().count().execute() == 7
    assert products.get_entities().filter("Price lt 100").count().execute() == 2


@pytest.mark.feature("v2-along")
def test_related_entities_are_read_along_navigation(client: Any) -> None:
    laptop = client.entity_sets.Products.get_entity(LAPTOP)
    assert laptop.nav("Category").execute().Name == "Electronics"
    described = client.entity_sets.Products.get_entity(LAPTOP).execute().nav("Descriptions").get_entities()
    assert [one.LanguageKey for one in described.execute()] == ["DE", "EN"]


def test_a_property_is_read_alone(client: Any) -> None:
    laptop = client.entity_sets.Products.get_entity(LAPTOP).select("ID").execute()
    assert laptop.get_proprty("Price").execute() == 999.99


@pytest.mark.feature("v2-create")
def test_an_entity_is_created_with_values_of_every_kind(client: Any) -> None:
    created = datetime(2024, 3, 4, 12, 34, 56, 789000, tzinfo=timezone(timedelta(hours=-3)))
    request = client.entity_sets.MediaItems.create_entity()
    made = request.set(Name="made", ContentType="text/plain", Size=2**53 + 1, CreatedAt=created, ModifiedAt=created)
    item = made.execute()
    assert (item.Size, item.CreatedAt) == (2**53 + 1, created)
    found = client.entity_sets.MediaItems.get_entities().filter(CreatedAt=created).execute()
    assert names(found) == ["made"]


def test_a_decimal_keeps_all_its_digits(client: Any) -> None:
    amount = "12345678901234567.25"
    made = client.entity_sets.DecimalSamples.create_entity().set(Name="exact", Amount=amount).execute()
    assert made.Amount == amount
    assert client.entity_sets.DecimalSamples.get_entities().filter(Amount=amount).count().execute() == 1


@pytest.mark.feature("v2-create")
def test_an_entity_is_created_with_entities_around_it(client: Any) -> None:
    category = {"Name": "Garden", "Products": [{"Name": "Spade", "Price": 9.5, "Status": "OnSale"}]}
    made = client.entity_sets.Categories.create_entity().set(**category).execute()
    request = client.entity_sets.Products.get_entities().filter("Category/Name eq 'Garden'")
    assert (made.Name, names(request.execute())) == ("Garden", ["Spade"])


@pytest.mark.feature("v2-update")
@pytest.mark.parametrize("method", [None, "MERGE", "PATCH"])
def test_an_entity_is_changed_and_the_rest_of_it_stays(client: Any, method: str | None) -> None:
    products = client.entity_sets.Products
    products.update_entity(MUG, method=method).set(Price=5.25).execute()
    mug = products.get_entity(MUG).execute()
    assert (mug.Price, mug.Name) == (5.25, "Coffee Mug")


@pytest.mark.feature("v2-update")
def test_an_entity_is_replaced(client: Any) -> None:
    categories = client.entity_sets.Categories
    one = categories.get_entities().filter(Name="Electronics").execute()[0]
    categories.update_entity(one.ID, method="PUT").set(Name="Gadgets").execute()
    replaced = categories.get_entity(one.ID).execute()
    assert (replaced.Name, replaced.Description) == ("Gadgets", "")


@pytest.mark.feature("v2-etag")
def test_a_change_with_an_old_etag_is_refused(client: Any) -> None:
    products = client.entity_sets.Products
    etag = products.get_entity(MUG).execute().etag
    update = products.update_entity(MUG).set(Price=6.0)
    update.add_headers({"If-Match": etag})
    update.execute()
    again = products.update_entity(MUG).set(Price=7.0)
    again.add_headers({"If-Match": etag})
    with pytest.raises(HttpError) as refused:
        again.execute()
    assert refused.value.response.status_code == 412
    assert refused.value.response.json()["error"]["message"]["lang"] == "en"
    assert products.get_entity(MUG).execute().Price == 6.0


@pytest.mark.feature("v2-delete")
def test_an_entity_is_deleted_once(client: Any) -> None:
    products = client.entity_sets.Products
    one = products.create_entity().set(Name="Short-lived", Status="None").execute()
    products.delete_entity(one.ID).execute()
    with pytest.raises(HttpError) as refused:
        products.delete_entity(one.ID).execute()
    assert refused.value.response.status_code == 404


@pytest.mark.feature("v2-calls")
def test_functions_and_actions_are_called(client: Any) -> None:
    functions = client.functions
    assert functions.Calculate.parameter("value", 21).execute() == {"Calculate": "42"}
    dearest = functions.GetTopProducts.execute()
    assert dearest[0].Name == "Premium Laptop Pro"
    functions.Process.parameter("percentage", 50.0).execute()
    assert client.entity_sets.Products.get_entity(MUG).execute().Price == 7.75


@pytest.mark.feature("v2-streams")
def test_a_media_stream_is_read(client: Any) -> None:
    item = client.entity_sets.MediaItems.get_entity(DOCUMENT)
    assert item.get_value().execute().content == b"fake-pdf-binary-data"


@pytest.mark.feature("v2-batch")
def test_a_batch_reads_and_changes_in_one_request(client: Any, session: Session) -> None:
    products = client.entity_sets.Products
    changes = client.create_changeset()
    changes.add_request(products.update_entity(MUG).set(Price=1.5))
    changes.add_request(products.create_entity().set(Name="Batched", Status="OnSale"))
    changes.add_request(products.delete_entity(LAPTOP))
    batch = client.create_batch()
    batch.add_request(products.get_entity(LAPTOP))
    batch.add_request(changes)
    batch.add_request(products.get_entities().filter(Price=1.5).select("Name"))
    before = len(session.sent)
    laptop, changed, found = batch.execute()
    assert len(session.sent) == before + 1
    assert (laptop.Name, changed[1].Name, names(found)) == ("Laptop", "Batched", ["Coffee Mug"])
    assert products.get_entities().count().execute() == 7


@pytest.mark.feature("v2-batch")
def test_a_change_set_that_fails_changes_nothing_and_the_rest_is_answered(client: Any) -> None:
    products = client.entity_sets.Products
    changes = client.create_changeset()
    changes.add_request(products.update_entity(MUG).set(Price=2.5))
    changes.add_request(products.delete_entity("bbbbbbbb-0000-4000-8000-00000000ffff"))
    batch = client.create_batch()
    batch.add_request(changes)
    with pytest.raises(HttpError) as refused:
        batch.execute()
    assert refused.value.response.status_code == 404
    assert products.get_entity(MUG).execute().Price == 15.5


@pytest.mark.feature("v2-error")
def test_what_the_service_refuses_is_told_as_v2_tells_it(client: Any) -> None:
    with pytest.raises(HttpError) as refused:
        client.entity_sets.Products.get_entities().filter("Nam eq 1").execute()
    error = refused.value.response.json()["error"]
    assert (refused.value.response.status_code, error["code"]) == (400, "UnknownProperty")
    assert error["message"]["value"].endswith("Did you mean 'Name'?")


@pytest.mark.feature("v2-calls")
def test_what_is_bound_to_an_entity_is_called_with_its_key(client: Any) -> None:
    functions = client.functions
    total = functions.GetTotalPrice.parameter("ID", MUG).parameter("taxRate", 1.0).execute()
    assert total == {"GetTotalPrice": 31.0}
    assert functions.ApplyDiscount.parameter("ID", MUG).parameter("percentage", 50.0).execute().Price == 7.75
    others = functions.GetRelatedProducts.parameter("ID", LAPTOP).execute()
    assert "Wireless Mouse" in names(others)


@pytest.mark.feature("v2-search")
def test_options_that_are_none_of_the_standard_go_along(client: Any) -> None:
    request = client.entity_sets.Products.get_entities().custom("sap-client", "100").custom("search", "mug cof")
    assert names(request.select("Name").execute()) == ["Coffee Mug"]


@pytest.mark.feature("v2-filter")
def test_conditions_are_joined_as_python_has_them(client: Any) -> None:
    request = client.entity_sets.Products.get_entities()
    cheap = GetEntitySetFilter.and_(request.Name != "Laptop", request.Price <= 15.5)
    either = GetEntitySetFilter.or_(cheap, request.Quantity >= 1000)
    assert sorted(names(request.filter(either).execute())) == ["Coffee Mug", "Laptop", "Office Chair"]


@pytest.mark.feature("v2-along")
def test_what_is_along_navigation_is_counted_and_made(client: Any) -> None:
    descriptions = client.entity_sets.Products.get_entity(LAPTOP).nav("Descriptions")
    assert descriptions.get_entities().count().execute() == 2
    assert descriptions.get_entities().count(inline=True).execute().total_count == 2
    made = descriptions.create_entity().set(ProductID=LAPTOP, LanguageKey="FR", Description="Ordinateur").execute()
    assert (made.LanguageKey, descriptions.get_entities().count().execute()) == ("FR", 3)


@pytest.mark.feature("v2-read")
def test_null_is_told_from_defaults_and_paths_need_no_encoding(client: Any, base_url: str, session: Session) -> None:
    config = pyodata.v2.model.Config(retain_null=True)
    document = session.get(f"{base_url}v2/$metadata?sap-client=510").content
    local = pyodata.Client(f"{base_url}v2/", session, config=config, metadata=document)
    assert local.schema.is_valid
    assert local.entity_sets.Products.get_entity(LAPTOP, encode_path=False).execute().Description is None
    assert ("GET", f"/v2/Products(guid'{LAPTOP}')") in session.sent


@pytest.mark.feature("v2-error")
def test_details_of_errors_are_read_as_those_of_a_gateway(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpError, "VendorType", BusinessGatewayError)
    with pytest.raises(BusinessGatewayError) as refused:
        client.entity_sets.Products.create_entity().set(Name="x" * 101, Price=1.0, Status="Gone").execute()
    assert refused.value.errordetails == [
        "Property 'Name': The text has 101 characters, and at most 100 are allowed.",
        "Property 'Status': 'Gone' is not a ComplianceService.ProductStatus. "
        "Write one of None, InStock, OnSale, Discontinued, Featured.",
    ]
