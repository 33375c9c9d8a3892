"""Entities of derived types: one set, one table, each entity of its own type (URL Conventions 4.11)."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask

FULL = "application/json;odata.metadata=full"


def shown(entity: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in entity.items() if name not in {"@odata.etag", "@odata.context"}}


def test_each_entity_shows_its_type_and_the_properties_of_it(company: Service) -> None:
    assert [shown(entity) for entity in ask(company, "GET", "People").values] == [
        {"id": "ann", "name": "Ann", "born": "1990-05-01"},
        {"@odata.type": "#firm.Employee", "id": "bob", "name": "Bob", "born": None, "salary": 5, "grade": "senior"},
        {
            "@odata.type": "#firm.Director",
            "id": "cy",
            "name": "Cy",
            "born": None,
            "salary": 9,
            "grade": None,
            "bonus": 5.25,
        },
        {"@odata.type": "#firm.Guest", "id": "di", "name": "Di", "born": None, "grade": 7},
    ]


def test_a_cast_leaves_the_entities_of_a_type(company: Service) -> None:
    answer = ask(company, "GET", "People/firm.Employee?$select=id,salary")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#People/firm.Employee(id,salary)"
    assert [shown(entity) for entity in answer.values] == [
        {"id": "bob", "salary": 5},
        {"@odata.type": "#firm.Director", "id": "cy", "salary": 9},
    ]


def test_what_a_cast_leaves_can_be_counted(company: Service) -> None:
    assert ask(company, "GET", "People/firm.Employee/$count").body == b"2"


@pytest.mark.parametrize(
    "target", ["People('bob')/firm.Employee", "People/firm.Employee('bob')", "People/bob/firm.Employee"]
)
def test_an_entity_is_cast_by_its_path(company: Service, target: str) -> None:
    entity = ask(company, "GET", target).json
    assert entity["@odata.context"] == f"{ROOT}$metadata#People/firm.Employee/$entity"
    assert shown(entity) == {"id": "bob", "name": "Bob", "born": None, "salary": 5, "grade": "senior"}


def test_an_entity_of_another_type_is_not_found_behind_a_cast(company: Service) -> None:
    assert ask(company, "GET", "People('ann')/firm.Employee").status == 404


def test_a_property_of_a_derived_type_has_a_url(company: Service) -> None:
    assert ask(company, "GET", "People('bob')/firm.Employee/salary").json == {
        "@odata.context": f"{ROOT}$metadata#People('bob')/firm.Employee/salary",
        "value": 5,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=firm.Employee/salary gt 5", ["cy"]),
        ("$filter=firm.Employee/salary eq null", ["ann", "di"]),
        ("$filter=firm.Guest/grade eq 7", ["di"]),
        ("$filter=firm.Employee/grade eq 'senior'", ["bob"]),
        ("$filter=isof(firm.Employee)", ["bob", "cy"]),
        ("$filter=not isof(firm.Employee)", ["ann", "di"]),
        ("$filter=isof(firm.Person)", ["ann", "bob", "cy", "di"]),
        ("$filter=cast(firm.Director)/bonus gt 5", ["cy"]),
        ("$orderby=firm.Employee/salary desc,id", ["cy", "bob", "ann", "di"]),
    ],
)
def test_casts_stand_in_expressions(company: Service, query: str, found: list[str]) -> None:
    assert ask(company, "GET", f"People?$select=id&{query}").column("id") == found


def test_select_names_properties_of_derived_types(company: Service) -> None:
    answer = ask(company, "GET", "People?$select=id,firm.Guest/grade&$filter=id ge 'cy'")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#People(id,firm.Guest/grade)"
    assert [shown(entity) for entity in answer.values] == [
        {"@odata.type": "#firm.Director", "id": "cy"},
        {"@odata.type": "#firm.Guest", "id": "di", "grade": 7},
    ]


def test_expand_goes_through_navigation_properties_of_derived_types(company: Service) -> None:
    store = company.store
    with store.transaction():
        store.connection().execute("UPDATE \"People\" SET \"manager-id\" = 'cy' WHERE id = 'bob'")  # type: ignore[attr-defined]
    answer = ask(
        company, "GET", "People?$select=id&$expand=firm.Employee/manager($select=id),firm.Employee/reports($select=id)"
    )
    found = {entity["id"]: entity for entity in answer.values}
    assert "manager" not in found["ann"] and "reports" not in found["ann"]
    assert shown(found["bob"]["manager"]) == {"@odata.type": "#firm.Director", "id": "cy"}
    assert [entity["id"] for entity in found["cy"]["reports"]] == ["bob"]


def test_full_metadata_links_through_the_type(company: Service) -> None:
    entity = ask(company, "GET", "People('bob')", accept=FULL).json
    assert entity["@odata.id"] == f"{ROOT}People('bob')"
    assert entity["@odata.editLink"] == f"{ROOT}People('bob')/firm.Employee"
    assert entity["manager@odata.navigationLink"] == f"{ROOT}People('bob')/firm.Employee/manager"
    assert entity["friend@odata.navigationLink"] == f"{ROOT}People('bob')/friend"


@pytest.mark.parametrize("name", ["#firm.Guest", "firm.Guest", f"{ROOT}$metadata#firm.Guest"])
def test_a_create_names_the_type(company: Service, name: str) -> None:
    answer = ask(company, "POST", "People", {"@odata.type": name, "id": "e"})
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}People('e')")
    assert answer.json["@odata.type"] == "#firm.Guest"


def test_a_create_behind_a_cast_is_of_that_type(company: Service) -> None:
    assert ask(company, "POST", "People/firm.Guest", {"id": "e"}).json["@odata.type"] == "#firm.Guest"


@pytest.mark.parametrize(
    ("method", "target", "body", "message"),
    [
        ("POST", "People", {"@odata.type": "#firm.Nobody"}, "firm.Nobody"),
        ("POST", "People", {"@odata.type": "#firm.Project"}, "It may be firm.Person, firm.Employee"),
        ("POST", "People", {"id": "e", "salary": 1}, '"@odata.type": "#firm.Employee"'),
        ("POST", "Beings", {"id": "e"}, "is abstract"),
        ("PATCH", "People('bob')", {"@odata.type": "#firm.Guest"}, "'firm.Employee' is expected"),
        ("PUT", "People('ann')", {"@odata.type": "#firm.Guest"}, "its type cannot become 'firm.Guest'"),
        ("PUT", "People('bob')", {"@odata.type": "#firm.Person"}, "'firm.Employee' is expected"),
        ("POST", "People/firm.Guest", {"@odata.type": "#firm.Person", "id": "e"}, "'firm.Guest' is expected"),
    ],
)
def test_a_type_that_does_not_fit_is_refused(
    company: Service, method: str, target: str, body: dict[str, object], message: str
) -> None:
    answer = ask(company, method, target, body)
    assert answer.status == 400
    assert message in answer.error["message"]


def test_an_update_keeps_the_type_and_takes_its_properties(company: Service) -> None:
    entity = ask(company, "PATCH", "People('bob')", {"salary": 6}).json
    assert (entity["@odata.type"], entity["salary"], entity["grade"]) == ("#firm.Employee", 6, "senior")


@pytest.mark.parametrize("name", ["#firm.Person", "firm.Being"])
def test_an_update_may_name_a_base_type_as_clients_that_know_no_other_do(company: Service, name: str) -> None:
    entity = ask(company, "PATCH", "People('bob')", {"@odata.type": name, "name": "Robert", "salary": 6}).json
    assert (entity["@odata.type"], entity["name"], entity["salary"]) == ("#firm.Employee", "Robert", 6)


def test_a_replacement_resets_the_properties_of_the_type(company: Service) -> None:
    entity = ask(company, "PUT", "People('di')", {"name": "D", "grade": 1}).json
    assert (entity["name"], entity["grade"]) == ("D", 1)
    assert ask(company, "PUT", "People('di')", {"name": "D"}).json["grade"] == 7


def test_an_update_behind_a_cast_meets_that_type_alone(company: Service) -> None:
    assert ask(company, "PATCH", "People('bob')/firm.Employee", {"salary": 6}).json["salary"] == 6
    assert ask(company, "PATCH", "People('ann')/firm.Employee", {"salary": 6}).status == 404
    assert ask(company, "DELETE", "People('ann')/firm.Employee").status == 404
    assert ask(company, "DELETE", "People('bob')/firm.Employee").status == 204


def test_an_upsert_creates_an_entity_of_the_type_that_it_names(company: Service) -> None:
    answer = ask(company, "PUT", "People('new')", {"@odata.type": "#firm.Director", "bonus": 1})
    assert (answer.status, answer.json["@odata.type"], answer.json["bonus"]) == (201, "#firm.Director", 1)


def test_an_entity_named_by_its_id_is_taken_for_one_of_a_type(company: Service) -> None:
    bob = ask(company, "GET", "$entity/firm.Employee?$id=People('bob')&$select=salary").json
    assert (bob["@odata.context"], bob["salary"]) == (f"{ROOT}$metadata#People/firm.Employee(salary)/$entity", 5)
    assert ask(company, "GET", "$entity/firm.Guest?$id=People('bob')").status == 404
    refused = ask(company, "GET", "$entity/name?$id=People('bob')")
    assert (refused.status, refused.error["message"]) == (
        404, "Nothing but the name of an entity type can follow $entity in a path.",
    )  # fmt: skip
