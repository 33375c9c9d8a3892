"""Which texts an index finds, as annotations and the option say."""

import pytest

from odata_service.edm.annotations import CAPABILITIES, SEARCH_INDEX, SEARCHABLE, Annotation, Record
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, Property, Schema
from odata_service.edm.searched import indexed_texts
from odata_service.edm.types import TypeRef

_TEXT = TypeRef("Edm.String", nullable=True)
_UNSEARCHABLE = Annotation(f"{CAPABILITIES}.SearchRestrictions", Record({"Searchable": False}))


def schema(on_set: tuple[Annotation, ...] = (), on_note: tuple[Annotation, ...] = ()) -> Schema:
    """Things with two texts and a number, and better ones with one more text."""
    builder = SchemaBuilder()
    properties = (
        Property("id", TypeRef("Edm.Int32", nullable=False)),
        Property("name", _TEXT),
        Property("note", _TEXT, annotations=on_note),
    )
    builder.add_type(EntityType("s.Thing", properties, (KeyProperty("id"),)))
    builder.add_type(EntityType("s.Better", (Property("praise", _TEXT),), base="s.Thing"))
    builder.add_entity_set(EntitySet("Things", "s.Thing", annotations=on_set))
    return builder.freeze()


@pytest.mark.parametrize(
    ("on_set", "on_note", "everywhere", "expected"),
    [
        ((), (), False, ()),
        ((), (), True, ("name", "note", "s.Better/praise")),
        ((Annotation(SEARCH_INDEX, True),), (), False, ("name", "note", "s.Better/praise")),
        ((Annotation(SEARCH_INDEX, False),), (), True, ()),
        ((_UNSEARCHABLE,), (), True, ()),
        ((_UNSEARCHABLE,), (Annotation(SEARCH_INDEX, True),), True, ("note",)),
        ((), (Annotation(SEARCH_INDEX, True),), False, ("note",)),
        ((), (Annotation(SEARCHABLE, True),), True, ("note",)),
        ((), (Annotation(SEARCHABLE, False),), True, ("name", "s.Better/praise")),
    ],
    ids=[
        "nothing",
        "option",
        "set",
        "set says no",
        "no search",
        "no search but contains",
        "property",
        "one",
        "but one",
    ],
)
def test_annotations_and_the_option_choose_the_texts(
    on_set: tuple[Annotation, ...], on_note: tuple[Annotation, ...], everywhere: bool, expected: tuple[str, ...]
) -> None:
    made = schema(on_set, on_note)
    assert indexed_texts(made.container.entity_sets["Things"], made, everywhere=everywhere) == expected
