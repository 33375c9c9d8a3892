"""Measures of GeoJSON in PostgreSQL, written out: what has another shape than is measured gives null (`edm.shapes`)."""

from odata_service.edm.shapes import EARTH_RADIUS
from odata_service.edm.types import Kind
from odata_service.sql.families.family import Build
from odata_service.sql.families.postgresql_instants import written
from odata_service.sql.families.written import by_kind


def _is(place: int, shape: str) -> str:
    return f"CAST({{{place}}} AS jsonb) ->> 'type' = '{shape}'"


def _number(point: str, axis: int) -> str:
    return f"CAST({point} ->> {axis} AS double precision)"


def _on_sphere(one: str, other: str) -> str:
    x, y, other_x, other_y = (f"radians({_number(point, axis)})" for point in (one, other) for axis in (0, 1))
    return (
        f"2 * {EARTH_RADIUS} * asin(least(1, sqrt(power(sin(({other_y} - {y}) / 2), 2) "
        f"+ cos({y}) * cos({other_y}) * power(sin(({other_x} - {x}) / 2), 2))))"
    )


def _in_plane(one: str, other: str) -> str:
    x, y, other_x, other_y = (_number(point, axis) for point in (one, other) for axis in (0, 1))
    return f"sqrt(power({other_x} - {x}, 2) + power({other_y} - {y}, 2))"


def _measured(text: str, one: str, other: str) -> Build:
    """A measure of positions, on a sphere for geographies, in a plane for geometries."""
    sphere, plane = written(text.format(_on_sphere(one, other))), written(text.format(_in_plane(one, other)))
    return by_kind({Kind.GEOGRAPHY: sphere}, plane)


_POINTS = f"CASE WHEN {_is(0, 'Point')} AND {_is(1, 'Point')} THEN {{}} END".replace("{0}", "{{0}}").replace(
    "{1}", "{{1}}"
)
_LINE = (
    f"CASE WHEN {_is(0, 'LineString')} THEN (SELECT coalesce(sum({{}}), 0) "
    "FROM jsonb_array_elements(CAST({0} AS jsonb) -> 'coordinates') WITH ORDINALITY AS a (p, n) "
    "JOIN jsonb_array_elements(CAST({0} AS jsonb) -> 'coordinates') WITH ORDINALITY AS b (p, n) ON b.n = a.n + 1) END"
).replace("{0}", "{{0}}")
_X, _Y = (_number("(CAST({0} AS jsonb) -> 'coordinates')", axis) for axis in (0, 1))
_AX, _AY, _BX, _BY = (_number(point, axis) for point in ("a.p", "b.p") for axis in (0, 1))

SHAPES = {
    "geo.distance": _measured(
        _POINTS, "(CAST({0} AS jsonb) -> 'coordinates')", "(CAST({1} AS jsonb) -> 'coordinates')"
    ),
    "geo.length": _measured(_LINE, "a.p", "b.p"),
    "geo.intersects": written(
        f"CASE WHEN {_is(0, 'Point')} AND {_is(1, 'Polygon')} THEN (SELECT count(*) % 2 = 1 "
        "FROM jsonb_array_elements(CAST({1} AS jsonb) -> 'coordinates') AS r (p), "
        "jsonb_array_elements(r.p) WITH ORDINALITY AS a (p, n), jsonb_array_elements(r.p) WITH ORDINALITY AS b (p, n) "
        f"WHERE b.n = a.n + 1 AND ({_AY} > {_Y}) <> ({_BY} > {_Y}) "
        f"AND {_X} < ({_BX} - {_AX}) * ({_Y} - {_AY}) / nullif({_BY} - {_AY}, 0) + {_AX}) END"
    ),
}
