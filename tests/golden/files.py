"""The golden files, and how each is made."""

import json
from collections.abc import Callable
from pathlib import Path

from odata_service.csdl import announced, write_json, write_xml
from odata_service.edm.versions import for_version
from odata_service.openapi import Offer, describe
from odata_service.semantics.functions import FILTER_FUNCTIONS
from odata_service.semantics.transformation_names import TRANSFORMATIONS
from odata_service.service.explain import explain
from odata_service.settings import Settings
from odata_service.storage import open_store
from tests.models import METADATA, customer_schema, partners_schema

HERE = Path(__file__).parent
TRACED = "Customers?$filter=startswith(name,'A') and not (employees gt 5)&$orderby=since desc&$top=3&$expand=partner"


def metadata_xml() -> bytes:
    """`$metadata` of the Customer resource as 4.0 clients see it."""
    return write_xml(for_version(announced(customer_schema(), FILTER_FUNCTIONS, TRANSFORMATIONS), "4.0"), "4.0")


def partners_json() -> bytes:
    """`$metadata` of the partners in JSON."""
    return write_json(announced(partners_schema(), FILTER_FUNCTIONS, TRANSFORMATIONS)) + b"\n"


def customer_openapi() -> bytes:
    """The OpenAPI description of the Customer resource."""
    document = json.loads(b"".join(describe(customer_schema(), Offer(), "http://host/")))
    return json.dumps(document, indent=2).encode() + b"\n"


def trace() -> bytes:
    """One URL through all stages."""
    store = open_store("sqlite://", partners_schema())
    store.create()
    try:
        return f"{TRACED}\n---\n{explain(TRACED, store, Settings())}".encode()
    finally:
        store.close()


GOLDEN: dict[Path, Callable[[], bytes]] = {
    METADATA / "metadata.xml": metadata_xml,
    HERE / "csdl" / "partners.json": partners_json,
    HERE / "openapi" / "customer.json": customer_openapi,
    HERE / "trace" / "expand.txt": trace,
}
