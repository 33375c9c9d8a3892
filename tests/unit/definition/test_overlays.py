"""Several sources make one model; one of them may annotate and rename what another defines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from odata_service.definition import check, load_schema
from odata_service.edm.annotations import IMMUTABLE, is_tagged
from odata_service.edm.model import Schema
from odata_service.errors import DefinitionError
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.databases.build import from_script
from tests.models import MODELS, PARTNERS

STORAGE = "odata.service.Storage.V1"
SCRIPT = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO customers VALUES (1, 'Ada');
"""


@contextmanager
def service_at(database: str | Path, schema: Schema) -> Iterator[Service]:
    with service_of(schema, Settings(), url=f"sqlite:///{database}") as service:
        yield service


def xml(content: str, namespace: str = "over") -> str:
    return (
        '<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>\n'
        f'<Schema Namespace="{namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">\n{content}\n'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def annotations(target: str, *terms: str) -> str:
    inside = "".join(f"<Annotation {term}/>" for term in terms)
    return f'<Annotations Target="{target}">{inside}</Annotations>'


def renamed(target: str, name: str) -> str:
    return annotations(target, f'Term="{STORAGE}.Rename" String="{name}"')


def written(text: str, file: Path) -> Path:
    file.write_text(text, "utf-8")
    return file


def test_an_overlay_in_xml_or_json_renames_and_annotates_a_database(tmp_path: Path) -> None:
    database = from_script(SCRIPT, tmp_path / "shop.db")
    immutable = f'Term="{IMMUTABLE}"'
    in_xml = xml(
        renamed("shop.customer/name", "fullName") + "\n" + annotations("shop.customer/name", immutable),
    )
    in_json = {
        "$Version": "4.01",
        "over": {"$Annotations": {"shop.customer/name": {f"@{STORAGE}.Rename": "fullName", f"@{IMMUTABLE}": True}}},
    }
    overlays = (
        written(in_xml, tmp_path / "over.xml"),
        written(json.dumps(in_json), tmp_path / "over.json"),
    )
    for overlay in overlays:
        schema = load_schema(database, overlay)
        assert load_schema(overlay, database) == schema
        assert is_tagged(schema.properties("shop.customer")["fullName"].annotations, IMMUTABLE)
        with service_at(database, schema) as service:
            assert ask(service, "GET", "customers?$select=fullName").column("fullName") == ["Ada"]


def test_what_an_overlay_forbids_is_refused(tmp_path: Path) -> None:
    database = from_script(SCRIPT, tmp_path / "shop.db")
    restriction = (
        '<Annotations Target="shop.Container/customers">'
        '<Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record>'
        '<PropertyValue Property="Deletable" Bool="false"/></Record></Annotation></Annotations>'
    )
    schema = load_schema(database, written(xml(restriction), tmp_path / "over.xml"))
    with service_at(database, schema) as service:
        answer = ask(service, "DELETE", "customers(1)")
        assert (answer.status, answer.error["code"]) == (405, "MethodNotAllowed")


def test_entities_of_pages_stay_where_they_are_when_everything_is_renamed(tmp_path: Path) -> None:
    database = tmp_path / "partners.db"
    before = load_schema(PARTNERS)
    (customers,) = (found for found in before.container.entity_sets.values() if found.entity_type.endswith("Customer"))
    customer, container = customers.entity_type, before.container.name
    overlay = xml(
        renamed(customer, "Client")
        + renamed(f"{container}/{customers.name}", "Clients")
        + "".join(
            renamed(f"{customer}/{name}", f"{name}Renamed")
            for name in (*before.properties(customer), *before.navigation_properties(customer))
        )
    )
    texts = [name for name, part in before.properties(customer).items() if part.type.name == "Edm.String"]
    with service_at(database, before) as service:
        assert ask(service, "POST", customers.name, dict.fromkeys(texts, "x")).status == 201
    after = load_schema(written(overlay, tmp_path / "over.xml"), PARTNERS)
    with service_at(database, after) as service:
        (found,) = ask(service, "GET", "Clients").values
    assert texts
    assert {name: found[f"{name}Renamed"] for name in texts} == dict.fromkeys(texts, "x")


def test_rows_say_the_new_name_of_a_renamed_derived_type(tmp_path: Path) -> None:
    key = '<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>'
    types = f'<EntityType Name="A">{key}</EntityType><EntityType Name="B" BaseType="n.A"/>'
    container = '<EntityContainer Name="C"><EntitySet Name="As" EntityType="n.A"/></EntityContainer>'
    model = written(xml(types + container, "n"), tmp_path / "n.xml")
    with service_at(tmp_path / "n.db", load_schema(model)) as service:
        assert ask(service, "POST", "As", {"@odata.type": "#n.B", "id": 1}).status == 201
    overlay = written(xml(renamed("n.B", "Better")), tmp_path / "over.xml")
    with service_at(tmp_path / "n.db", load_schema(model, overlay)) as service:
        assert ask(service, "POST", "As", {"@odata.type": "#n.Better", "id": 2}).status == 201
        assert ask(service, "GET", "As").column("@odata.type") == ["#n.Better", "#n.Better"]
        assert ask(service, "GET", "As/n.Better?$filter=isof('n.Better')").column("id") == [1, 2]


def test_an_overlay_of_a_v2_document_speaks_of_its_types(tmp_path: Path) -> None:
    overlay = written(xml(renamed("NorthwindModel.Order/Freight", "Cost")), tmp_path / "over.xml")
    schema = load_schema(overlay, MODELS / "v2" / "northwind.xml")
    assert "Cost" in schema.properties("NorthwindModel.Order")


def test_a_schema_of_annotations_alone_leaves_no_namespace(tmp_path: Path) -> None:
    database = from_script(SCRIPT, tmp_path / "shop.db")
    overlay = written(xml(annotations("shop.customer", 'Term="org.example.Note" String="a"')), tmp_path / "over.xml")
    assert load_schema(database, overlay).namespaces == ("shop",)


def test_a_type_that_two_sources_define_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    key = '<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>'
    one = f'<EntityType Name="A">{key}'
    first = written(xml(f"{one}</EntityType>", "n"), tmp_path / "a.xml")
    second = written(xml(f"\n{one}</EntityType>", "n"), tmp_path / "b.xml")
    with pytest.raises(DefinitionError) as caught:
        load_schema(first, second)
    assert [str(problem) for problem in caught.value.problems] == [
        f"{second}:4: error: Type 'n.A' is already defined at {first}:3."
    ]


def test_a_wrong_target_is_a_warning_at_its_line(tmp_path: Path) -> None:
    database = from_script(SCRIPT, tmp_path / "shop.db")
    overlay = written(xml("\n" + renamed("shop.custmer/name", "fullName")), tmp_path / "over.xml")
    hint = "Did you mean 'shop.customer'?"
    assert [str(problem) for problem in check(database, overlay)] == [
        f"{overlay}:4: warning: The target 'shop.custmer/name' of these annotations is not defined. {hint}"
    ]
