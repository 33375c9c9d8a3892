"""URLs of V2 as a whole: how long they are, and what of them no answer tells."""

import pytest

from odata_service import Principal
from odata_service.service import Request
from tests.unit.v2.shop import Shop
from tests.unit.v2.test_client_habits import statuses


def test_a_url_that_is_too_long_is_refused_whatever_makes_it_long(shop: Shop) -> None:
    for target in (f"Articles?x={'y' * 20_000}", f"Articles('{'y' * 20_000}')", f"Articles?$filter={'y' * 20_000}"):
        answer = shop.ask("GET", target)
        assert (answer.status, answer.error["code"]) == (414, "UriTooLong")


def test_a_key_in_the_query_is_told_by_no_answer(shop: Shop) -> None:
    def known(request: Request) -> Principal | None:
        return Principal("reader") if "code=secret" in request.query else None

    shop.service.authenticate('ApiKey name="code", in="query"')(known)
    first = shop.ask("GET", "Articles?code=secret&a=b")
    assert first.json["d"]["__next"].startswith("http://host/v2/Articles?a=b&$skiptoken=")
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET Articles?code=secret&$top=3 HTTP/1.1\r\n\r\n\r\n--b--"
    body = part.encode()
    answer = shop.ask("POST", "$batch?code=secret", body, content_type="multipart/mixed;boundary=b", accept="*/*")
    assert (answer.status, statuses(answer), b"secret" in answer.body) == (202, [200], False)
    assert shop.ask("GET", "Articles").status == 401


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        (
            "nme eq 1",
            "Property 'nme' is not declared in 'shop.Article' (at position 1 of $filter). Did you mean 'name'?",
        ),
        ("substringof('x',nme)", "Property 'nme' is not declared in 'shop.Article'. Did you mean 'name'?"),
        ("price gt 12M and nme eq 1", "Property 'nme' is not declared in 'shop.Article'. Did you mean 'name'?"),
    ],
)
def test_a_place_in_an_expression_is_told_where_it_is_one_of_what_was_sent(
    shop: Shop, filter: str, message: str
) -> None:
    answer = shop.ask("GET", f"Articles?$filter={filter}")
    assert answer.error["message"]["value"] == message
