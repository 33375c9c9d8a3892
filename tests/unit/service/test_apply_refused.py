"""What $apply does not take is refused with what to write, over the trade of tests/trade.py, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ask

NO_METADATA = "application/json;odata.metadata=none"

REFUSED = {
    "Offices?$apply=ancestors($root/Offices,Office,ID,filter(ID eq 'US'))": (
        "'Office' is no recursive hierarchy of 'trade.Office' (at position 11 of $apply). Did you mean 'Offices'?"
    ),
    "Offices?$apply=ancestors($root/Office,Offices,ID,filter(ID eq 'US'))": (
        "The nodes of a hierarchy are an entity set, and not '$root/Office' (at position 11 of $apply). Did you mean"
        " 'Offices'?"
    ),
    "Sales?$apply=ancestors($root/Offices,Offices,ID,filter(ID eq 1))": (
        "'ID' is Edm.Int32, and nodes are named by Edm.String (at position 33 of $apply)."
    ),
    "Sales?$apply=groupby((rollup(Goods)))": (
        "'Goods' is no leveled hierarchy of 'trade.Sale' (at position 10 of $apply). List the levels: rollup(a,b)."
    ),
    "Sales?$apply=aggregate(Weight)": (
        "'Weight' is no custom aggregate of this service (at position 11 of $apply). Write Weight with sum as Name, or"
        " with min, max, average or countdistinct."
    ),
    "Sales?$apply=orderby(Nope)": (
        "Property 'Nope' is not declared in 'trade.Sale' (at position 9 of $apply). It declares ID, Amount, "
        "Pieces, Weight, Paid, Sold, CustomerID, ProductID, OfficeID, Customer, Product, Office."
    ),
    "Sales?$apply=addnested(Customer,top(1) as One)": (
        "A single entity is only computed with (at position 20 of $apply). Use compute, or name a collection."
    ),
    "Sales?$apply=nest(identity as a,identity as a)": (
        "'a' stands twice in the result (at position 6 of $apply). Give the second another name behind 'as'."
    ),
    "Sales?$apply=aggregate($count as n)/addnested(Customer,identity as c)": (
        "'Customer' is no longer there behind the transformations before it (at position 34 of $apply). Write addnested"
        " before groupby and aggregate."
    ),
    "Offices?$apply=traverse($root/Offices,Office,ID,preorder)": (
        "'Office' is no recursive hierarchy of 'trade.Office' (at position 10 of $apply). Did you mean 'Offices'?"
    ),
    "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,ID)),aggregate($count as n))": (
        "'ID' is Edm.Int32, and nodes are named by Edm.String (at position 48 of $apply)."
    ),
    "Products?$apply=join(Sales as Category)": (
        "'Category' is the name of a property already (at position 1 of $apply). Write another name behind 'as', such"
        " as Category2."
    ),
    "Products?$apply=join(Category as C)": (
        "'Category' is no collection, and join takes one (at position 6 of $apply). What a single-valued property leads"
        " to is named by its path: Category/…."
    ),
    "Products?$apply=aggregate($count as n)/join(Sales as S)": (
        "'Sales' is no longer there behind the transformations before it (at position 29 of $apply). Write join before"
        " groupby and aggregate."
    ),
    "Products?$apply=join(Sales/Customer as S)": (
        "'Customer' cannot follow 'Sales' here (at position 12 of $apply). One collection is joined at a time; a type"
        " may stand behind it."
    ),
    "Sales?$apply=groupby((Customer))&$expand=Product": (
        "$expand goes with entities, and $apply has made other instances of them. Name what is to be shown in"
        " groupby, as in groupby((partner)) or groupby((partner/name))."
    ),
    "Sales?$apply=aggregate(Sold with countdistinct as s)": (
        "'Sold' is not aggregated with countdistinct ($apply). Use min, max."
    ),
    "Sales?$apply=aggregate(Weight with sum as s)": (
        "'Weight' cannot be aggregated ($apply). Aggregate Pieces, ID, Amount, Sold."
    ),
    "Categories?$apply=groupby((ID))": "'ID' cannot be grouped by ($apply). Group by Name.",
    "Categories?$apply=filter(ID eq 'PG1')/aggregate($count as n)": (
        "'trade.Category' is not transformed by filter ($apply). Use aggregate, groupby, concat, join, outerjoin,"
        " identity, top."
    ),
    "Categories?$apply=groupby((rollup(Name,ID)))": (
        "groupby takes no rollup here ($apply). List the properties themselves."
    ),
    "Sales?$apply=aggregate($count as n)&$compute=Amount as m,n as n": (
        "'n' stands twice in the result (at position 13 of $compute). Give the second another name behind 'as'."
    ),
    "Sales?$apply=aggregate(Sold with sum as s)": (
        "'sum' does not take Edm.Date (at position 11 of $apply). sum and average take numbers, min and"
        " max what has an order, countdistinct everything."
    ),
    "Sales?$apply=aggregate(Customer with max as c)": (
        "'Customer' are entities, which have no max (at position 11 of $apply). Name one of their properties,"
        " or write with countdistinct."
    ),
    "Sales?$apply=aggregate($count as n,ID with max as n)": (
        "'n' stands twice in the result (at position 23 of $apply). Give the second another name behind 'as'."
    ),
    "Sales?$apply=aggregate($count as n)/groupby((Amount))": (
        "'Amount' is no longer there behind the transformations before it (at position 33 of $apply). What is there: n."
    ),
    "Sales?$apply=compute(ID as Amount)": (
        "'Amount' is a property of 'trade.Sale' already (at position 9 of $apply). Give the computed property"
        " another name."
    ),
    "Sales?$apply=aggregate($count as n)&$expand=Customer": (
        "$expand goes with entities, and $apply has made other instances of them. Name what is to be shown in"
        " groupby, as in groupby((partner)) or groupby((partner/name))."
    ),
    "Sales?$apply=aggregate($count as n)&$select=m": (
        "'m' is not in the result of $apply (at position 1 of $select). It has n."
    ),
    "Sales?$apply=topsum(1,Sold)": ("topsum takes numbers, and Sold is a Edm.Date (at position 1 of $apply)."),
    "Sales?$apply=topcount(0,Amount)": (
        "topcount takes a whole number from 1 on, and not 0 (at position 1 of $apply)."
    ),
    "Sales?$apply=bottomcount(-1,Amount)": (
        "bottomcount takes a whole number from 1 on, and not -1 (at position 1 of $apply)."
    ),
    "Sales?$apply=topcount(1.5,Amount)": (
        "topcount takes a whole number from 1 on, and not 1.5 (at position 1 of $apply)."
    ),
    "Sales?$apply=topcount(null,Amount)": (
        "topcount takes a whole number from 1 on, and not null (at position 1 of $apply)."
    ),
    "Sales?$apply=topcount(@n,Amount)": (
        "topcount takes a whole number from 1 on, and not null (at position 1 of $apply)."
    ),
    "Sales?$apply=identity/bottomcount(@n,Amount)&@n=0": (
        "bottomcount takes a whole number from 1 on, and not 0 (at position 10 of $apply)."
    ),
    "Sales?$apply=toppercent(0,Amount)": (
        "toppercent takes a number above 0 that is at most 100, and not 0 (at position 1 of $apply)."
    ),
    "Sales?$apply=bottompercent(100.01,Amount)": (
        "bottompercent takes a number above 0 that is at most 100, and not 100.01 (at position 1 of $apply)."
    ),
    "Sales?$apply=toppercent(NaN,Amount)": (
        "toppercent takes a number above 0 that is at most 100, and not NaN (at position 1 of $apply)."
    ),
    "Sales?$apply=toppercent('5',Amount)": (
        "toppercent takes a number above 0 that is at most 100, and not '5' (at position 1 of $apply)."
    ),
    "Sales?$apply=descendants($root/Offices,Offices,OfficeID,top(2),0,keep start)": (
        "The number of levels is a whole number from 1 on (at position 51 of $apply). Leave it out for all levels."
    ),
    "Sales(1)?$apply=aggregate($count as n)": (
        "$apply does not go with one entity. It goes with a collection of entities, a cross join."
    ),
}


def test_a_plan_of_an_amount_serves_no_other_one(trade: Service) -> None:
    def amounts(text: str) -> tuple[int, object]:
        answer = ask(trade, "GET", f"Sales?$apply={text}&$select=ID", accept=NO_METADATA)
        return answer.status, [row["ID"] for row in answer.values] if answer.status == 200 else None

    assert [amounts(f"topcount({number},Amount)") for number in (2, 0, 1, 0, 3)] == [
        (200, [4, 3]),
        (400, None),
        (200, [4]),
        (400, None),
        (200, [4, 3, 5]),
    ]
    assert [amounts(f"topcount(@n,Amount)&@n={number}") for number in (2, 0, 1)] == [
        (200, [4, 3]),
        (400, None),
        (200, [4]),
    ]
    assert [amounts(f"toppercent({number},Amount)") for number in (50, 0, 1, 101)] == [
        (200, [4, 3]),
        (400, None),
        (200, [4]),
        (400, None),
    ]


@pytest.mark.parametrize(("target", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_refusals_say_what_to_write(trade: Service, target: str, message: str) -> None:
    assert ask(trade, "GET", target).refusal == (400, message)
