"""What 4.01 adds to the level Intermediate, each test named by the id of its row."""

from odata_service.service import Service
from tests.asking import ask


def customers(service: Service, options: str) -> list[str]:
    """The keys of the customers that these options leave, in order."""
    answer = ask(service, "GET", f"Customers?{options}")
    assert answer.status == 200, answer.body
    return answer.column("id")


def test_int401_03_a_relation_is_compared_with_null_at_every_place(service: Service) -> None:
    assert customers(service, "$filter=manager/manager ne null") == ["c"]
    assert ask(service, "GET", "Orders?$filter=customer eq null").column("number") == [5]
    nested = ask(service, "GET", "Customers('a')?$expand=orders($filter=customer/manager eq null)")
    assert len(nested.json["orders"]) == 3


def test_int401_04_in_takes_texts_numbers_and_null(service: Service) -> None:
    assert customers(service, "$filter=id in ('a','d','x')") == ["a", "d"]
    assert customers(service, "$filter=not (contractType in (2,4))") == ["a", "c"]
    assert customers(service, "$filter=contractType in (1,null)") == ["a", "c"]


def test_int401_07_a_complex_value_is_compared_with_null(service: Service) -> None:
    assert customers(service, "$filter=address eq null") == ["c", "d", "e's/x"]
    assert customers(service, "$filter=address ne null") == ["a", "b"]


def test_int401_06_filtered_counts_are_compared(service: Service) -> None:
    assert customers(service, "$filter=orders/$filter(amount gt 5)/$count eq orders/$count") == ["b", "c", "d", "e's/x"]


def test_int401_11_a_path_narrows_a_collection(service: Service) -> None:
    assert ask(service, "GET", "Customers/$filter(isDeleted)").column("id") == ["b"]
    assert ask(service, "GET", "Customers/$filter(contractType eq 2)/$filter(isDeleted)/$count").body == b"1"


def test_int401_08_what_is_computed_orders(service: Service) -> None:
    target = "Customers?$compute=contractType mul 2 as d&$orderby=d desc,id&$filter=d gt 2"
    assert ask(service, "GET", target).column("id") == ["d", "b", "e's/x"]


def test_int401_05_select_nests_in_select(service: Service) -> None:
    shown = ask(service, "GET", "Customers?$select=id,address($select=city)&$filter=id eq 'b'").values
    assert [(one["id"], one["address"]) for one in shown] == [("b", {"city": "Lyon"})]


def test_int401_09_options_nest_in_select(service: Service) -> None:
    shown = ask(service, "GET", "Customers('a')?$select=tags($filter=$this ne 'blue';$top=1)").json
    assert shown["tags"] == ["amber"]


def test_int401_10_aliases_have_values_inside_select_and_expand(service: Service) -> None:
    expanded = ask(service, "GET", "Customers('a')?$expand=orders(@m=5;$filter=amount gt @m)").json["orders"]
    assert [order["number"] for order in expanded] == [1, 3]
    assert ask(service, "GET", "Customers('a')?$select=tags(@t='cyan';$filter=$this eq @t)").json["tags"] == ["cyan"]
