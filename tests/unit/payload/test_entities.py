"""Entities at the three metadata levels, through the compiled writer."""

from odata_service.service import Service
from tests.asking import ROOT, ask

FULL = "application/json;odata.metadata=full"


def test_minimal_shows_what_cannot_be_computed(partners: Service) -> None:
    entity = ask(partners, "GET", "Customers('c1')?$select=id,employees").json
    assert set(entity) == {"@odata.context", "@odata.etag", "id", "employees"}


def test_full_shows_ids_links_and_types(partners: Service) -> None:
    entity = ask(partners, "GET", "Customers('c1')?$select=id,employees", accept=FULL).json
    del entity["@odata.etag"]
    assert entity == {
        "@odata.context": f"{ROOT}$metadata#Customers(id,employees)/$entity",
        "@odata.type": "#contoso.sales.Customer",
        "@odata.id": f"{ROOT}Customers('c1')",
        "@odata.editLink": f"{ROOT}Customers('c1')",
        "id": "c1",
        "employees@odata.type": "#Int32",
        "employees": 1,
        "partner@odata.navigationLink": f"{ROOT}Customers('c1')/partner",
        "partner@odata.associationLink": f"{ROOT}Customers('c1')/partner/$ref",
        "orderLines@odata.navigationLink": f"{ROOT}Customers('c1')/orderLines",
        "orderLines@odata.associationLink": f"{ROOT}Customers('c1')/orderLines/$ref",
    }


def test_4_01_names_types_without_hash(partners: Service) -> None:
    entity = ask(partners, "GET", "Customers('c1')?$select=employees", accept=FULL, odata_maxversion="4.01").json
    assert entity["employees@odata.type"] == "Int32"


def test_none_shows_next_link_and_count_alone(partners: Service) -> None:
    answer = ask(
        partners,
        "GET",
        "Customers?$count=true&$select=id",
        accept="application/json;odata.metadata=none",
        prefer="odata.maxpagesize=2",
    )
    assert set(answer.json) == {"@odata.count", "value", "@odata.nextLink"}
    assert answer.values == [{"id": "c1"}, {"id": "c2"}]


def test_ieee754_compatible_writes_large_numbers_as_strings(partners: Service) -> None:
    ask(partners, "POST", "OrderLines", {"orderNumber": 1, "product": "x", "large": 2**60, "price": 1.5})
    answer = ask(partners, "GET", "OrderLines?$count=true", accept="application/json;IEEE754Compatible=true")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal;IEEE754Compatible=true"
    assert (answer.json["@odata.count"], answer.values[0]["large"], answer.values[0]["price"]) == (
        "1",
        str(2**60),
        "1.5",
    )


def test_no_member_is_lost_where_a_name_needs_quoting(partners: Service) -> None:
    ask(partners, "PATCH", "Customers('c1')", {"name": 'quote " back \\ Ünï \u2028'})
    assert ask(partners, "GET", "Customers('c1')").json["name"] == 'quote " back \\ Ünï \u2028'
