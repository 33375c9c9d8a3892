"""Navigation properties of values that are kept whole: bound by ids, expanded in each database (Protocol 11.2.5.2).

The values say by key which entities they lead to.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from odata_service import Call, Entity, Forbidden
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from tests.asking import ROOT, ask
from tests.places import bare, places
from tests.servers import FAMILIES, database_url

STAYS: list[dict[str, Any]] = [
    {
        "city": "Ulm",
        "country@odata.bind": "Countries('DE')",
        "regions@odata.bind": ["Regions(2)", f"{ROOT}Regions(1)"],
        "spot": {"floor": 1, "region@odata.bind": "Regions(3)"},
    },
    {"@odata.type": "#geo.ForeignAddress", "city": "Bern", "visa@odata.bind": "Regions(3)"},
    {"city": "Oslo", "country@odata.bind": None, "regions@odata.bind": []},
]
NONE = "application/json;odata.metadata=none"


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, places(url) as made:
        assert ask(made, "PATCH", "Visitors('ann')", {"stays": STAYS}).status == 200
        yield made


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (
            "Visitors('ann')/stays?$expand=country($select=name)&$select=city",
            [
                {"city": "Ulm", "country": {"name": "Germany"}},
                {"city": "Bern", "country": None},
                {"city": "Oslo", "country": None},
            ],
        ),
        (
            "Visitors('ann')/stays?$expand=regions($orderby=id desc;$top=1;$count=true;$select=id)&$select=city&$top=1",
            [{"city": "Ulm", "regions@odata.count": 2, "regions": [{"id": 2}]}],
        ),
        (
            "Visitors('ann')/stays?$expand=regions($filter=id lt 2;$select=title),country/$ref&$select=city&$skip=2",
            [{"city": "Oslo", "regions": [], "country": None}],
        ),
        (
            "Visitors('ann')/stays?$expand=regions/$count&$select=city&$filter=city ne 'Bern'",
            [{"city": "Ulm", "regions@odata.count": 2}, {"city": "Oslo", "regions@odata.count": 0}],
        ),
        ("Visitors('ann')/stays/geo.ForeignAddress?$expand=visa($select=id)&$select=city", [
            {"city": "Bern", "visa": {"id": 3}},
        ]),
        (
            "Visitors('ann')/stays?$expand=country($select=code;$expand=visitors($select=id))&$select=city&$top=1",
            [{"city": "Ulm", "country": {"code": "DE", "visitors": [{"id": "ann"}]}}],
        ),
    ],
)  # fmt: skip
def test_members_of_a_collection_expand(service: Service, target: str, shown: object) -> None:
    answer = ask(service, "GET", target, accept=NONE)
    assert answer.status == 200, answer.body
    assert bare(answer.json["value"]) == shown


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (
            "Visitors('ann')/stays/0?$expand=country($select=code),regions($select=id;$orderby=id)&$select=city",
            {"city": "Ulm", "country": {"code": "DE"}, "regions": [{"id": 1}, {"id": 2}]},
        ),
        ("Visitors('ann')/stays/0/spot?$expand=region($select=title)", {
            "floor": 1, "regionId": 3, "region": {"title": "region 3"},
        }),
        ("Visitors('ann')/stays/1?$expand=*&$select=city", {"city": "Bern", "country": None, "regions": []}),
        (
            "Visitors('ann')?$select=id&$expand=stays/spot/region($select=id)",
            {"id": "ann", "stays": [{"spot": {"region": {"id": 3}}}, {"spot": None}, {"spot": None}]},
        ),
        (
            "Visitors('ann')?$select=stays/city&$expand=stays/geo.ForeignAddress/visa/$ref",
            {"stays": [
                {"city": "Ulm"}, {"city": "Bern", "visa": {"@odata.id": f"{ROOT}Regions(3)"}}, {"city": "Oslo"},
            ]},
        ),
    ],
)  # fmt: skip
def test_values_and_entities_expand(service: Service, target: str, shown: object) -> None:
    answer = ask(service, "GET", target, accept=NONE)
    assert answer.status == 200, answer.body
    assert bare(answer.json) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("0/country", {"code": "DE", "name": "Germany"}),
        ("0/country?$select=code&$expand=visitors($select=id)", {"code": "DE", "visitors": [{"id": "ann"}]}),
        ("0/spot/region", {"id": 3, "title": "region 3"}),
        ("1/geo.ForeignAddress/visa?$select=id", {"id": 3}),
        ("$filter(city eq 'Ulm')/0/country/$ref", {"@odata.id": f"{ROOT}Countries('DE')"}),
        ("0/regions?$orderby=id", {"value": [{"id": 1, "title": "region 1"}, {"id": 2, "title": "region 2"}]}),
        ("0/regions?$filter=id gt 1&$count=true&$select=id", {"@odata.count": 1, "value": [{"id": 2}]}),
        ("0/regions(1)?$select=title", {"title": "region 1"}),
        ("0/regions/$ref?$orderby=id&$top=1", {"value": [{"@odata.id": f"{ROOT}Regions(1)"}]}),
        ("0/country/visitors?$select=id", {"value": [{"id": "ann"}]}),
        ("2/regions", {"value": []}),
    ],
)
def test_paths_lead_through_values(service: Service, path: str, shown: object) -> None:
    answer = ask(service, "GET", f"Visitors('ann')/stays/{path}", accept=NONE)
    assert answer.status == 200, answer.body
    assert bare(answer.json) == shown


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "2/country", 204),
        ("GET", "9/country", 404),
        ("GET", "1/spot/region", 404),
        ("GET", "0/geo.ForeignAddress/visa", 404),
        ("GET", "0/regions(3)", 404),
        ("GET", "0/remarks", 501),
        ("PATCH", "0/country", 405),
        ("DELETE", "0/country/$ref", 405),
    ],
)
def test_paths_that_lead_nowhere(service: Service, method: str, path: str, status: int) -> None:
    answer = ask(service, method, f"Visitors('ann')/stays/{path}", {} if method == "PATCH" else None)
    assert answer.status == status, answer.body


def test_what_a_path_leads_to_has_numbers_values_and_pages(service: Service) -> None:
    assert ask(service, "GET", "Visitors('ann')/stays/0/regions/$count").body == b"2"
    assert ask(service, "GET", "Visitors('ann')/stays/0/country/name/$value").body == b"Germany"
    first = ask(service, "GET", "Visitors('ann')/stays/0/regions?$orderby=id", prefer="maxpagesize=1")
    following = ask(service, "GET", first.json["@odata.nextLink"].removeprefix(ROOT))
    assert (first.column("id"), following.column("id")) == ([1], [2])
    assert first.json["@odata.context"] == f"{ROOT}$metadata#Regions"


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("stays/any(s:s/country/name eq 'Germany')", ["ann"]),
        ("stays/any(s:s/country eq null)", ["ann"]),
        ("stays/any(s:s/country ne null)", ["ann", "bob"]),
        ("stays/any(s:s/regions/any(r:r/title eq 'region 3'))", ["bob"]),
        ("stays/any(s:s/regions/$count eq 2)", ["ann"]),
        ("stays/any(s:not s/regions/all(r:r/id gt 1))", ["ann"]),
        ("stays/any(s:s/spot/region/title eq 'region 3')", ["ann"]),
        ("stays/any(s:s/geo.ForeignAddress/visa/id eq 3)", ["ann"]),
        ("stays/any(s:s/country/visitors/any(v:v/address/city eq 'Bonn'))", ["ann"]),
        ("stays/any(s:s/country/code eq 'FR' and s/regions/any(r:r/id eq 3))", ["bob"]),
    ],
)
def test_expressions_lead_through_values(service: Service, condition: str, keys: list[str]) -> None:
    stays = [{"city": "Nice", "country@odata.bind": "Countries('FR')", "regions@odata.bind": ["Regions(3)"]}]
    assert ask(service, "PATCH", "Visitors('bob')", {"stays": stays}).status in {200, 204}
    answer = ask(service, "GET", f"Visitors?$filter={condition}&$orderby=id&$select=id")
    assert answer.status == 200, answer.body
    assert answer.column("id") == keys
    assert ask(service, "PUT", "Visitors('bob')/stays", {"value": []}).status == 204


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("stays?$filter=country/code eq 'DE'&$select=city", {"value": [{"city": "Ulm"}]}),
        ("stays?$filter=regions/$count gt 0&$count=true&$select=city", {"@odata.count": 1, "value": [{"city": "Ulm"}]}),
        (
            "stays?$orderby=country/name desc,city desc&$select=city",
            {"value": [{"city": "Ulm"}, {"city": "Oslo"}, {"city": "Bern"}]},
        ),
        (
            "stays?$compute=country/name as n,spot/region/id add 1 as m&$select=n,m",
            {"value": [{"n": "Germany", "m": 4}, {"n": None, "m": None}, {"n": None, "m": None}]},
        ),
        ("stays/0?$compute=country/name as n&$select=n", {"n": "Germany"}),
    ],
)
def test_options_of_values_lead_on(service: Service, target: str, shown: object) -> None:
    answer = ask(service, "GET", f"Visitors('ann')/{target}", accept=NONE)
    assert (answer.status, answer.json) == (200, shown)


def test_many_entities_expand(service: Service) -> None:
    target = "Visitors?$select=id&$expand=stays/country($select=code)&$orderby=id"
    found = ask(service, "GET", target, accept=NONE).values
    assert [[stay["country"] for stay in one["stays"]] for one in map(bare_of, found)] == [
        [{"code": "DE"}, None, None], [], [], [],
    ]  # fmt: skip


def test_an_item_of_expand_takes_one_statement() -> None:
    with places() as made:
        for name in ("ann", "bob"):
            assert ask(made, "PATCH", f"Visitors('{name}')", {"stays": STAYS}).status == 200
        target = "Visitors?$expand=stays/country,stays/regions($count=true;$top=1)"
        ask(made, "GET", target)
        statements: list[str] = []
        made.store.connection().set_trace_callback(statements.append)  # type: ignore[attr-defined]  # a database store
        ask(made, "GET", target)
        made.store.connection().set_trace_callback(None)  # type: ignore[attr-defined]  # a database store
        assert len(statements) == 3


@pytest.mark.parametrize(
    ("most", "target"),
    [
        (4, "Visitors?$expand=stays/regions"),
        (4, "Visitors?$expand=stays/regions($count=true)"),
        (4, "Visitors?$expand=stays/regions,stays/country"),
        (2, "Visitors?$expand=stays/regions($top=1),stays/country"),
        (2, "Visitors('ann')/stays?$expand=regions"),
        (0, "Visitors?$expand=stays/regions"),
    ],
)
def test_collections_have_as_many_rows_as_expanded_ones(most: int, target: str) -> None:
    with places() as made:
        for name in ("ann", "bob"):
            assert ask(made, "PATCH", f"Visitors('{name}')", {"stays": STAYS}).status == 200
        assert ask(limited(made, most), "GET", target).status == 200
        if most:
            answer = ask(limited(made, most - 1), "GET", target)
            assert (answer.status, answer.error["target"]) == (400, "$expand")
            assert f"more than {most - 1} rows (--max-expanded-rows)" in answer.error["message"]


def limited(service: Service, most: int) -> Service:
    """A service over the same database, in which $expand brings no more rows."""
    settings = Settings(limits=Limits(max_expanded_rows=most), track_changes=False)
    store = service.store
    assert isinstance(store, DatabaseStore)
    return Service(service.schema, DatabaseStore(store.driver, service.schema, settings), settings)


def bare_of(value: dict[str, Any]) -> dict[str, Any]:
    found = bare(value)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("target", "context"),
    [
        ("Visitors('ann')/stays?$expand=country($select=code)&$select=city",
         "Visitors('ann')/stays(city,country(code))"),
        ("Visitors?$select=id&$expand=stays/geo.ForeignAddress/visa($select=id)",
         "Visitors(id,stays/geo.ForeignAddress/visa(id))"),
    ],
)  # fmt: skip
def test_the_context_names_what_is_expanded(service: Service, target: str, context: str) -> None:
    assert ask(service, "GET", target).json["@odata.context"] == f"{ROOT}$metadata#{context}"


@pytest.mark.parametrize(
    ("body", "status", "message", "target"),
    [
        ({"country@odata.bind": "Countries('XX')"}, 400,
         "There is no entity 'Countries('XX')'. Create it first.", "stays/0/country@odata.bind"),
        ({"country@odata.bind": "Regions(1)"}, 400,
         "'Regions(1)' is no entity that 'country' leads to. Write Countries(…).", "stays/0/country@odata.bind"),
        ({"regions@odata.bind": "Regions(1)"}, 400,
         "'stays/0/regions@odata.bind' takes an array of ids. Write [\"Set(…)\"].", "stays/0/regions@odata.bind"),
        ({"land@odata.bind": "Countries('DE')"}, 400,
         "'land' is no navigation property of 'geo.Address'.", "stays/0/land@odata.bind"),
        ({"country": {"code": "AA"}}, 501,
         "What 'country' leads to is not stated inside of a value that is kept whole. Create it apart, and name it: "
         "\"country@odata.bind\".", "stays/0/country"),
        ({"remarks": []}, 501,
         "What 'remarks' leads to is not stated inside of a value that is kept whole. Leave it out.",
         "stays/0/remarks"),
    ],
)  # fmt: skip
def test_what_cannot_be_bound_is_refused(
    service: Service, body: dict[str, Any], status: int, message: str, target: str
) -> None:
    answer = ask(service, "PATCH", "Visitors('nil')", {"stays": [body]})
    assert (answer.status, answer.error["message"], answer.error["target"]) == (status, message, target)


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("Visitors('ann')/stays?$expand=town", 400, "Property 'town' is not declared in 'geo.Address'"),
        ("Visitors('ann')/stays?$expand=country,country", 400, "'country' stands twice in $expand"),
        ("Visitors('ann')/stays?$expand=country($select=x)", 400, "Property 'x' is not declared in 'geo.Country'"),
        ("Visitors('ann')/stays?$expand=city", 400, "'city' is no navigation property"),
        ("Visitors('ann')/stays?$expand=remarks", 501, "'remarks' is a navigation property of a complex value"),
        ("Countries?$expand=visitors($expand=stays/country)", 501, "'country' is a navigation property of a complex"),
    ],
)
def test_what_is_not_expanded_is_refused(service: Service, target: str, status: int, message: str) -> None:
    answer = ask(service, "GET", target)
    assert answer.status == status
    assert answer.error["message"].startswith(message)


def test_relations_stay_with_their_values(service: Service) -> None:
    made = {"id": "zoe", "stays": STAYS[:1]}
    assert ask(service, "POST", "Visitors", made).status == 201
    added = {"city": "Rom", "country@odata.bind": "Countries('FR')"}
    assert ask(service, "POST", "Visitors('zoe')/stays?$index=0", added).status == 204
    assert ask(service, "PATCH", "Visitors('zoe')", {"address": {"city": "Linz"}}).status in {200, 204}
    target = "Visitors('zoe')/stays?$expand=country($select=code)&$select=city"
    assert bare(ask(service, "GET", target, accept=NONE).json["value"]) == [
        {"city": "Rom", "country": {"code": "FR"}},
        {"city": "Ulm", "country": {"code": "DE"}},
    ]
    assert ask(service, "PUT", "Visitors('zoe')/stays", {"value": [{"city": "Rom"}]}).status == 204
    assert bare(ask(service, "GET", target, accept=NONE).json["value"]) == [{"city": "Rom", "country": None}]


def test_an_entity_that_is_no_more_is_left_out(service: Service) -> None:
    assert ask(service, "POST", "Regions", {"id": 9}).status == 201
    stay = {"city": "Ems", "regions@odata.bind": ["Regions(9)", "Regions(1)"]}
    assert ask(service, "POST", "Visitors", {"id": "max", "stays": [stay]}).status == 201
    assert ask(service, "DELETE", "Regions(9)").status == 204
    found = ask(service, "GET", "Visitors('max')/stays?$expand=regions($select=id)&$select=city", accept=NONE)
    assert bare(found.json["value"]) == [{"city": "Ems", "regions": [{"id": 1}]}]


def test_the_answer_to_a_change_expands_too(service: Service) -> None:
    target = "Visitors('guy')?$select=id&$expand=stays/country($select=code)"
    answer = ask(service, "PATCH", target, {"stays": STAYS[:1]}, prefer="return=representation", accept=NONE)
    assert bare(answer.json) == {"id": "guy", "stays": [{"country": {"code": "DE"}}]}


@pytest.mark.parametrize("path", ["stays/0", "stays"])
def test_what_is_expanded_in_values_is_not_transformed(service: Service, path: str) -> None:
    answer = ask(service, "GET", f"Visitors('ann')/{path}?$expand=regions($apply=aggregate($count as n))")
    assert (answer.status, answer.error["target"]) == (501, "$expand/regions/$apply")
    assert answer.error["message"].endswith("Write $apply behind a path that ends in 'regions'.")


def test_hooks_hear_of_what_values_lead_to() -> None:
    heard: list[object] = []
    with places() as service:
        assert ask(service, "PATCH", "Visitors('ann')", {"stays": STAYS}).status == 200

        @service.before_read("Regions")
        def before(call: Call) -> None:
            heard.append("before")

        @service.after_read("Regions")
        def after(call: Call, entities: Sequence[Entity]) -> None:
            heard.append(sorted(entity.key for entity in entities))

        @service.before_read("Countries")
        def refuse(call: Call) -> None:
            raise Forbidden("Countries are not for everybody.")

        assert ask(service, "GET", "Visitors('ann')?$expand=stays/regions($orderby=id)&$select=id").status == 200
        assert heard == ["before", [(1,), (2,)]]
        assert ask(service, "GET", "Visitors?$expand=stays/country").status == 403
