"""Where entities are kept: the only room with connections and transactions."""

from odata_service.storage.database import DatabaseStore, open_store
from odata_service.storage.expanded import ExpandedRoom
from odata_service.storage.failures import Contention
from odata_service.storage.jobs import BEAT_SECONDS, Job, Jobs, KeptAnswer, State
from odata_service.storage.remembered import Claim, Known, Remembered
from odata_service.storage.store import (
    PreparedChanges,
    PreparedCount,
    PreparedRead,
    PreparedVersion,
    PreparedWrite,
    StatementText,
    Store,
    Work,
)
from odata_service.storage.view import StoreView

__all__ = [
    "BEAT_SECONDS",
    "Claim",
    "Contention",
    "DatabaseStore",
    "ExpandedRoom",
    "Job",
    "Jobs",
    "KeptAnswer",
    "Known",
    "PreparedChanges",
    "PreparedCount",
    "PreparedRead",
    "PreparedVersion",
    "PreparedWrite",
    "Remembered",
    "State",
    "StatementText",
    "Store",
    "StoreView",
    "Work",
    "open_store",
]
