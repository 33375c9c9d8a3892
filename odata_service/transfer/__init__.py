"""Row files: CSV, JSON, JSON Lines and XLSX become entities, and entities such files."""

from odata_service.transfer.entities import Pages
from odata_service.transfer.export import FORMATS, export_rows
from odata_service.transfer.files import RowFile, UnreadableFile, row_files
from odata_service.transfer.load import LoadReport, LoadStopped, Rejected, load_files
from odata_service.transfer.xlsx import UnwritableRows

__all__ = [
    "FORMATS",
    "LoadReport",
    "LoadStopped",
    "Pages",
    "Rejected",
    "RowFile",
    "UnreadableFile",
    "UnwritableRows",
    "export_rows",
    "load_files",
    "row_files",
]
