"""Which single values instances of a type are made of."""

import pytest
from msgspec.structs import replace

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.leaves import Leaf, marker_of
from odata_service.edm.model import ComplexType, Property, Schema
from odata_service.edm.types import TypeRef
from odata_service.errors import DefinitionError
from tests.models import every_schema

SCHEMA = every_schema()


def paths(name: str) -> list[str]:
    return [path for path in SCHEMA.leaves("every.Thing") if path.partition("/")[0] == name]


def test_a_complex_value_has_the_leaves_of_its_members_to_any_depth() -> None:
    assert paths("home") == [
        "home/$present",
        "home/street",
        "home/city",
        "home/place/$present",
        "home/place/latitude",
        "home/place/point",
        "home/color",
        "home/labels",
    ]


def test_a_value_that_is_never_null_needs_no_leaf_that_says_so() -> None:
    assert "work/$present" not in paths("work")
    assert marker_of(SCHEMA.properties("every.Thing")["work"].type, SCHEMA) is None


def test_derived_types_add_their_leaves_and_one_for_the_type() -> None:
    assert paths("shape") == [
        "shape/$type",
        "shape/name",
        "shape/every.Circle/radius",
        "shape/every.Box/width",
        "shape/every.Box/radius",
        "shape/every.Box/color",
        "shape/$dynamic",
    ]


def test_collections_and_what_may_contain_itself_are_one_leaf_each() -> None:
    assert (paths("shapes"), paths("node"), paths("addresses")) == (["shapes"], ["node"], ["addresses"])


def test_what_is_of_any_type_has_a_leaf_for_the_type() -> None:
    assert paths("scalar") == ["scalar", "scalar/$type"]


def test_dynamic_properties_come_last() -> None:
    assert list(SCHEMA.leaves("every.Thing"))[-1] == "$dynamic"


def test_leaves_of_a_value_that_may_be_null_may_be_null_and_have_no_default() -> None:
    leaves = SCHEMA.leaves("every.Thing")
    assert leaves["home/city"] == Leaf("home/city", TypeRef("Edm.String"))
    assert leaves["work/city"] == Leaf("work/city", TypeRef("Edm.String", nullable=False), "Nowhere")


def test_a_key_leads_to_leaves() -> None:
    named = SCHEMA.key_leaves("every.Keyed")
    assert [(name, leaf.path) for name, leaf in named] == [("color", "code/color"), ("number", "code/number")]


def wide(width: int) -> Schema:
    builder = SchemaBuilder()
    builder.add_type(
        ComplexType("n.Wide", tuple(Property(f"p{place}", TypeRef("Edm.Int32")) for place in range(width)))
    )
    return builder.freeze()


def test_a_value_of_too_many_members_is_kept_whole() -> None:
    assert wide(59).is_taken_apart(TypeRef("n.Wide"))
    assert not wide(60).is_taken_apart(TypeRef("n.Wide"))


def test_a_value_that_contains_itself_by_way_of_others_is_kept_whole() -> None:
    builder = SchemaBuilder()
    builder.add_type(ComplexType("n.A", (Property("b", TypeRef("n.B")),)))
    builder.add_type(ComplexType("n.B", (Property("base", TypeRef("n.Base")),)))
    builder.add_type(ComplexType("n.Base", ()))
    builder.add_type(ComplexType("n.Derived", (Property("a", TypeRef("n.A")),), base="n.Base"))
    builder.add_type(ComplexType("n.Outer", (Property("a", TypeRef("n.A")),)))
    schema = builder.freeze()
    assert not schema.is_taken_apart(TypeRef("n.A"))
    assert schema.is_taken_apart(TypeRef("n.Outer"))
    assert list(schema.leaves("n.Outer")) == ["a"]


def nested(levels: int, *, empty: bool = False) -> Schema:
    """A value in a value in a value, of as many levels; `empty`: none has a leaf of its own."""
    builder = SchemaBuilder()
    for level in range(levels):
        inner = Property("inner", TypeRef(f"n.L{level + 1}", nullable=not empty))
        builder.add_type(ComplexType(f"n.L{level}", (inner,) if level < levels - 1 else ()))
    return builder.freeze()


def test_values_in_values_are_taken_apart_as_far_as_they_are_few() -> None:
    assert nested(60).is_taken_apart(TypeRef("n.L0"))
    assert not nested(61).is_taken_apart(TypeRef("n.L0"))
    assert nested(100, empty=True).is_taken_apart(TypeRef("n.L0"))


def test_values_in_values_over_more_levels_than_a_hundred_are_refused() -> None:
    with pytest.raises(DefinitionError) as raised:
        nested(5_000)
    (problem,) = raised.value.problems
    assert problem.message == "Values of 'n.L4899' go on in others over more than 100 levels."


@pytest.mark.parametrize("way", [("n.A",), ("n.A", "n.B")])
def test_values_that_hold_others_of_their_type_without_end_are_refused(way: tuple[str, ...]) -> None:
    def built(inner: TypeRef, last: TypeRef) -> SchemaBuilder:
        builder = SchemaBuilder()
        for name, following in zip(way, (*way[1:], None), strict=True):
            type_ref = last if following is None else replace(inner, name=following)
            builder.add_type(ComplexType(name, (Property("inner", type_ref),)))
        return builder

    demanded = TypeRef("n.A", nullable=False)
    with pytest.raises(DefinitionError) as raised:
        built(demanded, demanded).freeze()
    (problem,) = raised.value.problems
    assert problem.message == "Each value of 'n.A' holds another one in 'inner', without end: let that be null."
    assert built(demanded, TypeRef("n.A")).freeze().types.keys() >= set(way)
    assert built(demanded, TypeRef("n.A", collection=True, nullable=False)).freeze().types.keys() >= set(way)
