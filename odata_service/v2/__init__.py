"""OData V2 at the edges: its URLs and bodies become requests of V4, the answers to these become its payloads."""

from odata_service.v2.face import V2Service

__all__ = ["V2Service"]
