"""The requirements of the level Intermediate, each test named by the id of its row."""

from base64 import b64decode, b64encode

from lxml import etree

from odata_service.service import Principal, Request, Service
from tests.asking import ROOT, Answer, ask

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def customers(service: Service, options: str) -> list[str]:
    """The keys of the customers that these options leave, in order."""
    answer: Answer = ask(service, "GET", f"Customers?{options}")
    assert answer.status == 200, answer.body
    return answer.column("id")


def orders(service: Service, options: str) -> list[int]:
    """The keys of the orders that these options leave, in order."""
    answer: Answer = ask(service, "GET", f"Orders?{options}")
    assert answer.status == 200, answer.body
    return answer.column("number")


def test_int_02_what_the_grammar_knows_is_never_called_wrong(service: Service) -> None:
    known = (
        "$search=bike AND NOT bell",
        "$filter=geo.distance(@p,geography'POINT(1 2)') lt 5&@p=geography'POINT(1 2)'",
        "$apply=groupby((contractType),aggregate($count as n))",
        "$compute=contractType add 1 as n",
        "$expand=manager($levels=max)",
        "$deltatoken=latest",
    )
    assert [ask(service, "GET", f"Customers?{options}").status not in {200, 501} for options in known] == [False] * 6


def test_int_03_select_leaves_out_what_it_does_not_name(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')?$select=displayName,address/city").json
    assert {name: value for name, value in entity.items() if "@" not in name} == {
        "displayName": "Alpha",
        "address": {"city": "Bonn"},
    }


def test_int_04_a_segment_narrows_to_a_derived_type(service: Service) -> None:
    answer = ask(service, "GET", "Customers/shop.VipCustomer?$select=id,discount")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers/shop.VipCustomer(id,discount)"
    assert [(entity["id"], entity["discount"]) for entity in answer.values] == [("e's/x", 10)]
    assert ask(service, "GET", "Customers('a')/shop.VipCustomer").status == 404
    assert customers(service, "$filter=shop.VipCustomer/discount eq 10") == ["e's/x"]


def test_int_05_top_bounds_the_result(service: Service) -> None:
    assert customers(service, "$top=2") == ["a", "b"]
    assert customers(service, "$top=0") == []
    assert ask(service, "GET", "Customers?$top=-1").status == 400


def test_int_06_value_is_raw(service: Service) -> None:
    text = ask(service, "GET", "Customers('a')/displayName/$value")
    assert (text.headers["Content-Type"], text.body) == ("text/plain;charset=utf-8", b"Alpha")
    assert ask(service, "GET", "Customers('d')/displayName/$value").status == 204
    photo = ask(service, "GET", "Photos(1)/$value")
    assert (photo.headers["Content-Type"], photo.body) == ("image/png", b"png")


def test_int_07_filter_takes_a_boolean_expression(service: Service) -> None:
    assert customers(service, "$filter=isDeleted") == ["b"]
    assert customers(service, "$filter=not isDeleted") == ["a", "d", "e's/x"]
    assert ask(service, "GET", "Customers?$filter=displayName").status == 400


def test_int_07a_eq_and_ne(service: Service) -> None:
    assert customers(service, "$filter=contractType eq 2") == ["b", "e's/x"]
    assert customers(service, "$filter=contractType ne 2") == ["a", "c", "d"]
    assert customers(service, "$filter=contractType eq null") == ["c"]
    assert customers(service, "$filter=displayName eq 'alpha'") == []


def test_int_07b_aliases_in_filter(service: Service) -> None:
    assert customers(service, "$filter=contractType eq @p&@p=2") == ["b", "e's/x"]
    assert customers(service, "$filter=@q&@q=isDeleted") == ["b"]


def test_int_07c_operators(service: Service) -> None:
    assert customers(service, "$filter=contractType gt 1 and contractType le 2") == ["b", "e's/x"]
    assert customers(service, "$filter=contractType add 1 gt 2 and not isDeleted") == ["d", "e's/x"]
    assert customers(service, "$filter=contractType mul 2 sub 1 eq 7 or -contractType eq -1") == ["a", "d"]
    assert customers(service, "$filter=contractType mod 2 eq 1 or contractType div 2 eq 2") == ["a", "d"]
    assert customers(service, "$filter=rank has shop.Rank'gold'") == ["a"]


def test_int_07d_functions(service: Service) -> None:
    assert customers(service, "$filter=year(createdDateTime) eq 2024 and hour(createdDateTime) eq 3") == ["a"]
    assert customers(service, "$filter=contains(displayName,'%25')") == ["b"]
    assert customers(service, "$filter=startswith(tolower(displayName),'al') or endswith(displayName,'_x')") == [
        "a",
        "c",
    ]
    assert customers(service, "$filter=indexof(displayName,'p') eq 2 and length(trim(displayName)) eq 5") == ["a"]
    assert customers(service, "$filter=concat(displayName,'!') eq 'Alpha!'") == ["a"]
    assert orders(service, "$filter=round(amount) eq 5 or floor(amount) eq 7 or ceiling(amount) eq 1") == [2, 3, 5]
    assert orders(service, "$filter=month(day) eq 3 and day eq cast('2024-03-05',Edm.Date)") == [3, 4]


def test_int_07e_filter_inside_expand(service: Service) -> None:
    entity = ask(service, "GET", "Customers('a')?$expand=orders($filter=amount gt 5;$select=number)").json
    assert [order["number"] for order in entity["orders"]] == [1, 3]


def test_int_08_metadata_holds_the_sets_and_their_types(service: Service) -> None:
    document = etree.fromstring(ask(service, "GET", "$metadata").body)
    sets = {found.get("Name"): found.get("EntityType") for found in document.iter(f"{EDM}EntitySet")}
    assert sets == {"Customers": "shop.Customer", "Orders": "shop.Order", "Photos": "shop.Photo"}
    types = {found.get("Name"): found.get("BaseType") for found in document.iter(f"{EDM}EntityType")}
    assert types == {"Customer": None, "VipCustomer": "shop.Customer", "Order": None, "Photo": None}


def test_int_09_format_json(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$format=json&$top=1", accept="application/xml")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal"
    assert answer.column("id") == ["a"]


def test_int_10_basic_authentication_stands_in_front_of_the_service(service: Service) -> None:
    guarded = Service(service.schema, service.store)

    @guarded.authenticate('Basic realm="shop", charset="UTF-8"')
    def known(request: Request) -> Principal | None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or b64decode(credentials) != b"ann:secret":
            return None
        return Principal("ann")

    refused = ask(guarded, "GET", "Customers")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="shop", charset="UTF-8"')
    assert refused.error["code"] == "NotAuthenticated"
    right, wrong = (b64encode(text).decode() for text in (b"ann:secret", b"ann:guess"))
    assert ask(guarded, "GET", "Customers", authorization=f"Basic {right}").status == 200
    assert ask(guarded, "GET", "$metadata", authorization=f"Basic {wrong}").status == 401


def test_int_11_search_finds_texts_whatever_their_case(service: Service) -> None:
    assert ask(service, "GET", "Customers?$search=ALPHA").column("id") == ["a"]
    assert ask(service, "GET", 'Orders?$search="blue b"').column("number") == [2]
    assert ask(service, "GET", "Customers?$search=gamma").column("id") == []


def test_int_12_skip(service: Service) -> None:
    assert customers(service, "$skip=3") == ["d", "e's/x"]
    assert customers(service, "$skip=9") == []


def test_int_13_count_tells_the_number_of_all_matches(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$count=true&$filter=contractType eq 2&$top=1")
    assert (answer.json["@odata.count"], answer.column("id")) == (2, ["b"])
    assert "@odata.count" not in ask(service, "GET", "Customers?$count=false").json


def test_int_14_expand_brings_collections_and_single_entities(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$expand=orders,manager&$select=id")
    found = {
        entity["id"]: (len(entity["orders"]), entity["manager"] and entity["manager"]["id"]) for entity in answer.values
    }
    assert found == {"a": (3, None), "b": (1, "a"), "c": (0, "b"), "d": (0, None), "e's/x": (0, "a")}


def test_int_15_any_and_all(service: Service) -> None:
    assert customers(service, "$filter=orders/any(o:o/amount gt 15)") == ["b"]
    assert customers(service, "$filter=orders/any()") == ["a", "b"]
    assert customers(service, "$filter=orders/all(o:o/amount gt 15)") == ["b", "c", "d", "e's/x"]
    assert customers(service, "$filter=tags/any(t:t eq 'blue')") == ["a", "b"]
    assert customers(service, "$filter=tags/any(t:startswith(t,'c'))") == ["a"]


def test_int_16_count_segment(service: Service) -> None:
    answer = ask(service, "GET", "Customers/$count")
    assert (answer.headers["Content-Type"], answer.body) == ("text/plain;charset=utf-8", b"5")
    assert ask(service, "GET", "Customers/$count?$filter=isDeleted").body == b"1"


def test_int_17_orderby(service: Service) -> None:
    assert customers(service, "$orderby=displayName") == ["d", "a", "b", "c", "e's/x"]
    assert customers(service, "$orderby=displayName desc") == ["e's/x", "c", "b", "a", "d"]
    assert customers(service, "$orderby=createdDateTime asc&$top=1") == ["b"]
