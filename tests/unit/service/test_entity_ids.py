"""`$entity?$id=…`: an entity by its id, whatever form that has (URL Conventions 4.16, Protocol 11.2.9)."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask


@pytest.mark.parametrize(
    "target",
    [
        "$entity?$id=Customers('c1')",
        "$entity?id=/Customers('c1')",
        f"$entity?$id={ROOT}Customers('c1')",
        "$entity?$id=http%3A%2F%2Fhost%2FCustomers(%27c1%27)",
        "$entity/contoso.sales.Customer?$id=Customers('c1')",
        "$entity?$id=https%3A%2F%2FHOST%3A443%2FCustomers(%27c1%27)",
    ],
)
def test_an_id_leads_to_its_entity(partners: Service, target: str) -> None:
    answer = ask(partners, "GET", target)
    assert (answer.status, answer.json["@odata.context"]) == (200, f"{ROOT}$metadata#Customers/$entity")
    assert answer.json["id"] == "c1"


@pytest.mark.parametrize("target", ["", "$metadata", "$all", "Customers", "Customers/$count", "Customers('c1')/name"])
def test_an_id_goes_with_nothing_else_that_is_read(partners: Service, target: str) -> None:
    answer = ask(partners, "GET", f"{target}?$id=Customers('c1')")
    assert (answer.status, answer.error["code"], answer.error["target"]) == (400, "OptionNotAllowed", "$id")


def test_an_id_says_which_reference_is_removed_and_not_which_is_read(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers/$ref?$id=Customers('c1')")
    assert answer.error["message"] == "$id does not go with GET. It says what a DELETE removes."


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("Customers", 400, "'Customers' is not the id of an entity. Write $id=Set('key')."),
        ("Customers('c1')/name", 400, "'Customers('c1')/name' is not the id of an entity. Write $id=Set('key')."),
        ("Customers/$count", 400, "'Customers/$count' is not the id of an entity. Write $id=Set('key')."),
        ("$metadata", 400, "'$metadata' is not the id of an entity. Write $id=Set('key')."),
        ("http://other/X('c1')", 404, "'http://other/X('c1')' is no entity of this service. Write $id=Set('key')."),
        ("Customers('nobody')", 404, "No entity has this key. Look the key up in the entity set."),
    ],
)
def test_what_is_no_id_is_refused(partners: Service, text: str, status: int, message: str) -> None:
    assert ask(partners, "GET", f"$entity?$id={text}").refusal == (status, message)
