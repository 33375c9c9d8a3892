"""Names of tables, columns and foreign keys in the model."""

import pytest

from odata_service.definition.table_names import Names, identifier, namespace_of, to_many_names, to_one_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("customers", "customers"),
        ("Order Details", "Order_Details"),
        ("2nd", "_2nd"),
        ("", "_"),
        ("price-€", "price__"),
        ("Größe", "Größe"),
        ("x" * 130, "x" * 128),
    ],
)
def test_the_nearest_identifier_stands_for_a_name(name: str, expected: str) -> None:
    assert identifier(name) == expected


def test_names_that_differ_in_letter_case_alone_are_numbered() -> None:
    names = Names()
    assert [names.take(name) for name in ("a b", "A_b", "a-b")] == ["a_b", "A_b_2", "a_b_3"]


def test_a_number_fits_into_the_longest_name() -> None:
    names = Names()
    assert [names.take("x" * 200), names.take("x" * 200)] == ["x" * 128, "x" * 126 + "_2"]


def test_reserved_namespaces_get_an_underscore() -> None:
    assert [namespace_of(name) for name in ("system", "Edm", "my shop")] == ["system_", "Edm_", "my_shop"]


@pytest.mark.parametrize(
    ("columns", "target", "expected"),
    [
        (["customer_id"], "customers", "customer"),
        (["CustomerID"], "Customers", "Customer"),
        (["SupportRepId"], "Employee", "SupportRep"),
        (["ReportsTo"], "Employees", "ReportsToEmployee"),
        (["owner"], "users", "owner_user"),
        (["country", "code"], "regions", "region"),
    ],
)
def test_a_foreign_key_is_named_after_its_role(columns: list[str], target: str, expected: str) -> None:
    assert to_one_names(columns, target)[0] == expected


@pytest.mark.parametrize(
    ("table", "column", "single", "ambiguous", "own", "expected"),
    [
        ("orders", "customer_id", False, False, False, "orders"),
        ("Invoice", "CustomerId", False, False, False, "Invoices"),
        ("passports", "person_id", True, False, False, "passport"),
        ("flights", "origin_id", False, True, False, "flights_by_origin"),
        ("categories", "parent_id", False, False, True, "children"),
        ("Nodes", "ParentId", False, False, True, "Children"),
        ("employees", "manager_id", False, False, True, "employees_by_manager"),
    ],
)
def test_the_way_back_is_named_after_the_table(
    table: str, column: str, single: bool, ambiguous: bool, own: bool, expected: str
) -> None:
    assert to_many_names(table, [column], single=single, ambiguous=ambiguous, own=own)[0] == expected
