"""Functions and actions through `Service.handle` (Protocol 11.5; URL Conventions 4.5, 5.3)."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from peewee import fn

from odata_service.errors import Conflict
from odata_service.service import Call, Entity, Service
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of
from tests.models import stationery_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.stationery import fill, register


@pytest.fixture
def shop() -> Iterator[Service]:
    with service_of(stationery_schema()) as service:
        register(service)
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("target", "numbers"),
    [
        ("Dearest()", [3, 2, 1]),
        ("Dearest", [3, 2, 1]),
        ("Dearest(count=1)", [2]),
        ("Dearest(count=2,below=10)", [1]),
        ("Dearest(count=@c,below=@b)?@c=2&@b=11", [2, 1]),
        ("Dearest?count=5&below=5", None),
        ("Dearest?@count=2&below=2000", [3, 2]),
        ("Dearest()?$filter=price lt 100", [2, 1]),
        ("Dearest()?$orderby=name", [3, 2, 1]),
        ("Dearest()?$orderby=groupCode", [2, 1, 3]),
        ("Dearest()?$top=1&$skip=1", [2]),
        ("Dearest()?$filter=group/code eq 'a'", [2, 1]),
    ],
)
def test_a_function_gives_entities_in_its_order_and_query_options_apply_to_them(
    shop: Service, target: str, numbers: list[int] | None
) -> None:
    answer = ask(shop, "GET", target)
    if numbers is None:
        assert (answer.status, answer.error["target"]) == (400, "$count")
    else:
        assert answer.column("number") == numbers


def test_the_context_url_of_a_result_is_that_of_its_entity_set(shop: Service) -> None:
    answer = ask(shop, "GET", "Dearest(count=1)?$select=name&$expand=group&$count=true")
    shown = [{**entity, "group": entity["group"]["code"]} for entity in answer.values]
    tag = shown[0].pop("@odata.etag")
    assert (answer.json["@odata.context"], answer.json["@odata.count"]) == (
        f"{ROOT}$metadata#Articles(name)",
        1,
    )
    assert shown == [{"@odata.id": f"{ROOT}Articles(2)", "name": "ink", "group": "a"}]
    assert tag.startswith('W/"')


def test_a_path_goes_on_behind_a_result(shop: Service) -> None:
    assert ask(shop, "GET", "Dearest()/$count?$filter=price gt 5").body == b"2"
    assert ask(shop, "GET", "Dearest()(2)/name/$value").body == b"ink"
    assert ask(shop, "GET", "Dearest()(2)/group").json["code"] == "a"
    assert ask(shop, "GET", "Dearest(count=1)(3)").status == 404
    assert ask(shop, "GET", "Dearest(count=1)/Mean()").json["value"] == 10
    assert ask(shop, "GET", "Articles(1)/Family()/articles/$count").body == b"2"
    assert ask(shop, "GET", "Dearest()(2)/With(tax=1)").json["value"] == 20


def test_pages_of_a_result_continue_where_the_last_ended(shop: Service) -> None:
    first = ask(shop, "GET", "Dearest()", prefer="maxpagesize=2")
    following = first.json["@odata.nextLink"].removeprefix(ROOT)
    assert (first.column("number"), ask(shop, "GET", following).column("number")) == ([3, 2], [1])


@pytest.mark.parametrize(
    ("target", "value", "fragment"),
    [
        ("Articles(2)/shop.With(tax=0.5)", 15.0, "Edm.Decimal"),
        ("Articles(2)/With(tax=@t)?@t=0.5", 15.0, "Edm.Decimal"),
        ("Articles(2)/With?tax=0.5", 15.0, "Edm.Decimal"),
        ("Groups('a')/articles/Mean", 6.25, "Edm.Double"),
        ('Say(words=@w)?@w=["a","b c"]', "a b c", "Edm.String"),
        ('Say(words=["x"])', "x", "Edm.String"),
        ('Area(size={"width":2,"height":4})', 8, "Edm.Int32"),
        ("Sizes()", [{"width": 1, "height": 2}, {"width": 3, "height": None}], "Collection(shop.Size)"),
    ],
)
def test_values_are_answered_with_their_type(shop: Service, target: str, value: object, fragment: str) -> None:
    assert ask(shop, "GET", target).json == {"@odata.context": f"{ROOT}$metadata#{fragment}", "value": value}


def test_null_is_no_content(shop: Service) -> None:
    assert (ask(shop, "GET", "Area(size=null)").status, ask(shop, "GET", "Area(size=@none)").status) == (204, 204)
    assert ask(shop, "GET", "Best()").status == 204


@pytest.mark.parametrize(
    ("method", "target", "status", "message"),
    [
        ("GET", "Nobody()", 501, "'shop.Nobody' is declared, and nothing carries it out. Register its body: "
         "@service.function(\"shop.Nobody\"), in the file of --code."),
        ("GET", "Dearest(number=1)", 400, "'shop.Dearest' does not take (number). Write Dearest() or "
         "Dearest(count=…,below=…)."),
        ("GET", "Dearest(1)", 400, "Parameters are given by name. Write (name=value)."),
        ("GET", "Dearest(count='a')", 400, "The parameter 'count' is of type Edm.Int32, and this value is not. Write "
         "its literal, or JSON in an alias: @a=…"),
        ("GET", "Say(words='a')", 400, "The parameter 'words' is a collection of Edm.String, and this value is not. "
         "Write its literal, or JSON in an alias: @a=…"),
        ("GET", "Articles(7)/With(tax=1)", 404, "The entity that the operation is bound to does not exist."),
        ("GET", "Articles(1)/shop.Mean", 404, "'shop.Mean' is bound to Collection(shop.Article), and not to "
         "shop.Article."),
        ("GET", "Articles(1)/size/With(tax=1)", 404, "'shop.Size' has no property 'With'. Did you mean 'width'?"),
        ("GET", "Articles(1)(2)", 404, "'Articles' is no function, so a key cannot follow its parentheses."),
        ("GET", "Sizes()(1)", 404, "Members of Collection(shop.Size) have no keys. Take one by its place: …/0."),
        ("GET", "Stock", 405, "This resource does not take GET. It takes POST."),
        ("POST", "Dearest()", 405, "This resource does not take POST. It takes GET, HEAD."),
        ("POST", "Stock/$count", 404, "Nothing can follow 'shop.Stock' in a path."),
        ("POST", "Stock()", 400, "'shop.Stock' is an action. Send its parameters as JSON in the body."),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused(shop: Service, method: str, target: str, status: int, message: str) -> None:
    assert ask(shop, method, target).refusal == (status, message)


def test_an_action_changes_what_it_is_bound_to_and_answers_with_it(shop: Service) -> None:
    answer = ask(shop, "POST", "Articles(2)/Reduce?$select=price,name", {"by": 4})
    assert (answer.json["@odata.context"], answer.json["price"], answer.json["name"]) == (
        f"{ROOT}$metadata#Articles(name,price)/$entity", 6, "ink",
    )  # fmt: skip
    assert answer.headers["ETag"] == ask(shop, "GET", "Articles(2)").json["@odata.etag"]


def test_an_action_that_fails_has_changed_nothing(shop: Service) -> None:
    answer = ask(shop, "POST", "Articles(1)/Reduce", {"by": 4, "reason": "sale"})
    assert (answer.status, answer.error["message"]) == (409, "The price is too low for that. Reduce it by less.")
    assert ask(shop, "GET", "Articles(1)").json["name"] == "pen"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The parameter 'by' is missing. Add \"by\" with a value of type Edm.Decimal."),
        ({"by": True}, "Property 'by': true is not an Edm.Decimal. Write a number."),
        ({"by": None}, "Property 'by' must not be null. Give it a value."),
        ({"by": 1, "why": ""}, "The action has no parameter 'why'. It takes by, reason."),
    ],
)
def test_parameters_of_an_action_are_of_their_types(shop: Service, body: object, message: str) -> None:
    assert ask(shop, "POST", "Articles(1)/Reduce", body).refusal == (400, message)


def test_an_action_is_guarded_by_if_match(shop: Service) -> None:
    tag = ask(shop, "GET", "Articles(2)").json["@odata.etag"]
    assert ask(shop, "POST", "Articles(2)/Reduce", {"by": 1}, if_match='W/"1"').status == 412
    assert ask(shop, "POST", "Articles(2)/Reduce", {"by": 1}, if_match=tag).json["price"] == 9


def test_an_action_without_a_result_is_no_content(shop: Service) -> None:
    assert ask(shop, "POST", "Groups('a')/articles/Clear").status == 204
    assert ask(shop, "GET", "Articles").column("number") == [3]


def test_an_unbound_action_takes_complex_values_and_gives_values(shop: Service) -> None:
    answer = ask(shop, "POST", "Stock", {"size": {"width": 4}})
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#Edm.Int32", "value": 9}
    assert ask(shop, "GET", "Articles(9)/size").json["width"] == 4


def test_what_an_action_gives_is_left_out_where_the_client_does_not_wish_to_see_it(shop: Service) -> None:
    for target, body in (("Stock", {"size": {"width": 4}}), ("Articles(2)/Reduce", {"by": 4})):
        answer = ask(shop, "POST", target, body, prefer="return=minimal")
        assert (answer.status, answer.body, answer.headers["Preference-Applied"]) == (204, b"", "return=minimal")
        assert "Location" not in answer.headers
    assert ask(shop, "GET", "Articles(2)").json["price"] == 6
    assert ask(shop, "GET", "Articles/$count").body == b"4"


def test_an_action_that_creates_an_entity_and_gives_it_is_answered_as_its_creation(shop: Service) -> None:
    article = Annotated[Entity, "shop.Article"]

    @shop.action("shop.Copy")
    def copy(call: Call, number: int, to: int) -> article:
        (known,) = call.read("Articles", "$filter=number eq @number", number=number)
        return call.create("Articles", {"number": to, "name": known["name"]}) if to != number else known

    answer = ask(shop, "POST", "Copy?$select=name", {"number": 2, "to": 7})
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Articles(7)")
    assert (answer.json["@odata.context"], answer.json["name"]) == (f"{ROOT}$metadata#Articles(name)/$entity", "ink")
    silent = ask(shop, "POST", "Copy", {"number": 2, "to": 8}, prefer="return=minimal")
    assert (silent.status, silent.headers["Location"]) == (204, f"{ROOT}Articles(8)")
    assert silent.headers["OData-EntityId"] == f"{ROOT}Articles(8)"
    known = ask(shop, "POST", "Copy", {"number": 2, "to": 2})
    assert (known.status, "Location" in known.headers) == (200, False)


def test_a_service_that_only_reads_refuses_actions() -> None:
    with service_of(stationery_schema(), Settings(read_only=True)) as service:
        register(service)
        assert (ask(service, "POST", "Stock").status, ask(service, "GET", "Dearest").status) == (405, 200)


def test_a_body_belongs_to_an_operation_of_the_model(shop: Service) -> None:
    with pytest.raises(ValueError, match=r"The model has no function 'shop.Dearst'. Did you mean 'shop.Dearest'\?"):
        shop.function("shop.Dearst")(lambda call: [])
    with pytest.raises(ValueError, match=r"takes the parameters of no overload: write \(call, words\)"):
        shop.function("shop.Say")(lambda call, text: text)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_body_asks_its_table_by_peewee_inside_its_transaction(family: str) -> None:
    with standing_service(family, stationery_schema) as shop:
        register(shop)

        @shop.function("shop.Total")
        def total(call: Call) -> int:
            articles = call.table("Articles")
            (counted,) = articles.select(fn.COUNT(articles.c.number).alias("n"))
            return int(counted["n"])

        @shop.action("shop.Refill")
        def refill(call: Call, name: str) -> str:
            call.create("Articles", {"number": 77, "name": name})
            articles = call.table("Articles")
            (found,) = articles.select(articles.c.name).where(articles.c.number == 77)
            raise Conflict(f"{found['name']} is there, and gone again.")

        fill(shop)
        assert ask(shop, "GET", "Total").json["value"] == 3
        undone = ask(shop, "POST", "Refill", {"name": "chalk"})
        assert (undone.status, undone.error["message"]) == (409, "chalk is there, and gone again.")
        assert ask(shop, "GET", "Total").json["value"] == 3
