"""Navigation properties of complex values: they are those of the entities that have the values (CSDL 8, 9)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, Answer, ask
from tests.places import bare, places

DEEP = {"odata_version": "4.01"}
AROUND = (
    "$expand=address/country($select=code),address/regions($select=id),address/remarks($select=number),"
    "address/geo.ForeignAddress/visa($select=id)&$select=id"
)


@pytest.fixture
def service() -> Iterator[Service]:
    with places() as made:
        yield made


def around(service: Service, key: str) -> object:
    """What the address of a visitor leads to."""
    return bare(ask(service, "GET", f"Visitors('{key}')?{AROUND}").json["address"])


def refused(answer: Answer, status: int) -> tuple[str, str | None]:
    assert answer.status == status, answer.body
    return answer.error["message"], answer.error.get("target")


def test_what_is_expanded_stands_in_the_complex_value(service: Service) -> None:
    found = ask(service, "GET", "Visitors?$expand=address/country($select=name)&$select=id,address/city")
    assert found.json["@odata.context"] == f"{ROOT}$metadata#Visitors(id,address/city,address/country(name))"
    assert bare(found.values) == [
        {"id": "ann", "address": {"city": "Bonn", "country": {"name": "Germany"}}},
        {
            "id": "bob",
            "address": {"@odata.type": "#geo.ForeignAddress", "city": "Paris", "country": {"name": "France"}},
        },
        {"@odata.type": "#geo.Guide", "id": "guy", "address": None},
        {"id": "nil", "address": None},
    ]


def test_a_value_that_is_not_selected_shows_what_is_expanded_in_it(service: Service) -> None:
    found = ask(service, "GET", "Visitors?$expand=address/regions($orderby=id desc;$select=id)&$select=id&$top=1")
    assert bare(found.values) == [{"id": "ann", "address": {"regions": [{"id": 2}, {"id": 1}]}}]


def test_a_value_inside_a_value_leads_on(service: Service) -> None:
    found = ask(service, "GET", "Visitors('bob')?$expand=address/spot/region($select=title)&$select=address/spot/floor")
    spot = {"floor": 2, "region": {"title": "region 2"}}
    assert bare(found.json["address"]) == {"@odata.type": "#geo.ForeignAddress", "spot": spot}


def test_what_a_derived_type_leads_to_shows_in_its_values_alone(service: Service) -> None:
    found = ask(service, "GET", "Visitors?$expand=address/geo.ForeignAddress/visa($select=id)&$select=id&$top=2")
    assert [bare(entity["address"]) for entity in found.values] == [
        {},
        {"@odata.type": "#geo.ForeignAddress", "visa": {"id": 3}},
    ]


def test_a_wildcard_behind_a_value_means_all_that_it_leads_to(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$expand=address/*&$select=id")
    assert sorted(found.json["address"]) == ["country", "regions", "remarks"]
    assert ask(service, "GET", "Visitors('ann')?$expand=*&$select=id").json.keys() & {"address"} == set()


def test_levels_of_a_wildcard_go_on_where_the_value_is(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$expand=address/*($levels=2)&$select=id")
    assert bare(found.json["address"]["country"]) == {"code": "DE", "name": "Germany"}


def test_an_update_of_4_0_is_told_how_to_relate_entities(service: Service) -> None:
    answer = ask(service, "PATCH", "Visitors('ann')", {"address": {"country": {"code": "ES"}}})
    assert 'relate entities by "country@odata.bind"' in refused(answer, 400)[0]


def test_a_value_of_a_derived_entity_leads_on(service: Service) -> None:
    found = ask(service, "GET", "Visitors?$expand=geo.Guide/office/country($select=code)&$select=id&$filter=id ge 'f'")
    assert bare(found.values) == [
        {"@odata.type": "#geo.Guide", "id": "guy", "office": {"country": {"code": "FR"}}},
        {"id": "nil"},
    ]


def test_links_stand_in_the_value(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$select=address/city,address/country")
    assert found.json["address"] == {
        "city": "Bonn",
        "country@odata.navigationLink": f"{ROOT}Visitors('ann')/address/country",
    }


def test_pages_of_what_is_expanded_are_linked_from_the_value(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$expand=address/regions", prefer="maxpagesize=1").json["address"]
    assert [region["id"] for region in found["regions"]] == [1]
    following = ask(service, "GET", found["regions@odata.nextLink"].removeprefix(ROOT))
    assert following.column("id") == [2]


@pytest.mark.parametrize(
    ("path", "context", "shown"),
    [
        ("ann')/address/country", "Countries/$entity", {"code": "DE", "name": "Germany"}),
        ("ann')/address/regions(2)", "Regions/$entity", {"id": 2, "title": "region 2"}),
        ("ann')/address/remarks(1)", "Visitors('ann')/address/remarks/$entity", {"number": 1, "text": "left"}),
        ("bob')/address/geo.ForeignAddress/visa", "Regions/$entity", {"id": 3, "title": "region 3"}),
        ("bob')/address/spot/region", "Regions/$entity", {"id": 2, "title": "region 2"}),
        ("guy')/geo.Guide/office/country", "Countries/$entity", {"code": "FR", "name": "France"}),
        ("ann')/address/country/$ref", "$ref", {"@odata.id": f"{ROOT}Countries('DE')"}),
    ],
)
def test_paths_lead_through_values(service: Service, path: str, context: str, shown: object) -> None:
    found = ask(service, "GET", f"Visitors('{path}").json
    assert (found["@odata.context"], bare(found)) == (f"{ROOT}$metadata#{context}", shown)


@pytest.mark.parametrize(
    "path", ["nil')/address/country", "nil')/address/regions", "ann')/address/geo.ForeignAddress/visa"]
)
def test_null_and_values_of_other_types_lead_nowhere(service: Service, path: str) -> None:
    assert ask(service, "GET", f"Visitors('{path}").status == 404


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("address/country/name eq 'Germany'", ["ann"]),
        ("address/country eq null", ["guy", "nil"]),
        ("address/regions/any(r:r/id eq 2)", ["ann"]),
        ("address/regions/$count eq 2", ["ann"]),
        ("address/spot/region/title eq 'region 2'", ["bob"]),
        ("address/geo.ForeignAddress/visa/id eq 3", ["bob"]),
        ("geo.Guide/office/country/code eq 'FR'", ["guy"]),
        ("address/country/visitors/any(v:v/address/city eq 'Paris')", ["bob"]),
    ],
)
def test_expressions_lead_through_values(service: Service, condition: str, keys: list[str]) -> None:
    assert ask(service, "GET", f"Visitors?$select=id&$filter={condition}").column("id") == keys


def test_a_partner_leads_back_to_the_entities_that_have_the_value(service: Service) -> None:
    found = ask(service, "GET", "Countries?$select=code&$expand=visitors($select=id)").values
    assert bare(found) == [
        {"code": "DE", "visitors": [{"id": "ann"}]},
        {"code": "FR", "visitors": [{"id": "bob"}]},
    ]


@pytest.mark.parametrize(
    ("apply", "shown"),
    [
        (
            "filter(address ne null)/groupby((address/city,address/country/name),aggregate($count as n))",
            [
                {"address": {"city": "Bonn", "country": {"name": "Germany"}}, "n": 1},
                {"address": {"city": "Paris", "country": {"name": "France"}}, "n": 1},
            ],
        ),
        (
            "filter(address/city eq 'Bonn')/groupby((address/country))",
            [{"address": {"country": {"code": "DE", "name": "Germany"}}}],
        ),
        ("aggregate(address/regions/id with sum as total)", [{"total": 3}]),
        (
            "join(address/regions as r,filter(id gt 1))/groupby((id,r/title))",
            [{"id": "ann", "r": {"title": "region 2"}}],
        ),
    ],
)
def test_transformations_lead_through_values(service: Service, apply: str, shown: object) -> None:
    found = ask(service, "GET", f"Visitors?$apply={apply}", accept="application/json;odata.metadata=none")
    assert found.json["value"] == shown


def test_a_change_of_a_value_relates_it_to_others(service: Service) -> None:
    body = {"address": {"country": {"code": "ES", "name": "Spain"}, "regions": [{"id": 3}], "remarks": []}}
    assert ask(service, "PATCH", "Visitors('ann')", body, **DEEP).status == 200
    assert around(service, "ann") == {"country": {"code": "ES"}, "regions": [{"id": 3}], "remarks": []}
    assert ask(service, "PATCH", "Visitors('ann')", {"address": {"country@odata.bind": None}}).status == 200
    assert around(service, "ann") == {"country": None, "regions": [{"id": 3}], "remarks": []}
    assert ask(service, "GET", "Visitors('ann')/address/city").json["value"] == "Bonn"


def test_a_relation_that_a_constraint_ties_is_written_into_the_value(service: Service) -> None:
    ask(service, "PATCH", "Visitors('ann')", {"address": {"spot": {"region@odata.bind": "Regions(3)"}}})
    assert ask(service, "GET", "Visitors('ann')/address/spot").json["regionId"] == 3


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PATCH", "Visitors('ann')", {"address": None}),
        ("PUT", "Visitors('ann')", {}),
        ("DELETE", "Visitors('ann')/address", None),
    ],
)
def test_what_a_value_leads_to_ends_with_it(service: Service, method: str, target: str, body: object) -> None:
    assert ask(service, method, target, body).status in {200, 204}
    ask(service, "PATCH", "Visitors('ann')", {"address": {"city": "Kiel"}})
    assert around(service, "ann") == {"country": None, "regions": [], "remarks": []}


def test_what_a_value_leads_to_stays_when_others_of_its_members_change(service: Service) -> None:
    before = around(service, "ann")
    ask(service, "PUT", "Visitors('ann')", {"address": {"city": "Kiel"}})
    ask(service, "PUT", "Visitors('ann')/address/city", {"value": "Hof"})
    assert around(service, "ann") == before


def test_a_value_of_another_type_leads_to_what_that_has(service: Service) -> None:
    ask(service, "PATCH", "Visitors('bob')", {"address": {"@odata.type": "#geo.Address"}})
    ask(service, "PATCH", "Visitors('bob')", {"address": {"@odata.type": "#geo.ForeignAddress"}})
    found = around(service, "bob")
    assert isinstance(found, dict)
    assert (found["country"], found["visa"]) == ({"code": "FR"}, None)


def test_a_value_is_changed_by_itself_with_what_it_leads_to(service: Service) -> None:
    ask(service, "PATCH", "Visitors('ann')/address", {"city": "Metz", "country@odata.bind": "Countries('FR')"})
    assert around(service, "ann") == {
        "country": {"code": "FR"},
        "regions": [{"id": 1}, {"id": 2}],
        "remarks": [{"number": 1}],
    }
    ask(service, "PUT", "Visitors('bob')/address/spot", {"region": {"id": 9, "title": "new"}}, **DEEP)
    assert ask(service, "GET", "Visitors('bob')/address/spot").json["regionId"] == 9


def test_references_are_changed_by_the_path_of_the_value(service: Service) -> None:
    assert ask(service, "PUT", "Visitors('ann')/address/country/$ref", {"@odata.id": "Countries('FR')"}).status == 204
    assert ask(service, "POST", "Visitors('ann')/address/regions/$ref", {"@odata.id": "Regions(3)"}).status == 204
    assert ask(service, "DELETE", "Visitors('ann')/address/regions/$ref?$id=Regions(1)").status == 204
    assert ask(service, "POST", "Visitors('ann')/address/regions", {"id": 7}).status == 201
    assert ask(service, "POST", "Visitors('ann')/address/remarks", {"number": 2}).status == 201
    assert around(service, "ann") == {
        "country": {"code": "FR"},
        "regions": [{"id": 2}, {"id": 3}, {"id": 7}],
        "remarks": [{"number": 1}, {"number": 2}],
    }


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PUT", "Visitors('nil')/address/country/$ref", {"@odata.id": "Countries('FR')"}),
        ("POST", "Visitors('nil')/address/regions", {"id": 8}),
        ("POST", "Visitors('nil')/address/remarks", {"number": 8}),
        ("PUT", "Visitors('nil')/address/remarks(8)", {"text": "x"}),
    ],
)
def test_null_leads_to_nothing_new(service: Service, method: str, target: str, body: object) -> None:
    assert "null" in refused(ask(service, method, target, body), 404)[0]


@pytest.mark.parametrize(
    ("address", "target", "hint"),
    [
        ({"county@odata.bind": "Countries('FR')"}, "address/county@odata.bind", "Did you mean 'country'?"),
        ({"country@odata.bind": "Regions(1)"}, "address/country@odata.bind", "Write Countries(…)."),
        ({"country@odata.bind": "Countries('XX')"}, "address/country@odata.bind", "Create it first."),
        ({"visa@odata.bind": "Regions(1)"}, "address/visa@odata.bind", '"#geo.ForeignAddress"'),
        ({"regions": {}}, "address/regions", "Write [{…}]."),
        ({"remarks": [{"number": "x"}]}, "address/remarks/0/number", "number"),
    ],
)
def test_a_fault_tells_where_in_the_value_it_is(service: Service, address: object, target: str, hint: str) -> None:
    message, place = refused(ask(service, "PATCH", "Visitors('ann')", {"address": address}, **DEEP), 400)
    assert place == target
    assert hint in message


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("$expand=address/nothing", "It declares city, spot, photo, country, regions, remarks."),
        ("$expand=address/city", "Write $select=address/city."),
        ("$expand=address", "Write $select=address."),
        ("$filter=address/regions/title eq 'x'", "any(x:x/title …)"),
        ("$expand=address/country,address/country", "one pair of parentheses"),
    ],
)
def test_what_leads_nowhere_is_refused_with_what_to_write(service: Service, option: str, hint: str) -> None:
    assert hint in refused(ask(service, "GET", f"Visitors?{option}"), 400)[0]
