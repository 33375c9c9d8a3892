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
