"""The catalogue of examples/ as its README starts it, through HTTP: every operation, with and without its namespace."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.asking import Answer
from tests.serving import ROOT, fetch, served

CATALOGUE = ROOT / "examples" / "catalogue"
LAPTOP = "Products(bbbbbbbb-0000-4000-8000-000000000001)"
MUG = "Products(bbbbbbbb-0000-4000-8000-000000000003)"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("catalogue") / "catalogue.db"
    arguments = ("--data", str(CATALOGUE / "rows"), "--code", str(CATALOGUE / "catalogue.py"))
    with served(database, *arguments, source=CATALOGUE / "model.csdl.xml") as (base_url, _):
        yield base_url


@pytest.fixture
def catalogue(running: str) -> str:
    """The catalogue with its first rows alone."""
    assert post(running, "Reseed").status == 204
    return running


def get(base_url: str, target: str) -> Answer:
    return fetch(base_url + target.replace(" ", "%20"))


def post(base_url: str, target: str, body: object = None, method: str = "POST") -> Answer:
    sent = b"" if body is None else json.dumps(body).encode()
    return fetch(base_url + target, method, sent, {"Content-Type": "application/json"} if sent else {})


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("GetTopProducts()?$top=2", ["Premium Laptop Pro", "Laptop"]),
        ("GetTopProducts?@count=1", ["Premium Laptop Pro"]),
        ("GetTopProducts(count=2)?$orderby=Name", ["Laptop", "Premium Laptop Pro"]),
        ("GetTopProducts(count=@c,category=@n)?@c=1&@n='Kitchen'", ["Coffee Mug"]),
        ("FindProducts(name='o',maxPrice=100)", ["Wireless Mouse", "Coffee Mug"]),
        (f"{LAPTOP}/GetRelatedProducts()?$filter=Price lt 100", ["Wireless Mouse"]),
        (f"{LAPTOP}/ComplianceService.GetRelatedProducts()?$top=1", ["Wireless Mouse"]),
    ],
)
def test_functions_give_products(catalogue: str, target: str, names: list[str]) -> None:
    assert get(catalogue, target).column("Name") == names


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("Calculate(value=21)", 42),
        ("Calculate(a=2,b=3)", 5),
        ("Convert(input='x')", "String: x"),
        ("Convert(number=7)", "Number: 7"),
        (f"{LAPTOP}/GetTotalPrice(taxRate=0.5)", 999.99 * 1.5),
        (f"{LAPTOP}/ComplianceService.GetTotalPrice(taxRate=0.5)", 999.99 * 1.5),
        (f"{MUG}/CalculatePrice(discount=10)", 15.5 * 0.9),
        (f"{MUG}/CalculatePrice(discount=10,tax=20)", 15.5 * 0.9 * 1.2),
        (f"{MUG}/GetInfo(format='short')", "Product: Coffee Mug (Price: 15.50) in short format"),
    ],
)
def test_functions_give_values(catalogue: str, target: str, value: object) -> None:
    assert get(catalogue, target).json["value"] == pytest.approx(value)


def test_statistics_are_a_record_and_a_mean_is_that_of_the_collection(catalogue: str) -> None:
    prices = get(catalogue, "Products?$select=Price").column("Price")
    stats = get(catalogue, "GetProductStats()").json
    del stats["@odata.context"]
    mean = pytest.approx(sum(prices) / len(prices))
    assert stats == {
        "totalProducts": len(prices), "averagePrice": mean, "maxPrice": max(prices), "minPrice": min(prices),
    }  # fmt: skip
    assert get(catalogue, "Products/GetAveragePrice()").json["value"] == mean
    assert get(catalogue, "Products/ComplianceService.GetAveragePrice()").json["value"] == mean


@pytest.mark.parametrize(
    ("target", "body", "price"),
    [
        (f"{MUG}/ApplyDiscount", {"percentage": 50}, 7.75),
        (f"{MUG}/ComplianceService.ApplyDiscount", {"percentage": 50}, 7.75),
        (f"{MUG}/IncreasePrice", {"amount": 4.5}, 20),
        (f"{MUG}/CalculateDiscount", {"percentage": 50}, 15.5),
        ("Process", {"percentage": 50}, 7.75),
        ("Process", {"percentage": 50, "minPrice": 100}, 15.5),
        ("ResetAllPrices", None, 15.5),
        ("ResetProducts", None, 15.5),
        ("Products/MarkAllAsReviewed", None, 15.5),
    ],
)
def test_actions_change_prices(catalogue: str, target: str, body: object, price: float) -> None:
    assert post(catalogue, target, body).status in {200, 204}
    assert get(catalogue, f"{MUG}/Price/$value").body == str(float(price)).encode()


def test_an_activated_product_is_in_stock_and_no_longer_discontinued(catalogue: str) -> None:
    chair = "Products(bbbbbbbb-0000-4000-8000-000000000004)"
    assert get(catalogue, chair).json["Status"] == "Discontinued"
    assert post(catalogue, f"{chair}/Activate").status == 204
    assert get(catalogue, chair).json["Status"] == "InStock"


@pytest.mark.parametrize(
    ("body", "stated"),
    [
        ({"ProductType": "SpecialProduct"}, "#ComplianceService.SpecialProduct"),
        ({"@odata.type": "#ComplianceService.SpecialProduct"}, "#ComplianceService.SpecialProduct"),
        ({"ProductType": "Product"}, None),
        ({}, None),
    ],
)
def test_a_product_is_of_the_type_that_its_property_names(
    catalogue: str, body: dict[str, object], stated: str | None
) -> None:
    made = post(catalogue, "Products", {"Name": "New", "Status": 3, **body})
    assert made.status == 201
    name = "Product" if stated is None else "SpecialProduct"
    shown = made.json
    assert (shown.get("@odata.type"), shown["ProductType"], shown["Price"], shown["Status"]) == (
        stated, name, 0, "InStock,OnSale",
    )  # fmt: skip


def test_the_service_makes_the_keys_of_products(catalogue: str) -> None:
    stated = "11111111-1111-1111-1111-111111111111"
    made = post(catalogue, "Products", {"ID": stated, "Name": "New"})
    assert (made.status, made.json["ID"] == stated) == (201, False)
    for method in ("PUT", "PATCH"):
        assert post(catalogue, f"Products({stated})", {"Name": "New"}, method).status == 404


def test_a_product_does_not_change_its_type(catalogue: str) -> None:
    answer = post(catalogue, LAPTOP, {"ProductType": "Product"}, "PATCH")
    assert (answer.status, answer.error["target"]) == (400, "ProductType")
    assert post(catalogue, LAPTOP, {"ProductType": "SpecialProduct"}, "PATCH").status == 200


def test_a_result_beyond_64_bits_is_refused(catalogue: str) -> None:
    assert get(catalogue, f"Calculate(value={2**62})").status == 400


def test_a_property_that_names_the_type_is_text(catalogue: str) -> None:
    answer = post(catalogue, "Products", {"Name": "New", "ProductType": {"a": 1}})
    assert (answer.status, answer.error["target"]) == (400, "ProductType")


def test_reseed_is_quick_and_nobody_sees_half_of_it(catalogue: str) -> None:
    def count() -> bytes:
        return get(catalogue, "Products/$count").body

    with ThreadPoolExecutor(2) as pool:
        seen = [pool.submit(count) for _ in range(40)]
        started = time.perf_counter()
        for _ in range(5):
            assert post(catalogue, "Reseed").status == 204
        seconds = time.perf_counter() - started
        assert {found.result() for found in seen} == {b"7"}
    assert seconds < 5
    assert get(catalogue, "MediaItems(dddddddd-0000-4000-8000-000000000001)/$value").body == b"fake-pdf-binary-data"


def test_products_are_related_to_many_and_a_description_cannot_be_without_its_product(catalogue: str) -> None:
    for _ in range(2):
        assert post(catalogue, f"{LAPTOP}/RelatedProducts/$ref", {"@odata.id": MUG}).status == 204
    assert get(catalogue, f"{LAPTOP}/RelatedProducts").column("Name") == ["Coffee Mug"]
    assert get(catalogue, f"{MUG}/RelatedProducts").values == []
    assert post(catalogue, f"{LAPTOP}/RelatedProducts/$ref?$id={MUG}", method="DELETE").status == 204
    assert get(catalogue, f"{LAPTOP}/RelatedProducts").values == []
    one = "ProductDescriptions(ProductID=bbbbbbbb-0000-4000-8000-000000000001,LanguageKey='DE')"
    answer = post(catalogue, f"{LAPTOP}/Descriptions/$ref?$id={one}", method="DELETE")
    assert (answer.status, answer.error["code"]) == (400, "BadRequest")


def test_a_media_item_is_made_of_its_stream_alone(catalogue: str) -> None:
    made = fetch(f"{catalogue}MediaItems", "POST", b"not quite an image", {"Content-Type": "image/png"})
    assert (made.status, made.json["Name"], made.json["ContentType"]) == (201, "unnamed", "image/png")
    content = fetch(made.headers["location"] + "/$value")
    assert (content.headers["content-type"], content.body) == ("image/png", b"not quite an image")
    assert post(catalogue, "MediaItems", {}).status == 400


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("traverse($root/HierarchyNodes,Tree,ID,preorder,ID asc)", [1, 2, 4, 3, 5]),
        ("traverse($root/HierarchyNodes,Tree,ID,postorder,ID desc)", [5, 3, 4, 2, 1]),
        ("ancestors($root/HierarchyNodes,Tree,ID,filter(Name eq 'Node 4'),keep start)/orderby(ID)", [1, 2, 4]),
        ("descendants($root/HierarchyNodes,Tree,ID,filter(ID eq 1),1)/orderby(ID)", [2, 3]),
    ],
)
def test_nodes_are_a_tree(catalogue: str, steps: str, found: list[int]) -> None:
    assert get(catalogue, f"HierarchyNodes?$apply={steps}").column("ID") == found


@pytest.mark.parametrize(
    "query", ["$filter=Name eq 'x'", "$orderby=Name", "$select=Name", "$count=true", "$search=item"]
)
def test_what_only_is_read_is_read_as_it_is(catalogue: str, query: str) -> None:
    assert get(catalogue, "ReadOnlyItems?$top=1").column("Name") == ["Read-only item A"]
    answer = get(catalogue, f"ReadOnlyItems?{query}")
    assert (answer.status, answer.error["code"]) == (400, "OptionNotAllowed")
    assert post(catalogue, "ReadOnlyItems", {"Name": "x"}).status == 405


def test_headers_that_stand_twice_are_all_heard(catalogue: str) -> None:
    connection = http.client.HTTPConnection(str(urlsplit(catalogue).netloc), timeout=10)
    connection.putrequest("GET", "/Products?$select=Name")
    for preference in ("maxpagesize=2", "omit-values=nulls"):
        connection.putheader("Prefer", preference)
    connection.endheaders()
    answer = connection.getresponse()
    assert len(json.loads(answer.read())["value"]) == 2
    assert answer.headers["Preference-Applied"] == "maxpagesize=2, omit-values=nulls"
    connection.close()
