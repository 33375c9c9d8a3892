"""What derived types repeat of what they inherit."""

from msgspec.structs import replace

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property
from odata_service.edm.types import INT32, STRING, TypeRef
from odata_service.errors import Origin

ID = Property("id", TypeRef("Edm.Int32", nullable=False))
FIRST = Origin("a.xml", 3)
PLACE = Property("place", TypeRef("Edm.Int32", nullable=False))
KEY = (KeyProperty("id"), KeyProperty("place"))
NEXT = NavigationProperty("next", "n.Base")


def built(derived: EntityType) -> SchemaBuilder:
    builder = SchemaBuilder()
    properties = (ID, PLACE, Property("name", STRING, origin=FIRST))
    builder.add_type(EntityType("n.Base", properties, KEY, (replace(NEXT, origin=FIRST),)))
    builder.add_type(derived)
    builder.add_entity_set(EntitySet("All", "n.Base"))
    return builder


def test_properties_that_say_the_same_again_are_left_out() -> None:
    properties = (Property("name", STRING), Property("size", INT32))
    builder = built(EntityType("n.Derived", properties, (), (NEXT,), "n.Base"))
    schema = builder.freeze()
    declared = schema.entity_type("n.Derived")
    assert [part.name for part in declared.properties] == ["size"]
    assert declared.navigation_properties == ()
    assert [problem.message for problem in builder.problems] == [
        "'name' of 'n.Derived' is left out: it is inherited already, from a.xml:3.",
        "'next' of 'n.Derived' is left out: it is inherited already, from a.xml:3.",
    ]


def test_a_key_that_is_a_part_of_the_inherited_one_is_left_out() -> None:
    builder = built(EntityType("n.Derived", (), (KeyProperty("id"),), (), "n.Base"))
    schema = builder.freeze()
    assert [part.name for part in schema.key("n.Derived")] == ["id", "place"]
    assert [problem.message for problem in builder.problems] == [
        "The key of 'n.Derived' is left out: it inherits a longer one (id, place)."
    ]
