"""Functions of the model in expressions, through `Service.handle`: each is what its own expression says."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import stationery_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.stationery import dearest, fill


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, stationery_schema) as service:
        service.function("shop.With", expression="price mul (1 add @tax)")
        service.function("shop.Family", expression="group")
        service.function("shop.Best", expression="$root/Articles(2)")
        service.function("shop.Mean", expression="cast($it/$count,Edm.Double)")
        service.function("shop.Dearest", expression="$root/Articles/$filter(price lt @below)")
        service.function("shop.Area", expression="6")
        service.function("shop.Nobody", expression="concat('no','body')")
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=shop.With(tax=1) gt 10", [2, 3]),
        ("$filter=shop.With(tax=@t) gt 10&@t=0.1", [2, 3]),
        ("$filter=With(tax=number) eq 5", [1]),
        ("$filter=$it/shop.With(tax=1) eq 5", [1]),
        ("$orderby=shop.With(tax=0.5) desc", [3, 2, 1]),
        ("$filter=shop.Family()/code eq 'a'", [1, 2]),
        ("$filter=shop.Family()/articles/$count eq 1", [3]),
        ("$filter=shop.Family()/articles/any(x:x/shop.With(tax=$it/number) gt 3000)", [3]),
        ("$filter=shop.Family()/articles/shop.Mean() gt 1", [1, 2]),
        ("$filter=price eq shop.Best()/price", [2]),
        ("$filter=shop.Best()/shop.Family()/code eq groupCode", [1, 2]),
        ("$filter=shop.Dearest(count=1,below=price)/$count eq 1", [2]),
        ("$filter=shop.Dearest(count=1,below=11)/any(x:x/number eq $it/number)", [1, 2]),
        ("$filter=shop.Dearest(count=1,below=11)/$filter(number eq 1)/$count eq 1 and price gt 5", [2, 3]),
        ("$filter=concat(shop.Nobody(),name) eq 'nobodyink'", [2]),
        ("$compute=shop.With(tax=1) as gross&$filter=gross lt 10", [1]),
    ],
)
def test_a_function_of_the_model_stands_in_expressions(shop: Service, options: str, numbers: list[int]) -> None:
    assert ask(shop, "GET", f"Articles?{options}").column("number") == numbers


def test_arguments_that_double_at_each_call_are_refused() -> None:
    with service_of(stationery_schema()) as service:
        service.function("shop.With", expression="(price mul @tax) add @tax")
        call = "1"
        for _ in range(25):
            call = f"shop.With(tax={call})"
        answer = ask(service, "GET", f"Articles?$filter={call} gt 1")
        assert (answer.status, answer.error["code"], answer.error["target"]) == (400, "LimitExceeded", "$filter")


def test_a_function_stands_in_options_of_expand_and_in_apply(shop: Service) -> None:
    expanded = ask(shop, "GET", "Groups('a')?$expand=articles($filter=shop.With(tax=1) gt 10;$select=number)").json
    assert [article["number"] for article in expanded["articles"]] == [2]
    applied = ask(shop, "GET", "Articles?$apply=compute(shop.With(tax=1) as gross)/aggregate(gross with max as most)")
    assert applied.values == [{"@odata.id": None, "most@odata.type": "#Decimal", "most": 2400}]


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("Articles(2)/shop.With(tax=1)", 20),
        ("Articles(2)/With?tax=0.5", 15),
        ("Nobody()", "nobody"),
        ("Area(size=null)", 6),
    ],
)
def test_what_has_an_expression_needs_no_body(shop: Service, target: str, value: object) -> None:
    assert ask(shop, "GET", target).json["value"] == value


def test_the_entity_before_it_must_be_there(shop: Service) -> None:
    assert ask(shop, "GET", "Articles(77)/shop.With(tax=1)").status == 404


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("Articles?$filter=shop.Say(words=tags) eq 'a'", 501,
         "'shop.Say' is declared, and nothing carries it out. Register its body: @service.function(\"shop.Say\"), in "
         "the file of --code."),
        ("Articles?$filter=shop.With(tax='x') gt 1", 400,
         "The parameter 'tax' is an Edm.Decimal, and an Edm.String is given (at position 15 of $filter)."),
        ("Articles?$filter=shop.With(text=1) gt 1", 400,
         "'shop.With' does not take (text). Write With(tax=…)."),
        ("Articles?$filter=shop.With(1) gt 1", 400,
         "Parameters of 'shop.With' are given by name (at position 1 of $filter). Write (name=value)."),
        ("Groups?$filter=shop.With(tax=1) gt 1", 400,
         "'shop.With' is bound to shop.Article, and not to shop.Group (at position 1 of $filter)."),
        ("Articles?$filter=shop.Wit(tax=1) gt 1", 400,
         "'shop.Wit' is not a function (at position 1 of $filter)."),
        ("Articles?$filter=shop.Nobody()/length gt 1", 400,
         "Nothing can follow a value (at position 15 of $filter)."),
        ("Best()", 501,
         "'shop.Best' has an expression that speaks of entities, which answers no request by itself. Use it in an "
         "option such as $filter, or register a Python body for it too."),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused(shop: Service, target: str, status: int, message: str) -> None:
    assert ask(shop, "GET", target).refusal == (status, message)


@pytest.mark.parametrize(
    ("name", "expression", "said"),
    [
        ("shop.With", "prize mul @tax", "Property 'prize' is not declared in 'shop.Article'"),
        ("shop.With", "price mul @tacks", "'@tacks' is no parameter of the function"),
        ("shop.With", "name", "gives an Edm.String, and an Edm.Decimal is declared."),
        ("shop.With", "price mul (", "of 'price mul ('"),
        ("shop.With", "shop.With(tax=@tax)", "calls itself"),
        ("shop.Best", "price", "The function is bound to nothing"),
        ("shop.Mean", "price", "A collection stands before 'price'"),
    ],
)
def test_an_expression_that_does_not_fit_is_refused_when_it_is_registered(
    name: str, expression: str, said: str
) -> None:
    with service_of(stationery_schema()) as service, pytest.raises(ValueError, match="does not fit") as raised:
        service.function(name, expression=expression)
    assert said in str(raised.value)


def test_a_body_and_an_expression_serve_paths_and_options() -> None:
    with service_of(stationery_schema()) as service:
        service.function("shop.Dearest", expression="$root/Articles")(dearest)
        fill(service)
        assert ask(service, "GET", "Dearest(count=1)").column("number") == [2]
        assert ask(service, "GET", "Articles/$count?$filter=shop.Dearest()/$count eq 3").body == b"3"


def test_functions_that_call_each_other_are_refused() -> None:
    with service_of(stationery_schema()) as service:
        service.function("shop.Best", expression="$root/Articles(2)")
        service.function("shop.Family", expression="shop.Best()/group")
        with pytest.raises(ValueError, match=r"The expression of 'shop.Best' calls itself\."):
            service.function("shop.Best", expression="$root/Articles(2)/shop.Family()/articles(1)")
