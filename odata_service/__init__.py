"""One page that describes a resource becomes a complete OData service."""

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.errors import DefinitionError, ODataError, StorageMismatch
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import Store
from odata_service.version import VERSION
from odata_service.web import blueprint, create_app

__version__ = VERSION

__all__ = [
    "DefinitionError",
    "Limits",
    "ODataError",
    "Schema",
    "Service",
    "Settings",
    "StorageMismatch",
    "Store",
    "blueprint",
    "create_app",
    "load_schema",
]
