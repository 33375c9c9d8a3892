"""Types and facets as members of CSDL JSON objects (CSDL JSON 7)."""

from collections.abc import Callable, Mapping
from typing import Literal

from odata_service.definition.csdl_names import Names
from odata_service.edm.types import Facets, TypeRef

Members = Mapping[str, object]
Report = Callable[[str, str], None]
"""Gets the name of a member and what is wrong with it."""

_NAMES = frozenset({"$MaxLength", "$Precision", "$Scale", "$SRID", "$Unicode"})
_NOTHING = Facets()
_SCALES: dict[object, Literal["variable", "floating"]] = {"variable": "variable", "floating": "floating"}


def read_type(members: Members, names: Names, report: Report) -> TypeRef:
    """The type that an object states: Edm.String and not nullable where it states nothing."""
    name = members.get("$Type", "Edm.String")
    if not isinstance(name, str):
        report("$Type", "$Type must be a string.")
        name = "Edm.String"
    collection, nullable = flag(members, "$Collection", report), flag(members, "$Nullable", report)
    return TypeRef(names.qualified(name), collection, nullable, read_facets(members, report))


def read_facets(members: Members, report: Report) -> Facets:
    """The facets among an object's members."""
    if _NAMES.isdisjoint(members):
        return _NOTHING
    srid = members.get("$SRID")
    text = str(srid).lower()
    return Facets(
        max_length=_number(members, "$MaxLength", report),
        precision=_number(members, "$Precision", report),
        scale=_SCALES.get(members.get("$Scale")) or _number(members, "$Scale", report),
        unicode=flag(members, "$Unicode", report) if "$Unicode" in members else None,
        srid="variable" if text == "variable" else int(text) if text.isascii() and text.isdigit() else None,
    )


def flag(members: Members, name: str, report: Report) -> bool:
    """A member that is true or false; false where it is not there."""
    value = members.get(name, False)
    if isinstance(value, bool):
        return value
    report(name, f"{name} must be true or false.")
    return False


def _number(members: Members, name: str, report: Report) -> int | None:
    value = members.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    report(name, f"{name} must be a whole number.")
    return None
