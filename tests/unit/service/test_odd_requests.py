"""What clients send that is odd or without measure: preferences are never errors, all else is refused in few words."""

from collections.abc import Iterator

import pytest

from odata_service.service import Principal, Service
from odata_service.service.message import Request
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of
from tests.migrating import a, items
from tests.models import shop_schema


@pytest.fixture
def shop() -> Iterator[Service]:
    """Three customers whose changes are tracked."""
    with service_of(shop_schema(), Settings(track_changes=True)) as made:
        for key in "abc":
            assert ask(made, "POST", "Customers", {"id": key}).status == 201
        yield made


@pytest.mark.parametrize(
    "prefer",
    [
        ",",
        ";;;",
        "=",
        '"',
        'a="b',
        'return=everything;foo="x,y"',
        "maxpagesize=99999999999999999999",
        "maxpagesize=-1",
        "maxpagesize=\N{ARABIC-INDIC DIGIT THREE}",
        "respond-async=x",
        "allow-entityreferences=false",
        "track-changes=false",
        'include-annotations="*',
        "omit-values=everything",
        "x," * 100_000 + "maxpagesize=1",
    ],
)
def test_preferences_that_mean_nothing_are_left_alone(shop: Service, prefer: str) -> None:
    answer = ask(shop, "GET", "Customers?$select=id", prefer=prefer)
    assert (answer.status, answer.column("id")) == (200, ["a", "b", "c"])
    assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize("header", ["accept", "accept_charset", "if_none_match", "if_match"])
@pytest.mark.parametrize(
    "text", ["x;q=0.5," * 50_000, '"' * 99_999, 'a;b="' + '\\"' * 50_000], ids=["q", "quote", "escape"]
)
def test_lists_without_measure_are_refused_in_few_words(shop: Service, header: str, text: str) -> None:
    answer = ask(shop, "GET", "Customers('a')", **{header: text})
    assert answer.status in {400, 406}
    assert len(answer.body) < 500


def test_headers_without_measure_are_not_kept(shop: Service) -> None:
    before = len(shop._workshop.reads)
    assert ask(shop, "GET", "Customers?$select=id", prefer="x" * 5_000).status == 200
    assert len(shop._workshop.reads) == before


def test_delta_tokens_stand_in_delta_links_alone(shop: Service) -> None:
    first = ask(shop, "GET", "Customers?$select=id", prefer="track-changes")
    link: str = first.json["@odata.deltaLink"].removeprefix(ROOT)
    token = link.rpartition("=")[2]
    wrong = [
        f"{link}&$deltatoken={token}",
        f"{link}&$deltatoken=latest",
        f"Customers?$deltatoken={token}",
        f"Orders?$deltatoken={token}",
        f"Customers('a')?$deltatoken={token}",
        f"Customers/$count?$deltatoken={token}",
        f"{link[:-2]}",
        f"{link}AA",
        f"{link}&$expand=orders",
        "Customers?$select=id&$deltatoken=%00",
        f"Customers?$select=id&$skiptoken={token}",
    ]
    assert [ask(shop, "GET", target).status for target in wrong] == [400] * len(wrong)
    assert ask(shop, "POST", link, {"id": "d"}).status == 501
    assert [ask(shop, "GET", f"{name}?$deltatoken=latest").status for name in ("$metadata", "")] == [501, 501]


def test_there_is_no_delta_of_what_is_not_there(shop: Service) -> None:
    for target in ("Customers('z')", "Customers('z')/orders"):
        assert ask(shop, "GET", f"{target}?$deltatoken=latest").status == 404
        assert ask(shop, "GET", target, prefer="track-changes").status == 404


def test_a_token_leads_nobody_past_a_row_rule(shop: Service) -> None:
    shop.rows("Orders")(lambda principal: None if principal and principal.name == "root" else "number gt 1")

    def get(target: str, name: str, prefer: str = "") -> tuple[int, bytes]:
        path, _, query = target.partition("?")
        sent = Request("GET", path, query, {"prefer": prefer}, b"", ROOT, "test", Principal(name))
        answer = shop.handle(sent)
        assert isinstance(answer.body, bytes)
        return answer.status, answer.body

    for target in ("Orders", "Customers?$expand=orders", "Customers?$filter=orders/any()", "Customers('a')/orders"):
        status, body = get(target, "root", "track-changes")
        assert status == 200 and b"@odata.deltaLink" in body
        link = body.partition(b'"@odata.deltaLink":"')[2].decode()[:-2].removeprefix(ROOT)
        assert get(link, "root")[0] == 200
        status, body = get(link, "somebody")
        assert (status in {410, 501}, b"Orders(1)" in body, b'"number":1' in body) == (True, False, False)
    assert b"deltaLink" in get("Customers", "somebody", "track-changes")[1]


def test_what_is_left_of_infinity_is_no_number_and_no_error() -> None:
    with service_of(items(a("size", "Double"))) as service:
        for key, size in (("a", "INF"), ("b", "-INF"), ("c", 5)):
            assert ask(service, "POST", "Items", {"id": key, "size": size}).status == 201
        assert ask(service, "GET", "Items?$filter=size mod 2 eq 1").column("id") == ["c"]
        assert ask(service, "GET", "Items?$filter=size mod 2 eq null").column("id") == ["a", "b"]
        assert ask(service, "GET", "Items?$filter=3.5 mod size eq 3.5").column("id") == ["a", "b", "c"]
