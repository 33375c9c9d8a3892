import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.errors import PayloadError
from odata_service.plan.write import (
    Place,
    outline_delete,
    outline_insert,
    outline_patch,
    outline_replace,
    stated_names,
    updatable_properties,
)
from tests.models import partners_schema

SCHEMA = partners_schema()


def partners(*key: str) -> Place:
    found = SCHEMA.entity_set("Partners")
    assert found is not None
    return Place(found, found.entity_type, key)


def test_a_create_has_a_value_for_every_property() -> None:
    change = outline_insert(partners(), {"id", "name"}, SCHEMA).change(partners(), {"id": "p", "name": "P"}, SCHEMA)
    stated = dict(zip((leaf.path for leaf in change.plan.leaves), change.values, strict=True))  # type: ignore[union-attr]
    assert stated == {"id": "p", "name": "P", "founded": None, "rating": None}


def test_a_create_without_a_value_that_must_be_there_is_refused() -> None:
    with pytest.raises(PayloadError, match="'id' must have a value") as caught:
        outline_insert(partners(), {"name"}, SCHEMA)
    assert caught.value.target == "id"


def test_all_that_must_be_there_and_is_not_is_told() -> None:
    made = SchemaBuilder()
    parts = tuple(Property(name, TypeRef("Edm.String", nullable=False)) for name in ("id", "name", "city"))
    made.add_type(EntityType("n.Thing", parts, (KeyProperty("id"),)))
    made.add_entity_set(EntitySet("Things", "n.Thing"))
    schema = made.freeze()
    with pytest.raises(PayloadError, match="'id' must have a value") as caught:
        outline_insert(Place(schema.container.entity_sets["Things"], "n.Thing"), {"name"}, schema)
    assert [detail.target for detail in caught.value.details] == ["id", "city"]


def test_a_patch_changes_what_is_stated_but_the_key() -> None:
    outline = outline_patch(partners(), {"id", "name"}, SCHEMA)
    change = outline.change(partners("p"), {"id": "x", "name": "P"}, SCHEMA)
    assert [leaf.path for leaf in change.plan.leaves] == ["name"]  # type: ignore[union-attr]
    assert change.values == ("P", "p")


def test_a_replacement_changes_everything_but_the_key() -> None:
    change = outline_replace(partners(), {"name"}, SCHEMA).change(partners("p"), {"name": "P"}, SCHEMA)
    assert [leaf.path for leaf in change.plan.leaves] == [  # type: ignore[union-attr]
        part.name for part in updatable_properties(partners().entity_type, SCHEMA)
    ]
    assert change.values == ("P", None, None, "p")


def test_a_delete_has_its_key_alone() -> None:
    assert outline_delete(partners(), (), SCHEMA).change(partners("p"), {}, SCHEMA).values == ("p",)


def test_one_outline_serves_all_bodies_that_state_the_same() -> None:
    outline = outline_patch(partners(), {"name"}, SCHEMA)
    changes = [outline.change(partners(key), {"name": name}, SCHEMA) for key, name in (("p", "P"), ("q", "Q"))]
    assert [change.values for change in changes] == [("P", "p"), ("Q", "q")]
    assert changes[0].plan is changes[1].plan


def test_the_outline_of_a_create_has_what_no_body_decides() -> None:
    outline = outline_insert(partners(), {"name", "id"}, SCHEMA)
    assert (outline.constants, outline.plain) == ((None, None, None, None), ((0, "id"), (1, "name")))


def test_the_order_in_which_a_body_states_its_properties_is_no_matter() -> None:
    entity_type = partners().entity_type
    assert stated_names(("id", "name"), entity_type, SCHEMA) == stated_names(("name", "id"), entity_type, SCHEMA)
