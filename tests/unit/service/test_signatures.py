"""Operations that annotated Python signatures add to the model, through `Service.handle`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from lxml import etree

from odata_service.service import Call, Entities, Entity, Service
from tests.asking import ROOT, ask, service_of
from tests.models import stationery_schema
from tests.stationery import fill

Article = Annotated[Entity, "shop.Article"]
Size = Annotated[Mapping[str, Any], "shop.Size"]


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        fill(service)
        yield service


def test_an_annotated_function_is_part_of_the_model(shop: Service) -> None:
    @shop.function("shop.Cheap")
    def cheap(call: Call, below: Decimal, count: Annotated[int, "Edm.Int32"] = 2) -> list[Article]:
        return call.read("Articles", f"$filter=price lt @below&$orderby=price&$top={count}", below=below)

    assert ask(shop, "GET", "Cheap(below=100)?$select=name").column("name") == ["pen", "ink"]
    assert ask(shop, "GET", "Cheap(below=100,count=1)/$count").body == b"1"
    metadata = etree.fromstring(ask(shop, "GET", "$metadata").body)
    function = metadata.find(".//{*}Function[@Name='Cheap']")
    assert function is not None and function.get("IsComposable") == "true"
    assert [
        (part.get("Name"), part.get("Type"), part.get("Nullable")) for part in function.findall("{*}Parameter")
    ] == [
        ("below", "Edm.Decimal", "false"),
        ("count", "Edm.Int32", "false"),
    ]
    assert metadata.find(".//{*}FunctionImport[@Name='Cheap']").get("Function") == "shop.Cheap"  # type: ignore[union-attr]  # fails where it is not there


def test_what_an_operation_is_bound_to_is_told_by_its_annotation(shop: Service) -> None:
    @shop.function("shop.Label")
    def label(call: Call, article: Article, before: str | None) -> str:
        return f"{before or ''}{article['name']}"

    @shop.action("shop.Rename")
    def rename(call: Call, articles: Annotated[Entities, "shop.Article"], name: str) -> int:
        return len([call.update(article, name=name) for article in articles])

    assert ask(shop, "GET", "Articles(1)/shop.Label(before='a ')").json["value"] == "a pen"
    assert ask(shop, "GET", "Articles(1)/Label(before=null)").json["value"] == "pen"
    assert ask(shop, "POST", "Groups('a')/articles/Rename", {"name": "new"}).json["value"] == 2
    assert ask(shop, "GET", "Articles").column("name") == ["new", "new", "desk"]


def test_operations_are_bound_to_values_and_to_collections_of_them(shop: Service) -> None:
    @shop.function("shop.Joined", bound=True)
    def joined(call: Call, tags: list[str]) -> str:
        return "+".join(tags)

    @shop.function("shop.Surface", bound=True)
    def surface(call: Call, size: Size | None) -> int:
        return 0 if size is None else size["width"] * size["height"]

    @shop.function("shop.Loud", bound=True)
    def loud(call: Call, text: str, by: int = 1) -> str:
        return text.upper() + "!" * by

    assert ask(shop, "GET", "Articles(1)/tags/shop.Joined()").json["value"] == "blue+new"
    assert ask(shop, "GET", "Articles(2)/size/shop.Surface()").json["value"] == 6
    assert ask(shop, "GET", "Articles(1)/size/Surface").json["value"] == 0
    assert ask(shop, "GET", "Articles(1)/name/shop.Loud(by=2)").json["value"] == "PEN!!"
    assert ask(shop, "GET", "Articles(1)/group/code/shop.Loud()").json["value"] == "A!"
    assert ask(shop, "GET", "Articles(1)/name/shop.Loud()/shop.Loud()").json["value"] == "PEN!!"
    assert ask(shop, "GET", "Articles(77)/name/shop.Loud()").status == 404


def test_an_action_may_have_no_result(shop: Service) -> None:
    @shop.action("shop.Empty")
    def empty(call: Call) -> None:
        for article in call.entities("Articles"):
            call.delete(article)

    assert ask(shop, "POST", "Empty").status == 204
    assert ask(shop, "GET", "Articles/$count").body == b"0"


@pytest.mark.parametrize(
    ("written", "type_name"),
    [
        (str, "Edm.String"),
        (int, "Edm.Int64"),
        (bool, "Edm.Boolean"),
        (float, "Edm.Double"),
        (Decimal, "Edm.Decimal"),
        (bytes, "Edm.Binary"),
        (date, "Edm.Date"),
        (datetime, "Edm.DateTimeOffset"),
        (time, "Edm.TimeOfDay"),
        (timedelta, "Edm.Duration"),
        (UUID, "Edm.Guid"),
        (Size, "shop.Size"),
        (Sequence[Size], "Collection(shop.Size)"),
        (tuple[int, ...], "Collection(Edm.Int64)"),
        (Annotated[Any, "Collection(shop.Article)"], "Collection(shop.Article)"),
    ],
)
def test_annotations_are_types(shop: Service, written: Any, type_name: str) -> None:
    def body(call: Call, value: str) -> str:
        return value

    body.__annotations__["value"] = written
    shop.function("shop.Typed")(body)
    (function,) = shop.schema.operations["shop.Typed"]
    assert str(function.parameters[0].type) == type_name


def bare(call: Call, value) -> str:  # type: ignore[no-untyped-def]  # that is what is tested
    return ""


def nothing(call: Call) -> None:
    return None


def odd(call: Call, value: complex) -> str:
    return ""


def unknown(call: Call, value: Annotated[Entity, "shop.Articel"]) -> str:
    return ""


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("shop.Odd", bare, "The parameter 'value' says no type: annotate it."),
        ("shop.Odd", nothing, "A function gives something back: annotate what its body returns."),
        ("shop.Odd", odd, "<class 'complex'> says no type of the parameter 'value': write Annotated"),
        ("shop.Odd", unknown, "'shop.Articel' is no type for the parameter 'value'. Did you mean 'shop.Article'?"),
        ("Odd", nothing, "'Odd' has no namespace: write shop.Odd."),
    ],
)
def test_a_signature_that_says_too_little_is_refused(
    shop: Service, name: str, body: Callable[..., Any], said: str
) -> None:
    with pytest.raises(ValueError, match="The model has no function") as raised:
        shop.function(name)(body)
    assert said in str(raised.value)


def test_what_is_added_has_a_place_in_the_service_document(shop: Service) -> None:
    @shop.function("shop.Motto", expression="concat('we ','sell')")
    def motto(call: Call) -> str:
        return "we sell"

    assert ask(shop, "GET", "Motto").json == {"@odata.context": f"{ROOT}$metadata#Edm.String", "value": "we sell"}
    assert ask(shop, "GET", "Articles/$count?$filter=shop.Motto() eq 'we sell'").body == b"3"
