"""What clients of V2 were seen to send: each is answered as the client needs it."""

import json
from collections.abc import Iterator

import pytest

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import Answer, service_of
from tests.models import MODELS
from tests.unit.v2.shop import ROOT, Shop

PART = "--b\r\nContent-Type:application/http\r\nContent-Transfer-Encoding:binary\r\n\r\n"
VERBOSE = "application/json;odata=verbose"
DATAJS = "application/atomsvc+xml;q=0.8, application/json;odata=fullmetadata;q=0.7, application/json;q=0.5, */*;q=0.1"


def batch(shop: Shop, text: str, content_type: str = "multipart/mixed;boundary=b", **headers: str) -> Answer:
    sent = {"accept": "multipart/mixed", "content_type": content_type, **headers}
    answer = shop.ask("POST", "$batch", text.encode(), **sent)
    assert answer.status == 202, answer.body
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=") or answer.headers[
        "Content-Type"
    ].startswith("multipart/mixed; boundary=")
    return answer


def statuses(answer: Answer) -> list[int]:
    return [int(line.split()[1]) for line in answer.body.decode().split("\r\n") if line.startswith("HTTP/1.1")]


@pytest.mark.parametrize("target", ["", "Articles(1)/", "$batch/", "Articles(1)", "$batch"])
def test_head_with_a_wish_for_a_token_is_answered_by_a_token(shop: Shop, target: str) -> None:
    answer = shop.ask("HEAD", target, x_csrf_token="Fetch")
    assert (answer.body, bool(answer.headers["X-CSRF-Token"])) == (b"", True)


def test_head_on_the_service_root_is_200_with_a_length(shop: Shop) -> None:
    answer = shop.ask("HEAD", "")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(shop.ask("GET", "").body)


@pytest.mark.parametrize("token", ["null", "undefined", "anything"])
def test_a_token_is_not_demanded(shop: Shop, token: str) -> None:
    assert shop.ask("MERGE", "Articles(1)", {"name": "a"}, x_csrf_token=token).status == 204


@pytest.mark.parametrize("method", ["MERGE", "merge", "PUT", "PATCH"])
def test_a_post_may_stand_for_a_change(shop: Shop, method: str) -> None:
    body = {"number": 1, "name": "changed", "price": "1"}
    assert shop.ask("POST", "Articles(1)", body, x_http_method=method).status == 204
    assert shop.get("Articles(1)")["name"] == "changed"


def test_a_post_may_stand_for_a_delete(shop: Shop) -> None:
    assert shop.ask("POST", "Articles(1)", x_http_method="DELETE").status == 204
    assert shop.ask("GET", "Articles(1)").status == 404


def test_the_body_of_a_delete_is_ignored(shop: Shop) -> None:
    assert shop.ask("DELETE", "Articles(1)", b"null", content_type=VERBOSE).status == 204
    assert shop.ask("GET", "Articles(1)").status == 404


def test_media_types_may_say_verbose(shop: Shop) -> None:
    accept = f"{VERBOSE},text/plain, */*; q=0.01"
    made = shop.ask("POST", "Groups", {"code": "v"}, content_type=VERBOSE, accept=accept)
    assert (made.status, made.json["d"]["code"]) == (201, "v")
    assert made.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("target", ["Articles(1)/", "Articles(1)/name/", "Articles(1)/group/", "Articles/$count/"])
def test_a_slash_at_the_end_changes_nothing(shop: Shop, target: str) -> None:
    assert shop.ask("GET", target).body == shop.ask("GET", target.rstrip("/")).body


@pytest.mark.parametrize(
    "target", ["Articles(number=1)", "Articles(1)?", "Articles%281%29", "Articles%28number%3D1%29"]
)
def test_keys_may_be_named_and_encoded(shop: Shop, target: str) -> None:
    assert shop.get(target)["name"] == "pen"


@pytest.mark.parametrize("accept", ["text/plain, */*;q=0.5", "application/json", "text/plain", "*/*"])
def test_counts_are_text_whatever_is_accepted(shop: Shop, accept: str) -> None:
    answer = shop.ask("GET", "Articles/$count", accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain;charset=utf-8")
    assert int(answer.body) > 0


def test_a_page_of_no_entities_has_a_count(shop: Shop) -> None:
    page = shop.get("Articles?$top=0&$inlinecount=allpages")
    assert (page["results"], page["__count"]) == ([], shop.ask("GET", "Articles/$count").body.decode())


@pytest.mark.parametrize(
    "filter", ["((name eq 'pen'))", "startswith(name,'pe') eq true", "substringof('PE',toupper(name)) eq true"]
)
def test_conditions_are_read_as_clients_write_them(shop: Shop, filter: str) -> None:
    assert shop.names(f"$filter={filter}") == ["pen"]


@pytest.mark.parametrize("version", ["2.0", "3.0", "2"])
def test_the_version_of_a_batch_is_that_of_v2(shop: Shop, version: str) -> None:
    headers = {"maxdataserviceversion": version, "dataserviceversion": "2.0"}
    answer = batch(
        shop, f"{PART}GET Articles(1) HTTP/1.1\r\nMaxDataServiceVersion:{version}\r\n\r\n\r\n--b--", **headers
    )
    assert statuses(answer) == [200]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{PART}GET Articles(1) HTTP/1.1\r\n\r\n\r\n--b--", id="no-line-break-at-the-end"),
        pytest.param(
            f"before\r\n{PART}GET Articles(1) HTTP/1.1\r\n\r\n\r\n--b--\r\nGroup ID: $auto", id="texts-around"
        ),
        pytest.param(f"{PART}GET /Articles(number=1) HTTP/1.1\r\n\r\n\r\n--b--\r\n", id="a-slash-in-front"),
        pytest.param(f"{PART}GET {ROOT}Articles(1) HTTP/1.1\r\n\r\n\r\n--b--\r\n", id="absolute"),
        pytest.param(f"{PART}GET Articles%281%29 HTTP/1.1\r\nX-Other: 1\r\n\r\n\r\n--b--\r\n", id="encoded"),
    ],
)
def test_batches_are_read_as_clients_write_them(shop: Shop, text: str) -> None:
    answer = batch(shop, text)
    assert statuses(answer) == [200]
    assert b'"name":"pen"' in answer.body
    assert b"Content-Type: application/http\r\n" in answer.body


def test_a_count_in_a_batch_is_text(shop: Shop) -> None:
    request = "GET Articles/$count HTTP/1.1\r\nAccept: text/plain, */*;q=0.5\r\n\r\n\r\n"
    assert statuses(batch(shop, f"{PART}{request}--b--")) == [200]


def test_multipart_is_answered_to_clients_that_accept_json(shop: Shop) -> None:
    assert statuses(batch(shop, f"{PART}GET Articles(1) HTTP/1.1\r\n\r\n\r\n--b--", accept="application/json")) == [200]


def change(method: str, url: str, body: object, content_id: int) -> str:
    text = json.dumps(body)
    return (
        "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {content_id}\r\n\r\n{method} {url} HTTP/1.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n"
    )


def change_set(*changes: str) -> str:
    return f"--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n{''.join(changes)}--c--\r\n--b--\r\n"


@pytest.mark.parametrize(
    "link", [{"__metadata": {"uri": "$1"}}, {"__deferred": {"uri": "$1"}}], ids=["metadata", "deferred"]
)
def test_a_body_links_to_what_the_same_change_set_has_made(shop: Shop, link: object) -> None:
    article = {"number": 60, "name": "sixty", "price": "1", "group": link}
    text = change_set(change("POST", "Groups", {"code": "made"}, 1), change("POST", "Articles", article, 2))
    assert statuses(batch(shop, text)) == [201, 201]
    assert shop.get("Articles(60)/group")["code"] == "made"


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        (("MERGE", "Articles(2)", {"price": "much", "name": 1}), ["price", "name"]),
        (("MERGE", "Articles(2)", {"price": "much"}), ["price"]),
        (("DELETE", "Articles(99)", None), [None]),
    ],
    ids=["several", "one", "none"],
)
def test_details_of_an_error_tell_which_change_it_is_about(
    shop: Shop, failing: tuple[str, str, object], told: list[str | None]
) -> None:
    answer = batch(shop, change_set(change("MERGE", "Articles(1)", {"name": "x"}, 1), change(*failing, 2)))
    document = json.loads(answer.body[answer.body.index(b"{") : answer.body.rindex(b"}") + 1])
    details = document["error"]["innererror"]["errordetails"]
    assert [(part.get("target"), part["ContentID"]) for part in details] == [(target, "2") for target in told]


def test_a_link_may_lead_to_what_the_same_change_set_has_made(shop: Shop) -> None:
    text = change_set(
        change("POST", "Groups", {"code": "made"}, 1), change("PUT", "Articles(1)/$links/group", {"uri": "$1"}, 2)
    )
    assert statuses(batch(shop, text)) == [201, 204]
    assert shop.get("Articles(1)/group")["code"] == "made"


def test_a_change_goes_on_with_what_the_same_change_set_has_made(shop: Shop) -> None:
    article = {"number": 61, "name": "a", "price": "1"}
    text = change_set(change("POST", "Articles", article, 1), change("MERGE", "$1", {"name": "b"}, 2))
    assert statuses(batch(shop, text)) == [201, 204]
    assert shop.get("Articles(61)")["name"] == "b"


def test_a_change_set_that_fails_is_answered_once_and_does_nothing(shop: Shop) -> None:
    text = change_set(change("POST", "Groups", {"code": "made"}, 1), change("POST", "Articles", {"nme": "x"}, 2))
    assert statuses(batch(shop, text)) == [400]
    assert shop.ask("GET", "Groups('made')").status == 404


def test_the_type_in_the_metadata_is_that_of_the_document(shop: Shop) -> None:
    document = shop.ask("GET", "$metadata").body.decode()
    namespace, _, name = shop.get("Articles(1)")["__metadata"]["type"].rpartition(".")
    assert f'Namespace="{namespace}"' in document
    assert f'<EntityType Name="{name}"' in document


@pytest.mark.parametrize(
    ("accept", "target", "media_type"),
    [
        (DATAJS, "Articles", "application/json"),
        (DATAJS, "Articles(1)/name", "application/json"),
        (DATAJS, "Articles(1)/$links/group", "application/json"),
        (DATAJS, "", "application/atomsvc+xml"),
        ("application/atomsvc+xml", "Articles(1)", "application/atom+xml;type=entry"),
        ("application/atom+xml", "", "application/atomsvc+xml"),
        ("application/atom+xml,application/json;q=0.9", "", "application/json"),
        ("application/atom+xml,application/atomsvc+xml,application/xml", "", "application/atomsvc+xml"),
        ("application/atom+xml,application/atomsvc+xml,application/xml", "Articles", "application/atom+xml;type=feed"),
    ],
)
def test_the_media_type_of_services_is_for_service_documents(
    shop: Shop, accept: str, target: str, media_type: str
) -> None:
    assert shop.ask("GET", target, accept=accept).headers["Content-Type"] == f"{media_type};charset=utf-8"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("search=PE", ["pen"]),
        ("search=pe*", ["pen"]),
        ("search=*", ["pen", "ink"]),
        ("search=", ["pen", "ink"]),
        ("search=n%20e", ["pen"]),
        ("search=%22i%22%20OR", []),
        ("search=o'k", []),
        ("search=k&$filter=number gt 2&search-focus=name", ["desk"]),
        ("sap-client=100&sap-language=EN&sap-ds-debug=true&saml2=disabled&$top=1", ["pen"]),
    ],
)
def test_a_text_that_somebody_has_typed_is_searched_for(shop: Shop, options: str, names: list[str]) -> None:
    assert shop.names(options) == names


def test_a_search_is_counted_and_goes_on_behind_pages(shop: Shop) -> None:
    page = shop.get("Articles?search=k&$inlinecount=allpages&$top=1")
    assert (page["__count"], len(page["results"])) == ("2", 1)
    assert shop.ask("GET", "Articles/$count?search=k").body == b"2"
    for number in (4, 5):
        assert shop.ask("POST", "Articles", {"number": number, "name": "ok", "price": "1"}).status == 201
    page = shop.get("Articles?search=k&$orderby=number desc")
    assert "search=k" in page["__next"]
    assert [each["number"] for each in shop.get(page["__next"].removeprefix(ROOT))["results"]] == [3, 2]


@pytest.fixture
def guarded() -> Iterator[Shop]:
    """Northwind, whose customers have a property with ConcurrencyMode="Fixed"."""
    with service_of(load_schema(str(MODELS / "v2" / "northwind.xml"))) as service:
        shop = Shop(service, V2Service(service))
        made = {"CustomerID": "ALFKI", "CompanyName": "Alfreds", "Address": {"City": "Berlin"}}
        assert shop.ask("POST", "Customers", made).status == 201
        yield shop


@pytest.mark.parametrize("method", ["MERGE", "PATCH", "PUT", "DELETE"])
def test_what_has_a_concurrency_token_is_changed_with_its_etag_alone(guarded: Shop, method: str) -> None:
    body = None if method == "DELETE" else {"CompanyName": "Other", "Address": {"City": "Bonn"}}
    assert guarded.ask(method, "Customers('ALFKI')", body).status == 428
    assert guarded.ask(method, "Customers('NONE')", body).status in {404, 428}
    etag = guarded.get("Customers('ALFKI')")["__metadata"]["etag"]
    assert guarded.ask(method, "Customers('ALFKI')", body, if_match=etag).status == 204


def test_a_browser_keeps_no_entity_as_json_that_it_is_asked_for_as_atom(shop: Shop) -> None:
    answers = [shop.ask("GET", "Articles(1)", accept=name) for name in ("application/json", "application/atom+xml")]
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
