"""A request for `/-/connect/…` in, a file out that opens a connection to the service in Excel or Power BI Desktop.

What writes the files is loaded for the first of them: most services are never asked for one.
"""

from typing import TYPE_CHECKING

from odata_service.edm.model import EntitySet
from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.web.connect.answer import answered

__all__ = ["WHOLE_SERVICE", "answered", "is_offered"]

WHOLE_SERVICE = "odata-service"
"""What stands for the service in the name of a file: no entity set, since no OData name holds a `-`."""


def is_offered(entity_set: EntitySet) -> bool:
    """Whether there are files for an entity set: clients find it in the service document, and may read it."""
    return entity_set.include_in_service_document and entity_set.capabilities.readable


__getattr__ = lazily(__name__, {"answered": "odata_service.web.connect.answer"})
