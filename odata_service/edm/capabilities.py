"""What an entity set allows, as plain fields; the Capabilities vocabulary states the same in `$metadata`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from odata_service.edm.annotations import CAPABILITIES, Annotation, Record, Value, annotation_value


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything is allowed until a definition says otherwise."""

    readable: bool = True
    readable_by_key: bool = True
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True

    @property
    def upsertable(self) -> bool:
        """Whether PATCH or PUT to a key that does not exist yet may create the entity."""
        return self.insertable and self.updatable


_STATED = (
    ("readable", "ReadRestrictions", ("Readable",)),
    ("readable_by_key", "ReadRestrictions", ("Readable",)),
    ("readable_by_key", "ReadRestrictions", ("ReadByKeyRestrictions", "Readable")),
    ("insertable", "InsertRestrictions", ("Insertable",)),
    ("updatable", "UpdateRestrictions", ("Updatable",)),
    ("deletable", "DeleteRestrictions", ("Deletable",)),
)
"""Each field with the term that states it and the way into its record; what comes later is more exact."""


def stated_capabilities(annotations: Sequence[Annotation], known: Capabilities) -> Capabilities:
    """What is known of an entity set, and what its annotations say of it.

    >>> unwritable = Record({"Insertable": False})
    >>> stated_capabilities([Annotation(f"{CAPABILITIES}.InsertRestrictions", unwritable)], Capabilities()).insertable
    False
    """
    for name, term, way in _STATED:
        value = _along(annotation_value(annotations, f"{CAPABILITIES}.{term}"), way)
        if isinstance(value, bool):
            known = replace(known, **{name: value})
    return known


def _along(value: Value | None, way: Sequence[str]) -> Value | None:
    for name in way:
        value = value.values.get(name) if isinstance(value, Record) else None
    return value
