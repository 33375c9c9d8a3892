"""Casts, computed values, annotations and $expand inside of complex values (URL Conventions 4.11, 5.1.3, 5.1.4)."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.places import bare, places

STAYS = [{"city": "Ulm"}, {"@odata.type": "#geo.ForeignAddress", "city": "Bern", "since": 3}]
NONE = "application/json;odata.metadata=none"


@pytest.fixture
def service() -> Iterator[Service]:
    with places() as made:
        assert ask(made, "PATCH", "Visitors('ann')", {"stays": STAYS}).status == 200
        yield made


@pytest.mark.parametrize(
    "path",
    [
        "ann')/address/geo.ForeignAddress",
        "ann')/address/geo.ForeignAddress/city",
        "ann')/address/geo.ForeignAddress/city/$value",
        "ann')/address/geo.ForeignAddress/since",
        "ann')/stays/0/geo.ForeignAddress/city",
        "ann')/stays/geo.ForeignAddress/1",
    ],
)
def test_a_value_of_another_type_is_not_found_behind_a_cast(service: Service, path: str) -> None:
    assert ask(service, "GET", f"Visitors('{path}").status == 404


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("bob')/address/geo.ForeignAddress/city", "Paris"),
        ("ann')/stays/1/geo.ForeignAddress/city", "Bern"),
        ("ann')/stays/geo.ForeignAddress/0/since", 3),
        ("ann')/stays/geo.ForeignAddress/-1/city", "Bern"),
    ],
)
def test_a_value_of_the_type_is_found_behind_a_cast(service: Service, path: str, value: object) -> None:
    assert ask(service, "GET", f"Visitors('{path}").json["value"] == value


def test_null_is_of_any_type(service: Service) -> None:
    assert ask(service, "GET", "Visitors('nil')/address/geo.ForeignAddress/city").status == 204


def test_a_cast_leaves_the_members_of_a_type(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')/stays/geo.ForeignAddress")
    assert [value["city"] for value in found.json["value"]] == ["Bern"]
    assert ask(service, "GET", "Visitors('ann')/stays/geo.ForeignAddress/$count").body == b"1"


def test_a_property_behind_a_cast_is_null_in_values_of_other_types(service: Service) -> None:
    condition = "address/geo.ForeignAddress/city ne null or stays/any(s:s/geo.ForeignAddress/city eq 'Ulm')"
    assert ask(service, "GET", f"Visitors?$filter={condition}").column("id") == ["bob"]


@pytest.mark.parametrize(
    ("select", "context", "shown"),
    [
        (
            "address/geo.ForeignAddress/city",
            "address/geo.ForeignAddress/city",
            [{"address": {}}, {"address": {"city": "Paris"}}, {"address": None}],
        ),
        (
            "address/city,address/geo.ForeignAddress/since",
            "address/city,address/geo.ForeignAddress/since",
            [{"address": {"city": "Bonn"}}, {"address": {"city": "Paris", "since": None}}, {"address": None}],
        ),
        ("geo.Guide/id", "geo.Guide/id", [{}, {}, {"id": "guy"}]),
        (
            "geo.Guide/address/city,geo.Guide/office/city",
            "geo.Guide/address/city,geo.Guide/office/city",
            [
                {},
                {},
                {"address": None, "office": {"city": "Lyon"}},
            ],
        ),
        (
            "stays/geo.ForeignAddress/city",
            "stays/geo.ForeignAddress/city",
            [
                {"stays": [{}, {"city": "Bern"}]},
                {"stays": []},
                {"stays": []},
            ],
        ),
    ],
)
def test_what_stands_behind_a_cast_in_select_shows_in_instances_of_the_type(
    service: Service, select: str, context: str, shown: object
) -> None:
    query = f"Visitors?$select={select}&$filter=id ne 'nil'"
    assert ask(service, "GET", query).json["@odata.context"] == f"{ROOT}$metadata#Visitors({context})"
    assert ask(service, "GET", query, accept=NONE).json["value"] == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("$compute=length(city) as n&$select=n", {"n": 4}),
        ("$compute=length(city) as n,n mul 2 as m&$select=m,city", {"city": "Bonn", "m": 8}),
        ("$compute=concat(country/name,city) as n&$select=n", {"n": "GermanyBonn"}),
        ("$compute=regions/$count as n&$select=n", {"n": 2}),
        ("$compute=$it/city as n&$select=n", {"n": "Bonn"}),
        ("$select=city&$expand=country($select=code)", {"city": "Bonn", "country": {"code": "DE"}}),
        (
            "$select=spot&$expand=*/$ref",
            {
                "spot": None,
                "country": {"@odata.id": f"{ROOT}Countries('DE')"},
                "regions": [{"@odata.id": f"{ROOT}Regions(1)"}, {"@odata.id": f"{ROOT}Regions(2)"}],
                "remarks": [{"@odata.id": f"{ROOT}Visitors('ann')/address/remarks(1)"}],
            },
        ),
    ],
)
def test_a_complex_value_takes_options_of_its_own(service: Service, query: str, shown: object) -> None:
    assert ask(service, "GET", f"Visitors('ann')/address?{query}", accept=NONE).json == shown


def test_a_value_inside_a_value_expands(service: Service) -> None:
    found = ask(service, "GET", "Visitors('bob')/address/spot?$expand=region($select=id)").json
    assert found["@odata.context"] == f"{ROOT}$metadata#Visitors('bob')/address/spot(region(id))"
    assert bare(found["region"]) == {"id": 2}
    found = ask(service, "GET", "Visitors('bob')/address/geo.ForeignAddress?$expand=visa($select=id)&$select=since")
    assert bare(found.json) == {"@odata.type": "#geo.ForeignAddress", "since": None, "visa": {"id": 3}}


def test_pages_of_what_a_value_expands_are_linked(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')/address?$expand=regions($select=id)", prefer="maxpagesize=1").json
    following = ask(service, "GET", found["regions@odata.nextLink"].removeprefix(ROOT))
    assert bare(following.values) == [{"id": 2}]


def test_values_are_computed_inside_of_select(service: Service) -> None:
    query = "Visitors?$select=id,address($compute=length(city) as n,country/code as c;$select=n,c)&$filter=id ne 'guy'"
    found = ask(service, "GET", query)
    assert found.json["@odata.context"] == f"{ROOT}$metadata#Visitors(id,address/n,address/c)"
    assert ask(service, "GET", query, accept=NONE).json["value"] == [
        {"id": "ann", "address": {"n": 4, "c": "DE"}},
        {"id": "bob", "address": {"n": 5, "c": "FR"}},
        {"id": "nil", "address": None},
    ]


def test_expanded_entities_compute_inside_of_their_values(service: Service) -> None:
    inner = "visitors($select=address($compute=concat(city,country/code) as n;$select=n))"
    found = ask(service, "GET", f"Countries('DE')?$select=code&$expand={inner}", accept=NONE)
    assert found.json == {"code": "DE", "visitors": [{"address": {"n": "BonnDE"}}]}


@pytest.mark.parametrize(
    ("query", "status", "hint"),
    [
        (
            "Visitors?$select=address($compute=id as n)",
            400,
            "It declares city, spot, photo, country, regions, remarks.",
        ),
        ("Visitors?$select=address($compute=length(city) as city)", 400, "as city2"),
        ("Visitors?$select=address($compute=spot as s)", 400, "Compute a number"),
        ("Visitors?$select=address($filter=city eq 'x')", 400, "$filter does not go with a complex value."),
        ("Visitors?$select=address($compute=length(city) as n),address($compute=length(city) as m)", 400, "twice"),
    ],
)
def test_what_a_value_does_not_take_is_refused(service: Service, query: str, status: int, hint: str) -> None:
    answer = ask(service, "GET", query)
    assert answer.status == status, answer.body
    assert hint in answer.error["message"]


@pytest.mark.parametrize(
    ("query", "context", "shown"),
    [
        ("$select=@Core.Description", "@Core.Description", {"@Core.Description": "Who comes"}),
        (
            "$select=id,id/@Core.Description",
            "id,id/@Core.Description",
            {"id@Core.Description": "A badge", "id": "ann"},
        ),
        ("$select=id/@Core.Example", "id/@Core.Example", {"id@Core.Example": {"Value": "ann"}}),
        (
            "$select=address/@Core.Description,address/city/@geo.titles",
            "address/@Core.Description,address/city/@geo.titles",
            {"address": {"@Core.Description": "Where they live", "city@geo.titles": ["town", "village"]}},
        ),
        (
            "$select=stays/city/@geo.titles,stays/city",
            "stays/city,stays/city/@geo.titles",
            {
                "stays": [
                    {"city@geo.titles": ["town", "village"], "city": "Ulm"},
                    {"@odata.type": "#geo.ForeignAddress", "city@geo.titles": ["town", "village"], "city": "Bern"},
                ]
            },
        ),
        ("$select=@Core.Permissions", "@Core.Permissions", {"@odata.id": f"{ROOT}Visitors('ann')"}),
    ],
)
def test_annotations_of_the_model_are_selected(service: Service, query: str, context: str, shown: object) -> None:
    found = ask(service, "GET", f"Visitors('ann')?{query}").json
    assert found["@odata.context"] == f"{ROOT}$metadata#Visitors({context})/$entity"
    assert bare(found) == shown


def test_an_annotation_stands_right_before_its_property(service: Service) -> None:
    found = ask(service, "GET", "Visitors('ann')?$select=address/city,id,id/@Core.Description", accept=NONE)
    assert list(found.json) == ["id@Core.Description", "id", "address"]


def test_an_annotation_behind_a_cast_shows_in_entities_of_the_type(service: Service) -> None:
    found = ask(
        service, "GET", "Visitors?$select=id,geo.Guide/@Core.Description%23short&$filter=id ge 'c'", accept=NONE
    )
    assert found.json["value"] == [{"@Core.Description#short": "A guide", "id": "guy"}, {"id": "nil"}]


@pytest.mark.parametrize(
    ("item", "status", "hint"),
    [
        ("@Core.Description($top=1)", 400, "Write $select alone."),
        ("@Core.Description($count=true)", 501, "Leave the other options out."),
        ("@Core.Description/code", 400, "Leave it out: the value is shown whole."),
        ("nothing/@Core.Description", 400, "It declares id, address, stays."),
    ],
)
def test_what_is_no_part_of_an_annotation_is_refused(service: Service, item: str, status: int, hint: str) -> None:
    answer = ask(service, "GET", f"Visitors?$select={item}")
    assert answer.status == status
    assert hint in answer.error["message"]
