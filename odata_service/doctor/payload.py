"""What is wrong with JSON of version 4, compared with the model: values, names, context URLs, types that are named.

(JSON Format 4.0, 4.5, 7.) It is looked through without recursion: a document may nest as deep as it likes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from msgspec import Struct

from odata_service.doctor.findings import Finding, Severity
from odata_service.doctor.model import Declared, Member, Model
from odata_service.edm.types import PRIMITIVE_TYPES, Kind

_EXCEL = ("Excel", "Power Query")
_EVERY = ("Excel", "Power Query", "OpenUI5", "odata2ts")
_MOST = 200_000
"""Members of a document that are looked at."""
_DEEPEST = 50
"""Levels of values inside values that are looked at."""
_DATE = re.compile(r"-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?")
_INSTANT = re.compile(_DATE.pattern + r"T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?(Z|[+-]\d{2}:\d{2})", re.I)
_DURATION = re.compile(r"[+-]?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_BINARY = re.compile(r"[A-Za-z0-9_+/-]*={0,2}")
_PATTERNS = {
    Kind.DATE: (_DATE, "YYYY-MM-DD"),
    Kind.TIME_OF_DAY: (_TIME, "hh:mm:ss"),
    Kind.INSTANT: (_INSTANT, "YYYY-MM-DDThh:mm:ssZ, or with an offset for the Z"),
    Kind.DURATION: (_DURATION, "PnDTnHnMnS"),
    Kind.GUID: (_GUID, "36 characters"),
    Kind.BINARY: (_BINARY, "base64"),
}
_NUMBER = re.compile(r"-?\d+")
_SPECIAL = {"INF", "-INF", "NaN"}


Wrong = Finding[str]
"""Something wrong at a JSON path."""


def _is_count(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool) and value >= 0) or (
        isinstance(value, str) and value.isdecimal()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_tag(value: object) -> bool:
    return isinstance(value, str) and _TAG.fullmatch(value) is not None


_TAG = re.compile(r'(W/)?"[^"]*"')
_LINKS = ("nextLink", "deltaLink", "editLink", "readLink", "navigationLink", "associationLink")
_CONTROL: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "count": (_is_count, "a number that is not negative"),
    "etag": (_is_tag, 'an ETag, which is W/"…" or "…"'),
    "mediaEtag": (_is_tag, 'an ETag, which is W/"…" or "…"'),
    "id": (lambda value: value is None or _is_text(value), "an id, which is a URL"),
    **dict.fromkeys((*_LINKS, "mediaReadLink", "mediaEditLink"), (_is_text, "a URL")),
}
"""Control information whose form does not depend on the model (JSON Format 4.5), as 4.0 and 4.01 name it."""


class Payload(Struct, frozen=True):
    """A document and what it is compared with: the model, and the URL of `$metadata` that contexts begin with."""

    model: Model
    metadata_url: str
    ieee754: bool = False

    def everything(self, document: object) -> Iterator[Wrong]:
        """What is wrong with control information, wherever it stands."""
        for path, members in _objects(document):
            for name, value in members.items():
                control = name.rpartition("@")[2].removeprefix("odata.") if "@" in name else ""
                where = f"{path}/{name}" if path else name
                if control == "context":
                    yield from self._context(value, where)
                elif control == "type" and "." not in name.rpartition("@")[2].removeprefix("odata."):
                    yield from self._type(value, where)
                elif control in _CONTROL:
                    fits, wanted = _CONTROL[control]
                    if not fits(value):
                        message, why = f"{_shown(value)} is not {wanted}.", "Clients send it back, or go on with it."
                        yield Wrong(Severity.FAILS, _EVERY, "ControlInformation", message, why, where)

    def entities(self, found: list[object], type_name: str, path: str = "value") -> Iterator[Wrong]:
        """What is wrong with entities of a type."""
        for place, entity in enumerate(found):
            where = f"{path}/{place}"
            if isinstance(entity, dict):
                yield from self.instance(entity, type_name, where)
            else:
                why = "A collection of entities holds objects."
                yield Wrong(Severity.FAILS, _EVERY, "NoEntity", "This is no entity.", why, where)

    def instance(self, members: Mapping[str, object], type_name: str, path: str) -> Iterator[Wrong]:
        """What is wrong with the values of an instance of a type, or of the derived one that it names."""
        if path.count("/") > _DEEPEST:
            return
        told = members.get("@odata.type", members.get("@type"))
        name = type_name
        if isinstance(told, str):
            name = self.model.resolved(told.rpartition("#")[2])
            if name in self.model.types and not self.model.is_derived(name, type_name):
                message = f"'{name}' is not derived from '{type_name}', the type of this place."
                why = "Clients read an entity as what its place declares."
                yield Wrong(Severity.FAILS, _EVERY, "ForeignType", message, why, f"{path}/@odata.type")
        known, navigations = self.model.members(name), self.model.navigations(name)
        for key, value in members.items():
            if "@" in key or key in navigations:
                continue
            part = known.get(key)
            if part is not None:
                yield from self._value(value, part, f"{path}/{key}")
            elif known and not self.model.is_open(name):
                yield Wrong(
                    Severity.FAILS,
                    _EXCEL,
                    "UndeclaredProperty",
                    f"'{name}' does not declare '{key}'.",
                    f"The reader says: The property '{key}' does not exist on type '{name}'.",
                    f"{path}/{key}",
                    'Declare it, or write OpenType="true" at the type.',
                )

    def _value(self, value: object, part: Member, path: str) -> Iterator[Wrong]:
        if part.is_collection:
            items = value if isinstance(value, list) else None
            if items is None:
                yield self._unfit(part, value, path, "an array")
            for item in items or ():
                yield from self._single(item, part, path)
        elif value is None:
            if not part.nullable:
                message = f"'{part.name}' is null, and {part.type} is not nullable here."
                why = "The reader says: a null value was found for a non-nullable property."
                hint = 'Leave Nullable="false" out, or answer a value.'
                yield Wrong(Severity.FAILS, _EXCEL, "NullValue", message, why, path, hint)
        else:
            yield from self._single(value, part, path)

    def _single(self, value: object, part: Member, path: str) -> Iterator[Wrong]:
        declared = self.model.types.get(self.model.resolved(part.element_type))
        name = part.element_type
        if declared is not None and declared.kind == "ComplexType":
            if isinstance(value, dict):
                yield from self.instance(value, declared.name, path)
            elif value is not None:
                yield self._unfit(part, value, path, "an object")
            return
        if declared is not None and declared.kind == "EnumType":
            if value is not None and not _names_members(value, declared):
                yield self._unfit(part, value, path, "a string with the names of members")
            return
        if declared is not None and declared.kind == "TypeDefinition":
            name = declared.element.get("UnderlyingType", "")
        row = PRIMITIVE_TYPES.get(name)
        if row is not None and value is not None:
            wanted = self._wanted(value, row.kind)
            if wanted:
                yield self._unfit(part, value, path, wanted)
            elif row.kind is Kind.BINARY and not {"+", "/"}.isdisjoint(str(value)):
                message = f"{_shown(value)} is base64, where base64url is meant."
                hint = "Write - and _ for + and /."
                why = "Readers that keep to the standard do not take it."
                yield Wrong(Severity.HINDERS, ("strict readers",), "Base64", message, why, path, hint)

    def _wanted(self, value: object, kind: Kind) -> str:
        """What a value of a kind should be, where this one is not; else nothing."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        match kind:
            case Kind.BOOLEAN:
                return "" if isinstance(value, bool) else "true or false"
            case Kind.INTEGER:
                is_whole = isinstance(value, int) and not isinstance(value, bool)
                return "" if is_whole or (self.ieee754 and isinstance(value, str)) else "a whole number"
            case Kind.DECIMAL:
                return "" if is_number or (self.ieee754 and isinstance(value, str)) else "a number"
            case Kind.FLOAT:
                return "" if is_number or value in _SPECIAL else "a number"
            case Kind.STRING:
                return "" if isinstance(value, str) else "a string"
            case found if found in _PATTERNS:
                pattern, form = _PATTERNS[found]
                return "" if isinstance(value, str) and pattern.fullmatch(value) else form
            case _:
                return ""

    def _unfit(self, part: Member, value: object, path: str, wanted: str) -> Wrong:
        return Wrong(
            Severity.FAILS,
            _EXCEL,
            "UnfitValue",
            f"{_shown(value)} is no {part.type}.",
            f"The reader cannot convert the value to {part.element_type}: loading ends here.",
            path,
            f"Write {wanted}.",
        )

    def _context(self, value: object, path: str) -> Iterator[Wrong]:
        text = value if isinstance(value, str) else ""
        base, _, fragment = text.partition("#")
        if not text:
            yield _context_wrong("The context is no URL.", path)
        elif "://" not in base:
            if not text.startswith("#") or "/" not in path:
                yield _context_wrong("The context URL is relative.", path)
        elif base.rstrip("/") != self.metadata_url.rstrip("/"):
            yield _context_wrong(f"The context URL leads to '{base}', and $metadata is at '{self.metadata_url}'.", path)
        if fragment and not self._is_known(unquote(fragment)):
            message = f"The context '#{fragment}' names nothing of this model."
            why = "The reader looks up in $metadata what a context names."
            yield Wrong(Severity.FAILS, _EXCEL, "UnknownContext", message, why, path)

    def _is_known(self, fragment: str) -> bool:
        name = re.split(r"[(/]", fragment.removeprefix("Collection("), maxsplit=1)[0].rstrip(")")
        if name in {"$ref", "Edm.Null", ""} or name.startswith("$"):
            return True
        return name in self.model.sets or name in self.model.singletons or self._is_type(name)

    def _is_type(self, name: str) -> bool:
        return self.model.knows(name) or f"Edm.{name}" in PRIMITIVE_TYPES or name == "Untyped"

    def _type(self, value: object, path: str) -> Iterator[Wrong]:
        text = value if isinstance(value, str) else ""
        name = text.rpartition("#")[2].removeprefix("Collection(").removesuffix(")")
        if not name or not self._is_type(name):
            message = f"{_shown(value)} is no type of $metadata."
            why = "Clients look up in $metadata which type is named."
            yield Wrong(Severity.FAILS, _EVERY, "UnknownType", message, why, path)


def _names_members(value: object, declared: Declared) -> bool:
    """Whether a value names members of an enumeration, or has their number as text (JSON Format 4.0, 7.1)."""
    if not isinstance(value, str):
        return False
    names = {part.get("Name", "") for part in declared.element}
    return all(part.strip() in names or _NUMBER.fullmatch(part.strip()) for part in value.split(","))


def _context_wrong(message: str, path: str) -> Wrong:
    why = "The reader takes the part before '#' as the URL of $metadata, and fails where it is none."
    hint = "Write it absolute, from the scheme, host and path that the client used."
    return Wrong(Severity.FAILS, _EXCEL, "ContextUrl", message, why, path, hint)


def _objects(document: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every object of a document with its path, the outermost first."""
    left: list[tuple[str, object]] = [("", document)]
    seen = 0
    while left and seen < _MOST:
        path, found = left.pop()
        seen += 1
        if isinstance(found, dict):
            yield path, found
            left += [(f"{path}/{name}" if path else name, value) for name, value in found.items() if _holds(value)]
        elif isinstance(found, list):
            left += [(f"{path}/{place}", value) for place, value in enumerate(found) if _holds(value)]


def _holds(value: object) -> bool:
    return isinstance(value, dict | list)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
