"""Foreign keys that lead nowhere: SQLite takes any, and refuses each change for which it would have to follow one.

Servers hold no such keys; what their keys lead to may still be out of sight.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from odata_service.database.catalogue import Catalogue, Reference, Table


class BrokenReference(Struct, frozen=True):
    """A foreign key that cannot be followed, with the sentence that says why; `refuses`: the database refuses changes
    of the rows that have it, and deleting those that it names.
    """

    table: str
    reference: Reference
    reason: str
    refuses: bool


def broken_references(catalogue: Catalogue) -> Iterator[BrokenReference]:
    """The broken foreign keys of all tables."""
    known = {table.name: table for table in catalogue.tables}
    refuses = catalogue.family == "sqlite"
    for table in catalogue.tables:
        for reference in table.references:
            reason = _reason(reference, known, refuses=refuses)
            if reason is not None:
                yield BrokenReference(table.name, reference, reason, refuses)


def _reason(reference: Reference, known: Mapping[str, Table], *, refuses: bool) -> str | None:
    target = known.get(reference.table)
    start = f"the foreign key ({', '.join(reference.columns)}) leads to '{reference.table}'"
    if target is None:
        return f"{start}, which is not there{_CONSEQUENCE if refuses else ''}"
    keys = [set(columns) for columns in (target.key, *target.unique)]
    if refuses and (len(reference.referenced) != len(reference.columns) or set(reference.referenced) not in keys):
        return f"{start} ({', '.join(reference.referenced)}), which is no key that fits{_CONSEQUENCE}"
    return None


_CONSEQUENCE = "; SQLite refuses changes of such rows, so they are read-only"
