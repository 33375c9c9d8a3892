"""Renames by annotation: the new name stands wherever the old one did, and storage keeps the old one."""

import pytest

from odata_service.edm.annotations import (
    CAPABILITIES,
    KEPT_AS,
    OPTIMISTIC_CONCURRENCY,
    RENAME,
    Annotation,
    EnumMember,
    If,
    Operation,
    Path,
    Record,
)
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import ExternalAnnotations
from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntitySet,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    NavigationBinding,
    NavigationProperty,
    Property,
    ReferentialConstraint,
    Schema,
)
from odata_service.edm.operations import Action, Parameter, ReturnType
from odata_service.edm.types import STRING, TypeRef
from odata_service.errors import DefinitionError, Origin

REQUIRED = TypeRef("Edm.Int32", nullable=False)
INT = TypeRef("Edm.Int32")


def builder(**renames: str) -> SchemaBuilder:
    """Customers and their orders; `shop_customer__name="x"` renames the target `shop.customer/name` to x."""
    made = SchemaBuilder()
    made.set_container("shop.C", Origin("shop.xml", 1))
    in_city = Annotation("org.example.Rule", If(Operation("Eq", (Path("home/city"), "Ulm")), Path("name"), "-"))
    customer = EntityType(
        "shop.customer",
        (
            Property("id", REQUIRED),
            Property("name", STRING, annotations=(Annotation("org.example.Text", Path("home/city")),)),
            Property("home", TypeRef("shop.address")),
        ),
        (KeyProperty("id"),),
        (NavigationProperty("orders", "shop.order", collection=True, partner="buyer"),),
        annotations=(in_city,),
    )
    order = EntityType(
        "shop.order",
        (Property("no", REQUIRED), Property("buyer_id", INT)),
        (KeyProperty("no"),),
        (
            NavigationProperty(
                "buyer",
                "shop.customer",
                partner="orders",
                referential_constraints=(ReferentialConstraint("buyer_id", "id"),),
            ),
        ),
    )
    made.add_type(customer)
    made.add_type(order)
    made.add_type(EntityType("shop.vip", (), base="shop.customer"))
    made.add_type(ComplexType("shop.address", (Property("city", STRING),)))
    made.add_type(EnumType("shop.colour", (Member("red", 0),)))
    made.add_operation(
        Action(
            "shop.move",
            (Parameter("who", TypeRef("shop.customer", nullable=False)),),
            ReturnType(TypeRef("shop.order")),
            bound=True,
            entity_set_path="who/orders",
        )
    )
    made.add_operation(Action("shop.make", return_type=ReturnType(TypeRef("shop.order"))))
    made.add_action_import(ActionImport("make", "shop.make", "orders"))
    restricted = Record({"NonFilterableProperties": (Path("name", "PropertyPath"),)})
    made.add_entity_set(
        EntitySet(
            "customers",
            "shop.customer",
            (NavigationBinding("orders", "orders"),),
            annotations=(
                Annotation(f"{CAPABILITIES}.FilterRestrictions", restricted),
                Annotation(OPTIMISTIC_CONCURRENCY, (Path("name", "PropertyPath"),)),
                Annotation("org.example.Colour", EnumMember("shop.colour", ("red",))),
            ),
        )
    )
    made.add_entity_set(EntitySet("orders", "shop.order", (NavigationBinding("buyer", "customers"),)))
    for line, (target, name) in enumerate(renames.items(), 1):
        origin = Origin("over.xml", line)
        path = target.replace("__", "/").replace("_", ".", 1)
        made.annotate_target(ExternalAnnotations(path, (Annotation(RENAME, name, origin=origin),), origin=origin))
    return made


def shop(**renames: str) -> Schema:
    return builder(**renames).freeze()


def kept(name: str) -> Annotation:
    return Annotation(KEPT_AS, name)


def test_a_renamed_property_is_renamed_in_keys_and_constraints_and_remembers_its_name() -> None:
    schema = shop(shop_customer__id="number", shop_order__buyer_id="customerNumber")
    assert schema.entity_type("shop.customer").key == (KeyProperty("number"),)
    assert schema.properties("shop.vip")["number"].annotations == (kept("id"),)
    buyer = schema.navigation_properties("shop.order")["buyer"]
    assert buyer.referential_constraints == (ReferentialConstraint("customerNumber", "number"),)


def test_a_renamed_property_is_renamed_in_the_values_of_annotations() -> None:
    schema = shop(shop_customer__name="fullName", shop_address__city="town")
    customer, customers = schema.entity_type("shop.customer"), schema.entity_set("customers")
    assert customers is not None
    rule = If(Operation("Eq", (Path("home/town"), "Ulm")), Path("fullName"), "-")
    assert customer.annotations == (Annotation("org.example.Rule", rule),)
    text = Annotation("org.example.Text", Path("home/town"))
    assert schema.properties("shop.customer")["fullName"].annotations == (text, kept("name"))
    assert [annotation.value for annotation in customers.annotations[:2]] == [
        Record({"NonFilterableProperties": (Path("fullName", "PropertyPath"),)}),
        (Path("fullName", "PropertyPath"),),
    ]


def test_a_renamed_navigation_property_is_renamed_in_partners_bindings_and_operations() -> None:
    schema = shop(shop_customer__orders="purchases")
    customers = schema.entity_set("customers")
    assert customers is not None
    assert schema.navigation_properties("shop.customer")["purchases"].annotations == (kept("orders"),)
    assert schema.navigation_properties("shop.order")["buyer"].partner == "purchases"
    assert customers.navigation_bindings == (NavigationBinding("purchases", "orders"),)
    assert schema.operations["shop.move"][0].entity_set_path == "who/purchases"


def test_a_renamed_type_is_renamed_wherever_it_is_used() -> None:
    schema = shop(shop_customer="Client", shop_order="sales.Order", shop_colour="Color")
    customers = schema.entity_set("customers")
    (move,) = schema.operations["shop.move"]
    assert customers is not None
    assert move.return_type is not None
    assert schema.entity_type("shop.Client").annotations[-1] == kept("shop.customer")
    assert schema.entity_type("shop.vip").base == "shop.Client"
    assert schema.navigation_properties("sales.Order")["buyer"].target == "shop.Client"
    assert customers.entity_type == "shop.Client"
    assert customers.annotations[2].value == EnumMember("shop.Color", ("red",))
    assert (move.parameters[0].type.name, move.return_type.type.name) == ("shop.Client", "sales.Order")


def test_a_renamed_entity_set_is_renamed_in_bindings_and_imports() -> None:
    schema = shop(shop_C__orders="Orders")
    customers, orders = schema.entity_set("customers"), schema.entity_set("Orders")
    assert customers is not None
    assert orders is not None
    assert customers.navigation_bindings == (NavigationBinding("orders", "Orders"),)
    assert schema.container.action_imports["make"].entity_set == "Orders"
    assert orders.annotations == (kept("orders"),)


def test_names_can_be_exchanged() -> None:
    schema = shop(shop_customer__name="home", shop_customer__home="name")
    assert [(name, part.type.name) for name, part in schema.properties("shop.customer").items()] == [
        ("id", "Edm.Int32"),
        ("home", "Edm.String"),
        ("name", "shop.address"),
    ]


def test_annotations_beside_a_rename_name_their_target_as_its_source_does() -> None:
    made = builder(shop_customer__name="fullName")
    made.annotate_target(ExternalAnnotations("shop.customer/name", (Annotation("org.example.Note", Path("home")),)))
    found = made.freeze().properties("shop.customer")["fullName"].annotations
    assert found[1:] == (Annotation("org.example.Note", Path("home")), kept("name"))


@pytest.mark.parametrize(
    ("renames", "expected"),
    [
        (
            {"shop_customer": "order"},
            ":0: error: Type 'shop.order' has the name of what is defined at :0: rename it otherwise.",
        ),
        (
            {"shop_customer__name": "full name"},
            "over.xml:1: error: 'shop.customer/name' cannot be renamed to 'full name': write a name as a String.",
        ),
    ],
)
def test_a_name_that_cannot_be_is_an_error(renames: dict[str, str], expected: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        shop(**renames)
    assert str(caught.value.problems[0]) == expected


def test_two_names_for_one_thing_are_an_error_that_names_both_places() -> None:
    made = builder(shop_customer__name="fullName")
    second = Annotation(RENAME, "title", origin=Origin("b.xml", 2))
    made.annotate_target(ExternalAnnotations("shop.customer/name", (second,)))
    with pytest.raises(DefinitionError) as caught:
        made.freeze()
    assert [str(problem) for problem in caught.value.problems] == [
        "b.xml:2: error: 'shop.customer/name' is renamed to 'fullName' at over.xml:1 already: leave one out."
    ]


def test_what_is_not_there_cannot_be_renamed() -> None:
    made = builder(shop_customer__nmae="fullName")
    made.freeze()
    message = "The target 'shop.customer/nmae' of these annotations is not defined. Did you mean 'shop.customer/name'?"
    assert [str(problem) for problem in made.problems] == [f"over.xml:1: warning: {message}"]
