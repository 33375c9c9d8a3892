"""What 4.01 adds to the level Advanced, each test named by the id of its row."""

import json

from odata_service.service import Service
from tests.asking import ask
from tests.batches import http, in_json, multipart


def test_adv401_03_filtered_and_searched_collections_are_counted(service: Service) -> None:
    both = "Customers?$filter=orders/$count($filter=amount gt 5;$search=b) gt 1"
    assert ask(service, "GET", both).column("id") == ["a"]
    assert ask(service, "GET", "Customers?$filter=orders/$count($search=car) eq 1").column("id") == ["b"]


def test_adv401_04_what_is_computed_is_filtered_ordered_and_selected(service: Service) -> None:
    target = "Customers?$compute=tolower(displayName) as l,length(l) as n&$filter=l ge 'b'&$orderby=n desc,l"
    assert [(found["l"], found["n"]) for found in ask(service, "GET", target).values] == [
        ("gämma_x", 7),
        ("o'brien", 7),
        ("beta%", 5),
    ]


def test_adv401_06_metadata_is_csdl_json_where_it_is_preferred(service: Service) -> None:
    preferred = ask(service, "GET", "$metadata", accept="application/json", odata_maxversion="4.01")
    asked_for = ask(service, "GET", "$metadata?$format=json")
    documents = [json.loads(answer.body) for answer in (preferred, asked_for)]
    assert [document["$Version"] for document in documents] == ["4.01", "4.01"]
    assert documents[0]["shop"]["VipCustomer"]["$BaseType"] == "shop.Customer"


def test_adv401_07_batch_takes_multipart_and_json(changing: Service) -> None:
    (part,) = multipart(changing, http("GET Customers('a')"), odata_version="4.01")
    assert (part.status, part.headers["OData-Version"]) == (200, "4.01")
    group = {"atomicityGroup": "g", "dependsOn": ["1"]}
    answers = in_json(
        changing,
        {"url": "/Customers('a')"},
        {**group, "method": "post", "url": "Orders", "body": {"number": 6, "customerId": "b"}},
        {**group, "method": "patch", "url": "$2", "headers": {"if-match": "$2"}, "body": {"title": "pump"}},
        {"url": "Orders?$filter=customerId eq $2/customerId&$select=number", "dependsOn": ["g"]},
        {"url": "Customers('nobody')"},
        {"url": "Customers", "dependsOn": ["5"]},
        {"url": "Customers/$count", "dependsOn": ["5"], "if": "not $5/$succeeded and $3/title eq 'pump'"},
        odata_version="4.01",
    )
    assert [answer["status"] for answer in answers] == [200, 201, 200, 200, 404, 424, 200]
    assert [answer.get("atomicityGroup") for answer in answers[:4]] == [None, "g", "g", None]
    assert [order["number"] for order in answers[3]["body"]["value"]] == [4, 6]
    assert answers[1]["headers"]["location"].endswith("Orders(6)")


def test_adv401_08_the_filter_of_a_path_takes_an_alias(service: Service) -> None:
    answer = ask(service, "GET", "Customers/$filter(@f)?@f=isDeleted eq false")
    assert answer.column("id") == ["a", "d", "e's/x"]


def tags(service: Service, options: str) -> list[str]:
    """The tags of customer a under these options inside `$select`."""
    answer = ask(service, "GET", f"Customers?$filter=id eq 'a'&$select=tags({options})")
    assert answer.status == 200, answer.body
    found: list[str] = answer.values[0]["tags"]
    return found


def test_adv401_05_options_nest_in_select(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')?$select=address($select=city)").json["address"] == {"city": "Bonn"}


def test_adv401_05a_filter_narrows_a_selected_collection(service: Service) -> None:
    assert tags(service, "$filter=startswith($this,'a') or $this eq 'cyan'") == ["amber", "cyan"]


def test_adv401_05b_orderby_sorts_a_selected_collection(service: Service) -> None:
    assert tags(service, "$orderby=$this desc") == ["cyan", "blue", "amber"]


def test_adv401_05c_count_counts_a_selected_collection(service: Service) -> None:
    shown = ask(service, "GET", "Customers('a')?$select=tags($count=true;$top=1)").json
    assert (shown["tags@odata.count"], shown["tags"]) == (3, ["blue"])


def test_adv401_05d_top_and_skip_cut_a_selected_collection(service: Service) -> None:
    assert tags(service, "$top=1;$skip=1") == ["amber"]


def test_adv401_05e_search_narrows_a_selected_collection(service: Service) -> None:
    assert tags(service, "$search=a AND NOT mb") == ["cyan"]


def test_adv401_09_an_alias_inside_an_option_holds_there_alone(service: Service) -> None:
    target = "Customers('a')?@m=15&$expand=orders(@m=5;$filter=amount gt @m)&$select=id"
    assert [order["number"] for order in ask(service, "GET", target).json["orders"]] == [1, 3]
    outside = "Customers?@m='b'&$filter=id eq @m&$select=id,tags(@m='blue';$filter=$this eq @m)"
    assert [(one["id"], one["tags"]) for one in ask(service, "GET", outside).values] == [("b", ["blue"])]
