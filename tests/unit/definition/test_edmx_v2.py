"""OData V2 and V3 documents: types, associations, containers and function imports as version 4 has them."""

from pathlib import Path

import pytest
from pyodata.v2.model import MetadataBuilder

from odata_service.csdl import write_json, write_xml
from odata_service.definition import check, load_schema
from odata_service.edm.annotations import (
    CORE,
    DESCRIPTION,
    OPTIMISTIC_CONCURRENCY,
    Annotation,
    Record,
    annotation_value,
)
from odata_service.edm.annotations import Path as ModelPath
from odata_service.edm.model import (
    ActionImport,
    EnumType,
    FunctionImport,
    Member,
    NavigationBinding,
    NavigationProperty,
    ReferentialConstraint,
    Schema,
)
from odata_service.edm.operations import Action, Function, Parameter, ReturnType
from odata_service.edm.types import Facets, TypeRef
from odata_service.edm.values import parse
from tests.models import MODELS
from tests.serving import fetch, served

V2 = MODELS / "v2"
DOCUMENTS = ("catalogue_v3.xml", "gateway.xml", "northwind.xml")


@pytest.fixture(scope="module")
def northwind() -> Schema:
    return load_schema(V2 / "northwind.xml")


@pytest.fixture(scope="module")
def catalogue() -> Schema:
    return load_schema(V2 / "catalogue_v3.xml")


def type_of(schema: Schema, type_name: str, name: str) -> TypeRef:
    return schema.properties(type_name)[name].type


@pytest.mark.parametrize(
    ("type_name", "name", "expected"),
    [
        ("Employee", "BirthDate", TypeRef("Edm.DateTimeOffset", facets=Facets(precision=7))),
        ("Employee", "WorksFrom", TypeRef("Edm.TimeOfDay", facets=Facets(precision=7))),
        ("Order", "Freight", TypeRef("Edm.Decimal", facets=Facets(precision=19, scale=4))),
        ("Order", "Weight", TypeRef("Edm.Decimal", facets=Facets(scale="variable"))),
        ("Customer", "CustomerID", TypeRef("Edm.String", False, False, Facets(max_length=5, unicode=True))),
        ("Customer", "Address", TypeRef("NorthwindModel.Address", nullable=False)),
        ("Category", "Picture", TypeRef("Edm.Binary", facets=Facets(max_length="max"))),
    ],
)
def test_types_of_version_2_become_those_of_version_4(
    northwind: Schema, type_name: str, name: str, expected: TypeRef
) -> None:
    assert type_of(northwind, f"NorthwindModel.{type_name}", name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Tags", TypeRef("Edm.String", collection=True, nullable=False)),
        ("Colour", TypeRef("Catalogue.Colour")),
        ("Price", TypeRef("Edm.Decimal", facets=Facets(precision=10, scale="variable"))),
        ("Made", TypeRef("Edm.GeographyPoint", facets=Facets(srid="variable"))),
        ("Manual", TypeRef("Edm.Stream")),
        ("Rating", TypeRef("Edm.Double")),
    ],
)
def test_types_of_version_3_are_read(catalogue: Schema, name: str, expected: TypeRef) -> None:
    assert type_of(catalogue, "Catalogue.Product", name) == expected


def test_defaults_take_the_form_of_version_4(northwind: Schema, catalogue: Schema) -> None:
    order = northwind.properties("NorthwindModel.Order")
    assert order["OrderDate"].default == parse("1996-07-04T00:00:00Z", order["OrderDate"].type)
    assert str(northwind.properties("NorthwindModel.Employee")["WorksFrom"].default) == "08:30:00"
    assert catalogue.properties("Catalogue.Product")["Colour"].default == 1


def test_associations_become_partners_with_constraints_and_deletions(northwind: Schema) -> None:
    details = northwind.navigation_properties("NorthwindModel.Order")["Order_Details"]
    order = northwind.navigation_properties("NorthwindModel.Order_Detail")["Order"]
    assert details == NavigationProperty(
        "Order_Details", "NorthwindModel.Order_Detail", collection=True, partner="Order", on_delete="Cascade"
    )
    assert order == NavigationProperty(
        "Order",
        "NorthwindModel.Order",
        nullable=False,
        partner="Order_Details",
        referential_constraints=(ReferentialConstraint("OrderID", "OrderID"),),
    )


def test_an_association_of_a_type_with_itself_keeps_its_roles_apart(northwind: Schema) -> None:
    found = northwind.navigation_properties("NorthwindModel.Employee")
    assert found["Manager"] == NavigationProperty(
        "Manager",
        "NorthwindModel.Employee",
        partner="Subordinates",
        referential_constraints=(ReferentialConstraint("ReportsTo", "EmployeeID"),),
    )
    assert found["Subordinates"] == NavigationProperty(
        "Subordinates", "NorthwindModel.Employee", collection=True, partner="Manager"
    )


def test_an_end_without_navigation_property_leaves_the_other_without_partner(northwind: Schema) -> None:
    assert northwind.navigation_properties("NorthwindModel.Order_Detail")["Product"].partner is None


def test_association_sets_become_bindings(northwind: Schema) -> None:
    order_details = northwind.entity_set("Order_Details")
    assert order_details is not None
    assert order_details.navigation_bindings == (
        NavigationBinding("Order", "Orders"),
        NavigationBinding("Product", "Products"),
    )


def test_a_navigation_property_of_a_derived_type_is_bound_by_its_path(catalogue: Schema) -> None:
    things = catalogue.entity_set("Things")
    assert things is not None
    assert things.navigation_bindings == (NavigationBinding("Catalogue.Product/Supplier", "Suppliers"),)


def test_containers_become_one(catalogue: Schema) -> None:
    assert catalogue.container.name == "Catalogue.Store"
    assert list(catalogue.container.entity_sets) == ["Things", "Suppliers"]


def test_function_imports_become_functions_or_actions_by_their_method(northwind: Schema) -> None:
    model = "ODataWeb.Northwind.Model"
    instant = TypeRef("Edm.DateTimeOffset", nullable=False, facets=Facets(precision=7))
    assert northwind.operations == {
        f"{model}.OrdersOf": (
            Function(
                f"{model}.OrdersOf",
                ReturnType(TypeRef("NorthwindModel.Order", collection=True)),
                (Parameter("city", TypeRef("Edm.String", nullable=False)), Parameter("since", instant)),
            ),
        ),
        f"{model}.Archive": (
            Action(f"{model}.Archive", (Parameter("before", instant),), ReturnType(TypeRef("Edm.Int32"))),
        ),
        f"{model}.Rebuild": (Action(f"{model}.Rebuild"),),
    }
    assert northwind.container.function_imports == {
        "OrdersOf": FunctionImport("OrdersOf", f"{model}.OrdersOf", "Orders")
    }
    assert northwind.container.action_imports == {
        "Archive": ActionImport("Archive", f"{model}.Archive"),
        "Rebuild": ActionImport("Rebuild", f"{model}.Rebuild"),
    }


def test_what_version_3_binds_is_bound(catalogue: Schema) -> None:
    parameters = (
        Parameter("product", TypeRef("Catalogue.Product")),
        Parameter("percent", TypeRef("Edm.Int32", nullable=False)),
    )
    assert catalogue.operations["Catalogue.Discount"] == (Action("Catalogue.Discount", parameters, bound=True),)
    best = Function("Catalogue.Best", ReturnType(TypeRef("Catalogue.Product", collection=True)), composable=True)
    assert catalogue.operations["Catalogue.Best"] == (best,)


def test_inheritance_streams_containment_and_open_types_are_kept(catalogue: Schema) -> None:
    product = catalogue.entity_type("Catalogue.Product")
    assert (product.base, product.open) == ("Catalogue.Thing", True)
    assert catalogue.entity_type("Catalogue.Thing").abstract
    assert catalogue.entity_type("Catalogue.Photo").has_stream
    assert catalogue.navigation_properties("Catalogue.Product")["Parts"].contains_target


def test_members_of_enumerations_count_on(catalogue: Schema) -> None:
    members = (Member("Red", 1), Member("Green", 2))
    assert catalogue.types["Catalogue.Colour"] == EnumType("Catalogue.Colour", members, "Edm.Byte")


def test_documentation_media_types_and_concurrency_are_annotations(northwind: Schema) -> None:
    described = northwind.entity_type("NorthwindModel.Order").annotations
    picture = northwind.properties("NorthwindModel.Category")["Picture"]
    customers = northwind.entity_set("Customers")
    assert customers is not None
    assert described == (Annotation(DESCRIPTION, "What a customer ordered at once."),)
    assert picture.annotations == (Annotation(f"{CORE}.MediaType", "image/png"),)
    assert annotation_value(customers.annotations, OPTIMISTIC_CONCURRENCY) == (ModelPath("RowVersion", "PropertyPath"),)


def test_annotations_of_version_3_are_read(catalogue: Schema) -> None:
    found = catalogue.entity_type("Catalogue.Product").annotations
    annotations = {annotation.term: annotation.value for annotation in found}
    assert annotations == {"Catalogue.Rank": 3, "Org.Example.Card": Record({"Title": "Product"})}


def test_what_has_no_like_in_version_4_is_told_with_its_line() -> None:
    assert [str(problem).removeprefix(f"{V2}/") for name in DOCUMENTS for problem in check(V2 / name)] == [
        "catalogue_v3.xml:32: info: Function 'Half' is passed over: it is of the model, and no service offers it.",
        "catalogue_v3.xml:44: info: A service has one container: what 'Shop' holds becomes part of 'Store'.",
        "gateway.xml:20: info: sap:attribute-for on <Property> has no like in version 4 and is passed over (2 times).",
        "gateway.xml:40: info: The constraint of 'ZSALES_SRV.OrderItems' is left out: no navigation property leads "
        "from its end 'ToRole_OrderItems'.",
        "northwind.xml:130: warning: Parameter 'message' is Out, which version 4 has not: it is left out.",
        "northwind.xml:132: info: 'Rebuild' gives nothing back, so it is an action and no function: call it by POST.",
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_is_written_and_read_as_the_same(name: str, tmp_path: Path) -> None:
    schema = load_schema(V2 / name)
    (tmp_path / "again.xml").write_bytes(write_xml(schema, "4.01", storage=True))
    (tmp_path / "again.json").write_bytes(write_json(schema, storage=True))
    assert load_schema(tmp_path / "again.xml") == schema
    assert write_json(load_schema(tmp_path / "again.json")) == write_json(schema)


def _far_down(name: str, directory: Path) -> Path:
    """A document whose parts all stand behind the last line that libxml2 counts by itself."""
    document = directory / name
    head, opened, rest = (V2 / name).read_text("utf-8").partition("<Schema")
    document.write_text(f"{head}{chr(10) * 70_000}{opened}{rest}", "utf-8")
    return document


def test_a_document_of_more_lines_than_65535_is_read(tmp_path: Path) -> None:
    assert load_schema(_far_down("northwind.xml", tmp_path)) == load_schema(V2 / "northwind.xml")


@pytest.mark.parametrize("name", ["gateway.xml", "northwind.xml"])
def test_pyodata_reads_the_same_types_keys_and_targets(name: str) -> None:
    theirs = MetadataBuilder((V2 / name).read_bytes()).build()
    ours = load_schema(V2 / name)
    for entity_type in theirs.entity_types:
        namespace = next(one for one in theirs.namespaces if entity_type in theirs._decls[one].list_entity_types())
        known = f"{namespace}.{entity_type.name}"
        assert [part.name for part in entity_type.proprties()] == list(ours.properties(known))
        assert [part.name for part in entity_type.key_proprties] == [part.path for part in ours.key(known)]
        targets = {
            part.name: (part.to_role.entity_type_name, part.to_role.multiplicity == "*")
            for part in entity_type.nav_proprties
        }
        navigation = ours.navigation_properties(known).values()
        assert targets == {part.name: (part.target.rpartition(".")[2], part.collection) for part in navigation}


def test_a_service_of_version_2_runs_as_one_of_version_4(tmp_path: Path) -> None:
    body = b'{"CategoryID": 1, "CategoryName": "Beverages"}'
    product = b'{"ProductID": 7, "ProductName": "Chai", "CategoryID": 1, "UnitPrice": 18.5}'
    with served(tmp_path / "northwind.db", source=V2 / "northwind.xml") as (base_url, _):
        fetch(f"{base_url}Categories", "POST", body, {"Content-Type": "application/json"})
        fetch(f"{base_url}Products", "POST", product, {"Content-Type": "application/json"})
        answer = fetch(f"{base_url}Categories?$select=CategoryName&$expand=Products($select=ProductName,UnitPrice)")
    (category,) = answer.values
    (shown,) = category["Products"]
    assert (category["CategoryName"], shown["ProductName"], shown["UnitPrice"]) == ("Beverages", "Chai", 18.5)
