"""Navigation that no property stands for: hidden columns and tables of links."""

from collections.abc import Iterator

import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property, Schema
from odata_service.edm.types import TypeRef
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.sql import create_statements, mapping_of
from odata_service.storage import DatabaseStore
from tests.asking import ROOT, ask, store_of

STRING = TypeRef("Edm.String")


def entity_type(name: str, *navigation: NavigationProperty) -> EntityType:
    """A type with an id and a property whose name differs from another in case alone."""
    properties = (
        Property("id", TypeRef("Edm.String", nullable=False)),
        Property("name", STRING),
        Property("Name", STRING),
    )
    return EntityType(name, properties, (KeyProperty("id"),), navigation)


def shop_schema() -> Schema:
    """Items with a main tag and many tags, both ways, and notes that items alone know of."""
    builder = SchemaBuilder()
    builder.add_type(
        entity_type(
            "shop.Item",
            NavigationProperty("main", "shop.Tag"),
            NavigationProperty("tags", "shop.Tag", collection=True, partner="items"),
            NavigationProperty("notes", "shop.Note", collection=True),
        )
    )
    builder.add_type(entity_type("shop.Tag", NavigationProperty("items", "shop.Item", collection=True, partner="tags")))
    builder.add_type(entity_type("shop.Note"))
    for name in ("Item", "Tag", "Note"):
        builder.add_entity_set(EntitySet(f"{name}s", f"shop.{name}"))
    return builder.freeze()


@pytest.fixture
def service() -> Iterator[Service]:
    with store_of(shop_schema(), Settings()) as store:
        made = Service(store.schema, store)
        for entity_set, keys in (("Items", "ij"), ("Tags", "tuv"), ("Notes", "n")):
            for key in keys:
                assert ask(made, "POST", entity_set, {"id": key, "name": key, "Name": key.upper()}).status == 201
        _link(store)
        yield made


def _link(store: DatabaseStore) -> None:
    connection = store.connection()
    connection.execute("UPDATE \"Items\" SET \"main-id\" = 'u' WHERE id = 'i'")
    for item, tag in (("i", "t"), ("i", "u"), ("j", "u")):
        connection.execute('INSERT INTO "Items-tags" VALUES (?, ?)', (item, tag))
    connection.execute("INSERT INTO \"Items-notes\" VALUES ('j', 'n')")


def test_both_directions_of_many_to_many_share_a_table() -> None:
    mapping = mapping_of(shop_schema())
    assert sorted(link.name for link in mapping.links()) == ["Items-notes", "Items-tags"]
    assert mapping.joins["Items", "tags"].link != mapping.joins["Tags", "items"].link
    assert any('"main-id" TEXT' in statement for statement in create_statements(mapping))


def test_names_that_differ_in_case_alone_are_told_apart(service: Service) -> None:
    entity = ask(service, "GET", "Items('i')?$select=name,Name").json
    assert (entity["name"], entity["Name"]) == ("i", "I")
    assert ask(service, "GET", "Items?$filter=Name eq 'J'").column("id") == ["j"]


def test_a_hidden_foreign_key_leads_to_its_entity(service: Service) -> None:
    assert ask(service, "GET", "Items('i')/main").json["id"] == "u"
    assert ask(service, "GET", "Items('j')/main").status == 204
    assert ask(service, "GET", "Items?$filter=main/name eq 'u'").column("id") == ["i"]
    expanded = ask(service, "GET", "Items?$expand=main($select=id)&$select=id")
    assert [entity["main"] and entity["main"]["id"] for entity in expanded.values] == ["u", None]


def test_linked_entities_are_reached_both_ways(service: Service) -> None:
    assert ask(service, "GET", "Items('i')/tags").column("id") == ["t", "u"]
    assert ask(service, "GET", "Tags('u')/items").column("id") == ["i", "j"]
    assert ask(service, "GET", "Tags('v')/items").values == []
    assert ask(service, "GET", "Items('j')/notes('n')").json["@odata.context"] == f"{ROOT}$metadata#Notes/$entity"
    assert ask(service, "GET", "Items('i')/notes/$count").body == b"0"


def test_linked_entities_are_expanded_both_ways(service: Service) -> None:
    items = ask(service, "GET", "Items?$expand=tags($select=id;$orderby=id desc;$top=1;$count=true)&$select=id")
    assert [[tag["id"] for tag in item["tags"]] for item in items.values] == [["u"], ["u"]]
    assert items.column("tags@odata.count") == [2, 1]
    tags = ask(service, "GET", "Tags?$expand=items($select=id)&$select=id")
    assert [[item["id"] for item in tag["items"]] for tag in tags.values] == [["i"], ["i", "j"], []]
