"""`Prefer: omit-values=nulls`: what is null is left out of answers (Protocol 8.2.8.6)."""

from odata_service.service import Service
from tests.asking import ask

NULLS = "omit-values=nulls"


def test_nulls_are_left_out_of_collections_entities_and_what_is_expanded(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers?$expand=partner($select=id)&$select=id,partnerId", prefer=NULLS)
    assert [{name: found[name] for name in found if "@" not in name} for found in answer.values][2:] == [
        {"id": "c3", "partnerId": "p1", "partner": answer.values[2]["partner"]},
        {"id": "c4"},
    ]
    assert answer.headers["Preference-Applied"] == NULLS


def test_nulls_are_left_out_of_the_answers_to_changes(service: Service) -> None:
    answer = ask(service, "POST", "Customers", {"id": "n"}, prefer=NULLS)
    assert [name for name in answer.json if "@" not in name] == ["id"]
    assert (answer.status, answer.headers["Preference-Applied"]) == (201, NULLS)


def test_a_null_property_is_still_no_content(service: Service) -> None:
    assert ask(service, "GET", "Customers('d')/displayName", prefer=NULLS).status == 204


def test_what_an_annotation_speaks_of_stays(service: Service) -> None:
    full = "application/json;odata.metadata=full"
    entity = ask(service, "GET", "Customers('c')?$select=contractType", prefer=NULLS, accept=full).json
    assert (entity["contractType@odata.type"], entity["contractType"]) == ("#Int32", None)
