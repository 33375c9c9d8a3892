"""Measures of geographies and geometries, which are GeoJSON texts (URL Conventions 5.1.1.11).

Geometries are measured in their plane, geographies on a sphere in metres. A point lies in a polygon by the number of
edges beside it, so that holes are outside. What has another shape than a function measures gives None.
"""

import json
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

EARTH_RADIUS = 6_371_008.8
"""The mean radius of the earth in metres."""

Position = Sequence[float]
Measure = Callable[[Position, Position], float]


def on_sphere(one: Position, other: Position) -> float:
    """Metres between two positions of longitude and latitude."""
    latitude, other_latitude = math.radians(one[1]), math.radians(other[1])
    across = math.sin((other_latitude - latitude) / 2) ** 2
    along = math.sin(math.radians(other[0] - one[0]) / 2) ** 2
    return (
        2
        * EARTH_RADIUS
        * math.asin(min(1.0, math.sqrt(across + math.cos(latitude) * math.cos(other_latitude) * along)))
    )


def in_plane(one: Position, other: Position) -> float:
    """The distance of two positions in a plane."""
    return math.sqrt((other[0] - one[0]) ** 2 + (other[1] - one[1]) ** 2)


def distance(one: str, other: str, measure: Measure) -> float | None:
    """The distance of two points."""
    first, second = _coordinates(one, "Point"), _coordinates(other, "Point")
    return None if first is None or second is None else measure(first, second)


def length(line: str, measure: Measure) -> float | None:
    """The length of a line string."""
    positions = _coordinates(line, "LineString")
    if positions is None:
        return None
    return math.fsum(measure(one, other) for one, other in pairwise(positions))


def intersects(point: str, polygon: str) -> bool | None:
    """Whether a point lies in a polygon."""
    position, rings = _coordinates(point, "Point"), _coordinates(polygon, "Polygon")
    if position is None or rings is None:
        return None
    edges = (edge for ring in rings for edge in pairwise(ring))
    return sum(1 for one, other in edges if _is_beside(position, one, other)) % 2 == 1


def _is_beside(position: Position, one: Position, other: Position) -> bool:
    """Whether an edge crosses the half line from a position to the right."""
    x, y = position[0], position[1]
    if (one[1] > y) == (other[1] > y):
        return False
    return x < (other[0] - one[0]) * (y - one[1]) / (other[1] - one[1]) + one[0]


def _coordinates(text: str, shape: str) -> list[Any] | None:
    found = json.loads(text)
    if found["type"] != shape:
        return None
    coordinates: list[Any] = found["coordinates"]
    return coordinates
