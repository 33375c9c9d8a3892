"""Related entities: paths, $expand with its options, and what ties them together."""

from odata_service.service import Service
from tests.asking import ROOT, ask


def test_a_collection_is_reached_by_its_path(partners: Service) -> None:
    answer = ask(partners, "GET", "Partners('p1')/customers?$filter=employees gt 1&$select=id")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(id)"
    assert answer.column("id") == ["c2", "c3"]
    assert ask(partners, "GET", "Partners/p1/customers/$count").body == b"3"
    assert ask(partners, "GET", "Partners('p1')/customers('c2')/name").json["value"] == "Customer 2"


def test_an_empty_collection_is_no_failure_and_a_missing_parent_is(partners: Service) -> None:
    assert ask(partners, "GET", "Partners('p2')/customers").values == []
    assert ask(partners, "GET", "Partners('p9')/customers").status == 404
    assert ask(partners, "GET", "Partners('p9')/customers/$count").status == 404
    assert ask(partners, "GET", "Partners('p1')/customers('c4')").status == 404


def test_a_null_navigation_property_answers_204(partners: Service) -> None:
    assert ask(partners, "GET", "Customers('c4')/partner").status == 204
    assert ask(partners, "GET", "Customers('c1')/partner").json["id"] == "p1"
    assert ask(partners, "GET", "Customers('c9')/partner").status == 404


def test_expand_of_one_is_an_object_or_null(partners: Service) -> None:
    answer = ask(partners, "GET", "Customers?$expand=partner($select=id)&$select=id")
    assert [entity["partner"] and entity["partner"]["id"] for entity in answer.values] == ["p1", "p1", "p1", None]
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(id,partner(id))"


def test_expand_of_many_has_its_own_options(partners: Service) -> None:
    inner = "$filter=employees le 3;$orderby=id desc;$skip=1;$top=1;$count=true;$select=id"
    answer = ask(partners, "GET", f"Partners?$expand=customers({inner})&$select=id")
    assert [[customer["id"] for customer in partner["customers"]] for partner in answer.values] == [["c2"], []]
    assert answer.column("customers@odata.count") == [3, 0]


def test_expand_goes_deeper_and_in_circles(partners: Service) -> None:
    answer = ask(partners, "GET", "Partners('p1')?$expand=customers($expand=partner($select=name);$top=1)")
    assert answer.json["customers"][0]["partner"]["name"] == "Partner 1"


def test_expand_takes_one_statement_for_each_collection(partners: Service) -> None:
    ask(partners, "GET", "Partners?$expand=customers($expand=partner)")
    statements: list[str] = []
    partners.store.connection().set_trace_callback(statements.append)  # type: ignore[attr-defined]  # a database store
    ask(partners, "GET", "Partners?$expand=customers($expand=partner)")
    partners.store.connection().set_trace_callback(None)  # type: ignore[attr-defined]  # a database store
    assert len(statements) == 2


def test_expand_of_references_and_of_counts(partners: Service) -> None:
    answer = ask(partners, "GET", "Partners('p1')?$expand=customers/$ref&$select=id")
    assert answer.json["customers"][0] == {"@odata.id": f"{ROOT}Customers('c1')"}
    assert ask(partners, "GET", "Partners('p1')?$expand=customers/$count").json["customers@odata.count"] == 3


def test_a_navigation_property_in_select_gives_its_link(partners: Service) -> None:
    entity = ask(partners, "GET", "Customers('c1')?$select=id,partner").json
    assert entity["partner@odata.navigationLink"] == f"{ROOT}Customers('c1')/partner"
    both = ask(partners, "GET", "Customers('c1')?$select=id,partner&$expand=partner($select=id)").json
    assert both["partner"]["id"] == "p1"
    assert both["@odata.context"] == f"{ROOT}$metadata#Customers(id,partner(id))/$entity"


def test_the_4_01_context_names_every_expanded_property(partners: Service) -> None:
    target = "Customers?$expand=partner"
    assert ask(partners, "GET", target).json["@odata.context"] == f"{ROOT}$metadata#Customers"
    answer = ask(partners, "GET", target, odata_maxversion="4.01")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(partner())"


def test_properties_of_related_entities_filter_and_order(partners: Service) -> None:
    assert ask(partners, "GET", "Customers?$filter=partner/name eq 'Partner 1'").column("id") == ["c1", "c2", "c3"]
    assert ask(partners, "GET", "Customers?$orderby=partner/name,id desc").column("id") == ["c4", "c3", "c2", "c1"]


def test_references_are_read(partners: Service) -> None:
    answer = ask(partners, "GET", "Partners('p1')/customers/$ref")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Collection($ref)"
    assert answer.values[0] == {"@odata.id": f"{ROOT}Customers('c1')"}
    assert ask(partners, "GET", "Customers('c1')/partner/$ref").json == {
        "@odata.context": f"{ROOT}$metadata#$ref",
        "@odata.id": f"{ROOT}Partners('p1')",
    }


def test_expand_beyond_the_limit_is_refused(partners: Service) -> None:
    inner = "partner"
    for place in range(6):
        inner = f"{'customers' if place % 2 == 0 else 'partner'}($expand={inner})"
    answer = ask(partners, "GET", f"Customers?$expand={inner}")
    assert answer.status == 400
