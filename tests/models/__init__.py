"""Small definitions that the tests of all rooms share."""

from pathlib import Path

from odata_service.definition import load_schema
from odata_service.edm.model import Schema

PROJECT = Path(__file__).parents[2]
METADATA = PROJECT / "metadata"
MODELS = Path(__file__).parent
PARTNERS = MODELS / "partners"
COMPANY = MODELS / "company"
SHOP = MODELS / "shop"


def customer_schema() -> Schema:
    return load_schema(METADATA)


def partners_schema() -> Schema:
    return load_schema(PARTNERS)


def company_schema() -> Schema:
    return load_schema(COMPANY)


def shop_schema() -> Schema:
    """Customers with orders, managers, addresses and tags, derived VIP customers, and photos."""
    return load_schema(SHOP)


def stationery_schema() -> Schema:
    """A model with operations of every kind, over articles in groups."""
    return load_schema(MODELS / "stationery.xml")


def every_schema() -> Schema:
    """A model with every kind of value that a property may have."""
    return load_schema(MODELS / "every.xml")


def sales_schema() -> Schema:
    """What was sold, to whom, and where in a hierarchy of offices."""
    return load_schema(MODELS / "sales.xml")


def functions_schema() -> Schema:
    """A model with what the published examples of functions and operators speak of."""
    return load_schema(MODELS / "functions.xml")


def rules_schema() -> Schema:
    """Entities that must be related to others, and properties that clients do not write."""
    return load_schema(MODELS / "rules.xml")


def made_keys_schema() -> Schema:
    """Sets whose keys the service makes, of media entities, and one where updates create nothing."""
    return load_schema(MODELS / "made-keys.xml")


def places_schema() -> Schema:
    """Shops of two types, with complex values of two types, and what they sell."""
    return load_schema(MODELS / "places.xml")


def invoices_schema() -> Schema:
    """Customers and their orders, with properties whose values code is to make."""
    return load_schema(MODELS / "invoices.xml")


def computed_invoices_schema() -> Schema:
    """The same, where the definition says how some of the values are made."""
    return load_schema(MODELS / "invoices.xml", MODELS / "overlays" / "invoices-computed.xml")


def shelves_schema() -> Schema:
    """Shelves with keys of several properties, boxes on them, and who owns and rents these."""
    return load_schema(MODELS / "shelves.xml")


def organizations_schema() -> Schema:
    """Organizations whose parents stand in relations that they contain, and what these sold."""
    return load_schema(MODELS / "organizations.xml")


def alternate_schema() -> Schema:
    """Products with alternate keys, and their makers."""
    return load_schema(MODELS / "alternate.xml")


def findings_schema() -> Schema:
    """Open types of which each declares a property of another type under the same name."""
    return load_schema(MODELS / "findings.xml")


def tree_schema() -> Schema:
    """Nodes of a tree, with properties that tell where they stand in it."""
    return load_schema(MODELS / "tree.xml")
