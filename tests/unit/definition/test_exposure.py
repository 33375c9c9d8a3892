from pathlib import Path

import pytest

from odata_service.edm.annotations import CAPABILITIES, Record
from odata_service.edm.annotations import Path as ModelPath
from odata_service.edm.capabilities import Capabilities
from tests.unit.definition.definition_pages import api, loaded, methods_of, resource, said

KEYED = '"keyProperty": "id"'


def thing(**parts: str) -> str:
    return resource("thing", annotation=KEYED, methods=methods_of("thing"), **parts)


def part(**parts: str) -> str:
    return resource("part", annotation=KEYED, methods=methods_of("part"), **parts)


def test_a_first_segment_that_a_key_follows_is_an_entity_set(tmp_path: Path) -> None:
    schema = loaded(tmp_path, thing=thing(), thing_get=api("Get thing", "GET /allThings/{id}"))
    assert {name: known.entity_type for name, known in schema.container.entity_sets.items()} == {
        "allThings": "test.thing"
    }


def test_a_first_segment_that_a_name_follows_is_a_singleton_of_the_type_it_is_called_after(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        hub=resource("hub", annotation=KEYED, relationships="|things|[thing](thing.md) collection||"),
        thing=thing(),
        thing_list=api("List things", "GET /hub/things", returns='"@odata.type": "test.thing", "isCollection": true'),
        thing_get=api("Get thing", "GET /hub/things/{thing-id}"),
    )
    assert list(schema.container.singletons) == ["hub"]
    assert list(schema.container.entity_sets) == []
    assert schema.navigation_properties("test.hub")["things"].contains_target


def test_what_has_a_set_of_its_own_is_not_contained(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=thing(relationships="|parts|[part](part.md) collection||"),
        thing_get=api("Get thing", "GET /things/{id}"),
        part=part(),
        part_list=api(
            "List parts", "GET /things/{id}/parts", returns='"@odata.type": "test.part", "isCollection": true'
        ),
        part_get=api("Get part", "GET /parts/{id}"),
    )
    assert list(schema.container.entity_sets) == ["parts", "things"]
    assert not schema.navigation_properties("test.thing")["parts"].contains_target


def test_a_property_that_stands_in_paths_alone_is_a_navigation_property(tmp_path: Path) -> None:
    pages = {
        "thing": thing(),
        "thing_get": api("Get thing", "GET /things/{id}"),
        "part": part(),
        "part_get": api("Get part", "GET /things/{id}/pieces/{id}"),
    }
    pieces = loaded(tmp_path, **pages).navigation_properties("test.thing")["pieces"]
    assert (pieces.target, pieces.collection, pieces.contains_target) == ("test.part", True, True)
    assert said(tmp_path) == [
        "part-get: info: 'pieces' of 'test.thing' stands in paths alone; it is read as a navigation property.",
    ]


def test_a_nested_type_whose_path_begins_elsewhere_has_a_set_named_by_its_last_segment(tmp_path: Path) -> None:
    schema = loaded(tmp_path, part=part(), part_get=api("Get part", "GET /unknown/{id}/pieces/{id}"))
    assert list(schema.container.entity_sets) == ["pieces"]


def test_what_is_referred_to_has_an_entity_set(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=thing(relationships="|owners|[person](person.md) collection||"),
        thing_get=api("Get thing", "GET /things/{id}"),
        thing_owner=api("Add owner", "POST /things/{id}/owners/$ref"),
    )
    assert list(schema.container.entity_sets) == ["things", "people"]
    assert not schema.navigation_properties("test.thing")["owners"].contains_target


def test_a_set_of_a_base_type_holds_the_entities_of_derived_types(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=thing(),
        leaf=resource("leaf", methods=methods_of("leaf"), intro="Inherits from [thing](thing.md)."),
        thing_get=api("Get thing", "GET /things/{id}"),
        leaf_get=api("Get leaf", "GET /things/{id}"),
    )
    assert {name: known.entity_type for name, known in schema.container.entity_sets.items()} == {"things": "test.thing"}


def test_a_derived_type_with_methods_of_its_own_and_no_path_has_a_set_of_its_own(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=thing(),
        leaf=resource("leaf", methods=methods_of("leaf"), intro="Inherits from [thing](thing.md)."),
    )
    assert {name: known.entity_type for name, known in schema.container.entity_sets.items()} == {
        "things": "test.thing",
        "leafs": "test.leaf",
    }


def test_methods_are_capabilities(tmp_path: Path) -> None:
    schema = loaded(tmp_path, thing=resource("thing", methods="|[List things](x.md)|[thing](thing.md) collection||"))
    assert schema.container.entity_sets["things"].capabilities == Capabilities(
        readable=True, readable_by_key=False, insertable=False, updatable=False, deletable=False
    )


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        pytest.param("|[Create](x.md)|[thingOperation](op.md)||", {"insertable"}, id="a mere verb"),
        pytest.param("|[Create a thing](x.md)|[thingOperation](op.md)||", {"insertable"}, id="the type itself"),
        pytest.param("|[Create](x.md)|[part](part.md)||", set(), id="a mere verb that returns a member's type"),
        pytest.param("|[Create part](x.md)|[part](part.md)||", set(), id="another type"),
        pytest.param("|[Delete thing](x.md)|None||", {"deletable"}, id="returns nothing"),
        pytest.param("|[Delete thing](x.md)|Void||", {"deletable"}, id="void"),
        pytest.param("|[Delete thing](x.md)|[None](none.md)||", {"deletable"}, id="a link to none"),
        pytest.param("|[Replace](x.md)|[thing](thing.md)||", {"updatable"}, id="replace"),
        pytest.param("|[Add](x.md)|[thing](thing.md)||", {"insertable"}, id="add that returns the type"),
        pytest.param("|[Remove thing](x.md)|None||", {"deletable"}, id="remove the type itself"),
        pytest.param("|[Grant it](user-post-things.md)|[thing](thing.md)||", {"insertable"}, id="the page's name"),
        pytest.param("|[Revoke it](user-delete-it.md)|None||", set(), id="the page's name alone"),
        pytest.param("|[更新](thing_update.md)|[thing](thing.md)||", {"updatable"}, id="translated"),
        pytest.param("|[Add friend](x.md)|None||", set(), id="add something else"),
        pytest.param("|[Delete item](x.md)|No Content||", {"deletable"}, id="no content"),
        pytest.param("|[Delete part](x.md)|None||", set(), id="a member's, returns nothing"),
    ],
)
def test_a_method_is_the_type_s_own_by_what_it_returns_and_what_its_label_says(
    tmp_path: Path, method: str, expected: set[str]
) -> None:
    methods = f"|[List](x.md)|[thing](thing.md) collection||\n{method}"
    text = resource("thing", methods=methods, relationships="|parts|[part](part.md) collection||")
    found = loaded(tmp_path, thing=text).container.entity_sets["things"].capabilities
    names = ("readable_by_key", "insertable", "updatable", "deletable")
    assert {name for name in names if getattr(found, name)} == expected


def test_statements_on_query_options_are_restrictions_of_the_set(tmp_path: Path) -> None:
    rows = "|id|String|Supports `$filter` (`eq`).|\n|name|String|Does not support `$filter` and `$orderby`.|"
    schema = loaded(tmp_path, thing=resource("thing", rows, annotation=KEYED))
    allowed = Record({"Property": ModelPath("id", "PropertyPath"), "AllowedExpressions": "MultiValue"})
    assert [(known.term, known.value) for known in schema.container.entity_sets["things"].annotations] == [
        (
            f"{CAPABILITIES}.FilterRestrictions",
            Record(
                {
                    "NonFilterableProperties": (ModelPath("name", "PropertyPath"),),
                    "FilterExpressionRestrictions": (allowed,),
                }
            ),
        ),
        (
            f"{CAPABILITIES}.SortRestrictions",
            Record({"NonSortableProperties": (ModelPath("name", "PropertyPath"),)}),
        ),
    ]


def test_pages_that_describe_no_entity_expose_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, place=resource("place", "|name|String||")) == [
        "place: warning: Nothing is exposed: 'test.place' is no entity type that has entities of its own."
    ]


def test_the_spelling_that_most_requests_have_counts(tmp_path: Path) -> None:
    requests = ("GET /allthings/{id}", "GET /allThings/{id}", "GET /allThings('{id}')")
    schema = loaded(tmp_path, thing=thing(), thing_get=api("Get thing", *requests))
    assert list(schema.container.entity_sets) == ["allThings"]
