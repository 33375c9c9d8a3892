import pytest

from odata_service.errors import PayloadError
from odata_service.plan.write import Place, plan_delete, plan_insert, plan_patch, plan_replace, updatable_properties
from tests.models import partners_schema

SCHEMA = partners_schema()


def partners(*key: str) -> Place:
    found = SCHEMA.entity_set("Partners")
    assert found is not None
    return Place(found, found.entity_type, key)


def test_a_create_has_a_value_for_every_property() -> None:
    change = plan_insert(partners(), {"id": "p", "name": "P"}, SCHEMA)
    stated = dict(zip((leaf.path for leaf in change.plan.leaves), change.values, strict=True))  # type: ignore[union-attr]
    assert stated == {"id": "p", "name": "P", "founded": None, "rating": None}


def test_a_create_without_a_value_that_must_be_there_is_refused() -> None:
    with pytest.raises(PayloadError, match="'id' must have a value") as caught:
        plan_insert(partners(), {"name": "P"}, SCHEMA)
    assert caught.value.target == "id"


def test_a_patch_changes_what_is_stated_but_the_key() -> None:
    change = plan_patch(partners("p"), {"id": "x", "name": "P"}, SCHEMA)
    assert [leaf.path for leaf in change.plan.leaves] == ["name"]  # type: ignore[union-attr]
    assert change.values == ("P", "p")


def test_a_replacement_changes_everything_but_the_key() -> None:
    change = plan_replace(partners("p"), {"name": "P"}, SCHEMA)
    assert [leaf.path for leaf in change.plan.leaves] == [  # type: ignore[union-attr]
        part.name for part in updatable_properties(partners().entity_type, SCHEMA)
    ]
    assert change.values == ("P", None, None, "p")


def test_a_delete_has_its_key_alone() -> None:
    assert plan_delete(partners("p"), SCHEMA).values == ("p",)
