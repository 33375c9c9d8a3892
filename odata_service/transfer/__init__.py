"""Row files in: CSV, JSON, JSON Lines and XLSX become entities."""

from odata_service.transfer.files import RowFile, UnreadableFile, row_files
from odata_service.transfer.load import LoadReport, Rejected, load_files

__all__ = ["LoadReport", "Rejected", "RowFile", "UnreadableFile", "load_files", "row_files"]
