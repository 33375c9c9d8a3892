"""$apply through the service, over the trade of tests/trade.py, in each database."""

import pytest

from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.url import parse_url
from tests.asking import Answer, ask

NO_METADATA = "application/json;odata.metadata=none"


def get(service: Service, target: str, **headers: str) -> Answer:
    answer = ask(service, "GET", target, **headers)
    assert answer.status == 200, answer.body
    return answer


def countries(**members: tuple[object, object]) -> list[dict[str, object]]:
    """What there is of the Netherlands and of the USA."""
    return [
        {"Customer": {"Country": country}, **{name: values[place] for name, values in members.items()}}
        for place, country in enumerate(("Netherlands", "USA"))
    ]


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "aggregate gives one instance": (
        "Sales?$apply=aggregate(Amount with sum as Total,Amount with max as Max,Amount with min as Min,$count as n)",
        [{"Total": 24, "Max": 8, "Min": 1, "n": 8}],
    ),
    "averages leave null out": (
        "Sales?$apply=aggregate(Pieces with average as P,Amount with average as A,Pieces with sum as S)",
        [{"P": 20 / 6, "A": 3, "S": 20}],
    ),
    "of nothing sums are null and counts 0": (
        "Sales?$apply=filter(Amount gt 100)/aggregate(Amount with sum as s,Pieces with average as a,Sold with min as m,"
        "$count as n,Pieces with countdistinct as d)",
        [{"s": None, "a": None, "m": None, "n": 0, "d": 0}],
    ),
    "countdistinct leaves null out": (
        "Sales?$apply=aggregate(Pieces with countdistinct as p,Customer/Country with countdistinct as c,"
        "Product with countdistinct as e)",
        [{"p": 5, "c": 2, "e": 3}],
    ),
    "an expression is aggregated": (
        "Sales?$apply=aggregate(Amount mul Product/TaxRate with sum as Tax)",
        [{"Tax": 2.08}],
    ),
    "groupby alone gives the combinations": (
        "Sales?$apply=groupby((Customer/Country,Customer/Name))",
        [
            {"Customer": {"Country": "Netherlands", "Name": "Sue"}},
            {"Customer": {"Country": "USA", "Name": "Joe"}},
            {"Customer": {"Country": "USA", "Name": "Sue"}},
        ],
    ),
    "null is a group": (
        "Sales?$apply=filter(Amount le 2)/groupby((Pieces),aggregate($count as n))",
        [{"Pieces": pieces, "n": 1} for pieces in (None, 1, 3, 5, 7)],
    ),
    "paths through collections are aggregated beside the instances": (
        "Products?$apply=groupby((Name),aggregate(Sales/Amount with sum as Total,Sales/$count as n,$count as k))",
        [
            {"Name": "Coffee", "Total": 12, "n": 2, "k": 1},
            {"Name": "Paper", "Total": 8, "n": 4, "k": 1},
            {"Name": "Pencil", "Total": None, "n": 0, "k": 1},
            {"Name": "Sugar", "Total": 4, "n": 2, "k": 1},
        ],
    ),
    "entities behind collections are told apart": (
        "Customers?$apply=groupby((Country),aggregate(Sales/Product with countdistinct as p))",
        [{"Country": "France", "p": 0}, {"Country": "Netherlands", "p": 2}, {"Country": "USA", "p": 3}],
    ),
    "what has been aggregated is aggregated again": (
        "Sales?$apply=groupby((Customer/Country,Customer/Name),aggregate(Amount with sum as s))"
        "/groupby((Customer/Country),aggregate(s with average as a,$count as n))",
        countries(a=(5, 9.5), n=(1, 2)),
    ),
    "a sequence runs in each group": (
        "Sales?$apply=groupby((Customer/Country),"
        "filter(Amount gt 1)/skip(1)/aggregate($count as n)/compute(n add 1 as m))",
        countries(n=(1, 3), m=(2, 4)),
    ),
    "topcount of each group": (
        "Sales?$apply=groupby((Customer/Country),topcount(1,Amount))&$select=ID",
        [{"ID": 4}, {"ID": 6}],
    ),
    "computed members are used further on": (
        "Sales?$apply=compute(Amount mul Product/TaxRate as Tax)/compute(Tax mul 10 as Ten)/filter(Ten gt 2)"
        "&$orderby=Tax desc&$select=ID,Tax,Ten&$top=2",
        [{"ID": 5, "Tax": 0.56, "Ten": 5.6}, {"ID": 4, "Tax": 0.48, "Ten": 4.8}],
    ),
    "orderby stays where nothing else is asked for": (
        "Sales?$apply=orderby(Amount desc)/top(3)&$select=ID",
        [{"ID": 4}, {"ID": 3}, {"ID": 5}],
    ),
    "skip leaves the first out": ("Sales?$apply=skip(6)&$select=ID", [{"ID": 7}, {"ID": 8}]),
    "toppercent takes as few as reach it": ("Sales?$apply=toppercent(50,Amount)&$select=ID", [{"ID": 4}, {"ID": 3}]),
    "topsum takes as few as reach it": (
        "Sales?$apply=topsum(15,Amount)&$select=ID",
        [{"ID": 4}, {"ID": 3}, {"ID": 5}],
    ),
    "bottomsum begins with the least": (
        "Sales?$apply=bottomsum(3,Amount)&$select=ID",
        [{"ID": 1}, {"ID": 7}, {"ID": 2}],
    ),
    "ranks of floats": (
        "Sales?$apply=bottompercent(10,Amount div 2.5e0)&$select=ID",
        [{"ID": 1}, {"ID": 7}, {"ID": 2}],
    ),
    "ranks stand in the order of what they are found by, ties in that before": (
        "Sales?$apply=orderby(ID desc)/topcount(4,Amount)/compute(1 as one)&$select=ID&$skip=1",
        [{"ID": 5}, {"ID": 3}, {"ID": 8}],
    ),
    "concat leaves members out that a part does not have": (
        "Sales?$apply=concat(topcount(1,Amount)/compute(1 as one),aggregate(Amount with sum as Total))"
        "&$select=ID,one,Total",
        [{"ID": 4, "one": 1}, {"Total": 24}],
    ),
    "an alias may have the name of the property": (
        "Sales?$apply=filter(Amount gt 1)/concat(aggregate(Amount with sum as Amount),"
        "groupby((Product/Name),aggregate(Amount with sum as Amount))/orderby(Product/Name desc)"
        "/concat(aggregate($count as UI5__count),top(2)))",
        [
            {"Amount": 22},
            {"UI5__count": 3},
            {"Product": {"Name": "Sugar"}, "Amount": 4},
            {"Product": {"Name": "Paper"}, "Amount": 6},
        ],
    ),
    "levels are rolled up from the finest on": (
        "Sales?$apply=groupby((rollup(Customer/Country,Customer/Name)),aggregate(Amount with sum as Total))",
        [
            {"Customer": {"Country": "Netherlands", "Name": "Sue"}, "Total": 5},
            {"Customer": {"Country": "USA", "Name": "Joe"}, "Total": 7},
            {"Customer": {"Country": "USA", "Name": "Sue"}, "Total": 12},
            {"Customer": {"Country": "Netherlands"}, "Total": 5},
            {"Customer": {"Country": "USA"}, "Total": 19},
        ],
    ),
    "an annotated hierarchy is rolled up": (
        "Sales?$apply=filter(Amount gt 2)/groupby((Customer/Country,rollup(Wares)),aggregate($count as n))",
        [
            {"Customer": {"Country": "USA"}, "Product": {"Category": {"Name": "Food"}, "Name": "Coffee"}, "n": 2},
            {"Customer": {"Country": "USA"}, "Product": {"Category": {"Name": "Non-Food"}, "Name": "Paper"}, "n": 1},
            {"Customer": {"Country": "USA"}, "Product": {"Category": {"Name": "Food"}}, "n": 2},
            {"Customer": {"Country": "USA"}, "Product": {"Category": {"Name": "Non-Food"}}, "n": 1},
        ],
    ),
    "from aggregates what has been aggregated by other properties": (
        "Sales?$apply=groupby((Customer/Country),aggregate(Amount with sum from Customer/Name with average as a,"
        "Amount with max from Customer/Name,Product/Name with sum from Product/Name with max as b,$count as n))",
        countries(a=(5, 9.5), b=(2, 12), n=(3, 5)),
    ),
    "from takes entities, and goes on with a chain of them": (
        "Sales?$apply=aggregate(Amount mul 2 with sum from Customer with average as a,"
        "$count from Product with max as b,Amount with sum from Customer,Product with sum from Customer with max as c)",
        [{"a": 16, "b": 4, "c": 12}],
    ),
    "all instances are aggregated from entities": (
        "Sales?$apply=compute($these/aggregate($count from Product with max) as Most)&$select=ID,Most&$top=1",
        [{"ID": 1, "Most": 4}],
    ),
    "from leaves the method of a custom aggregate out": (
        "Sales?$apply=aggregate(Amount from Customer with max from Product/Name as a,Pieces from Customer as b)",
        [{"a": 14, "b": 7}],
    ),
    "custom aggregates have the recommended method": (
        "Sales?$apply=groupby((Customer/Country),aggregate(Amount,Pieces as Most))",
        countries(Amount=(5, 19), Most=(7, 3)),
    ),
    "a group of which nothing is left is there all the same": (
        "Sales?$apply=groupby((Customer/Country),filter(Amount gt 3)/aggregate(Amount with sum as s,$count as n))",
        countries(s=(None, 16), n=(0, 3)),
    ),
    "join puts each member of a collection beside its entity": (
        "Products?$apply=join(Sales as Sale)&$filter=Sale/Amount ge 4&$select=ID&$expand=Sale($select=ID)",
        [{"ID": "P2", "Sale": {"ID": 3}}, {"ID": "P2", "Sale": {"ID": 4}}, {"ID": "P3", "Sale": {"ID": 5}}],
    ),
    "outerjoin keeps entities without any": (
        "Products?$apply=outerjoin(Sales as Sale,orderby(Amount desc)/top(1))&$select=ID&$expand=Sale($select=ID)",
        [
            {"ID": "P1", "Sale": {"ID": 2}},
            {"ID": "P2", "Sale": {"ID": 4}},
            {"ID": "P3", "Sale": {"ID": 5}},
            {"ID": "P4", "Sale": None},
        ],
    ),
    "what is joined has what transformations made of it": (
        "Products?$apply=outerjoin(Sales as Sale,groupby((Customer/Country),aggregate(Amount with sum as Total)))"
        "/filter(TaxRate gt 0.1)&$select=ID&$expand=Sale",
        [
            {"ID": "P3", "Sale": {"Customer": {"Country": "Netherlands"}, "Total": 3}},
            {"ID": "P3", "Sale": {"Customer": {"Country": "USA"}, "Total": 5}},
            {"ID": "P4", "Sale": None},
        ],
    ),
    "members are computed before they are joined": (
        "Products?$apply=join(Sales as Sale,compute(Amount mul 2 as Twice)/topcount(1,Twice))"
        "&$select=ID&$expand=Sale($select=ID)",
        [
            {"ID": "P1", "Sale": {"ID": 2, "Twice": 4}},
            {"ID": "P2", "Sale": {"ID": 4, "Twice": 16}},
            {"ID": "P3", "Sale": {"ID": 5, "Twice": 8}},
        ],
    ),
    "joins inside of joins": (
        "Categories?$apply=join(Products as P,join(Sales as S,topcount(1,Amount)))/groupby((P/Name,P/S/Amount))",
        [
            {"P": {"Name": "Coffee", "S": {"Amount": 8}}},
            {"P": {"Name": "Paper", "S": {"Amount": 4}}},
            {"P": {"Name": "Sugar", "S": {"Amount": 2}}},
        ],
    ),
    "what is joined in one part is not in the others": (
        "Categories?$apply=concat(join(Products as P)/top(1),identity,aggregate($count as n))"
        "&$select=ID,n&$expand=P($select=Name)",
        [{"ID": "PG1", "P": {"Name": "Sugar"}}, {"ID": "PG1"}, {"ID": "PG2"}, {"n": 2}],
    ),
    "groups of entities show the entities": (
        "Sales?$apply=groupby((Customer,Product/Category),aggregate(Amount with sum as t))"
        "&$filter=Customer/Country eq 'Netherlands'",
        [
            {
                "t": total,
                "Product": {"Category": {"ID": key, "Name": name}},
                "Customer": {"ID": "C3", "Name": "Sue", "Country": "Netherlands"},
            }
            for key, name, total in (("PG1", "Food", 2), ("PG2", "Non-Food", 3))
        ],
    ),
    "what groups are made by is expanded as entities are": (
        "Sales?$apply=groupby((Customer),topcount(1,Amount)/aggregate(Amount with max as t))"
        "&$expand=Customer($select=Name;$expand=Sales($select=ID;$top=1))&$orderby=Customer/Name desc,t",
        [
            {"t": 2, "Customer": {"Name": "Sue", "Sales": [{"ID": 6}]}},
            {"t": 8, "Customer": {"Name": "Sue", "Sales": [{"ID": 4}]}},
            {"t": 4, "Customer": {"Name": "Joe", "Sales": [{"ID": 1}]}},
        ],
    ),
    "groups are made by what was joined": (
        "Products?$apply=join(Sales as Sale)/groupby((Sale),aggregate($count as n))/topcount(1,Sale/Amount)"
        "&$select=n,Sale&$expand=Sale($select=Amount)",
        [{"n": 1, "Sale": {"Amount": 8}}],
    ),
    "each entity's collection is transformed where it is expanded": (
        "Products?$expand=Sales($apply=aggregate(Amount with sum as Total))&$select=ID",
        [
            {"ID": "P1", "Sales": [{"Total": 4}]},
            {"ID": "P2", "Sales": [{"Total": 12}]},
            {"ID": "P3", "Sales": [{"Total": 8}]},
            {"ID": "P4", "Sales": [{"Total": None}]},
        ],
    ),
    "the other options see what comes out of each": (
        "Products?$expand=Sales($apply=groupby((Customer/Country),aggregate(Amount with sum as Total));"
        "$orderby=Total desc;$filter=Total gt 2;$top=1;$count=true)&$select=ID&$filter=TaxRate gt 0.1",
        [
            {"ID": "P3", "Sales@odata.count": 2, "Sales": [{"Customer": {"Country": "USA"}, "Total": 5}]},
            {"ID": "P4", "Sales@odata.count": 0, "Sales": []},
        ],
    ),
    "entities stay entities where they are expanded": (
        "Products?$expand=Sales($apply=topcount(1,Amount)/compute(Amount mul 2 as twice);"
        "$expand=Customer($select=Name);$select=ID,twice)&$select=ID&$top=1",
        [{"ID": "P1", "Sales": [{"ID": 2, "twice": 4, "Customer": {"Name": "Joe"}}]}],
    ),
    "several results of each collection": (
        "Products?$expand=Sales($apply=concat(aggregate($count as n),groupby((Customer/Name))))&$select=ID&$top=1",
        [{"ID": "P1", "Sales": [{"n": 2}, {"Customer": {"Name": "Joe"}}, {"Customer": {"Name": "Sue"}}]}],
    ),
    "addnested puts what is made of a collection beside it": (
        "Customers?$apply=addnested(Sales,filter(Amount gt 3)/compute(1 as one) as Big,aggregate($count as n) as All)"
        "&$top=1",
        [
            {
                "ID": "C1",
                "Name": "Joe",
                "Country": "USA",
                "Big": [
                    {
                        "ID": 3,
                        "Amount": 4,
                        "Pieces": None,
                        "Weight": None,
                        "Paid": None,
                        "Sold": "2022-08-07",
                        "CustomerID": "C1",
                        "ProductID": "P2",
                        "OfficeID": "US West",
                        "one": 1,
                    }
                ],
                "All": [{"n": 3}],
            }
        ],
    ),
    "addnested computes with a single entity": (
        "Sales?$apply=addnested(Customer,compute(length(Name) as Length)/compute(Length add 1 as More) as Who)"
        "&$select=ID,Who&$top=1",
        [{"ID": 1, "Who": {"ID": "C1", "Name": "Joe", "Country": "USA", "Length": 3, "More": 4}}],
    ),
    "what $expand does not name is not shown": (
        "Customers?$apply=addnested(Sales,aggregate($count as n) as All)"
        "&$expand=Sales($select=ID;$top=1)&$top=1&$select=ID",
        [{"ID": "C1", "Sales": [{"ID": 1}]}],
    ),
    "trees are rolled up in each collection": (
        "Products?$apply=addnested(Sales,groupby((rolluprecursive($root/Offices,Offices,OfficeID,"
        "filter(ID ne 'Sales'))),aggregate($count as n)) as Made)&$select=ID,Made&$filter=ID eq 'P2'",
        [
            {
                "ID": "P2",
                "Made": [
                    {"OfficeID": "EMEA", "n": 0},
                    {"OfficeID": "EMEA Central", "n": 0},
                    {"OfficeID": "US", "n": 2},
                    {"OfficeID": "US East", "n": 1},
                    {"OfficeID": "US West", "n": 1},
                ],
            }
        ],
    ),
    "nest makes one instance of everything": (
        "Sales?$apply=filter(Amount gt 3)"
        "/nest(groupby((Customer/ID)) as Customers,aggregate(Amount with sum as t) as Sum)",
        [{"Customers": [{"Customer": {"ID": "C1"}}, {"Customer": {"ID": "C2"}}], "Sum": [{"t": 16}]}],
    ),
    "nothing is nested too": ("Sales?$apply=filter(Amount gt 99)/nest(identity as None)", [{"None": []}]),
    "nest stands beside other results": (
        "Sales?$apply=concat(nest(topcount(1,Amount)/groupby((ID)) as Best),aggregate($count as n))",
        [{"Best": [{"ID": 4}]}, {"n": 8}],
    ),
    "nodes in the order of the tree": (
        "Offices?$apply=traverse($root/Offices,Offices,ID,preorder)&$select=ID",
        [{"ID": name} for name in ("Sales", "EMEA", "EMEA Central", "US", "US East", "US West")],
    ),
    "nodes behind those below them": (
        "Offices?$apply=traverse($root/Offices,Offices,ID,postorder,Name desc)&$select=ID",
        [{"ID": name} for name in ("US West", "US East", "US", "EMEA Central", "EMEA", "Sales")],
    ),
    "what is left of groups stays in its order": (
        "Sales?$apply=groupby((Customer),orderby(Amount desc)/top(2))&$filter=CustomerID ne 'C2'&$select=ID",
        [{"ID": 3}, {"ID": 2}, {"ID": 6}, {"ID": 8}],
    ),
    "relatives in groups are those of the group's own": (
        "Sales?$apply=groupby((Customer/Country),"
        "descendants($root/Offices,Offices,OfficeID,top(1),keep start)/aggregate($count as n))",
        [{"Customer": {"Country": "Netherlands"}, "n": 3}, {"Customer": {"Country": "USA"}, "n": 3}],
    ),
    "relatives in nested collections are those of each": (
        "Customers?$apply=addnested(Sales,descendants($root/Offices,Offices,OfficeID,top(1),1,keep start)"
        "/groupby((ID)) as N)&$select=ID,N&$skip=1&$top=2",
        [
            {"ID": "C2", "N": [{"ID": 4}, {"ID": 5}]},
            {"ID": "C3", "N": [{"ID": 6}, {"ID": 7}, {"ID": 8}]},
        ],
    ),
    "a traversal begins with some nodes": (
        "Offices?$apply=traverse($root/Offices,Offices,ID,preorder,filter(ID eq 'US'),Name desc)&$select=ID",
        [
            {"@Aggregation.UpPath#Offices": way, "ID": name}
            for name, way in (("US", []), ("US West", ["US"]), ("US East", ["US"]))
        ],
    ),
    "groups of a part of the tree have all that is below": (
        "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,OfficeID,"
        "ancestors($root/Offices,Offices,ID,filter(ID eq 'US East'),keep start))),aggregate(Amount with sum as Total))",
        [{"OfficeID": "Sales", "Total": 24}, {"OfficeID": "US", "Total": 19}, {"OfficeID": "US East", "Total": 12}],
    ),
    "what belongs to nodes in the order of the tree": (
        "Sales?$apply=filter(Amount gt 1)/traverse($root/Offices,Offices,Office/ID,postorder,Name desc)/top(3)"
        "&$select=ID",
        [{"ID": 2}, {"ID": 3}, {"ID": 4}],
    ),
    "the order of a tree is kept in parts": (
        "Sales?$apply=traverse($root/Offices,Offices,OfficeID,preorder,Name)/concat(top(2),aggregate($count as n))"
        "&$select=ID,n",
        [{"ID": 6}, {"ID": 7}, {"n": 8}],
    ),
    "each node with what is below it": (
        "Sales?$apply=filter(Amount gt 2)/groupby((rolluprecursive($root/Offices,Offices,OfficeID)),"
        "aggregate(Amount with sum as Total,$count as n))",
        [
            {"OfficeID": "EMEA", "Total": None, "n": 0},
            {"OfficeID": "EMEA Central", "Total": None, "n": 0},
            {"OfficeID": "Sales", "Total": 16, "n": 3},
            {"OfficeID": "US", "Total": 16, "n": 3},
            {"OfficeID": "US East", "Total": 12, "n": 2},
            {"OfficeID": "US West", "Total": 4, "n": 1},
        ],
    ),
    "each node of a part of the tree, beside other groups": (
        "Sales?$apply=groupby((Product/Name,rolluprecursive($root/Offices,Offices,Office/ID,"
        "descendants($root/Offices,Offices,ID,filter(ID eq 'US'),keep start))),aggregate(Amount with sum as Total))"
        "&$filter=Office/Name eq 'US'&$expand=Product,Office($select=ID)",
        [
            {"Product": {"Name": name}, "Total": total, "Office": {"ID": "US"}}
            for name, total in (("Coffee", 12), ("Paper", 5), ("Sugar", 2))
        ],
    ),
    "nodes that are grouped by themselves stay entities": (
        "Offices?$apply=groupby((rolluprecursive($root/Offices,Offices,ID)),"
        "aggregate($count as OrgCnt)/compute(OrgCnt sub 1 as SubOrgCnt))"
        "&$select=ID,SubOrgCnt&$expand=Superordinate($select=ID)&$filter=SubOrgCnt gt 0",
        [
            {"ID": "EMEA", "SubOrgCnt": 1, "Superordinate": {"ID": "Sales"}},
            {"ID": "Sales", "SubOrgCnt": 5, "Superordinate": None},
            {"ID": "US", "SubOrgCnt": 2, "Superordinate": {"ID": "Sales"}},
        ],
    ),
    "nodes without a sequence": (
        "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,OfficeID,filter(startswith(ID,'US')))))",
        [{"OfficeID": "US"}, {"OfficeID": "US East"}, {"OfficeID": "US West"}],
    ),
    "ancestors of what a filter finds": (
        "Offices?$apply=ancestors($root/Offices,Offices,ID,filter(contains(Name,'East')))&$select=ID",
        [{"ID": "Sales"}, {"ID": "US"}],
    ),
    "with keep start the nodes themselves are there too": (
        "Offices?$apply=descendants($root/Offices,Offices,ID,filter(ID eq 'US'),keep start)&$select=ID",
        [{"ID": "US"}, {"ID": "US East"}, {"ID": "US West"}],
    ),
    "so many levels and no more": (
        "Offices?$apply=descendants($root/Offices,Offices,ID,filter(ID eq 'Sales'),1)&$select=ID",
        [{"ID": "EMEA"}, {"ID": "US"}],
    ),
    "nodes of related entities, aggregated": (
        "Sales?$apply=descendants($root/Offices,Offices,OfficeID,filter(Office/SuperordinateID eq 'US'),keep start)"
        "/aggregate(Amount with sum as Total)",
        [{"Total": 19}],
    ),
    "relatives of relatives": (
        "Offices?$apply=descendants($root/Offices,Offices,ID,filter(ID eq 'US'),keep start)"
        "/ancestors($root/Offices,Offices,ID,filter(contains(Name,'East')),2,keep start)&$select=ID",
        [{"ID": "US"}, {"ID": "US East"}],
    ),
    "the other options see the result": (
        "Sales?$apply=groupby((Customer/Country),aggregate($count as n))&$filter=n gt 3&$orderby=n desc&$select=n",
        [{"n": 5}],
    ),
    "what is computed of a result is computed behind it": (
        "Sales?$apply=groupby((Customer/Country),aggregate($count as n))&$compute=n mul 2 as m,m add 1 as k"
        "&$filter=k gt 8&$orderby=m&$select=k",
        [{"k": 11}],
    ),
    "entities are computed with behind transformations": (
        "Sales?$apply=topcount(1,Amount)/compute(1 as one)&$compute=one add Pieces as more&$select=ID,more",
        [{"ID": 4, "more": 3}],
    ),
    "aggregated away is null": (
        "Sales?$apply=groupby((Customer/Country),aggregate($count as n))&$filter=Amount eq null and Product eq null",
        countries(n=(3, 5)),
    ),
    "entities are filtered behind a concat": (
        "Sales?$apply=concat(filter(ID eq 1),filter(ID eq 4),groupby((Amount)))/filter(Amount eq 8)&$select=ID,Amount",
        [{"ID": 4, "Amount": 8}, {"Amount": 8}],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    assert get(trade, target, accept=NO_METADATA).values == expected


def test_extremes_have_the_type_of_their_property_and_counts_are_decimals(trade: Service) -> None:
    target = "Sales?$apply=aggregate(Pieces with max as Most,Pieces with sum as All,$count as Sales)"
    assert get(trade, target, accept="application/json;IEEE754Compatible=true").values == [
        {
            "@odata.id": None,
            "Most@odata.type": "#Int32",
            "Most": 7,
            "All@odata.type": "#Decimal",
            "All": "20",
            "Sales@odata.type": "#Decimal",
            "Sales": "8",
        }
    ]


@pytest.mark.parametrize("sequence", ["Pieces with sum as Pieces", "Pieces with sum from ProductID with sum as Pieces"])
def test_a_sum_with_the_name_of_an_integer_property_is_a_json_number(trade: Service, sequence: str) -> None:
    target = f"Sales?$apply=aggregate({sequence})/filter(Pieces gt 3)"
    values = get(trade, target, accept="application/json;IEEE754Compatible=true").values
    assert values == [{"@odata.id": None, "Pieces": 20}]


def test_aggregated_instances_have_no_id_and_tell_the_types_of_aliases(trade: Service) -> None:
    target = "Sales?$apply=groupby((Customer/Country),aggregate(Amount with max as Most))&$top=1"
    assert get(trade, target).json == {
        "@odata.context": "http://host/$metadata#Sales(Customer(Country),Most)",
        "value": [
            {
                "@odata.id": None,
                "Customer": {"Country": "Netherlands"},
                "Most@odata.type": "#Decimal",
                "Most": 2,
            }
        ],
    }


def test_in_401_aggregated_instances_have_no_id_at_all(trade: Service) -> None:
    answer = get(trade, "Sales?$apply=aggregate($count as n)", odata_maxversion="4.01", odata_version="4.01")
    assert answer.values == [{"n@odata.type": "Decimal", "n": 8}]


def test_entities_stay_entities(trade: Service) -> None:
    answer = get(trade, "Sales?$apply=filter(Amount gt 4)/compute(1 as one)&$expand=Customer&$select=ID,one")
    assert answer.json["@odata.context"] == "http://host/$metadata#Sales(ID,one)"
    assert answer.values[0].keys() == {"@odata.etag", "ID", "one@odata.type", "one", "Customer"}


def test_joined_entities_tell_where_they_are_from(trade: Service) -> None:
    answer = get(trade, "Products?$apply=join(Sales as Sale)&$select=ID&$expand=Sale($select=ID)&$top=1")
    assert answer.json["@odata.context"] == "http://host/$metadata#Products(ID,Sale(ID))"
    assert answer.values[0]["Sale"].keys() == {"@odata.context", "@odata.etag", "ID"}
    assert answer.values[0]["Sale"]["@odata.context"] == "#Sales/$entity"


def test_the_context_url_names_entities_that_groups_are_made_by(trade: Service) -> None:
    target = "Sales?$apply=groupby((Customer,Product/Category),aggregate($count as n))"
    assert get(trade, target).json["@odata.context"] == "http://host/$metadata#Sales(n,Product(Category),Customer())"


def test_nested_collections_tell_where_they_are_from(trade: Service) -> None:
    answer = get(trade, "Sales?$apply=nest(groupby((Customer/ID)) as Customers)", odata_maxversion="4.01").json
    assert answer["@odata.context"] == "http://host/$metadata#Sales(Customers(Customer(ID)))"
    assert answer["value"][0]["Customers@odata.context"] == "#Sales(Customer(ID))"
    answer = get(trade, "Customers?$apply=addnested(Sales,filter(Amount gt 3) as Big)", odata_maxversion="4.01").json
    assert answer["@odata.context"] == "http://host/$metadata#Customers(Big())"
    assert answer["value"][0]["Big@odata.context"] == "#Sales"


def test_the_context_url_tells_what_is_made_of_expanded_collections(trade: Service) -> None:
    answer = get(trade, "Products?$expand=Sales($apply=aggregate(Amount with sum as Total))")
    assert answer.json["@odata.context"] == "http://host/$metadata#Products(Sales(Total))"
    assert answer.values[0]["Sales"] == [{"@odata.id": None, "Total@odata.type": "#Decimal", "Total": 4}]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("Customers?$expand=Sales($apply=groupby((Product/Name),aggregate($count as n)))", "Sales"),
        ("Customers?$apply=addnested(Sales,orderby(Amount desc) as Best)", "Best"),
        ("Sales?$apply=filter(ID gt 1)/nest(orderby(Amount desc) as Best)", "Best"),
    ],
)
def test_pages_of_what_is_made_of_collections_join_to_the_whole(trade: Service, target: str, name: str) -> None:
    whole = get(trade, target, accept=NO_METADATA).values[0][name]
    answer = get(trade, target, prefer="odata.maxpagesize=1", accept=NO_METADATA).values[0]
    pages = answer[name]
    following = answer.get(f"{name}@odata.nextLink")
    while following and len(pages) < 20:
        page = get(trade, following.removeprefix("http://host/"), prefer="odata.maxpagesize=1", accept=NO_METADATA).json
        pages += page["value"]
        following = page.get("@odata.nextLink")
    assert pages == whole


def test_each_level_that_is_transformed_is_one_statement(trade: Service) -> None:
    options = "$expand=Sales($apply=groupby((Product/Name)))&$apply=addnested(Sales,top(1) as Best)"
    query = resolve(parse_url("Customers", options), trade.schema)
    assert isinstance(query, Query) and isinstance(trade.store, DatabaseStore)
    prepared = trade.store.prepare_read(plan_read(query, trade.schema))
    assert len(prepared.statements()) == 2


def test_count_counts_what_comes_out(trade: Service) -> None:
    target = "Sales?$apply=groupby((Customer/Country),aggregate($count as n))&$filter=n gt 1&$count=true&$top=1"
    assert get(trade, target).json["@odata.count"] == 2
    assert get(trade, "Sales/$count?$apply=groupby((Customer/Country))").body == b"2"


@pytest.mark.parametrize(
    "target",
    [
        "Sales?$apply=groupby((Product/Name,Customer/Country,Pieces),aggregate($count as n))",
        "Sales?$apply=concat(aggregate($count as n),orderby(Amount desc),groupby((Pieces)))",
        "Sales?$apply=compute(Amount mul Pieces as worth)&$orderby=worth desc",
        "Products?$apply=outerjoin(Sales as Sale)&$select=ID&$expand=Sale",
        "Sales?$apply=traverse($root/Offices,Offices,OfficeID,postorder,Name desc)&$select=ID",
        "Offices?$apply=groupby((rolluprecursive($root/Offices,Offices,ID)),aggregate($count as n))&$orderby=n",
        "Products?$apply=outerjoin(Sales as Sale,orderby(Amount desc))&$select=ID&$expand=Sale",
        "Sales?$apply=groupby((Customer,Product/Category),aggregate($count as n))&$orderby=n",
        "Sales?$apply=groupby((ID),aggregate(Amount divby 3 with sum as A))&$orderby=A desc",
        "Sales?$apply=groupby((Amount,Customer/Name),aggregate(Amount divby 7 with average as A))",
        "Sales?$orderby=Amount divby 3 mul Product/TaxRate mul 0.1234567890123456789&$select=ID",
        "Sales?$orderby=cast(ID mul 100000001,Edm.Single) desc&$select=ID",
        "Sales?$orderby=2147483647 mul ID desc&$select=ID",
        "Sales?$apply=compute(cast(ID mul 100000001,Edm.Single) as x)&$orderby=x&$select=ID",
        "Sales?$orderby=case(ID mod 2 eq 0:ID mul 100000001,true:cast(ID,Edm.Single))&$select=ID",
    ],
)
def test_pages_joined_are_the_whole(trade: Service, target: str) -> None:
    whole = get(trade, target, accept=NO_METADATA).values
    pages: list[object] = []
    following = target
    while following and len(pages) < 40:
        answer = get(trade, following, prefer="odata.maxpagesize=2", accept="application/json;odata.metadata=none").json
        pages += answer["value"]
        following = answer.get("@odata.nextLink", "").removeprefix("http://host/")
    assert pages == whole
