"""Well-known text, the form of geography and geometry in URLs and raw values, to and from GeoJSON (ABNF 7).

`SRID=4326;Point(142.1 64.1)`: blanks between the numbers of a position, commas between positions, parentheses around
lists of them. Without a reference system the type's own counts.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from odata_service.edm.geojson import read_geo, usual_srid
from odata_service.edm.types import TypeRef

_TOKEN = re.compile(r"\s*([(),;]|[A-Za-z]+|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_SRID = re.compile(r"\s*SRID\s*=\s*(\d{1,9})\s*;", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COLLECTION = "GeometryCollection"
_NAMES = {"collection": _COLLECTION, "geometrycollection": _COLLECTION} | {
    name.lower(): name for name in ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
}
_DEPTHS = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many lists lie around a position in the coordinates of each shape."""
_DEEPEST = 20


def parse_wkt(text: str, type_ref: TypeRef) -> str:
    """The GeoJSON text behind well-known text; `ValueError` says what is wrong with it.

    >>> parse_wkt("SRID=4326;Point(142.1 64.1)", TypeRef("Edm.GeographyPoint"))
    '{"type":"Point","coordinates":[142.1,64.1]}'
    """
    found = _SRID.match(text)
    body = text[found.end() :] if found else text
    reader = _Reader(list(_tokens(body)))
    shape = reader.shape(0)
    if reader.tokens:
        raise _unreadable(text)
    if found:
        shape["crs"] = {"type": "name", "properties": {"name": f"EPSG:{int(found[1])}"}}
    return read_geo(shape, type_ref)


def print_wkt(value: str, type_ref: TypeRef) -> str:
    """The well-known text of a value, the inverse of `parse_wkt`.

    >>> print_wkt('{"type":"LineString","coordinates":[[0,0],[1,1.5]]}', TypeRef("Edm.GeographyLineString"))
    'SRID=4326;LineString(0 0,1 1.5)'
    """
    shape = json.loads(value)
    crs = shape.get("crs")
    srid = crs["properties"]["name"].rpartition(":")[2] if crs else usual_srid(type_ref)
    return f"SRID={srid};{_printed(shape)}"


def _printed(shape: dict[str, object]) -> str:
    name, parts = str(shape["type"]), shape.get("geometries")
    if isinstance(parts, list):
        return f"Collection({','.join(map(_printed, parts))})"
    inner = _coordinates(shape["coordinates"], _DEPTHS[name])
    return f"{name}{inner if name != 'Point' else f'({inner})'}"


def _coordinates(value: object, depth: int) -> str:
    assert isinstance(value, list), "coordinates are arrays"
    if depth == 0:
        return " ".join(repr(number) for number in value)
    inner = (_coordinates(part, depth - 1) for part in value)
    return f"({','.join(inner)})"


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unreadable(text)
        yield found[1]
        position = found.end()


class _Reader:
    """The tokens of one text as they are taken."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def shape(self, depth: int) -> dict[str, object]:
        """A shape by its name."""
        token = self._take()
        name = _NAMES.get(token.lower())
        if name is None or depth > _DEEPEST:
            raise ValueError(f"'{token}' is no shape. Write one of {', '.join(dict.fromkeys(_NAMES.values()))}.")
        if name == _COLLECTION:
            return {"type": name, "geometries": self._list(lambda: self.shape(depth + 1))}
        if name == "Point":
            positions = self._list(self._position)
            if len(positions) > 1:
                raise ValueError("A Point has one position.")
            return {"type": name, "coordinates": positions[0]}
        return {"type": name, "coordinates": self._nested(_DEPTHS[name], is_multi_point=name == "MultiPoint")}

    def _nested(self, depth: int, *, is_multi_point: bool = False) -> list[object]:
        if depth > 1:
            return self._list(lambda: self._nested(depth - 1))
        return self._list(lambda: self._wrapped() if is_multi_point else self._position())

    def _wrapped(self) -> object:
        """A position of a MultiPoint, which may stand in parentheses of its own."""
        if self.tokens and self.tokens[-1] == "(":
            return self._list(self._position)[0]
        return self._position()

    def _list(self, read: Callable[[], object]) -> list[object]:
        self._expect("(")
        found: list[object] = []
        while not found or self.tokens[-1:] == [","]:
            if found:
                self._expect(",")
            found.append(read())
        self._expect(")")
        return found

    def _position(self) -> list[object]:
        numbers: list[object] = []
        while self.tokens and _NUMBER.fullmatch(self.tokens[-1]):
            numbers.append(Decimal(self._take()))
        return numbers

    def _take(self) -> str:
        if not self.tokens:
            raise ValueError("The text ends too early. Close each parenthesis.")
        return self.tokens.pop()

    def _expect(self, wanted: str) -> None:
        token = self._take()
        if token != wanted:
            raise ValueError(f"'{token}' stands where '{wanted}' is expected.")


def _unreadable(text: str) -> ValueError:
    return ValueError(f"'{text[:40]}' is no well-known text. Write SRID=4326;Point(142.1 64.1).")
