"""Geography and geometry as GeoJSON."""

import json
from decimal import Decimal
from typing import Any

import pytest

from odata_service.edm.geojson import read_geo
from odata_service.edm.types import Facets, TypeRef

POINT = {"type": "Point", "coordinates": [1, 2]}


def read(value: object, name: str, srid: Any = None) -> str:
    parsed = json.loads(json.dumps(value), parse_float=Decimal)
    return read_geo(parsed, TypeRef(name, facets=Facets(srid=srid)))


def crs(number: int) -> dict[str, object]:
    return {"type": "name", "properties": {"name": f"EPSG:{number}"}}


@pytest.mark.parametrize(
    "value",
    [
        {"type": "Point", "coordinates": [142.1, 64.1]},
        {"type": "Point", "coordinates": [142.1, 64.1, 8, 9]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]},
        {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
        {"type": "GeometryCollection", "geometries": [POINT]},
    ],
    ids=lambda value: value["type"],
)
def test_every_shape_is_read_into_its_one_text(value: dict[str, object]) -> None:
    assert read(value, "Edm.Geography") == json.dumps(value, separators=(",", ":"))


def test_the_order_of_members_and_the_spelling_of_numbers_are_one() -> None:
    value = {"coordinates": [1.0, 2.50], "type": "Point"}
    assert read(value, "Edm.GeographyPoint") == '{"type":"Point","coordinates":[1,2.5]}'


def test_the_usual_reference_system_is_left_out_and_another_is_written() -> None:
    plain = '{"type":"Point","coordinates":[1,2]}'
    other = plain[:-1] + ',"crs":{"type":"name","properties":{"name":"EPSG:31467"}}}'
    assert read({**POINT, "crs": crs(4326)}, "Edm.GeographyPoint") == plain
    assert read({**POINT, "crs": crs(31467)}, "Edm.GeographyPoint", "variable") == other
    assert read(POINT, "Edm.GeometryPoint", 31467) == other
    assert read(POINT, "Edm.GeometryPoint", "variable") == plain


@pytest.mark.parametrize(
    ("value", "name", "complaint"),
    [
        ("POINT(1 2)", "Edm.GeographyPoint", "is an object"),
        ({"type": "Circle", "coordinates": [1, 2]}, "Edm.Geography", "is one of Point"),
        (POINT, "Edm.GeographyPolygon", "is a Polygon, and not a Point"),
        ({"type": "Point", "coordinates": [1]}, "Edm.GeographyPoint", "2 to 4 numbers"),
        ({"type": "Point", "coordinates": ["1", 2]}, "Edm.GeographyPoint", "is a number"),
        ({"type": "Point"}, "Edm.GeographyPoint", "2 to 4 numbers"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "Edm.GeographyLineString", "at least 2 positions"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "Edm.GeographyPolygon", "ends where"),
        ({"type": "MultiPoint", "coordinates": 1}, "Edm.GeographyMultiPoint", "are an array"),
        ({"type": "GeometryCollection"}, "Edm.GeographyCollection", "array 'geometries'"),
        ({"type": "GeometryCollection", "geometries": [1]}, "Edm.GeographyCollection", "GeoJSON object"),
        ({**POINT, "bbox": [1]}, "Edm.GeographyPoint", "'bbox' is no member"),
        ({**POINT, "crs": {"type": "link"}}, "Edm.GeographyPoint", "A reference system is"),
        ({**POINT, "crs": crs(31467)}, "Edm.GeographyPoint", "this property's is EPSG:4326"),
    ],
)
def test_what_is_no_geojson_is_refused(value: object, name: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(value, name)
