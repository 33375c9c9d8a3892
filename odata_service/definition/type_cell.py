"""The type cell of a Properties or Relationships row in, what it says out; and which JSON values agree with it."""

import re
from dataclasses import dataclass

from odata_service.edm.types import PRIMITIVE_TYPES, Facets, TypeRef

_NAMES = {
    **{name.removeprefix("Edm.").lower(): name for name in PRIMITIVE_TYPES},
    **dict.fromkeys(("url", "etag", "json string"), "Edm.String"),
    "bool": "Edm.Boolean",
    **dict.fromkeys(("int", "integer"), "Edm.Int32"),
    "long": "Edm.Int64",
    "float": "Edm.Single",
    **dict.fromkeys(("numeric", "number"), "Edm.Decimal"),
    **dict.fromkeys(("datetime", "timestamp"), "Edm.DateTimeOffset"),
}

_COLLECTION = (
    re.compile(r"collection\s*\((.*)\)", re.IGNORECASE),
    re.compile(r"collection of (.*)", re.IGNORECASE),
    re.compile(r"(.*?)\s*collection", re.IGNORECASE),
    re.compile(r"(\[.*\])\[\]"),
)
_LINK = re.compile(r"\[([^\]]*)\]\[?\]?(?:\(([^)]*)\)?)?")
_REMARK = re.compile(r"\s*[,(].*")
_MAXIMUM = re.compile(r"max(?:imum)?\.?\s*(?:size|length)?\D{0,5}(\d+)", re.IGNORECASE)

_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = _INTEGERS | {"Edm.Decimal", "Edm.Single", "Edm.Double"}
_INSTANTS = frozenset({"Edm.DateTimeOffset"})
# JSON writes all of these as strings, so the word "String" in an example contradicts none of them.
_TEXTS = _INSTANTS | {"Edm.String", "Edm.Guid", "Edm.Binary", "Edm.Date", "Edm.TimeOfDay", "Edm.Duration", "Edm.Stream"}
_AGREEMENT = {
    "string": _TEXTS,
    "string (timestamp)": _INSTANTS,
    "timestamp": _INSTANTS,
    "integer": _INTEGERS,
    "number": _NUMBERS,
    "double": frozenset({"Edm.Double", "Edm.Single", "Edm.Decimal"}),
}
_INFERRED = {"string (timestamp)": "Edm.DateTimeOffset", "string (identifier)": "Edm.String"}

# CSDL's own default for these is a precision (a scale) of 0, which would refuse every fraction that a page's rows hold.
_FACETS = {
    "Edm.DateTimeOffset": Facets(precision=7),
    "Edm.TimeOfDay": Facets(precision=7),
    "Edm.Duration": Facets(precision=7),
    "Edm.Decimal": Facets(scale="variable"),
}


@dataclass(frozen=True, slots=True)
class TypeCell:
    """A cell's type: the primitive type's name, or else the name and link target that lead to another page."""

    name: str
    target: str | None = None
    collection: bool = False
    primitive: str | None = None
    max_length: int | None = None


def read_type_cell(cell: str) -> TypeCell:
    """What a type cell says.

    >>> read_type_cell("[attendee](../resources/attendee.md) collection")
    TypeCell(name='attendee', target='attendee', collection=True, primitive=None, max_length=None)
    """
    text, collection = _element(re.sub(r"[*`]", "", cell).strip())
    link = _LINK.search(text)
    name = (link[1] if link else text).strip()
    bare = _REMARK.sub("", name)
    primitive = primitive_type(bare)
    maximum = _MAXIMUM.search(name) if primitive else None
    target = page_name(link[2]) if link and link[2] and not primitive else None
    return TypeCell(bare if primitive else name, target, collection, primitive, int(maximum[1]) if maximum else None)


def _element(text: str) -> tuple[str, bool]:
    """The text of the element type, and whether it stands in a collection."""
    is_collection = False
    while match := next((found for form in _COLLECTION if (found := form.fullmatch(text))), None):
        text, is_collection = match[1].strip(), True
    return text, is_collection


def primitive_type(name: str) -> str | None:
    """The qualified name of a primitive type that pages write in many ways, or None."""
    return _NAMES.get(name.strip().lower().removeprefix("edm."))


def page_name(target: str) -> str:
    """What a link leads to: the last segment in lower case, without its ending and anchor."""
    return target.partition("#")[0].rstrip("/").rpartition("/")[2].lower().removesuffix(".md")


def type_ref(primitive: str, *, max_length: int | None = None, nullable: bool = True) -> TypeRef:
    """The type of a page's property, with the facets that pages take for granted."""
    facets = Facets(max_length=max_length) if max_length and primitive == "Edm.String" else _FACETS.get(primitive)
    return TypeRef(primitive, nullable=nullable, facets=facets or Facets())


def agrees(value: object, cell: TypeCell) -> bool:
    """Whether an example value of the JSON representation is one that the table's type can have."""
    if value is None or cell.primitive is None:
        return True
    if isinstance(value, list) or cell.collection:
        return isinstance(value, list) == cell.collection
    if isinstance(value, dict):
        return False
    return cell.primitive in _types_of(value)


def _types_of(value: object) -> frozenset[str]:
    match value:
        case bool():
            return frozenset({"Edm.Boolean"})
        case int():
            return _NUMBERS
        case float():
            return _AGREEMENT["double"]
        case _:
            return _types_of_word(str(value).strip().lower())


def _types_of_word(word: str) -> frozenset[str]:
    """The types that an example such as `String (identifier)` or `Integer` may stand for."""
    stem = _REMARK.sub("", word)
    if word in _AGREEMENT or stem in _AGREEMENT:
        return _AGREEMENT.get(word) or _AGREEMENT[stem]
    primitive = primitive_type(stem)
    # Anything else is a sample value, which may be the text of any type.
    return frozenset({primitive}) if primitive else frozenset(PRIMITIVE_TYPES)


def inferred_type(value: object) -> str | None:
    """The type of a property of which only an example value is known; None for objects, arrays and null."""
    match value:
        case None | dict() | list():
            return None
        case bool():
            return "Edm.Boolean"
        case int():
            return "Edm.Int32" if abs(value) < 2**31 else "Edm.Int64"
        case float():
            return "Edm.Double"
        case _:
            word = str(value).strip().lower()
            return _INFERRED.get(word) or primitive_type(_REMARK.sub("", word)) or "Edm.String"
