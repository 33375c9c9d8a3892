"""Operations that are applied to each entity of a collection (Protocol 11.5.2)."""

from collections.abc import Iterator
from typing import Annotated

import pytest

from odata_service.service import Call, Entity, Service
from tests.asking import ROOT, Answer, ask
from tests.servers import FAMILIES
from tests.stationery import stocked

EXCEPTION = "@Org.OData.Core.V1.DataModificationException"


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with stocked(request.param) as service:
        yield service


def prices(service: Service) -> list[float]:
    return ask(service, "GET", "Articles?$orderby=number").column("price")


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("Articles/$each/shop.With(tax=1)", [5, 20, 2400]),
        ("Articles/$each/With?tax=1", [5, 20, 2400]),
        ("Articles/$filter(price lt 5)/$each/shop.With(tax=@t)?@t=1", [5]),
        ("Groups('a')/articles/$each/shop.With(tax=0)", [2.5, 10]),
        ("Articles/$filter(false)/$each/shop.With(tax=0)", []),
        ("Articles/$each/shop.With(tax=1)?$filter=$it gt 6&$orderby=$it desc", [2400, 20]),
    ],
)
def test_a_function_gives_what_it_gives_for_each(shop: Service, target: str, value: list[float]) -> None:
    answer = ask(shop, "GET", target)
    assert answer.status == 200, answer.body
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#Collection(Edm.Decimal)", "value": value}


def test_entities_that_a_function_gives_are_read_with_options(shop: Service) -> None:
    answer = ask(shop, "GET", "Articles/$each/shop.Family()?$select=code&$orderby=code desc&$count=true")
    assert (answer.json["@odata.count"], answer.column("code")) == (2, ["b", "a"])
    assert ask(shop, "GET", "Articles/$each/shop.Family()/$count").body == b"2"


def reduced(service: Service, path: str, by: float, **headers: str) -> Answer:
    return ask(service, "POST", f"Articles/{path}$each/shop.Reduce", {"by": by}, **headers)


def test_an_action_changes_all_and_gives_what_they_are_then(shop: Service) -> None:
    answer = reduced(shop, "$filter(number lt 3)/", 1)
    assert (answer.status, answer.column("price")) == (200, [1.5, 9])
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Articles"
    assert prices(shop) == [1.5, 9, 1200]


def test_one_that_fails_leaves_all_as_they_were_unless_others_go_on(shop: Service) -> None:
    refused = reduced(shop, "", 5)
    assert (refused.status, refused.error["code"]) == (409, "Conflict")
    assert prices(shop) == [2.5, 10, 1200]
    answer = reduced(shop, "", 5, prefer="continue-on-error")
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "continue-on-error")
    (failed,) = answer.values
    assert (failed["@odata.id"], failed[EXCEPTION]["failedOperation"]) == (f"{ROOT}Articles(1)", "invoke")
    assert failed[EXCEPTION]["responseCode"] == 409
    assert prices(shop) == [2.5, 5, 1195]


def test_what_it_gives_for_them_is_left_out_where_the_client_does_not_wish_to_see_it(shop: Service) -> None:
    answer = reduced(shop, "$filter(number lt 3)/", 1, prefer="return=minimal, continue-on-error")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Preference-Applied"] == "return=minimal, continue-on-error"
    assert prices(shop) == [1.5, 9, 1200]


def test_what_gives_nothing_is_answered_by_nothing(shop: Service) -> None:
    marked: list[object] = []

    @shop.action("shop.Mark", bound=True)
    def mark(call: Call, article: Annotated[Entity, "shop.Article"]) -> None:
        marked.append(article["number"])

    answer = ask(shop, "POST", "Articles/$filter(number gt 1)/$each/shop.Mark", {})
    assert (answer.status, answer.body, marked) == (204, b"", [2, 3])


@pytest.mark.parametrize(
    ("method", "target", "status", "words"),
    [
        ("GET", "Articles/$each/shop.Nothing()", 404, "is no operation bound to a shop.Article"),
        ("GET", "Articles/$each/shop.Reduce", 405, "This resource does not take GET."),
        ("POST", "Articles/$each/shop.With(tax=1)", 405, "This resource does not take POST."),
        ("GET", "Articles/$each/name", 404, "is no operation bound to a shop.Article"),
        ("GET", "Articles/$each/shop.Mean()", 404, "is bound to Collection(shop.Article), and not to shop.Article"),
    ],
)
def test_what_cannot_be_applied_is_refused(shop: Service, method: str, target: str, status: int, words: str) -> None:
    answer = ask(shop, method, target, {} if method == "POST" else None)
    assert answer.status == status
    assert words in answer.error["message"]


def test_many_entities_have_no_etag_together(shop: Service) -> None:
    assert reduced(shop, "", 1, if_match='W/"1"').status == 412
    assert reduced(shop, "", 1, if_match="*").status == 200


def test_members_of_values_are_not_changed_at_once(shop: Service) -> None:
    answer = ask(shop, "PATCH", "Articles(1)/tags/$each", {"value": "x"})
    assert (answer.status, answer.error["code"]) == (501, "NotSupported")
