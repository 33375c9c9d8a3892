"""Properties, parameters and their types: what CSDL 1 to 3 states, as version 4 states it.

| V2, V3 | V4 |
|---|---|
| Edm.DateTime | Edm.DateTimeOffset, with sap:display-format="Date" Edm.Date |
| Edm.Time, a time of day by its definition | Edm.TimeOfDay |
| Edm.Float | Edm.Double |
| Edm.Decimal without Scale | Scale="variable", since 0 is the default only of version 4 |
"""

import re
from base64 import urlsafe_b64encode

from odata_service.definition.edmx_v2_document import Document, local, tag, take
from odata_service.definition.safe_xml import Element
from odata_service.edm.types import FACETS_BY_KIND, PRIMITIVE_TYPES

SAP = "{http://www.sap.com/Protocols/SAPData}"

_RENAMED = {"Edm.DateTime": "Edm.DateTimeOffset", "Edm.Time": "Edm.TimeOfDay", "Edm.Float": "Edm.Double"}
_WITH_PRECISION = frozenset({"Edm.DateTimeOffset", "Edm.TimeOfDay"})
_TICKS = "7"
_FACETS = {
    "MaxLength": "max_length",
    "Precision": "precision",
    "Scale": "scale",
    "SRID": "srid",
    "Unicode": "unicode",
}
_GONE = ("FixedLength", "Collation", "ConcurrencyMode", "CollectionKind")

_COLLECTION = re.compile(r"Collection\((.*)\)")
_PREFIXED = re.compile(r"(?:datetimeoffset|datetime|time|guid|binary|X)?'(.*)'", re.DOTALL)
_TIME = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(\.\d+)?S)?")
_SECONDS = re.compile(r"T\d\d:\d\d(:\d\d)?")
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")


def modernise_types(document: Document) -> None:
    """Rewrites whatever has a type."""
    for schema in document.schemas():
        namespace = schema.get("Namespace", "")
        for element in schema.iter(tag("Property"), tag("Parameter"), tag("ReturnType"), tag("ValueTerm")):
            modernise_type(element, namespace, document)
        for element in schema.iter(tag("EntityType"), tag("ComplexType")):
            if element.get("BaseType"):
                element.set("BaseType", document.qualified(element, "BaseType", namespace))
        for element in schema.iterchildren(tag("EnumType")):
            _number_members(element)


def _number_members(element: Element) -> None:
    """States the number of each member: in version 3 one without a Value follows the one before."""
    number = -1
    for member in element.iterchildren(tag("Member")):
        stated = member.get("Value")
        try:
            number = number + 1 if stated is None else int(stated)
        except ValueError:
            continue
        member.set("Value", str(number))


def modernise_type(element: Element, namespace: str, document: Document) -> None:
    """Rewrites the type of an element, its facets and its default."""
    stated = element.get("Type", "").strip()
    found = _COLLECTION.fullmatch(stated)
    is_collection = found is not None or element.get("CollectionKind") in ("List", "Bag")
    old = _type_name(found[1] if found else stated, namespace, document)
    new = _RENAMED.get(old, old)
    if old == "Edm.DateTime" and element.get(f"{SAP}display-format") == "Date":
        new = "Edm.Date"
    element.set("Type", f"Collection({new})" if is_collection else new)
    _facets(element, new)
    default = element.get("DefaultValue")
    if default is not None:
        element.set("DefaultValue", _default(default, new))
    if local(element) == "Property" and element.get("FixedLength") == "true" and not element.get("MaxLength"):
        document.say("info", element, f"FixedLength of '{element.get('Name')}' says nothing without MaxLength.")
    for name in _GONE:
        take(element, name)


def _type_name(name: str, namespace: str, document: Document) -> str:
    """The qualified name of a type; documents of the first versions leave out `Edm.` and the own namespace."""
    if "." in name:
        return document.names.qualified(name)
    edm = f"Edm.{name}"
    return edm if edm in PRIMITIVE_TYPES or edm in _RENAMED else f"{namespace}.{name}"


def _facets(element: Element, type_name: str) -> None:
    for name in _FACETS.keys() - _applicable(type_name):
        take(element, name)
    if element.get("MaxLength", "").lower() == "max":
        element.set("MaxLength", "max")
    if type_name == "Edm.Decimal" and element.get("Scale") is None:
        element.set("Scale", "variable")
    if type_name in _WITH_PRECISION and element.get("Precision") is None:
        element.set("Precision", _TICKS)


def _applicable(type_name: str) -> frozenset[str]:
    """The facets that a type has; generators of old documents state more. What is no primitive type keeps all."""
    row = PRIMITIVE_TYPES.get(type_name)
    if row is None:
        return frozenset(_FACETS)
    known = FACETS_BY_KIND.get(row.kind, frozenset())
    return frozenset(name for name, field in _FACETS.items() if field in known)


def _default(text: str, type_name: str) -> str:
    """A default without the prefix or suffix of a literal, in the form that version 4 has.

    >>> _default("datetime'2013-01-01T00:00'", "Edm.DateTimeOffset"), _default("PT8H30M", "Edm.TimeOfDay")
    ('2013-01-01T00:00:00Z', '08:30:00')
    """
    prefixed = _PREFIXED.fullmatch(text)
    plain = prefixed[1] if prefixed and type_name != "Edm.String" else text
    match type_name:
        case "Edm.DateTimeOffset":
            whole = _SECONDS.sub(lambda found: found[0] if found[1] else f"{found[0]}:00", plain)
            return whole if _ZONE.search(whole) else f"{whole}Z"
        case "Edm.Date":
            return plain.partition("T")[0]
        case "Edm.TimeOfDay":
            return _time_of_day(plain)
        case "Edm.Binary":
            return _binary(plain)
        case "Edm.Decimal" | "Edm.Double" | "Edm.Single" | "Edm.Int64":
            return plain if plain.endswith("INF") else plain.rstrip("MmDdFfLl")
        case _:
            return plain


def _time_of_day(text: str) -> str:
    found = _TIME.fullmatch(text)
    if not found:
        return text
    hours, minutes, seconds, fraction = found.groups()
    return f"{int(hours or 0):02}:{int(minutes or 0):02}:{int(seconds or 0):02}{fraction or ''}"


def _binary(text: str) -> str:
    """Bytes written in hexadecimal digits, as version 4 writes them; other text stays."""
    try:
        return urlsafe_b64encode(bytes.fromhex(text)).decode("ascii").rstrip("=")
    except ValueError:
        return text
