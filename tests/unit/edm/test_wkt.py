"""Geography and geometry as well-known text."""

import pytest

from odata_service.edm.types import Facets, TypeRef
from odata_service.edm.values import parse, print_value

GEOGRAPHY = TypeRef("Edm.Geography", facets=Facets(srid="variable"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SRID=4326;Point(142.1 64.1)", '{"type":"Point","coordinates":[142.1,64.1]}'),
        ("SRID=4326;Point(1 2 3 4)", '{"type":"Point","coordinates":[1,2,3,4]}'),
        ("SRID=4326;LineString(0 0,1 -1.5)", '{"type":"LineString","coordinates":[[0,0],[1,-1.5]]}'),
        (
            "SRID=4326;Polygon((0 0,1 0,1 1,0 0))",
            '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}',
        ),
        ("SRID=4326;MultiPoint(0 0,1 1)", '{"type":"MultiPoint","coordinates":[[0,0],[1,1]]}'),
        ("SRID=4326;MultiLineString((0 0,1 1))", '{"type":"MultiLineString","coordinates":[[[0,0],[1,1]]]}'),
        (
            "SRID=4326;MultiPolygon(((0 0,1 0,1 1,0 0)))",
            '{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}',
        ),
        (
            "SRID=4326;Collection(Point(1 2),Point(3 4))",
            '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},'
            '{"type":"Point","coordinates":[3,4]}]}',
        ),
        (
            "SRID=31467;Point(1 2)",
            '{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"EPSG:31467"}}}',
        ),
    ],
    ids=lambda part: part[:30],
)
def test_every_shape_is_read_and_printed(text: str, value: str) -> None:
    assert parse(text, GEOGRAPHY) == value
    assert print_value(value, GEOGRAPHY) == text


@pytest.mark.parametrize(
    "text", ["POINT ( 1  2 )", "point(1.0 2e0)", "srid = 4326 ; Point(1 2)", "Point(+1 2.0)"], ids=str
)
def test_blanks_and_letter_case_do_not_matter(text: str) -> None:
    assert parse(text, GEOGRAPHY) == '{"type":"Point","coordinates":[1,2]}'


def test_positions_of_a_multipoint_may_stand_in_parentheses() -> None:
    assert parse("MULTIPOINT((0 0),(1 1))", GEOGRAPHY) == '{"type":"MultiPoint","coordinates":[[0,0],[1,1]]}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Circle(1 2)", "is no shape"),
        ("Point(1)", "2 to 4 numbers"),
        ("Point(1 2,3 4)", "one position"),
        ("Point(1 2", "ends too early"),
        ("Point 1 2", "stands where"),
        ("Point(1 2) x", "no well-known text"),
        ("Point(1 2)!", "no well-known text"),
        ("", "ends too early"),
        ("LineString(1 2)", "at least 2 positions"),
        ("Collection(" * 50 + "Point(1 2)" + ")" * 50, "is no shape"),
    ],
    ids=lambda part: part[:20],
)
def test_what_is_no_well_known_text_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text, GEOGRAPHY)


def test_a_shape_must_be_that_of_its_type() -> None:
    with pytest.raises(ValueError, match="is a LineString, and not a Point"):
        parse("Point(1 2)", TypeRef("Edm.GeographyLineString"))
