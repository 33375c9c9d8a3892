"""OData V2 at the edges: its URLs and bodies become requests of V4, the answers to these become its payloads."""

from typing import TYPE_CHECKING

from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.v2.face import V2Service

__all__ = ["V2Service"]

__getattr__ = lazily(__name__, {"V2Service": "odata_service.v2.face"})
