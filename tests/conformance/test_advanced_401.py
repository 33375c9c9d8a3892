"""What 4.01 adds to the level Advanced, each test named by the id of its row."""

import json

from odata_service.service import Service
from tests.asking import ask


def test_adv401_06_metadata_is_csdl_json_where_it_is_preferred(service: Service) -> None:
    preferred = ask(service, "GET", "$metadata", accept="application/json", odata_maxversion="4.01")
    asked_for = ask(service, "GET", "$metadata?$format=json")
    documents = [json.loads(answer.body) for answer in (preferred, asked_for)]
    assert [document["$Version"] for document in documents] == ["4.01", "4.01"]
    assert documents[0]["shop"]["VipCustomer"]["$BaseType"] == "shop.Customer"


def test_adv401_08_the_filter_of_a_path_takes_an_alias(service: Service) -> None:
    answer = ask(service, "GET", "Customers/$filter(@f)?@f=isDeleted eq false")
    assert answer.column("id") == ["a", "d", "e's/x"]
