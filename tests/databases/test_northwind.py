"""The food trader: names with blanks, composite and text keys, views, and the exported document as a definition."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from odata_service.csdl import announced, write_json, write_xml
from odata_service.definition import load_schema
from odata_service.edm.made_keys import is_upsertable
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import open_store
from tests.asking import ask
from tests.databases.asking import service_over
from tests.databases.build import build


@pytest.fixture
def northwind(tmp_path: Path) -> Path:
    return build("northwind", tmp_path)


@pytest.fixture
def trader(northwind: Path) -> Iterator[Service]:
    with service_over(northwind) as made:
        yield made


def test_a_table_with_a_blank_in_its_name_is_served(trader: Service) -> None:
    line = ask(trader, "GET", "Order_Details(OrderID=10248,ProductID=3)").json
    assert (line["UnitPrice"], line["Quantity"], line["Discount"]) == (9.8, 10, 0.15)
    lines = ask(trader, "GET", "Orders(10248)?$expand=Order_Details($expand=Product)").json["Order_Details"]
    assert [line["Product"]["ProductName"] for line in lines] == ["Chai", "Aniseed Syrup"]


def test_a_line_is_created_changed_and_deleted(trader: Service) -> None:
    made = ask(trader, "POST", "Order_Details", {"OrderID": 10249, "ProductID": 1, "UnitPrice": 17.25})
    assert (made.status, made.json["Quantity"], made.json["Discount"]) == (201, 1, 0.0)
    target = "Order_Details(OrderID=10249,ProductID=1)"
    changed = ask(trader, "PATCH", target, {"Quantity": 7}, if_match=made.headers["ETag"])
    assert (changed.status, changed.json["Quantity"], changed.json["UnitPrice"]) == (200, 7, 17.25)
    assert ask(trader, "PATCH", target, {"Quantity": -7}).status == 400
    assert ask(trader, "DELETE", target, if_match=made.headers["ETag"]).status == 412
    assert ask(trader, "DELETE", target, if_match=changed.headers["ETag"]).status == 204


def test_a_text_key_that_has_no_room_for_a_guid_must_be_stated(trader: Service) -> None:
    refused = ask(trader, "POST", "Customers", {"CompanyName": "New"})
    assert (refused.status, refused.error["target"]) == (400, "CustomerID")
    too_long = ask(trader, "POST", "Customers", {"CustomerID": "TOOLONG"})
    assert (too_long.status, too_long.error["target"]) == (400, "CustomerID")
    assert ask(trader, "POST", "Customers", {"CustomerID": "NEWCO"}).status == 201


def test_dates_without_time_are_dates(trader: Service) -> None:
    assert ask(trader, "GET", "Employees?$filter=BirthDate lt 1960-01-01").column("LastName") == ["Falk"]


def test_pictures_are_base64url(trader: Service) -> None:
    assert ask(trader, "GET", "Categories(1)?$select=Picture").json["Picture"] == "R0lGOA"


def test_views_are_read_and_filtered_but_not_changed(trader: Service) -> None:
    products = ask(
        trader, "GET", "Alphabetical_list_of_products?$filter=CategoryName eq 'Beverages'&$orderby=ProductID"
    )
    assert products.column("ProductName") == ["Chai", "Chang"]
    totals = ask(trader, "GET", "Order_Subtotals?$orderby=OrderID&$select=OrderID,Subtotal").values
    assert [(total["OrderID"], round(total["Subtotal"], 2)) for total in totals] == [(10248, 251.3), (10249, 167.4)]
    assert ask(trader, "POST", "Order_Subtotals", {"OrderID": 1}).headers["Allow"] == "GET, HEAD"


def test_pages_of_a_view_follow_each_other(trader: Service) -> None:
    first = ask(trader, "GET", "Order_Subtotals", prefer="odata.maxpagesize=1").json
    rest = ask(trader, "GET", first["@odata.nextLink"].removeprefix("http://host/")).column("OrderID")
    assert sorted([total["OrderID"] for total in first["value"]] + rest) == [10248, 10249]


def test_a_pair_is_a_collection_on_both_sides(trader: Service) -> None:
    assert ask(trader, "GET", "Customers('ALFKI')/CustomerDemographics").column("CustomerTypeID") == ["B2B", "VIP"]
    assert ask(trader, "GET", "Territories('01581')/Employees").column("LastName") == ["Duval", "Falk"]


def test_deleting_an_order_deletes_its_lines(trader: Service, northwind: Path) -> None:
    assert ask(trader, "DELETE", "Orders(10248)").status == 204
    with closing(sqlite3.connect(northwind)) as connection:
        assert connection.execute('SELECT count(*) FROM "Order Details"').fetchone() == (1,)


@pytest.mark.parametrize("name", ["chinook", "northwind", "quirks"])
def test_the_exported_document_defines_the_same_types(name: str, tmp_path: Path) -> None:
    schema = load_schema(build(name, tmp_path))
    document = tmp_path / "model.xml"
    document.write_bytes(write_xml(announced(schema, ()), "4.01", storage=True))
    again = load_schema(document)
    assert dict(again.types) == dict(schema.types)
    for entity_set in schema.container.entity_sets.values():
        found = again.entity_set(entity_set.name)
        assert found is not None
        assert all(annotation in found.annotations for annotation in entity_set.annotations)
        assert found.navigation_bindings == entity_set.navigation_bindings
        assert replace(found.capabilities, upserts=True) == entity_set.capabilities
        assert found.capabilities.upsertable == is_upsertable(entity_set, schema)


def test_an_edited_document_is_a_definition_for_the_database(northwind: Path) -> None:
    document = northwind.with_suffix(".xml")
    text = write_xml(load_schema(northwind), "4.01", storage=True).decode()
    text = text.replace('Name="CompanyName"', 'Name="Company"').replace(
        'EntitySet Name="Customers"', 'EntitySet Name="Clients"'
    )
    document.write_text(text.replace('Target="Customers"', 'Target="Clients"'), "utf-8")
    schema = load_schema(document)
    store = open_store(f"sqlite:///{northwind}", schema, Settings())
    store.create()
    service = Service(schema, store, Settings())
    assert ask(service, "GET", "Clients('ALFKI')").json["Company"] == "Alfredos Fachhandel"
    assert ask(service, "GET", "Clients('ALFKI')/CustomerDemographics").column("CustomerTypeID") == ["B2B", "VIP"]
    store.close()


def test_the_public_document_does_not_say_where_things_are_kept(trader: Service) -> None:
    schema = announced(trader.schema, ())
    for document in (write_xml(schema, "4.0"), write_json(schema), ask(trader, "GET", "$metadata").body):
        assert b"Storage" not in document
        assert b"Order_Details" in document
