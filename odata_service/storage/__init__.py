"""Where entities are kept: the only room with connections and transactions."""

from odata_service.storage.database import DatabaseStore, open_store
from odata_service.storage.failures import Contention
from odata_service.storage.store import (
    PreparedCount,
    PreparedRead,
    PreparedWrite,
    StatementText,
    Store,
)
from odata_service.storage.view import StoreView

__all__ = [
    "Contention",
    "DatabaseStore",
    "PreparedCount",
    "PreparedRead",
    "PreparedWrite",
    "StatementText",
    "Store",
    "StoreView",
    "open_store",
]
