"""$expand: levels, wildcards, casts, streams, and what bounds it."""

import pytest

from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from tests.asking import ROOT, ask, service_of
from tests.company import fill
from tests.models import company_schema, stationery_schema
from tests.stationery import fill as fill_stationery


def refer(service: Service, who: str, column: str, whom: str) -> None:
    """Lets one person's navigation property lead to another."""
    store = service.store
    with store.transaction():
        execute = store.connection().execute  # type: ignore[attr-defined]  # a database store
        execute(f'UPDATE "People" SET "{column}" = ? WHERE id = ?', (whom, who))


@pytest.fixture
def line(company: Service) -> Service:
    """The company, where Bob reports to Cy, and Cy to Eve; Ann's friend is Bob, and his Ann."""
    eve = {"@odata.type": "#firm.Director", "id": "eve", "name": "Eve"}
    assert ask(company, "POST", "People", eve).status == 201
    refer(company, "bob", "manager-id", "cy")
    refer(company, "cy", "manager-id", "eve")
    refer(company, "ann", "friend-id", "bob")
    refer(company, "bob", "friend-id", "ann")
    return company


def test_collections_of_very_many_rows_are_cut_to_pages_in_the_database() -> None:
    with service_of(stationery_schema()) as service:
        store = service.store
        assert isinstance(store, DatabaseStore)
        with store.transaction():
            upsert_rows(store, "Groups", ("code",), [("a",), ("b",)])
            rows = [(number, "b" if number > 10_000 else "a") for number in range(10_003)]
            upsert_rows(store, "Articles", ("number", "groupCode"), rows)
        first, second = ask(service, "GET", "Groups?$expand=articles($select=number)").values
        assert [article["number"] for article in first["articles"]] == list(range(1_000))
        assert first["articles@odata.nextLink"].startswith(f"{ROOT}Groups('a')/articles?")
        assert [article["number"] for article in second["articles"]] == [10_001, 10_002]
        assert "articles@odata.nextLink" not in second


def test_expanded_rows_are_bounded_all_together() -> None:
    with service_of(stationery_schema(), Settings(Limits(max_expanded_rows=4))) as service:
        fill_stationery(service)
        assert ask(service, "GET", "Groups?$expand=articles").status == 200
        answer = ask(service, "GET", "Groups?$expand=articles($expand=group($expand=articles))")
        assert (answer.status, answer.error["target"], answer.error["message"]) == (
            400,
            "$expand",
            "$expand brings more than 4 rows (--max-expanded-rows). Write $top inside $expand, or read fewer entities "
            "by $top or Prefer: maxpagesize.",
        )


def test_top_is_bounded_inside_expand() -> None:
    with service_of(stationery_schema(), Settings(Limits(max_top=2))) as service:
        answer = ask(service, "GET", "Groups?$top=1&$expand=articles($expand=group($expand=articles($top=3)))")
        assert (answer.status, answer.error["code"], answer.error["target"]) == (
            400,
            "LimitExceeded",
            "$expand/articles/$expand/group/$expand/articles/$top",
        )
        assert ask(service, "GET", "Groups?$top=1&$expand=articles($top=2)").status == 200


def test_levels_of_a_single_valued_property_are_nested(line: Service) -> None:
    answer = ask(line, "GET", "People('ann')?$select=id&$expand=friend($levels=3;$select=id)").json
    assert answer["friend"]["id"] == "bob"
    assert answer["friend"]["friend"]["id"] == "ann"
    assert answer["friend"]["friend"]["friend"]["id"] == "bob"
    assert "friend" not in answer["friend"]["friend"]["friend"]
    assert answer["@odata.context"] == f"{ROOT}$metadata#People(id,friend+(id))/$entity"


def test_levels_of_a_collection_are_nested(line: Service) -> None:
    target = "People/firm.Employee('eve')?$select=id&$expand=reports($levels=2;$select=id)"
    answer = ask(line, "GET", target).json
    assert [one["id"] for one in answer["reports"]] == ["cy"]
    assert [one["id"] for one in answer["reports"][0]["reports"]] == ["bob"]
    assert "reports" not in answer["reports"][0]["reports"][0]


def test_levels_max_ends_at_the_limit() -> None:
    with service_of(company_schema(), Settings(Limits(max_expand_depth=2))) as service:
        fill(service)
        refer(service, "ann", "friend-id", "ann")
        answer = ask(service, "GET", "People('ann')?$expand=friend($levels=max)").json
        assert "friend" not in answer["friend"]["friend"]
        assert ask(service, "GET", "People('ann')?$expand=friend($levels=3)").error["code"] == "LimitExceeded"


def test_levels_through_a_cast_go_on(line: Service) -> None:
    answer = ask(line, "GET", "People('bob')?$expand=firm.Employee/manager($levels=max;$select=id)").json
    assert answer["manager"]["manager"] == {**answer["manager"]["manager"], "id": "eve", "manager": None}


def test_what_is_expanded_without_its_key_tells_its_id(company: Service) -> None:
    notes = ask(company, "GET", "People('ann')?$select=name&$expand=notes($select=text;$top=1)").json["notes"]
    assert [note.keys() - {"@odata.etag"} for note in notes] == [{"@odata.id", "text"}]
    assert notes[0]["@odata.id"] == "http://host/People('ann')/notes(1)"


def test_what_does_not_lead_to_itself_has_one_level(company: Service) -> None:
    plain = ask(company, "GET", "People?$expand=notes").json
    assert ask(company, "GET", "People?$expand=notes($levels=3)").json == plain
    assert ask(company, "GET", "People?$expand=notes($levels=max)").json == plain


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("People?$levels=2", 400, "behind an item of $expand"),
        ("People?$expand=friend,friend", 400, "stands twice"),
        ("People?$expand=friend/notes", 400, "$expand=friend($expand=notes)"),
        ("People?$expand=friend/firm.Note", 400, "not derived"),
        ("People?$expand=$value", 400, "no media entity"),
        ("People?$expand=portrait/$ref", 400, "Nothing can follow the stream"),
    ],
    ids=["top", "twice", "path", "foreign cast", "no media", "stream"],
)
def test_what_cannot_be_expanded_is_refused(company: Service, target: str, status: int, words: str) -> None:
    answer = ask(company, "GET", target)
    assert answer.status == status
    assert words in answer.body.decode()


def test_a_wildcard_takes_levels_and_references(line: Service) -> None:
    answer = ask(line, "GET", "People('ann')?$select=id&$expand=*($levels=2)").json
    assert answer["friend"]["friend"]["id"] == "ann"
    assert answer["friend"]["notes"][0]["text"] == "bob 1"
    references = ask(line, "GET", "People('ann')?$select=id&$expand=*/$ref").json
    assert references["friend"] == {"@odata.id": f"{ROOT}People('bob')"}
    assert references["notes"] == [{"@odata.id": f"{ROOT}People('ann')/notes({number})"} for number in (1, 2)]


def test_a_cast_behind_a_navigation_property_shows_that_type_alone(line: Service) -> None:
    people = ask(line, "GET", "People?$select=id&$expand=friend/firm.Employee($select=salary)").values
    assert [person["friend"] and person["friend"]["salary"] for person in people] == [5, None, None, None, None]
    assert people[0]["friend"]["@odata.type"] == "#firm.Employee"
    target = "People/firm.Employee?$select=id&$expand=reports/firm.Director($select=bonus;$count=true)"
    assert [len(person["reports"]) for person in ask(line, "GET", target).values] == [0, 0, 1]


def test_streams_stand_inside_their_entity_when_they_are_expanded(company: Service) -> None:
    ask(company, "PUT", "People('ann')/portrait", b"\xff\xd8picture", content_type="image/png")
    people = ask(company, "GET", "People?$select=id&$expand=portrait").values
    assert people[0]["portrait"] == "_9hwaWN0dXJl"
    assert people[0]["portrait@odata.mediaContentType"] == "image/png"
    assert people[1]["portrait"] is None


def test_the_stream_of_a_media_entity_is_its_value(company: Service) -> None:
    ask(company, "POST", "Attachments", b"[1]", content_type="text/csv")
    ask(company, "POST", "Attachments", "Grüße".encode("latin-1"), content_type="text/plain;charset=latin-1")
    found = ask(company, "GET", "Attachments?$expand=$value").values
    assert sorted(entity["$value"] for entity in found) == ["Grüße", "[1]"]


def test_more_than_the_limit_of_items_is_refused() -> None:
    with service_of(company_schema(), Settings(Limits(max_expand_items=3))) as service:
        answer = ask(service, "GET", "People?$expand=friend,notes($expand=about,author)")
        assert answer.status == 400
        assert "--max-expand-items" in answer.error["message"]


def test_a_stream_of_json_is_json_inside_its_entity(company: Service) -> None:
    note = {"title": "n"}
    made = ask(company, "POST", "Attachments", note).json["id"]
    ask(company, "PUT", f"Attachments({made})/preview", b'{"a": [1]}', content_type="application/json")
    assert ask(company, "GET", f"Attachments({made})?$expand=preview").json["preview"] == {"a": [1]}


def test_an_expanded_collection_longer_than_a_page_has_a_next_link(partners: Service) -> None:
    target = (
        "Partners('p1')?$select=id&$expand=customers($filter=employees ge @least;$orderby=name desc;$count=true;"
        "$select=id;$expand=partner($select=name))&@least=1"
    )
    first = ask(partners, "GET", target, prefer="maxpagesize=2").json
    assert [customer["id"] for customer in first["customers"]] == ["c3", "c2"]
    assert first["customers@odata.count"] == 3
    link = first["customers@odata.nextLink"]
    assert link.startswith(f"{ROOT}Partners('p1')/customers?")
    second = ask(partners, "GET", link.removeprefix(ROOT)).json
    assert second["@odata.context"] == f"{ROOT}$metadata#Customers(id,partner(name))"
    assert second["@odata.count"] == 3
    assert [(customer["id"], customer["partner"]["name"]) for customer in second["value"]] == [("c1", "Partner 1")]
    assert "@odata.nextLink" not in second


def test_next_links_below_others_are_those_of_their_own_parent(partners: Service) -> None:
    inner = "partner($select=id;$expand=customers($select=id;$top=2))"
    found = ask(partners, "GET", f"Customers?$select=id&$expand={inner}", prefer="maxpagesize=1").json
    link = found["value"][0]["partner"]["customers@odata.nextLink"]
    assert ask(partners, "GET", link.removeprefix(ROOT)).column("id") == ["c2"]
    assert ask(partners, "GET", link.removeprefix(ROOT), prefer="maxpagesize=9").column("id") == ["c2"]


def test_next_links_of_expanded_references_lead_to_references(partners: Service) -> None:
    found = ask(partners, "GET", "Partners('p1')?$expand=customers/$ref", prefer="maxpagesize=2").json
    rest = ask(partners, "GET", found["customers@odata.nextLink"].removeprefix(ROOT)).json
    assert rest["value"] == [{"@odata.id": f"{ROOT}Customers('c3')"}]


def test_the_answer_to_a_change_has_next_links_too(partners: Service) -> None:
    target = "Partners('p1')?$expand=customers($select=id)"
    changed = ask(partners, "PATCH", target, {"name": "Other"}, prefer="return=representation, maxpagesize=2").json
    rest = ask(partners, "GET", changed["customers@odata.nextLink"].removeprefix(ROOT))
    assert rest.column("id") == ["c3"]


def test_a_level_takes_one_statement_with_its_counts(partners: Service) -> None:
    target = "Partners?$expand=customers($count=true;$top=1;$expand=orderLines($count=true),partner)"
    ask(partners, "GET", target)
    statements: list[str] = []
    partners.store.connection().set_trace_callback(statements.append)  # type: ignore[attr-defined]  # a database store
    answer = ask(partners, "GET", target)
    partners.store.connection().set_trace_callback(None)  # type: ignore[attr-defined]  # a database store
    assert answer.column("customers@odata.count") == [3, 0]
    assert len(statements) == 3


def test_counts_come_with_pages_that_are_empty(partners: Service) -> None:
    for options in ("$count=true;$top=0", "$count=true;$skip=9"):
        answer = ask(partners, "GET", f"Partners?$expand=customers({options})")
        assert answer.column("customers@odata.count") == [3, 0]
        assert answer.column("customers") == [[], []]
