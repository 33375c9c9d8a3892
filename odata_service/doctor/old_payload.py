"""What is wrong with entities in the JSON of version 2, compared with `$metadata` (OData Version 2, JSON Format)."""

import re
from collections.abc import Iterator, Mapping

from odata_service.definition.safe_xml import Element
from odata_service.doctor.findings import Severity
from odata_service.doctor.model import local
from odata_service.doctor.payload import Wrong

_EVERY = ("pyodata", "OpenUI5 V2", "odata2ts")
_DATE = re.compile(r"/Date\(-?\d+([+-]\d{1,4})?\)/")
_FLOAT = re.compile(r"-?\d+(\.\d+)?([Ee][+-]?\d+)?[dDfF]?|-?INF|NaN|Infinity|-Infinity")
_WHOLE = {"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32"}


def entities(results: list[object], name: str, types: Mapping[str, Element]) -> Iterator[Wrong]:
    """What is wrong with entities of a type."""
    members = _properties(name, types)
    for place, entity in enumerate(results):
        if not isinstance(entity, dict):
            continue
        where = f"d/results/{place}"
        yield from _about(entity.get("__metadata"), where, types)
        for key, value in entity.items():
            if key in members:
                yield from _value(value, members[key], f"{where}/{key}")


def _properties(name: str, types: Mapping[str, Element]) -> Mapping[str, Element]:
    """The properties of a type, those of its base types included."""
    found: dict[str, Element] = {}
    seen: set[str] = set()
    while name in types and name not in seen:
        seen.add(name)
        parts = (part for part in types[name] if local(part) == "Property")
        found = {**{part.get("Name", ""): part for part in parts}, **found}
        name = types[name].get("BaseType", "")
    return found


def _about(about: object, where: str, types: Mapping[str, Element]) -> Iterator[Wrong]:
    clients = ("OpenUI5 V2",)
    if not isinstance(about, dict) or not about.get("uri"):
        message, why = "An entity has no __metadata.uri.", "OpenUI5 tells entities apart by it."
        yield Wrong(Severity.FAILS, clients, "NoUri", message, why, where)
    elif str(about.get("type")) not in types:
        message = f"__metadata.type '{about.get('type')}' is no type of $metadata."
        why = "Dates stay text without it."
        yield Wrong(Severity.FAILS, clients, "UnknownType", message, why, f"{where}/__metadata/type")


def _value(value: object, part: Element, path: str) -> Iterator[Wrong]:
    name = part.get("Type", "")
    if value is None:
        if part.get("Nullable") == "false":
            message = f"'{part.get('Name')}' is null, and may not be."
            why = "The client says: Cannot convert null JSON to value."
            hint = 'Leave Nullable="false" out, or answer a value.'
            yield Wrong(Severity.FAILS, ("pyodata",), "NullValue", message, why, path, hint)
        return
    wanted = _wanted(name, value)
    if wanted:
        message, hint = f"{str(value)[:60]!r} is no {name}.", f"Write {wanted}."
        yield Wrong(Severity.FAILS, _EVERY, "UnfitValue", message, "Clients cannot convert it.", path, hint)
    elif name in {"Edm.Int64", "Edm.Decimal"} and not isinstance(value, str):
        severity, clients = Severity.HINDERS, ["OpenUI5 V2", "odata2ts"]
        why = "JavaScript reads a number as a double: what it has more digits for is lost."
        if name == "Edm.Int64":
            severity, clients = Severity.FAILS, [*clients, "pyodata"]
            why += " pyodata takes a string alone."
        message = f"{value} is a number, and {name} is written as a string."
        yield Wrong(severity, tuple(clients), "NumberForString", message, why, path, "Write a string of digits.")


def _wanted(name: str, value: object) -> str:
    """What a value of a type should be, where this one is not; else nothing."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in {"Edm.DateTime", "Edm.DateTimeOffset"}:
        return "" if isinstance(value, str) and _DATE.fullmatch(value) else "/Date(milliseconds)/"
    if name in {"Edm.Int64", "Edm.Decimal"}:
        return "" if is_number or isinstance(value, str) else "a string of digits"
    if name in _WHOLE:
        is_digits = isinstance(value, str) and value.removeprefix("-").isdecimal()
        return "" if (is_number and isinstance(value, int)) or is_digits else "a whole number"
    if name in {"Edm.Single", "Edm.Double"}:
        return "" if is_number or (isinstance(value, str) and _FLOAT.fullmatch(value)) else "a number"
    if name == "Edm.Boolean":
        return "" if isinstance(value, bool) else "true or false"
    if name in {"Edm.String", "Edm.Guid", "Edm.Time", "Edm.Binary"}:
        return "" if isinstance(value, str) else "a string"
    return ""
