"""The requirements of the $apply extension, each test named by the id of its row."""

from lxml import etree

from odata_service.service import Service
from tests.asking import Answer, ask


def get(service: Service, target: str, **headers: str) -> Answer:
    answer = ask(service, "GET", target, **headers)
    assert answer.status == 200, answer.body
    return answer


def rows(service: Service, target: str) -> list[dict[str, object]]:
    """What comes out, without control information."""
    return get(service, target, accept="application/json;odata.metadata=none").values


def test_apply_01_each_method_of_aggregation(service: Service) -> None:
    methods = ("sum", "min", "max", "average", "countdistinct")
    target = ",".join(f"amount with {method} as {method}" for method in methods)
    assert rows(service, f"Orders?$apply=aggregate({target},$count as n)") == [
        {"sum": 41.500001, "min": 0.000001, "max": 20, "average": 8.3000002, "countdistinct": 5, "n": 5}
    ]


def test_apply_02_what_metadata_says_is_there(service: Service) -> None:
    document = etree.fromstring(get(service, "$metadata", accept="application/xml").body)
    term = "Org.OData.Aggregation.V1.ApplySupportedDefaults"
    said = document.xpath(f"//*[@Term='{term}']//*[@Property='Transformations']//*[local-name()='String']/text()")
    assert said == [
        "addnested",
        "aggregate",
        "ancestors",
        "bottomcount",
        "bottompercent",
        "bottomsum",
        "compute",
        "concat",
        "descendants",
        "filter",
        "groupby",
        "identity",
        "join",
        "nest",
        "orderby",
        "outerjoin",
        "search",
        "skip",
        "top",
        "topcount",
        "toppercent",
        "topsum",
        "traverse",
    ]


def test_apply_03_the_other_options_see_the_result(service: Service) -> None:
    target = "Customers?$apply=groupby((contractType),aggregate($count as n))&$filter=n gt 1&$orderby=contractType desc"
    assert rows(service, target) == [{"contractType": 2, "n": 2}]


def test_apply_04_transformations_follow_each_other(service: Service) -> None:
    target = "Orders?$apply=filter(amount gt 5)/groupby((customer/displayName),aggregate(amount with sum as s))/top(1)"
    assert rows(service, target) == [{"customer": {"displayName": "Alpha"}, "s": 17}]


def test_apply_05_aggregate_makes_one_instance(service: Service) -> None:
    target = (
        "Customers?$apply=aggregate(contractType with max as most,contractType with min as least,$count as n,"
        "contractType with sum as sum,contractType with average as mean,contractType with countdistinct as kinds)"
    )
    assert rows(service, target) == [{"most": 4, "least": 1, "n": 5, "sum": 9, "mean": 2.25, "kinds": 3}]


def test_apply_06_groupby_makes_each_combination_with_null(service: Service) -> None:
    assert rows(service, "Customers?$apply=groupby((contractType,isDeleted))") == [
        {"contractType": None, "isDeleted": None},
        {"contractType": 1, "isDeleted": False},
        {"contractType": 2, "isDeleted": False},
        {"contractType": 2, "isDeleted": True},
        {"contractType": 4, "isDeleted": False},
    ]


def test_apply_07_groupby_rolls_up(service: Service) -> None:
    groups = "groupby((rollup(contractType,isDeleted)),aggregate($count as n))"
    target = f"Customers?$apply=filter(contractType eq 2)/{groups}"
    assert rows(service, target) == [
        {"contractType": 2, "isDeleted": False, "n": 1},
        {"contractType": 2, "isDeleted": True, "n": 1},
        {"contractType": 2, "n": 2},
    ]


def test_apply_08_concat_puts_results_one_behind_the_other(service: Service) -> None:
    target = "Orders?$apply=concat(aggregate($count as n),topcount(1,amount)/groupby((title)))"
    assert rows(service, target) == [{"n": 5}, {"title": "blue car"}]


def test_apply_09_greatest_and_smallest(service: Service) -> None:
    kept = {
        "topcount(2,amount)": [4, 1],
        "bottomcount(2,amount)": [5, 2],
        "topsum(25,amount)": [4, 1],
        "bottomsum(4,amount)": [5, 2],
        "toppercent(48,amount)": [4],
        "bottompercent(20,amount)": [5, 2, 3],
    }
    assert {apply: get(service, f"Orders?$apply={apply}").column("number") for apply in kept} == kept


def test_apply_10_what_leaves_instances_as_they_are(service: Service) -> None:
    sequences = {
        "compute(amount mul 2 as c)/filter(c gt 30)": [4],
        "orderby(amount desc)/skip(1)/top(2)": [1, 3],
        "search(car)/identity": [4],
    }
    assert {apply: get(service, f"Orders?$apply={apply}").column("number") for apply in sequences} == sequences


def test_apply_11_collections_are_joined_and_nested(service: Service) -> None:
    joined = "Customers?$apply=outerjoin(orders as o)/aggregate($count as n,o with countdistinct as k)"
    nested = "Customers?$apply=addnested(orders,aggregate($count as n) as Few)&$select=id,Few&$top=1"
    whole = "Orders?$apply=nest(aggregate(amount with max as m) as Most)"
    assert rows(service, joined) == [{"n": 7, "k": 4}]
    assert rows(service, nested) == [{"id": "a", "Few": [{"n": 3}]}]
    assert rows(service, whole) == [{"Most": [{"m": 20}]}]


def test_apply_12_hierarchies_are_walked_up_and_down(service: Service) -> None:
    up = "Customers?$apply=ancestors($root/Customers,Managers,id,filter(id eq 'c'))"
    down = "Customers?$apply=descendants($root/Customers,Managers,id,filter(id eq 'a'),1,keep start)"
    assert get(service, up).column("id") == ["a", "b"]
    assert get(service, down).column("id") == ["a", "b", "e's/x"]


def test_apply_13_the_context_url_tells_the_shape(service: Service) -> None:
    shapes = {
        "Customers?$apply=groupby((contractType),aggregate($count as n))": "Customers(contractType,n)",
        "Orders?$apply=groupby((customer/displayName))": "Orders(customer(displayName))",
        "Orders?$apply=compute(amount mul 2 as twice)": "Orders(*,twice)",
        "Orders?$apply=filter(amount gt 5)": "Orders",
    }
    found = {target: get(service, target).json["@odata.context"].rpartition("#")[2] for target in shapes}
    assert found == shapes


def test_apply_14_aggregated_instances_have_no_identity(service: Service) -> None:
    target = "Customers?$apply=aggregate($count as n)"
    assert get(service, target, odata_maxversion="4.0").values == [
        {"@odata.id": None, "n@odata.type": "#Decimal", "n": 5}
    ]
    assert get(service, target, odata_maxversion="4.01", accept="application/json;metadata=full").values == [
        {"n@odata.type": "Decimal", "n": 5}
    ]


def test_apply_15_expanded_collections_are_transformed(service: Service) -> None:
    target = "Customers?$expand=orders($apply=aggregate(amount with sum as t))&$select=id&$top=2"
    assert rows(service, target) == [{"id": "a", "orders": [{"t": 21.5}]}, {"id": "b", "orders": [{"t": 20}]}]
