from odata_service.edm.build import SchemaBuilder
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import (
    ComplexType,
    EntitySet,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    Property,
    Schema,
    Singleton,
)
from odata_service.edm.operations import Action, Function, Parameter, ReturnType
from odata_service.edm.types import STRING, TypeRef


def schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_type(EnumType("n.Colour", (Member("Red", 0),)))
    builder.add_type(ComplexType("n.Code", (Property("text", STRING),), open=True))
    builder.add_type(
        EntityType(
            "n.Animal", (Property("code", TypeRef("n.Code")),), (KeyProperty("code/text", "code"),), abstract=True
        )
    )
    builder.add_type(EntityType("n.Dog", (Property("coat", TypeRef("n.Colour")),), base="n.Animal", has_stream=True))
    builder.add_type(EntityType("n.Puppy", (), base="n.Dog", open=True))
    builder.add_operation(Action("n.Feed", (Parameter("coat", TypeRef("n.Colour", collection=True)),)))
    builder.add_operation(Function("n.Coat", ReturnType(TypeRef("n.Colour"))))
    builder.add_entity_set(EntitySet("Animals", "n.Animal"))
    builder.add_singleton(Singleton("Rex", "n.Dog"))
    return builder.freeze()


def test_a_type_knows_all_that_inherit_from_it() -> None:
    assert schema().derived_from("n.Animal") == ("n.Dog", "n.Puppy")
    assert schema().derived_from("n.Puppy") == ()
    assert schema().is_derived("n.Puppy", "n.Animal")
    assert not schema().is_derived("n.Colour", "n.Animal")


def test_being_open_and_having_a_stream_are_inherited() -> None:
    assert [schema().is_open(name) for name in ("n.Animal", "n.Dog", "n.Puppy")] == [False, False, True]
    assert [schema().has_stream(name) for name in ("n.Animal", "n.Dog", "n.Puppy")] == [False, True, True]


def test_a_key_may_lead_through_a_complex_property_and_nothing_on_its_way_is_null() -> None:
    model = schema()
    assert model.key("n.Puppy") == (KeyProperty("code/text", "code"),)
    assert model.key_leaves("n.Puppy") == (("code", Leaf("code/text", TypeRef("Edm.String", nullable=False))),)
    assert model.properties("n.Puppy")["code"].type.nullable is False


def test_every_use_of_an_enumeration_knows_its_members() -> None:
    model = schema()
    feed, coat = model.operations["n.Feed"][0], model.operations["n.Coat"][0]
    assert model.properties("n.Dog")["coat"].type.definition is model.types["n.Colour"]
    assert feed.parameters[0].type.definition is model.types["n.Colour"]
    assert coat.return_type is not None and coat.return_type.type.definition is model.types["n.Colour"]


def test_the_container_holds_sets_and_singletons_under_names_of_their_own() -> None:
    model = schema()
    assert [child.name for child in model.container.children()] == ["Animals", "Rex"]
    assert model.singleton("Rex") == Singleton("Rex", "n.Dog")
    assert model.singleton("Animals") is None
