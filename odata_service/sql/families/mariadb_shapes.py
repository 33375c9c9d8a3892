"""Measures of GeoJSON in MariaDB, written out: what has another shape than is measured gives null (`edm.shapes`)."""

from collections.abc import Sequence

from odata_service.edm.shapes import EARTH_RADIUS
from odata_service.edm.types import Kind
from odata_service.sql.families.family import Build
from odata_service.sql.families.mariadb_instants import written
from odata_service.sql.families.written import by_kind

_AXES = "x DOUBLE PATH '$[0]', y DOUBLE PATH '$[1]'"


def _is(place: int, shape: str) -> str:
    return f"JSON_VALUE({{{place}}}, '$.type') = '{shape}'"


def _number(place: int, axis: int) -> str:
    return f"CAST(JSON_VALUE({{{place}}}, '$.coordinates[{axis}]') AS DOUBLE)"


def _on_sphere(one: Sequence[str], other: Sequence[str]) -> str:
    x, y, other_x, other_y = (f"RADIANS({number})" for number in (*one, *other))
    return (
        f"2 * {EARTH_RADIUS} * ASIN(LEAST(1, SQRT(POW(SIN(({other_y} - {y}) / 2), 2) "
        f"+ COS({y}) * COS({other_y}) * POW(SIN(({other_x} - {x}) / 2), 2))))"
    )


def _in_plane(one: Sequence[str], other: Sequence[str]) -> str:
    return f"SQRT(POW({other[0]} - {one[0]}, 2) + POW({other[1]} - {one[1]}, 2))"


def _measured(before: str, one: Sequence[str], other: Sequence[str], behind: str) -> Build:
    """A measure of positions, on a sphere for geographies, in a plane for geometries."""
    sphere, plane = (written(f"{before}{measure(one, other)}{behind}") for measure in (_on_sphere, _in_plane))
    return by_kind({Kind.GEOGRAPHY: sphere}, plane)


def _positions(name: str) -> str:
    return f"JSON_TABLE({{0}}, '$.coordinates[*]' COLUMNS (n FOR ORDINALITY, {_AXES})) AS {name}"


def _edges(name: str) -> str:
    return (
        "JSON_TABLE({1}, '$.coordinates[*]' COLUMNS (r FOR ORDINALITY, "
        f"NESTED PATH '$[*]' COLUMNS (n FOR ORDINALITY, {_AXES}))) AS {name}"
    )


_POINTS = tuple(tuple(_number(place, axis) for axis in (0, 1)) for place in (0, 1))

SHAPES = {
    "geo.distance": _measured(
        f"CASE WHEN {_is(0, 'Point')} AND {_is(1, 'Point')} THEN ", _POINTS[0], _POINTS[1], " END"
    ),
    "geo.length": _measured(
        f"CASE WHEN {_is(0, 'LineString')} THEN (SELECT COALESCE(SUM(",
        ("a.x", "a.y"),
        ("b.x", "b.y"),
        f"), 0) FROM {_positions('a')} JOIN {_positions('b')} ON b.n = a.n + 1) END",
    ),
    "geo.intersects": written(
        f"CASE WHEN {_is(0, 'Point')} AND {_is(1, 'Polygon')} THEN (SELECT COUNT(*) % 2 = 1 "
        f"FROM {_edges('a')} JOIN {_edges('b')} ON b.r = a.r AND b.n = a.n + 1 "
        f"WHERE (a.y > {_number(0, 1)}) <> (b.y > {_number(0, 1)}) "
        f"AND {_number(0, 0)} < (b.x - a.x) * ({_number(0, 1)} - a.y) / (b.y - a.y) + a.x) END"
    ),
}
