"""The law of $apply: whatever is transformed, SQL gives what the evaluator gives, in every database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Entity, Evaluation
from odata_service.semantics.evaluate_apply import transformed
from odata_service.semantics.resolved import Query
from odata_service.semantics.transformations import Result
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.url import parse_url
from tests.asking import ask
from tests.laws import examples
from tests.models import sales_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.trade import CATEGORIES, COLUMNS, CUSTOMERS, OFFICES, PRODUCTS, Row, fill, register

ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 9).map(lambda number: Decimal(number) / 2),
        st.none() | st.integers(-2, 4),
        st.none() | st.sampled_from(["2022-01-03", "2023-05-06"]),
        st.none() | st.sampled_from(["C1", "C2", "C3"]),
        st.none() | st.sampled_from(["P1", "P2", "P3"]),
        st.none() | st.sampled_from(["Sales", "US", "US West", "EMEA"]),
    ),
    max_size=7,
)
TREE = "HierarchyNodes=$root/Offices,HierarchyQualifier='Offices'"
KEYS = ("Customer/Country", "Product/Category/Name", "Pieces", "Sold", "Customer/Name", "Customer", "Product/Category")

preserving = st.one_of(
    st.sampled_from(
        [
            "filter(Pieces ge 1)",
            "filter(Amount ne 2 and Customer/Country ne 'France')",
            "filter(Customer eq null or Amount gt 1)",
            "filter(Amount ge $these/aggregate(Amount with average))",
            "filter($these/$count gt 2 and Pieces ne $these/aggregate(Pieces with min))",
            "filter(Customer/Sales/aggregate(Amount with sum) gt 2)",
            "filter(Customer/Sales/$filter(Amount ge $these/aggregate(Amount with average))/$count gt 1)",
            "filter(Amount ge $these/aggregate(Amount with trade.Median))",
            "filter(Product/Sales/$filter($these/$count gt 1)/any(s:s/Pieces lt $these/$count))",
            "filter(Customer/Sales/aggregate(Pieces with average) lt 2)",
            "filter(Product/Sales/aggregate(Sold with max) eq Sold)",
            f"filter(isdescendant({TREE},Node=OfficeID,Ancestor='US',MaxDistance=1,IncludeSelf=true))",
            f"filter(not isdescendant({TREE},Node=OfficeID,Ancestor=Office/SuperordinateID))",
            f"filter(isancestor({TREE},Node=OfficeID,Descendant='US West') or isleaf({TREE},Node=OfficeID) eq null)",
            f"filter(issibling({TREE},Node=OfficeID,Other='EMEA') or isroot({TREE},Node=OfficeID))",
            "identity",
            "trade.Top(count=2)",
            "trade.Top(count=5)",
            "orderby(Amount desc,Customer/Name)",
            "orderby(Pieces)",
        ]
    ),
    st.tuples(st.sampled_from(["top", "skip"]), st.integers(0, 4)).map(lambda p: f"{p[0]}({p[1]})"),
    st.tuples(
        st.sampled_from(["topcount", "bottomcount"]), st.integers(1, 3), st.sampled_from(["Amount", "Pieces"])
    ).map(lambda p: f"{p[0]}({p[1]},{p[2]})"),
    st.tuples(
        st.sampled_from(["topsum", "bottomsum", "toppercent", "bottompercent"]),
        st.integers(1, 60),
        st.sampled_from(["Pieces", "Amount"]),
    ).map(lambda p: f"{p[0]}({p[1]},case({p[2]} gt 0:{p[2]},true:1))"),
)
sequences = st.lists(preserving, max_size=3).map("/".join)
aggregates = st.sampled_from(
    [
        "$count as n",
        "$count as n,Amount with sum as s,Pieces with sum as p",
        "$count as n,Amount with average as a,Pieces with average as b",
        "$count as n,Amount with max as x,Sold with min as d,Customer/Name with max as c",
        "$count as n,Product/Category/Name with countdistinct as c,Customer with countdistinct as e",
        "$count as n,Customer/Sales/Amount with sum as all,Customer/Sales/$count as many",
        "$count as n,Amount with sum from Customer/Country,Pieces with average from Pieces with max as deep",
        "$count as n,Forecast as s,Customer/Sales/Forecast as deep",
        "$count as n,Amount with trade.Median as s,Customer/Name with trade.Last as l",
        "$count as n,Customer/Sales/Pieces with trade.Median from Customer with trade.Median as deep",
    ]
).map(lambda text: f"aggregate({text})")
relatives = st.sampled_from(
    [
        "",
        "ancestors($root/Offices,Offices,OfficeID,filter(Pieces ge 1))",
        "descendants($root/Offices,Offices,OfficeID,top(2),1,keep start)",
        "traverse($root/Offices,Offices,OfficeID,preorder)",
        "traverse($root/Offices,Offices,OfficeID,postorder,filter(ID ne 'US'),Name desc)",
        "traverse($root/Offices,Offices,Office/ID,preorder,descendants($root/Offices,Offices,ID,filter(ID eq 'US')))",
    ]
)
grouping = st.tuples(
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True), sequences | relatives, aggregates
).map(lambda p: f"groupby(({','.join(p[0])}),{p[1]}{'/' if p[1] else ''}{p[2]})")
nodes = st.tuples(
    st.sampled_from(["", "Pieces,", "Customer/Country,"]),
    st.sampled_from(["OfficeID", "Office/ID"]),
    st.sampled_from(
        [
            "",
            ",filter(ID ne 'US')",
            ",descendants($root/Offices,Offices,ID,filter(ID eq 'US'),keep start)",
            ",ancestors($root/Offices,Offices,ID,filter(ID eq 'US West'))",
            ",traverse($root/Offices,Offices,ID,preorder,Name desc)",
            ",traverse($root/Offices,Offices,ID,postorder,filter(startswith(ID,'US')),Name)",
        ]
    ),
    st.one_of(
        sequences,
        st.sampled_from(
            [
                "filter(Office eq Aggregation.rollupnode())",
                f"filter(isdescendant({TREE},Node=OfficeID,Ancestor=rollupnode()/ID,MaxDistance=1))",
                "compute(case(OfficeID eq rollupnode()/ID:Amount) as Own)/filter(Own ne null)",
            ]
        ),
    ),
    aggregates,
).map(
    lambda p: f"groupby(({p[0]}rolluprecursive($root/Offices,Offices,{p[1]}{p[2]})),{p[3]}{'/' if p[3] else ''}{p[4]})"
)
reducing = st.one_of(
    aggregates,
    nodes,
    nodes.map(lambda text: f"{text}/filter(n gt 1)/compute(n mul 2 as m)"),
    grouping,
    grouping.map(lambda text: f"{text}/filter(n gt 1)/compute(n mul 2 as m)"),
    grouping.map(lambda text: f"{text}/groupby((n),aggregate($count as k))"),
    grouping.map(lambda text: f"{text}/filter(n lt $these/aggregate(n with sum))/compute($these/$count as m)"),
    st.lists(st.sampled_from(KEYS), min_size=2, max_size=3, unique=True).map(
        lambda keys: f"groupby((rollup({','.join(keys)})),aggregate($count as n))"
    ),
)
whole = st.tuples(sequences, relatives, st.sampled_from(["", "compute(Pieces mul 2 as twice)"]), sequences).map(
    lambda p: "/".join(filter(None, p)) or "identity"
)
reduced = st.tuples(relatives, sequences, reducing).map(lambda p: "/".join(filter(None, p)))
joined = st.tuples(
    reduced,
    reduced,
    st.sampled_from(
        [
            "",
            "/filter(isdefined(Pieces))",
            "/filter(not isdefined(Customer/Country) or isdefined(Product/Category/Name))",
        ]
    ),
).map(lambda p: f"concat({p[0]},{p[1]}){p[2]}")

members = st.one_of(
    st.just(("identity", "S/Amount", "S/Customer/Country,S/Pieces")),
    sequences.filter(bool).map(lambda text: (text, "S/Amount", "S/Customer/Country,S/Pieces")),
    sequences.filter(lambda text: "trade." not in text).map(
        lambda text: (f"compute(Amount mul 3 as m)/{text or 'identity'}", "S/m", "S/Customer/Name,S/m")
    ),
    aggregates.map(lambda text: (text, "S/n", "S/n")),
    grouping.map(lambda text: (text, "S/n", "S/n")),
)
joins = st.tuples(
    st.sampled_from(["join", "outerjoin"]),
    members,
    st.sampled_from(
        [
            "compute({0} mul 2 as twice)",
            "groupby(({1}),aggregate($count as n,{0} with sum as s))",
            "filter({0} gt 1 or TaxRate gt 0.1)/skip(1)/compute({0} as twice)",
            "topcount(2,{0})/groupby((Color),aggregate({0} with max as m))",
            "groupby((Color,S),aggregate($count as n))/aggregate(n with sum as n,$count as k)",
        ]
    ),
).map(lambda p: f"{p[0]}(Sales as S,{p[1][0]})/{p[2].format(*p[1][1:])}")


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, sales_schema) as found:
        register(found)
        yield found


def entities(rows: list[Row], source: str = "Sales") -> list[Entity]:
    """The sales, or the products, as the evaluator has them, with what they lead to."""
    categories = {str(row[0]): dict(zip(COLUMNS["Categories"], row, strict=True)) for row in CATEGORIES}
    products: dict[str, dict[str, Any]] = {
        str(row[0]): {
            **dict(zip(COLUMNS["Products"], row, strict=True)),
            "Category": categories[str(row[4])],
            "Sales": [],
        }
        for row in PRODUCTS
    }
    customers: dict[str, dict[str, Any]] = {
        str(row[0]): {**dict(zip(COLUMNS["Customers"], row, strict=True)), "Sales": []} for row in CUSTOMERS
    }
    sales: list[Entity] = []
    for row in rows:
        sale: dict[str, object] = dict(zip(COLUMNS["Sales"], row, strict=True))
        sale |= {"Customer": customers.get(str(row[4])), "Product": products.get(str(row[5]))}
        sale["Office"] = next((office for office in offices() if office["ID"] == row[6]), None)
        sales.append(sale)
        if row[4] is not None:
            customers[str(row[4])].setdefault("Sales", []).append(sale)
        if row[5] is not None:
            products[str(row[5])].setdefault("Sales", []).append(sale)
    found: dict[str, list[Entity]] = {"Sales": sales, "Products": [*products.values()], "Offices": offices()}
    return found[source]


def offices() -> list[Entity]:
    """The offices as the evaluator has them, in the order of their keys, each with the one above it."""
    known = {str(row[0]): dict(zip(COLUMNS["Offices"], row, strict=True)) for row in OFFICES}
    return [
        {**office, "Superordinate": known.get(str(office["SuperordinateID"]))} for _, office in sorted(known.items())
    ]


def amount(sale: Entity) -> Decimal:
    """The amount of a sale; null is below all that are drawn."""
    known = sale["Amount"]
    return known if isinstance(known, Decimal) else Decimal(-100)


def greatest(sales: Sequence[Entity], arguments: Mapping[str, object]) -> list[Entity]:
    """What `trade.Top` gives: sales as they are, each once."""
    known = {sale["ID"]: sale for sale in sales}
    ordered = sorted(known.values(), key=lambda sale: str(sale["ID"]))
    ordered.sort(key=amount, reverse=True)
    own = (*COLUMNS["Sales"], "Customer", "Product", "Office")
    count = arguments["count"]
    assert isinstance(count, int)
    return [{name: sale[name] for name in own} for sale in ordered[:count]]


def refill(service: Service, rows: list[Row]) -> None:
    store = service.store
    assert isinstance(store, DatabaseStore)
    with store.transaction():
        store.connection().execute(f"DELETE FROM {store.mapping.family.dialect.quoted('Sales')}")
    fill(service, rows)


def plain(value: object) -> object:
    """A value of either side in one form: numbers to nine digits, entities by their key."""
    match value:
        case bool() | None | str():
            return value
        case int() | float() | Decimal():
            return round(float(value), 9)
        case list():
            return sorted((plain(member) for member in value), key=repr)
        case {"ID": key}:
            return key
        case dict():
            return {name: plain(value[name]) for name in sorted(value) if not name.startswith("$")}
        case _:
            raise AssertionError(f"{value!r} is no value of an instance")


SHOWN = ("ID", "twice", "Made", "All", "@Aggregation.UpPath#Offices")


def shown(instance: Entity) -> object:
    """An entity by its key, what was computed, and the way to it; any other instance whole."""
    if "ID" in instance:
        return [plain(instance.get(name)) for name in SHOWN]
    return plain(dict(instance))


def annotated(instance: Entity, result: Result) -> Entity:
    """An instance with the way to it in its annotation."""
    told = {path.name: str(instance.get(path.member.property.name)) for path in result.paths if path.owner is None}
    return {**instance, **{name: json.loads(way) for name, way in told.items()}}


innermost = st.one_of(sequences.filter(bool), aggregates, grouping)
groups = st.one_of(
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True).map(",".join),
    st.sampled_from(["", "Pieces,"]).map(lambda text: f"{text}rolluprecursive($root/Offices,Offices,OfficeID)"),
    st.just("rolluprecursive($root/Offices,Offices,Office/ID,filter(ID ne 'EMEA'))"),
)
each = st.sampled_from(["{0} as Made", "identity as All,{0} as Made"]).flatmap(
    lambda form: st.one_of(sequences.filter(bool), reduced).map(form.format)
)
nested = st.one_of(
    each.map(lambda text: f"addnested(Sales,{text})"),
    st.tuples(groups, sequences.filter(bool)).map(
        lambda p: f"addnested(Sales,groupby(({p[0]}),nest({p[1]} as Made,aggregate($count as n) as All)) as Made)"
    ),
    st.tuples(
        st.sampled_from(["identity", "filter(Color eq 'White')"]),
        st.sampled_from(["topcount(2,TaxRate)", "skip(1)", "groupby((Color),aggregate($count as n))"]),
    ).map(lambda p: f"{p[0]}/nest({p[1]} as Made)"),
)


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Nests of what is nested: of all instances, or of those of groups, or of groups of groups."""
    nest = st.tuples(inner, innermost).map(lambda p: f"nest({p[0]} as Made,{p[1]} as All)") | inner.map(
        "nest({} as Made)".format
    )
    return st.one_of(
        st.tuples(sequences, nest).map(lambda p: "/".join(filter(None, p))),
        st.tuples(groups, sequences, nest).map(lambda p: f"groupby(({p[0]}),{p[1]}{'/' if p[1] else ''}{p[2]})"),
        st.tuples(groups, nest).map(lambda p: f"groupby(({p[0]}),groupby((Pieces,Customer/Name),{p[1]}))"),
    )


nests = around(innermost | around(innermost))


def agrees(service: Service, drawn: list[Row], source: str, apply: str) -> None:
    rows: list[Row] = [(number, *row) for number, row in enumerate(drawn, 1)]
    refill(service, rows)
    query = resolve(parse_url(source, f"$apply={quote(apply)}"), service.schema)
    assert isinstance(query, Query) and query.options.apply is not None
    evaluation = Evaluation(sources={"Offices": offices()}, functions={"trade.Top": greatest})
    instances = entities(rows, source)
    result = query.options.apply.result
    made = transformed(query.options.apply.steps, instances, evaluation)
    expected = [shown(annotated(found, result)) for found in made]
    answer = ask(service, "GET", f"{source}?$apply={quote(apply)}", accept="application/json;odata.metadata=none")
    assert answer.status == 200, answer.body
    found = [shown(instance) for instance in json.loads(answer.body)["value"]]
    if result.whole and "groupby" not in apply:  # groups have no order that anybody asked for
        assert found == expected
    else:
        assert sorted(found, key=repr) == sorted(expected, key=repr)


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, whole | reduced | joined)
def test_sql_transforms_as_the_evaluator_does(service: Service, drawn: list[Row], apply: str) -> None:
    agrees(service, drawn, "Sales", apply)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, joins)
def test_sql_joins_as_the_evaluator_does(service: Service, drawn: list[Row], apply: str) -> None:
    agrees(service, drawn, "Products", apply)


parts = st.sampled_from(
    ["identity", "filter(contains(Name,'E'))", "top(2)", "orderby(Name desc)/skip(1)", "filter(ID eq 'Sales')"]
)
walks = st.tuples(
    st.sampled_from(["preorder", "postorder"]),
    parts,
    st.sampled_from(["", ",Name desc", ",length(Name)"]),
    st.sampled_from(["", "/filter(startswith(ID,'US'))", "/skip(1)", "/concat(top(2),skip(3))"]),
).map(lambda p: f"traverse($root/Offices,Offices,ID,{p[0]},{p[1]}{p[2]}){p[3]}")
trees = walks | st.tuples(
    st.sampled_from(["", ",top(3)", ",traverse($root/Offices,Offices,ID,preorder,filter(ID ne 'US'))"]),
    parts,
    st.sampled_from(["compute(length(Name) as twice)", "aggregate($count as twice)", "nest(top(2) as Made)"]),
    st.sampled_from(["", "/filter(startswith(ID,'US'))"]),
).map(lambda p: f"groupby((rolluprecursive($root/Offices,Offices,ID{p[0]})),{p[1]}/{p[2]}){p[3]}")


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees)
def test_sql_walks_trees_as_the_evaluator_does(service: Service, apply: str) -> None:
    agrees(service, [], "Offices", apply)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, nests)
def test_nests_inside_of_nests_are_what_the_evaluator_has(service: Service, drawn: list[Row], apply: str) -> None:
    agrees(service, drawn, "Sales", apply)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, nested)
def test_sql_nests_as_the_evaluator_does(service: Service, drawn: list[Row], apply: str) -> None:
    agrees(service, drawn, "Products", apply)
