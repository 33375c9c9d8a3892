"""The requirements of the level Advanced, each test named by the id of its row."""

from lxml import etree

from odata_service.service import Service
from tests.asking import ROOT, ask, final
from tests.batches import change_set, http, multipart


def expanded(service: Service, options: str) -> list[int]:
    """The keys of the orders of customer a under these options of `$expand`, in order."""
    answer = ask(service, "GET", f"Customers('a')?$expand=orders({options})")
    assert answer.status == 200, answer.body
    return [order["number"] for order in answer.json["orders"]]


def test_adv_02_metadata_is_csdl_xml_in_every_version(service: Service) -> None:
    for_4_0 = ask(service, "GET", "$metadata", odata_maxversion="4.0", accept="application/xml")
    for_4_01 = ask(service, "GET", "$metadata", odata_maxversion="4.01", accept="application/xml")
    assert [etree.fromstring(answer.body).get("Version") for answer in (for_4_0, for_4_01)] == ["4.0", "4.01"]
    assert ask(service, "GET", "$metadata", accept="text/csv").status == 406


def test_adv_03_format_with_a_media_type(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')?$format=application/json;odata.metadata=full")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=full"
    assert answer.json["@odata.type"] == "#shop.Customer"


def test_adv_04_count_of_related_entities_and_values(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')/orders/$count").body == b"3"
    assert ask(service, "GET", "Customers('c')/orders/$count").body == b"0"
    assert ask(service, "GET", "Customers('a')/tags/$count").body == b"3"
    assert ask(service, "GET", "Customers('nobody')/orders/$count").status == 404


def test_adv_05_any_and_all_nest(service: Service) -> None:
    nested = "Customers?$filter=orders/any(o:o/customer/tags/any(t:t eq o/customer/displayName or t eq 'cyan'))"
    assert ask(service, "GET", nested).column("id") == ["a"]
    beside = "Customers?$filter=orders/any(o:o/amount gt 5) and orders/all(p:p/amount lt 15)"
    assert ask(service, "GET", beside).column("id") == ["a"]
    assert ask(service, "GET", "Customers?$filter=not manager/orders/any()").column("id") == ["a", "d"]


def test_adv_06_skip_and_top_cut_a_window(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$orderby=id desc&$skip=1&$top=2")
    assert answer.column("id") == ["d", "c"]


def test_adv_07_count_goes_beyond_top_and_page(service: Service) -> None:
    none = ask(service, "GET", "Customers?$count=true&$top=0")
    assert (none.json["@odata.count"], none.values) == (5, [])
    page = ask(service, "GET", "Customers?$count=true", prefer="maxpagesize=2")
    assert (page.json["@odata.count"], page.column("id")) == (5, ["a", "b"])


def test_adv_08_orderby_several_properties(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$orderby=contractType,displayName desc")
    assert answer.column("id") == ["c", "a", "e's/x", "b", "d"]
    related = ask(service, "GET", "Customers?$orderby=manager/displayName desc,length(id) desc,address/city")
    assert related.column("id") == ["c", "e's/x", "b", "d", "a"]


def test_adv_09_expand_nests(service: Service) -> None:
    answer = ask(service, "GET", "Customers('c')?$expand=manager($expand=manager($expand=orders($select=number)))")
    assert [order["number"] for order in answer.json["manager"]["manager"]["orders"]] == [1, 2, 3]


def test_adv_09a_references_of_expanded_properties(service: Service) -> None:
    answer = ask(service, "GET", "Customers('b')?$expand=orders/$ref,manager/$ref&$select=id")
    assert answer.json["orders"] == [{"@odata.id": f"{ROOT}Orders(4)"}]
    assert answer.json["manager"] == {"@odata.id": f"{ROOT}Customers('a')"}


def test_adv_09b_filter_inside_expand_leaves_the_outer_entities(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$expand=orders($filter=amount gt 15)&$select=id")
    assert [(found["id"], len(found["orders"])) for found in answer.values] == [
        ("a", 0),
        ("b", 1),
        ("c", 0),
        ("d", 0),
        ("e's/x", 0),
    ]


def test_adv_09c_expand_reaches_derived_types(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$expand=shop.VipCustomer/gifts&$select=id")
    assert [found.get("gifts") for found in answer.values] == [None, None, None, None, []]


def test_adv_09d_orderby_inside_expand(service: Service) -> None:
    assert expanded(service, "$orderby=amount desc") == [1, 3, 2]


def test_adv_09e_count_inside_expand(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')?$expand=orders($count=true;$top=1)")
    assert answer.json["orders@odata.count"] == 3
    assert [order["number"] for order in answer.json["orders"]] == [1]
    assert ask(service, "GET", "Customers('a')?$expand=orders/$count").json["orders@odata.count"] == 3


def test_adv_09f_top_and_skip_inside_expand(service: Service) -> None:
    assert expanded(service, "$skip=1;$top=1") == [2]
    assert expanded(service, "$skip=1") == [2, 3]


def test_adv_09g_expanded_collections_are_searched(service: Service) -> None:
    assert expanded(service, "$search=bike") == [1, 2]
    assert expanded(service, "$search=BIKE NOT red") == [2]


def test_adv_11_batch_takes_multipart(changing: Service) -> None:
    new = {"number": 6, "title": "pump"}
    changes = change_set(
        http("POST Orders", new, content_id="1"),
        http("PUT $1/customer/$ref", {"@odata.id": "Customers('b')"}, content_id="2"),
        http("DELETE Orders(5)", content_id="3"),
    )
    failing = change_set(http("DELETE Orders(1)", content_id="4"), http("POST Orders", new, content_id="5"))
    urls = ("Customers('a')", "/Customers('a')", f"{ROOT}Customers('a')")
    read = multipart(changing, *(http(f"GET {url}") for url in urls), changes, failing, http("DELETE Orders(1)"))
    assert [part.status for part in read] == [200, 200, 200, 0, 409]
    assert [(part.status, part.content_id) for part in read[3].parts] == [(201, "1"), (204, "2"), (204, "3")]
    assert read[3].parts[0].headers["Location"] == f"{ROOT}Orders(6)"
    assert ask(changing, "GET", "Orders").column("number") == [1, 2, 3, 4, 6]
    assert ask(changing, "GET", "Customers('b')/orders").column("number") == [4, 6]
    on = multipart(changing, http("GET Orders(9)"), http("GET Orders(6)"), prefer="odata.continue-on-error")
    assert [part.status for part in on] == [404, 200]


def test_adv_14_changes_are_tracked_by_delta_links(changing: Service) -> None:
    first = ask(changing, "GET", "Orders?$filter=number le 3&$select=title", prefer="odata.track-changes")
    assert first.headers["Preference-Applied"] == "odata.track-changes"
    assert ask(changing, "PATCH", "Orders(1)", {"title": "new"}).status == 200
    assert ask(changing, "DELETE", "Orders(3)").status == 204
    link = first.json["@odata.deltaLink"].removeprefix(ROOT)
    changed = {"@odata.id": f"{ROOT}Orders(1)", "title": "new"}
    told = ask(changing, "GET", link, odata_maxversion="4.0")
    assert told.json["@odata.context"] == f"{ROOT}$metadata#Orders(title)/$delta"
    assert [{name: value for name, value in item.items() if name != "@odata.etag"} for item in told.values] == [
        changed,
        {"@odata.context": f"{ROOT}$metadata#Orders/$deletedEntity", "id": "Orders(3)", "reason": "deleted"},
    ]
    told = ask(changing, "GET", link, odata_maxversion="4.01")
    assert told.values[1] == {"@removed": {"reason": "deleted"}, "@id": "Orders(3)"}
    assert ask(changing, "GET", told.json["@odata.deltaLink"].removeprefix(ROOT)).values == []


def test_adv_12_paths_follow_keys_properties_relations_and_types(service: Service) -> None:
    assert ask(service, "GET", "Customers('a')/displayName").json == {
        "@odata.context": f"{ROOT}$metadata#Customers('a')/displayName",
        "value": "Alpha",
    }
    assert ask(service, "GET", "Customers('a')/address/city").json["value"] == "Bonn"
    assert ask(service, "GET", "Customers('a')/tags").json["value"] == ["blue", "amber", "cyan"]
    assert ask(service, "GET", "Customers('b')/manager/orders").column("number") == [1, 2, 3]
    assert ask(service, "GET", "Orders(4)/customer/manager/displayName/$value").body == b"Alpha"
    assert ask(service, "GET", "Customers('a')/orders(3)").json["title"] == "bell"
    assert ask(service, "GET", "Customers('a')/orders(4)").status == 404
    assert ask(service, "GET", "Customers('e''s%2Fx')/shop.VipCustomer/discount").json["value"] == 10
    assert ask(service, "GET", "$entity?$id=Customers('a')").json["id"] == "a"
    assert ask(service, "GET", "Customers('a')/manager").status == 204


def test_adv_09h_levels_follow_a_hierarchy(service: Service) -> None:
    two = ask(service, "GET", "Customers('c')?$expand=manager($levels=2;$select=id)&$select=id").json
    assert (two["manager"]["id"], two["manager"]["manager"]["id"]) == ("b", "a")
    whole = ask(service, "GET", "Customers('c')?$expand=manager($levels=max;$select=id)&$select=id").json
    assert whole["manager"]["manager"]["manager"] is None


def test_adv_09i_values_are_computed_inside_expand(service: Service) -> None:
    answer = ask(service, "GET", "Customers('a')?$expand=orders($compute=amount mul 2 as dbl;$select=dbl)")
    assert [order["dbl"] for order in answer.json["orders"]] == [20, 9, 14]


def test_adv_10_search_has_words_phrases_and_operators(service: Service) -> None:
    assert ask(service, "GET", 'Orders?$search="blue bike" OR wheel').column("number") == [2, 5]
    assert ask(service, "GET", "Orders?$search=blue (car OR bike)").column("number") == [2, 4]
    assert ask(service, "GET", "Orders?$search=bike AND NOT red").column("number") == [2]


def test_adv_16_values_are_computed_and_selected(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$compute=contractType add 1 as n&$select=id,n")
    assert [(found["id"], found["n"]) for found in answer.values] == [
        ("a", 2), ("b", 3), ("c", None), ("d", 5), ("e's/x", 3),
    ]  # fmt: skip


def test_adv_15_a_cross_join_combines_sets(service: Service) -> None:
    join = "$crossjoin(Customers,Orders)?$filter=Customers/id eq Orders/customerId"
    answer = ask(service, "GET", f"{join} and Orders/amount gt 5&$orderby=Orders/amount desc&$count=true&$top=1")
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata#Collection(Edm.ComplexType)",
        "@odata.count": 3,
        "value": [
            {
                "Customers@odata.navigationLink": f"{ROOT}Customers('b')",
                "Orders@odata.navigationLink": f"{ROOT}Orders(4)",
            }
        ],
    }
    expanded = ask(service, "GET", f"{join}&$expand=Customers($select=id),Orders($select=number)")
    found = [(one["Customers"]["id"], one["Orders"]["number"]) for one in expanded.values]
    assert found == [("a", 1), ("a", 2), ("a", 3), ("b", 4)]


def test_adv_13_a_request_is_answered_later_where_the_client_prefers_it(deferring: Service) -> None:
    answer = final(deferring, "Customers?$orderby=id&$top=1&$select=id", accept="application/json")
    assert (answer.status, answer.headers["AsyncResult"], answer.column("id")) == (200, "200", ["a"])
