"""What an entity set allows, as plain fields; the Capabilities vocabulary states the same in `$metadata`."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import (
    CAPABILITIES,
    Annotation,
    EnumMember,
    Path,
    Record,
    Value,
    annotation_value,
)


class Capabilities(Struct, frozen=True):
    """Everything is allowed until a definition says otherwise."""

    readable: bool = True
    readable_by_key: bool = True
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True
    upserts: bool = True

    @property
    def upsertable(self) -> bool:
        """Whether PATCH or PUT to a key that does not exist yet may create the entity."""
        return self.insertable and self.updatable and self.upserts


NON_INSERTABLE = ("InsertRestrictions", "NonInsertableProperties")
NON_UPDATABLE = ("UpdateRestrictions", "NonUpdatableProperties")
"""Terms and the fields that list properties whose values in a body are ignored."""

_STATED = (
    ("readable", "ReadRestrictions", ("Readable",)),
    ("readable_by_key", "ReadRestrictions", ("Readable",)),
    ("readable_by_key", "ReadRestrictions", ("ReadByKeyRestrictions", "Readable")),
    ("insertable", "InsertRestrictions", ("Insertable",)),
    ("updatable", "UpdateRestrictions", ("Updatable",)),
    ("upserts", "UpdateRestrictions", ("Upsertable",)),
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


def along_navigation(annotations: Sequence[Annotation], path: str) -> tuple[Annotation, ...]:
    """What an entity set restricts along a navigation path from it, as annotations of what it leads to.

    (NavigationRestrictions/RestrictedProperties.) A path that cannot be navigated leads to nothing that is readable.
    What Navigability says of a set as a whole tells clients what to expect, and closes nothing: else what the entities
    contain would be nowhere.
    """
    stated = annotation_value(annotations, f"{CAPABILITIES}.NavigationRestrictions")
    fields = stated.values if isinstance(stated, Record) else {}
    found = None
    members = fields.get("RestrictedProperties")
    for member in members if isinstance(members, tuple) else ():
        if isinstance(member, Record) and path_text(member.values.get("NavigationProperty")) == path:
            found = member
            break
    restricted = {} if found is None else dict(found.values)
    navigability = restricted.pop("Navigability", None)
    unreadable = Record({"Readable": False, "ReadByKeyRestrictions": Record({"Readable": False})})
    closed = {"ReadRestrictions": unreadable} if _is_none(navigability) else {}
    return tuple(
        Annotation(f"{CAPABILITIES}.{term}", value)
        for term, value in {**restricted, **closed}.items()
        if term != "NavigationProperty"
    )


def restricted_paths(annotations: Sequence[Annotation], term: str, field: str) -> tuple[str, ...]:
    """The paths that a field of a restriction lists; CSDL JSON has them as text."""
    stated = annotation_value(annotations, f"{CAPABILITIES}.{term}")
    value = stated.values.get(field) if isinstance(stated, Record) else None
    return tuple(_texts(value if isinstance(value, tuple) else ()))


def path_text(value: Value | None) -> str | None:
    """The path that a value is: an expression, or text."""
    if isinstance(value, Path):
        return value.path
    return value if isinstance(value, str) else None


def _texts(values: Sequence[Value]) -> Iterator[str]:
    return (text for text in map(path_text, values) if text is not None)


def _is_none(navigability: Value | None) -> bool:
    if isinstance(navigability, EnumMember):
        return navigability.members == ("None",)
    return navigability == "None"


def _along(value: Value | None, way: Sequence[str]) -> Value | None:
    for name in way:
        value = value.values.get(name) if isinstance(value, Record) else None
    return value
