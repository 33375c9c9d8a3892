"""A schema in, its OpenAPI 3.1 description out (OASIS, "OData to OpenAPI Mapping").

The room is loaded for the first description: most services are never asked for one.
"""

from typing import TYPE_CHECKING

from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.openapi.document import describe, opening, rest
    from odata_service.openapi.offer import Offer

__all__ = ["Offer", "describe", "opening", "rest"]

_DOCUMENT = "odata_service.openapi.document"
__getattr__ = lazily(
    __name__,
    {"Offer": "odata_service.openapi.offer", "describe": _DOCUMENT, "opening": _DOCUMENT, "rest": _DOCUMENT},
)
