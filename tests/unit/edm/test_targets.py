"""Annotations that stand apart: applied to types, members, operations, the container and its children."""

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import CAPABILITIES, COMPUTED, DESCRIPTION, Annotation, Record, Value
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import ExternalAnnotations, Include, Reference
from odata_service.edm.model import (
    EntitySet,
    EntityType,
    EnumType,
    FunctionImport,
    KeyProperty,
    Member,
    NavigationProperty,
    Property,
    Schema,
)
from odata_service.edm.operations import Function, Parameter, ReturnType
from odata_service.edm.types import INT32, STRING, TypeRef
from odata_service.errors import DefinitionError, Origin

ID = Property("id", TypeRef("Edm.Int32", nullable=False))


def builder(*stated: tuple[str, Annotation]) -> SchemaBuilder:
    """A small model and annotations with the paths of their targets, each on a line of its own in `over.xml`."""
    made = SchemaBuilder()
    made.set_container("n.C", Origin("n.xml", 1))
    related = (NavigationProperty("parts", "n.Part", collection=True),)
    made.add_type(EntityType("n.Thing", (ID, Property("name", STRING)), (KeyProperty("id"),), related))
    made.add_type(EntityType("n.Part", (), base="n.Thing"))
    made.add_type(EnumType("n.Colour", (Member("red", 0),)))
    made.add_operation(Function("n.Count", ReturnType(INT32), (Parameter("of", STRING),)))
    made.add_operation(Function("n.Count", ReturnType(INT32), (Parameter("of", INT32), Parameter("by", STRING))))
    made.add_entity_set(EntitySet("Things", "n.Thing"))
    made.add_function_import(FunctionImport("Count", "n.Count"))
    for line, (target, annotation) in enumerate(stated, 1):
        placed = Annotation(annotation.term, annotation.value, annotation.qualifier, origin=Origin("over.xml", line))
        made.annotate_target(ExternalAnnotations(target, (placed,), origin=Origin("over.xml", line)))
    return made


def frozen(*stated: tuple[str, Annotation]) -> Schema:
    return builder(*stated).freeze()


def said(text: Value) -> Annotation:
    return Annotation("org.example.Note", text)


def test_annotations_of_types_and_members_move_to_them() -> None:
    schema = frozen(
        ("n.Thing", said("a")), ("n.Thing/name", said("b")), ("n.Thing/parts", said("c")), ("n.Colour/red", said("d"))
    )
    thing, colour = schema.entity_type("n.Thing"), schema.types["n.Colour"]
    assert isinstance(colour, EnumType)
    assert thing.annotations == (said("a"),)
    assert [part.annotations for part in thing.properties] == [(), (said("b"),)]
    assert thing.navigation_properties[0].annotations == (said("c"),)
    assert colour.members[0].annotations == (said("d"),)
    assert schema.external_annotations == ()


def test_annotations_of_the_container_and_its_children_move_to_them() -> None:
    schema = frozen(("n.C", said("a")), ("n.C/Things", said("b")), ("n.C/Count", said("c")))
    assert schema.container.annotations == (said("a"),)
    assert schema.container.entity_sets["Things"].annotations == (said("b"),)
    assert schema.container.function_imports["Count"].annotations == (said("c"),)


def test_an_operation_is_annotated_in_all_its_overloads_or_in_one() -> None:
    schema = frozen(
        ("n.Count", said("all")), ("n.Count(Edm.Int32,Edm.String)/of", said("one")), ("n.Count/$ReturnType", said("r"))
    )
    text, number = schema.operations["n.Count"]
    assert (text.annotations, number.annotations) == ((said("all"),), (said("all"),))
    assert (text.parameters[0].annotations, number.parameters[0].annotations) == ((), (said("one"),))
    assert [one.return_type.annotations for one in (text, number) if one.return_type] == [(said("r"),)] * 2


def test_what_is_stated_apart_stands_for_what_the_target_says() -> None:
    made = builder(("n.Other/name", said("new")))
    named = Property("name", STRING, annotations=(said("old"), Annotation(COMPUTED)))
    made.add_type(EntityType("n.Other", (ID, named), (KeyProperty("id"),)))
    assert made.freeze().properties("n.Other")["name"].annotations == (said("new"), Annotation(COMPUTED))


def test_what_a_set_may_do_is_obeyed_wherever_it_is_stated() -> None:
    readonly = Annotation(f"{CAPABILITIES}.InsertRestrictions", Record({"Insertable": False}))
    entity_set = frozen(("n.C/Things", readonly)).entity_set("Things")
    assert entity_set is not None
    assert not entity_set.capabilities.insertable


def test_the_qualifier_of_a_group_is_that_of_its_annotations() -> None:
    made = builder()
    made.annotate_target(ExternalAnnotations("n.Thing", (said("a"),), "phone"))
    assert made.freeze().entity_type("n.Thing").annotations == (Annotation("org.example.Note", "a", "phone"),)


def test_two_statements_that_differ_are_an_error_that_names_both_places() -> None:
    made = builder(("n.Thing", said("a")))
    other = replace(said("b"), origin=Origin("b.xml", 2))
    made.annotate_target(ExternalAnnotations("n.Thing", (other,)))
    with pytest.raises(DefinitionError) as caught:
        made.freeze()
    assert [str(problem) for problem in caught.value.problems] == [
        "b.xml:2: error: 'org.example.Note' of 'n.Thing' has another value than at over.xml:1: leave one out."
    ]


def test_of_two_statements_in_one_document_that_differ_the_first_counts() -> None:
    made = builder(("n.Thing", said("a")), ("n.Thing", said("b")))
    assert made.freeze().entity_type("n.Thing").annotations == (said("a"),)
    message = "'org.example.Note' of 'n.Thing' has another value than at over.xml:1, and the first one counts"
    assert [str(problem) for problem in made.problems] == [f"over.xml:2: warning: {message}: leave one out."]


def test_two_statements_that_agree_count_once() -> None:
    assert frozen(("n.Thing", said("a")), ("n.Thing", said("a"))).entity_type("n.Thing").annotations == (said("a"),)


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("n.Thign", " Did you mean 'n.Thing'?"),
        ("n.Thing/nmae", " Did you mean 'n.Thing/name'?"),
        ("n.C/Thingz", " Did you mean 'n.C/Things'?"),
        ("other.Thing", " Did you mean 'n.Thing'?"),
        ("n.Count(Edm.Guid)", " Did you mean 'n.Count'?"),
    ],
)
def test_a_target_that_is_nowhere_is_a_warning_with_the_nearest_name(target: str, hint: str) -> None:
    made = builder((target, said("a")))
    made.freeze()
    message = f"The target '{target}' of these annotations is not defined.{hint}"
    assert [str(problem) for problem in made.problems] == [f"over.xml:1: warning: {message}"]


@pytest.mark.parametrize("target", ["n.Part/name", "n.C/Things/parts", "n.Thing/n.Part/name", "n.Thing/name@n.Term"])
def test_annotations_of_what_lies_further_on_a_path_stay_apart(target: str) -> None:
    made = builder((target, said("a")))
    schema = made.freeze()
    assert [external.target for external in schema.external_annotations] == [target]
    assert made.problems == ()


def test_annotations_of_documents_that_are_referred_to_stay_apart() -> None:
    made = builder(("m.Thing", Annotation(DESCRIPTION, "a")))
    made.add_reference(Reference("m.xml", (Include("m"),)))
    schema = made.freeze()
    assert [external.target for external in schema.external_annotations] == ["m.Thing"]
    assert made.problems == ()
