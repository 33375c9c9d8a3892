"""A service in, what each client would stumble over out: requests of real clients, played over the wire."""

from typing import TYPE_CHECKING

from odata_service.lazy import lazily

if TYPE_CHECKING:
    from odata_service.doctor.examination import examine
    from odata_service.doctor.findings import Finding, Report
    from odata_service.doctor.printing import as_json, as_text
    from odata_service.doctor.wire import Access

__all__ = ["Access", "Finding", "Report", "as_json", "as_text", "examine"]

__getattr__ = lazily(
    __name__,
    {
        "Access": "odata_service.doctor.wire",
        "Finding": "odata_service.doctor.findings",
        "Report": "odata_service.doctor.findings",
        "as_json": "odata_service.doctor.printing",
        "as_text": "odata_service.doctor.printing",
        "examine": "odata_service.doctor.examination",
    },
)
