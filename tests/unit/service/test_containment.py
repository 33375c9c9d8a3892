"""Contained entities: parts of the entity around them, at any depth (CSDL 8.4, Protocol 11.2.4, 11.4.5)."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask

FULL = "application/json;odata.metadata=full"


def test_entities_of_one_key_live_apart_in_each_parent(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/notes").column("text") == ["ann 1", "ann 2"]
    assert ask(company, "GET", "People('bob')/notes").column("text") == ["bob 1"]


def test_the_context_goes_through_the_parent(company: Service) -> None:
    for target, fragment in (
        ("People('ann')/notes", "People('ann')/notes"),
        ("People('ann')/notes(2)", "People('ann')/notes/$entity"),
        ("People/bob/notes/1/replies/1", "People('bob')/notes(1)/replies/$entity"),
        ("People('ann')/notes(2)/text", "People('ann')/notes(2)/text"),
        ("People('ann')/notes?$select=text", "People('ann')/notes(text)"),
    ):
        assert ask(company, "GET", target).json["@odata.context"] == f"{ROOT}$metadata#{fragment}"


def test_ids_and_links_go_through_the_parent(company: Service) -> None:
    entity = ask(company, "GET", "People('bob')/notes(1)/replies(1)", accept=FULL).json
    id_ = f"{ROOT}People('bob')/notes(1)/replies(1)"
    assert (entity["@odata.id"], entity["@odata.editLink"]) == (id_, id_)
    assert entity["replies@odata.navigationLink"] == f"{id_}/replies"


def test_filter_count_and_paging_work_inside_a_parent(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/notes/$count").body == b"2"
    assert ask(company, "GET", "People('ann')/notes?$filter=number gt 1").column("number") == [2]
    page = ask(company, "GET", "People('ann')/notes?$count=true", prefer="odata.maxpagesize=1").json
    assert page["@odata.count"] == 2
    rest = ask(company, "GET", page["@odata.nextLink"].removeprefix(ROOT)).json
    assert [entity["number"] for entity in rest["value"]] == [2]


def test_expand_reads_each_level_for_its_own_parents(company: Service) -> None:
    ask(company, "POST", "People('ann')/notes(1)/replies", {"number": 1, "text": "no"})
    found = ask(company, "GET", "People?$select=id&$expand=notes($select=text;$expand=replies($select=text))").values
    texts = {
        person["id"]: [(note["text"], [reply["text"] for reply in note["replies"]]) for note in person["notes"]]
        for person in found
    }
    assert texts == {
        "ann": [("ann 1", ["no"]), ("ann 2", [])],
        "bob": [("bob 1", ["yes"])],
        "cy": [],
        "di": [],
    }


def test_expanded_ids_go_through_their_parents(company: Service) -> None:
    found = ask(
        company, "GET", "People?$expand=notes($expand=replies,signature)&$filter=id eq 'bob'", accept=FULL
    ).values
    assert found[0]["notes"][0]["replies"][0]["@odata.id"] == f"{ROOT}People('bob')/notes(1)/replies(1)"


def test_it_is_changed_under_its_own_etag(company: Service) -> None:
    tag = ask(company, "GET", "People('ann')/notes(1)").headers["ETag"]
    assert ask(company, "PATCH", "People('ann')/notes(1)", {"text": "new"}, if_match=tag).json["text"] == "new"
    assert ask(company, "PATCH", "People('ann')/notes(1)", {"text": "late"}, if_match=tag).status == 412
    assert ask(company, "GET", "People('bob')/notes(1)").json["text"] == "bob 1"


def test_an_update_that_meets_nothing_creates_inside_the_parent(company: Service) -> None:
    made = ask(company, "PUT", "People('bob')/notes(9)", {"text": "nine"})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}People('bob')/notes(9)")
    assert ask(company, "GET", "People('bob')/notes").column("number") == [1, 9]


def test_a_second_entity_of_a_key_in_one_parent_is_a_conflict(company: Service) -> None:
    assert ask(company, "POST", "People('ann')/notes", {"number": 1}).status == 409


def test_nothing_is_created_in_a_parent_that_is_not_there(company: Service) -> None:
    answer = ask(company, "POST", "People('nobody')/notes", {"number": 1})
    assert (answer.status, answer.error["code"]) == (404, "NotFound")


def test_a_single_contained_entity_is_made_and_ended_at_its_own_url(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/notes(1)/signature").status == 204
    made = ask(company, "PUT", "People('ann')/notes(1)/signature", {"by": "Ann"})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}People('ann')/notes(1)/signature")
    expanded = ask(company, "GET", "People('ann')/notes?$expand=signature($select=by,valid)").values
    assert expanded[0]["signature"]["by"] == "Ann" and expanded[0]["signature"]["valid"] is True
    assert expanded[1]["signature"] is None
    assert ask(company, "DELETE", "People('ann')/notes(1)/signature").status == 204
    assert ask(company, "GET", "People('ann')/notes(1)/signature").status == 204


def test_what_an_entity_contains_goes_with_it(company: Service) -> None:
    ask(company, "PUT", "People('bob')/notes(1)/replies(1)/signature", {"by": "x"})
    ask(company, "POST", "People('bob')/notes(1)/replies(1)/replies", {"number": 2})
    assert ask(company, "DELETE", "People('bob')").status == 204
    rows = company.store.connection().execute  # type: ignore[attr-defined]  # a database store
    counts = [
        rows(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for name in ("Person/notes", "Note/replies", "Note/signature")
    ]
    assert counts == [2, 0, 0]


def test_a_delete_that_is_refused_keeps_what_is_contained(company: Service) -> None:
    assert ask(company, "DELETE", "People('ann')", if_match='W/"1"').status == 412
    assert ask(company, "GET", "People('ann')/notes/$count").body == b"2"


def test_entities_that_are_contained_refer_to_others(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/notes(1)/about").status == 204
    assert ask(company, "GET", "People('ann')/notes(1)/seenBy").values == []
    assert ask(company, "GET", "People('ann')/notes?$expand=about,seenBy").values[0]["seenBy"] == []


@pytest.mark.parametrize("target", ["notes", "Note", "firm.Person/notes"])
def test_contained_entities_have_no_set_of_their_own(company: Service, target: str) -> None:
    assert ask(company, "GET", target).status == 404


def test_a_navigation_property_without_a_set_is_refused_with_what_to_write(company: Service) -> None:
    for target, status in (("Me/firm.Employee/manager", 404), ("Me?$expand=firm.Employee/manager", 400)):
        answer = ask(company, "GET", target)
        assert answer.status == status
        assert "NavigationPropertyBinding" in answer.error["message"]


def test_filters_and_orders_go_through_contained_entities(company: Service) -> None:
    ask(company, "PUT", "People('ann')/notes(2)/signature", {"by": "Zoe"})
    assert ask(company, "GET", "People('ann')/notes?$filter=signature/by eq 'Zoe'").column("number") == [2]
    assert ask(company, "GET", "People('ann')/notes?$orderby=signature/by desc").column("number") == [2, 1]


def test_the_way_back_leads_to_the_parent(company: Service) -> None:
    assert ask(company, "GET", "People('bob')/notes(1)/author").json["id"] == "bob"
    assert ask(company, "GET", "People('bob')/notes?$expand=author").values[0]["author"]["name"] == "Bob"
    assert ask(company, "GET", "People('bob')/notes?$filter=author/name eq 'Bob'").column("number") == [1]


def test_references_to_contained_entities_go_through_the_parent(company: Service) -> None:
    answer = ask(company, "GET", "People('bob')/notes/$ref")
    assert answer.values == [{"@odata.id": f"{ROOT}People('bob')/notes(1)"}]
