"""GET through `Service.handle`: what the query options give, and what is answered where nothing is."""

import pytest

from odata_service.service import Service
from odata_service.settings import Limits, Settings
from tests.asking import ROOT, ask, service_of
from tests.models import customer_schema


@pytest.mark.parametrize(
    ("filter_text", "ids"),
    [
        ("contractType gt 2", ["d"]),
        ("case(contractType gt 3:10,true:20) eq 10", ["d"]),
        ("case(contractType add 10 gt 13:10,true:20) eq 10", ["d"]),
        ("not (contractType gt 2)", ["a", "b", "c", "e's/x"]),
        ("contractType ne 2", ["a", "c", "d"]),
        ("contractType ge null", ["c"]),
        ("contractType eq null", ["c"]),
        ("not (contractType eq null)", ["a", "b", "d", "e's/x"]),
        ("contractType lt 9999999999", ["a", "b", "d", "e's/x"]),
        ("contractType add 1 mul 2 eq 4", ["b", "e's/x"]),
        ("contractType div 4 eq 1", ["d"]),
        ("-contractType lt -2", ["d"]),
        ("isDeleted", ["b"]),
        ("not isDeleted", ["a", "d", "e's/x"]),
        ("isDeleted eq false", ["a", "d", "e's/x"]),
        ("isDeleted or contractType eq 4", ["b", "d"]),
        ("contains(displayName,'%25')", ["b"]),
        ("contains(displayName,'_')", ["c"]),
        ("contains(displayName,'ä')", ["c"]),
        ("startswith(displayName,'O''')", ["e's/x"]),
        ("endswith(displayName,'a')", ["a"]),
        ("not contains(displayName,'a')", ["e's/x"]),
        ("indexof(displayName,'p') eq 2", ["a"]),
        ("length(displayName) eq 5", ["a", "b"]),
        ("toupper(displayName) eq 'GÄMMA_X'", ["c"]),
        ("tolower(displayName) eq 'alpha'", ["a"]),
        ("concat(displayName,'!') eq 'Alpha!'", ["a"]),
        ("substring(displayName,1,2) eq 'lp'", ["a"]),
        ("trim(' x ') eq 'x' and id eq 'a'", ["a"]),
        ("year(cosmosCreatedDateTimeUTC) eq 2024", ["a"]),
        ("date(cosmosCreatedDateTimeUTC) eq 2024-01-02", ["a"]),
        ("time(cosmosCreatedDateTimeUTC) gt 03:04:05", ["a"]),
        ("fractionalseconds(cosmosCreatedDateTimeUTC) eq 0.678", ["a"]),
        ("cosmosCreatedDateTimeUTC eq 2024-01-02T04:04:05.678+01:00", ["a"]),
        ("cosmosCreatedDateTimeUTC eq '2024-01-02T03:04:05.678Z'", ["a"]),
        ("cosmosCreatedDateTimeUTC lt now()", ["a"]),
        ("cosmosCreatedDateTimeUTC gt mindatetime() and cosmosCreatedDateTimeUTC lt maxdatetime()", ["a"]),
        ("cosmosCreatedDateTimeUTC sub duration'P1D' lt 2024-01-02T00:00:00Z", ["a"]),
        ("totalseconds(duration'PT1M') eq 60 and id eq 'a'", ["a"]),
        ("round(contractType divby 4) eq 1", ["b", "d", "e's/x"]),
        ("ceiling(contractType divby 4) eq 1", ["a", "b", "d", "e's/x"]),
        ("floor(2.5) eq 2 and id eq 'a'", ["a"]),
        ("contractType mod 2 eq 0", ["b", "d", "e's/x"]),
        ("id in ('a','d')", ["a", "d"]),
        ("cast(contractType,Edm.String) eq '4'", ["d"]),
        ("case(contractType gt 2:'big',true:'small') eq 'big'", ["d"]),
        ("isof(displayName,Edm.String) and contractType eq 2", ["b", "e's/x"]),
        ("displayName eq @n&@n='Alpha'", ["a"]),
        ("$it/displayName eq 'Alpha'", ["a"]),
        (" or ".join(f"id eq '{letter}'" for letter in "abcdefghij" * 30), ["a", "b", "c", "d"]),
    ],
)
def test_filter(service: Service, filter_text: str, ids: list[str]) -> None:
    answer = ask(service, "GET", f"Customers?$filter={filter_text}&$select=id")
    assert (answer.status, answer.json.get("error")) == (200, None)
    assert answer.column("id") == ids


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("contractType,id desc", ["c", "a", "e's/x", "b", "d"]),
        ("contractType desc", ["d", "b", "e's/x", "a", "c"]),
        ("displayName", ["d", "a", "b", "c", "e's/x"]),
        ("length(displayName) desc,id", ["c", "e's/x", "a", "b", "d"]),
        ("isDeleted desc,id", ["b", "a", "d", "e's/x", "c"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 10])
def test_order_with_null_lowest_over_pages_of_any_size(service: Service, order: str, ids: list[str], size: int) -> None:
    target: str | None = f"Customers?$orderby={order}&$select=id"
    found = []
    while target is not None:
        page = ask(service, "GET", target, prefer=f"odata.maxpagesize={size}")
        found += page.column("id")
        link = page.json.get("@odata.nextLink")
        target = None if link is None else link.removeprefix(ROOT)
    assert found == ids


def test_top_is_served_across_pages_and_the_count_is_of_all(service: Service) -> None:
    first = ask(service, "GET", "Customers?$top=3&$skip=1&$count=true&$select=id", prefer="odata.maxpagesize=2")
    second = ask(service, "GET", first.json["@odata.nextLink"].removeprefix(ROOT), prefer="odata.maxpagesize=2")
    assert first.column("id") + second.column("id") == ["b", "c", "d"]
    assert (first.json["@odata.count"], second.json["@odata.count"]) == (5, 5)
    assert "@odata.nextLink" not in second.json


@pytest.mark.parametrize(
    "target",
    [
        "Customers/$count?$orderby=displayName&$skip=1&$top=1&$filter=id ne 'a'",
        "Customers/$filter(id ne 'a')/$count?$top=0",
    ],
)
def test_a_count_is_that_of_all_whatever_their_order_and_the_part_of_them_that_is_asked_for(
    service: Service, target: str
) -> None:
    whole = int(ask(service, "GET", "Customers/$count").body)
    assert int(ask(service, "GET", target.replace(" ", "%20")).body) == whole - 1


def test_top_zero_with_count_answers_the_count_alone(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$top=0&$count=true")
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#Customers", "@odata.count": 5, "value": []}


@pytest.mark.parametrize("token", ["x", "", "é", "AAAA", "eyJ4IjoxfQ"])
def test_a_token_that_was_not_written_here_is_refused(service: Service, token: str) -> None:
    answer = ask(service, "GET", f"Customers?$skiptoken={token}")
    assert (answer.status, answer.error["target"]) == (400, "$skiptoken")


def test_a_token_of_another_query_is_refused(service: Service) -> None:
    link = ask(service, "GET", "Customers?$orderby=displayName", prefer="odata.maxpagesize=2").json["@odata.nextLink"]
    token = link.partition("$skiptoken=")[2]
    assert ask(service, "GET", f"Customers?$skiptoken={token}").status == 400


def test_a_link_that_a_client_encodes_otherwise_still_leads_on(service: Service) -> None:
    link = ask(service, "GET", "Customers?$orderby=displayName desc", prefer="odata.maxpagesize=2").json[
        "@odata.nextLink"
    ]
    other = link.removeprefix(ROOT).replace("$", "%24").replace(" ", "%20")
    assert ask(service, "GET", other).column("id") == ["b", "a", "d"]


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("Custmers", 404, "Did you mean 'Customers'?"),
        ("Customers('zz')", 404, "No entity has this key"),
        ("Customers('a')/nme", 404, "has no property"),
        ("Customers('a')/displayName/x", 404, "primitive"),
        ("Customers('a')/displayName('x')", 404, "'displayName' is no collection of entities"),
        (
            "Customers?$filter=displayName('x') eq 'y'",
            400,
            "a collection of entities alone (at position 12 of $filter)",
        ),
        ("Customers?$orderby=contractType(1)", 400, "a collection of entities alone (at position 13 of $orderby)"),
        ("Customers?$filter=$root/Customers(5)/id eq 'a'", 400, "'id' is an Edm.String, and this value is none (at"),
        ("Customers?$filter=$root/Customers(@a)/id eq 'a'", 400, "'@a' has no value (at position 17 of $filter)"),
        ("Customers?$filter=$root/Customers(key='a')/id eq 'a'", 400, "id, and not key (at position 16 of $filter)"),
        ("Customers(5)", 400, "Write Customers('…')."),
        ("Customers()", 400, "empty"),
        ("Customers(key='a')", 400, "The key of"),
        ("Customers('a')/$value", 400, "no media entity"),
        ("Customers?$filter=displayNme eq 'x'", 400, "Did you mean 'displayName'?"),
        ("Customers?$filter=displayName eq 5", 400, "single quotes"),
        ("Customers?$filter=contractType eq 'x'", 400, "without quotes"),
        ("Customers?$filter=displayName", 400, "must be true or false"),
        ("Customers?$filter=displayName == 'x'", 400, "eq for equality"),
        ("Customers?$filter=contains(displayName)", 400, "contains(Edm.String, Edm.String)"),
        ("Customers?$filter=contain(displayName,'x')", 400, "Did you mean 'contains'?"),
        ("Customers?$filter=contractType div 0 eq 1", 400, "divided by zero"),
        ("Customers?$filter=contractType div (contractType sub 1) eq 1", 400, "divided by zero"),
        ("Customers?$filter=1 mod (9223372036854775807 add contractType) eq 1", 400, "out of range"),
        ("Customers?$filter=cosmosCreatedDateTimeUTC gt 12:00:00", 400, "2024-01-31T12:00:00Z"),
        ("Customers?$filter=cosmosCreatedDateTimeUTC gt 2024-02-30T00:00:00Z", 400, "no calendar has this day"),
        ("Customers?$filter=displayName eq @a&@a=@a", 400, "refers to itself"),
        ("Customers?$select=displayNme", 400, "Did you mean 'displayName'?"),
        ("Customers?$orderby=displayNme", 400, "Did you mean 'displayName'?"),
        ("Customers?$expand=displayName", 400, "$select=displayName"),
        ("Customers?$expand=partner", 400, "not declared"),
        ("Customers?$top=-1", 400, "whole number"),
        ("Customers?$skip=x", 400, "whole number"),
        ("Customers?$count=maybe", 400, "true or false"),
        ("Customers?$top=1&$top=2", 400, "must not appear more than once"),
        ("Customers?$filtre=x", 400, "'$filtre' is an unknown query option. Did you mean '$filter'?"),
        ("Customers?$callback=x", 400, "'$callback' is an unknown query option. JSONP is not served: ask for JSON"),
        ("Customers('a')?$filter=id eq 'a'", 400, "does not go with one entity"),
        ("Customers/$count?$select=id", 400, "does not go with a count"),
        ("Customers?$filter=" + "(" * 200 + "true" + ")" * 200, 400, "--max-depth"),
        ("Customers?$filter=" + " or ".join(["isDeleted"] * 2_100), 414, "longer than"),
        (
            "Customers?$format=xml",
            406,
            "The requested format 'xml' is none of this resource, which is answered as JSON",
        ),
        ("$batch", 405, "It takes POST"),
        ("$batch/x", 404, "no resource '$batch'"),
    ],
)
def test_a_refusal_says_what_to_write_instead(service: Service, target: str, status: int, said: str) -> None:
    answer = ask(service, "GET", target)
    assert answer.status == status
    assert said in answer.error["message"]


def test_the_limit_on_nodes_counts_operators_and_not_members_of_lists() -> None:
    with service_of(customer_schema(), Settings(limits=Limits(max_nodes=10))) as service:
        members = ",".join(f"'{number}'" for number in range(500))
        assert ask(service, "GET", f"Customers?$filter=id in ({members})").status == 200
        chain = " or ".join(["isDeleted"] * 12)
        assert "--max-nodes" in ask(service, "GET", f"Customers?$filter={chain}").error["message"]


def test_requests_that_differ_in_literals_share_a_plan(service: Service) -> None:
    before = len(service._workshop.reads)
    for key in ("a", "b", "c"):
        assert ask(service, "GET", f"Customers('{key}')?$select=id").json["id"] == key
        assert ask(service, "GET", f"Customers/{key}?$select=id").json["id"] == key
        assert ask(service, "GET", f"Customers?$filter=id eq '{key}'&$top=5").column("id") == [key]
    assert len(service._workshop.reads) - before == 3


def test_a_null_property_answers_204(service: Service) -> None:
    assert ask(service, "GET", "Customers('d')/displayName").status == 204
    assert ask(service, "GET", "Customers('d')/displayName/$value").status == 204
    assert ask(service, "GET", "Customers('a')/displayName/$value").body == b"Alpha"


def test_an_unchanged_entity_answers_304(service: Service) -> None:
    tag = ask(service, "GET", "Customers('a')").headers["ETag"]
    answer = ask(service, "GET", "Customers('a')", if_none_match=tag)
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert ask(service, "GET", "Customers('a')", if_match='W/"0"').status == 412


@pytest.mark.parametrize("target", ["Customers('a')", "Customers('a')/displayName"])
def test_a_browser_keeps_no_answer_whose_etag_is_that_of_other_formats(service: Service, target: str) -> None:
    answers = [
        ask(service, "GET", target, accept=f"application/json;odata.metadata={level}") for level in ("none", "full")
    ]
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert "Cache-Control" not in ask(service, "GET", "$metadata").headers


def test_unchanged_metadata_answers_304(service: Service) -> None:
    tag = ask(service, "GET", "$metadata").headers["ETag"]
    assert ask(service, "GET", "$metadata", if_none_match=tag).status == 304


def test_every_entity_carries_its_type_where_the_page_shows_it(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')").json["@odata.type"] == "#microsoft.graph.Customer"


def test_entity_ids_are_dereferenced(service: Service) -> None:
    assert ask(service, "GET", f"$entity?$id={ROOT}Customers('a')&$select=id").json["id"] == "a"
    assert ask(service, "GET", "$entity").status == 400


def test_head_answers_what_get_would_without_its_body(service: Service) -> None:
    get, head = ask(service, "GET", "Customers('a')"), ask(service, "HEAD", "Customers('a')")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(get.body)))


def test_options_tell_the_methods(service: Service) -> None:
    assert ask(service, "OPTIONS", "Customers('a')").headers["Allow"] == "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"


def test_a_fault_answers_500_with_a_reference_and_nothing_else(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(service.store, "read", broken)
    answer = ask(service, "GET", "Customers")
    assert (answer.status, answer.error["code"]) == (500, "ServiceError")
    assert "test" in answer.error["message"]
    assert "secret" not in answer.body.decode()
    assert "secret detail" in caplog.text


def test_a_known_shape_refuses_what_an_unknown_one_refuses(service: Service) -> None:
    assert ask(service, "GET", "Customers?$top=1&$skip=1").status == 200
    for target in ("Customers?$top=-1&$skip=1", "Customers?$top=1&$skip=-1", "Customers?$top=1.5&$skip=1"):
        assert ask(service, "GET", target).status == 400


def test_without_a_limit_nesting_still_ends() -> None:
    with service_of(customer_schema(), Settings(limits=Limits(max_depth=0))) as unlimited:
        for deep in ("(" * 5_000 + "true" + ")" * 5_000, "not " * 3_000 + "true", "-" * 180 + "contractType eq 1"):
            assert ask(unlimited, "GET", f"Customers?$filter={deep}").status == 400


@pytest.mark.parametrize("levels", [20, 98])
@pytest.mark.parametrize(
    ("before", "middle", "after"),
    [
        ("(", "true", ")"),
        ("not ", "true", ""),
        ("-", "contractType eq 1", ""),
        ("", "contractType", " add 1"),
        ("concat(", "'a'", ",'b')"),
        ("tolower(", "displayName", ")"),
    ],
)
def test_nesting_is_answered_or_refused_and_never_a_fault(
    service: Service, levels: int, before: str, middle: str, after: str
) -> None:
    comparison = " ne null" if "true" not in middle and " eq " not in middle else ""
    answer = ask(service, "GET", f"Customers?$filter={before * levels}{middle}{after * levels}{comparison}")
    assert answer.status == 200 or (levels == 98 and answer.error["code"] == "LimitExceeded")


@pytest.mark.parametrize(("top", "count"), [(1, 1), (2, 2), (1, 1)])
def test_an_alias_stands_for_a_number_of_entities(service: Service, top: int, count: int) -> None:
    assert len(ask(service, "GET", f"Customers?$top=@t&$skip=@s&@t={top}&@s=1").values) == count


def test_an_alias_without_a_value_is_no_number_of_entities(service: Service) -> None:
    assert ask(service, "GET", "Customers?$top=@t").error["target"] == "$top"
