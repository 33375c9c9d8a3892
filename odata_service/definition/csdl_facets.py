"""The facets that stand as attributes of a CSDL XML element (CSDL XML 7.2)."""

from collections.abc import Callable
from typing import Literal

from odata_service.definition.safe_xml import Element
from odata_service.edm.types import NO_FACETS, Facets

_NAMES = frozenset({"MaxLength", "Precision", "Scale", "SRID", "Unicode"})

_SCALES: dict[str, Literal["variable", "floating"]] = {"variable": "variable", "floating": "floating"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_facets(element: Element, report: Callable[[str], None]) -> Facets:
    """The facets of an element; what cannot be read is reported and left out."""
    if _NAMES.isdisjoint(element.keys()):
        return NO_FACETS
    scale = element.get("Scale", "").lower()
    return Facets(
        max_length="max" if element.get("MaxLength") == "max" else _number(element, "MaxLength", report),
        precision=_number(element, "Precision", report),
        scale=_SCALES.get(scale) or _number(element, "Scale", report),
        unicode=read_boolean(element, "Unicode", report),
        srid="variable" if element.get("SRID", "").lower() == "variable" else _number(element, "SRID", report),
    )


def read_boolean(element: Element, name: str, report: Callable[[str], None]) -> bool | None:
    """An attribute that is true or false; None where it is not there."""
    text = element.get(name)
    if text is None:
        return None
    value = _BOOLEANS.get(text)
    if value is None:
        report(f"{name} is '{text}': write true or false.")
    return value


def _number(element: Element, name: str, report: Callable[[str], None]) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        report(f"{name} is '{text}': write a whole number.")
        return None
    return int(text)
