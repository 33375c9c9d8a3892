import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import GRAPH, Namespace, Profile
from odata_service.edm.model import (
    EntityContainer,
    EntitySet,
    EntityType,
    KeyProperty,
    NavigationBinding,
    NavigationProperty,
    Property,
    Schema,
)
from odata_service.edm.types import DOUBLE, STRING, TypeRef
from odata_service.errors import DefinitionError, Origin, Problem

HERE = Origin("a.md", 3)
THERE = Origin("b.md", 7)


def thing(*properties: Property, name: str = "n.Thing", **rest: object) -> EntityType:
    given = {"key": (KeyProperty("id"),), "origin": HERE, **rest}
    return EntityType(name, properties or (Property("id", STRING),), **given)  # type: ignore[arg-type] # test shorthand


def problems_of(*types: EntityType, sets: tuple[EntitySet, ...] = ()) -> list[str]:
    builder = SchemaBuilder()
    for declared in types:
        builder.add_type(declared)
    for entity_set in sets:
        builder.add_entity_set(entity_set)
    try:
        builder.freeze()
    except DefinitionError as error:
        assert error.problems == builder.problems
    return [str(problem) for problem in builder.problems]


def test_a_frozen_schema_has_non_nullable_keys_and_bindings_where_one_set_fits() -> None:
    builder = SchemaBuilder()
    builder.add_type(thing(navigation_properties=(NavigationProperty("others", "n.Thing", collection=True),)))
    builder.add_entity_set(EntitySet("Things", "n.Thing"))
    assert builder.freeze() == Schema(
        types={
            "n.Thing": thing(
                Property("id", TypeRef("Edm.String", nullable=False)),
                navigation_properties=(NavigationProperty("others", "n.Thing", collection=True),),
            )
        },
        container=EntityContainer(
            "n.Container", {"Things": EntitySet("Things", "n.Thing", (NavigationBinding("others", "Things"),))}
        ),
    )


@pytest.mark.parametrize(
    ("types", "sets", "expected"),
    [
        pytest.param(
            (thing(), thing(origin=THERE)),
            (),
            "b.md:7: error: Type 'n.Thing' is already defined at a.md:3.",
            id="type twice",
        ),
        pytest.param(
            (thing(),),
            (EntitySet("Things", "n.Thing", origin=HERE), EntitySet("Things", "n.Thing", origin=THERE)),
            "b.md:7: error: Entity set 'Things' is already defined at a.md:3.",
            id="entity set twice",
        ),
        pytest.param(
            (thing(Property("name", STRING)),),
            (),
            "a.md:3: error: The key property 'id' of 'n.Thing' is not declared.",
            id="key missing",
        ),
        pytest.param(
            (thing(Property("id", DOUBLE, origin=THERE)),),
            (),
            "b.md:7: warning: The key property 'id' of 'n.Thing' is an Edm.Double, which few clients take.",
            id="key of an inexact type",
        ),
        pytest.param(
            (thing(Property("id", TypeRef("Edm.Stream"), origin=THERE)),),
            (),
            "b.md:7: error: The key property 'id' of 'n.Thing' cannot have the type Edm.Stream.",
            id="key of a type without equality",
        ),
        pytest.param(
            (thing(Property("id", STRING), Property("a-b", STRING, origin=THERE)),),
            (),
            "b.md:7: error: 'a-b' is not a name. Write a letter or '_', then letters, digits and '_', 128 at most.",
            id="no identifier",
        ),
        pytest.param(
            (thing(Property("id", STRING), Property("a", STRING, origin=HERE), Property("a", STRING, origin=THERE)),),
            (),
            "b.md:7: error: 'a' is already declared in 'n.Thing' at a.md:3.",
            id="property twice",
        ),
        pytest.param(
            (thing(Property("id", STRING), Property("a", STRING, origin=HERE), Property("A", STRING, origin=THERE)),),
            (),
            "b.md:7: warning: Property 'A' differs from 'a' at a.md:3 in letter case alone.",
            id="names that differ in case",
        ),
        pytest.param(
            (thing(navigation_properties=(NavigationProperty("owner", "n.Things", origin=THERE),)),),
            (),
            "b.md:7: error: The target 'n.Things' of 'owner' is not defined. Did you mean 'n.Thing'?",
            id="unknown navigation target",
        ),
        pytest.param(
            (thing(base="n.Thing"),), (), "a.md:3: error: Type 'n.Thing' inherits from itself.", id="base cycle"
        ),
        pytest.param(
            (thing(key=()),),
            (EntitySet("Things", "n.Thing"),),
            "a.md:3: error: Entity set 'Things' needs a key, but 'n.Thing' has none.",
            id="entity set without a key",
        ),
        pytest.param(
            (thing(navigation_properties=(NavigationProperty("owner", "n.Thing"),)),),
            (EntitySet("Things", "n.Thing", (NavigationBinding("owner", "Owners"),), origin=THERE),),
            "b.md:7: warning: 'owner' of 'Things' is bound to 'Owners', which is no entity set.",
            id="unknown binding target",
        ),
    ],
)
def test_a_wrong_model_is_reported_with_its_place(
    types: tuple[EntityType, ...], sets: tuple[EntitySet, ...], expected: str
) -> None:
    assert problems_of(*types, sets=sets) == [expected]


def test_all_problems_are_reported_at_once_with_those_of_the_readers() -> None:
    builder = SchemaBuilder()
    builder.problem(Problem("warning", "Odd.", THERE))
    builder.add_type(thing(Property("1", STRING, origin=HERE), base="n.Gone"))
    with pytest.raises(DefinitionError) as caught:
        builder.freeze()
    assert [str(problem) for problem in caught.value.problems] == [
        "a.md:3: error: The base type 'n.Gone' of 'n.Thing' is not defined.",
        "a.md:3: error: '1' is not a name. Write a letter or '_', then letters, digits and '_', 128 at most.",
        "a.md:3: error: The key property 'id' of 'n.Thing' is not declared.",
        "b.md:7: warning: Odd.",
    ]


@pytest.mark.parametrize(("name", "habits"), [("microsoft.graph", GRAPH), ("n", Profile())])
def test_a_namespace_brings_its_habits_beside_those_that_are_known(name: str, habits: Profile) -> None:
    builder = SchemaBuilder()
    builder.add_type(thing())
    builder.use_profile(Profile(type_in_entities=True))
    builder.add_namespace(Namespace(name))
    assert builder.freeze().profile == Profile(True).with_habits(habits)
