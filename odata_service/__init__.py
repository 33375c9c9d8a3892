"""One page that describes a resource becomes a complete OData service."""

from typing import TYPE_CHECKING

from odata_service.lazy import lazily
from odata_service.version import VERSION

if TYPE_CHECKING:
    from odata_service.definition import load_schema
    from odata_service.edm.model import Schema
    from odata_service.errors import (
        BadRequest,
        Conflict,
        DefinitionError,
        Forbidden,
        NotAuthenticated,
        NotFound,
        ODataError,
        PreconditionFailed,
        StorageMismatch,
    )
    from odata_service.service import Authenticator, Call, Entities, Entity, Principal, Request, Service
    from odata_service.settings import Limits, Settings
    from odata_service.storage import Store
    from odata_service.web import blueprint, create_app

__version__ = VERSION

__all__ = [
    "Authenticator",
    "BadRequest",
    "Call",
    "Conflict",
    "DefinitionError",
    "Entities",
    "Entity",
    "Forbidden",
    "Limits",
    "NotAuthenticated",
    "NotFound",
    "ODataError",
    "PreconditionFailed",
    "Principal",
    "Request",
    "Schema",
    "Service",
    "Settings",
    "StorageMismatch",
    "Store",
    "blueprint",
    "create_app",
    "load_schema",
]

__getattr__ = lazily(
    __name__,
    {
        "Authenticator": "odata_service.service",
        "BadRequest": "odata_service.errors",
        "Call": "odata_service.service",
        "Conflict": "odata_service.errors",
        "DefinitionError": "odata_service.errors",
        "Entities": "odata_service.service",
        "Entity": "odata_service.service",
        "Forbidden": "odata_service.errors",
        "Limits": "odata_service.settings",
        "NotAuthenticated": "odata_service.errors",
        "NotFound": "odata_service.errors",
        "ODataError": "odata_service.errors",
        "PreconditionFailed": "odata_service.errors",
        "Principal": "odata_service.service",
        "Request": "odata_service.service",
        "Schema": "odata_service.edm.model",
        "Service": "odata_service.service",
        "Settings": "odata_service.settings",
        "StorageMismatch": "odata_service.errors",
        "Store": "odata_service.storage",
        "blueprint": "odata_service.web",
        "create_app": "odata_service.web",
        "load_schema": "odata_service.definition",
    },
)
