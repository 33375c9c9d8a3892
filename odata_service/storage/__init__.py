"""Where entities are kept: the only room with connections and transactions."""

from odata_service.storage.database import DatabaseStore, open_store
from odata_service.storage.store import (
    PreparedCount,
    PreparedRead,
    PreparedWrite,
    StatementText,
    Store,
)

__all__ = [
    "DatabaseStore",
    "PreparedCount",
    "PreparedRead",
    "PreparedWrite",
    "StatementText",
    "Store",
    "open_store",
]
