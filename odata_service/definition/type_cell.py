"""The type cell of a Properties or Relationships row in, what it says out; and which JSON values agree with it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from odata_service.edm.types import PRIMITIVE_TYPES, Facets, TypeRef

UNTYPED = "Edm.Untyped"

_NAMES = {
    **{name.removeprefix("Edm.").lower(): name for name in PRIMITIVE_TYPES},
    **dict.fromkeys(("url", "uri", "etag", "json string"), "Edm.String"),
    **dict.fromkeys(("enum", "enumeration", "flags", "enum string"), "Edm.String"),
    "bool": "Edm.Boolean",
    **dict.fromkeys(("byte[]", "byte array", "bytes"), "Edm.Binary"),
    "uuid": "Edm.Guid",
    "short": "Edm.Int16",
    "uint16": "Edm.Int32",
    "uint32": "Edm.Int64",
    **dict.fromkeys(("timespan", "time span", "iso 8601 duration"), "Edm.Duration"),
    "time": "Edm.TimeOfDay",
    **dict.fromkeys(("int", "integer"), "Edm.Int32"),
    "long": "Edm.Int64",
    "float": "Edm.Single",
    **dict.fromkeys(("numeric", "number", "currency", "uint64"), "Edm.Decimal"),
    **dict.fromkeys(("datetime", "date-time", "date time", "timestamp"), "Edm.DateTimeOffset"),
    **dict.fromkeys(("json", "json object", "untyped json object", "error object", "object"), UNTYPED),
    **dict.fromkeys(("any", "variant", "dictionary", "complextype", "complex type", "primitivetype"), UNTYPED),
    "entity": "Edm.EntityType",
    # Translated pages: Chinese, Japanese, German, French, Spanish, Portuguese, Russian.
    **dict.fromkeys(("字符串", "文字列", "zeichenfolge", "zeichenfolgen", "chaîne", "cadena"), "Edm.String"),
    **dict.fromkeys(("cadeia de caracteres", "строка"), "Edm.String"),
    **dict.fromkeys(("布尔", "布尔值", "ブール値", "ブール型", "boolesch", "boolesche wert"), "Edm.Boolean"),
    **dict.fromkeys(("booléen", "valeur booléenne", "booleano", "booliano", "логический"), "Edm.Boolean"),
}

_PLURALS = {f"{name}s": name for name in ("string", "boolean", "integer", "guid", "number", "double")}
_COLLECTION = (
    re.compile(r"(?:collection|array|list)\s*[(<](.*?)[)>]?", re.IGNORECASE),
    re.compile(r"(?:an? )?(?:collection|array|list) of (.*?)(?: objects| resources)?", re.IGNORECASE),
    re.compile(r"(.*?)\s*\b(?:collection|array)\b\.?", re.IGNORECASE),
    re.compile(r"(.*[\w)])\s*\[\s*\]"),
    # Translated pages: Chinese, Japanese, German, Spanish, Portuguese, Russian.
    re.compile(r"(.*?)[\s-]*(?:集合|コレクション|sammlung|auflistung|colección|coleção|коллекция)", re.IGNORECASE),
)
LINK = re.compile(r"\[([^\[\]]*)\](?:\(([^)]*)\)?|\[([^\[\]]*)\])?")
"""A link: its text, its target, or the name of its target."""

_SWAPPED = re.compile(r"(?<!\])\(([^()\[\]]+)\)\[([^()\[\]]+)\]")
"""A link whose brackets have been mixed up: `(text)[target]`."""

_REMARK = re.compile(r"\s*[,(;].*|\s+enum$", re.IGNORECASE | re.DOTALL)
_NULLABLE = (
    re.compile(r"nullable\s*[(<\s](.*?)[)>]?", re.IGNORECASE),
    re.compile(r"(.*?)\s*(?:\?|\bor null|\|\s*null)", re.IGNORECASE),
)
_MAXIMUM = re.compile(r"max(?:imum)?\.?\s*(?:size|length)?\D{0,5}(\d+)", re.IGNORECASE)
_MARKS = str.maketrans("", "", "*`\\")
_LONGEST = 400
"""How much of a cell is looked at: what names a type is shorter by far."""

_PROSE = 3
"""How many blanks make a cell a sentence."""

_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = _INTEGERS | {"Edm.Decimal", "Edm.Single", "Edm.Double"}
_INSTANTS = frozenset({"Edm.DateTimeOffset", "Edm.Date", "Edm.TimeOfDay", "Edm.Duration"})
"""What examples call a timestamp."""
# JSON writes all of these as strings, so the word "String" in an example contradicts none of them.
_TEXTS = _INSTANTS | {"Edm.String", "Edm.Guid", "Edm.Binary", "Edm.Stream"}
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


class TypeCell(NamedTuple):
    """A cell's type: the primitive type's name, or else the name and link target that lead to another page.

    `others` are the further types of a cell that names several, `oddity` what is wrong with the cell.
    """

    name: str
    target: str | None = None
    collection: bool = False
    primitive: str | None = None
    max_length: int | None = None
    anchor: str | None = None
    others: tuple["TypeCell", ...] = ()
    oddity: str | None = None


EMPTY = TypeCell("")


def read_type_cell(cell: str, references: Mapping[str, str] | None = None) -> TypeCell:
    """What a type cell says; `references` are the page's link definitions.

    >>> read_type_cell("[attendee](../resources/attendee.md) collection")
    TypeCell(name='attendee', target='attendee', collection=True, primitive=None, ...)
    """
    return _read(cell, references) if references else _read_alone(cell)


@lru_cache(maxsize=10_000)
def _read_alone(cell: str) -> TypeCell:
    """What a cell says by itself; three of four cells repeat others."""
    return _read(cell, {})


def _read(cell: str, references: Mapping[str, str]) -> TypeCell:
    text, depth = _element(_SWAPPED.sub(r"[\1](\2)", cell[:_LONGEST]).translate(_MARKS).strip())
    links = [] if primitive_type(text) else [_linked(match, references) for match in LINK.finditer(text)]
    found = links[0] if links else _bare(text)
    if depth > 1:
        found = found._replace(oddity="OData has no collection of collections; one level is read")
    elif len(links) > 1 and " or " in text:
        found = found._replace(others=tuple(links[1:]))
    return found._replace(collection=True) if depth else found


def _element(text: str) -> tuple[str, int]:
    """The text of the element type, and how many collections it stands in."""
    depth = 0
    while primitive_type(text) is None:
        if (match := _matched(_COLLECTION, text)) is not None:
            depth += 1
        elif (match := _matched(_NULLABLE, text)) is None:
            break
        text = match[1].strip()
    return text, depth


def _matched(forms: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next((found for form in forms if (found := form.fullmatch(text))), None)


def _linked(match: re.Match[str], references: Mapping[str, str]) -> TypeCell:
    """The type of a link; a reference without a definition is a name."""
    name, collection = _element(match[1].strip())
    name = name.removesuffix(" resource type").removesuffix(".md")
    target = match[2] if match[2] is not None else references.get((match[3] or match[1]).strip().lower(), "")
    target, _, remark = target.strip().partition(" ")
    primitive = primitive_type(_REMARK.sub("", name))
    if primitive == "Edm.EntityType":
        # A link says more than the word: its page describes a type of that name.
        primitive = None
    is_open = match[2] is not None and not match[0].endswith(")")
    stem, anchor = (page_name(target) or None, anchor_of(target)) if target and primitive is None else (None, None)
    return TypeCell(
        name.lstrip("#"),
        stem,
        collection=bool(collection) or "collection" in remark,
        primitive=primitive,
        anchor=anchor,
        oddity="the link is not closed" if is_open else None,
    )


def _bare(text: str) -> TypeCell:
    name = _REMARK.sub("", text)
    primitive = primitive_type(name)
    if primitive is not None:
        maximum = _MAXIMUM.search(text)
        return TypeCell(name, primitive=primitive, max_length=int(maximum[1]) if maximum else None)
    if name.lower().startswith("edm."):
        return TypeCell("", oddity=f"there is no type {name}")
    if text.count(" ") < _PROSE:
        return TypeCell(name.lstrip("#"))
    words = [word for word in re.findall(r"[A-Za-z0-9]+", text) if primitive_type(word) not in (None, UNTYPED)]
    if not words:
        return TypeCell("", oddity="it holds a sentence instead of a type")
    return TypeCell(words[-1], primitive=primitive_type(words[-1]), oddity=f"it is a sentence, read as {words[-1]}")


def primitive_type(name: str) -> str | None:
    """The qualified name of a primitive type that pages write in many ways, or None."""
    word = name.strip().lower().removeprefix("edm.")
    return _NAMES.get(word) or _NAMES.get(_PLURALS.get(word, ""))


@lru_cache(maxsize=10_000)
def page_name(target: str) -> str:
    """What a link leads to: the last segment in lower case, without its ending and anchor."""
    return target.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2].lower().removesuffix(".md")


def anchor_of(target: str) -> str | None:
    """The heading that a link leads to, as links spell it, or None."""
    return target.partition("#")[2].lower() or None


def type_ref(primitive: str, *, max_length: int | None = None, nullable: bool = True) -> TypeRef:
    """The type of a page's property, with the facets that pages take for granted."""
    facets = Facets(max_length=max_length) if max_length and primitive == "Edm.String" else _FACETS.get(primitive)
    return TypeRef(primitive, nullable=nullable, facets=facets or Facets())


def is_shown_collection(value: object) -> bool:
    """Whether an example value is a collection: an array, or `Collection(x)` as a text or as the type of an object."""
    shown = value.get("@odata.type") if isinstance(value, dict) else value
    return isinstance(value, list) or (isinstance(shown, str) and shown.lower().lstrip("#").startswith("collection("))


def agrees(value: object, cell: TypeCell) -> bool:
    """Whether an example value of the JSON representation is one that the table's type can have."""
    if value is None or cell.primitive == UNTYPED:
        return True
    if is_shown_collection(value) or cell.collection:
        return is_shown_collection(value) == cell.collection
    if cell.primitive is None or cell.primitive == "Edm.EntityType":
        return True
    if isinstance(value, dict):
        shown = value.get("@odata.type")
        return isinstance(shown, str) and primitive_type(shown.rpartition(".")[2]) == cell.primitive
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
    return frozenset({primitive}) if primitive not in (None, UNTYPED) else frozenset(PRIMITIVE_TYPES)


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
