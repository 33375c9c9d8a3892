"""The way from the tables that a database has to those that a mapping needs; pure: states in, steps out."""

from odata_service.sql.migration.changes import SHADOW, KeptColumn, changes_between, tables_of_others
from odata_service.sql.migration.checks import Check, Distinct, Fit, Rows
from odata_service.sql.migration.differences import (
    compared_tables,
    differences,
    lacking,
    missing_indexes,
    missing_logs,
    missing_parts,
    too_wide,
    with_known_logs,
)
from odata_service.sql.migration.moved import unmoved
from odata_service.sql.migration.plan import Migration, Record, plan_migration, record_of
from odata_service.sql.migration.rebuild import CONVERTED
from odata_service.sql.migration.record import describe, described
from odata_service.sql.migration.state import (
    DatabaseState,
    ExistingColumn,
    ExistingIndex,
    ExistingObject,
    ExistingTable,
)
from odata_service.sql.migration.steps import Filling, Step
from odata_service.sql.migration.stored import changed_values, column_of, key_of, selection, shown_key

__all__ = [
    "CONVERTED",
    "SHADOW",
    "Check",
    "DatabaseState",
    "Distinct",
    "ExistingColumn",
    "ExistingIndex",
    "ExistingObject",
    "ExistingTable",
    "Filling",
    "Fit",
    "KeptColumn",
    "Migration",
    "Record",
    "Rows",
    "Step",
    "changed_values",
    "changes_between",
    "column_of",
    "compared_tables",
    "describe",
    "described",
    "differences",
    "key_of",
    "lacking",
    "missing_indexes",
    "missing_logs",
    "missing_parts",
    "plan_migration",
    "record_of",
    "selection",
    "shown_key",
    "tables_of_others",
    "too_wide",
    "unmoved",
    "with_known_logs",
]
