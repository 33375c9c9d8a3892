"""What a description says of a service beside its model."""

from msgspec import Struct

from odata_service.edm.annotations import states_concurrency
from odata_service.edm.model import EntitySet


class Offer(Struct, frozen=True):
    """How a service is set up: whether it refuses changes, demands ETags, and whom it asks who they are.

    `challenge` is the value of `WWW-Authenticate`, None where nobody is asked; `tracked` are entity sets whose changes
    are told.
    """

    read_only: bool = False
    require_etag: bool = False
    challenge: str | None = None
    tracked: frozenset[str] = frozenset()

    def demands_etag(self, source: EntitySet | None) -> bool:
        """Whether changes of a source's entities need `If-Match` (Core.OptimisticConcurrency)."""
        return self.require_etag or (source is not None and states_concurrency(source.annotations))
