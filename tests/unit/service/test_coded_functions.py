"""Functions that Python alone carries out, in expressions: a body is asked for the values that a request is about."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

import pytest

from odata_service import Forbidden
from odata_service.service import Call, Entities, Entity, Principal, Request, Service
from odata_service.settings import Limits, Settings
from tests.asking import ask, service_of
from tests.models import stationery_schema
from tests.servers import FAMILIES, database_url
from tests.standing import standing_service
from tests.stationery import best, dearest, family, fill, mean, say, with_tax

Article = Annotated[Entity, "shop.Article"]

CALLS: list[object] = []
"""What the body of `shop.With` has been called with."""


def counted(call: Call, article: Entity, tax: Decimal) -> object:
    CALLS.append((article["number"], tax))
    return with_tax(call, article, tax)


def near(call: Call, article: Entity, other: Entity | None) -> bool:
    return other is not None and article["groupCode"] == other["groupCode"]


def registered(service: Service) -> None:
    service.function("shop.With")(counted)
    service.function("shop.Mean")(mean)
    service.function("shop.Say")(say)

    service.function("shop.Dearest")(dearest)
    service.function("shop.Family")(family)
    service.function("shop.Best")(best)

    @service.function("shop.Parts")
    def parts(call: Call, of: str | None) -> list[str]:
        return [*(of or "")]

    @service.function("shop.Others", bound=True)
    def others(call: Call, article: Article) -> list[Article]:
        return call.read(
            "Articles", "$filter=groupCode eq @g and number ne @n", g=article["groupCode"], n=article["number"]
        )

    @service.function("shop.Tagged")
    def tagged(call: Call, tag: str | None) -> Article | None:
        return call.entities("Articles").first("$filter=tags/any(t:t eq @tag)", tag=tag)

    @service.function("shop.Half")
    def half(call: Call, number: int) -> float | None:
        return None if number == 3 else number / 2

    @service.function("shop.Sender")
    def sender(call: Call) -> str | None:
        return None if call.principal is None else call.principal.name

    @service.function("shop.Choosy")
    def choosy(call: Call, number: int) -> bool:
        if number > 2:
            raise Forbidden("Three is too many.", hint="Ask for less.")
        return True

    @service.function("shop.Broken")
    def broken(call: Call, number: int) -> bool:
        raise RuntimeError("a fault")

    @service.function("shop.Dear", bound=True)
    def dear(call: Call, name: str | None, than: Decimal) -> bool:
        return bool(call.read("Articles", "$filter=name eq @name and price gt @than", name=name, than=than))


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, stationery_schema) as service:
        registered(service)
        fill(service)
        yield service


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("$filter=shop.With(tax=1) gt 10", [2, 3]),
        ("$filter=shop.With(tax=@t) gt 10&@t=0.1", [2, 3]),
        ("$filter=With(tax=number) eq 5", [1]),
        ("$filter=$it/shop.With(tax=1) eq 5 or shop.With(tax=1) eq 2400", [1, 3]),
        ("$filter=not (shop.With(tax=1) eq 5)", [2, 3]),
        ("$filter=shop.With(tax=1) in (5,20)", [1, 2]),
        ("$filter=shop.Half(number=number) eq null", [3]),
        ("$filter=shop.Half(number=number) add 1 gt 1.5", [2]),
        ("$filter=shop.Half(number=2) eq 1", [1, 2, 3]),
        ("$filter=shop.Half(number=2) eq 2", []),
        ("$filter=shop.With(tax=cast(shop.Half(number=2),Edm.Decimal)) eq 20", [2]),
        ("$filter=shop.Say(words=tags) eq 'blue new'", [1]),
        ("$filter=shop.Say(words=[name,'x']) eq 'ink x'", [2]),
        ("$filter=name/shop.Dear(than=5)", [2, 3]),
        ("$filter=group/articles/shop.Mean() lt 7", [1, 2]),
        ("$filter=$root/Articles/shop.Mean() gt 400", [1, 2, 3]),
        ("$filter=shop.Parts(of=name)/any(p:p eq 'e')", [1, 3]),
        ("$filter=shop.Parts(of=name)/$count eq 3", [1, 2]),
        ("$filter='k' in shop.Parts(of=name)", [2, 3]),
        ("$filter=tags/any(t:shop.Parts(of=t)/any(p:p eq 'w'))", [1]),
        ("$filter=shop.Family()/code eq 'b'", [3]),
        ("$filter=shop.Family()/articles/any(a:a/number eq 2)", [1, 2]),
        ("$filter=shop.Family() eq group", [1, 2, 3]),
        ("$filter=group/articles/any(a:a/shop.Family()/code eq 'b')", [3]),
        ("$filter=shop.Best() eq null", [1, 2, 3]),
        ("$filter=tags/any(t:shop.Tagged(tag=t)/name eq 'pen')", [1]),
        ("$filter=tags/any(t:shop.Tagged(tag=concat(t,substring(name,3)))/number eq number)", [1]),
        ("$filter=tags/any(t:shop.Tagged(tag=t)/tags/any(u:u ne t and shop.Tagged(tag=u) ne null))", [1]),
        ("$filter=group/articles/any(a:shop.Tagged(tag=concat('new',substring($it/name,3)))/price lt a/price)", [1, 2]),
        ("$orderby=shop.Family()/code desc,number", [3, 1, 2]),
        ("$filter=shop.Dearest(count=1)/any(d:d/number eq $it/number)", [2]),
        ("$filter=shop.Dearest(count=2)/$count eq 2", [1, 2, 3]),
        ("$filter=shop.Dearest(count=2)/$filter(price gt 5)/any(d:d/number eq $it/number)", [2]),
        ("$filter=shop.Others()/any(o:o/price gt 5)", [1]),
        ("$filter=group/articles/any(a:a/shop.Others()/any(o:o/number eq 1))", [1, 2]),
        ("$filter=shop.Others()/$count eq 0", [3]),
        ("$filter=$root/Articles(2)/shop.With(tax=1) eq 20", [1, 2, 3]),
        ("$filter=$root/Articles(9)/shop.With(tax=1) eq null", [1, 2, 3]),
        ("$filter=group/articles/any(x:x/shop.With(tax=$it/number) gt 3000)", [3]),
        ("$filter=group/articles/all(x:x/shop.With(tax=1) lt 100)", [1, 2]),
        ("$filter=tags/any(t:t/shop.Dear(than=0) or shop.Say(words=[t]) eq 'new')", [1]),
        ("$orderby=shop.With(tax=1) desc", [3, 2, 1]),
        ("$orderby=shop.Half(number=number) desc,number&$top=2", [2, 1]),
        ("$compute=shop.With(tax=1) as gross&$filter=gross lt 100&$orderby=gross desc", [2, 1]),
    ],
)
def test_a_body_is_asked_in_expressions(shop: Service, options: str, numbers: list[int]) -> None:
    assert ask(shop, "GET", f"Articles?{options}").column("number") == numbers


def test_what_a_body_gives_is_shown(shop: Service) -> None:
    shown = ask(
        shop, "GET", "Articles?$compute=shop.With(tax=1) as gross,shop.Half(number=number) as h&$select=gross,h"
    )
    assert [(article["gross"], article["h"]) for article in shown.values] == [(5, 0.5), (20, 1), (2400, None)]
    expanded = ask(shop, "GET", "Groups('a')?$expand=articles($filter=shop.With(tax=1) gt 10;$select=number)").json
    assert [article["number"] for article in expanded["articles"]] == [2]
    nested = ask(
        shop, "GET", "Groups?$expand=articles($compute=shop.With(tax=1) as g;$select=g;$orderby=g desc;$top=1)"
    )
    assert [[article["g"] for article in group["articles"]] for group in nested.values] == [[20], [2400]]


def test_bodies_are_asked_in_transformations(shop: Service) -> None:
    def groups(apply: str) -> list[dict[str, object]]:
        return [
            {name: value for name, value in group.items() if "@" not in name}
            for group in ask(shop, "GET", f"Articles?$apply={apply}").values
        ]

    assert groups("compute(shop.With(tax=1) as g)/aggregate(g with max as most)") == [{"most": 2400}]
    assert groups("filter(shop.With(tax=1) gt 10)/aggregate($count as n)") == [{"n": 2}]
    assert groups("groupby((groupCode),aggregate(number with max as most))/filter(shop.Half(number=most) eq 1)") == [
        {"groupCode": "a", "most": 2}
    ]
    assert groups("groupby((groupCode),filter(shop.With(tax=1) gt 10)/aggregate($count as n))") == [
        {"groupCode": "a", "n": 1},
        {"groupCode": "b", "n": 1},
    ]


def test_pages_and_counts_are_those_of_what_is_left(shop: Service) -> None:
    page = ask(shop, "GET", "Articles?$filter=shop.With(tax=1) lt 100&$orderby=shop.With(tax=1) desc&$count=true",
               prefer="odata.maxpagesize=1")  # fmt: skip
    assert (page.column("number"), page.json["@odata.count"]) == ([2], 2)
    rest = ask(shop, "GET", page.json["@odata.nextLink"].removeprefix("http://host/"), prefer="odata.maxpagesize=1")
    assert (rest.column("number"), rest.json["@odata.count"]) == ([1], 2)
    assert "@odata.nextLink" not in rest.json
    assert ask(shop, "GET", "Articles/$count?$filter=shop.With(tax=1) gt 10").body == b"2"


def test_equal_values_are_asked_for_once_and_shown_values_for_the_page_alone(shop: Service) -> None:
    CALLS.clear()
    ask(shop, "GET", "Articles?$filter=shop.With(tax=1) gt 10 and shop.With(tax=1) lt 100")
    assert sorted(map(str, CALLS)) == ["(1, Decimal('1'))", "(2, Decimal('1'))", "(3, Decimal('1'))"]
    CALLS.clear()
    ask(shop, "GET", "Articles?$compute=shop.With(tax=1) as g&$select=g&$orderby=number desc&$top=1")
    assert [(3, Decimal(1))] == CALLS
    CALLS.clear()
    ask(shop, "GET", "Articles?$filter=number lt 2 and shop.With(tax=1) gt 1")
    assert [(1, Decimal(1))] == CALLS


def test_a_body_knows_who_asks(shop: Service) -> None:
    request = Request("GET", "Articles/$count", "$filter=shop.Sender()%20eq%20'ann'", base_url="http://host/")
    assert shop.handle(request).body == b"0"
    ann = Request(
        "GET",
        "Articles/$count",
        "$filter=shop.Sender()%20eq%20'ann'",
        base_url="http://host/",
        principal=Principal("ann"),
    )
    assert shop.handle(ann).body == b"3"


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ("$filter=shop.Choosy(number=number)", 403, "Three is too many. Ask for less."),
        ("$filter=shop.Broken(number=number)", 500,
         "The service failed to answer this request. Quote 'test' to the operator."),
        ("$filter=shop.Area(size=size) eq 6", 501,
         "Code is not called with a shop.Size in an expression. Give the entity that has it, or single values."),
        ("$filter=shop.Sizes()/any()", 501,
         "'shop.Sizes' gives a Collection(shop.Size) by code, which expressions do not take. "
         "Call it in the resource path, or register an expression for it: "
         "@service.function(\"shop.Sizes\", expression=\"…\")."),
        ("$filter=group/articles/$filter(number gt 1)/shop.Mean() gt 1", 501,
         "'articles' would be a filtered collection, which code is not called with. Leave out the condition behind the "
         "collection, and filter in the code."),
        ("$filter=shop.Nobody() eq 'x'", 501,
         "'shop.Nobody' is declared, and nothing carries it out. Register its body: "
         "@service.function(\"shop.Nobody\"), in the file of --code."),
        ("$apply=groupby((groupCode))/compute(shop.With(tax=1) as g)", 400,
         "Instances are no entities any longer that 'article' could be. Call it before they are grouped or aggregated, "
         "or with values."),
    ],
)  # fmt: skip
def test_what_a_body_refuses_or_cannot_be_asked_is_the_answer(
    shop: Service, options: str, status: int, message: str
) -> None:
    assert ask(shop, "GET", f"Articles?{options}").refusal == (status, message)


@pytest.mark.parametrize("family", FAMILIES)
def test_code_is_asked_for_so_many_values(family: str) -> None:
    settings = Settings(limits=Limits(max_code_calls=2))
    with database_url(family) as url, service_of(stationery_schema(), settings, url) as service:
        registered(service)
        fill(service)
        refused = ask(service, "GET", "Articles?$filter=shop.With(tax=1) gt 1")
        assert (refused.status, refused.error["message"]) == (
            400,
            "'shop.With' is carried out by code, which would be asked for more than 2 values (--max-code-calls). "
            "Join it by 'and' with conditions that leave fewer rows.",
        )
        assert ask(service, "GET", "Articles?$filter=shop.With(tax=1) gt 1 and number lt 3").column("number") == [1, 2]


def test_code_is_asked_about_what_the_caller_may_see_and_rules_ask_it() -> None:
    with service_of(stationery_schema()) as service:
        registered(service)
        fill(service)
        stated = ["number lt 3"]
        service.rows("Articles")(lambda principal: stated[0])
        CALLS.clear()
        assert ask(service, "GET", "Articles?$filter=shop.With(tax=1) gt 1").column("number") == [1, 2]
        assert [number for number, _ in CALLS] == [1, 2]  # type: ignore[misc, has-type]  # pairs, as `counted` puts them there
        stated[0] = "shop.With(tax=1) gt 10"
        assert ask(service, "GET", "Articles").column("number") == [2, 3]
        assert ask(service, "GET", "Articles(1)").status == 404
        assert ask(service, "PATCH", "Articles(3)", {"price": 1}).status == 403
        stated[0] = "shop.Broken(number=number)"
        assert ask(service, "GET", "Articles").status == 500


def test_no_delta_link_follows_what_code_decides(shop: Service) -> None:
    tracked = ask(shop, "GET", "Articles?$filter=shop.With(tax=1) gt 10", prefer="odata.track-changes")
    assert "@odata.deltaLink" not in tracked.json


def test_what_stands_around_a_collection_is_handed_over() -> None:
    with service_of(stationery_schema()) as service:
        seen: list[object] = []

        @service.function("shop.Mean")
        def note(call: Call, articles: Entities) -> float:
            seen.append(sorted(article["number"] for article in articles))
            return 1.0

        fill(service)
        assert ask(service, "GET", "Groups?$filter=articles/shop.Mean() eq 1").column("code") == ["a", "b"]
        assert seen == [[1, 2], [3]]


def test_rows_are_counted_where_code_is_asked(shop: Service) -> None:
    before = shop.store.tally.rows
    assert len(ask(shop, "GET", "Articles?$filter=shop.With(tax=1) gt 0&$select=number").values) == 3
    assert shop.store.tally.rows - before >= 3
